"""Identifiers of data, as tables: what stands behind 00010000, how it is read and written (annex A of 2007).

A table is a file of ``schemas/meters``. An identifier is written there as it is printed, DI3 first. Two small
letters stand for a byte that runs, and FF in that place (or what the run names, as in ``10-1E all 1F``) asks
for a block of all of them:

    {"id": "0001ttpp", "runs": {"tt": "00-3F", "pp": "00-0C"}, "name": "forward active energy", "format":
    "energy"}

    00010000    all tariffs, now                0001FF00    all tariffs and each tariff, now
    00010200    tariff 2, now                   000100FF    all tariffs, now and at the last settlements

A format is a list of values; it may be repeated, as the lines of a day table are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from gateway.codecs.dlt645.fault import PeerFault, TableFault, ValueFault
from gateway.codecs.dlt645.formats import Part, Value

#: How often a format may be repeated in one answer: tables of meters have fourteen rows.
REPEAT_MAX: Final = 1000
#: Identifiers whose meaning is kept ready; a round asks for a few dozen.
_READY_MAX: Final = 1024

_BLOCK: Final = "FF"
_PATTERN: Final = re.compile(r"(?:[0-9A-F]{2}|[a-z]{2})+")
_RUN: Final = re.compile(r"([0-9A-F]{2})-([0-9A-F]{2})(?: all ([0-9A-F]{2}))?")


class Field(NamedTuple):
    """A value with the identifier that it has for itself, and its name in the format."""

    di: str
    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class Item:
    """What stands behind an identifier: its name, the values of one of it, and which it is a block of."""

    di: str
    name: str
    parts: tuple[Part, ...]
    repeat: int
    #: The identifiers whose values come one after the other; one, unless it is a block.
    members: tuple[str, ...]

    @property
    def width(self) -> int:
        """Bytes of one round of its values."""
        return sum(part.width for part in self.parts)

    def decode(self, body: bytes) -> tuple[Field, ...]:
        """Read the values behind an identifier. ``PeerFault`` where the bytes are not of its format.

        A meter that has four tariffs sends five values of a block of 64: the block ends where its bytes do.
        """
        rounds, odd = divmod(len(body), self.width)
        most = self.repeat * len(self.members)
        if odd or not 1 <= rounds <= most:
            wanted = f"{self.width} bytes" if most == 1 else f"1 to {most} times {self.width} bytes"
            raise PeerFault(self.di, len(body), f"{len(body)} bytes are there, {wanted} are wanted")
        fields, at = [], 0
        for place in range(rounds):
            di = self.members[place // self.repeat]
            for part in self.parts:
                fields.append(Field(di, part.name, part.decode(body[at : at + part.width], at)))
                at += part.width
        return tuple(fields)

    def encode(self, values: list[Value]) -> bytes:
        """Write the values in their order; ``ValueFault`` where they are not of the format."""
        rounds, odd = divmod(len(values), len(self.parts))
        if odd or not 1 <= rounds <= self.repeat * len(self.members):
            raise ValueFault(f"{self.di}: {len(values)} values, {len(self.parts)} each time are wanted")
        return b"".join(part.encode(value) for part, value in zip(self.parts * rounds, values, strict=True))


class _Span(NamedTuple):
    """What a byte of an identifier may be: from, to, and what asks for all of these (None: nothing)."""

    first: int
    last: int
    all: int | None = None


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the table: what each byte of the identifier may be, and what stands behind it."""

    spans: tuple[_Span, ...]
    name: str
    parts: tuple[Part, ...]
    repeat: int

    def item(self, di: str) -> Item | None:
        """Make the item of an identifier of this row; None for another's."""
        raw = bytes.fromhex(di)
        blocks = [place for place, span in enumerate(self.spans) if raw[place] == span.all]
        for place, span in enumerate(self.spans):
            if place not in blocks and not span.first <= raw[place] <= span.last:
                return None
        if len(blocks) > 1:  # Two blocks in one another are no identifier of the standard.
            return None
        if not blocks:
            return Item(di, self.name, self.parts, self.repeat, (di,))
        place = blocks[0]
        run = range(self.spans[place].first, self.spans[place].last + 1)
        members = (raw[:place] + bytes((value,)) + raw[place + 1 :] for value in run)
        return Item(di, self.name, self.parts, self.repeat, tuple(one.hex().upper() for one in members))


