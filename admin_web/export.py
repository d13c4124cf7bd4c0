"""A list as a file: CSV for any program, XLSX with typed cells; all its rows, asked for page by page.

Behind the rows stands what the list is, who took it and its checksum (``report.py``).

A spreadsheet takes a text that begins with = + - @ or a tab as a formula and would run it: in CSV such a text
gets an apostrophe before it, in XLSX every text is written as text. Numbers are numbers in both. Where the
decimal mark is a comma, spreadsheets part the fields at semicolons: what follows one may begin a field too.

A thousand rows take tens of milliseconds to be written out, so they are written elsewhere, page by page.
"""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeVar

from admin_web.answers import Download, NotThere
from admin_web.cells import plain_of, unit_of
from admin_web.needs import SheetColumn
from admin_web.report import Tally, report_lines
from admin_web.words import msg

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from admin_web.asked import Asked
    from admin_web.cells import Plain
    from admin_web.listing import Column, Shaped

RowT = TypeVar("RowT")

#: What a spreadsheet program has room for, less the head.
SHEET_ROWS_MAX: Final = 1_048_575

_CSV_KIND: Final = "text/csv; charset=utf-8"
_XLSX_KIND: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

#: A field that begins with one of these would be run as a formula (OWASP, CSV injection); the wide ones of
#: East Asia (U+FF0B and others) are read as the narrow ones.
_FORMULA: Final = re.compile("(^|[;\t\r\n])(?=[ \u00a0\u3000]*[=+\\-@\t\r\n\uff0b\uff0d\uff1d\uff20])")

#: Excel takes a CSV for UTF-8 only with this before it.
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def download_of(asked: Asked, shaped: Shaped[RowT], form: str) -> Download:
    """Give the list as a file of this form; NotThere where we know none such."""
    name = f"{shaped.listing.name}-{asked.office.today().isoformat()}"
    if form == "csv":
        return Download(f"{name}.csv", _CSV_KIND, _csv(asked, shaped))
    if form == "xlsx":
        return Download(f"{name}.xlsx", _XLSX_KIND, _xlsx(asked, shaped))
    raise NotThere


def csv_text(value: Plain) -> str:
    """Write one value for CSV.

    >>> csv_text("=1+1"), csv_text("a;=1"), csv_text(-5), csv_text(Decimal("12.50"))
    ("'=1+1", "a;'=1", '-5', '12.50')
    """
    match value:
        case None:
            return ""
        case str():
            return _FORMULA.sub(r"\1'", value)
        case datetime():
            return value.isoformat(sep=" ", timespec="seconds")
        case Decimal():
            return f"{value:f}"
        case _:
            return str(value)


async def _csv(asked: Asked, shaped: Shaped[RowT]) -> AsyncGenerator[bytes]:
    """Write the head, all rows, an empty line, and what the list says of itself."""
    tally, head = Tally(), _lines([_titles(asked, shaped)])
    tally.add(head, 0)
    yield _BYTE_ORDER_MARK + head
    async for rows in shaped.pages:
        lines = await asked.office.elsewhere(_csv_lines, asked, shaped, rows)
        tally.add(lines, len(rows))
        yield lines
    told = await _told(asked, shaped, tally)
    yield _lines([[], *([csv_text(value) for value in line] for line in told)])


async def _xlsx(asked: Asked, shaped: Shaped[RowT]) -> AsyncGenerator[bytes]:
    """Write the sheet, then give it; a row beyond what a sheet has room for is left out, and CSV has it."""
    sheet = asked.office.sheets.begin(asked.words.say(shaped.listing.caption), _columns(asked, shaped))
    left, tally = SHEET_ROWS_MAX, Tally()
    tally.add(_lines([_titles(asked, shaped)]), 0)
    try:
        async for rows in shaped.pages:
            kept = rows[:left]
            await sheet.add(await asked.office.elsewhere(_all_values, asked, shaped, kept))
            tally.add(await asked.office.elsewhere(_csv_lines, asked, shaped, kept), len(kept))
            left -= len(kept)
        await sheet.note(asked.words.say(msg("About this list")), await _told(asked, shaped, tally))
        for piece in await sheet.finish():
            yield piece
    finally:
        sheet.drop()


async def _told(asked: Asked, shaped: Shaped[RowT], tally: Tally) -> list[list[Plain]]:
    """Say what the list is, once all its rows have gone out."""
    totals = await shaped.listing.source.totals(asked.office.views, shaped.chosen)
    return report_lines(asked, shaped.listing, shaped.chosen, shaped.report, (tally, totals))


def _csv_lines(asked: Asked, shaped: Shaped[RowT], rows: Sequence[RowT]) -> bytes:
    return _lines([[csv_text(value) for value in values] for values in _all_values(asked, shaped, rows)])


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue().encode()


def _titles(asked: Asked, shaped: Shaped[RowT]) -> list[str]:
    return [column.title for column in _columns(asked, shaped)]


def _columns(asked: Asked, shaped: Shaped[RowT]) -> list[SheetColumn]:
    """Give the file's columns: an amount has its unit beside it, unless the list says the unit itself."""
    columns: list[SheetColumn] = []
    for column in shaped.columns:
        label = asked.words.say(column.label)
        columns.append(SheetColumn(label, column.kind))
        if _has_unit(shaped, column):
            columns.append(SheetColumn(asked.words.say(msg("%(label)s, unit"), label=label), "text"))
    return columns


def _all_values(asked: Asked, shaped: Shaped[RowT], rows: Sequence[RowT]) -> list[list[Plain]]:
    return [_values(asked, shaped, row) for row in rows]


def _values(asked: Asked, shaped: Shaped[RowT], row: RowT) -> list[Plain]:
    values: list[Plain] = []
    for column in shaped.columns:
        cell = column.cell(row)
        values.append(plain_of(cell, asked.words, asked.shown))
        if _has_unit(shaped, column):
            values.append(unit_of(cell))
    return values


def _has_unit(shaped: Shaped[RowT], column: Column[RowT]) -> bool:
    return column.kind == "amount" and shaped.listing.column("unit") is None
