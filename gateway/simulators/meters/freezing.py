"""When a meter is to keep a copy of its registers: MMDDhhmm, in which 99 leaves a part open.

99999999  now      99999930  each hour at half      99990000  each midnight      99010000  each month

And on which day and hour a month is settled: DDhh, as 04000B01 of DL/T 645-2007 has it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from gateway.simulators.meters.meter_clock import DAY_MS, HOUR_MS, MINUTE_MS, moment_of

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW: Final = "99999999"

_OPEN: Final = "99"
#: From one 29 February to the next there may be eight years.
_DAYS_MAX: Final = 8 * 366


_SETTLES_AT: Final = "04000B01"
_FIRST_OF_MONTH: Final = "0100"


def settles(notes: Mapping[str, bytes] | None) -> str:
    """The day and hour of a settlement, as it was written; else a month begins it."""
    written = (notes or {}).get(_SETTLES_AT)
    return _FIRST_OF_MONTH if written is None else written[::-1].hex()


def next_freeze(when: str, shown: int) -> int | None:
    """The next shown millisecond after this one; None for a day or a time that never comes."""
    month, day, hour, minute = (when[place : place + 2] for place in range(0, 8, 2))
    if minute == _OPEN or int(minute) * MINUTE_MS >= HOUR_MS:
        return None
    if hour == _OPEN:
        at = shown - shown % HOUR_MS + int(minute) * MINUTE_MS
        return at if at > shown else at + HOUR_MS
    in_day = int(hour) * HOUR_MS + int(minute) * MINUTE_MS
    if in_day >= DAY_MS:
        return None
    begins = shown - shown % DAY_MS
    date = moment_of(begins).date()
    for ahead in range(_DAYS_MAX):
        that = date + timedelta(days=ahead)
        at = begins + ahead * DAY_MS + in_day
        if at > shown and day in (_OPEN, f"{that.day:02d}") and month in (_OPEN, f"{that.month:02d}"):
            return at
    return None
