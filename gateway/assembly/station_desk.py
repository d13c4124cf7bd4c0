"""Lets card stations and their cashiers in, and gives their orders: ``endpoints.station_needs.Desk``.

A session of a station is bound to it: what is kept is the hash of the secret and of the station's code, so a
secret that was taken along opens nothing at another station, nor any page in a browser.
"""

from __future__ import annotations

import binascii
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as TimedOut

from adapters.keys.station_authority import RequestFault
from gateway.core.authority import Function, Level
from gateway.core.diary import Actor
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import SignedIn, StationCertified
from gateway.core.outcome import TokensWanted
from gateway.core.session import Stage, session_id
from gateway.core.staff import LOGIN, rights_of
from gateway.core.station_certificate import code_digest
from gateway.core.timeline import microseconds
from gateway.core.token import IssuerRefusal
from gateway.core.views_staff import Operators, SignedInAs
from gateway.core.views_stations import StationCodeKnown
from gateway.endpoints.bank_posting import ISSUER_DEADLINE_S, PREPARED_MAX
from gateway.endpoints.station_needs import Clerk, SignedInHere, Turned
from gateway.endpoints.station_said import refusal, turned_of
from gateway.office.authorised import Act, Authorised
from gateway.office.card_orders import TakeOffOrder
from gateway.office.compare_proof import Tried, compare_proof
from gateway.office.keep_certificates import EnrolStation, RenewCertificate
from gateway.office.orders import act_of
from gateway.office.sign_in import EndSessions, SignIn
from gateway.office.throttle import Pace, Throttle, network_of
from gateway.ports import LedgerBusy, TooManyAtOnce
from gateway.prepayment.take_off_card import TakeOffCard

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from adapters.keys.station_authority import StationAuthority
    from gateway.core.books import Command
    from gateway.core.outcome import Content
    from gateway.core.session import EnrolPolicy
    from gateway.core.station_certificate import StationCertificate
    from gateway.core.views_staff import SignedInPerson
    from gateway.core.views_stations import KnownStation
    from gateway.endpoints.station_needs import Caller, Deed, Proven
    from gateway.office.compare_proof import ComparesPasswords, ReadsCodes
    from gateway.ports import Clock, Poster, TokenIssuer, Views

#: Codes that one address may try wrongly, until each further one waits, twice as long as the one before.
OF_CODES: Final = Pace(free=5, first_s=60.0, forgotten_s=3_600.0)

#: One cashier at one station: a caps lock, an old password, a code typed too late.
OF_CASHIER: Final = Pace(free=5, first_s=60.0, forgotten_s=86_400.0)

#: All that is tried at one station: a few cashiers sit there, and a stolen one tries many logins.
OF_STATION: Final = Pace(free=15, first_s=10.0, forgotten_s=3_600.0)

_SECRET_OCTETS: Final = 32

#: How often it is written down again that somebody is there (``assembly.gate``).
_SEEN_EVERY_US: Final = 60 * 1_000_000

WRONG: Final = Turned(
    "wrong_sign_in",
    "the login, the password or the code is not right; after several attempts wait up to 15 minutes, and "
    "try once more",
)
TRIED_TOO_OFTEN: Final = Turned(
    "tried_too_often", "too many codes were wrong here; wait a quarter of an hour"
)
_HELD: Final = {
    Stage.SET_PASSWORD: Turned(
        "set_password", "set a password of your own first: sign in to the office's pages in a browser"
    ),
    Stage.ENROL: Turned(
        "set_authenticator", "set up your authenticator first: sign in to the office's pages in a browser"
    ),
}


@dataclass(frozen=True, slots=True)
class Behind:
    """What the desk works with. ``seen`` notes a session's last request; ``policy`` is the office's."""

    views: Views
    poster: Poster
    passwords: ComparesPasswords
    codes: ReadsCodes
    seen: Callable[[str, int], Awaitable[Any]]
    issuer: TokenIssuer
    authority: StationAuthority
    policy: EnrolPolicy
    clock: Clock
    now: Callable[[], datetime]


