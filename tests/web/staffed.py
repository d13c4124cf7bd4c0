"""The town's books with people who are signed in, so that what pages order is really judged and booked.

Manned     ``chief`` and ``deputy``, who may do all; others are let in by a test
Staffed    an office beside it: branches, stations, an auditor, cashiers, a shift, exceptions, requests

Whoever comes by a cookie of ``tests.web.desk`` is a person of these books, with a session that stands.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from typing import TYPE_CHECKING

from adapters.db.registry import Registry
from adapters.db.views import ViewReader
from gateway.assembly.multi_tariff import stored_pricing
from gateway.core.approval import Verdict
from gateway.core.authority import Function, Grant, Level, Rights
from gateway.core.calendar import Calendar
from gateway.core.diary import Actor
from gateway.core.session import EnrolPolicy
from gateway.core.staff import StaffState, grants_text
from gateway.core.timeline import microseconds
from gateway.core.views_booked import SaleFile
from gateway.core.views_staff import Diary, Operators, Requests, Roles
from gateway.core.views_watch import Exceptions
from gateway.office.authorised import Authorised
from gateway.office.decide_request import DecideRequest
from gateway.office.keep_shift import OpenShift
from gateway.office.manage_roles import KeepStation
from gateway.office.manage_staff import ChangeOperator
from gateway.office.orders import DepositOrder, ResolveOrder, act_of, command_of
from gateway.office.rights_orders import GiveRolesOrder, KeepRoleOrder, seen_of
from gateway.office.sign_in import Proof, SignIn
from gateway.prepayment.close_day import CloseDay
from gateway.prepayment.issue_invoice import IssueInvoice
from gateway.prepayment.issue_red_invoice import IssueRedInvoice
from gateway.prepayment.resume_sales import NoteOverdueCredit
from gateway.prepayment.write_invoice import InvoiceAuthor
from tests import builders
from tests.counter import KeptCounter
from tests.office_people import ALL, People
from tests.web.books import Paid
from tests.web.desk import Desk, DoubleGate, office, people, visitor
from tests.web.entered import entered_once

if TYPE_CHECKING:
    from admin_web.visitor import Visitor

#: Who sits at which counter.
SEATS = (("chief", "south-2"), ("li-na", "north-1"))
PASSWORD = "four words are better"
NOW_US = microseconds(builders.NOON)
VIEW = {one: Grant(Level.VIEW) for one in Function}
CASHIER = {
    Function.DASHBOARD: Grant(Level.VIEW),
    Function.CUSTOMERS: Grant(Level.VIEW),
    Function.SALES: Grant(Level.VIEW),
    Function.EXCEPTIONS: Grant(Level.DO, 20_000),
    Function.FIND_TOKEN: Grant(Level.VIEW),
    Function.SHIFTS: Grant(Level.DO),
    Function.SELLING: Grant(Level.DO, 20_000),
}


def only(**levels):
    """Grants by function names: ``only(stock=Level.DO)``."""
    return {Function(name): Grant(level) for name, level in levels.items()}


class Manned(Paid):
    """Books whose ``desk`` answers and takes orders of whoever was let in."""

    def __init__(self, folder, size: int = 10):
        super().__init__(folder, size)
        self.batch = builders.posting_batch(self.engine, lambda: self.now)
        self.people = People(self.batch)
        #: By the cookie; who is let in later may come to a desk that stands already.
        self.visitors: dict[str, Visitor] = people()
        entered_once(self, (type(self), size), self._man)

    def _man(self):
        self.let_in("chief", name="Chen Yu")
        self.let_in("deputy", name="Ivan Petrov")

    def let_in(self, login, grants=None, branch=None, name=None):
        """Enter somebody and sign her in; by default she may do all."""
        self.now = builders.NOON - timedelta(minutes=5)
        self.people.enter(login, PASSWORD, grants, branch=branch, name=name)
        proof = Proof(self.operator(login).password, None)
        (content,) = self.batch.run(
            [SignIn(login, f"session-{login}", "192.0.2.7", proof, EnrolPolicy.NOBODY)]
        )
        assert content.session.login == login
        rights = Rights.of([ALL if grants is None else grants], branch)
        self.visitors[login] = visitor(login, rights, name=name or login.title())
        self.now = builders.NOON
        return self

    def office(self, **changes):
        changes.setdefault("pricing", stored_pricing(Registry(self.engine)))
        return office(self.engine, gate=DoubleGate(self.visitors), poster=self.poster, **changes)

    def desk(self, **changes):
        return Desk(self.office(**changes))

    def give(self, login, order, reason="as agreed on the telephone"):
        """An order of somebody who is signed in."""
        actor = Actor(login, f"session-{login}", "192.0.2.7")
        command = order.command(login, reason)
        (content,) = self.batch.run([Authorised(actor, act_of(order, reason), command)])
        return content

    def reader(self):
        return ViewReader(self.engine)

    def operator(self, login):
        return self.reader().rows(Operators(login=login))[0]

    def diary(self):
        """What stands in the diary, in its order."""
        return list(reversed(self.reader().rows(Diary())))


class Staffed(Manned):
    """Books of a house at work; see the module."""

    def _man(self):
        entered = self.people
        self.now = builders.NOON - timedelta(days=1)
        entered.branch("north", "North office")
        entered.branch("south", "South office")
        for code, name, branch in (("north-1", "Counter 1", "north"), ("south-1", "Kiosk", "south")):
            entered.give(
                KeepStation("local:root", entered.nonce(), code, name, branch, is_open=True, is_new=True)
            )
        super()._man()
        self.let_in("auditor", VIEW, name="Olga Ivanova")
        self.let_in("li-na", CASHIER, "north", name="Li Na")
        self.let_in("guest", {})
        self.now = builders.NOON - timedelta(minutes=5)
        entered.enter("wang", PASSWORD, CASHIER, branch="south", name="Wang Fang", must_change=True)
        entered.of_herself(OpenShift("li-na", "s1", "north-1"))
        held = visitor("wang", Rights.of([CASHIER], "south"), name="Wang Fang", held_at="/account/password")
        self.visitors["newcomer"] = held
        self.now = builders.NOON

    def trouble(self):
        """One of each kind that the town can have, and a credit that waits and may be given back."""
        west = builders.Till(bank="west", token_in_answer=False)
        buyers = [m.pan for m in self.town.meters][:4]
        self.now = builders.NOON - timedelta(days=2)
        self.batch.run([west.pay("w1", 5_000, pan=buyers[0]), west.pay("w2", 7_500, pan=buyers[1])])
        self.now = builders.NOON - timedelta(hours=3)
        self.batch.run([NoteOverdueCredit("pay/west/w1", "west"), NoteOverdueCredit("pay/west/w2", "west")])
        east = builders.Till()
        self.batch.run([east.reverse("never-came")])
        self.now = builders.NOON
        return self

    def at_counters(self):
        """The chief and Li Na sit at counters; of each a sale waits, and one of the chief's is out."""
        station = KeepStation(
            "local:root", self.people.nonce(), "south-2", "Market", "south", is_open=True, is_new=True
        )
        self.people.give(station)
        self.people.of_herself(OpenShift("chief", "s2", "south-2"))
        for login, code in SEATS:
            self.visitors[login] = replace(self.visitors[login], station=code)
        buyers = [one.pan for one in self.buyers()[5:8]]
        chief, li_na = (KeptCounter(self.batch, code, login) for login, code in SEATS)
        self.batch.run([
            chief.selling("sold", 6_000, buyers[0]),
            chief.selling("waits", 12_345, buyers[1]),
            li_na.selling("waits", 8_000, buyers[2]),
        ])  # fmt: skip
        self.batch.run([chief.giving_out("sold")])
        return self

    def claimed(self):
        """Two payments that were reversed after their token was out; the second is written off."""
        east, pan = builders.Till(), self.buyers()[2].pan
        pays = [east.pay(f"c{n}", n * 12_345, pan=pan) for n in (1, 2)]
        self.batch.run([*pays, east.reverse("c1"), east.reverse("c2")])
        (trouble,) = [one for one in self.reader().rows(Exceptions(branch=None)) if one.key == "pay/east/c2"]
        asked = self.resolve(
            id=trouble.id, exception=trouble.kind, resolution="conceded", payment=trouble.key, bank="east",
            pan=pan, amount_minor=24_690,
        )  # fmt: skip
        self.approve(asked, "deputy")
        return self

    def invoiced(self):
        """A cashier's invoice, one whose sale was undone since, and one that a red one has taken back."""
        at_counter = InvoiceAuthor("north-1", "north-1", "li-na")
        in_office = InvoiceAuthor("OFFICE", "", "chief")
        west, pan = builders.Till(bank="west", token_in_answer=False), self.buyers()[4].pan
        sold = self.reader().totals(SaleFile(branch=None, key="pay/east/r12")).sale
        self.batch.run([IssueInvoice(sold.key, sold.pan, at_counter)])
        self.batch.run([west.pay("v1", 8_800, pan=pan), west.pay("v2", 9_900, pan=pan)])
        self.batch.run([IssueInvoice(f"pay/west/v{n}", pan, in_office) for n in (1, 2)])
        self.batch.run([west.reverse("v1"), west.reverse("v2")])
        why = "he has paid for another meter"
        self.batch.run([IssueRedInvoice("pay/west/v2", pan, "OFFICE", 2, in_office, why)])
        return self

    def asked(self):
        """Two requests: one of the chief's, one of the deputy's."""
        self.give("deputy", DepositOrder("east", 1_250_000, "CNY", "slip-77", covered=True))
        self.give("chief", DepositOrder("west", 300_000, "CNY", "slip-78", covered=True))
        return self

    def rights_asked(self):
        """Two more of the deputy's: somebody gets roles, and a role grants more."""
        roles = {row.role.code: row.role for row in self.reader().rows(Roles())}
        gets = ("role-auditor", "role-li-na")
        seen = seen_of(self.operator("li-na").roles, gets, roles)
        order = GiveRolesOrder("li-na", self.operator("li-na").version, ",".join(gets), "roles", seen)
        self.give("deputy", order, "she stands in for Olga")
        grants = CASHIER | {Function.FLOATS: Grant(Level.DO, 500_000), Function.SALES: Grant(Level.NONE)}
        self.give("deputy", KeepRoleOrder("role-wang", 1, "Counter south", grants_text(grants), "role"))
        return self

    def past(self):
        """What is over: a closed day, a closed exception, a decided request, somebody who has left."""
        self.batch.run([CloseDay(date(2026, 11, 17), Calendar(builders.ZONE, time(0, 0)))])
        unknown = {"id": 3, "exception": "reversed_before_payment", "resolution": "explained"}
        where = {"payment": "pay/east/never-came", "bank": "east", "pan": "", "amount_minor": 0}
        self.approve(self.resolve("deputy", **unknown, **where))
        self.approve(self.give("deputy", DepositOrder("west", 90_000, "CNY", "slip-79", covered=True)))
        self.people.enter("gone", PASSWORD, CASHIER, branch="north", name="Sun Hong")
        gone = ChangeOperator(
            "local:root", self.people.nonce(), "gone", 3, "Sun Hong", "north", "en", None, StaffState.LEFT
        )
        self.people.give(gone)
        return self

    def approve(self, asked, by="chief"):
        """Have somebody approve what was asked for."""
        (request,) = self.reader().rows(Requests(at_us=NOW_US, reference=asked.reference))
        actor = Actor(by, f"session-{by}", "192.0.2.7")
        (content,) = self.batch.run([DecideRequest(actor, request, Verdict.APPROVE, command_of(request))])
        return content

    def resolve(self, login="chief", **changes):
        usual = {
            "id": 1, "exception": "credit_overdue", "resolution": "reversed", "payment": "pay/west/w1",
            "bank": "west", "pan": self.town.meters[0].pan, "amount_minor": 5_000,
        }  # fmt: skip
        return self.give(login, ResolveOrder(**(usual | changes)))
