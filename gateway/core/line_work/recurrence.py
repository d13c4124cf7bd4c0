"""Which moments a schedule wants values of: each day, some weekdays, a day of the month, every few minutes.

A moment is the one that the value belongs to, such as the midnight of a frozen register; it is read later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Final

from gateway.core.line_work.window import ALL_DAYS, local_day, seconds_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

_DAY: Final = timedelta(days=1)
_MIDNIGHT: Final = time()
_DAY_MINUTES: Final = 1440
_LAST_OF_MONTH: Final = 31


@dataclass(frozen=True, slots=True)
class OnWeekdays:
    """The midnight that begins these weekdays (Monday is 0); all of them where none is named."""

    weekdays: frozenset[int] = ALL_DAYS

    def __post_init__(self) -> None:
        if not self.weekdays or not self.weekdays <= ALL_DAYS:
            raise ValueError(
                f"weekdays: {sorted(self.weekdays)} must be some of 0 (Monday) to 6; name one at least"
            )

    def after(self, at_s: int, zone: tzinfo) -> int:
        """Give the first moment after this one."""
        days = (day for day in _days_from(at_s, zone) if day.weekday() in self.weekdays)
        return _first_after(at_s, (seconds_at(day, _MIDNIGHT, zone) for day in days))


@dataclass(frozen=True, slots=True)
class OnDayOfMonth:
    """The midnight that begins this day of each month; in a shorter month its last day."""

    day: int

    def __post_init__(self) -> None:
        if not 1 <= self.day <= _LAST_OF_MONTH:
            raise ValueError(f"day: {self.day} is no day of a month; give 1 to {_LAST_OF_MONTH}")

    def after(self, at_s: int, zone: tzinfo) -> int:
        """Give the first moment after this one."""
        days = (day for day in _days_from(at_s, zone) if day.day == min(self.day, _last_of_month(day)))
        return _first_after(at_s, (seconds_at(day, _MIDNIGHT, zone) for day in days))


@dataclass(frozen=True, slots=True)
class EveryMinutes:
    """Every so many minutes, counted from each midnight, so they must divide a day."""

    minutes: int

    def __post_init__(self) -> None:
        if self.minutes < 1 or _DAY_MINUTES % self.minutes:
            raise ValueError(f"minutes: a day is no multiple of {self.minutes}; give 15, 30, 60 or such")

    def after(self, at_s: int, zone: tzinfo) -> int:
        """Give the first moment after this one; a day on which clocks change has more or fewer."""
        midnight_s = seconds_at(local_day(at_s, zone), _MIDNIGHT, zone)
        tomorrow_s = seconds_at(local_day(at_s, zone) + _DAY, _MIDNIGHT, zone)
        step_s = self.minutes * 60
        return min(at_s + step_s - (at_s - midnight_s) % step_s, tomorrow_s)


Recurrence = OnWeekdays | OnDayOfMonth | EveryMinutes


def _days_from(at_s: int, zone: tzinfo) -> Iterator[date]:
    day = local_day(at_s, zone)
    while True:
        yield day
        day += _DAY


def _first_after(at_s: int, moments: Iterator[int]) -> int:
    return next(moment for moment in moments if moment > at_s)


def _last_of_month(day: date) -> int:
    return ((day.replace(day=28) + timedelta(days=4)).replace(day=1) - _DAY).day
