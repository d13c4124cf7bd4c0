"""An order of a person: carried out if she may give it, kept for a second person where it takes two.

    load    her rights and her session, the branch of whom it is about, what the order itself wants
    decide  does her session stand? → is the function granted? → is the customer her branch's? → a reason?
            → granted up to this amount, and no second person needed: the order's own decision
            → else the same is tried, and if it would succeed now: a request, bound to the order's content
    write   what the order writes, or the request; a line of the diary in any case, and it is sealed

The order's own command is any of ours; it does not know who gives it. Given again under the same key, it says
the same again. A request that was refused, withdrawn or has waited for too long stays as it was; whoever
orders the same after that asks anew, under the next reference: the order's key with a number before it.

Refusals: signed_out, not_allowed, above_limit, other_branch, no_reason, asked_otherwise, asked_too_often, and
the order's own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gateway.core.approval import Approval, ApprovalState, order_digest
from gateway.core.authority import FOUR_EYES, Level
from gateway.core.books import Decision
from gateway.core.diary import Action, DiaryLine, DiaryOutcome
from gateway.core.form_order import FormOrder
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import ApprovalAsked, LifeRefused
from gateway.core.office_books import OfficeChange, OfficeNeeds
from gateway.core.outcome import Declined, TokensWanted
from gateway.core.person import REASON_MAX, is_said
from gateway.core.session import Stage
from gateway.core.timeline import microseconds

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.authority import Function, Rights
    from gateway.core.books import Books, Command, Needs
    from gateway.core.diary import Actor
    from gateway.core.outcome import Content


#: How often one thing can be asked for: more is no order any more, but a quarrel.
ASKED_MAX: Final = 99

#: How often one person can ask for one thing, so that nobody alone asks until no others can.
ASKED_EACH_MAX: Final = 9


@dataclass(frozen=True, slots=True)
class Act:
    """What is ordered, as authority judges it and the diary tells it.

    ``kind`` and ``order`` are the order as it is kept for a second person (``orders.py``); ``subject`` is
    what it is about in words, ``amount_minor`` what it moves, ``about`` the meter (PAN) or account number
    whose customer's branch decides (empty: nobody's). ``level`` is VIEW where something is only shown, and
    APPROVE where it is the second step of a life that has two persons in it (a tariff's, a key's).
    ``can_wait`` is False where nobody can wait for a second person, as at a counter: above her limit it is
    refused. ``takes_two``: this order waits for one, though others of its function do not.
    """

    function: Function
    kind: str
    order: str
    subject: str
    amount_minor: int = 0
    about: str = ""
    reason: str = ""
    needs_reason: bool = True
    level: Level = Level.DO
    action: Action = Action.ORDER
    can_wait: bool = True
    takes_two: bool = False

    @property
    def digest(self) -> str:
        """What an approval is bound to."""
        return order_digest(self.function.value, self.kind, self.order)

    def line(self, actor: Actor, outcome: DiaryOutcome, detail: str = "") -> DiaryLine:
        """Write the diary's line of it."""
        said = "; ".join(part for part in (self.reason.strip(), detail) if part)
        return DiaryLine(actor, self.function.value, self.action, self.subject, outcome, said)


@dataclass(frozen=True, slots=True)
class Authorised:
    """A person orders this."""

    actor: Actor
    act: Act
    command: Command

    def __post_init__(self) -> None:
        """What is judged and who is named must be one person."""
        if isinstance(self.command, FormOrder) and self.command.by != self.actor.said:
            raise ValueError("an order is given by whoever gives it, in her own name")

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
        """Who gave the order, as the journal names it."""
        return self.command.channel

    @property
    def references(self) -> tuple[str, ...]:
        """Under which its requests stand, one after the other, should it take a second person."""
        if self.act.level is not Level.DO or not self.act.can_wait:
            return ()
        return (self.key, *(f"{n}/{self.key}" for n in range(2, ASKED_MAX + 1)))

    def needs(self) -> Needs:
        """What the order wants, and what its giver is."""
        office = office_needs(self.actor, self.act.about, approvals=self.references)
        return with_office(self.command.needs(), office)

    def decide(self, books: Books, now: datetime) -> Decision:
        """See the module's journey."""
        refusal = refused(books, self.actor, self.act, now)
        if refusal is not None:
            return self._refused(refusal)
        waiting = self._waiting(books, microseconds(now))
        if waiting is not None and self.key not in books.known:
            return self._asked_before(waiting)
        decision = self.command.decide(books, now)
        if isinstance(decision.content, TokensWanted):
            return decision
        if is_refusal(decision.content):
            return replace(self._refused(decision.content), exception=decision.exception)
        is_repeat = self.key in books.known
        if is_repeat and self.act.action is not Action.SHOW:
            return decision
        if not is_repeat and self._takes_two(books):
            return self._ask(books, microseconds(now))
        # What shows something is seen once more by whoever gives it again, and the diary says so once more.
        line = self.act.line(self.actor, DiaryOutcome.DONE, decision.told)
        return replace(decision, diary=(*decision.diary, line))

    def _waiting(self, books: Books, at_us: int) -> Approval | None:
        """Find the request of this order that somebody can still decide."""
        asked = (books.office.approvals.get(reference) for reference in self.references)
        return next((one for one in asked if one is not None and _waits(one, at_us)), None)

    def _takes_two(self, books: Books) -> bool:
        # Who sits at the machine could do it without us; what he does stands in the diary (core.diary.Actor).
        if self.act.level is not Level.DO or self.actor.is_local:
            return False
        if self.act.takes_two or self.act.function in FOUR_EYES:
            return True
        return not may(books, self.actor, self.act, Level.DO, self.act.amount_minor)

    def _ask(self, books: Books, at_us: int) -> Decision:
        act = self.act
        before = books.office.approvals
        free = next((one for one in self.references if one not in before), None)
        hers = sum(before[one].asked_by == self.actor.said for one in self.references if one in before)
        if free is None or hers >= ASKED_EACH_MAX:
            return self._refused(NotDone(OfficeRefusal.ASKED_TOO_OFTEN))
        request = Approval(
            reference=free,
            function=act.function.value,
            kind=act.kind,
            order=act.order,
            digest=act.digest,
            subject=act.subject,
            amount_minor=act.amount_minor,
            about=act.about,
            reason=act.reason.strip(),
            asked_by=self.actor.said,
            asked_us=at_us,
        )
        line = replace(act.line(self.actor, DiaryOutcome.WAITS, free), action=Action.ASK)
        asked = ApprovalAsked(free, request.ends_us)
        return Decision(asked, office=OfficeChange(approvals=(request,)), diary=(line,))

    def _asked_before(self, asked: Approval) -> Decision:
        if asked.digest != self.act.digest:
            return self._refused(NotDone(OfficeRefusal.ASKED_OTHERWISE))
        return Decision(ApprovalAsked(asked.reference, asked.ends_us))

    def _refused(self, content: Content) -> Decision:
        assert isinstance(content, NotDone | Declined | LifeRefused)  # noqa: S101 - see is_refusal
        return Decision(content, diary=(self.act.line(self.actor, DiaryOutcome.REFUSED, content.sentence),))


