"""Branches and stations: where the utility's people and customers are, and where power is sold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from admin_web.cells import Code, Link, Said, State, Tone
from admin_web.diary_words import person
from admin_web.filters import ChoiceFilter
from admin_web.listing import Column, Listing, Order
from admin_web.listing_page import list_page
from admin_web.listing_source import Whole
from admin_web.route import MenuItem, Right, Route
from admin_web.station_words import Heard
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.staff import Branch
from gateway.core.views_staff import Branches, StationRow, Stations

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.listing import Chosen

_STATIONS: Final = Right(Function.STATIONS)

OPEN: Final = State(msg("in use"), Tone.GOOD)
CLOSED: Final = State(msg("shut"), Tone.QUIET)


def _is_hers(row: Branch, chosen: Chosen) -> bool:
    return chosen.asked.me.rights.sees(row.code)


BRANCHES: Final = Listing[Branch](
    name="branches",
    caption=msg("Branches"),
    empty=msg(
        "There is no branch yet. A branch has customers, people and stations of its own: make the first."
    ),
    columns=(
        Column("code", msg("Code"), lambda row: Code(row.code), is_sortable=True),
        Column("name", msg("Name"), lambda row: row.name, is_sortable=True),
        Column(
            "stations",
            msg("Its stations"),
            lambda row: Link(Said(msg("Stations")), f"/stations?branch={row.code}"),
        ),
    ),
    source=Whole(lambda _: Branches(), keep=_is_hers),
    order=Order("code"),
)


def _is_wanted(row: StationRow, chosen: Chosen) -> bool:
    branch, state = chosen.text("branch"), chosen.text("state")
    is_state = state is None or row.station.is_open is (state == "open")
    return branch in {None, row.station.branch} and is_state


def _stations(branches: tuple[tuple[str, str], ...], heard: Heard) -> Listing[StationRow]:
    """Declare the list of stations; ``branches`` are those that may be chosen."""
    names = dict(branches)
    return Listing[StationRow](
        name="stations",
        caption=msg("Stations"),
        empty=msg(
            "There is no such station. A station is a counter of a branch where power is sold: make one."
        ),
        columns=(
            Column("code", msg("Code"), lambda row: Code(row.station.code), is_sortable=True),
            Column("name", msg("Name"), lambda row: row.station.name, is_sortable=True),
            Column(
                "branch",
                msg("Branch"),
                lambda row: names.get(row.station.branch, row.station.branch),
                is_sortable=True,
            ),
            Column("state", msg("State"), lambda row: OPEN if row.station.is_open else CLOSED),
            Column("login", msg("Who is at work there"), lambda row: person(row.login)),
            *heard.columns(),
            Column(
                "shifts",
                msg("Shifts"),
                lambda row: Link(Said(msg("Shifts")), f"/shifts?station={row.station.code}&state="),
            ),
        ),
        filters=(
            ChoiceFilter("branch", msg("Branch"), branches),
            ChoiceFilter("state", msg("State"), (("open", OPEN.sentence), ("closed", CLOSED.sentence))),
        ),
        source=Whole(lambda chosen: Stations(chosen.asked.me.rights.branch), keep=_is_wanted),
        order=Order("code"),
    )


async def branch_choices(asked: Asked) -> tuple[tuple[str, str], ...]:
    """Give the branches that she may choose among, by code and name."""
    found = await asked.office.views.rows(Branches())
    return tuple((one.code, f"{one.name} ({one.code})") for one in found if asked.me.rights.sees(one.code))


async def branches(asked: Asked) -> Outcome:
    """Show the branches."""
    may = asked.me.rights.branch is None and asked.me.rights.may(Function.STATIONS, Level.DO)
    deeds = (("/branches/new", msg("New branch")),) if may else ()
    listing = replace(BRANCHES, href=lambda row: f"/branches/{row.code}") if may else BRANCHES
    return await list_page(asked, listing, "list_with_deeds.html", deeds=deeds)


async def stations(asked: Asked) -> Outcome:
    """Show the stations, and who sits there now."""
    may = asked.me.rights.may(Function.STATIONS, Level.DO)
    deeds = (("/stations/new", msg("New station")),) if may else ()
    listing = _stations(await branch_choices(asked), Heard.of(asked))
    if may:
        listing = replace(listing, href=lambda row: f"/stations/{row.station.code}")
    return await list_page(asked, listing, "list_with_deeds.html", deeds=deeds)


ROUTES: Final = (
    Route("GET", "/branches", _STATIONS, branches),
    Route("GET", "/stations", _STATIONS, stations),
)
MENU: Final = (
    MenuItem(Function.STATIONS, msg("Branches"), "/branches"),
    MenuItem(Function.STATIONS, msg("Stations"), "/stations"),
)
