"""Let people in, change what is known of them, give them roles, let them go.

    enter     a login that nobody ever had; she cannot sign in before she has a password
    change    name, branch, language, until when she may come, whether she has left
    roles     what she may do; nobody gives roles to herself
    password  hers by herself, or by an administrator: then she must choose another one at once
    authenticator  enrolled by herself, taken away by an administrator (she has lost her telephone)

Who may let people in alone must not become somebody else by it: a password, an authenticator taken away, a
branch or a stay that was over are for whoever holds all that she may do then. Who is taken back gets neither
her roles nor her password back; roles take a second person again. At the machine neither holds.

Whoever belongs to a branch deals with the people of that branch. There is always one left who can let people
in: what would take away the last one is refused, and so is what takes away the last one without an end, where
there is such a one. Two changes at once: the second is refused (``version``). Where an administrator changes
how somebody signs in, or lets her go, her sessions end.

Refusals: bad_login, bad_name, login_used, unknown_person, unknown_role, unknown_branch, other_branch,
twice_at_once, own_roles, own_account, above_own, last_administrator.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.core.hidden import NOTHING_HIDDEN, Hidden
from gateway.core.office import OfficeRefusal
from gateway.core.office_books import OfficeChange, OfficeNeeds
from gateway.core.staff import LANGUAGES, LOGIN, ROLES_MAX, Operator, StaffState, rights_of, somebody_is_left
from gateway.core.timeline import microseconds
from gateway.office.rights_told import rights_told
from gateway.office.staff_order import StaffOrder, changed, difference, is_name, not_done

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books, Decision
    from gateway.core.session import Session


@dataclass(frozen=True, slots=True)
class EnterOperator(StaffOrder):
    """Somebody new."""

    login: str
    name: str
    branch: str | None = None
    language: str = "en"
    valid_until_us: int | None = None

    def change(self, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - see StaffOrder
        """Enter her."""
        if LOGIN.fullmatch(self.login) is None:
            return not_done(OfficeRefusal.BAD_LOGIN)
        if self.login in books.office.operators:
            return not_done(OfficeRefusal.LOGIN_USED)
        entered = Operator(
            self.login,
            self.name.strip(),
            branch=self.branch,
            language=self.language,
            valid_until_us=self.valid_until_us,
        )
        why = _unfit(books, entered, self.giver_branch(books))
        if why is not None:
            return not_done(why)
        told = f"name: {entered.name!r}, branch: {entered.branch!r}"
        return changed(self.login, 1, OfficeChange(operators=(entered,)), told)


@dataclass(frozen=True, slots=True)
class OperatorOrder(StaffOrder):
    """An order about somebody who is there; ``version`` is the one that was looked at."""

    login: str
    version: int

    def wants(self) -> OfficeNeeds:
        """Everybody, since one must be left; and her sessions."""
        return OfficeNeeds(everyone=True, sessions_of=(self.login,))

    def change(self, books: Books, now: datetime) -> Decision:
        """Find her, and refuse what may not become of her."""
        before = books.office.operators.get(self.login)
        branch = self.giver_branch(books)
        if before is None or branch not in {None, before.branch}:
            return not_done(OfficeRefusal.UNKNOWN_PERSON)
        if before.version != self.version:
            return not_done(OfficeRefusal.TWICE_AT_ONCE)
        after = self.changed(before, books)
        if isinstance(after, OfficeRefusal):
            return not_done(after)
        after, at_us = replace(after, version=before.version + 1), microseconds(now)
        if self.helps_in and not self.is_local and self.by != self.login:
            after = replace(after, helped_by=self.by, helped_us=at_us)
        why = (
            _unfit(books, after, branch)
            or self._above_own(books, before, after, at_us)
            or _last_one_gone(books, after, at_us)
        )
        if why is not None:
            return not_done(why)
        told = difference(
            before, after, "name", "branch", "language", "valid_until_us", "state", "roles", "must_change"
        )
        sessions = self._ended(books, before, after, at_us)
        office = OfficeChange(operators=(after,), sessions=sessions)
        roles = books.office.roles
        rights = rights_told(rights_of(before, roles), rights_of(after, roles))
        told = "; ".join(part for part in (self.told(told), rights) if part)
        return changed(self.login, after.version, office, told)

    def _above_own(self, books: Books, before: Operator, after: Operator, at_us: int) -> OfficeRefusal | None:
        """Refuse to open the account of somebody who may do more than whoever opens it."""
        if self.is_local or self.by == self.login:
            return None
        opens = (
            (before.password, before.totp, before.branch) != (after.password, after.totp, after.branch)
            or after.is_valid(at_us) > before.is_valid(at_us)
        )  # fmt: skip
        is_held = books.office.rights(self.by).holds(rights_of(after, books.office.roles))
        return OfficeRefusal.ABOVE_OWN if opens and not is_held else None

    def _ended(self, books: Books, before: Operator, after: Operator, at_us: int) -> tuple[Session, ...]:
        """End hers where somebody else has changed how she comes in; where she did, ``OwnAccount`` knows."""
        is_same_door = (before.password, before.totp) == (after.password, after.totp)
        if self.by == self.login or (is_same_door and after.state is StaffState.ACTIVE):
            return ()
        standing = (one for one in books.office.sessions.values() if one.login == self.login)
        return tuple(one.ended(at_us) for one in standing if one.ended_us is None)

    @property
    def helps_in(self) -> bool:
        """Does whoever gives this order know afterwards how she comes in?"""
        return False

    def changed(self, before: Operator, books: Books) -> Operator | OfficeRefusal:
        """Say what becomes of her."""
        raise NotImplementedError

    def told(self, difference: str) -> str:
        """Say it in the diary."""
        return difference


@dataclass(frozen=True, slots=True)
class ChangeOperator(OperatorOrder):
    """What is known of her."""

    name: str
    branch: str | None
    language: str
    valid_until_us: int | None
    state: StaffState

    def changed(self, before: Operator, books: Books) -> Operator | OfficeRefusal:  # noqa: ARG002 - see above
        """Nobody lets herself go, or stays longer or elsewhere than she was let in."""
        own = (before.state, before.valid_until_us, before.branch)
        if self.by == self.login and own != (self.state, self.valid_until_us, self.branch):
            return OfficeRefusal.OWN_ACCOUNT
        after = replace(
            before,
            name=self.name.strip(),
            branch=self.branch,
            language=self.language,
            valid_until_us=self.valid_until_us,
            state=self.state,
        )
        is_back = (before.state, after.state) == (StaffState.LEFT, StaffState.ACTIVE)
        return replace(after, roles=(), password=NOTHING_HIDDEN) if is_back and not self.is_local else after


@dataclass(frozen=True, slots=True)
class GiveRoles(OperatorOrder):
    """What she may do. ``seen`` are the roles that were looked at, each with its version.

    What they grant is what is asked for, and approved: one that was changed meanwhile is looked at again.
    """

    roles: tuple[str, ...]
    seen: tuple[tuple[str, int], ...] = ()

    def changed(self, before: Operator, books: Books) -> Operator | OfficeRefusal:
        """Roles that exist and grant what was looked at, and not her own."""
        if self.by == self.login:
            return OfficeRefusal.OWN_ROLES
        if len(self.roles) > ROLES_MAX or any(code not in books.office.roles for code in self.roles):
            return OfficeRefusal.UNKNOWN_ROLE
        known = books.office.roles
        if any(code not in known or known[code].version != version for code, version in self.seen):
            return OfficeRefusal.TWICE_AT_ONCE
        return replace(before, roles=tuple(dict.fromkeys(self.roles)))


@dataclass(frozen=True, slots=True)
class SetPassword(OperatorOrder):
    """A password, as its hash; whether it was her own old one that let her, the door has seen to."""

    password: Hidden

    @property
    def helps_in(self) -> bool:
        """Until she has chosen another one."""
        return True

    def hidden(self) -> tuple[str, ...]:
        """The hash."""
        return (self.password.reveal(),)

    def changed(self, before: Operator, books: Books) -> Operator | OfficeRefusal:  # noqa: ARG002 - see above
        """Set by somebody else, it is good for one thing: to choose another one."""
        return replace(
            before,
            password=self.password,
            must_change=self.by != self.login,
            failures=0,
            held_until_us=0,
        )

    def told(self, difference: str) -> str:
        """What the password is, is nobody's business."""
        return f"a new password; {difference}".removesuffix("; ")