class Items:
    """The identifiers of one edition of the standard."""

    def __init__(self, rows: list[_Row], width: int) -> None:
        self.width = width
        self._rows = rows
        self._ready: dict[str, Item] = {}

    @classmethod
    def from_table(cls, table: Mapping[str, object]) -> Items:
        """Read ``{"identifier_bytes", "formats", "items"}``; ``TableFault`` says what is wrong, and where."""
        width, formats, items = (table.get(key) for key in ("identifier_bytes", "formats", "items"))
        if width not in {2, 4}:
            raise TableFault("identifier_bytes", "must be 2 or 4")
        if not isinstance(formats, Mapping) or not isinstance(items, list):
            raise TableFault("items", "formats must be an object, and items a list")
        return cls([_row(row, f"items[{place}]", formats, width) for place, row in enumerate(items)], width)

    def find(self, di: str) -> Item:
        """Give what stands behind an identifier; ``ValueFault`` for one that the table has not."""
        found = self._ready.get(di)
        if found is None:
            found = self._search(di)
            if len(self._ready) >= _READY_MAX:
                self._ready.clear()
            self._ready[di] = found
        return found

    def _search(self, di: str) -> Item:
        if not re.fullmatch(rf"[0-9A-F]{{{2 * self.width}}}", di):
            raise ValueFault(f"an identifier is {2 * self.width} hex digits in capitals")
        for row in self._rows:
            item = row.item(di)
            if item is not None:
                return item
        raise ValueFault(f"{di}: no table says what stands behind it; cure: add it to schemas/meters")


def _row(row: object, where: str, formats: Mapping[str, object], width: int) -> _Row:
    if not isinstance(row, Mapping):
        raise TableFault(where, "must be an object")
    pattern, name, format_ = (row.get(key) for key in ("id", "name", "format"))
    runs, repeat = row.get("runs", {}), row.get("repeat", 1)
    if not isinstance(pattern, str) or not _PATTERN.fullmatch(pattern) or len(pattern) != 2 * width:
        raise TableFault(f"{where}.id", f"must be {width} pairs of capital hex digits or small letters")
    if not isinstance(name, str) or not isinstance(runs, Mapping):
        raise TableFault(where, "has no name, or runs that are no object")
    if type(repeat) is not int or not 1 <= repeat <= REPEAT_MAX:
        raise TableFault(f"{where}.repeat", f"must be from 1 to {REPEAT_MAX}")
    parts = formats.get(str(format_))
    if not isinstance(parts, list) or not parts:
        raise TableFault(f"{where}.format", "is no list of values under formats")
    pairs = [pattern[place : place + 2] for place in range(0, len(pattern), 2)]
    spans = tuple(_span(pair, runs, where) for pair in pairs)
    read = tuple(Part.from_table(part, f"formats.{format_}[{at}]") for at, part in enumerate(parts))
    return _Row(spans, name, read, repeat)


def _span(pair: str, runs: Mapping[str, object], where: str) -> _Span:
    if not pair.islower():
        return _Span(int(pair, 16), int(pair, 16))
    found = _RUN.fullmatch(str(runs.get(pair)))
    if found is None or int(found[1], 16) >= int(found[2], 16):
        raise TableFault(f"{where}.runs.{pair}", "must be like 00-3F, or like 10-1E all 1F")
    return _Span(int(found[1], 16), int(found[2], 16), int(found[3] or _BLOCK, 16))
