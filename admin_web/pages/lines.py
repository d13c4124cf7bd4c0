"""Lines: how each stands at this moment, and what it has done today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from admin_web.cells import Amount, Code, Said
from admin_web.line_seen_words import LINE_DOES, WORK_KINDS, at_second
from admin_web.line_words import LINE_KINDS
from admin_web.listing import Column, Listing
from admin_web.listing_page import list_page
from admin_web.listing_source import Gathered
from admin_web.route import MenuItem, Right, Route
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.timeline import microseconds
from gateway.core.views_lines import LineFigures

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from gateway.core.line_standing import LineStanding
    from gateway.core.views_lines import LineFigure

SEES: Final = Right(Function.LINES)
SEES_ALL: Final = Right(Function.LINES, of_all=True)
DOES: Final = Right(Function.LINES, Level.DO)

_TEST_FROM: Final = "/lines/ways"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of this process, or one that called today; either is missing where there is none."""

    name: str
    standing: LineStanding | None
    figure: LineFigure | None


def _kind(row: Line) -> Cell:
    return None if row.standing is None else Said(LINE_KINDS[row.standing.kind])


def _does(row: Line) -> Cell:
    return None if row.standing is None else LINE_DOES[row.standing.does]


def _work(row: Line) -> Cell:
    work = None if row.standing is None else row.standing.work
    return None if work is None else Said(WORK_KINDS[work])


def _since(row: Line) -> Cell:
    since_s = None if row.standing is None else row.standing.since_s
    return None if since_s is None else at_second(since_s)


def _reserved(row: Line) -> Cell:
    is_it = row.standing is not None and row.standing.is_reserved
    return Said(msg("urgent work only")) if is_it else None


def _figure(name: str, row: Line) -> Cell:
    figure: int | None = None if row.figure is None else getattr(row.figure, name)
    return figure


def _listing(asked: Asked, rows: list[Line]) -> Listing[Line]:
    def cost(row: Line) -> Cell:
        return None if row.figure is None else Amount(row.figure.cost_minor, asked.me.currency)

    def last(row: Line) -> Cell:
        return None if row.figure is None else at_second(row.figure.last_s)

    def counted(name: str, label: str, *, is_usual: bool = True) -> Column[Line]:
        def figure(row: Line) -> Cell:
            return _figure(name, row)

        return Column(name, label, figure, "count", is_sortable=True, is_usual=is_usual)

    return Listing[Line](
        name="lines",
        caption=msg("Lines"),
        empty=msg("There is no line here. Lines are set up in the gateway's configuration."),
        columns=(
            Column("line", msg("Which line"), lambda row: Code(row.name), is_sortable=True),
            Column("kind", msg("Kind"), _kind, is_usual=False),
            Column("does", msg("State"), _does),
            Column("work", msg("Purpose"), _work),
            Column("since", msg("Since"), _since, "moment", is_usual=False),
            Column("reserved", msg("Reserved"), _reserved),
            counted("calls", msg("Calls today")),
            counted("good", msg("Went well")),
            counted("minutes", msg("Minutes")),
            Column("cost", msg("Cost"), cost, "amount", is_sortable=True),
            counted("meters", msg("Meters asked"), is_usual=False),
            counted("read", msg("Of these read"), is_usual=False),
            Column("last", msg("Last call"), last, "moment"),
        ),
        source=Gathered(rows),
        href=lambda row: f"/lines/calls?line={quote(row.name, safe='')}",
    )


async def lines(asked: Asked) -> Outcome:
    """Show them, by name."""
    begins = asked.office.day_begins(asked.office.today())
    figures = await asked.office.views.rows(LineFigures(microseconds(begins) // 1_000_000))
    heard = asked.office.lines
    standing = {} if heard is None else {one.name: one for one in heard.lines()}
    called = {one.line: one for one in figures}
    rows = [Line(name, standing.get(name), called.get(name)) for name in sorted({*standing, *called})]
    waiting = {} if heard is None else heard.waiting()
    jobs = [(WORK_KINDS[kind], waiting.get(kind, 0)) for kind in WORK_KINDS]
    # A line is tested by calling a meter over it: which one, is chosen among the ways.
    deeds = ((_TEST_FROM, msg("Call a meter to test its line")),) if DOES.opens(asked.me.rights) else ()
    return await list_page(
        asked, _listing(asked, rows), "lines.html",
        is_here=heard is not None, jobs=jobs if heard else (), deeds=deeds,
    )  # fmt: skip


ROUTES: Final = (Route("GET", "/lines", SEES_ALL, lines),)
MENU: Final = (MenuItem(Function.LINES, msg("Lines"), "/lines", of_all=True),)
