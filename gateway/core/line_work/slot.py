"""A slot: the value of one meter for one moment of a schedule, and where it stands.

    to come ──window opens──► waiting ──called──► running ──read──► read
                                ▲  │                │ │
                                │  └─window over─┐  │ └─to be tried again──► waiting
                     offered again               ▼  ▼ given up
                                └───────────────  gap  ──too old──► lost

A gap keeps the reason of its last call, and where there was none, why there was none. One that is offered
again is waiting as any other; what is read closes it, and what the meter has forgotten is lost, with its
reason. Nobody wants a slot any more whose meter has left the group, or whose schedule is not carried out:
from wherever it stood it is gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from gateway.core.contact import ContactWhy
from gateway.core.line_work.call import PassedOver

if TYPE_CHECKING:
    from collections.abc import Mapping

GapWhy = ContactWhy | PassedOver

#: By the text that each is kept as; the two have no text in common.
GAP_WHYS: Final[Mapping[str, GapWhy]] = MappingProxyType(
    {why.value: why for enum in (ContactWhy, PassedOver) for why in enum}
)


class SlotState(Enum):
    """Where a slot stands; it is in one of these at any moment."""

    TO_COME = "to come"
    WAITING = "waiting"
    RUNNING = "running"
    READ = "read"
    GAP = "gap"
    LOST = "lost"
    GONE = "gone"


class SlotEvent(Enum):
    """What can happen to a slot."""

    OPENED = "opened"
    CALLED = "called"
    READ = "read"
    AGAIN = "again"
    GIVEN_UP = "given up"
    TOO_OLD = "too old"
    NOT_WANTED = "not wanted"


#: From a state by an event to a state; what is not here cannot happen.
SLOT_STEPS: Final[Mapping[tuple[SlotState, SlotEvent], SlotState]] = MappingProxyType(
    {
        (SlotState.TO_COME, SlotEvent.OPENED): SlotState.WAITING,
        (SlotState.WAITING, SlotEvent.CALLED): SlotState.RUNNING,
        (SlotState.WAITING, SlotEvent.GIVEN_UP): SlotState.GAP,
        (SlotState.RUNNING, SlotEvent.READ): SlotState.READ,
        (SlotState.RUNNING, SlotEvent.AGAIN): SlotState.WAITING,
        (SlotState.RUNNING, SlotEvent.GIVEN_UP): SlotState.GAP,
        (SlotState.GAP, SlotEvent.OPENED): SlotState.WAITING,
        (SlotState.GAP, SlotEvent.TOO_OLD): SlotState.LOST,
        (SlotState.WAITING, SlotEvent.NOT_WANTED): SlotState.GONE,
        (SlotState.RUNNING, SlotEvent.NOT_WANTED): SlotState.GONE,
        (SlotState.GAP, SlotEvent.NOT_WANTED): SlotState.GONE,
    }
)


class Slot(NamedTuple):
    """Which value: of which schedule, of which meter, and of which moment in seconds since 1970 UTC."""

    schedule: str
    meter: int
    at_s: int


class SlotChange(NamedTuple):
    """Where a slot came to stand, with its reason; None where it waits, was read or is gone."""

    slot: Slot
    state: SlotState
    why: GapWhy | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """A slot that was not read in its window, since when, and how the last call for it ended.

    Where nobody was called, ``why`` says why not. ``state`` is GAP, or WAITING or RUNNING while it is tried
    again.
    """

    slot: Slot
    state: SlotState
    since_s: int
    why: GapWhy | None
