"""What anybody may do with her own account: her password, her authenticator, her language, her shift.

It needs no grant, only that it is she: a session of hers that stands, for her password, her authenticator and
her language however far it goes. With a new password or authenticator the session goes on as far as it then
may, and all her other sessions end.

Refusals: signed_out, own_account, and the order's own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.core.diary import Action, DiaryLine, DiaryOutcome
from gateway.core.office import OfficeRefusal
from gateway.core.office_books import OfficeChange, OfficeNeeds
from gateway.core.session import Stage
from gateway.core.timeline import microseconds
from gateway.office.authorised import is_refusal, with_office
from gateway.office.keep_shift import CloseShift, OpenShift
from gateway.office.manage_staff import SetAuthenticator, SetLanguage, SetPassword
from gateway.office.sign_in import stage_of
from gateway.office.staff_order import not_done

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books, Decision, Needs
    from gateway.core.diary import Actor
    from gateway.core.session import EnrolPolicy, Session
    from gateway.office.staff_order import StaffOrder

#: What the diary calls the function.
_FUNCTION = "own_account"

#: What she may see to before her session goes all the way.
_HOW_SHE_COMES_IN = SetPassword | SetAuthenticator | SetLanguage


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """She gives an order about herself; ``policy`` as in ``sign_in.SignIn``."""

    actor: Actor
    command: StaffOrder
    policy: EnrolPolicy

    @property
    def key(self) -> str:
        """The order's own."""
        return self.command.key

    @property
    def digest(self) -> str:
        """The order's own."""
        return self.command.digest

    @property
    def channel(self) -> str:
        """The order's own."""
        return self.command.channel

    def needs(self) -> Needs:
        """What the order wants, and her sessions."""
        mine = OfficeNeeds(logins=(self.actor.login,), sessions_of=(self.actor.login,))
        return with_office(self.command.needs(), mine)

    def decide(self, books: Books, now: datetime) -> Decision:
        """Refuse whoever it is not; else let the order decide, and see to her sessions."""
        at_us = microseconds(now)
        session = books.office.sessions.get(self.actor.session)
        if session is None or not self._stands(books, session, at_us):
            return not_done(OfficeRefusal.SIGNED_OUT)
        if self.command.by != self.actor.login or not self._is_hers(books):
            return not_done(OfficeRefusal.OWN_ACCOUNT)
        decision = self.command.decide(books, now)
        if is_refusal(decision.content) or decision.office is None:
            return decision
        line = DiaryLine(
            self.actor, _FUNCTION, Action.CHANGE, self.actor.login, DiaryOutcome.DONE, decision.told
        )
        sessions = self._sessions(books, session, decision.office, at_us)
        return replace(decision, office=replace(decision.office, sessions=sessions), diary=(line,))

    def _stands(self, books: Books, session: Session, at_us: int) -> bool:
        operator = books.office.operators.get(self.actor.login)
        is_far_enough = session.stage is Stage.FULL or isinstance(self.command, _HOW_SHE_COMES_IN)
        is_hers = session.login == self.actor.login and session.stands(at_us)
        return operator is not None and operator.is_valid(at_us) and is_hers and is_far_enough

    def _is_hers(self, books: Books) -> bool:
        """These orders and no others: each of those needs a grant."""
        match self.command:
            case SetPassword(login=login) | SetAuthenticator(login=login):
                return login == self.actor.login
            case CloseShift(shift=number):
                shift = books.office.shifts.get(number)
                return shift is None or shift.login == self.actor.login
            case command:
                return isinstance(command, SetLanguage | OpenShift)

    def _sessions(
        self, books: Books, session: Session, change: OfficeChange, at_us: int
    ) -> tuple[Session, ...]:
        """Where how she signs in has changed: this session one stage on, the others ended."""
        if not isinstance(self.command, SetPassword | SetAuthenticator):
            return ()
        (after,) = change.operators
        stage = stage_of(after, books.office.rights(self.actor.login), self.policy)
        others = (
            one.ended(at_us)
            for one in books.office.sessions.values()
            if one.login == session.login and one.id != session.id and one.ended_us is None
        )
        return (replace(session, stage=stage, seen_us=at_us), *others)
