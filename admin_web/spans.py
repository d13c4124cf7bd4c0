"""Days and moments as people write them, and where a reader's day begins and ends, in her zone."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from gateway.core.timeline import microseconds

if TYPE_CHECKING:
    from datetime import tzinfo


#: Years all of whose days begin and end at moments that there are, whatever the zone.
_YEARS: Final = range(2, 9999)


def day_of(text: str) -> date | None:
    """Read a day, such as 2026-11-23; None for what is none, or lies at the very end of time.

    >>> day_of("2026-11-23"), day_of("tomorrow"), day_of("9999-12-31")
    (datetime.date(2026, 11, 23), None, None)
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in _YEARS else None


def civil_of(text: str) -> datetime | None:
    """Read a day and a time without a zone; None as of ``day_of``.

    >>> civil_of("2027-01-01 00:00"), civil_of("2027-01-01 00:00Z"), civil_of("0001-01-01 00:00")
    (datetime.datetime(2027, 1, 1, 0, 0), None, None)
    """
    try:
        written = datetime.fromisoformat(text)
    except ValueError:
        return None
    return written if written.tzinfo is None and written.year in _YEARS else None


def moment_typed(text: str, zone: tzinfo) -> datetime | None:
    """Read a moment as the pages show it, with its offset, or a day and a time of this zone.

    >>> from datetime import timezone
    >>> moment_typed("2026-11-23 12:00:05 +08:00", timezone.utc).isoformat()
    '2026-11-23T12:00:05+08:00'
    >>> moment_typed("2026-11-23T12:00", timezone.utc).isoformat(), moment_typed("noon", timezone.utc)
    ('2026-11-23T12:00:00+00:00', None)
    """
    local = civil_of(text)
    if local is not None:
        return local.replace(tzinfo=zone)
    try:
        written = datetime.fromisoformat(re.sub(r" (?=[+-][0-9]{2}:[0-9]{2}$)", "", text))
    except ValueError:
        return None
    return written if written.tzinfo is not None and written.year in _YEARS else None


def begin_us(day: date | None, zone: tzinfo) -> int | None:
    """Give the first microsecond of a day; None stays None."""
    return None if day is None else microseconds(datetime.combine(day, time(), zone))


def end_us(day: date | None, zone: tzinfo) -> int | None:
    """Give the first microsecond behind a day; None stays None."""
    return None if day is None else begin_us(day + timedelta(days=1), zone)
