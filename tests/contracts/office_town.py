"""A small town for the office's questions: two branches, two banks, three days, every state of a sale."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import update

from adapters.db import tables as t
from adapters.db.views import ViewReader
from gateway.core.calendar import Calendar
from gateway.core.management import ManagementOrder
from gateway.core.meter import Carrier, MeterRef, MeterState
from gateway.core.money import Money
from gateway.core.payment import PaymentOrder, payment_key
from gateway.core.timeline import microseconds
from gateway.core.token_order import ManagementKind
from gateway.prepayment.manage_meter import ApproveManagement, OrderManagement, Workshop
from gateway.prepayment.resume_sales import NoteOverdueCredit
from gateway.prepayment.take_payment import TakePayment
from tests.builders import ZONE, Till, identity, issuer, meter_file, posting_batch

#: West goes over to the next day two hours before midnight.
CALENDAR = Calendar(ZONE, time(0, 0), {"bank:west": time(22, 0)})
MONDAY, TUESDAY, WEDNESDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25)
NORTH, SOUTH = "north", "south"

CUSTOMERS = {
    "A1": {"name": "Zhang Wei", "phone": "13800000001", "branch": NORTH},
    "A2": {"name": "Ли Анна", "phone": "13800000002", "branch": SOUTH},
    "A3": {"name": "50% off_shop", "phone": "", "branch": SOUTH},
    "A10": {"name": "zhang Min", "phone": "13800000010", "branch": NORTH, "address": "9 Zhangjiang Road"},
}
METERS = [
    meter_file(1),
    meter_file(2, account_no="A2"),
    meter_file(3, power_type="shop", account_no="A3"),
    meter_file(4, account_no="A2", carrier=Carrier.CARD),
    meter_file(5, account_no="A10", state=MeterState.BLOCKED),
]
PANS = [identity(serial).pan for serial in range(1, 6)]


def clock(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026 in the utility's zone."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


class Town:
    """Books in which all of it has happened; ``reader`` answers."""

    def __init__(self, fresh):
        self.engine = fresh.database(meters=METERS)
        with self.engine.begin() as connection:
            for account_no, columns in CUSTOMERS.items():
                of_him = t.customer.c.account_no == account_no
                connection.execute(update(t.customer).where(of_him).values(columns))
        self.now = clock(23, 9)
        self.batch = posting_batch(self.engine, lambda: self.now, calendar=CALENDAR)
        self.reader = ViewReader(self.engine)
        self.east, self.west = Till(), Till(bank="west", token_in_answer=False)
        self._happen()

    def post(self, *commands, at=None):
        self.now = at or self.now
        return self.batch.run(commands)

    def traced(self, till, reference, pan, trace, minor=10_000):
        """Pay with a trace, as messages bring it."""
        order = PaymentOrder(MeterRef(pan=pan), Money(minor, "CNY"), "T7", 5, trace)
        key = payment_key(till.terms.bank, reference)
        return TakePayment(key, reference, order, till.terms, till.pricing, till.issuer)

    def _happen(self):
        one, two, shop, card, blocked = PANS
        east, west = self.east, self.west
        self.post(
            east.pay("r1", pan=one), self.traced(east, "r2-2026-11-23", shop, "000007-2026-11-23", 7_000)
        )
        self.post(west.pay("w1", 5_000, pan=two), at=clock(23, 21, 59))
        self.post(west.pay("w2", 10_000, pan=one), at=clock(23, 22, 1))
        self.post(east.pay("r3", 12_345, pan=two), east.pay("r4", 100, pan=one), at=clock(23, 23, 59))
        self.post(west.pay("c1", 3_000, pan=card), west.pay("w3", 4_000, pan=two), at=clock(24, 8))
        self.post(east.reverse("r3"), west.reverse("w1"), west.hand_over("w2"), at=clock(24, 9))
        self.post(east.pay("b1", pan=blocked), east.reverse("never"), at=clock(24, 10))
        self.post(NoteOverdueCredit(payment_key("west", "w3"), "west"), at=clock(25, 9))
        self._manage(one)

    def _manage(self, pan):
        tools = Workshop(issuer(), ZONE, "CNY")
        order = ManagementOrder(ManagementKind.POWER_LIMIT, 5_000, "he asked for it", "Li Na")
        ordered = OrderManagement("m1", MeterRef(pan=pan), order, 3, tools)
        approved = ApproveManagement("m1", MeterRef(pan=pan), "Wang Fang", 3, tools)
        self.post(ordered, at=clock(25, 10))
        self.post(approved)

    def us(self, day: int, hour: int) -> int:
        return microseconds(clock(day, hour))
