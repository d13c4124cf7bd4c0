"""What is kept of rounds and slots over a restart."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.core.line_work.slot import GapWhy, Slot, SlotChange


class RoundTold(Enum):
    """What a row about a schedule says."""

    ROUND = ""
    """One moment of it, which so many meters were to be read for."""
    BEGUN = "begun"
    """It is carried out from the second behind this one on; no meters."""
    OFF = "off"
    """It is not carried out any more; no meters."""


class RoundBegun(NamedTuple):
    """A round whose window has opened, for ``meters``; ``lost`` of them were so at once, and have no slot.

    Whoever keeps it writes the slots first: a round that is there has all of its slots.
    """

    schedule: str
    at_s: int
    opens_s: int
    closes_s: int
    meters: int
    lost: int = 0
    told: RoundTold = RoundTold.ROUND


class SlotNote(NamedTuple):
    """Where a slot came to stand, and when."""

    change: SlotChange
    at_s: int


class SlotKept(NamedTuple):
    """A slot that was not over: a gap since ``since_s``, or waiting in its first window."""

    slot: Slot
    is_gap: bool
    since_s: int
    why: GapWhy | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """The slots that are not over, and the last row about each schedule."""

    slots: Sequence[SlotKept] = ()
    rounds: Mapping[str, RoundBegun] = field(default_factory=dict)
