"""Sign in, sign out, see that nobody guesses: what the door has checked becomes a session, or a failure.

    the door     compares the password with its hash (a thread), and the code with the authenticator's secret
    load         the operator, everything of her that could have changed meanwhile
    decide       is the hash still the one that was compared? → may she sign in, is she held back? → is the
                 code's step newer than the last one used (RFC 6238, 5.2)? → a session, and no failures
    write        the session, the operator, a line of the diary; a failure likewise

Whoever fails is told one sentence whatever was wrong, so that nobody learns which logins there are.

How often one place may try, the door sees to (``office.throttle``), so a stranger holds back himself. What is
left is the one who comes from many addresses: of failures from devices that are not known as hers twenty
are free, and then one each ten minutes. One place alone, which has a try each quarter of an hour, never comes
so far; and a device from which she has signed in before is not held back by it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gateway.core.books import Decision, Needs
from gateway.core.diary import Action, Actor, DiaryLine, DiaryOutcome
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import Changed, SignedIn, SignInRefused
from gateway.core.office_books import OfficeChange, OfficeNeeds
from gateway.core.session import EnrolPolicy, Session, Stage
from gateway.core.staff import LOGIN
from gateway.core.timeline import microseconds

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.authority import Rights
    from gateway.core.books import Books
    from gateway.core.hidden import Hidden
    from gateway.core.staff import Operator

#: Failures at one login from devices that are not known, until all such devices are held back.
STRANGE_FAILURES_MAX: Final = 20

#: Seconds after which one of them is forgotten: about a hundred and fifty tries a day from wherever they
#: come, and more than one address has alone.
STRANGE_FAILURE_S: Final = 600

_FAILURE_US: Final = STRANGE_FAILURE_S * 1_000_000

#: What the diary calls the function.
_FUNCTION: Final = "sign_in"


@dataclass(frozen=True, slots=True)
class Proof:
    """What the door found: the hash that the password fits, and the step of the code, None where none was
    given or it was wrong.
    """

    password: Hidden
    totp_step: int | None


@dataclass(frozen=True, slots=True)
class SignIn:
    """Somebody has typed a login, a password and perhaps a code; ``proof`` is None where it was wrong.

    ``session`` is the hash of the secret that her browser gets. ``policy`` says who must have an
    authenticator. ``is_known``: she has signed in from this device before, so strangers hold her not back.
    """

    login: str
    session: str
    address: str
    proof: Proof | None
    policy: EnrolPolicy = EnrolPolicy.NOBODY
    is_known: bool = False

    digest = ""
    channel = ""

    @property
    def key(self) -> str:
        """Its own; nothing is remembered under it."""
        return f"sign-in/{self.session}"

    def needs(self) -> Needs:
        """The operator, and the session, should this be asked once more. What is no login is nobody's."""
        logins = (self.login,) if LOGIN.fullmatch(self.login) else ()
        return Needs(office=OfficeNeeds(logins=logins, sessions=(self.session,)))

    def decide(self, books: Books, now: datetime) -> Decision:
        """See the module's journey."""
        at_us = microseconds(now)
        begun = books.office.sessions.get(self.session)
        if begun is not None and begun.login == self.login:
            # The commit that began it was not confirmed: its secret is this door's alone, so it is the same.
            return Decision(SignedIn(begun))
        operator = books.office.operators.get(self.login)
        if operator is None:
            # The login itself stays out of the diary: now and then somebody types her password there.
            return Decision(SignInRefused(), diary=(self._line("", DiaryOutcome.REFUSED, "no such login"),))
        why = self._why_not(operator, at_us)
        if why is not None:
            return self._failed(operator, why, at_us)
        proof = self.proof
        assert proof is not None  # noqa: S101 - see _why_not
        stage = stage_of(operator, books.office.rights(self.login), self.policy)
        session = Session(self.session, self.login, at_us, at_us, stage, self.address)
        step = operator.totp_step if proof.totp_step is None else proof.totp_step
        # What strangers have used up they do not get back by it.
        signed_in = replace(operator, totp_step=step, failures=0)
        return Decision(
            SignedIn(session),
            office=OfficeChange(operators=(signed_in,), sessions=(session,)),
            diary=(self._line(self.login, DiaryOutcome.DONE, stage.value),),
        )

    def _why_not(self, operator: Operator, at_us: int) -> str | None:
        if self._is_held_back(operator, at_us):
            return "held back"
        proof = self.proof
        if proof is None or not operator.password or proof.password != operator.password:
            return "wrong password"
        if not operator.is_valid(at_us):
            return "left, or no longer valid"
        if operator.totp and proof.totp_step is None:
            return "wrong code"
        if operator.totp and proof.totp_step is not None and proof.totp_step <= operator.totp_step:
            return "a code that was used"
        return None

    def _failed(self, operator: Operator, why: str, at_us: int) -> Decision:
        line = self._line(self.login, DiaryOutcome.REFUSED, why)
        if self._is_held_back(operator, at_us):
            # Who is held back is not held longer by trying on: else a stranger could hold her for ever.
            return Decision(SignInRefused(), diary=(line,))
        failed = replace(operator, failures=operator.failures + 1)
        if not self.is_known:
            failed = replace(failed, held_until_us=_held_until_us(operator, at_us))
        return Decision(SignInRefused(), office=OfficeChange(operators=(failed,)), diary=(line,))

    def _is_held_back(self, operator: Operator, at_us: int) -> bool:
        return not self.is_known and is_held_back(operator, at_us)

    def _line(self, subject: str, outcome: DiaryOutcome, detail: str) -> DiaryLine:
        # Whoever only tries is nobody yet.
        login = self.login if outcome is DiaryOutcome.DONE else "?"
        actor = Actor(login, self.session, self.address)
        return DiaryLine(actor, _FUNCTION, Action.SIGN_IN, subject, outcome, detail)


