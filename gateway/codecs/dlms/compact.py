"""The compact array: the type is said once, then come the contents without tags (IEC 62056-6-2, 4.1.5).

    13  02 02 12 11  06  0001 05  0002 06     structures of a long-unsigned and an unsigned, two of them

It is read as an array; we never write one. A type of few octets can announce millions of values that take no
octet each, so the values are counted.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from gateway.codecs.dlms.datum import (
    ARRAY,
    BOOLEAN,
    COMPACT_ARRAY,
    DEPTH_MAX,
    MOMENTS,
    NAMES,
    NULL,
    NUMBERS,
    OCTET_STRING,
    STRUCTURE,
    VISIBLE_STRING,
    Datum,
)
from gateway.codecs.dlms.fault import PeerFault
from gateway.codecs.dlms.octets import Octets

VALUES_MAX: Final = 65_536
"""Values in one compact array: twenty of a row and a month of quarter-hours, rounded up to two octets."""

_FIELD: Final = NAMES[COMPACT_ARRAY]
_LEAVES: Final = {NULL, BOOLEAN, OCTET_STRING, VISIBLE_STRING, *NUMBERS, *MOMENTS}


class _Type(NamedTuple):
    """A type as described: a leaf, or a tag with the types of its parts; an array has one, ``repeated``."""

    tag: int
    parts: tuple[_Type, ...] = ()
    repeated: int = 0


class _Budget:
    """How many values, and parts of types, may still be made."""

    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        self.left = left

    def spend(self, at: int) -> None:
        self.need(1, at)
        self.left -= 1

    def need(self, count: int, at: int) -> None:
        """Refuse what is announced and cannot be had, before any of it is made."""
        if count > self.left:
            raise PeerFault(_FIELD, at, f"more than {VALUES_MAX} values")


def read_compact(source: Octets) -> Datum:
    """Read what follows the tag, as an array."""
    budget = _Budget(VALUES_MAX)
    kind = _type(source, budget, 0)
    inner = Octets(source.text(_FIELD))
    found: list[Datum] = []
    while inner.left:
        at = inner.at
        found.append(_value(kind, inner, budget))
        if inner.at == at:
            raise PeerFault(_FIELD, at, "values that take no octet, and never end")
    return Datum(ARRAY, tuple(found))


def _type(source: Octets, budget: _Budget, depth: int) -> _Type:
    budget.spend(source.at)
    if depth > DEPTH_MAX:
        raise PeerFault(_FIELD, source.at, f"nested deeper than {DEPTH_MAX}")
    tag = source.byte(_FIELD)
    if tag == ARRAY:
        count = source.whole(2, _FIELD)
        return _Type(tag, (_type(source, budget, depth + 1),), count)
    if tag == STRUCTURE:
        count = source.length(_FIELD)
        if count > source.left:
            raise PeerFault(_FIELD, source.at, f"{count} types in {source.left} octets")
        return _Type(tag, tuple(_type(source, budget, depth + 1) for _ in range(count)))
    if tag not in _LEAVES:
        raise PeerFault(_FIELD, source.at - 1, f"tag {tag} is no type of a compact array")
    return _Type(tag)


def _value(kind: _Type, source: Octets, budget: _Budget) -> Datum:
    """Read a value; as deep as its type is, which was limited."""
    budget.spend(source.at)
    tag = kind.tag
    if tag == STRUCTURE:
        return Datum(tag, tuple(_value(part, source, budget) for part in kind.parts))
    if tag == ARRAY:
        (part,) = kind.parts
        budget.need(kind.repeated, source.at)
        return Datum(tag, tuple(_value(part, source, budget) for _ in range(kind.repeated)))
    if tag in NUMBERS:
        return Datum(tag, NUMBERS[tag].unpack(source.take(NUMBERS[tag].size, _FIELD))[0])
    if tag in MOMENTS:
        return Datum(tag, source.take(MOMENTS[tag], _FIELD))
    if tag == BOOLEAN:
        return Datum(tag, source.byte(_FIELD) != 0)
    if tag == NULL:
        return Datum(tag, None)
    text = source.text(_FIELD)
    return Datum(tag, text if tag == OCTET_STRING else text.decode("latin-1"))
