"""Values in A-XDR (IEC 61334-6; the type Data of IEC 62056-5-3, 9.5).

    06 00 00 04 d2          double-long-unsigned 1234
    09 06 01 00 01 08 00 ff octet-string, six octets
    02 02 0f fd 16 1e       structure of an integer -3 and an enum 30: scaler and unit

``read`` does not recurse and makes at most one value of an octet, so its work grows with the text alone. What
is cut short, left over, nested too deep or of no known type is a ``PeerFault``.
"""

from __future__ import annotations

import struct
from functools import partial
from typing import TYPE_CHECKING, Final

from gateway.codecs.dlms.compact import read_compact
from gateway.codecs.dlms.datum import (
    ARRAY,
    BIT_STRING,
    BOOLEAN,
    COMPACT_ARRAY,
    DEPTH_MAX,
    DONT_CARE,
    MOMENTS,
    NAMES,
    NULL,
    NUMBERS,
    OCTET_STRING,
    STRUCTURE,
    UTF8_STRING,
    VALUE_OCTETS_MAX,
    VISIBLE_STRING,
    Datum,
)
from gateway.codecs.dlms.fault import PeerFault
from gateway.codecs.dlms.octets import Octets, length, sized

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.codecs.dlms.datum import Content

_FIELD: Final = "value"
_SHORT: Final = 0x80
_QUICK: Final = {tag: (form.size, form.unpack_from) for tag, form in NUMBERS.items()}
#: Half of the time goes into making values: this way skips a call of Python's for each.
_new: Final[Callable[[tuple[int, Content]], Datum]] = partial(tuple.__new__, Datum)
_NOTHING: Final = {NULL: Datum(NULL, None), DONT_CARE: Datum(DONT_CARE, None)}


def read(raw: bytes) -> Datum:
    """Read the one value that the octets are; PeerFault for less, and for more.

    >>> read(bytes.fromhex("02020ffd161e"))
    structure((integer(-3), enum(30)))
    """
    if len(raw) > VALUE_OCTETS_MAX:
        raise PeerFault(_FIELD, 0, f"longer than {VALUE_OCTETS_MAX} octets; ask for less at a time")
    found, at = read_at(raw, 0)
    if at != len(raw):
        raise PeerFault(_FIELD, at, f"{len(raw) - at} octets are left over")
    return found


def read_from(source: Octets) -> Datum:
    """Read the value that comes next."""
    found, source.at = read_at(source.raw, source.at)
    return found


def read_at(raw: bytes, at: int) -> tuple[Datum, int]:
    """Read the value that begins at ``at``; give it and where it ends.

    The loop holds the arrays and structures that are open on a stack of its own: what a peer sends must not
    decide how deep our calls go.
    """
    opened: list[tuple[int, int, list[Datum]]] = []
    quick, size = _QUICK, len(raw)
    while True:
        if at >= size:
            raise PeerFault(_FIELD, at, "cut short")
        tag = raw[at]
        form = quick.get(tag)
        if form is not None:
            width, unpack = form
            if at + width >= size:
                raise PeerFault(_FIELD, at, f"{NAMES[tag]} is cut short")
            found = _new((tag, unpack(raw, at + 1)[0]))
            at += width + 1
        elif tag in (ARRAY, STRUCTURE):
            count, at = _count(raw, at, len(opened))
            if count:
                opened.append((tag, count, []))
                continue
            found = Datum(tag, ())
        else:
            found, at = _other(raw, tag, at)
        while opened:
            of, count, parts = opened[-1]
            parts.append(found)
            if len(parts) < count:
                break
            opened.pop()
            found = _new((of, tuple(parts)))
        else:
            return found, at


def _count(raw: bytes, at: int, depth: int) -> tuple[int, int]:
    """Read how many parts an array or structure has. Each takes an octet at least."""
    source = Octets(raw, at + 1)
    count = source.length(NAMES[raw[at]])
    if count > len(raw) - source.at:
        raise PeerFault(_FIELD, at, f"{count} parts in {source.left} octets")
    if depth == DEPTH_MAX:
        raise PeerFault(_FIELD, at, f"nested deeper than {DEPTH_MAX}")
    return count, source.at


