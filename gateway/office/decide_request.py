"""Decide a request: a second person approves it, and in the same moment it is carried out; or she refuses it.

    load    the request, her rights and session, what the order wants
    decide  does she stand? → is it there, undecided, not too old? → is the order the one that was asked for?
            → approve: hers? granted up to this amount, in this branch? → the order's own decision
            → withdraw: only who asked, as long as nobody has decided
    write   what the order writes, the request as it was decided, a line of the diary: all or nothing

An order that would be refused now leaves the request as it stands, and says why. Who decides the same once
more is told the same again.

Refusals: signed_out, not_allowed, above_limit, other_branch, no_reason, no_approval, approval_decided,
approval_over, done_already, other_content, asker_gone, own_request, own_roles, not_own_request, and the
order's own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.core.approval import TRANSITIONS, Approval, ApprovalState, Verdict, order_digest
from gateway.core.authority import Function, Level
from gateway.core.books import Decision
from gateway.core.diary import Action, DiaryLine, DiaryOutcome
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.office_books import OfficeChange, OfficeNeeds
from gateway.core.outcome import TokensWanted
from gateway.core.person import LOCAL, REASON_MAX, is_said, is_same_person, login_of
from gateway.core.timeline import microseconds
from gateway.office.authorised import (
    is_helped,
    is_refusal,
    office_needs,
    rights,
    sees,
    stands,
    with_office,
)
from gateway.office.manage_roles import KeepRole
from gateway.office.manage_staff import GiveRoles
from gateway.office.orders import is_judged_rightly
from gateway.office.relay_orders import let_out

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books, Command, Needs
    from gateway.core.diary import Actor

_ACTIONS = {
    Verdict.APPROVE: Action.APPROVE,
    Verdict.REFUSE: Action.REFUSE,
    Verdict.WITHDRAW: Action.WITHDRAW,
}


@dataclass(frozen=True, slots=True)
class DecideRequest:
    """Decide ``request``, as the door has read it; ``command`` is its order, made anew from what is kept."""

    actor: Actor
    request: Approval
    verdict: Verdict
    command: Command
    reason: str = ""

    @property
    def key(self) -> str:
        """The order's own: approved twice it is carried out once."""
        return self.command.key

    @property
    def digest(self) -> str:
        """The order's own."""
        return self.command.digest

    @property
    def channel(self) -> str:
        """Who gave the order: the one who asked, as the journal names him."""
        return self.command.channel

    def needs(self) -> Needs:
        """The request, who decides, and what the order wants."""
        office = office_needs(self.actor, self.request.about, approvals=(self.request.reference,))
        asker = OfficeNeeds(logins=(login_of(self.request.asked_by),))
        return with_office(self.command.needs(), office.joined(asker))

    def decide(self, books: Books, now: datetime) -> Decision:
        """See the module's journey."""
        at_us = microseconds(now)
        request = books.office.approvals.get(self.request.reference)
        why = self._why_not(books, request, at_us)
        if request is not None and why is OfficeRefusal.APPROVAL_DECIDED and self._decided_so(request):
            return self._again(books, request)
        if why is not None or request is None:
            return self._refused(NotDone(why or OfficeRefusal.NO_APPROVAL))
        if self.verdict is not Verdict.APPROVE:
            return self._closed(request, at_us)
        decision = let_out(self.command, self.actor.said).decide(books, now)
        if isinstance(decision.content, TokensWanted):
            return decision
        if is_refusal(decision.content):
            return self._refused(decision.content)  # type: ignore[arg-type]  # is_refusal says which
        decided = request.decided(Verdict.APPROVE, self.actor.said, at_us, self.reason.strip())
        office = OfficeChange(approvals=(decided,))
        return replace(
            decision,
            office=office if decision.office is None else replace(decision.office, approvals=(decided,)),
            diary=(*decision.diary, self._line(DiaryOutcome.DONE, _told(request, decision, self.reason))),
        )

    def _decided_so(self, request: Approval) -> bool:
        """Was it she who decided it, and so? A commit that nobody confirmed is asked for once more."""
        wanted = TRANSITIONS[ApprovalState.ASKED, self.verdict]
        return request.state is wanted and request.decided_by == self.actor.said

    def _again(self, books: Books, request: Approval) -> Decision:
        known = books.known.get(self.key) if self.verdict is Verdict.APPROVE else None
        return Decision(Changed(request.reference) if known is None else known.recall())

    def _why_not(self, books: Books, request: Approval | None, at_us: int) -> OfficeRefusal | None:
        if not stands(books, self.actor, at_us):
            return OfficeRefusal.SIGNED_OUT
        if request is None:
            return OfficeRefusal.NO_APPROVAL
        if request.state is not ApprovalState.ASKED:
            return OfficeRefusal.APPROVAL_DECIDED
        if self.verdict is Verdict.WITHDRAW:
            return self._not_hers_to_withdraw(request)
        return self._not_hers_to_decide(books, request, at_us)

    def _not_hers_to_withdraw(self, request: Approval) -> OfficeRefusal | None:
        if not self._is_own(request):
            return OfficeRefusal.NOT_OWN_REQUEST
        return None if not self.reason or is_said(self.reason, REASON_MAX) else OfficeRefusal.NO_REASON

    def _not_hers_to_decide(self, books: Books, request: Approval, at_us: int) -> OfficeRefusal | None:
        function = Function(request.function)
        if not self.actor.is_local:
            hers = rights(books, self.actor)
            if not hers.may(function, Level.APPROVE):
                return OfficeRefusal.NOT_ALLOWED
            if not hers.may(function, Level.APPROVE, request.amount_minor):
                return OfficeRefusal.ABOVE_LIMIT
        if not self._is_of_her_branch(books, request):
            return OfficeRefusal.OTHER_BRANCH
        if self.verdict is Verdict.REFUSE:
            return None if is_said(self.reason, REASON_MAX) else OfficeRefusal.NO_REASON
        if self.reason and not is_said(self.reason, REASON_MAX):
            return OfficeRefusal.NO_REASON
        return self._not_hers_to_approve(books, request, at_us)

    def _is_of_her_branch(self, books: Books, request: Approval) -> bool:
        """What is about no customer is for who belongs to no branch; roles also for who belongs to theirs."""
        if request.about:
            return sees(books, self.actor, request.about)
        own = None if self.actor.is_local else rights(books, self.actor).branch
        if own is None:
            return True
        whose = self.command.login if isinstance(self.command, GiveRoles) else ""
        she = books.office.operators.get(whose)
        return she is not None and she.branch == own

    def _not_hers_to_approve(self, books: Books, request: Approval, at_us: int) -> OfficeRefusal | None:
        if self._is_own(request):
            return OfficeRefusal.OWN_REQUEST
        if request.is_over(at_us):
            return OfficeRefusal.APPROVAL_OVER
        if is_helped(books, self.actor, at_us):
            return OfficeRefusal.NEWLY_HELPED
        if self._has_helped_the_asker(books, request, at_us):
            return OfficeRefusal.HELPED_ASKER
        if self._is_about_her_rights(books):
            return OfficeRefusal.OWN_ROLES
        if not self._is_what_was_asked(request):
            return OfficeRefusal.OTHER_CONTENT
        if not _could_still_ask(books, request, at_us):
            return OfficeRefusal.ASKER_GONE
        return OfficeRefusal.DONE_ALREADY if self.key in books.known else None

    def _is_about_her_rights(self, books: Books) -> bool:
        """Would she approve what she herself may do then?"""
        match self.command:
            case GiveRoles(login=login):
                return is_same_person(self.actor.said, login)
            case KeepRole(code=code):
                hers = books.office.operators.get(self.actor.login)
                return hers is not None and code in hers.roles
            case _:
                return False

    def _has_helped_the_asker(self, books: Books, request: Approval, at_us: int) -> bool:
        """Could it be she herself who has asked, under a name for which she has set the password?"""
        asker = books.office.operators.get(login_of(request.asked_by))
        if asker is None or not asker.is_helped(at_us):
            return False
        return is_same_person(self.actor.said, asker.helped_by)

    def _is_what_was_asked(self, request: Approval) -> bool:
        kept = order_digest(request.function, request.kind, request.order)
        is_kept = kept == request.digest == self.request.digest and request.order == self.request.order
        return is_kept and is_judged_rightly(request)

    def _is_own(self, request: Approval) -> bool:
        return is_same_person(self.actor.said, request.asked_by)

    def _closed(self, request: Approval, at_us: int) -> Decision:
        decided = request.decided(self.verdict, self.actor.said, at_us, self.reason.strip())
        return Decision(
            Changed(request.reference),
            office=OfficeChange(approvals=(decided,)),
            diary=(self._line(DiaryOutcome.DONE, self.reason.strip()),),
        )

    def _refused(self, refusal: NotDone) -> Decision:
        return Decision(refusal, diary=(self._line(DiaryOutcome.REFUSED, refusal.sentence),))

    def _line(self, outcome: DiaryOutcome, detail: str) -> DiaryLine:
        request = self.request
        said = "; ".join(part for part in (request.reference, detail) if part)
        action = _ACTIONS[self.verdict]
        return DiaryLine(self.actor, request.function, action, request.subject, outcome, said)


def _could_still_ask(books: Books, request: Approval, at_us: int) -> bool:
    """Is she who asked still here, and could she ask for it now? At the machine nobody is judged."""
    if request.asked_by.startswith(LOCAL):
        return True
    asker = books.office.operators.get(request.asked_by)
    if asker is None or not asker.is_valid(at_us):
        return False
    hers = books.office.rights(asker.login)
    is_seen = not request.about or hers.sees(books.office.branch_of.get(request.about, ""))
    return is_seen and hers.may(Function(request.function), Level.DO)


def _told(request: Approval, decision: Decision, reason: str) -> str:
    # What changed may be long; cut short it is the end of it.
    said = (f"asked by {request.asked_by}", reason.strip(), decision.told)
    return "; ".join(part for part in said if part)
