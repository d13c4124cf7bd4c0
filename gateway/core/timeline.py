"""Moments as whole numbers: aware times become UTC microseconds, days become business dates."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import tzinfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1)
_NOON = time(12)

#: How far a bank's date may lie ahead of ours: another zone, and a clock that is off.
_AHEAD_MAX = timedelta(days=2)

#: The 29th of February comes at the latest after eight years (1896 to 1904, 2096 to 2104).
_LEAP_CYCLE_YEARS = 9


def microseconds(moment: datetime) -> int:
    """Return the whole microseconds since 1970 UTC of an aware moment; TypeError for a naive one."""
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(at_us: int) -> datetime:
    """Return the aware UTC moment of ``microseconds``."""
    return _EPOCH + timedelta(microseconds=at_us)


def ends_next_morning(cut_over: time) -> bool:
    """Say whether a business day ends on the civil day behind the one it is named after."""
    return cut_over < _NOON


def business_date(moment: datetime, zone: tzinfo, cut_over: time) -> date:
    """Return the day a moment is booked in, named after the civil day that most of it lies in.

    With a cut-over of 23:00 the 23rd ends an hour before midnight, with 00:30 half an hour behind it, and
    with 00:00 the civil day is the business day.
    """
    civil = moment.astimezone(zone)
    is_over = civil.time() >= cut_over
    if ends_next_morning(cut_over):
        return civil.date() if is_over else civil.date() - _DAY
    return civil.date() + _DAY if is_over else civil.date()


def day_begins(day: date, zone: tzinfo, cut_over: time) -> datetime:
    """Return the moment (UTC) from which moments are booked in a day: the inverse of ``business_date``.

    Where clocks are put back at the cut-over it comes twice, and the first one counts.
    """
    begins_on = day if ends_next_morning(cut_over) else day - _DAY
    return datetime.combine(begins_on, cut_over, zone).astimezone(UTC)


def newest_date(month: int, day: int, today: date) -> date:
    """Complete a month and day of a message with its year: the newest such day up to the day after tomorrow.

    Messages carry MMDD without a year (ISO 8583 DE7, DE13), and a key lives for ever: without the year it
    would be met again twelve months later. A bank's clock may be a zone and some minutes ahead of ours, never
    months. ValueError where no such day exists.
    """
    latest = today + _AHEAD_MAX
    for year in range(latest.year, latest.year - _LEAP_CYCLE_YEARS, -1):
        try:
            found = date(year, month, day)
        except ValueError:  # the 29th of February of a common year; an earlier year may have it
            continue
        if found <= latest:
            return found
    raise ValueError(f"there is no day {month:02d}-{day:02d}")
