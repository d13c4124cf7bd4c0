"""Makes the page of a list, or its file: reads the address, asks for the rows, hands both to the template."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import unquote

from admin_web.answers import NoRight, Page
from admin_web.cells import Said
from admin_web.export import download_of
from admin_web.filters import read_all
from admin_web.listing import COUNT_MAX, LABEL, Chosen, Listing, Order, Rows, Shaped
from admin_web.place_seal import open_place, seal_place
from admin_web.report import chosen_in_words, maker_said, moment_said, report_of
from admin_web.route import Right, Taken
from admin_web.side_by_side import both
from admin_web.token_like import may_hold_token
from admin_web.words import msg
from gateway.core.authority import Function, Level

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.filters import Box
    from admin_web.listing import Column
    from admin_web.report import Report
    from admin_web.shown import Shown
    from admin_web.words import Words

RowT = TypeVar("RowT")

#: Who may take a list away as a file.
EXPORT_RIGHT: Final = Right(Function.EXPORT, Level.DO)

#: Pages back that an address remembers; before that there is the first page.
_TRAIL_MAX: Final = 12


@dataclass(frozen=True, slots=True)
class Head:
    """A column's head as the template shows it; ``sort`` is where a click leads, None where it does not."""

    name: str
    label: str
    is_right: bool
    sort: str | None
    aria_sort: str | None


@dataclass(frozen=True, slots=True)
class TotalLine:
    """A line below the list: its label over so many columns, then its cells."""

    label: Cell
    span: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class ListView:
    """A list as the template shows it."""

    listing: Listing[Any]
    chosen: Chosen
    heads: tuple[Head, ...]
    lines: Sequence[tuple[str | None, tuple[Cell, ...]]]
    totals: Sequence[TotalLine]
    count: int
    first_number: int
    next_page: str | None
    previous_page: str | None
    first_page: str | None
    is_damaged: bool
    can_export: bool

    @property
    def boxes(self) -> list[Box]:
        """The fields of the filters that are always seen."""
        return self._boxes(is_more=False)

    @property
    def more_boxes(self) -> list[Box]:
        """The fields of those that are folded away."""
        return self._boxes(is_more=True)

    @property
    def wants_more(self) -> bool:
        """Is one of these used?"""
        return any(box.written for box in self.more_boxes)

    def _boxes(self, *, is_more: bool) -> list[Box]:
        more = self.listing.more
        reads = self.chosen.reads.items()
        return [box for name, read in reads if (name in more) is is_more for box in read.boxes]

    @property
    def link(self) -> str:
        """Give the address of this list for a colleague or for tomorrow, from its first page on.

        What is filled in where nobody says so is said in it. No address with a token in it is passed on.
        """
        asked = self.chosen.asked
        filled = {box.name: box.written for box in (*self.boxes, *self.more_boxes)}
        address = asked.link(**{**filled, "after": None, "trail": None})
        return asked.path if may_hold_token(address) else address

    @property
    def filter_names(self) -> list[str]:
        """Their names in the address."""
        return [box.name for box in (*self.boxes, *self.more_boxes)]

    @property
    def is_filtered(self) -> bool:
        """Does the address say anything about the list?"""
        return any(name in self.chosen.asked.query for name in self.filter_names)

    def count_text(self, words: Words, shown: Shown) -> str:
        """Say which rows these are, and of how many."""
        first, last = shown.number(self.first_number), shown.number(self.first_number + len(self.lines) - 1)
        if self.count > COUNT_MAX:
            most = shown.number(COUNT_MAX)
            return words.say(
                msg("%(first)s to %(last)s of more than %(most)s"), first=first, last=last, most=most
            )
        return words.say(
            msg("%(first)s to %(last)s of %(all)s"), first=first, last=last, all=shown.number(self.count)
        )


async def list_page(
    asked: Asked, listing: Listing[RowT], template: str = "list_page.html", **values: object
) -> Outcome:
    """Answer with the list that was asked for, as a page or (``format=``) as a file.

    ``values`` are shown around it. NoRight where a file is asked for without the right to take one away.
    """
    chosen, is_damaged, begun = _chosen(asked, listing)
    around = {"title": asked.words.say(listing.caption), "crumbs": (), "lead": "", **values}
    if asked.first("format") and chosen.is_sound and listing.can_export:
        if not asked.me.rights.may(EXPORT_RIGHT.function, EXPORT_RIGHT.level):
            raise NoRight(EXPORT_RIGHT)
        report = report_of(asked, str(around["title"]))
        await asked.office.gate.exported(asked.me, _taken(asked, listing, chosen, report))
        pages = listing.source.every(asked.office.views, chosen, listing.by_name)
        shaped = Shaped(listing, chosen, report, pages)
        return download_of(asked, shaped, asked.first("format"))
    view = await _view(asked, listing, chosen, begun, is_damaged=is_damaged)
    code = 200 if chosen.is_sound else 422
    paper = {
        "chosen_words": chosen_in_words(asked, chosen),
        "maker": maker_said(asked),
        "made_at": moment_said(asked, asked.office.now()),
        "filters_printed": filters_said(chosen),
    }
    return Page(template, {**paper, **around, "view": view}, code)


def _taken(asked: Asked, listing: Listing[RowT], chosen: Chosen, report: Report) -> Taken:
    """Tell what is taken away by the list's own words: nothing else in the address pushes them out.

    A line of the diary holds so much: what names the report comes first, what was chosen may be cut.
    """
    filters, columns = filters_said(chosen), " ".join(chosen.columns)
    parts = (asked.first("format"), report.number, unquote(asked.path), filters, columns)
    return Taken(listing.name, "; ".join(part for part in parts if part), asked.peer)


