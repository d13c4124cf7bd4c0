"""Timetables of rates: all versions, and where the meters stand of those that they should have now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.cells import Code, Link
from admin_web.diary_words import person
from admin_web.filters import ChoiceFilter, TextFilter
from admin_web.listing import Column, Listing, Order
from admin_web.listing_page import list_page
from admin_web.listing_source import Gathered
from admin_web.pages.meter_groups import SEES as SEES_GROUPS
from admin_web.pages.meter_groups import group_path
from admin_web.route import MenuItem, Right, Route
from admin_web.timetable_words import STANDINGS, standing, timetable_path
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.timeline import microseconds, moment_of
from gateway.core.views_files import TEXT_MAX
from gateway.core.views_timetables import Stands, TimetableRow, Timetables

if TYPE_CHECKING:
    from collections.abc import Callable

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.listing import Chosen
    from admin_web.timetable_words import Standing

SEES: Final = Right(Function.TIMETABLES)
#: Timetables are the whole utility's: who belongs to a branch does not publish them.
DOES: Final = Right(Function.TIMETABLES, Level.DO, of_all=True)
APPROVES: Final = Right(Function.TIMETABLES, Level.APPROVE, of_all=True)

_STATES: Final = tuple((one.value, said.sentence) for one, said in STANDINGS.items())


def _listing(asked: Asked, rows: list[TimetableRow]) -> Listing[TimetableRow]:
    now_us = microseconds(asked.office.now())
    versions = [row.version for row in rows]

    def stands(row: TimetableRow) -> Standing:
        of_code = [one for one in versions if one.code == row.version.code]
        return standing(row.version, of_code, now_us)

    def is_wanted(row: TimetableRow, chosen: Chosen) -> bool:
        text, state = chosen.text("text"), chosen.text("state")
        named = f"{row.version.reference} {row.version.name}".casefold()
        return (text is None or text.casefold() in named) and state in {None, stands(row).value}

    def count(*wanted: Stands) -> Callable[[TimetableRow], Cell]:
        return lambda row: None if row.counts is None else sum(row.counts.of(one) for one in wanted)

    def group(row: TimetableRow) -> Cell:
        code = Code(row.version.group)
        return Link(code, group_path(row.version.group)) if SEES_GROUPS.opens(asked.me.rights) else code

    return Listing[TimetableRow](
        name="timetables",
        caption=msg("Timetables of rates"),
        empty=msg("No version is like this. A timetable begins as a draft, which another person approves."),
        columns=(
            Column("version", msg("Version"), lambda row: Code(row.version.reference), is_sortable=True),
            Column("name", msg("Title"), lambda row: row.version.name, is_sortable=True),
            Column("group", msg("Group of meters"), group),
            Column("state", msg("State"), lambda row: STANDINGS[stands(row)]),
            Column("from", msg("From"), _from, "moment", is_sortable=True),
            Column("meters", msg("Meters"), count(*Stands), "count"),
            Column("active", msg("Switched"), count(Stands.ACTIVE), "count"),
            Column("passive", msg("Waiting"), count(Stands.PASSIVE), "count"),
            Column("open", msg("Not reached"), count(Stands.NOT_REACHED, Stands.NOT_ORDERED), "count"),
            Column("refused", msg("Refused or in doubt"), count(Stands.REFUSED, Stands.IN_DOUBT), "count"),
            Column("drafted", msg("Drafted by"), lambda row: person(row.version.by), is_usual=False),
            Column("approved", msg("Approved by"), _second, is_usual=False),
            Column("reason", msg("Reason"), lambda row: row.version.reason or None, is_usual=False),
        ),
        filters=(
            TextFilter("text", msg("Code or title"), TEXT_MAX),
            ChoiceFilter("state", msg("State"), _STATES),
        ),
        source=Gathered(rows, is_wanted),
        order=Order("from", is_descending=True),
        href=lambda row: timetable_path(row.version.reference),
    )


def _from(row: TimetableRow) -> Cell:
    return moment_of(row.version.from_us)


def _second(row: TimetableRow) -> Cell:
    return person(row.version.second) if row.version.second else None


async def timetables(asked: Asked) -> Outcome:
    """Show all versions."""
    question = Timetables(microseconds(asked.office.now()), asked.me.rights.branch)
    rows = list(await asked.office.views.rows(question))
    deeds = (("/timetables/new", msg("Draft a timetable")),) if DOES.opens(asked.me.rights) else ()
    return await list_page(asked, _listing(asked, rows), "list_with_deeds.html", deeds=deeds)


ROUTES: Final = (Route("GET", "/timetables", SEES, timetables),)
MENU: Final = (MenuItem(Function.TIMETABLES, msg("Timetables of rates"), "/timetables"),)
