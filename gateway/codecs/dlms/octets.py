"""Octets that are read from left to right: every step is checked, and says where it failed."""

from __future__ import annotations

from typing import Final

from gateway.codecs.dlms.fault import PeerFault

#: Below this a length is one octet; above, the first octet says how many follow (IEC 62056-5-3, 8.1; A-XDR).
_LENGTH_SHORT: Final = 0x80

#: Octets of a length: four can say four gigabytes, and no length of ours needs more.
LENGTH_OCTETS_MAX: Final = 4


class Octets:
    """A text of octets and the place that is read next."""

    __slots__ = ("at", "raw")

    def __init__(self, raw: bytes, at: int = 0) -> None:
        self.raw = raw
        self.at = at

    @property
    def left(self) -> int:
        """The number of octets that were not read yet."""
        return len(self.raw) - self.at

    def take(self, count: int, field: str) -> bytes:
        """Give the next octets; PeerFault where there are fewer."""
        if count > self.left:
            raise PeerFault(field, self.at, f"{count} octets are announced, {self.left} are there")
        begun, self.at = self.at, self.at + count
        return self.raw[begun : self.at]

    def byte(self, field: str) -> int:
        """Give the next octet."""
        return self.take(1, field)[0]

    def whole(self, size: int, field: str) -> int:
        """Give an unsigned number of so many octets, the highest first."""
        return int.from_bytes(self.take(size, field), "big")

    def length(self, field: str) -> int:
        """Give a length of A-XDR or BER: one octet, or 81 to 84 and as many."""
        first = self.byte(field)
        if first < _LENGTH_SHORT:
            return first
        size = first - _LENGTH_SHORT
        if not 1 <= size <= LENGTH_OCTETS_MAX:
            raise PeerFault(field, self.at - 1, f"a length of {size} octets")
        return self.whole(size, field)

    def text(self, field: str) -> bytes:
        """Give octets behind their length."""
        return self.take(self.length(field), field)

    def is_there(self, field: str) -> bool:
        """Read whether an optional part follows: 00 or 01."""
        said = self.byte(field)
        if said > 1:
            raise PeerFault(field, self.at - 1, "neither 00 (absent) nor 01 (present)")
        return said == 1

    def end(self, field: str) -> None:
        """Refuse what is left over."""
        if self.left:
            raise PeerFault(field, self.at, f"{self.left} octets are left over")


def length(count: int) -> bytes:
    """Write a length.

    >>> length(5).hex(), length(128).hex(), length(1000).hex()
    ('05', '8180', '8203e8')
    """
    if count < _LENGTH_SHORT:
        return bytes([count])
    size = (count.bit_length() + 7) // 8
    return bytes([_LENGTH_SHORT + size]) + count.to_bytes(size, "big")


def sized(text: bytes) -> bytes:
    """Write octets behind their length."""
    return length(len(text)) + text
