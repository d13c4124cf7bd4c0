"""What anybody may do with her own account: her password, her authenticator, her language, her shift.

It needs no grant, only that it is she: a session of hers that stands, however far it goes. With a new
password or authenticator the session goes on as far as it then may, and all her other sessions end.

Refusals: signed_out, own_account, and the order's own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.core.diary import Action, DiaryLine, DiaryOutcome
from gateway.core.office import OfficeRefusal
from gateway.core.office_books import OfficeChange, OfficeNeeds
from gateway.core.timeline import microseconds
from gateway.office.authorised import is_refusal, with_office
from gateway.office.manage_staff import OperatorOrder
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
        if session is None or session.login != self.actor.login or not session.stands(at_us):
            return not_done(OfficeRefusal.SIGNED_OUT)
        if self.command.by != self.actor.login or not self._is_hers():
            return not_done(OfficeRefusal.OWN_ACCOUNT)
        decision = self.command.decide(books, now)
        if is_refusal(decision.content) or decision.office is None:
            return decision
        line = DiaryLine(
            self.actor, _FUNCTION, Action.CHANGE, self.actor.login, DiaryOutcome.DONE, decision.told
        )
        sessions = self._sessions(books, session, decision.office, at_us)
        return replace(decision, office=replace(decision.office, sessions=sessions), diary=(line,))

    def _is_hers(self) -> bool:
        command = self.command
        return not isinstance(command, OperatorOrder) or command.login == self.actor.login

    def _sessions(
        self, books: Books, session: Session, change: OfficeChange, at_us: int
    ) -> tuple[Session, ...]:
        """Where how she signs in has changed: this session one stage on, the others ended."""
        if not isinstance(self.command, OperatorOrder):
            return ()
        (after,) = change.operators
        stage = stage_of(after, books.office.rights(self.actor.login), self.policy)
        others = (
            one.ended(at_us)
            for one in books.office.sessions.values()
            if one.login == session.login and one.id != session.id and one.ended_us is None
        )
        return (replace(session, stage=stage, seen_us=at_us), *others)
