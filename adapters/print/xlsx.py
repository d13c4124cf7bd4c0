"""Writes spreadsheets (XLSX, ECMA-376): typed cells, row by row, on disk; obeys ``admin_web.needs.Sheets``.

Each call works on ``run_elsewhere``'s thread, never on the reactor's: a page of a thousand rows takes some
ten milliseconds, in which no payment should wait. A text is always written as text, never as a formula.
"""

from __future__ import annotations

import tempfile
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import xlsxwriter
from twisted.internet.defer import maybeDeferred

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    from twisted.internet.defer import Deferred

    RunElsewhere = Callable[..., Deferred[Any]]
    Value = str | int | Decimal | date | datetime | None

#: Octets of a piece: enough for a socket's buffer.
_PIECE: Final = 65_536

#: Letters of a page's name, and those that it may not have.
_NAME_LETTERS: Final = 31
_NOT_IN_NAMES: Final = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))

_WIDTHS: Final = {"moment": 20, "day": 12, "amount": 16, "count": 12}
_TEXT_WIDTH: Final = 24
_DAY: Final = "yyyy-mm-dd"


class SheetColumn(Protocol):
    """A column: its title, and of what kind its cells are."""

    @property
    def title(self) -> str:
        """What stands at its head."""

    @property
    def kind(self) -> str:
        """text, count, amount, moment or day."""


class XlsxSheets:
    """Begins spreadsheets in ``folder`` (None: where the system keeps passing files)."""

    def __init__(self, run_elsewhere: RunElsewhere, folder: Path | None = None) -> None:
        self._run_elsewhere = run_elsewhere
        self._folder = folder

    def begin(self, title: str, columns: Sequence[SheetColumn]) -> XlsxSheet:
        """Begin one."""
        return XlsxSheet(self._run_elsewhere, self._folder, title, columns)


class XlsxSheet:
    """A spreadsheet being written; its file has no name that anybody else could open."""

    def __init__(
        self, run_elsewhere: RunElsewhere, folder: Path | None, title: str, columns: Sequence[SheetColumn]
    ) -> None:
        self._run_elsewhere = run_elsewhere
        self._place = tempfile.TemporaryDirectory(
            prefix="powertill-sheet-", dir=folder, ignore_cleanup_errors=True
        )
        self._file = Path(self._place.name) / "sheet.xlsx"
        # Rows leave memory as soon as the next one is begun; a text stands in its cell, in no shared table.
        options = {"constant_memory": True, "tmpdir": self._place.name, "strings_to_formulas": False}
        self._book = xlsxwriter.Workbook(str(self._file), options)
        self._page = self._book.add_worksheet(_name_of(title) or "1")
        self._formats: dict[str, Any] = {}  # of a library without types
        self._row = 0
        self._is_finished = False
        self._head(columns)

    def add(self, rows: Sequence[Sequence[Value]]) -> Deferred[None]:
        """Write further rows."""
        return self._run_elsewhere(self._add, rows)

    def note(self, title: str, rows: Sequence[Sequence[Value]]) -> Deferred[None]:
        """Write a few rows on a further page."""
        return self._run_elsewhere(self._note, title, rows)

    def finish(self) -> Deferred[Iterator[bytes]]:
        """Close the file and give its pieces."""
        return self._run_elsewhere(self._finish)

    def drop(self) -> None:
        """Take the file away, finished or not."""
        maybeDeferred(self._run_elsewhere, self._drop)

    def _head(self, columns: Sequence[SheetColumn]) -> None:
        bold = self._book.add_format({"bold": True, "bottom": 1})
        for place, column in enumerate(columns):
            self._page.set_column(place, place, _WIDTHS.get(column.kind, _TEXT_WIDTH))
            self._page.write_string(0, place, column.title, bold)
        self._page.freeze_panes(1, 0)
        self._row = 1

    def _add(self, rows: Sequence[Sequence[Value]]) -> None:
        for row in rows:
            for place, value in enumerate(row):
                self._write(place, value)
            self._row += 1

    def _note(self, title: str, rows: Sequence[Sequence[Value]]) -> None:
        name = _name_of(title)
        taken = self._page.get_name().casefold()
        self._page = self._book.add_worksheet(name if name and name.casefold() != taken else "2")
        self._page.set_column(0, 2, _TEXT_WIDTH)
        self._row = 0
        self._add(rows)

    def _write(self, place: int, value: Value) -> None:
        match value:
            case None:
                return
            case str():
                self._page.write_string(self._row, place, value)
            case Decimal():
                self._page.write_number(self._row, place, value, self._format(_digits(value)))
            case int():
                self._page.write_number(self._row, place, value, self._format("#,##0"))
            case datetime():
                # A sheet knows no zones: the local time is written, and the offset is the reader's own.
                local = value.replace(tzinfo=None)
                self._page.write_datetime(self._row, place, local, self._format(f"{_DAY} hh:mm:ss"))
            case _:
                self._page.write_datetime(self._row, place, value, self._format(_DAY))

    def _format(self, digits: str) -> Any:  # noqa: ANN401 - of a library without types
        if digits not in self._formats:
            self._formats[digits] = self._book.add_format({"num_format": digits})
        return self._formats[digits]

    def _finish(self) -> Iterator[bytes]:
        self._book.close()
        self._is_finished = True
        return self._pieces()

    def _drop(self) -> None:
        if not self._is_finished:
            self._book.close()  # it holds files of its own open until then
        self._place.cleanup()

    def _pieces(self) -> Iterator[bytes]:
        with self._file.open("rb") as written:
            while piece := written.read(_PIECE):
                yield piece


def _name_of(title: str) -> str:
    """Give the name of a page; nothing where nothing is left of it."""
    return title.translate(_NOT_IN_NAMES)[:_NAME_LETTERS].strip()


def _digits(value: Decimal) -> str:
    """Give the format with as many decimals as the value has: all minor digits of its currency."""
    exponent = value.as_tuple().exponent
    decimals = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return "#,##0." + "0" * decimals if decimals else "#,##0"
