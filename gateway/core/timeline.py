"""Moments as whole numbers: aware times become UTC microseconds, days become business dates."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import time, tzinfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_HALF_A_YEAR_DAYS = 183


def microseconds(moment: datetime) -> int:
    """Return the whole microseconds since 1970 UTC of an aware moment; TypeError for a naive one."""
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(at_us: int) -> datetime:
    """Return the aware UTC moment of ``microseconds``."""
    return _EPOCH + timedelta(microseconds=at_us)


def business_date(moment: datetime, zone: tzinfo, cut_over: time) -> date:
    """Return the day a moment is booked in: the civil day, or the next one from the cut-over on.

    A cut-over of 00:00 means that the civil day is the business day.
    """
    civil = moment.astimezone(zone)
    if cut_over.hour == cut_over.minute == 0 or civil.time() < cut_over:
        return civil.date()
    return civil.date() + timedelta(days=1)


def nearest_date(month: int, day: int, today: date) -> date:
    """Complete a month and day of a message with the year that brings it nearest to today.

    Messages carry MMDD without a year (ISO 8583 DE7, DE13), and a key lives for ever: a key without the year
    would be met again twelve months later. ValueError where no such day exists around today.
    """
    found: list[date] = []
    for year in (today.year - 1, today.year, today.year + 1):
        try:
            found.append(date(year, month, day))
        except ValueError:  # the 29th of February of a common year; another year may have it
            continue
    best = min(found, key=lambda candidate: abs((candidate - today).days), default=None)
    if best is None or abs((best - today).days) > _HALF_A_YEAR_DAYS:
        raise ValueError(f"there is no {month:02d}-{day:02d} within half a year of {today.isoformat()}")
    return best
