"""The office's people for tests: a few roles, a few operators with sessions, a desk that posts their orders.

The desk gives a command no more of the office than it asked for (``needs``), as the database does, and lets
it decide twice: what it forgot to ask for, or changed while deciding, shows in every test.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.core.authority import Function, Grant, Level
from gateway.core.diary import Action, Actor
from gateway.core.hidden import Hidden
from gateway.core.office_books import OfficeBooks, OfficeNeeds
from gateway.core.session import Session, Stage
from gateway.core.staff import Branch, Operator, Role, Station
from gateway.core.timeline import microseconds
from gateway.office.authorised import Act, Authorised
from gateway.office.decide_request import DecideRequest
from gateway.office.note_act import NoteAct
from gateway.office.orders import DepositOrder, act_of, command_of
from tests.builders import BANK, NOON, Till, books, meter

if TYPE_CHECKING:
    from gateway.core.books import Books

NOON_US = microseconds(NOON)
SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US

DO, VIEW, APPROVE = Grant(Level.DO), Grant(Level.VIEW), Grant(Level.APPROVE)


def role(code: str, version: int = 1, **grants: Grant) -> Role:
    return Role(code, code.title(), {Function(name): grant for name, grant in grants.items()}, version)


ROLES = [
    role("administrator", operators=DO, roles=DO),
    role("clerk", floats=DO, reversals=DO, exceptions=DO, shifts=DO, customers=VIEW, stock=DO),
    role("chief", floats=APPROVE, reversals=APPROVE, exceptions=APPROVE),
    role("guest", floats=VIEW),
]


def person(login: str, /, *roles: str, **changes) -> Operator:
    usual = Operator(login, login.title(), roles, password=hash_of(login), must_change=False)
    return replace(usual, **changes)


def hash_of(login: str) -> Hidden:
    return Hidden(f"the hash of {login}'s password")


def session(login: str, /, **changes) -> Session:
    usual = Session(f"session of {login}", login, NOON_US, NOON_US, Stage.FULL, "10.0.0.1")
    return replace(usual, **changes)


def actor(login: str) -> Actor:
    return Actor(login, f"session of {login}", "10.0.0.1", "counter-1")


def local(login: str) -> Actor:
    return Actor(login)


PEOPLE = [
    person("ada", "administrator"),
    person("cleo", "clerk"),
    person("chen", "chief"),
    person("carl", "chief", "clerk"),
    person("gina", "guest"),
]


class Desk:
    """Posts on books alone; ``lines`` is the diary."""

    def __init__(self, people=PEOPLE, roles=ROLES, on: Books | None = None):
        self.books = on if on is not None else books(meter(1), meter(2))
        self.now = NOON
        self.lines: list = []
        office = self.office
        office.operators = {one.login: one for one in people}
        office.roles = {one.code: one for one in roles}
        office.sessions = {one.id: one for one in (session(person.login) for person in people)}
        office.branches = {code: Branch(code, code.title()) for code in ("north", "south")}
        office.stations = {
            f"{code}-1": Station(f"{code}-1", f"{code} 1", code) for code in ("north", "south")
        }
        office.branch_of = {meter(1).pan: "north", "A1": "north", meter(2).pan: "south", "A2": ""}

    @property
    def office(self) -> OfficeBooks:
        return self.books.office

    def post(self, command):
        loaded = self.loaded(command)
        decision = command.decide(loaded, self.now)
        assert decision == command.decide(loaded, self.now)
        if decision.writes:
            self.books.apply(command, decision)
        self.lines += decision.diary
        self.decision = decision
        return decision.content

    def why(self, command):
        """The reason of a refusal, whosever it is."""
        return self.post(command).reason

    def loaded(self, command) -> Books:
        needs = command.needs()
        named = {key: self.books.known[key] for key in needs.keys if key in self.books.known}
        sales = {key: self.books.sales[key] for key in needs.sales if key in self.books.sales}
        office = OfficeBooks() if needs.office is None else self._office(needs.office)
        return replace(self.books, known=named, sales=sales, office=office)

    def _office(self, needs: OfficeNeeds) -> OfficeBooks:
        all_ = self.office
        return replace(
            all_,
            operators=dict(all_.operators) if needs.everyone else _among(all_.operators, needs.logins),
            sessions={
                one.id: one
                for one in all_.sessions.values()
                if one.id in needs.sessions or one.login in needs.sessions_of
            },
            approvals=_among(all_.approvals, needs.approvals),
            branch_of=_among(all_.branch_of, needs.branch_of),
            troubles=_among(all_.troubles, needs.troubles),
            shifts={one.id: one for one in all_.shifts.values() if needs.shifts and one.closed_us is None},
        )

    def later(self, us: int) -> Desk:
        self.now = self.now + timedelta(microseconds=us)
        return self

    def changed(self, kind: str, key: str, /, **changes) -> Desk:
        """Change somebody or something behind the desk's back."""
        table = getattr(self.office, kind)
        table[key] = replace(table[key], **changes)
        return self

    def request(self, reference="deposit/east/d1"):
        return self.office.approvals[reference]

    def decide(self, login, verdict, reference="deposit/east/d1", reason=""):
        """Decide as the door does: the request as it was read, its order made anew."""
        by = login if isinstance(login, Actor) else actor(login)
        request = self.request(reference)
        return DecideRequest(by, request, verdict, command_of(request), reason)


def _among(table: dict, wanted) -> dict:
    return {key: table[key] for key in wanted if key in table}


def deposit(login="cleo", minor=10_000, reference="d1", reason="as on the statement") -> Authorised:
    return ordered(login, DepositOrder(BANK, minor, "CNY", reference, covered=True), reason)


def ordered(login, order, reason="as on the statement") -> Authorised:
    by = login if isinstance(login, Actor) else actor(login)
    return Authorised(by, act_of(order, reason), order.command(by.login, reason))


def note(login, function=Function.STOCK, **changes) -> Authorised:
    """An order that does nothing and may carry any amount."""
    act = Act(function, "note", "{}", "something", reason="since", action=Action.ORDER)
    return Authorised(actor(login), replace(act, **changes), NoteAct("something"))


def administered(by: Actor, order) -> Authorised:
    """An order about people, as an administrator gives it."""
    act = Act(Function.OPERATORS, "staff", "", order.key, needs_reason=False, action=Action.CHANGE)
    return Authorised(by, act, order)


def till(desk: Desk, **changes) -> Till:
    """The bank's till on the desk's books: its credits wait."""
    return Till(desk.books, token_in_answer=False, **changes)
