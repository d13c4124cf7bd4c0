"""Where a list's rows come from: asked page by page behind the last row, or all at once if they are few."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from admin_web.cells import Amount, Code, Link, Said, State
from admin_web.listing import Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from admin_web.cells import Cell
    from admin_web.listing import Chosen, Column
    from gateway.core.views import Query
    from gateway.ports import Views

RowT = TypeVar("RowT")
TotalsT = TypeVar("TotalsT")


def _no_totals(_totals: Any) -> Sequence[Mapping[str, Cell]]:  # noqa: ANN401 - of any list
    return ()


@dataclass(frozen=True)
class Keyset(Generic[RowT, TotalsT]):
    """Rows of a question that goes on behind a row, so that a page far down costs what the first one does.

    ``question`` makes it of what was chosen: of ``chosen.after``, ``chosen.limit`` and ``chosen.order`` too.
    ``place`` are the plain values by which a row is found again; they come back as ``chosen.after``.
    """

    question: Callable[[Chosen], Query[RowT, TotalsT]]
    place: Callable[[RowT], tuple[str | int | None, ...]]
    lines: Callable[[TotalsT], Sequence[Mapping[str, Cell]]] = _no_totals

    async def rows(self, views: Views, chosen: Chosen, _columns: Mapping[str, Column[RowT]]) -> Rows[RowT]:
        """Ask for a page; one that is full may have another behind it."""
        found = await views.rows(self.question(chosen))
        is_last = len(found) < chosen.limit
        return Rows(found, None if is_last else self.place(found[-1]))

    async def count(self, views: Views, chosen: Chosen) -> int:
        """Ask how many there are."""
        return await views.count(self.question(chosen))

    async def totals(self, views: Views, chosen: Chosen) -> Sequence[Mapping[str, Cell]]:
        """Ask for the totals."""
        if self.lines is _no_totals:
            return ()
        return self.lines(await views.totals(self.question(chosen)))


@dataclass(frozen=True)
class Whole(Generic[RowT, TotalsT]):
    """Rows of a question that answers with all of them: ordered here, kept or left out here, cut into pages.

    ``keep`` decides of each row; its place is its number in the order.
    """

    question: Callable[[Chosen], Query[RowT, TotalsT]]
    lines: Callable[[TotalsT], Sequence[Mapping[str, Cell]]] = _no_totals
    keep: Callable[[RowT, Chosen], bool] | None = None

    async def rows(self, views: Views, chosen: Chosen, columns: Mapping[str, Column[RowT]]) -> Rows[RowT]:
        """Ask for all, and give the page."""
        return cut(await self._kept(views, chosen), chosen, columns)

    async def count(self, views: Views, chosen: Chosen) -> int:
        """Count what is kept."""
        return len(await self._kept(views, chosen))

    async def totals(self, views: Views, chosen: Chosen) -> Sequence[Mapping[str, Cell]]:
        """Ask for the totals: those of all rows, whatever is kept."""
        if self.lines is _no_totals:
            return ()
        return self.lines(await views.totals(self.question(chosen)))

    async def _kept(self, views: Views, chosen: Chosen) -> Sequence[RowT]:
        found = await views.rows(self.question(chosen))
        keep = self.keep
        return found if keep is None else [row for row in found if keep(row, chosen)]


@dataclass(frozen=True, slots=True)
class Gathered(Generic[RowT]):
    """Rows that somebody has gathered before, whatever it took: ordered, kept or left out, cut into pages."""

    gathered: Sequence[RowT]
    keep: Callable[[RowT, Chosen], bool] | None = None

    async def rows(self, _views: Views, chosen: Chosen, columns: Mapping[str, Column[RowT]]) -> Rows[RowT]:
        """Give the page."""
        return cut(self._kept(chosen), chosen, columns)

    async def count(self, _views: Views, chosen: Chosen) -> int:
        """Count what is kept."""
        return len(self._kept(chosen))

    async def totals(self, _views: Views, _chosen: Chosen) -> Sequence[Mapping[str, Cell]]:
        """Give none."""
        return ()

    def _kept(self, chosen: Chosen) -> Sequence[RowT]:
        keep = self.keep
        return self.gathered if keep is None else [row for row in self.gathered if keep(row, chosen)]


def cut(found: Sequence[RowT], chosen: Chosen, columns: Mapping[str, Column[RowT]]) -> Rows[RowT]:
    """Put rows in order, and cut the page out that was asked for."""
    order = chosen.order
    if order is not None and order.column in columns:
        cell = columns[order.column].cell
        found = sorted(found, key=lambda row: _sorting(cell(row)), reverse=order.is_descending)
    begin = int(chosen.after[0]) if chosen.after else 0
    end = begin + chosen.limit
    return Rows(found[begin:end], (end,) if end < len(found) else None)


def _sorting(cell: Cell) -> tuple[Any, ...]:
    """Give what a cell is ordered by; nothing comes first, and amounts by their unit."""
    match cell:
        case Link(inner, _):
            return _sorting(inner)
        case Amount(amount, unit):
            return (1, unit, amount)
        case Code(text) | State(text) | Said(text):
            return (1, text)
        case datetime():
            return (1, cell)
        case date() | int() | str():
            return (1, cell)
        case _:
            return (0,)
