"""The utility's calendar: in which business day an entry is booked, and when such a day is over for
everybody.

A business day ends at its cut-over, which a bank may have at an hour of its own: while the 23rd still runs
for one bank, another may be booked in the 24th already. A day is over when the last of them has cut over.
A cut-over before noon ends the day before: a bank that goes over at 00:30 is half an hour late, no day early.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from gateway.core.timeline import business_date, ends_next_morning, microseconds

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DaySpan:
    """A business day from its first channel's beginning to its last channel's end, in UTC microseconds."""

    day: str
    begins_us: int
    ends_us: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """The utility's day: its zone, and when the next business day begins; ``own`` where a channel differs."""

    zone: tzinfo
    cut_over: time
    own: Mapping[str, time] = field(default_factory=dict)

    def day(self, channel: str, now: datetime, closed: str | None) -> str:
        """Name the business day in which a channel's entry of this moment is booked.

        A day that is closed takes nothing more, whatever the clock says: its successor does.
        """
        day = business_date(now, self.zone, self.own.get(channel, self.cut_over))
        if closed is not None and day.isoformat() <= closed:
            day = date.fromisoformat(closed) + _DAY
        return day.isoformat()

    def ends(self, day: date) -> datetime:
        """Return the moment from which no channel's clock says that day any more."""
        return max(self._cuts(day))

    def span(self, day: date) -> DaySpan:
        """Say from when until when entries of a day are booked, as long as no clock is set back."""
        return DaySpan(
            day.isoformat(), microseconds(min(self._cuts(day - _DAY))), microseconds(self.ends(day))
        )

    def _cuts(self, day: date) -> list[datetime]:
        """Each moment at which a channel may leave a day.

        Where clocks are put back at the cut-over it comes twice, and both moments count (PEP 495, ``fold``).
        """
        cuts = []
        for cut_over in {self.cut_over, *self.own.values()}:
            ends_on = day + _DAY if ends_next_morning(cut_over) else day
            local = datetime.combine(ends_on, cut_over, self.zone)
            cuts += [local.replace(fold=fold).astimezone(UTC) for fold in (0, 1)]
        return cuts
