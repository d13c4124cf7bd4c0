"""The office's gate: finds who holds a session, and writes down who was sent away."""

from __future__ import annotations

import binascii
import hmac
import logging
from base64 import urlsafe_b64decode
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from admin_web.answers import NoRight, NotThere
from admin_web.pages.account import AUTHENTICATOR, PASSWORD
from admin_web.route import Right
from admin_web.visitor import Visitor
from gateway.core.authority import Function, Level
from gateway.core.diary import Action, Actor
from gateway.core.office import NotDone
from gateway.core.session import Stage, session_id
from gateway.core.staff import rights_of
from gateway.core.timeline import microseconds
from gateway.core.views_staff import SignedInAs
from gateway.events import event
from gateway.office.authorised import Act, Authorised
from gateway.office.note_act import NoteAct, NotePrint, NoteRefusal
from gateway.ports import LedgerBusy, OutcomeUnknown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from admin_web.route import Printed, Refused, Taken
    from gateway.core.views_staff import SignedInPerson
    from gateway.ports import Poster, Views

log = logging.getLogger("powertill.office")

#: Where she is held who may not go on yet.
HELD_AT: Final = {Stage.FULL: "", Stage.SET_PASSWORD: PASSWORD, Stage.ENROL: AUTHENTICATOR}

#: Octets of a cookie's secret: nobody guesses 256 bits.
COOKIE_OCTETS: Final = 32

#: Seconds after which it is written down again that somebody is there: a quarter of an hour is measured.
_SEEN_EVERY_US: Final = 60 * 1_000_000

#: How long the same refusal, or the same page printed, is not written down again.
_TOLD_EVERY_US: Final = 60 * 1_000_000


class OfficeGate:
    """Obeys ``admin_web.needs.Gate``; ``seen`` notes a session's last request, elsewhere."""

    def __init__(  # noqa: PLR0913 - all that a gate depends on, all of it named
        self,
        *,
        views: Views,
        poster: Poster,
        seen: Callable[[str, int], Awaitable[Any]],
        now: Callable[[], datetime],
        zone: ZoneInfo,
        currency: str,
        secret: bytes,
    ) -> None:
        self._views = views
        self._poster = poster
        self._seen = seen
        self._now = now
        self._zone = zone
        self._currency = currency
        self._secret = secret
        self._minute = 0
        self._told: set[tuple[str, Refused | Printed]] = set()

    async def visitor(self, cookie: str, *, is_seen: bool = True) -> Visitor | None:
        """See ``Gate``: None for a session that is none, is over, was ended, or whose person has left."""
        session = _session_of(cookie)
        if session is None:
            return None
        found = await self._views.rows(SignedInAs(session))
        if not found:
            return None
        (person,) = found
        at_us = microseconds(self._now())
        if not (person.session.stands(at_us) and person.operator.is_valid(at_us)):
            return None
        if is_seen and at_us - person.session.seen_us > _SEEN_EVERY_US:
            await self._seen(session, at_us)
        return self._visitor(person)

    def _visitor(self, person: SignedInPerson) -> Visitor:
        operator, session = person.operator, person.session
        return Visitor(
            login=operator.login,
            name=operator.name,
            rights=rights_of(operator, {role.code: role for role in person.roles}),
            language=operator.language,
            zone=self._zone,
            currency=self._currency,
            session_id=session.id,
            csrf_secret=hmac.digest(self._secret, f"forms {session.id}".encode(), "sha256"),
            held_at=HELD_AT[session.stage],
            station=person.station,
        )

    async def refused(self, visitor: Visitor, refused: Refused) -> None:
        """See ``Gate``. A diary that cannot be written lets nobody in who was sent away.

        One session's refusals of one route stand there once a minute, with the first path: who asks again and
        again, for this customer and for that one, fills no sealed chain.
        """
        same = (visitor.session_id, replace(refused, path="", peer=""))
        if same in self._told_now():
            return
        # Before it is written, or a flood of the same would get in while it is.
        self._told_now().add(same)
        function = refused.function or Function.DASHBOARD
        actor = Actor(visitor.login, visitor.session_id, refused.peer, visitor.station)
        said = refused.why if refused.level is None else f"{refused.why}: {refused.level.name.lower()}"
        line = NoteRefusal(actor, function, f"{refused.method} {refused.path}", said)
        try:
            await self._poster.post(line)
        except (LedgerBusy, OutcomeUnknown) as fault:
            self._told.discard(same)
            event(log, "office.refusal_unwritten", level=logging.WARNING, raised=fault, path=refused.path)

    def _told_now(self) -> set[tuple[str, Refused | Printed]]:
        """Give what was told in this minute."""
        minute = microseconds(self._now()) // _TOLD_EVERY_US
        if minute != self._minute:
            self._minute = minute
            self._told.clear()
        return self._told

    async def exported(self, visitor: Visitor, taken: Taken) -> None:
        """See ``Gate``: the line stands before anything goes out."""
        actor = Actor(visitor.login, visitor.session_id, taken.peer, visitor.station)
        subject, function = taken.listing, Function.EXPORT
        act = Act(function, "", "", subject, needs_reason=False, level=Level.DO, action=Action.EXPORT)
        content = await self._poster.post(Authorised(actor, act, NoteAct(subject, taken.detail)))
        if isinstance(content, NotDone):
            raise NoRight(Right(Function.EXPORT, Level.DO))

    async def printed(self, visitor: Visitor, printed: Printed) -> None:
        """See ``Gate``: it returns once the line stands, and only then is it told."""
        same = (visitor.session_id, replace(printed, peer=""))
        if same in self._told_now():
            return
        actor = Actor(visitor.login, visitor.session_id, printed.peer, visitor.station)
        right = None if printed.right is None else (printed.right.function, printed.right.level)
        note = NotePrint(actor, right, printed.subject, printed.filters, printed.pattern)
        content = await self._poster.post(note)
        if isinstance(content, NotDone):
            raise NotThere if printed.right is None else NoRight(printed.right)
        self._told_now().add(same)


def _session_of(cookie: str) -> str | None:
    """Name the session of a cookie; None for one that none of ours can be."""
    try:
        secret = urlsafe_b64decode(cookie.encode("ascii") + b"=")
    except (binascii.Error, ValueError):
        return None
    return session_id(secret) if len(secret) == COOKIE_OCTETS else None
