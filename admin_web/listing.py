"""A list: declared once, it is a page with filters, order, columns, pages and totals, and a file of it.

    LISTING = Listing(
        name="banks", caption=msg("Banks"), empty=msg("..."),
        columns=(Column("bank", msg("Bank"), lambda row: Code(row.bank), is_sortable=True), ...),
        filters=(DayFilter("day", msg("Business day"), usual=today), ...),
        source=Whole(lambda chosen: Banks(chosen.day("day"))),
    )

All that a visitor chose stands in the address, so that a link to a list shows the same list to a colleague.
Generic values have no slots: on Python 3.11 none could be made by its kind, ``Listing[Row](...)``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.filters import Filter, Read
    from admin_web.needs import SheetKind
    from admin_web.report import Report
    from gateway.ports import Views

#: Rows of a page on the screen, unless the list says otherwise.
PAGE_ROWS: Final = 50

#: Beyond so many it is said that there are more, not how many.
COUNT_MAX: Final = 10_000

#: Among the names of a line of totals: its label, an English sentence; else its first cell, or "Total".
LABEL: Final = "label"

RowT = TypeVar("RowT")


@dataclass(frozen=True)
class Column(Generic[RowT]):
    """A column: its name in the address, its label, the cell of a row, and of what kind its cells are.

    A list that has a column ``unit`` says itself what its amounts are of; in the file of any other each
    amount has its unit beside it.
    """

    name: str
    label: str
    cell: Callable[[RowT], Cell]
    kind: SheetKind = "text"
    is_sortable: bool = False
    is_usual: bool = True


@dataclass(frozen=True, slots=True)
class Order:
    """By which column, and which way."""

    column: str
    is_descending: bool = False

    @property
    def text(self) -> str:
        """As it stands in the address: ``-day`` is newest first."""
        return f"-{self.column}" if self.is_descending else self.column


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen of a list: filters that are all sound, order, columns, and where the page begins."""

    asked: Asked
    reads: Mapping[str, Read]
    columns: tuple[str, ...]
    order: Order | None
    after: tuple[Any, ...] | None = None
    limit: int = PAGE_ROWS

    @property
    def is_sound(self) -> bool:
        """Is every filter so that the list can be asked for?"""
        return all(read.is_sound for read in self.reads.values())

    @property
    def filtered_by(self) -> list[tuple[str, str]]:
        """Give what the filters were filled with, or were taken to be filled with, by their names."""
        boxes = (box for read in self.reads.values() for box in read.boxes)
        return [(box.name, box.written) for box in boxes if box.written]

    def text(self, name: str) -> str | None:
        """Give the words or the choice of a filter."""
        value = self.reads[name].value
        return value if isinstance(value, str) else None

    def number(self, name: str) -> int | None:
        """Give the number of a filter."""
        value = self.reads[name].value
        return value if isinstance(value, int) else None

    def day(self, name: str) -> date:
        """Give the day of a filter that has a usual one."""
        value = self.reads[name].value
        if not isinstance(value, date):
            raise TypeError(f"the filter {name} has no usual day")
        return value

    def days(self, name: str) -> tuple[date, date]:
        """Give the days of a range that has usual ones; an end left empty is the other one."""
        first, last = self._pair(name)
        if not isinstance(first or last, date):
            raise TypeError(f"the filter {name} has no usual days")
        return first or last, last or first

    def range_of(self, name: str) -> tuple[Any, Any]:
        """Give both ends of a range, None where one is open."""
        return self._pair(name)

    def _pair(self, name: str) -> tuple[Any, Any]:
        value = self.reads[name].value
        if not isinstance(value, tuple):
            raise TypeError(f"the filter {name} is no range")
        return value[0], value[1]


@dataclass(frozen=True)
class Rows(Generic[RowT]):
    """A page of rows, behind which place the next one begins (None: this is the last), and all there are."""

    rows: Sequence[RowT]
    after: tuple[Any, ...] | None
    count: int


class Source(Protocol[RowT]):
    """Where the rows come from. What a question can answer is not made on the reactor's thread."""

    async def page(self, views: Views, chosen: Chosen, columns: Mapping[str, Column[RowT]]) -> Rows[RowT]:
        """Give a page of them."""

    def every(
        self, views: Views, chosen: Chosen, columns: Mapping[str, Column[RowT]]
    ) -> AsyncIterator[Sequence[RowT]]:
        """Give all of them from the first on, a long page at a time: for a file."""

    async def totals(self, views: Views, chosen: Chosen) -> Sequence[Mapping[str, Cell]]:
        """Give the lines below the list, each by the names of columns, and its label by ``LABEL``."""


@dataclass(frozen=True)
class Listing(Generic[RowT]):
    """A list. ``name`` is that of its files; ``empty`` says what to do where there is nothing.

    ``more`` are the names of filters that are folded away until somebody uses one.
    """

    name: str
    caption: str
    empty: str
    columns: tuple[Column[RowT], ...]
    source: Source[RowT]
    filters: tuple[Filter, ...] = ()
    order: Order | None = None
    page_rows: int = PAGE_ROWS
    href: Callable[[RowT], str] | None = None
    can_export: bool = True
    more: tuple[str, ...] = ()

    def column(self, name: str) -> Column[RowT] | None:
        """Find a column by its name."""
        return next((one for one in self.columns if one.name == name), None)

    @property
    def by_name(self) -> Mapping[str, Column[RowT]]:
        """The columns by their names."""
        return {one.name: one for one in self.columns}


@dataclass(frozen=True)
class Shaped(Generic[RowT]):
    """A list as it will be written into a file: the columns that were chosen, and its rows page by page.

    ``report`` is what it will say of itself.
    """

    listing: Listing[RowT]
    chosen: Chosen
    report: Report
    pages: AsyncIterator[Sequence[RowT]] = field(repr=False)

    @property
    def columns(self) -> tuple[Column[RowT], ...]:
        """The columns, in the list's own order."""
        return tuple(one for one in self.listing.columns if one.name in self.chosen.columns)
