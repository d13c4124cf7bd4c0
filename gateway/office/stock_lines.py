"""Read a delivery list: lines of meters as CSV, each fault named by its line and column, nothing kept yet.

    meter,model,carrier,sgc,krn,ti,ea,kt,base_date,branch,lot,note,phases,voltage,current
    37180340632,DDS-26,token,201457,1,01,11,2,2014,north,2026-11,,1,220,60

The first line names the columns, in any order; those behind ``base_date`` may be left out. It is line 1, as a
spreadsheet counts. ``meter`` is the number on the face of the meter, or its long form; ``voltage`` (V between
a phase and neutral) and ``current`` (the most A) stand there as well.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from gateway.bits import is_digits
from gateway.core.meter import Carrier
from gateway.core.meter_number import MeterNumber, MeterNumberFault
from gateway.core.person import is_said
from gateway.core.stock import (
    CURRENT_MAX,
    DELIVERY_MAX,
    NOTE_MAX,
    PHASES,
    VOLTAGE_MAX,
    WORD_MAX,
    Face,
    StockMeter,
)
from gateway.core.token import StsIdentity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

#: Faults that are told: who has more of them has another kind of file.
FAULTS_MAX: Final = 200

NEEDED: Final = ("meter", "model", "carrier", "sgc", "krn", "ti", "ea", "kt", "base_date")
OTHERS: Final = ("branch", "lot", "note", "phases", "voltage", "current")

#: Characters of one value: longer is no value of any column.
_VALUE_MAX: Final = 200


class StockFaultWhy(Enum):
    """What is wrong in a line; the text is for whoever wrote the list."""

    NO_TEXT = "this is no text in UTF-8: save the list as CSV UTF-8"
    EMPTY = "there is no meter in the list"
    TOO_MANY = f"a list has {DELIVERY_MAX} meters at most: send it in parts"
    NO_COLUMN = "the first line does not name this column"
    UNKNOWN_COLUMN = "there is no column of this name"
    WIDTH = "the line has more or fewer values than the first line has columns"
    METER = "this is no meter number: compare the digits with the meter"
    TWICE = "the meter stands in the list twice"
    KNOWN = "the meter is in stock already"
    CUSTOMERS = "the meter is a customer's already"
    TAKEN = "the meter is known already, here or in another branch"
    WORD = f"write 1 to {WORD_MAX} characters that can be printed"
    NOTE = f"write {NOTE_MAX} characters at most that can be printed"
    CARRIER = "write token, card or remote"
    SGC = "a supply group has 6 digits"
    KRN = "a key revision is 1 to 9"
    TI = "a tariff index has 2 digits"
    EA = "the encryption is 07 or 11"
    KT = "a key type is 0 to 3"
    BASE_DATE = "a base date is 1993, 2014 or 2035"
    PHASES = "write 1 or 3, or nothing where it is not known"
    VOLTAGE = f"write whole volts, {VOLTAGE_MAX} at most, or nothing where it is not known"
    CURRENT = f"write whole amperes, {CURRENT_MAX} at most, or nothing where it is not known"
    BRANCH = "there is no such branch, or it is not yours"


@dataclass(frozen=True, slots=True)
class StockFault:
    """A fault: its line (0: the whole list), its column, what was written there, and what is wrong."""

    line: int
    column: str
    written: str
    why: StockFaultWhy


@dataclass(frozen=True, slots=True)
class Delivery:
    """A list as it was read: its meters by their lines, and what is wrong (``FAULTS_MAX`` at most)."""

    meters: tuple[tuple[int, StockMeter], ...]
    faults: tuple[StockFault, ...]

    @property
    def is_sound(self) -> bool:
        """May it be taken in, as far as the list itself can say?"""
        return not self.faults and bool(self.meters)


def read_delivery(octets: bytes, branches: Collection[str], usual_branch: str = "") -> Delivery:
    """Read a list; ``branches`` are those that it may name, ``usual_branch`` stands where none is named."""
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Delivery((), (StockFault(0, "", "", StockFaultWhy.NO_TEXT),))
    try:
        lines = [(reader.line_num, row) for reader in (csv.reader(io.StringIO(text)),) for row in reader]
    except csv.Error:
        return Delivery((), (StockFault(0, "", "", StockFaultWhy.NO_TEXT),))
    lines = [(line, row) for line, row in lines if any(value.strip() for value in row)]
    if len(lines) <= 1:
        return Delivery((), (StockFault(0, "", "", StockFaultWhy.EMPTY),))
    if len(lines) > DELIVERY_MAX + 1:
        return Delivery((), (StockFault(0, "", str(len(lines) - 1), StockFaultWhy.TOO_MANY),))
    columns = [name.strip().lower() for name in lines[0][1]]
    faults = [StockFault(1, name, "", StockFaultWhy.NO_COLUMN) for name in NEEDED if name not in columns]
    strange = [name for name in columns if name not in {*NEEDED, *OTHERS}]
    faults += [StockFault(1, name[:_VALUE_MAX], "", StockFaultWhy.UNKNOWN_COLUMN) for name in strange]
    if faults:
        return Delivery((), tuple(faults[:FAULTS_MAX]))
    return _read(lines[1:], columns, _Reader(frozenset(branches), usual_branch))


def _read(lines: list[tuple[int, list[str]]], columns: list[str], reader: _Reader) -> Delivery:
    meters, faults, seen = [], list[StockFault](), set[str]()
    for line, row in lines:
        if len(row) != len(columns):
            faults.append(StockFault(line, "", "", StockFaultWhy.WIDTH))
            continue
        values = {name: value.strip() for name, value in zip(columns, row, strict=True)}
        found = [
            StockFault(line, name, values.get(name, "")[:_VALUE_MAX], why)
            for name, why in reader.faults(values)
        ]
        if not found:
            meter = reader.meter(values)
            if meter.pan in seen:
                found = [StockFault(line, "meter", values["meter"], StockFaultWhy.TWICE)]
            seen.add(meter.pan)
            meters.append((line, meter))
        faults += found
    return Delivery(tuple(meters), tuple(faults[:FAULTS_MAX]))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the values of one line."""

    branches: frozenset[str]
    usual_branch: str

    def faults(self, values: Mapping[str, str]) -> Iterator[tuple[str, StockFaultWhy]]:
        """Name the columns that are wrong, and why."""
        try:
            MeterNumber.parse(values["meter"])
        except MeterNumberFault:
            yield "meter", StockFaultWhy.METER
        checks = (
            ("model", is_said(values["model"], WORD_MAX), StockFaultWhy.WORD),
            ("carrier", values["carrier"] in {one.value for one in Carrier}, StockFaultWhy.CARRIER),
            ("sgc", is_digits(values["sgc"], 6), StockFaultWhy.SGC),
            ("krn", values["krn"] in set("123456789"), StockFaultWhy.KRN),
            ("ti", is_digits(values["ti"], 2), StockFaultWhy.TI),
            ("ea", values["ea"] in {"07", "11"}, StockFaultWhy.EA),
            ("kt", values["kt"] in set("0123"), StockFaultWhy.KT),
            ("base_date", values["base_date"] in {"1993", "2014", "2035"}, StockFaultWhy.BASE_DATE),
            ("branch", self._branch(values) in self.branches, StockFaultWhy.BRANCH),
            ("lot", _may_be(values.get("lot", ""), WORD_MAX), StockFaultWhy.WORD),
            ("note", _may_be(values.get("note", ""), NOTE_MAX), StockFaultWhy.NOTE),
            ("phases", values.get("phases", "") in {"", *map(str, PHASES)}, StockFaultWhy.PHASES),
            ("voltage", _may_count(values.get("voltage", ""), VOLTAGE_MAX), StockFaultWhy.VOLTAGE),
            ("current", _may_count(values.get("current", ""), CURRENT_MAX), StockFaultWhy.CURRENT),
        )
        for name, holds, why in checks:
            if not holds:
                yield name, why

    def meter(self, values: Mapping[str, str]) -> StockMeter:
        """Make the meter of a line without a fault; when it arrived is said where it is taken in."""
        identity = StsIdentity(
            MeterNumber.parse(values["meter"]).pan, values["sgc"], int(values["krn"]), values["ti"],
            values["ea"], int(values["kt"]), int(values["base_date"]),
        )  # fmt: skip
        face = Face(*(int(values.get(name) or 0) for name in ("phases", "voltage", "current")))
        return StockMeter(
            identity, values["model"], Carrier(values["carrier"]), self._branch(values),
            values.get("lot", ""), 0, note=values.get("note", ""), face=face,
        )  # fmt: skip

    def _branch(self, values: Mapping[str, str]) -> str:
        return values.get("branch", "") or self.usual_branch


def _may_count(text: str, most: int) -> bool:
    return not text or (is_digits(text, len(text)) and len(text) <= len(str(most)) and 0 < int(text) <= most)


def _may_be(text: str, most: int) -> bool:
    return not text or is_said(text, most)