class StationDesk:
    """Obeys ``endpoints.station_needs.Desk``."""

    def __init__(self, behind: Behind) -> None:
        self._behind = behind
        seconds = behind.clock.seconds
        self._of_codes = Throttle(seconds, OF_CODES)
        self._of_cashiers = Throttle(seconds, OF_CASHIER)
        self._of_stations = Throttle(seconds, OF_STATION)

    async def enrol(self, code: str, csr: str, address: str) -> StationCertificate | Turned:
        """See ``Desk``: a try counts until the code was right."""
        place = (network_of(address),)
        if not self._of_codes.begins(place):
            return TRIED_TOO_OFTEN
        digest = code_digest(code)
        found = await self._behind.views.rows(StationCodeKnown(digest))
        if not found:
            return refusal(OfficeRefusal.NO_STATION_CODE)
        try:
            made = self._behind.authority.signed(csr, found[0].station, self._behind.now())
        except RequestFault as fault:
            self._of_codes.taken_back(place)
            return Turned("bad_request", str(fault))
        content = await self._behind.poster.post(EnrolStation(made, address, digest))
        if isinstance(content, StationCertified):
            self._of_codes.succeeded(place)
        return _certified(content)

    async def renew(self, known: KnownStation, csr: str, address: str) -> StationCertificate | Turned:
        """See ``Desk``."""
        before = known.certificate
        try:
            made = self._behind.authority.signed(csr, before.station, self._behind.now())
        except RequestFault as fault:
            return Turned("bad_request", str(fault))
        return _certified(await self._behind.poster.post(RenewCertificate(made, address, before.number)))

    async def sign_in(self, station: str, proven: Proven, address: str) -> SignedInHere | Turned:
        """See ``Desk``."""
        tried = Tried()
        try:
            return await self._sign_in(station, proven, address, tried)
        except (TooManyAtOnce, LedgerBusy):
            tried.end(Throttle.taken_back)
            raise

    async def _sign_in(
        self, station: str, proven: Proven, address: str, tried: Tried
    ) -> SignedInHere | Turned:
        behind, login = self._behind, proven.login.strip().lower()
        if not tried.begins(self._of_stations, (station,)):
            return WRONG
        found = await behind.views.rows(Operators(login=login)) if LOGIN.fullmatch(login) else ()
        operator = found[0] if found else None
        # With the version: a new password from an administrator begins anew.
        version = "" if operator is None else str(operator.version)
        if not tried.begins(self._of_cashiers, (login, version, station)):
            return WRONG
        proof = await compare_proof(
            operator, proven.password, proven.code,
            passwords=behind.passwords, codes=behind.codes, now=behind.now,
        )  # fmt: skip
        secret = urlsafe_b64encode(secrets.token_bytes(_SECRET_OCTETS)).decode().rstrip("=")
        session = _session_of(station, secret)
        assert session is not None  # noqa: S101 - it was made a line above
        # Whoever comes with a certificate of ours is no stranger: strangers' tries hold nobody back here.
        command = SignIn(login, session, f"{station} {address}", proof, behind.policy, is_known=True)
        content = await behind.poster.post(command)
        if not isinstance(content, SignedIn):
            return WRONG
        tried.end(Throttle.succeeded)
        stage = content.session.stage
        if stage is not Stage.FULL:
            actor = Actor(login, session, address, station)
            await behind.poster.post(EndSessions(actor, login, only=session))
            return _HELD[stage]
        clerk = await self.clerk(station, secret)
        return WRONG if clerk is None else SignedInHere(clerk, secret)

    async def clerk(self, station: str, secret: str) -> Clerk | None:
        """See ``Desk``: None for a session that is none, is over, was ended, or whose person has left."""
        session = _session_of(station, secret)
        found = () if session is None else await self._behind.views.rows(SignedInAs(session))
        if session is None or not found:
            return None
        (person,) = found
        at_us = microseconds(self._behind.now())
        is_hers = person.session.stage is Stage.FULL and person.operator.is_valid(at_us)
        if not (is_hers and person.session.stands(at_us)):
            return None
        if at_us - person.session.seen_us > _SEEN_EVERY_US:
            await self._behind.seen(session, at_us)
        return _clerk(person)

    async def sign_out(self, station: str, clerk: Clerk, address: str) -> None:
        """See ``Desk``."""
        actor = Actor(clerk.login, clerk.session, address, station)
        await self._behind.poster.post(EndSessions(actor, clerk.login, only=clerk.session))

    async def give(self, caller: Caller, deed: Deed, command: Command) -> Content:
        """See ``Desk``; no_token where an issuer that must be asked first refuses or is silent."""
        clerk = caller.cashier
        act = _act_of(deed, command)
        actor = Actor(clerk.login, clerk.session, caller.address, caller.station)
        for _ in range(PREPARED_MAX + 1):
            content = await self._behind.poster.post(Authorised(actor, act, command))
            if not isinstance(content, TokensWanted):
                return content
            asking = Deferred.fromCoroutine(self._behind.issuer.prepare(content.orders))
            asking.addTimeout(ISSUER_DEADLINE_S, self._behind.clock)  # type: ignore[arg-type]  # a reactor or its like
            try:
                await asking
            except (IssuerRefusal, TimedOut):
                break
        return NotDone(OfficeRefusal.NO_TOKEN)


def _act_of(deed: Deed, command: Command) -> Act:
    """Say how authority judges what is ordered: what is taken off a card is kept for a second person."""
    if isinstance(command, TakeOffCard):
        return act_of(TakeOffOrder.of(command, deed.about, deed.amount_minor), command.reason)
    return Act(
        Function.SELLING, deed.kind, "", deed.subject, deed.amount_minor, deed.about,
        needs_reason=False, can_wait=False,
    )  # fmt: skip


def _certified(content: Content) -> StationCertificate | Turned:
    if isinstance(content, StationCertified):
        return content.certificate
    turned = turned_of(content)
    assert turned is not None  # noqa: S101 - a station is let in, or refused
    return turned


def _clerk(person: SignedInPerson) -> Clerk:
    operator = person.operator
    rights = rights_of(operator, {role.code: role for role in person.roles})
    return Clerk(
        login=operator.login,
        name=operator.name,
        language=operator.language,
        session=person.session.id,
        branch=rights.branch,
        sits_at=person.station,
        may_sell=rights.may(Function.SELLING, Level.DO),
    )


def _session_of(station: str, secret: str) -> str | None:
    """Name the session of a station's secret; None for one that none of ours can be."""
    try:
        octets = urlsafe_b64decode(secret.encode("ascii") + b"=")
    except (binascii.Error, ValueError):
        return None
    return session_id(f"station {station}\n".encode() + octets) if len(octets) == _SECRET_OCTETS else None
