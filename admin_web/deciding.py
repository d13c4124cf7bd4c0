"""Who can decide a request: as the books will judge it, so far as a page can know."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from admin_web.words import msg
from gateway.core.approval import ApprovalState
from gateway.core.authority import Function, Level
from gateway.core.person import is_same_person
from gateway.core.timeline import microseconds
from gateway.core.views_staff import Operators, Requests, Roles
from gateway.office.orders import UnknownOrder, order_of
from gateway.office.rights_orders import GiveRolesOrder, KeepRoleOrder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from admin_web.asked import Asked
    from admin_web.visitor import Visitor
    from gateway.core.approval import Approval
    from gateway.core.staff import Operator, Role
    from gateway.office.orders import Order

DECIDED: Final = msg("It was decided.")
OLD: Final = msg("It has waited for too long to be carried out. Who still wants it asks for it anew.")
OWN: Final = msg("You asked for it, so somebody else must decide.")
NO_RIGHT: Final = msg("You cannot decide it: that takes a role which approves this function.")
ABOVE_LIMIT: Final = msg("You cannot decide it: it is above the amount up to which your role approves.")
OTHER_BRANCH: Final = msg("You cannot decide it: it is for whoever belongs to no branch.")
OWN_RIGHTS: Final = msg("You cannot decide it: it is about what you may do yourself.")
HELPED: Final = msg(
    "You cannot approve it yet: somebody else has set your password or taken your authenticator away in the "
    "last three days."
)
STALE: Final = msg(
    "What it is about has changed since it was asked for, so it cannot be approved any more: it would do "
    "something else than what was looked at. Refuse it; who still wants it asks for it anew."
)


@dataclass(frozen=True, slots=True)
class Judge:
    """Somebody who looks at requests; ``people`` are those whom she sees, by login, ``roles`` all by code."""

    me: Visitor
    at_us: int
    people: Mapping[str, Operator] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)

    def may(self, request: Approval) -> bool:
        """Can she decide it?"""
        return self.why_not(request) is None

    def why_not(self, request: Approval) -> str | None:
        """Say why she cannot decide it, as a sentence of the catalogs; None where she can."""
        known = {one.value: one for one in Function}.get(request.function)
        if request.state is not ApprovalState.ASKED:
            return DECIDED
        if is_same_person(self.me.login, request.asked_by):
            return OWN
        if request.is_over(self.at_us):
            return OLD
        if known is None or not self.me.rights.may(known, Level.APPROVE):
            return NO_RIGHT
        if not self.me.rights.may(known, Level.APPROVE, request.amount_minor):
            return ABOVE_LIMIT
        hers = self.people.get(self.me.login)
        if hers is not None and hers.is_helped(self.at_us):
            return HELPED
        order = order_or_none(request)
        if not self._is_of_her_branch(request, order):
            return OTHER_BRANCH
        return OWN_RIGHTS if self._is_about_her_rights(order) else None

    def is_stale(self, order: Order | None) -> bool:
        """Was what an order about rights looked at changed meanwhile? The books refuse it then."""
        match order:
            case GiveRolesOrder():
                she = self.people.get(order.login)
                changed = [code for code, version in order.versions if self._version(code) != version]
                return bool(changed) or (she is not None and she.version != order.version)
            case KeepRoleOrder():
                return self._version(order.code) != order.version
            case _:
                return False

    def _version(self, code: str) -> int:
        return self.roles[code].version if code in self.roles else 0

    def _is_of_her_branch(self, request: Approval, order: Order | None) -> bool:
        """What is about no customer is for who belongs to no branch; roles also for who belongs to theirs."""
        if self.me.rights.branch is None or request.about:
            return True
        return isinstance(order, GiveRolesOrder) and order.login in self.people

    def _is_about_her_rights(self, order: Order | None) -> bool:
        match order:
            case GiveRolesOrder():
                return is_same_person(self.me.login, order.login)
            case KeepRoleOrder():
                hers = self.people.get(self.me.login)
                return hers is not None and order.code in hers.roles
            case _:
                return False


async def judge_of(asked: Asked, order: Order | None = None) -> Judge:
    """Make whoever asks a judge of requests, and of this order before all."""
    views, branch = asked.office.views, asked.me.rights.branch
    people = {one.login: one for one in await views.rows(Operators(branch=branch))}
    named = {asked.me.login, *((order.login,) if isinstance(order, GiveRolesOrder) else ())}
    for login in named - people.keys():
        # Whoever stands behind the first page of a long list is there all the same.
        people |= {one.login: one for one in await views.rows(Operators(branch=branch, login=login))}
    roles = {row.role.code: row.role for row in await views.rows(Roles())}
    return Judge(asked.me, microseconds(asked.office.now()), people, roles)


async def waiting(
    asked: Asked, question: Requests, judge: Judge | None = None
) -> tuple[Sequence[Approval], Sequence[Approval]]:
    """Give what waits of a question's requests: those that she can decide, and the others."""
    at_us = microseconds(asked.office.now())
    alive = [one for one in await asked.office.views.rows(question) if not one.is_over(at_us)]
    if not alive:
        return (), ()
    judge = judge or await judge_of(asked)
    hers = [one for one in alive if judge.may(one)]
    mine = {one.reference for one in hers}
    return hers, [one for one in alive if one.reference not in mine]


def functions_seen(me: Visitor) -> tuple[str, ...]:
    """Name the functions that she sees."""
    return tuple(one.value for one in Function if me.rights.may(one))


def order_or_none(request: Approval) -> Order | None:
    """Read the order of a request; None for one of a newer program."""
    try:
        return order_of(request)
    except UnknownOrder:
        return None
