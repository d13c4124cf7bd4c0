"""What a batch knows of readings, and what its commands add: readings and inspections."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gateway.core.departure import having_left
from gateway.core.inspection import Finding

if TYPE_CHECKING:
    from gateway.core.departure import Departure
    from gateway.core.inspection import Inspection
    from gateway.core.lots import Lot
    from gateway.core.reading import Reading
    from gateway.core.reading_rules import KnownMeter
    from gateway.core.reset import LastOut, Reset


@dataclass(frozen=True, slots=True)
class ReadingNeeds:
    """What an order wants loaded: meters (PAN), and moments of which all readings are wanted.

    ``leaving`` are meters (PAN) that leave: what was bought for them. ``departures`` are wanted by number.
    ``last_out`` are meters (PAN) of which the last purchase that went out is wanted.
    """

    pans: tuple[str, ...] = ()
    moments: tuple[int, ...] = ()
    leaving: tuple[str, ...] = ()
    departures: tuple[int, ...] = ()
    last_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bought:
    """What was bought for a meter since it is where it is: ``lots``, the oldest first.

    ``disputed`` are the keys of its sales that a bank disputes. ``awaits``: energy of the meter before is
    still to be given out for it. ``is_undelivered``: a token of it did not reach its customer.
    """

    lots: tuple[Lot, ...] = ()
    disputed: tuple[str, ...] = ()
    awaits: bool = False
    is_undelivered: bool = False


@dataclass(frozen=True, slots=True)
class ReadingChange:
    """What a decision adds; all have their numbers already (``ReadingBooks``)."""

    readings: tuple[Reading, ...] = ()
    inspections: tuple[Inspection, ...] = ()
    departures: tuple[Departure, ...] = ()
    resets: tuple[Reset, ...] = ()


@dataclass(slots=True)
class ReadingBooks:
    """The meters that orders name, by PAN, kept up to date with what the batch has decided so far.

    ``bought`` has those of them that leave, ``departures`` those that orders name, by number.
    ``last_out`` is the last purchase of those that are reset. ``next_reading`` and its like are the numbers
    of the next rows.
    """

    known: dict[str, KnownMeter] = field(default_factory=dict)
    next_reading: int = 1
    next_inspection: int = 1
    bought: dict[str, Bought] = field(default_factory=dict)
    departures: dict[int, Departure] = field(default_factory=dict)
    next_departure: int = 1
    last_out: dict[str, LastOut] = field(default_factory=dict)
    next_reset: int = 1

    def apply(self, change: ReadingChange) -> None:
        """Enter what was decided, so that the next command of the batch sees it."""
        for one in change.readings:
            self.known[one.shown.pan] = self.known[one.shown.pan].having(one)
            self.next_reading = max(self.next_reading, one.id + 1)
        for seen in change.inspections:
            self.next_inspection = max(self.next_inspection, seen.id + 1)
            if seen.finding is Finding.BEGINS_ANEW:
                self.known[seen.pan] = replace(self.known[seen.pan], anew_after=seen.reading_id)
        for gone in change.departures:
            self.next_departure = max(self.next_departure, gone.id + 1)
            self.departures[gone.id] = gone
            self.known[gone.pan] = having_left(self.known[gone.pan], (gone,))
        for reset in change.resets:
            self.next_reset = max(self.next_reset, reset.id + 1)
            self.known[reset.pan] = self.known[reset.pan].having_reset(reset)
