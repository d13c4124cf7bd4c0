"""Read a file of readings, as a hand-held brings it back: each fault named by its line and column.

    meter,taken,total,rate_1,…,rate_8,status,credit,credits,reader,note
    37180340632,2026-11-23 14:05,1234.5,,seal_broken,12.5,3,Chen,

The first line names the columns, in any order; those from ``rate_1`` on may be left out, and the route's own
columns may stay. It is line 1, as a spreadsheet counts. Figures are kWh with a point, moments civil time of
the utility. Words of the status have spaces between them. A line without moment and total was not read, and
is left out. Where values stand apart by semicolons, figures may have a comma.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from gateway.core.energy import Energy, EnergyFault
from gateway.core.fitting import REGISTER_WH_MAX, REGISTERS, TOTAL
from gateway.core.meter_number import MeterNumber, MeterNumberFault
from gateway.core.person import PERSON_MAX, is_said
from gateway.core.reading import CREDIT_WH_MAX, CREDITS_MAX, Shown, Source, StatusWord, Told
from gateway.core.reading_rules import READINGS_MAX
from gateway.core.stock import NOTE_MAX
from gateway.core.timeline import microseconds
from gateway.prepayment.record_readings import ReadingLine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import tzinfo

NEEDED: Final = ("meter", "taken", "total")
OTHERS: Final = (*REGISTERS[1:], "status", "credit", "credits", "reader", "note")

#: Columns of a route that tell the reader something and are not read back.
OF_ROUTE: Final = (
    "sequence", "point", "address", "customer", "area", "feeder", "transformer", "last_taken", "last_total",
    "expected_from", "expected_to",
)  # fmt: skip

#: Years that a hand-held's clock can have: before and behind them some zones have no moments.
_YEARS: Final = range(2000, 2200)

#: Characters of one value that are told: longer is no value of any column.
_VALUE_MAX: Final = 120


class ReadingFileFault(Enum):
    """What is wrong with a file or a line; for whoever brings it."""

    NO_TEXT = "this is no text in UTF-8: save the file as CSV UTF-8"
    EMPTY = "there is no reading in the file"
    TOO_MANY = f"a file has {READINGS_MAX} readings at most: send it in parts"
    NO_COLUMN = "the first line does not name this column"
    UNKNOWN_COLUMN = "there is no column of this name"
    WIDTH = "the line has more or fewer values than the first line has columns"
    METER = "this is no meter number: compare the digits with the meter"
    TAKEN = "write the day and the time, such as 2026-11-23 14:05"
    REGISTER = "write kWh, 0 to 99999999.999, such as 1234.5"
    STATUS = "these are no words of a meter's status, or one stands there twice"
    CREDIT = "write kWh, such as 12.5, or leave it empty"
    CREDITS = f"write a whole number, 0 to {CREDITS_MAX}, or leave it empty"
    READER = f"a name has {PERSON_MAX} characters at most that can be printed"
    NOTE = f"write {NOTE_MAX} characters at most that can be printed"


@dataclass(frozen=True, slots=True)
class FileFault:
    """A fault: its line (0: the whole file), its column, what was written there, and what is wrong."""

    line: int
    column: str
    written: str
    why: ReadingFileFault


@dataclass(frozen=True, slots=True)
class ReadingFile:
    """A file as it was read: lines that can be judged, faults of the others, how many were not read.

    ``sha256`` is that of its text, however its lines end.
    """

    sha256: str
    lines: tuple[ReadingLine, ...] = ()
    faults: tuple[FileFault, ...] = ()
    left_out: int = 0

    @property
    def is_whole(self) -> bool:
        """Is it a file of readings at all, whatever its lines are worth?"""
        return all(one.line for one in self.faults)


def read_file(octets: bytes, zone: tzinfo) -> ReadingFile:
    """Read a file; ``zone`` is that of its moments."""
    try:
        text = "\n".join(octets.decode("utf-8-sig").splitlines())
    except UnicodeDecodeError:
        return ReadingFile("", faults=(FileFault(0, "", "", ReadingFileFault.NO_TEXT),))
    digest = sha256(text.encode()).hexdigest()
    head = text.partition("\n")[0]
    delimiter = ";" if head.count(";") > head.count(",") else ","
    try:
        reader = csv.reader(io.StringIO(text), delimiter=delimiter)
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error:
        return ReadingFile(digest, faults=(FileFault(0, "", "", ReadingFileFault.NO_TEXT),))
    rows = [(line, row) for line, row in rows if any(value.strip() for value in row)]
    if len(rows) <= 1:
        return ReadingFile(digest, faults=(FileFault(0, "", "", ReadingFileFault.EMPTY),))
    columns = [name.strip().lower() for name in rows[0][1]]
    faults = tuple(_column_faults(columns))
    if faults:
        return ReadingFile(digest, faults=faults)
    return _read(digest, rows[1:], columns, _Reader(zone, has_comma=delimiter == ";"))


def _column_faults(columns: list[str]) -> Iterator[FileFault]:
    """Name what is wrong with the first line: then no line can be read."""
    for name in NEEDED:
        if name not in columns:
            yield FileFault(0, name, "", ReadingFileFault.NO_COLUMN)
    for name in columns:
        if name not in {*NEEDED, *OTHERS, *OF_ROUTE} or columns.count(name) > 1:
            yield FileFault(0, name[:_VALUE_MAX], "", ReadingFileFault.UNKNOWN_COLUMN)


def _read(digest: str, rows: list[tuple[int, list[str]]], columns: list[str], reader: _Reader) -> ReadingFile:
    lines, faults, left_out = list[ReadingLine](), list[FileFault](), 0
    for line, row in rows:
        if len(row) != len(columns):
            faults.append(FileFault(line, "", "", ReadingFileFault.WIDTH))
            continue
        values = {name: value.strip() for name, value in zip(columns, row, strict=True)}
        if not values["taken"] and not values["total"]:
            left_out += 1
            continue
        wrong = [
            FileFault(line, name, values.get(name, "")[:_VALUE_MAX], why)
            for name, why in reader.faults(values)
        ]
        faults += wrong
        if not wrong:
            lines.append(reader.line(line, values))
    if len(lines) + len(faults) > READINGS_MAX:
        return ReadingFile(digest, faults=(FileFault(0, "", "", ReadingFileFault.TOO_MANY),))
    if not lines and not faults:
        return ReadingFile(digest, faults=(FileFault(0, "", "", ReadingFileFault.EMPTY),))
    return ReadingFile(digest, tuple(lines), tuple(faults), left_out)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the values of one line. ``has_comma``: a figure may have one before its decimals."""

    zone: tzinfo
    has_comma: bool

    def faults(self, values: Mapping[str, str]) -> Iterator[tuple[str, ReadingFileFault]]:
        """Name the columns that are wrong, and why."""
        try:
            MeterNumber.parse(values["meter"])
        except MeterNumberFault:
            yield "meter", ReadingFileFault.METER
        if self._moment(values["taken"]) is None:
            yield "taken", ReadingFileFault.TAKEN
        for name in REGISTERS:
            written = values.get(name, "")
            if (written or name == TOTAL) and not self._is_register(written):
                yield name, ReadingFileFault.REGISTER
        if _words(values.get("status", "")) is None:
            yield "status", ReadingFileFault.STATUS
        credit = values.get("credit", "")
        if credit and not -CREDIT_WH_MAX <= self._wh(credit, CREDIT_WH_MAX + 1) <= CREDIT_WH_MAX:
            yield "credit", ReadingFileFault.CREDIT
        if _count(values.get("credits", "")) > CREDITS_MAX:
            yield "credits", ReadingFileFault.CREDITS
        if not _may_be(values.get("reader", ""), PERSON_MAX):
            yield "reader", ReadingFileFault.READER
        if not _may_be(values.get("note", ""), NOTE_MAX):
            yield "note", ReadingFileFault.NOTE

    def line(self, number: int, values: Mapping[str, str]) -> ReadingLine:
        """Make the reading of a line without a fault."""
        moment, credit, credits_ = (
            self._moment(values["taken"]), values.get("credit", ""), values.get("credits", ""),
        )  # fmt: skip
        assert moment is not None  # noqa: S101 - see ``faults``
        shown = Shown(
            MeterNumber.parse(values["meter"]).pan,
            microseconds(moment),
            tuple((name, self._wh(values[name])) for name in REGISTERS if values.get(name)),
            _words(values.get("status", "")) or (),
            self._wh(credit) if credit else None,
            int(credits_) if credits_ else None,
        )
        told = Told(Source.HAND_HELD, values.get("reader", ""), values.get("note", ""))
        return ReadingLine(shown, told, number)

    def _moment(self, written: str) -> datetime | None:
        try:
            moment = datetime.fromisoformat(written)
        except ValueError:
            return None
        if moment.year not in _YEARS or len(written) < len("2026-11-23 14:05"):
            return None
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=self.zone)

    def _is_register(self, written: str) -> bool:
        return 0 <= self._wh(written, -1) <= REGISTER_WH_MAX

    def _wh(self, written: str, otherwise: int = 0) -> int:
        plain = written.replace(",", ".") if self.has_comma else written
        try:
            return Energy.parse_kwh(plain).wh
        except EnergyFault:
            return otherwise


def _words(written: str) -> tuple[StatusWord, ...] | None:
    """Read the words of a status; None where one is none, or stands there twice."""
    known = {one.value: one for one in StatusWord}
    words = written.lower().split()
    if any(word not in known for word in words) or len(set(words)) < len(words):
        return None
    return tuple(known[word] for word in words)


def _count(written: str) -> int:
    """Read a count; more than any where it is none."""
    if not written:
        return 0
    is_count = written.isascii() and written.isdigit() and len(written) <= len(str(CREDITS_MAX))
    return int(written) if is_count else CREDITS_MAX + 1


def _may_be(text: str, most: int) -> bool:
    return not text or is_said(text, most)
