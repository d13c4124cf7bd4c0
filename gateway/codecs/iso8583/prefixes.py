"""Length prefixes: the number before a variable field, in digits or in bytes.

``ascii`` and ``ebcdic`` hold one digit a byte, ``bcd`` two (an odd count leads with 0), ``bin`` is
a big-endian number of so many bytes. LLVAR of 37 is ``33 37`` in ASCII, ``37`` in BCD.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.codecs.iso8583.contents import Misfit

if TYPE_CHECKING:
    from collections.abc import Callable

# The widest prefix in use is LLLLLL (the nested field 127 of the Postilion family); four binary
# bytes count further than any frame.
PREFIX_DIGITS_MAX = 6
PREFIX_BYTES_MAX = 4
PREFIXES = frozenset({"ascii", "ebcdic", "bcd", "bin"})

_CODECS = {"ascii": "ascii", "ebcdic": "cp500"}


@dataclass(frozen=True, slots=True)
class Prefix:
    """``read(payload, at)`` gives the count and raises ``Misfit``; ``write`` gives its bytes."""

    size: int
    capacity: int
    read: Callable[[bytes, int], int]
    write: Callable[[int], bytes]
    # The count of digits where they stand in ASCII, for the short cut of ``quick``.
    quick_digits: int | None = None


def prefix_named(kind: str, digits: int) -> Prefix:
    """Make the prefix of a table entry; ``kind`` is one of ``PREFIXES``."""
    if kind == "bin":
        return _binary(digits)
    return _packed(digits) if kind == "bcd" else _text(digits, _CODECS[kind])


def _text(digits: int, codec: str) -> Prefix:
    def read(payload: bytes, at: int) -> int:
        raw = payload[at : at + digits]
        if len(raw) < digits:
            raise Misfit(at, f"length cut short: {len(raw)} of {digits} digits")
        text = raw if codec == "ascii" else raw.decode(codec).encode("ascii", "replace")
        # int() alone would take signs, blanks and underscores.
        if not text.isdigit():
            raise Misfit(at, "length is not numeric")
        return int(text)

    def write(count: int) -> bytes:
        raw = b"%0*d" % (digits, count)
        return raw if codec == "ascii" else raw.decode("ascii").encode(codec)

    return Prefix(digits, 10**digits - 1, read, write, digits if codec == "ascii" else None)


def _packed(digits: int) -> Prefix:
    size = (digits + 1) // 2

    def read(payload: bytes, at: int) -> int:
        nibbles = payload[at : at + size].hex()
        if len(nibbles) < 2 * size:
            raise Misfit(at, f"length cut short: {len(nibbles) // 2} of {size} bytes")
        if not nibbles.isdecimal():
            raise Misfit(at, "length is not numeric")
        return int(nibbles)

    def write(count: int) -> bytes:
        return bytes.fromhex(str(count).rjust(2 * size, "0"))

    return Prefix(size, 10**digits - 1, read, write)


def _binary(size: int) -> Prefix:
    def read(payload: bytes, at: int) -> int:
        raw = payload[at : at + size]
        if len(raw) < size:
            raise Misfit(at, f"length cut short: {len(raw)} of {size} bytes")
        return int.from_bytes(raw, "big")

    def write(count: int) -> bytes:
        return count.to_bytes(size, "big")

    return Prefix(size, 256**size - 1, read, write)
