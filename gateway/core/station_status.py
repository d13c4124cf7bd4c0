"""How a card station stands, as it told of itself last. It is kept in memory: after a start it tells anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: Without a word for so long a station is away: it tells of itself every thirty seconds.
SILENT_US: Final = 90 * 1_000_000


@dataclass(frozen=True, slots=True)
class ReaderStatus:
    """A card reader of a station: its name at the station, and its state in one word."""

    name: str
    state: str


@dataclass(frozen=True, slots=True)
class StationStatus:
    """What a station told of itself: ``unfinished`` are purchases that wait for their card.

    ``heard_us`` is our own clock, ``clock_us`` the station's. ``certificate`` is the number of the one that
    it came with, and ``ends_us`` the end of that.
    """

    station: str
    heard_us: int
    address: str
    version: str
    readers: tuple[ReaderStatus, ...]
    unfinished: int
    clock_us: int
    certificate: str
    ends_us: int

    def is_silent(self, at_us: int) -> bool:
        """Has it said nothing for too long?"""
        return at_us - self.heard_us > SILENT_US

    @property
    def clock_off_us(self) -> int:
        """By how much its clock is ahead of ours; below nothing: behind it."""
        return self.clock_us - self.heard_us