@dataclass(frozen=True, slots=True)
class SetAuthenticator(OperatorOrder):
    """Her authenticator's sealed secret, with the step of the code that proved it; empty takes it away."""

    totp: Hidden
    totp_step: int = 0

    @property
    def helps_in(self) -> bool:
        """Where it is taken away, the password alone lets in."""
        return not self.totp

    def hidden(self) -> tuple[str, ...]:
        """The sealed secret."""
        return (self.totp.reveal(),)

    def changed(self, before: Operator, books: Books) -> Operator | OfficeRefusal:  # noqa: ARG002 - see above
        """Enrolled by herself alone."""
        if self.totp and self.by != self.login:
            return OfficeRefusal.OWN_ACCOUNT
        return replace(before, totp=self.totp or NOTHING_HIDDEN, totp_step=self.totp_step)

    def told(self, difference: str) -> str:  # noqa: ARG002 - nothing else changes
        """Enrolled, or taken away."""
        return "an authenticator" if self.totp else "no authenticator"


@dataclass(frozen=True, slots=True)
class SetLanguage(StaffOrder):
    """The language she reads; her own, and nobody else's business, so no version stands in its way."""

    language: str

    def wants(self) -> OfficeNeeds:
        """Herself."""
        return OfficeNeeds(logins=(self.by,))

    def change(self, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - see StaffOrder
        """Set it."""
        before = books.office.operators.get(self.by)
        if before is None or self.language not in LANGUAGES:
            return not_done(OfficeRefusal.UNKNOWN_PERSON)
        after = replace(before, language=self.language)
        office = OfficeChange(operators=(after,))
        return changed(self.by, after.version, office, difference(before, after, "language"))


def _unfit(books: Books, operator: Operator, giver_branch: str | None) -> OfficeRefusal | None:
    """Say what cannot be kept of her."""
    if not is_name(operator.name) or operator.language not in LANGUAGES:
        return OfficeRefusal.BAD_NAME
    if operator.branch is not None and operator.branch not in books.office.branches:
        return OfficeRefusal.UNKNOWN_BRANCH
    if giver_branch is not None and operator.branch != giver_branch:
        return OfficeRefusal.OTHER_BRANCH
    return None


def _last_one_gone(books: Books, after: Operator, at_us: int) -> OfficeRefusal | None:
    """Refuse what leaves nobody who can let people in, where somebody could before."""
    office = books.office
    people = office.operators | {after.login: after}
    is_kept = somebody_is_left(office.operators, office.roles, people, office.roles, at_us)
    return None if is_kept else OfficeRefusal.LAST_ADMINISTRATOR