def _other(raw: bytes, tag: int, at: int) -> tuple[Datum, int]:
    """Read what is neither a number nor made of parts."""
    nothing = _NOTHING.get(tag)
    if nothing is not None:
        return nothing, at + 1
    if tag == OCTET_STRING and at + 1 < len(raw) and (count := raw[at + 1]) < _SHORT:
        # Half of all values of a profile: without a call.
        end = at + 2 + count
        if end <= len(raw):
            return _new((tag, raw[at + 2 : end])), end
    reader = _READERS.get(tag)
    if reader is None:
        raise PeerFault(_FIELD, at, f"tag {tag} is no type of a value")
    source = Octets(raw, at + 1)
    return reader(source, tag), source.at


def _bits(source: Octets, tag: int) -> Datum:
    count = source.length(NAMES[tag])
    packed = source.take((count + 7) // 8, NAMES[tag])
    return Datum(tag, "".join(f"{octet:08b}" for octet in packed)[:count])


def _utf8(source: Octets, tag: int) -> Datum:
    at = source.at
    try:
        return Datum(tag, source.text(NAMES[tag]).decode("utf-8"))
    except UnicodeDecodeError:
        raise PeerFault(_FIELD, at, "no UTF-8") from None


_READERS: Final[dict[int, Callable[[Octets, int], Datum]]] = {
    BOOLEAN: lambda source, tag: Datum(tag, source.byte(NAMES[tag]) != 0),
    BIT_STRING: _bits,
    OCTET_STRING: lambda source, tag: Datum(tag, source.text(NAMES[tag])),
    # Meters put octets above 7F here; Latin-1 keeps each as it is.
    VISIBLE_STRING: lambda source, tag: Datum(tag, source.text(NAMES[tag]).decode("latin-1")),
    UTF8_STRING: _utf8,
    COMPACT_ARRAY: lambda source, _tag: read_compact(source),
    **{tag: (lambda source, tag: Datum(tag, source.take(MOMENTS[tag], NAMES[tag]))) for tag in MOMENTS},
}


def write(datum: Datum) -> bytes:
    """Write a value. ValueError for one that does not fit its tag: that is our own fault.

    >>> write(Datum(BIT_STRING, "101")).hex()
    '0403a0'
    """
    written = bytearray()
    waiting = [datum]
    while waiting:
        tag, value = waiting.pop()
        if tag in (ARRAY, STRUCTURE):
            if not isinstance(value, tuple):
                raise ValueError(f"{NAMES[tag]} is made of values")
            written.append(tag)
            written += length(len(value))
            waiting += reversed(value)
        else:
            written += _written(tag, value)
    return bytes(written)


def _written(tag: int, value: object) -> bytes:
    if tag in NUMBERS:
        try:
            return bytes([tag]) + NUMBERS[tag].pack(value)
        except struct.error:
            raise ValueError(f"a number that is no {NAMES[tag]}") from None
    writer = _WRITERS.get(tag)
    found = None if writer is None else writer(value)
    if found is None:
        raise ValueError(f"no {NAMES.get(tag, 'type of tag ' + str(tag))}")
    return bytes([tag]) + found


def _write_bits(value: object) -> bytes | None:
    if not isinstance(value, str) or set(value) - {"0", "1"}:
        return None
    size = (len(value) + 7) // 8
    return length(len(value)) + int(value.ljust(size * 8, "0") or "0", 2).to_bytes(size, "big")


def _write_moment(size: int) -> Callable[[object], bytes | None]:
    return lambda value: value if isinstance(value, bytes) and len(value) == size else None


_WRITERS: Final[dict[int, Callable[[object], bytes | None]]] = {
    NULL: lambda value: b"" if value is None else None,
    DONT_CARE: lambda value: b"" if value is None else None,
    BOOLEAN: lambda value: bytes([value]) if isinstance(value, bool) else None,
    BIT_STRING: _write_bits,
    OCTET_STRING: lambda value: sized(value) if isinstance(value, bytes) else None,
    VISIBLE_STRING: lambda value: sized(value.encode("latin-1")) if isinstance(value, str) else None,
    UTF8_STRING: lambda value: sized(value.encode("utf-8")) if isinstance(value, str) else None,
    **{tag: _write_moment(size) for tag, size in MOMENTS.items()},
}
