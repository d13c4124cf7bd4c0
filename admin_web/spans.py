"""Days of a filter as moments: where a reader's day begins and ends, in her zone."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from gateway.core.timeline import microseconds

if TYPE_CHECKING:
    from datetime import date, tzinfo


def begin_us(day: date | None, zone: tzinfo) -> int | None:
    """Give the first microsecond of a day; None stays None."""
    return None if day is None else microseconds(datetime.combine(day, time(), zone))


def end_us(day: date | None, zone: tzinfo) -> int | None:
    """Give the first microsecond behind a day; None stays None."""
    return None if day is None else begin_us(day + timedelta(days=1), zone)
