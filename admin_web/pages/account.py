"""Her own account: who she is here, her password, her authenticator, where she is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.acting import actor_of, ordered_of_herself, refusal_in
from admin_web.answers import Page, Redirect
from admin_web.fields import Field
from admin_web.forms import Form
from admin_web.going_on import NEXT, wanted_by, wanted_in
from admin_web.notice import redirect_with
from admin_web.route import SIGNED_IN, Route
from admin_web.words import msg
from gateway.core.hidden import NOTHING_HIDDEN, Hidden
from gateway.core.password_rule import normal, password_fault
from gateway.core.timeline import microseconds, moment_of
from gateway.core.views_staff import Operators, Roles, Sessions
from gateway.office.manage_staff import SetAuthenticator, SetPassword
from gateway.office.sign_in import EndSessions
from gateway.ports import TooManyAtOnce

if TYPE_CHECKING:
    from datetime import datetime

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from gateway.core.session import Session
    from gateway.core.staff import Operator

ACCOUNT: Final = "/account"
PASSWORD: Final = "/account/password"  # noqa: S105 - a path, not a secret
AUTHENTICATOR: Final = "/account/authenticator"

PASSWORD_SET: Final = msg("The password is changed. Your other sessions have ended.")
ENROLLED: Final = msg("The authenticator is enrolled: from now on signing in asks for its code.")
OTHERS_ENDED: Final = msg("Your other sessions have ended.")

WRONG_PASSWORD: Final = msg("This is not your present password.")
NOT_TWICE: Final = msg("The two are not the same.")
WRONG_CODE: Final = msg("The code does not fit. Look at the telephone's clock, and type the next code.")

PASSWORD_FORM: Final = Form(
    msg("Change the password"),
    msg("Change the password"),
    (
        Field("now", msg("Present password"), "password", autocomplete="current-password", length_max=128),
        Field(
            "new",
            msg("New password"),
            "password",
            hint=msg("At least 10 characters; several words are better than one strange one."),
            autocomplete="new-password",
            length_max=128,
        ),
        Field("again", msg("New password again"), "password", autocomplete="new-password", length_max=128),
        NEXT,
    ),
)

AUTHENTICATOR_FORM: Final = Form(
    msg("Enrol an authenticator"),
    msg("Enrol"),
    (
        Field("now", msg("Present password"), "password", autocomplete="current-password", length_max=128),
        Field(
            "code",
            msg("Code"),
            hint=msg("The six digits that the telephone shows now."),
            autocomplete="one-time-code",
            length_max=12,
        ),
        Field("sealed", msg("The authenticator"), "kept", length_max=500),
        NEXT,
    ),
)


async def account(asked: Asked) -> Outcome:
    """Show who she is here, and where she is signed in."""
    me, views = asked.me, asked.office.views
    operator = await _herself(asked)
    sessions = await views.rows(Sessions(me.login, microseconds(asked.office.now())))
    names = {row.role.code: row.role.name for row in await views.rows(Roles())}
    values = {
        "title": asked.words.say(msg("My account")),
        "crumbs": (),
        "operator": operator,
        "roles": [names.get(code, code) for code in operator.roles],
        "sessions": [_session_row(one, me.session_id) for one in sessions],
    }
    return Page("account.html", values)


async def ask_password(asked: Asked) -> Outcome:
    """Show the form for another password."""
    return PASSWORD_FORM.blank(asked, next=wanted_in(asked)).page("account_form.html", back=_back(asked))


async def set_password(asked: Asked) -> Outcome:
    """Set it, if she knows the present one and the new one is fit."""
    filled = PASSWORD_FORM.read(asked)
    if filled.is_sound:
        filled = _fit(filled, asked.me.login)
    operator = await _herself(asked)
    if filled.is_sound and not await _knows(asked, filled, operator):
        filled = filled.refused(WRONG_PASSWORD, "now")
    if not filled.is_sound:
        return filled.page("account_form.html", back=_back(asked))
    hashed = await asked.office.passwords.hashed(normal(filled.value("new", str)))
    command = SetPassword(asked.me.login, filled.nonce, asked.me.login, operator.version, hashed)
    return await _done(asked, filled, command, PASSWORD_SET)


async def ask_authenticator(asked: Asked) -> Outcome:
    """Draw a secret, and show it for the telephone."""
    secret = asked.office.authenticators.drawn()
    sealed = asked.office.authenticators.sealed(asked.me.login, secret)
    filled = AUTHENTICATOR_FORM.blank(asked, sealed=sealed.reveal(), next=wanted_in(asked))
    return _with_picture(asked, filled, secret)


async def enrol(asked: Asked) -> Outcome:
    """Keep the authenticator whose code she has typed."""
    filled = AUTHENTICATOR_FORM.read(asked)
    kept = Hidden(filled.optional("sealed", str) or "")
    authenticators = asked.office.authenticators
    secret = authenticators.opened(asked.me.login, kept)
    if secret is None:  # another person's, or of yesterday's key: draw a new one
        return Redirect(AUTHENTICATOR)
    operator = await _herself(asked)
    if filled.is_sound and not await _knows(asked, filled, operator):
        filled = filled.refused(WRONG_PASSWORD, "now")
    step = authenticators.step_of(secret, filled.optional("code", str) or "", asked.office.now())
    if filled.is_sound and step is None:
        filled = filled.refused(WRONG_CODE, "code")
    if not filled.is_sound or step is None:
        return _with_picture(asked, filled, secret)
    login = asked.me.login
    command = SetAuthenticator(login, filled.nonce, login, operator.version, kept, step)
    return await _done(asked, filled, command, ENROLLED)


async def end_others(asked: Asked) -> Outcome:
    """End all her sessions but this one."""
    actor = actor_of(asked)
    await asked.office.poster.post(EndSessions(actor, actor.login, but=actor.session))
    return redirect_with(asked, ACCOUNT, asked.words.say(OTHERS_ENDED))


def _session_row(one: Session, this: str) -> tuple[datetime, datetime, str, bool]:
    """Give since when, last seen when, from where, and whether it is this one."""
    return moment_of(one.began_us), moment_of(one.seen_us), one.address, one.id == this


async def _herself(asked: Asked) -> Operator:
    (operator,) = await asked.office.views.rows(Operators(login=asked.me.login))
    return operator


async def _knows(asked: Asked, filled: Filled, operator: Operator) -> bool:
    """Does she know her present password? Whoever found the screen open does not; guesses are counted."""
    tries, place = asked.office.tries, (asked.me.login, "her own account")
    if not tries.begins(place):
        return False
    typed = normal(filled.value("now", str))
    try:
        knows = await asked.office.passwords.fits(operator.password or NOTHING_HIDDEN, typed)
    except TooManyAtOnce:
        tries.taken_back(place)
        raise
    if knows:
        tries.succeeded(place)
    return knows


def _fit(filled: Filled, login: str) -> Filled:
    """Refuse a new password that is weak, or mistyped."""
    fault = password_fault(filled.value("new", str), login)
    if fault is not None:
        return filled.refused(fault.value, "new")
    same = filled.value("new", str) == filled.value("again", str)
    return filled if same else filled.refused(NOT_TWICE, "again")


def _with_picture(asked: Asked, filled: Filled, secret: Hidden) -> Page:
    address = asked.office.authenticators.address(asked.me.login, secret)
    letters = secret.reveal()
    groups = " ".join(letters[at : at + 4] for at in range(0, len(letters), 4))
    values = {"picture": asked.office.pictures.qr(address.reveal()), "letters": groups, "back": _back(asked)}
    return filled.page("authenticator.html", **values)


async def _done(asked: Asked, filled: Filled, command: SetPassword | SetAuthenticator, told: str) -> Outcome:
    content = await ordered_of_herself(asked, command)
    refusal = refusal_in(asked, content)
    if refusal is not None:
        return filled.refused(refusal).page("account_form.html", back=_back(asked))
    # Who was led here on her way goes on to where she wanted to be.
    return redirect_with(asked, wanted_by(filled) or ACCOUNT, asked.words.say(told))


def _back(asked: Asked) -> str | None:
    """Where "cancel" leads; nowhere while she is held at the form."""
    return None if asked.me.held_at else ACCOUNT


ROUTES: Final = (
    Route("GET", ACCOUNT, SIGNED_IN, account),
    Route("GET", PASSWORD, SIGNED_IN, ask_password),
    Route("POST", PASSWORD, SIGNED_IN, set_password),
    Route("GET", AUTHENTICATOR, SIGNED_IN, ask_authenticator),
    Route("POST", AUTHENTICATOR, SIGNED_IN, enrol),
    Route("POST", "/account/sessions", SIGNED_IN, end_others),
)