def filters_said(chosen: Chosen) -> str:
    """Write how a list is filtered, as the diary keeps it."""
    return " ".join(f"{name}={json.dumps(text, ensure_ascii=False)}" for name, text in chosen.filtered_by)


def _chosen(asked: Asked, listing: Listing[RowT]) -> tuple[Chosen, bool, int]:
    """Read the address: what was chosen, whether its place was damaged, how many rows are before it."""
    named = dict.fromkeys(",".join(asked.query.get("cols", ())).split(","))
    wanted = tuple(name for name in named if listing.column(name))
    usual = tuple(one.name for one in listing.columns if one.is_usual)
    chosen = Chosen(
        asked=asked,
        reads=read_all(listing.filters, asked),
        columns=wanted or usual,
        order=_order(asked, listing),
        limit=listing.page_rows,
    )
    written, place = asked.first("after"), None
    if written:
        place = open_place(asked.office.seal_key, _place_seal(listing, chosen), written)
    begun = int(place[0]) if place else 0
    return replace(chosen, after=place[1:] if place else None), bool(written and place is None), begun


def _place_seal(listing: Listing[RowT], chosen: Chosen) -> str:
    """Name what a place is good for: this list of this page, filtered and ordered like this.

    A place may carry a figure, such as a balance, which on any other list would be a wrong one.
    """
    order = chosen.order.text if chosen.order else ""
    return json.dumps([listing.name, chosen.asked.path, order, chosen.filtered_by])


def _order(asked: Asked, listing: Listing[RowT]) -> Order | None:
    written = asked.first("sort")
    column = listing.column(written.removeprefix("-"))
    if column is None or not column.is_sortable:
        return listing.order
    return Order(column.name, written.startswith("-"))


async def _view(
    asked: Asked, listing: Listing[RowT], chosen: Chosen, begun: int, *, is_damaged: bool
) -> ListView:
    views, source = asked.office.views, listing.source
    shown = [one for one in listing.columns if one.name in chosen.columns]
    found, totals = Rows[RowT]((), None, 0), list[TotalLine]()
    if chosen.is_sound:
        found, lines = await both(
            source.page(views, chosen, listing.by_name), source.totals(views, chosen)
        )
        totals = [_total_line(line, shown) for line in lines]
    links = _page_links(chosen, listing, found, begun)
    return ListView(
        listing=listing,
        chosen=chosen,
        heads=tuple(_head(asked, chosen, one) for one in shown),
        lines=[_line(listing, row, shown) for row in found.rows],
        totals=totals,
        count=found.count,
        first_number=begun + 1,
        next_page=links[0],
        previous_page=links[1],
        first_page=links[2],
        is_damaged=is_damaged,
        can_export=listing.can_export and asked.me.rights.may(EXPORT_RIGHT.function, EXPORT_RIGHT.level),
    )


def _line(
    listing: Listing[RowT], row: RowT, shown: Sequence[Column[RowT]]
) -> tuple[str | None, tuple[Cell, ...]]:
    href = listing.href(row) if listing.href else None
    return href, tuple(column.cell(row) for column in shown)


def _total_line(line: Mapping[str, Cell], shown: Sequence[Column[RowT]]) -> TotalLine:
    """Lay a line out: its label stretches up to the next column that it has something for."""
    cells = tuple(line.get(column.name, "") for column in shown)
    span = next((place for place, cell in enumerate(cells) if place and cell != ""), len(cells))
    label = line.get(LABEL) or (cells[0] if cells[0] != "" else msg("Total"))
    return TotalLine(Said(label) if isinstance(label, str) else label, span, cells[span:])


def _head(asked: Asked, chosen: Chosen, column: Column[RowT]) -> Head:
    """Give a column's head; a click orders by it, another turns the order round."""
    order = chosen.order
    is_it = order is not None and order.column == column.name
    going_down = order is not None and is_it and order.is_descending
    aria = ("descending" if going_down else "ascending") if is_it else None
    sort = None
    if column.is_sortable:
        turned = Order(column.name, is_descending=is_it and not going_down)
        sort = asked.link(sort=turned.text, after=None, trail=None)
    return Head(column.name, column.label, column.kind in {"amount", "count"}, sort, aria)


def _page_links(
    chosen: Chosen, listing: Listing[RowT], found: Rows[RowT], begun: int
) -> tuple[str | None, str | None, str | None]:
    """Give the addresses of the next, the previous and the first page; an address remembers its way back."""
    asked = chosen.asked
    here = asked.first("after")
    trail = [one for one in asked.first("trail").split(".") if one]
    following = None
    if found.after is not None:
        seal_key, at = asked.office.seal_key, (begun + len(found.rows), *found.after)
        place = seal_place(seal_key, _place_seal(listing, chosen), at)
        way = [*trail, here][-_TRAIL_MAX:] if here else trail
        following = asked.link(after=place, trail=".".join(way) or None)
    if not here:
        return following, None, None
    first = asked.link(after=None, trail=None)
    if trail:
        return following, asked.link(after=trail[-1], trail=".".join(trail[:-1]) or None), first
    # Before the oldest page that is remembered there is the first one, or some that are not remembered.
    return following, first if begun <= listing.page_rows else None, first
