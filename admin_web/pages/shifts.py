"""Shifts: who sits at which station, from when to when; open one's own, close one's own or another's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web import said_after as after
from admin_web.answers import NotThere
from admin_web.cells import Code, Link, Said, State, Tone
from admin_web.diary_words import person
from admin_web.fields import REASON, Field
from admin_web.filters import ChoiceFilter, TextFilter
from admin_web.forms import First, Form
from admin_web.listing import Column, Listing
from admin_web.listing_page import list_page
from admin_web.listing_source import Keyset
from admin_web.order_form import carried_out, staff_act
from admin_web.route import MenuItem, Right, Route
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.staff import Shift
from gateway.core.timeline import moment_of
from gateway.core.views_staff import Shifts, Stations
from gateway.office.keep_shift import CloseShift, OpenShift

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.forms import Filled
    from admin_web.listing import Chosen

_DOES: Final = Right(Function.SHIFTS, Level.DO)

_OPEN: Final = State(msg("going on"), Tone.GOOD)
_CLOSED: Final = State(msg("ended"), Tone.QUIET)


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
            Column("state", msg("State"), lambda row: _OPEN if row.closed_us is None else _CLOSED),
            *close,
        ),
        filters=(
            ChoiceFilter("state", msg("State"), (("open", msg("only those going on")),), usual="open"),
            TextFilter("login", msg("Login")),
            TextFilter("station", msg("Code of the station")),
        ),
        source=Keyset(_question, lambda row: (row.id,)),
    )


def _way_to_close(row: Shift) -> Cell:
    return Link(Said(msg("Close the shift")), f"/shifts/{row.id}/close") if row.closed_us is None else None


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
        (Field("station", msg("Station"), "choice", choices=free),),
        lead=msg("Orders that you give are marked with the station until you close the shift."),
        first=None if free else first,
    )


def _around(asked: Asked) -> dict[str, object]:
    return {"back": "/shifts", "crumbs": ((asked.words.say(msg("Shifts")), "/shifts"),)}


async def ask_open(asked: Asked) -> Outcome:
    """Ask at which station."""
    return (await _open_form(asked)).blank(asked).page(**_around(asked))


async def open_shift(asked: Asked) -> Outcome:
    """Open hers there."""
    filled = (await _open_form(asked)).read(asked)
    if not filled.is_sound:
        return filled.page(**_around(asked))
    station = filled.value("station", str)
    order = OpenShift(asked.me.login, filled.nonce, station)
    act = staff_act(Function.SHIFTS, station)
    return await carried_out(filled, act, order, _around(asked), path="/shifts", said=after.OPENED)


OWN: Final = Form(msg("Close the shift"), msg("Close the shift"), ())
ANOTHERS: Final = Form(
    msg("Close the shift of somebody else"),
    msg("Close the shift"),
    (REASON,),
    lead=msg("Only where whoever sat there has gone and forgotten to close it."),
)


async def _found(asked: Asked) -> Shift:
    """Find an open shift that she sees; NotThere."""
    number = asked.places["number"]
    for one in await asked.office.views.rows(Shifts(branch=asked.me.rights.branch, is_open=True)):
        if str(one.id) == number:
            return one
    raise NotThere


def _closing(asked: Asked, shift: Shift) -> Form:
    return OWN if shift.login == asked.me.login else ANOTHERS


def _shown(filled: Filled, shift: Shift) -> dict[str, object]:
    asked = filled.asked
    since = asked.shown.moment(moment_of(shift.opened_us))
    facts = ((msg("Operator"), shift.login), (msg("Station"), shift.station), (msg("From"), since))
    return {**_around(asked), "about": facts}


async def ask_close(asked: Asked) -> Outcome:
    """Show whose it is, and ask why where it is another's."""
    shift = await _found(asked)
    filled = _closing(asked, shift).blank(asked)
    return filled.page("form_about.html", **_shown(filled, shift))


async def close_shift(asked: Asked) -> Outcome:
    """Close it."""
    shift = await _found(asked)
    filled = _closing(asked, shift).read(asked)
    around = _shown(filled, shift)
    if not filled.is_sound:
        return filled.page("form_about.html", **around)
    reason = "" if shift.login == asked.me.login else filled.value("reason", str)
    order = CloseShift(asked.me.login, filled.nonce, shift.id)
    act = staff_act(Function.SHIFTS, shift.station, reason)
    return await carried_out(
        filled, act, order, around, path="/shifts", said=after.CLOSED, template="form_about.html"
    )


ROUTES: Final = (
    Route("GET", "/shifts", Right(Function.SHIFTS), shifts),
    Route("GET", "/shifts/open", _DOES, ask_open),
    Route("POST", "/shifts/open", _DOES, open_shift),
    Route("GET", "/shifts/<number>/close", _DOES, ask_close),
    Route("POST", "/shifts/<number>/close", _DOES, close_shift),
)
MENU: Final = (MenuItem(Function.SHIFTS, msg("Shifts"), "/shifts"),)
