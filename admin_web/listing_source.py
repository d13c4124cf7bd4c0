"""Where a list's rows come from: asked page by page behind the last row, or all at once if they are few.

Few are the utility's own things: its banks, branches, counters, tariff versions. What grows with customers,
payments or days is a question that goes on behind a row.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from admin_web.cells import Amount, Called, Code, Link, Said, Share, State
from admin_web.listing import Rows
from gateway.core.views import PAGE_MAX
from gateway.ports import TakesTooLong

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from admin_web.cells import Cell
    from admin_web.listing import Chosen, Column
    from gateway.core.views import Query
    from gateway.ports import Views

RowT = TypeVar("RowT")
TotalsT = TypeVar("TotalsT")


#: Rows of a list that is had all at once: putting so many in order takes a thread some twenty milliseconds.
WHOLE_MAX: Final = 5_000


def _no_totals(_totals: Any) -> Sequence[Mapping[str, Cell]]:  # noqa: ANN401 - of any list
    return ()


def _any(_row: object, _chosen: Chosen) -> bool:
    return True


@dataclass(frozen=True)
class Keyset(Generic[RowT, TotalsT]):
    """Rows of a question that goes on behind a row, so that a page far down costs what the first one does.

    ``question`` makes it of what was chosen: of ``chosen.after``, ``chosen.limit`` and ``chosen.order`` too.
    ``place`` are the plain values by which a row is found again; they come back as ``chosen.after``.
    """

    question: Callable[[Chosen], Query[RowT, TotalsT]]
    place: Callable[[RowT], tuple[str | int | None, ...]]
    lines: Callable[[TotalsT], Sequence[Mapping[str, Cell]]] = _no_totals

    async def page(self, views: Views, chosen: Chosen, _columns: Mapping[str, Column[RowT]]) -> Rows[RowT]:
        """Ask for a page and for how many there are; a page that is full may have another behind it."""
        found = await views.rows(self.question(chosen))
        count = await views.count(self.question(chosen))
        return Rows(found, self._behind(found, chosen), count)

    async def every(
        self, views: Views, chosen: Chosen, _columns: Mapping[str, Column[RowT]]
    ) -> AsyncIterator[Sequence[RowT]]:
        """Ask for one long page after the other."""
        place = replace(chosen, after=None, limit=PAGE_MAX)
        while True:
            found = await views.rows(self.question(place))
            if found:
                yield found
            after = self._behind(found, place)
            if after is None:
                return
            place = replace(place, after=after)

    async def totals(self, views: Views, chosen: Chosen) -> Sequence[Mapping[str, Cell]]:
        """Ask for the totals."""
        if self.lines is _no_totals:
            return ()
        return self.lines(await views.totals(self.question(chosen)))

    def _behind(self, found: Sequence[RowT], chosen: Chosen) -> tuple[str | int | None, ...] | None:
        return None if len(found) < chosen.limit else self.place(found[-1])


class _AtOnce(Generic[RowT]):
    """Rows that are few: all of them are at hand, and ordered, kept or left out, cut into pages here.

    That is done elsewhere, once for a page and once for a file. TakesTooLong where they are not few.
    """

    async def page(self, views: Views, chosen: Chosen, columns: Mapping[str, Column[RowT]]) -> Rows[RowT]:
        """Give the page; its place is its number in the order."""
        kept = await self._kept(views, chosen, columns)
        begin = int(chosen.after[0]) if chosen.after else 0
        end = begin + chosen.limit
        return Rows(kept[begin:end], (end,) if end < len(kept) else None, len(kept))

    async def every(
        self, views: Views, chosen: Chosen, columns: Mapping[str, Column[RowT]]
    ) -> AsyncIterator[Sequence[RowT]]:
        """Give all of them, asked for once."""
        kept = await self._kept(views, chosen, columns)
        for begin in range(0, len(kept), PAGE_MAX):
            yield kept[begin : begin + PAGE_MAX]

    async def _kept(
        self, views: Views, chosen: Chosen, columns: Mapping[str, Column[RowT]]
    ) -> Sequence[RowT]:
        found = await self._found(views, chosen)
        if len(found) > WHOLE_MAX:
            raise TakesTooLong
        kept: Sequence[RowT] = await chosen.asked.office.elsewhere(self._in_order, found, chosen, columns)
        return kept

    async def _found(self, views: Views, chosen: Chosen) -> Sequence[RowT]:
        raise NotImplementedError

    def _is_kept(self, row: RowT, chosen: Chosen) -> bool:
        raise NotImplementedError

    def _in_order(
        self, found: Sequence[RowT], chosen: Chosen, columns: Mapping[str, Column[RowT]]
    ) -> Sequence[RowT]:
        kept, order = [row for row in found if self._is_kept(row, chosen)], chosen.order
        if order is not None and order.column in columns:
            cell = columns[order.column].cell
            kept.sort(key=lambda row: _sorting(cell(row)), reverse=order.is_descending)
        return kept


@dataclass(frozen=True)
class Whole(_AtOnce[RowT], Generic[RowT, TotalsT]):
    """Rows of a question that answers with all of them; ``keep`` decides of each row."""

    question: Callable[[Chosen], Query[RowT, TotalsT]]
    lines: Callable[[TotalsT], Sequence[Mapping[str, Cell]]] = _no_totals
    keep: Callable[[RowT, Chosen], bool] = _any

    async def totals(self, views: Views, chosen: Chosen) -> Sequence[Mapping[str, Cell]]:
        """Ask for the totals: those of all rows, whatever is kept."""
        if self.lines is _no_totals:
            return ()
        return self.lines(await views.totals(self.question(chosen)))

    async def _found(self, views: Views, chosen: Chosen) -> Sequence[RowT]:
        return await views.rows(self.question(chosen))

    def _is_kept(self, row: RowT, chosen: Chosen) -> bool:
        return self.keep(row, chosen)


@dataclass(frozen=True)
class Gathered(_AtOnce[RowT]):
    """Rows that somebody has gathered before, whatever it took; ``keep`` decides of each row."""

    gathered: Sequence[RowT]
    keep: Callable[[RowT, Chosen], bool] = _any

    async def totals(self, _views: Views, _chosen: Chosen) -> Sequence[Mapping[str, Cell]]:
        """Give none."""
        return ()

    async def _found(self, _views: Views, _chosen: Chosen) -> Sequence[RowT]:
        return self.gathered

    def _is_kept(self, row: RowT, chosen: Chosen) -> bool:
        return self.keep(row, chosen)


def _sorting(cell: Cell) -> tuple[Any, ...]:
    """Give what a cell is ordered by; nothing comes first, and amounts by their unit."""
    match cell:
        case Link(inner, _):
            return _sorting(inner)
        case Amount(amount, unit):
            return (1, unit, amount)
        case Share(per_mille):
            return (1, per_mille)
        case Code(text) | State(text) | Said(text):
            return (1, text)
        case Called(_, name):
            return (1, name)
        case datetime():
            return (1, cell)
        case date() | int() | str():
            return (1, cell)
        case _:
            return (0,)
