"""Load profiles as meters answer to R5 or R6 of ``P.01`` (VDEW specification of load profile meters, part 2).

    P.01(1220401010000)(08)(15)(2)(1-0:1.5.0)(kW)(1-0:5.5.0)(kvar)
    (0.30499)(0.00000)
    (0.31774)(0.00000)

The head has the first row's time, a status word, minutes of a period, the number of channels, and each
channel's address and unit. A new head stands where the status changes, the clock was set, or rows are
missing: the part before and the part after are not one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.codecs.iec62056_21.fault import PeerFault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.codecs.iec62056_21.datasets import DataSet

#: Channels of a profile: VDEW meters have up to eight, others were seen with sixteen.
CHANNELS_MAX: Final = 64
#: Minutes of a period: a day.
PERIOD_MIN_MAX: Final = 1440

_FIXED: Final = 4
_STAMP: Final = re.compile(r"([0-9]?)((?:[0-9]{2}){5,6})")


@dataclass(frozen=True, slots=True)
class Channel:
    """What a column of a profile holds."""

    address: str
    unit: str


@dataclass(frozen=True, slots=True)
class Segment:
    """Rows one behind the other: row n is a period later than row n - 1.

    ``start`` is ``YYMMDDhhmm`` or ``YYMMDDhhmmss`` by the meter's clock; ``season`` is what stood before it:
    0 standard time, 1 summer time, 2 UTC, or nothing.
    """

    address: str
    season: str
    start: str
    status: str
    period_min: int
    channels: tuple[Channel, ...]
    rows: tuple[tuple[str, ...], ...]


def read_profile(sets: Iterable[DataSet]) -> tuple[Segment, ...]:
    """Put the segments of an answer together; ``PeerFault`` says at which data set it is none."""
    segments: list[Segment] = []
    rows: list[tuple[str, ...]] = []
    for at, one in enumerate(sets):
        texts = tuple(value.text for value in one.values)
        if not one.is_continued:
            segments = _closed(segments, rows)
            segments.append(_head(one.address, texts, at))
            rows = []
        elif not segments:
            raise PeerFault("profile", at, "there is a row before the first head")
        elif len(texts) != len(segments[-1].channels):
            wanted = len(segments[-1].channels)
            raise PeerFault("profile", at, f"{len(texts)} values in a row, {wanted} channels are announced")
        else:
            rows.append(texts)
    return tuple(_closed(segments, rows))


def _closed(segments: list[Segment], rows: list[tuple[str, ...]]) -> list[Segment]:
    if not segments:
        return []
    *others, last = segments
    whole = Segment(
        last.address, last.season, last.start, last.status, last.period_min, last.channels, tuple(rows)
    )
    return [*others, whole]


def _head(address: str, texts: tuple[str, ...], at: int) -> Segment:
    if len(texts) < _FIXED:
        raise PeerFault("profile", at, "a head has a time, a status, a period and a number of channels")
    stamp = _STAMP.fullmatch(texts[0])
    if stamp is None:
        raise PeerFault("profile", at, "the head's time is not ZYYMMDDhhmmss")
    period, count = _whole(texts[2], PERIOD_MIN_MAX, at), _whole(texts[3], CHANNELS_MAX, at)
    columns = texts[_FIXED:]
    if len(columns) != 2 * count:
        raise PeerFault("profile", at, f"{count} channels are announced, {len(columns)} words name them")
    channels = tuple(Channel(columns[n], columns[n + 1]) for n in range(0, len(columns), 2))
    return Segment(address, stamp[1], stamp[2], texts[1], period, channels, ())


def _whole(text: str, most: int, at: int) -> int:
    if not re.fullmatch("[0-9]{1,4}", text) or not 1 <= int(text) <= most:
        raise PeerFault("profile", at, f"a number from 1 to {most} is wanted in the head")
    return int(text)
