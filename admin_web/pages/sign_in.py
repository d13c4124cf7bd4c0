"""Signing in and out. Whatever was wrong, one sentence is said: nobody learns here which logins there are."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Final

from admin_web.acting import actor_of
from admin_web.answers import Redirect
from admin_web.cookies import SESSION_COOKIE, Cookie
from admin_web.device import device_cookie, known_device
from admin_web.fields import Field
from admin_web.forms import Form
from admin_web.going_on import NEXT, wanted_by, wanted_in
from admin_web.route import PUBLIC, SIGNED_IN, Route
from admin_web.words import msg
from gateway.core.office_answer import SignedIn
from gateway.core.session import Stage, session_id
from gateway.core.staff import LOGIN
from gateway.core.views_staff import Operators
from gateway.office.compare_proof import Tried, compare_proof
from gateway.office.sign_in import EndSessions, SignIn
from gateway.office.throttle import Throttle, network_of
from gateway.ports import LedgerBusy, TooManyAtOnce

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from gateway.core.staff import Operator
    from gateway.office.sign_in import Proof

#: Octets of a session's secret: nobody guesses 256 bits.
_SECRET_OCTETS: Final = 32

WRONG: Final = msg(
    "The login, the password or the code is not right. After several attempts signing in is held back for up "
    "to 15 minutes: then wait, and try once more."
)
TOO_OFTEN: Final = msg("From this place too many attempts have failed. Wait a quarter of an hour.")

FORM: Final = Form(
    msg("Sign in"),
    msg("Sign in"),
    (
        Field("login", msg("Login"), autocomplete="username", length_max=32),
        Field("password", msg("Password"), "password", autocomplete="current-password", length_max=128),
        Field(
            "code",
            msg("Code"),
            hint=msg("The six digits of your authenticator, if you have one."),
            is_required=False,
            autocomplete="one-time-code",
            length_max=12,
        ),
        NEXT,
    ),
)


async def ask(asked: Asked) -> Outcome:
    """Show the form; whoever is signed in already goes on."""
    wanted = wanted_in(asked)
    if asked.visitor is not None:
        return Redirect(wanted or "/")
    return FORM.blank(asked, next=wanted).page("sign_in.html")


async def send(asked: Asked) -> Outcome:
    """Compare, and let in or not; nothing is compared where this place or this device must wait."""
    filled = FORM.read(asked)
    if not filled.is_sound:
        return filled.page("sign_in.html")
    tried = Tried()
    try:
        return await _try(asked, filled, tried)
    except (TooManyAtOnce, LedgerBusy):
        tried.end(Throttle.taken_back)
        raise


async def _try(asked: Asked, filled: Filled, tried: Tried) -> Outcome:
    login = filled.value("login", str).lower()
    device, network = known_device(asked, login), network_of(asked.peer)
    if device is None and not tried.begins(asked.office.throttle, (network,)):
        return filled.refused(TOO_OFTEN).page("sign_in.html")
    operator = await _operator(asked, login)
    # With the version: a new password from an administrator begins anew.
    version = "" if operator is None else str(operator.version)
    if not tried.begins(asked.office.tries, (login, version, f"device {device}" if device else network)):
        return filled.refused(WRONG).page("sign_in.html")
    proof = await _proof(asked, operator, filled.value("password", str), filled.optional("code", str) or "")
    secret, policy = secrets.token_bytes(_SECRET_OCTETS), asked.office.enrol_policy
    command = SignIn(login, session_id(secret), asked.peer, proof, policy, is_known=device is not None)
    content = await asked.office.poster.post(command)
    if not isinstance(content, SignedIn):
        return filled.refused(WRONG).page("sign_in.html")
    tried.end(Throttle.succeeded)
    cookies = [Cookie(SESSION_COOKIE, urlsafe_b64encode(secret).decode().rstrip("="))]
    if content.session.stage is not Stage.SET_PASSWORD:
        # Not with a password that an administrator knows as well: the device could be his.
        cookies.append(device_cookie(asked, login))
    return Redirect(wanted_by(filled) or "/", cookies=tuple(cookies))


async def _operator(asked: Asked, login: str) -> Operator | None:
    """Find her; what cannot be a login is not looked for."""
    if LOGIN.fullmatch(login) is None:
        return None
    found = await asked.office.at_the_door.rows(Operators(login=login))
    return found[0] if found else None


async def _proof(asked: Asked, operator: Operator | None, password: str, code: str) -> Proof | None:
    """Compare what she typed."""
    office = asked.office
    return await compare_proof(
        operator, password, code, passwords=office.passwords, codes=office.authenticators, now=office.now
    )


async def leave(asked: Asked) -> Outcome:
    """End the session, and take the cookie away."""
    actor = actor_of(asked)
    await asked.office.poster.post(EndSessions(actor, actor.login, only=actor.session))
    return Redirect("/sign-in", cookies=(Cookie(SESSION_COOKIE, "", lasts_s=0),))


ROUTES: Final = (
    Route("GET", "/sign-in", PUBLIC, ask),
    Route("POST", "/sign-in", PUBLIC, send),
    Route("POST", "/sign-out", SIGNED_IN, leave),
)
