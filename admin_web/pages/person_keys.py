"""What somebody signs in with, and what she may do: roles, password, authenticator, sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web import said_after as after
from admin_web.acting import actor_of
from admin_web.answers import Redirect
from admin_web.fields import REASON, Field
from admin_web.forms import First, Form
from admin_web.order_form import carried_out, staff_act
from admin_web.pages.person import found
from admin_web.pages.person_forms import DOES, about, around, version_of
from admin_web.route import Right, Route
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.hidden import NOTHING_HIDDEN
from gateway.core.password_rule import password_fault
from gateway.core.views_staff import Roles
from gateway.office.manage_staff import SetAuthenticator, SetPassword
from gateway.office.orders import act_of
from gateway.office.rights_orders import GiveRolesOrder, seen_of
from gateway.office.sign_in import EndSessions

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from gateway.core.books import Command
    from gateway.core.staff import Operator

_GIVES: Final = Right(Function.ROLES, Level.DO)

#: Before a role's code in the name of its field.
_ROLE: Final = "role."

_KEPT: Final = Field("version", "version", "kept", length_max=20)

NOT_TWICE: Final = msg("The two are not the same.")

PASSWORD: Final = Form(
    msg("Set a password"),
    msg("Set the password"),
    (
        Field(
            "new",
            msg("New password"),
            "password",
            hint=msg("At least 10 characters. It is good for one signing in, and then has to be changed."),
            autocomplete="new-password",
            length_max=128,
        ),
        Field("again", msg("New password again"), "password", autocomplete="new-password", length_max=128),
        REASON,
        _KEPT,
    ),
)
AUTHENTICATOR: Final = Form(
    msg("Take the authenticator away"),
    msg("Take it away"),
    (REASON, _KEPT),
    lead=msg("For somebody who has lost the telephone. Make sure that it is really this person who asks."),
)
SESSIONS: Final = Form(
    msg("Sign out everywhere"),
    msg("Sign out"),
    (REASON,),
    lead=msg("All browsers where this login is signed in have to sign in again."),
)


async def _role_form(asked: Asked) -> Form:
    """Declare a tick for each role."""
    rows = await asked.office.views.rows(Roles())
    ticks = tuple(Field(f"{_ROLE}{row.role.code}", row.role.name, "check", is_required=False) for row in rows)
    lead = msg(
        "These roles and no others. A second person has to approve it, who is not the one that gets them."
    )
    first = First(
        msg("There is no role yet that could be given. Make one first."), msg("New role"), "/roles/new"
    )
    fields = (*ticks, REASON, _KEPT)
    return Form(msg("Give roles"), msg("Give these roles"), fields, lead, first=None if ticks else first)


async def ask_roles(asked: Asked) -> Outcome:
    """Show which she has."""
    operator = await found(asked)
    had = {f"{_ROLE}{code}": "yes" for code in operator.roles}
    filled = (await _role_form(asked)).blank(asked, version=str(operator.version), **had)
    return _shown(filled, operator)


async def give_roles(asked: Asked) -> Outcome:
    """Give her these and no others."""
    operator = await found(asked)
    filled = (await _role_form(asked)).read(asked)
    if not filled.is_sound:
        return _shown(filled, operator)
    ticked = tuple(
        one.field.name.removeprefix(_ROLE)
        for one in filled.entered
        if one.field.kind == "check" and one.value is True
    )
    roles = {row.role.code: row.role for row in await asked.office.views.rows(Roles())}
    seen = seen_of(operator.roles, ticked, roles)
    order = GiveRolesOrder(operator.login, version_of(filled), ",".join(ticked), filled.nonce, seen)
    act = act_of(order, filled.value("reason", str))
    command = order.command(asked.me.login, act.reason)
    shown, path = _around(filled, operator), f"/operators/{operator.login}"
    return await carried_out(
        filled, act, command, shown, path=path, said=after.CHANGED, template="form_about.html"
    )


async def ask_password(asked: Asked) -> Outcome:
    """Ask for it; hers by herself is set on her own page."""
    operator = await found(asked)
    if operator.login == asked.me.login:
        return Redirect("/account/password")
    return _shown(PASSWORD.blank(asked, version=str(operator.version)), operator)


async def set_password(asked: Asked) -> Outcome:
    """Set it, if it is fit; it is good for choosing another one."""
    operator = await found(asked)
    if operator.login == asked.me.login:
        return Redirect("/account/password")
    filled = PASSWORD.read(asked)
    if filled.is_sound:
        filled = _fit(filled, operator.login)
    if not filled.is_sound:
        return _shown(filled, operator)
    hashed = await asked.office.passwords.hashed(filled.value("new", str))
    order = SetPassword(asked.me.login, filled.nonce, operator.login, version_of(filled), hashed)
    return await _ordered(filled, operator, order, after.PASSWORD_SET)


def _fit(filled: Filled, login: str) -> Filled:
    """Refuse a password that is weak, or mistyped."""
    refusal = password_fault(filled.value("new", str), login)
    if refusal is not None:
        return filled.refused(refusal.value, "new")
    same = filled.value("new", str) == filled.value("again", str)
    return filled if same else filled.refused(NOT_TWICE, "again")


async def ask_authenticator(asked: Asked) -> Outcome:
    """Ask why."""
    operator = await found(asked)
    return _shown(AUTHENTICATOR.blank(asked, version=str(operator.version)), operator)


async def take_authenticator(asked: Asked) -> Outcome:
    """Take it away."""
    operator = await found(asked)
    filled = AUTHENTICATOR.read(asked)
    if not filled.is_sound:
        return _shown(filled, operator)
    order = SetAuthenticator(asked.me.login, filled.nonce, operator.login, version_of(filled), NOTHING_HIDDEN)
    return await _ordered(filled, operator, order, after.AUTHENTICATOR_GONE)


async def ask_sessions(asked: Asked) -> Outcome:
    """Ask why."""
    return _shown(SESSIONS.blank(asked), await found(asked))


async def end_sessions(asked: Asked) -> Outcome:
    """End all of hers."""
    operator = await found(asked)
    filled = SESSIONS.read(asked)
    if not filled.is_sound:
        return _shown(filled, operator)
    order = EndSessions(actor_of(asked), operator.login)
    return await _ordered(filled, operator, order, after.SIGNED_OUT)


def _shown(filled: Filled, operator: Operator) -> Outcome:
    return filled.page("form_about.html", **_around(filled, operator))


def _around(filled: Filled, operator: Operator) -> dict[str, object]:
    return {"about": about(operator), **around(filled.asked, operator.login)}


async def _ordered(
    filled: Filled,
    operator: Operator,
    order: Command,
    said: str,
) -> Outcome:
    act = staff_act(Function.OPERATORS, operator.login, filled.value("reason", str))
    shown, path = _around(filled, operator), f"/operators/{operator.login}"
    return await carried_out(filled, act, order, shown, path=path, said=said, template="form_about.html")


ROUTES: Final = (
    Route("GET", "/operators/<login>/roles", _GIVES, ask_roles),
    Route("POST", "/operators/<login>/roles", _GIVES, give_roles),
    Route("GET", "/operators/<login>/password", DOES, ask_password),
    Route("POST", "/operators/<login>/password", DOES, set_password),
    Route("GET", "/operators/<login>/authenticator", DOES, ask_authenticator),
    Route("POST", "/operators/<login>/authenticator", DOES, take_authenticator),
    Route("GET", "/operators/<login>/sessions", DOES, ask_sessions),
    Route("POST", "/operators/<login>/sessions", DOES, end_sessions),
)
