"""Enter people and change what is known of them. Nobody is deleted, and nobody lets herself go."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from admin_web import said_after as after
from admin_web.fields import REASON, Field
from admin_web.forms import Form
from admin_web.order_form import carried_out, staff_act
from admin_web.pages.person import found
from admin_web.pages.places import branch_choices
from admin_web.people_words import LANGUAGE_CHOICES
from admin_web.route import Right, Route
from admin_web.spans import end_us
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.person import PERSON_MAX
from gateway.core.staff import StaffState
from gateway.core.timeline import moment_of
from gateway.office.manage_staff import ChangeOperator, EnterOperator

if TYPE_CHECKING:
    from datetime import date

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from gateway.core.staff import Operator

DOES: Final = Right(Function.OPERATORS, Level.DO)

_LOGIN: Final = Field(
    "login",
    msg("Login"),
    hint=msg(
        "2 to 32 small letters, digits, dots and dashes; begins with a letter. It is never given again."
    ),
    length_max=32,
)
_NAME: Final = Field("name", msg("Name"), length_max=PERSON_MAX)
_LANGUAGE: Final = Field("language", msg("Language"), "choice", choices=LANGUAGE_CHOICES)
_UNTIL: Final = Field(
    "until",
    msg("May come until"),
    "day",
    hint=msg("The last day, for somebody who is here for a while."),
    is_required=False,
)


async def _fields(asked: Asked) -> tuple[Field, ...]:
    """Declare what is known of somebody; whoever belongs to a branch enters people of that branch.

    Where there is no branch yet, nobody is asked for one.
    """
    choices = await branch_choices(asked)
    branch = Field(
        "branch",
        msg("Branch"),
        "choice" if choices else "kept",
        hint=msg("Left empty: all branches."),
        choices=choices,
        is_required=asked.me.rights.branch is not None,
    )
    return (_NAME, branch, _LANGUAGE, _UNTIL)


def around(asked: Asked, login: str = "") -> dict[str, object]:
    """Give what stands around a form about people: the way back."""
    crumbs = [(asked.words.say(msg("Operators")), "/operators")]
    back = f"/operators/{login}" if login else "/operators"
    if login:
        crumbs.append((login, back))
    return {"back": back, "crumbs": tuple(crumbs)}


def about(operator: Operator) -> tuple[tuple[str, str], ...]:
    """Say whom a form is about."""
    return ((msg("Login"), operator.login), (msg("Name"), operator.name))


async def ask_enter(asked: Asked) -> Outcome:
    """Ask whom."""
    form = await _enter_form(asked)
    usual = {"branch": asked.me.rights.branch or "", "language": asked.me.language}
    return form.blank(asked, **usual).page(**around(asked))


async def enter(asked: Asked) -> Outcome:
    """Enter her."""
    filled = (await _enter_form(asked)).read(asked)
    if not filled.is_sound:
        return filled.page(**around(asked))
    login = filled.value("login", str)
    order = EnterOperator(
        asked.me.login,
        filled.nonce,
        login,
        filled.value("name", str),
        branch=filled.optional("branch", str),
        language=filled.value("language", str),
        valid_until_us=_until_us(filled),
    )
    act = staff_act(Function.OPERATORS, login)
    return await carried_out(
        filled, act, order, around(asked), path=f"/operators/{login}", said=after.ENTERED
    )


async def _enter_form(asked: Asked) -> Form:
    fields = (_LOGIN, *await _fields(asked))
    return Form(msg("Enter somebody"), msg("Enter"), fields)


async def _change_form(asked: Asked) -> Form:
    version = Field("version", "version", "kept", length_max=20)
    return Form(msg("Change what is known"), msg("Keep the change"), (*await _fields(asked), version))


async def ask_change(asked: Asked) -> Outcome:
    """Show what is known of her."""
    operator = await found(asked)
    until = ""
    if operator.valid_until_us is not None:
        last = moment_of(operator.valid_until_us).astimezone(asked.me.zone) - timedelta(microseconds=1)
        until = last.date().isoformat()
    usual = {
        "name": operator.name,
        "branch": operator.branch or "",
        "language": operator.language,
        "until": until,
        "version": str(operator.version),
    }
    filled = (await _change_form(asked)).blank(asked, **usual)
    return filled.page("form_about.html", about=about(operator)[:1], **around(asked, operator.login))


async def change(asked: Asked) -> Outcome:
    """Keep what was changed of her."""
    operator = await found(asked)
    filled = (await _change_form(asked)).read(asked)
    shown = {"about": about(operator)[:1], **around(asked, operator.login)}
    if not filled.is_sound:
        return filled.page("form_about.html", **shown)
    order = ChangeOperator(
        asked.me.login,
        filled.nonce,
        operator.login,
        version_of(filled),
        name=filled.value("name", str),
        branch=filled.optional("branch", str),
        language=filled.value("language", str),
        valid_until_us=_until_us(filled),
        state=operator.state,
    )
    act = staff_act(Function.OPERATORS, operator.login)
    path = f"/operators/{operator.login}"
    return await carried_out(
        filled, act, order, shown, path=path, said=after.CHANGED, template="form_about.html"
    )


_KEPT: Final = Field("version", "version", "kept", length_max=20)
LEAVE: Final = Form(
    msg("Mark as left"),
    msg("Mark as left"),
    (REASON, _KEPT),
    lead=msg("Nobody can sign in with this login any more, and open sessions end. The diary keeps the name."),
)
BACK: Final = Form(
    msg("Take back"),
    msg("Take back"),
    (REASON, _KEPT),
    lead=msg(
        "The login has neither roles nor a password then: roles take a second person, and a password has"
        " to be set."
    ),
)


async def ask_leave(asked: Asked) -> Outcome:
    """Ask why."""
    return await _ask_state(asked, LEAVE)


async def ask_back(asked: Asked) -> Outcome:
    """Ask why."""
    return await _ask_state(asked, BACK)


async def leave(asked: Asked) -> Outcome:
    """Let her go."""
    return await _set_state(asked, LEAVE, StaffState.LEFT, after.LEFT)


async def take_back(asked: Asked) -> Outcome:
    """Take her back."""
    return await _set_state(asked, BACK, StaffState.ACTIVE, after.BACK)


async def _ask_state(asked: Asked, form: Form) -> Outcome:
    operator = await found(asked)
    filled = form.blank(asked, version=str(operator.version))
    return filled.page("form_about.html", about=about(operator), **around(asked, operator.login))


async def _set_state(asked: Asked, form: Form, state: StaffState, said: str) -> Outcome:
    operator = await found(asked)
    filled = form.read(asked)
    shown = {"about": about(operator), **around(asked, operator.login)}
    if not filled.is_sound:
        return filled.page("form_about.html", **shown)
    order = ChangeOperator(
        asked.me.login,
        filled.nonce,
        operator.login,
        version_of(filled),
        name=operator.name,
        branch=operator.branch,
        language=operator.language,
        valid_until_us=operator.valid_until_us,
        state=state,
    )
    act = staff_act(Function.OPERATORS, operator.login, filled.value("reason", str))
    path = f"/operators/{operator.login}"
    return await carried_out(filled, act, order, shown, path=path, said=said, template="form_about.html")


def version_of(filled: Filled) -> int:
    """Give the version that was looked at; one that is no number is none that there is."""
    written = filled.optional("version", str) or ""
    return int(written) if written.isascii() and written.isdigit() else 0


def _until_us(filled: Filled) -> int | None:
    day: date | None = next(one.value for one in filled.entered if one.field.name == "until")  # type: ignore[assignment]  # the field is a day
    return end_us(day, filled.asked.me.zone)


ROUTES: Final = (
    Route("GET", "/operators/new", DOES, ask_enter),
    Route("POST", "/operators/new", DOES, enter),
    Route("GET", "/operators/<login>/change", DOES, ask_change),
    Route("POST", "/operators/<login>/change", DOES, change),
    Route("GET", "/operators/<login>/leave", DOES, ask_leave),
    Route("POST", "/operators/<login>/leave", DOES, leave),
    Route("GET", "/operators/<login>/back", DOES, ask_back),
    Route("POST", "/operators/<login>/back", DOES, take_back),
)
