"""Shifts: who sits at which station, from when to when; open one's own, with change out of the safe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web import said_after as after
from admin_web.cells import Amount, Code, Link, Said
from admin_web.diary_words import person
from admin_web.fields import Field
from admin_web.filters import ChoiceFilter, TextFilter
from admin_web.forms import First, Form, PostingLine
from admin_web.listing import Column, Listing
from admin_web.listing_page import list_page
from admin_web.listing_source import Keyset
from admin_web.order_form import carried_out, staff_act
from admin_web.pages.shift import ENDED, GOING_ON, LESS_THAN_NOTHING, shift_path
from admin_web.route import MenuItem, Right, Route
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.money import Money
from gateway.core.staff import Shift
from gateway.core.timeline import moment_of
from gateway.core.views_staff import Shifts, Stations
from gateway.office.keep_shift import OpenShift, cash_out

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.listing import Chosen

_DOES: Final = Right(Function.SHIFTS, Level.DO)

_CASH: Final = Field(
    "cash",
    msg("Cash out of the station's safe"),
    "money",
    hint=msg("Change to begin with. Empty: none."),
    is_required=False,
)



def _question(chosen: Chosen) -> Shifts:
    return Shifts(
        branch=chosen.asked.me.rights.branch,
        login=chosen.text("login") or "",
        station=chosen.text("station") or "",
        is_open=chosen.text("state") == "open",
        after=None if chosen.after is None else int(chosen.after[0]),
        limit=chosen.limit,
    )


def _closed_at(row: Shift) -> Cell:
    return None if row.closed_us is None else moment_of(row.closed_us)


def _listing(*, may_close: bool) -> Listing[Shift]:
    """Declare the list; whoever may close shifts has the way to it in each line that is open."""
    close: tuple[Column[Shift], ...] = ()
    if may_close:
        close = (Column("close", msg("Close"), _way_to_close),)
    return Listing[Shift](
        name="shifts",
        caption=msg("Shifts"),
        empty=msg("There is no such shift. Open yours at a station, or look for closed ones as well."),
        columns=(
            Column("number", msg("No."), lambda row: row.id, "count"),
            Column("login", msg("Operator"), lambda row: person(row.login)),
            Column("station", msg("Station"), lambda row: Code(row.station)),
            Column("opened", msg("From"), lambda row: moment_of(row.opened_us), "moment"),
            Column("closed", msg("Until"), _closed_at, "moment"),
            Column("state", msg("State"), lambda row: GOING_ON if row.closed_us is None else ENDED),
            *close,
        ),
        filters=(
            ChoiceFilter("state", msg("State"), (("open", msg("only those going on")),), usual="open"),
            TextFilter("login", msg("Login")),
            TextFilter("station", msg("Code of the station")),
        ),
        source=Keyset(_question, lambda row: (row.id,)),
        href=lambda row: shift_path(row.id),
    )


def _way_to_close(row: Shift) -> Cell:
    path = f"{shift_path(row.id)}/close"
    return Link(Said(msg("Close the shift")), path) if row.closed_us is None else None


async def shifts(asked: Asked) -> Outcome:
    """Show the shifts, the newest first."""
    me = asked.me
    may = me.rights.may(Function.SHIFTS, Level.DO)
    is_sitting = bool(await asked.office.views.count(Shifts(login=me.login, is_open=True)))
    deeds = (("/shifts/open", msg("Open my shift")),) if may and not is_sitting else ()
    return await list_page(asked, _listing(may_close=may), "list_with_deeds.html", deeds=deeds)


async def _open_form(asked: Asked) -> Form:
    """Declare the form; only stations that are open and at which nobody sits can be chosen."""
    rows = await asked.office.views.rows(Stations(asked.me.rights.branch))
    free = tuple(
        (row.station.code, f"{row.station.name} ({row.station.code})")
        for row in rows
        if row.station.is_open and not row.login
    )
    first = First(
        msg("There is no station at which nobody sits. Make one, or wait until a shift is closed."),
        msg("New station"),
        "/stations/new",
    )
    return Form(
        msg("Open my shift"),
        msg("Open the shift"),
        (Field("station", msg("Station"), "choice", choices=free), _CASH),
        lead=msg("Orders that you give are marked with the station until you close the shift."),
        first=None if free else first,
    )


def _around(asked: Asked) -> dict[str, object]:
    return {"back": "/shifts", "crumbs": ((asked.words.say(msg("Shifts")), "/shifts"),)}


async def ask_open(asked: Asked) -> Outcome:
    """Ask at which station."""
    return (await _open_form(asked)).blank(asked).page(**_around(asked))


async def open_shift(asked: Asked) -> Outcome:
    """Open hers there; where cash goes with it, show first what is posted."""
    filled = (await _open_form(asked)).read(asked)
    if not filled.is_sound or filled.wants_change:
        return filled.page(**_around(asked))
    station, cash = filled.value("station", str), filled.optional("cash", Money)
    minor = 0 if cash is None else cash.minor
    if minor < 0:
        return filled.refused(LESS_THAN_NOTHING, "cash").page(**_around(asked))
    order = OpenShift(asked.me.login, filled.nonce, station, minor, asked.me.currency)
    if minor and not filled.is_confirmed:
        lines = [
            PostingLine(line.account, Amount(line.amount, line.unit))
            for entry in cash_out(order)
            for line in entry.postings
        ]
        crumbs = _around(asked)["crumbs"]
        return filled.preview(lines, Amount(minor, asked.me.currency), station, crumbs=crumbs)
    act = staff_act(Function.SHIFTS, station)
    return await carried_out(filled, act, order, _around(asked), path="/shifts", said=after.OPENED)


ROUTES: Final = (
    Route("GET", "/shifts", Right(Function.SHIFTS), shifts),
    Route("GET", "/shifts/open", _DOES, ask_open),
    Route("POST", "/shifts/open", _DOES, open_shift),
)
MENU: Final = (MenuItem(Function.SHIFTS, msg("Shifts"), "/shifts"),)
