"""What a batch knows of readings, and what its commands add: readings and inspections."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gateway.core.inspection import Finding

if TYPE_CHECKING:
    from gateway.core.inspection import Inspection
    from gateway.core.reading import Reading
    from gateway.core.reading_rules import KnownMeter


@dataclass(frozen=True, slots=True)
class ReadingNeeds:
    """What an order wants loaded: meters (PAN), and moments of which all readings are wanted."""

    pans: tuple[str, ...] = ()
    moments: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadingChange:
    """What a decision adds; both have their numbers already (``ReadingBooks``)."""

    readings: tuple[Reading, ...] = ()
    inspections: tuple[Inspection, ...] = ()


@dataclass(slots=True)
class ReadingBooks:
    """The meters that orders name, by PAN, kept up to date with what the batch has decided so far.

    ``next_reading`` and ``next_inspection`` are the numbers of the next rows.
    """

    known: dict[str, KnownMeter] = field(default_factory=dict)
    next_reading: int = 1
    next_inspection: int = 1

    def apply(self, change: ReadingChange) -> None:
        """Enter what was decided, so that the next command of the batch sees it."""
        for one in change.readings:
            self.known[one.shown.pan] = self.known[one.shown.pan].having(one)
            self.next_reading = max(self.next_reading, one.id + 1)
        for seen in change.inspections:
            self.next_inspection = max(self.next_inspection, seen.id + 1)
            if seen.finding is Finding.BEGINS_ANEW:
                self.known[seen.pan] = replace(self.known[seen.pan], anew_after=seen.reading_id)
