"""Read a list of ways to meters: each fault named by its line and column, and nothing kept yet.

    meter,kind,place,address,model,bus,protection,measures,multiplier,note
    37180340632,network,10.0.4.7:4059,000000000161,dlt645-2007,mill-1,,,,

The first line names the columns, in any order, and is line 1. Those from ``bus`` on may be left out: then
what stands there stays. An empty value of a column that is there takes it away. Semicolons, or commas, stand
between values.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from gateway.core.meter_number import MeterNumber, MeterNumberFault
from gateway.core.meter_way import MULTIPLIER_MAX, LineKind
from gateway.metering.keep_ways import WayLine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NEEDED: Final = ("meter", "kind", "place", "address", "model")
OTHERS: Final = ("bus", "protection", "measures", "multiplier", "note")

#: Ways of one file: a town's; it is kept in portions, so that payments do not wait behind it.
FILE_WAYS_MAX: Final = 5_000

#: Faults that are told: who has more of them has another kind of file.
FAULTS_MAX: Final = 200

#: Characters of one value that are told: longer is no value of any column.
_VALUE_MAX: Final = 120

_KINDS: Final = {one.value: one for one in LineKind}


class WayFileFault(Enum):
    """What is wrong with a file or a line; for whoever brings it."""

    NO_TEXT = "this is no text in UTF-8: save the file as CSV UTF-8"
    EMPTY = "there is no way in the file"
    TOO_MANY = f"a file has {FILE_WAYS_MAX} ways at most: send it in parts"
    NO_COLUMN = "the first line does not name this column"
    UNKNOWN_COLUMN = "there is no column of this name"
    WIDTH = "the line has more or fewer values than the first line has columns"
    METER = "this is no meter number: compare the digits with the meter"
    TWICE = "the meter stands in the file twice"
    KIND = f"write one of these: {', '.join(_KINDS)}"
    MULTIPLIER = f"write a whole number, 1 to {MULTIPLIER_MAX}, or leave it empty"


@dataclass(frozen=True, slots=True)
class WayFault:
    """A fault: its line (0: the whole file), its column, what was written there, and what is wrong."""

    line: int
    column: str
    written: str
    why: WayFileFault


@dataclass(frozen=True, slots=True)
class WayFile:
    """A file as it was read: lines that can be judged, and faults of the others (``FAULTS_MAX`` at most)."""

    lines: tuple[WayLine, ...] = ()
    faults: tuple[WayFault, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Is it a list of ways at all, whatever its lines are worth?"""
        return all(one.line for one in self.faults)


def read_ways(octets: bytes) -> WayFile:
    """Read a file."""
    try:
        text = "\n".join(octets.decode("utf-8-sig").splitlines())
        head = text.partition("\n")[0]
        reader = csv.reader(io.StringIO(text), delimiter=";" if head.count(";") > head.count(",") else ",")
        rows = [(reader.line_num, row) for row in reader]
    except (UnicodeDecodeError, csv.Error):
        return WayFile(faults=(WayFault(0, "", "", WayFileFault.NO_TEXT),))
    rows = [(line, row) for line, row in rows if any(value.strip() for value in row)]
    if len(rows) <= 1:
        return WayFile(faults=(WayFault(0, "", "", WayFileFault.EMPTY),))
    if len(rows) - 1 > FILE_WAYS_MAX:
        return WayFile(faults=(WayFault(0, "", "", WayFileFault.TOO_MANY),))
    columns = [name.strip().lower() for name in rows[0][1]]
    faults = tuple(_column_faults(columns))
    return WayFile(faults=faults) if faults else _read(rows[1:], columns)


def _column_faults(columns: list[str]) -> Iterator[WayFault]:
    """Name what is wrong with the first line: then no line can be read."""
    for name in NEEDED:
        if name not in columns:
            yield WayFault(0, name, "", WayFileFault.NO_COLUMN)
    for place, name in enumerate(columns):
        if name not in {*NEEDED, *OTHERS} or name in columns[:place]:
            yield WayFault(0, name[:_VALUE_MAX], "", WayFileFault.UNKNOWN_COLUMN)


def _read(rows: list[tuple[int, list[str]]], columns: list[str]) -> WayFile:
    lines, faults, seen = list[WayLine](), list[WayFault](), set[str]()
    for line, row in rows:
        if len(row) != len(columns):
            faults.append(WayFault(line, "", "", WayFileFault.WIDTH))
            continue
        values = {name: value.strip() for name, value in zip(columns, row, strict=True)}
        wrong = [WayFault(line, name, values[name][:_VALUE_MAX], why) for name, why in _value_faults(values)]
        faults += wrong
        if wrong:
            continue
        found = _line(line, values)
        if found.pan in seen:
            faults.append(WayFault(line, "meter", values["meter"], WayFileFault.TWICE))
        else:
            lines.append(found)
            seen.add(found.pan)
    return WayFile(tuple(lines), tuple(faults[:FAULTS_MAX]))


def _value_faults(values: Mapping[str, str]) -> Iterator[tuple[str, WayFileFault]]:
    try:
        MeterNumber.parse(values["meter"])
    except MeterNumberFault:
        yield "meter", WayFileFault.METER
    if values["kind"].lower() not in _KINDS:
        yield "kind", WayFileFault.KIND
    written = values.get("multiplier", "")
    if written and not _is_multiplier(written):
        yield "multiplier", WayFileFault.MULTIPLIER


def _is_multiplier(written: str) -> bool:
    is_count = written.isascii() and written.isdigit() and len(written) <= len(str(MULTIPLIER_MAX))
    return is_count and 1 <= int(written) <= MULTIPLIER_MAX


def _line(number: int, values: Mapping[str, str]) -> WayLine:
    multiplier = values.get("multiplier")
    return WayLine(
        number,
        MeterNumber.parse(values["meter"]).pan,
        _KINDS[values["kind"].lower()],
        values["place"],
        values["address"],
        values["model"],
        bus=values.get("bus"),
        protection=values.get("protection"),
        measures=values.get("measures"),
        multiplier=None if multiplier is None else int(multiplier or 1),
        note=values.get("note"),
    )
