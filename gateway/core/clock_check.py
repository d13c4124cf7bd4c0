"""A meter's clock: how far it is off, and whether that is put right over the line.

    off by at most 30 s      FINE       a quarter-hour's row is then wrong by 3 % at most
    up to 5 min              SET        over the line, once in a visit, and read back
    likewise, but the next   LATER      a row of the load profile would be cut short, or be there twice:
    quarter-hour is near                another visit does it
    further                  TOO_FAR    nobody sets it over a line: rows would be missing, or there twice; a
                                        person finds out why

What is read over a slow line is some seconds old. How far a clock is off is therefore said as the least that
it can be: what the meter showed lies between the question and the answer.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

FINE_S: Final = 30
"""Seconds that a clock may be off: 3 % of a row of a quarter-hour, and more than a slow line's doubt."""

SET_S_MAX: Final = 300
"""Seconds by which a clock is set over a line: further off it is broken, or was set by somebody."""

INTERVAL_S: Final = 900
"""Seconds of the shortest period of a load profile that is usual; longer ones begin with one of these."""

SETTING_S: Final = 60
"""Seconds from the decision until a clock stands as set: a session over a slow line, and its tries."""

MIDNIGHT_S: Final = 60
"""Seconds around midnight in which date and time may have been read on two sides of it."""

#: Where models have their clock: one item for both, or one for each.
MOMENT: Final = "clock"
DATE: Final = "date"
TIME: Final = "time"
CLOCK_ITEMS: Final = (MOMENT, DATE, TIME)

_DAY: Final = 86_400
_CENTURY: Final = 2000
_DATE: Final = re.compile(r"([0-9]{2})[-.]?([0-9]{2})[-.]?([0-9]{2})(?:[0-9]{2})?")
_TIME: Final = re.compile(r"([0-9]{2})(:?)([0-9]{2}):?([0-9]{2})")


class ClockVerdict(Enum):
    """What is done about a clock."""

    FINE = "fine"
    SET = "set"
    LATER = "later"
    TOO_FAR = "too_far"


class ClockSeen(NamedTuple):
    """What a clock showed, and between which two moments of ours it was read."""

    shown: datetime
    asked: datetime
    answered: datetime

    @property
    def off_s(self) -> int:
        """Seconds that it is ahead (under nothing: behind), at the least.

        >>> from datetime import UTC
        >>> at = [datetime(2026, 11, 26, 12, 0, second, tzinfo=UTC) for second in (7, 0, 5)]
        >>> ClockSeen(*at).off_s, ClockSeen(at[2], at[1], at[0]).off_s
        (2, 0)
        """
        # A clock shows whole seconds.
        least, most = self.shown - self.answered, self.shown + timedelta(seconds=1) - self.asked
        if least > timedelta():
            return int(least.total_seconds())
        return min(0, -int(-most.total_seconds()))


def shown_in(texts: Mapping[str, str], zone: tzinfo) -> datetime | None:
    """Read what a clock shows out of its items; a moment without an offset is of the meter's zone.

    None where it is not there, shows no moment, or date and time may be of two days.

    >>> from datetime import UTC
    >>> shown_in({"date": "26112604", "time": "123456"}, UTC).isoformat()
    '2026-11-26T12:34:56+00:00'
    >>> shown_in({"date": "26-11-26", "time": "00:00:05"}, UTC) is None
    True
    """
    try:
        if MOMENT in texts:
            at = datetime.fromisoformat(texts[MOMENT])
            return at if at.tzinfo is not None else at.replace(tzinfo=zone)
        date, time = _DATE.fullmatch(texts.get(DATE, "")), _TIME.fullmatch(texts.get(TIME, ""))
        if date is None or time is None:
            return None
        year, month, day = (int(part) for part in date.groups())
        hour, minute, second = int(time[1]), int(time[3]), int(time[4])
        at = datetime(_CENTURY + year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        return None
    in_day = hour * 3600 + minute * 60 + second
    return at if MIDNIGHT_S <= in_day < _DAY - MIDNIGHT_S else None


def judge(off_s: int, now: datetime) -> ClockVerdict:
    """Say what is done about a clock that is off by so much at this moment."""
    if abs(off_s) <= FINE_S:
        return ClockVerdict.FINE
    if abs(off_s) > SET_S_MAX:
        return ClockVerdict.TOO_FAR
    now_s = int(now.timestamp())
    # How far it is off is the least that it can be: it may be further by what a slow line takes.
    spans = (0, SETTING_S, off_s - SETTING_S, off_s + SETTING_S)
    touched = {(now_s + span) // INTERVAL_S for span in spans}
    return ClockVerdict.SET if len(touched) == 1 else ClockVerdict.LATER


def setting_of(texts: Mapping[str, str], now: datetime) -> tuple[str, str]:
    """Give the item that sets a clock to this moment, and its text, as the meter itself writes it.

    >>> setting_of({"date": "26-11-26", "time": "12:34:50"}, datetime(2026, 11, 26, 12, 35))
    ('time', '12:35:00')
    """
    now = now.replace(microsecond=0)
    if MOMENT in texts:
        return MOMENT, now.isoformat()
    found = _TIME.fullmatch(texts[TIME])
    between = found[2] if found else ""
    return TIME, now.strftime(f"%H{between}%M{between}%S")
