"""When meters may be called: hours of the day on some weekdays, as clocks on the wall show them.

Moments are whole seconds since 1970 UTC (``_s``): telephones know nothing finer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, tzinfo

#: Monday to Sunday.
ALL_DAYS: Final = frozenset(range(7))

#: Days looked at for the next opening: a window of one weekday which a change of the clocks swallows opens
#: again a week later.
_AHEAD_DAYS: Final = 15

_DAY: Final = timedelta(days=1)


class Span(NamedTuple):
    """From a moment to another, which is not in it any more."""

    opens_s: int
    closes_s: int


@dataclass(frozen=True, slots=True)
class Window:
    """From an hour to another on these weekdays (Monday is 0), in a zone; ``closes`` may lie behind midnight.

    The weekday is that of the opening. ``opens`` equal to ``closes`` is the whole day. A call may begin while
    the window is open. Where clocks change, an hour that comes twice counts the first time.
    ValueError without a weekday, or for one that is none.
    """

    opens: time
    closes: time
    zone: tzinfo
    weekdays: frozenset[int] = ALL_DAYS

    def __post_init__(self) -> None:
        if not self.weekdays or not self.weekdays <= ALL_DAYS:
            raise ValueError(
                f"weekdays: {sorted(self.weekdays)} must be some of 0 (Monday) to 6; name one at least"
            )
        if self.opens.tzinfo or self.closes.tzinfo:
            raise ValueError("opens, closes: times of a window have the window's zone; give them without one")

    def span_at(self, at_s: int) -> Span:
        """Give what is left of the window that is open at a moment, else the next one."""
        for opens_s, closes_s in self._spans(at_s):
            if closes_s > at_s:
                return Span(max(opens_s, at_s), closes_s)
        raise AssertionError("a window opens once a fortnight at least")  # pragma: no cover

    def span_after(self, at_s: int) -> Span:
        """Give the first window that opens after a moment."""
        for span in self._spans(at_s):
            if span.opens_s > at_s:
                return span
        raise AssertionError("a window opens once a fortnight at least")  # pragma: no cover

    def _spans(self, at_s: int) -> Iterator[Span]:
        """Give the windows around and after a moment; one may have begun the day before."""
        today = local_day(at_s, self.zone)
        for ahead in range(-1, _AHEAD_DAYS):
            day = today + ahead * _DAY
            if day.weekday() not in self.weekdays:
                continue
            span = Span(
                seconds_at(day, self.opens, self.zone),
                seconds_at(day if self.opens < self.closes else day + _DAY, self.closes, self.zone),
            )
            # Opening in the hour that a change of the clocks leaves out may put it behind the closing.
            if span.opens_s < span.closes_s:
                yield span


def seconds_at(day: date, clock: time, zone: tzinfo) -> int:
    """Give the moment at which the clocks of a zone show this; one that is left out is an hour later."""
    return int(datetime.combine(day, clock, zone).timestamp())


def local_day(at_s: int, zone: tzinfo) -> date:
    """Name the civil day of a moment."""
    return datetime.fromtimestamp(at_s, zone).date()
