"""Make and change branches and stations. Nothing is deleted: a station is closed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from admin_web import said_after as after
from admin_web.answers import NotThere
from admin_web.fields import Field
from admin_web.forms import First, Form
from admin_web.order_form import carried_out, staff_act
from admin_web.pages.places import CLOSED, OPEN, branch_choices
from admin_web.route import Right, Route
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.person import PERSON_MAX
from gateway.core.views_staff import Branches, Stations
from gateway.office.manage_roles import KeepBranch, KeepStation

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from gateway.core.staff import Branch, Station

_KEEPS: Final = Right(Function.STATIONS, Level.DO)

_CODE: Final = Field(
    "code",
    msg("Code"),
    hint=msg("Small letters, digits and dashes, such as north-2. It stays for ever."),
    length_max=32,
)
_NAME: Final = Field("name", msg("Name"), length_max=PERSON_MAX)
_OPEN: Final = Field(
    "state",
    msg("State"),
    "choice",
    hint=msg("A station that is shut takes no shift."),
    choices=(("open", OPEN.sentence), ("closed", CLOSED.sentence)),
)

NO_BRANCH: Final = First(
    msg("A station belongs to a branch, and there is none yet. Make the branch first."),
    msg("New branch"),
    "/branches/new",
)

NEW_BRANCH: Final = Form(msg("New branch"), msg("Make the branch"), (_CODE, _NAME))
BRANCH: Final = Form(msg("Change the branch"), msg("Keep the change"), (_NAME,))


async def _station_form(asked: Asked, *, is_new: bool) -> Form:
    """Declare the form of a station, with the branches that she may choose."""
    choices = await branch_choices(asked)
    branch = Field("branch", msg("Branch"), "choice", choices=choices)
    if is_new:
        first = None if choices else NO_BRANCH
        return Form(msg("New station"), msg("Make the station"), (_CODE, _NAME, branch), first=first)
    return Form(msg("Change the station"), msg("Keep the change"), (_NAME, branch, _OPEN))


async def _branch(asked: Asked) -> Branch:
    code = asked.places["code"]
    found = [one for one in await asked.office.views.rows(Branches()) if one.code == code]
    if not found or not asked.me.rights.sees(code):
        raise NotThere
    return found[0]


async def _station(asked: Asked) -> Station:
    code = asked.places["code"]
    found = await asked.office.views.rows(Stations(asked.me.rights.branch))
    for row in found:
        if row.station.code == code:
            return row.station
    raise NotThere


def _around(asked: Asked, where: str, path: str) -> dict[str, object]:
    return {"back": path, "crumbs": ((asked.words.say(where), path),)}


def _around_branch(asked: Asked) -> dict[str, object]:
    return _around(asked, msg("Branches"), "/branches")


def _around_station(asked: Asked) -> dict[str, object]:
    return _around(asked, msg("Stations"), "/stations")


async def ask_new_branch(asked: Asked) -> Outcome:
    """Show the form of a new branch."""
    return NEW_BRANCH.blank(asked).page(**_around_branch(asked))


async def make_branch(asked: Asked) -> Outcome:
    """Make it."""
    filled = NEW_BRANCH.read(asked)
    return await _keep_branch(filled, filled.optional("code", str) or "", is_new=True)


async def ask_branch(asked: Asked) -> Outcome:
    """Show the form of a branch that is there."""
    branch = await _branch(asked)
    filled = _of(BRANCH, branch.code).blank(asked, name=branch.name)
    return filled.page(**_around_branch(asked))


async def change_branch(asked: Asked) -> Outcome:
    """Keep its new name."""
    branch = await _branch(asked)
    return await _keep_branch(_of(BRANCH, branch.code).read(asked), branch.code, is_new=False)


async def _keep_branch(filled: Filled, code: str, *, is_new: bool) -> Outcome:
    asked = filled.asked
    around = _around_branch(asked)
    if not filled.is_sound:
        return filled.page(**around)
    order = KeepBranch(asked.me.login, filled.nonce, code, filled.value("name", str), is_new)
    act = staff_act(Function.STATIONS, code)
    return await carried_out(filled, act, order, around, path="/branches", said=after.CHANGED)


async def ask_new_station(asked: Asked) -> Outcome:
    """Show the form of a new station."""
    form = await _station_form(asked, is_new=True)
    usual = {"branch": asked.me.rights.branch or ""}
    return form.blank(asked, **usual).page(**_around_station(asked))


async def make_station(asked: Asked) -> Outcome:
    """Make it."""
    filled = (await _station_form(asked, is_new=True)).read(asked)
    return await _keep_station(filled, filled.optional("code", str) or "", is_new=True)


async def ask_station(asked: Asked) -> Outcome:
    """Show the form of a station that is there."""
    station = await _station(asked)
    form = _of(await _station_form(asked, is_new=False), station.code)
    state = "open" if station.is_open else "closed"
    filled = form.blank(asked, name=station.name, branch=station.branch, state=state)
    return filled.page(**_around_station(asked))


async def change_station(asked: Asked) -> Outcome:
    """Keep what was changed."""
    station = await _station(asked)
    form = _of(await _station_form(asked, is_new=False), station.code)
    return await _keep_station(form.read(asked), station.code, is_new=False)


async def _keep_station(filled: Filled, code: str, *, is_new: bool) -> Outcome:
    asked = filled.asked
    around = _around_station(asked)
    if not filled.is_sound:
        return filled.page(**around)
    order = KeepStation(
        asked.me.login,
        filled.nonce,
        code,
        filled.value("name", str),
        filled.value("branch", str),
        is_open=is_new or filled.value("state", str) == "open",
        is_new=is_new,
    )
    act = staff_act(Function.STATIONS, code)
    return await carried_out(filled, act, order, around, path="/stations", said=after.CHANGED)


def _of(form: Form, code: str) -> Form:
    """Name in the form's lead what it changes: the code stands there, and stays."""
    return replace(form, lead=code)


ROUTES: Final = (
    Route("GET", "/branches/new", _KEEPS, ask_new_branch),
    Route("POST", "/branches/new", _KEEPS, make_branch),
    Route("GET", "/branches/<code>", _KEEPS, ask_branch),
    Route("POST", "/branches/<code>", _KEEPS, change_branch),
    Route("GET", "/stations/new", _KEEPS, ask_new_station),
    Route("POST", "/stations/new", _KEEPS, make_station),
    Route("GET", "/stations/<code>", _KEEPS, ask_station),
    Route("POST", "/stations/<code>", _KEEPS, change_station),
)