def office_needs(actor: Actor, about: str = "", *, approvals: tuple[str, ...] = ()) -> OfficeNeeds:
    """Say what must be known of who acts, and of whom it is about."""
    return OfficeNeeds(
        logins=() if actor.is_local else (actor.login,),
        sessions=() if actor.is_local else (actor.session,),
        approvals=approvals,
        branch_of=(about,) if about else (),
    )


def with_office(needs: Needs, office: OfficeNeeds) -> Needs:
    """Add to what an order wants; one that wants something of the office itself keeps it."""
    own = needs.office
    return replace(needs, office=office if own is None else own.joined(office))


def refused(books: Books, actor: Actor, act: Act, now: datetime) -> NotDone | None:
    """Say why this person cannot give this order, whatever it would do; None where she can at least ask."""
    if not stands(books, actor, microseconds(now)):
        return NotDone(OfficeRefusal.SIGNED_OUT)
    if not may(books, actor, act, act.level, 0):
        return NotDone(OfficeRefusal.NOT_ALLOWED, f"{act.function.value}: {act.level.name.lower()}")
    if act.level is Level.APPROVE and is_helped(books, actor, microseconds(now)):
        return NotDone(OfficeRefusal.NEWLY_HELPED)
    if act.about and not sees(books, actor, act.about):
        return NotDone(OfficeRefusal.OTHER_BRANCH)
    if act.needs_reason and not is_said(act.reason, REASON_MAX):
        return NotDone(OfficeRefusal.NO_REASON)
    is_asked_for = act.level is Level.DO and act.can_wait
    if not is_asked_for and not may(books, actor, act, act.level, act.amount_minor):
        # What may be done up to a limit can be asked for above it; what is shown, approved or sold cannot.
        return NotDone(OfficeRefusal.ABOVE_LIMIT)
    return None


def stands(books: Books, actor: Actor, at_us: int) -> bool:
    """Is she still signed in, wholly, and may she act at all?"""
    if actor.is_local:
        return True
    session, operator = books.office.sessions.get(actor.session), books.office.operators.get(actor.login)
    return (
        session is not None
        and operator is not None
        and session.login == actor.login
        and session.stage is Stage.FULL
        and session.stands(at_us)
        and operator.is_valid(at_us)
    )


def is_helped(books: Books, actor: Actor, at_us: int) -> bool:
    """May somebody else know how she comes in? Then she approves nothing: it would perhaps not be she."""
    operator = books.office.operators.get(actor.login)
    return not actor.is_local and operator is not None and operator.is_helped(at_us)


def may(books: Books, actor: Actor, act: Act, level: Level, amount_minor: int) -> bool:
    """Is it granted? Who sits at the machine has the books' own keys at hand: see ``core.diary.Actor``."""
    return actor.is_local or rights(books, actor).may(act.function, level, amount_minor)


def rights(books: Books, actor: Actor) -> Rights:
    """Say what she may do, as it stands now."""
    return books.office.rights(actor.login)


def sees(books: Books, actor: Actor, about: str) -> bool:
    """Is it about a customer of hers? One who is not there is nobody's."""
    if actor.is_local:
        return True
    branch = books.office.branch_of.get(about)
    return branch is not None and rights(books, actor).sees(branch)


def _waits(request: Approval, at_us: int) -> bool:
    return request.state is ApprovalState.ASKED and not request.is_over(at_us)


def is_refusal(content: Content) -> bool:
    """Did the order come to nothing?"""
    return isinstance(content, NotDone | Declined | LifeRefused)
