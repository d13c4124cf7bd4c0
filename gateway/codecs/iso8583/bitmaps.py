"""Bitmaps: which fields follow (ISO 8583:1987, message structure).

A block of 64 bits names 64 fields, the first bit the first. Bit 1 of the primary block says that
a secondary block (65-128) follows, bit 65 that a tertiary one (129-192) follows that. A bitmap is
held as one number in which field n is bit 192 - n.

    "4010000000000000" → fields 2 and 12
"""

from __future__ import annotations

from binascii import unhexlify
from collections.abc import Callable, Iterable

from gateway.codecs.iso8583.contents import Misfit, hex_offence

# Bit 1 announces the secondary bitmap; the fields proper begin behind it.
FIELD_MIN = 2
FIELD_MAX = 192
# The last fields of the primary and the secondary block, and the bit that announces the tertiary.
PRIMARY_MAX = 64
SECONDARY_MAX = 128
TERTIARY_BIT = 65
BITMAPS = frozenset({"hex", "bin", "ebcdic"})

BitmapReader = Callable[[bytes, int], tuple[int, int]]

_BYTES = 8
_FIRST_BIT = 1 << 63
_NAMES = ("primary", "secondary", "tertiary")
_CODECS = {"hex": "ascii", "ebcdic": "cp500"}


def bitmap_reader(kind: str, *, has_tertiary: bool) -> BitmapReader:
    """Make a function ``(payload, at) → (bitmap, offset behind it)`` which raises ``Misfit``."""
    read_block = _binary_block if kind == "bin" else _hex_block(_CODECS[kind])
    size = _BYTES if kind == "bin" else 2 * _BYTES

    def read(payload: bytes, at: int) -> tuple[int, int]:
        bits = read_block(payload, at, 0)
        at += size
        if not bits & _FIRST_BIT:
            return bits << 128, at
        second = read_block(payload, at, 1)
        bits = bits << 64 | second
        at += size
        if not (has_tertiary and second & _FIRST_BIT):
            return bits << 64, at
        return bits << 64 | read_block(payload, at, 2), at + size

    return read


def bitmap_bytes(kind: str, numbers: Iterable[int]) -> bytes:
    """Write the blocks which name ``numbers`` (2 to 192), as few as will do."""
    wanted = set(numbers)
    highest = max(wanted, default=0)
    blocks = 1 + (highest > PRIMARY_MAX) + (highest > SECONDARY_MAX)
    # A block behind the primary is announced by the first bit of the block before it.
    wanted.update((1, TERTIARY_BIT)[: blocks - 1])
    bits = sum(1 << (64 * blocks - number) for number in wanted)
    raw = bits.to_bytes(_BYTES * blocks, "big")
    return raw if kind == "bin" else raw.hex().upper().encode(_CODECS[kind])


def bitmap_numbers(bits: int, *, has_tertiary: bool) -> list[int]:
    """List the fields a bitmap names, in order, without the bits which announce further blocks."""
    numbers = [number for number in range(FIELD_MIN, FIELD_MAX + 1) if bits >> (FIELD_MAX - number) & 1]
    return [number for number in numbers if number != TERTIARY_BIT] if has_tertiary else numbers


def _binary_block(payload: bytes, at: int, which: int) -> int:
    raw = payload[at : at + _BYTES]
    if len(raw) != _BYTES:
        raise Misfit(at, f"{_NAMES[which]} bitmap cut short: {len(raw)} of {_BYTES} bytes")
    return int.from_bytes(raw, "big")


def _hex_block(codec: str) -> Callable[[bytes, int, int], int]:
    def read(payload: bytes, at: int, which: int) -> int:
        raw = payload[at : at + 2 * _BYTES]
        if len(raw) != 2 * _BYTES:
            raise Misfit(at, f"{_NAMES[which]} bitmap cut short: {len(raw)} of {2 * _BYTES} characters")
        if codec != "ascii":
            raw = raw.decode(codec).encode("ascii", "replace")
        try:
            return int.from_bytes(unhexlify(raw), "big")
        except ValueError:
            raise Misfit(at + hex_offence(raw), f"{_NAMES[which]} bitmap is not hex") from None

    return read