@dataclass(frozen=True, slots=True)
class EndSessions:
    """End sessions of one person: this one (she signs out), or all of them but this."""

    actor: Actor
    login: str
    only: str = ""
    but: str = ""

    digest = ""
    channel = ""

    @property
    def key(self) -> str:
        """Its own; nothing is remembered under it."""
        return f"sign-out/{self.only or self.login}"

    def needs(self) -> Needs:
        """Her sessions; and who ends them, where it is somebody else."""
        return Needs(office=OfficeNeeds(logins=(self.login, self.actor.login), sessions_of=(self.login,)))

    def decide(self, books: Books, now: datetime) -> Decision:
        """End those that stand; it is no fault where there is none. Another branch's people are not there."""
        if not self._deals_with_her(books):
            return Decision(NotDone(OfficeRefusal.UNKNOWN_PERSON))
        at_us = microseconds(now)
        ended = tuple(
            one.ended(at_us)
            for one in books.office.sessions.values()
            if one.login == self.login and one.ended_us is None and self._is_meant(one)
        )
        # It is always told: behind a reason stands what the program says, which the verifier goes by.
        told = f"{len(ended)} sessions"
        if not ended:
            return Decision(Changed(self.login), told=told)
        line = DiaryLine(self.actor, _FUNCTION, Action.SIGN_OUT, self.login, DiaryOutcome.DONE, told)
        return Decision(Changed(self.login), office=OfficeChange(sessions=ended), diary=(line,), told=told)

    def _deals_with_her(self, books: Books) -> bool:
        if self.actor.is_local or self.actor.login == self.login:
            return True
        people = books.office.operators
        giver, hers = people.get(self.actor.login), people.get(self.login)
        return giver is not None and hers is not None and giver.branch in {None, hers.branch}

    def _is_meant(self, one: Session) -> bool:
        return one.id == self.only if self.only else one.id != self.but


def stage_of(operator: Operator, rights: Rights, policy: EnrolPolicy) -> Stage:
    """Say how far she may go: first a password that only she knows, then the authenticator she must have."""
    if operator.must_change:
        return Stage.SET_PASSWORD
    must = policy is EnrolPolicy.EVERYBODY or (policy is EnrolPolicy.APPROVERS and rights.approves)
    return Stage.ENROL if must and not operator.totp else Stage.FULL


def is_held_back(operator: Operator, at_us: int) -> bool:
    """Must devices that are not known as hers wait? A longer wait than any that is given is from before a
    clock was set back: it is over.
    """
    return at_us < operator.held_until_us <= at_us + _FAILURE_US


def _held_until_us(operator: Operator, at_us: int) -> int:
    """Until when they wait with one failure more. In the past it tells how many there are: one for each
    STRANGE_FAILURE_S by which it is later than STRANGE_FAILURES_MAX of these ago.
    """
    none_us = at_us - STRANGE_FAILURES_MAX * _FAILURE_US
    # Later than now it is from before a clock was set back: who is held back gets no further failure.
    counted_us = operator.held_until_us if operator.held_until_us <= at_us else none_us
    return max(none_us, counted_us) + _FAILURE_US
