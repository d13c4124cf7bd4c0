"""Date and time of COSEM: twelve octets, each of which may say that it says nothing (IEC 62056-6-2, 4.1.6.1).

    07e8 02 1d  04  0d 1e 00 00  ffc4  00     Thursday 29 February 2024, 13:30:00, UTC+1, status 0

The deviation is in minutes from local time to UTC, so it is negative east of Greenwich; 8000 says none.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Final

from gateway.codecs.dlms.fault import PeerFault

_FORM: Final = struct.Struct(">HBBBBBBBhB")
_NO_DEVIATION: Final = -0x8000
_NOTHING: Final = 0xFF

DEVIATION_MAX: Final = 840
"""Minutes between local time and UTC: fourteen hours, as far as there are islands."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of a meter: aware, in its own offset. ``status``: 80 summer time, 01 invalid, 02 doubtful."""

    at: datetime
    has_deviation: bool
    status: int


def read_moment(raw: bytes, offset_min: int = 0) -> Moment:
    """Read a moment; ``offset_min`` is what local time is ahead of UTC where the meter does not say it.

    PeerFault for wildcards (a moment must be one) and for what is no date.
    """
    if len(raw) != _FORM.size:
        raise PeerFault("date-time", 0, f"{len(raw)} octets; it has {_FORM.size}")
    year, month, day, _, hour, minute, second, hundredths, deviation, status = _FORM.unpack(raw)
    has_deviation = deviation != _NO_DEVIATION
    ahead = -deviation if has_deviation else offset_min
    if abs(ahead) > DEVIATION_MAX:
        raise PeerFault("deviation", 9, f"more than {DEVIATION_MAX} minutes")
    # Meters leave hundredths out, and some the second.
    second = 0 if second == _NOTHING else second
    micros = 0 if hundredths == _NOTHING else hundredths * 10_000
    try:
        at = datetime(year, month, day, hour, minute, second, micros, timezone(timedelta(minutes=ahead)))
    except ValueError:
        raise PeerFault("date-time", 0, "no date and time, or a wildcard in it") from None
    return Moment(at, has_deviation, status)


def write_moment(at: datetime, *, with_deviation: bool = True, status: int = 0) -> bytes:
    """Write an aware moment in its own offset; ValueError for a naive one.

    >>> east = timezone(timedelta(hours=1))
    >>> write_moment(datetime(2024, 2, 29, 13, 30, tzinfo=east)).hex()
    '07e8021d040d1e0000ffc400'
    """
    offset = at.utcoffset()
    if offset is None:
        raise ValueError("a moment without its offset from UTC")
    deviation = -int(offset.total_seconds() // 60) if with_deviation else _NO_DEVIATION
    return _FORM.pack(
        at.year, at.month, at.day, at.isoweekday(), at.hour, at.minute, at.second,
        at.microsecond // 10_000, deviation, status,
    )  # fmt: skip
