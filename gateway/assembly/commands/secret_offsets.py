"""Which bytes of a broken message may not be shown: those of secret fields, and what nobody can name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gateway.codecs.iso8583.bitmaps import TERTIARY_BIT, bitmap_reader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.codecs.iso8583.message import MessageSpec, PeerFault

#: Bytes that stay visible at the fault, because they are what is looked for: a length of six digits and a
#: little more. Of a secret field only so many that its length or first character can be told.
_SHOWN: Final = 8
_SHOWN_OF_SECRET: Final = 3

_MTI_SIZES: Final = {"ascii": 4, "ebcdic": 4, "bcd": 2}


def secret_offsets(
    table: Mapping[str, Any], spec: MessageSpec, payload: bytes, fault: PeerFault
) -> frozenset[int]:
    """Find the offsets to hide; ``table`` is the profile's ``message``."""
    is_secret = fault.field in spec.secrets
    hidden = set(range(fault.at + (_SHOWN_OF_SECRET if is_secret else _SHOWN), len(payload)))
    fields = {} if fault.partial is None else fault.partial.fields
    if not fields:
        return frozenset(hidden)
    behind = 0
    for number, start, behind in _places(table, spec, payload, list(fields)):
        if number in spec.secrets:
            hidden.update(range(start, behind))
    if is_secret:
        hidden.update(range(behind, fault.at))
    return frozenset(hidden)


def _places(
    table: Mapping[str, Any], spec: MessageSpec, payload: bytes, numbers: list[int]
) -> Iterator[tuple[int, int, int]]:
    """Give number, first offset and the offset behind it, of fields that could be read."""
    read_bitmap = bitmap_reader(table["bitmap"], has_tertiary=TERTIARY_BIT not in spec.fields)
    _, at = read_bitmap(payload, _MTI_SIZES[table["mti"]])
    for number in numbers:
        _, behind = spec.fields[number].read(payload, at)
        yield number, at, behind
        at = behind
