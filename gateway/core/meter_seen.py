"""What a visit to a meter has brought: registers, credit, relay and clock; frozen months; rows of a profile.

Registers are watt-hours of the meter itself, before any multiplier. What could not be read stands in
``missing``, with its reason: nothing is made up for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from gateway.core.fitting import TOTAL

if TYPE_CHECKING:
    from gateway.core.contact import ContactWhy, RelayState
    from gateway.core.meter_event import MeterEvent
    from gateway.core.reading import StatusWord


@dataclass(frozen=True, slots=True)
class MeterSeen:
    """What the meter ``pan`` showed at a moment of ours (``at_us``): registers as (register, Wh).

    ``credit_wh`` is the credit left (under nothing: it lends), ``credits`` how many it has taken. ``off_s``:
    by so many seconds at least its clock is ahead (under nothing: behind). None: it was not seen.
    ``missing`` are items that were asked for and not read, as (item, why).
    """

    pan: str
    at_us: int
    registers: tuple[tuple[str, int], ...] = ()
    status: tuple[StatusWord, ...] = ()
    credit_wh: int | None = None
    credits: int | None = None
    relay: RelayState | None = None
    off_s: int | None = None
    missing: tuple[tuple[str, str], ...] = ()

    @property
    def total_wh(self) -> int | None:
        """What its total register showed; None where that was not read."""
        return dict(self.registers).get(TOTAL)


@dataclass(frozen=True, slots=True)
class MeterContact:
    """How a contact ended (``why``: None for a good one), in words too (``told``), and what was seen in it.

    ``off_s`` and ``relay`` as ``MeterSeen`` has them: None leaves standing what was seen before.
    ``was_set``: its clock was set in this contact, and seen so.
    """

    pan: str
    at_us: int
    why: ContactWhy | None = None
    told: str = ""
    off_s: int | None = None
    was_set: bool = False
    relay: RelayState | None = None


@dataclass(frozen=True, slots=True)
class FrozenReading:
    """Registers as (register, Wh) that a meter froze at ``at_s``, in seconds since 1970 UTC."""

    pan: str
    at_s: int
    registers: tuple[tuple[str, int], ...]
    read_us: int


class Figure(NamedTuple):
    """A value of a row: a whole number, of which so many digits (``decimals``) stand behind the point."""

    item: str
    number: int
    decimals: int = 0
    unit: str = ""


@dataclass(frozen=True, slots=True)
class ProfileRowKept:
    """A row of a load profile: the moment at which its period ended, and the meter's word on it, if any."""

    pan: str
    at_s: int
    values: tuple[Figure, ...]
    status: str = ""


@dataclass(frozen=True, slots=True)
class VisitBrought:
    """All that is kept of one visit."""

    contact: MeterContact
    seen: MeterSeen | None = None
    events: tuple[MeterEvent, ...] = ()
    frozen: tuple[FrozenReading, ...] = ()
    profile: tuple[ProfileRowKept, ...] = ()
