"""A town whose office looks at a million sales of a hundred days: what lists, searches and sums are asked of.

Sales are spread as a town's are: three banks of which one sells little, households and shops, amounts of
every size, branches large and small. Most tokens go out with the answer; some credits wait and are fetched
later, a few wait still; some payments are reversed, before their token went out or after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Text, bindparam, cast, delete, func, insert, literal, select, update

from adapters.db import tables as t
from adapters.db.poster import BATCH_MAX
from adapters.db.registry import Registry
from bench.progress import bar
from gateway.core.customer import Customer
from gateway.core.meter import Carrier, MeterRef
from gateway.core.money import Money
from gateway.core.payment import PaymentOrder, payment_key
from gateway.core.timeline import microseconds
from gateway.prepayment.resume_sales import NoteOverdueCredit
from gateway.prepayment.take_payment import TakePayment
from gateway.simulators.town_names import resident
from tests.builders import Till, identity, meter_file, posting_batch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from gateway.core.books import Command

#: A hundred thousand households and shops; each buys every ten days.
METERS = 100_000
DAYS = 100
BRANCHES = 20
#: A branch with this many customers stands among those with thousands.
SMALL_BRANCH = "hamlet"
SMALL_BRANCH_METERS = 40
SMALL_BANK = "harbour"
#: The one amount that is paid ten times in a million.
RARE_MINOR = 77_777
_RARE_EVERY = 100_000
_SHOP_EVERY = 20
#: Two thousand lines a day: tokens shown again, exports, orders.
DIARY_LINES = 200_000
DIARY_PEOPLE = 50


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment of the town, by its number: who takes it, how much, for which meter."""

    number: int
    bank: str
    serial: int
    minor: int

    @classmethod
    def of(cls, number: int) -> Paid:
        """Give the payment of a number; the same number gives the same payment."""
        bank = SMALL_BANK if number % 1_000 == 7 else "west" if number % 4 == 0 else "east"
        # A prime, so that a meter's sales lie far apart.
        serial = number * 48_271 % METERS + 1
        minor = RARE_MINOR if number % _RARE_EVERY == 99 else 1_000 + number * 7_919 % 400 * 50
        return cls(number, bank, serial, minor)

    @property
    def waits(self) -> bool:
        """Is the credit fetched later?"""
        return self.number % 50 == 3

    @property
    def is_left(self) -> bool:
        """Does nobody ever fetch it?"""
        return self.waits and self.number % 5_000 == 3

    @property
    def is_reversed(self) -> bool:
        """Does the bank take it back?"""
        return self.number % 700 in {3, 11}

    def reference(self, day: str) -> str:
        """Its reference, as a bank's message brings it with the day."""
        return f"{self.number:012d}-{day}"


class OfficeBooks:
    """Fills books with the town and its sales; ``now`` is the moment of the newest."""

    def __init__(self, engine: Engine, sales: int) -> None:
        self._engine, self.sales = engine, sales
        self.now = datetime.now(UTC).replace(microsecond=0)
        self._begin = self.now - timedelta(days=DAYS)
        self._clock = self._begin
        self._pans = [identity(serial).pan for serial in range(1, METERS + 1)]
        names = ("east", "west", SMALL_BANK)
        self._tills = {
            name: (Till(bank=name, tid_lead_max=10_000_000), Till(bank=name, token_in_answer=False))
            for name in names
        }

    def moment(self, number: int) -> datetime:
        """When a payment is made."""
        return self._begin + (self.now - self._begin) * number / self.sales

    def enter_town(self) -> None:
        """Enter customers and meters, with their branches and telephones."""
        registry, dice = Registry(self._engine), Random(1)
        people = [resident(dice) for _ in range(9_000)]
        rows = []
        for serial in range(1, METERS + 1):
            who = people[serial * 31 % len(people)]
            rows.append(Customer(f"A{serial}", f"{who.name_ascii} {serial % 997}", who.address))
        registry.enter_customers(rows)
        registry.enter_meters(
            meter_file(
                serial,
                power_type="shop" if serial % _SHOP_EVERY == 0 else "domestic",
                carrier=Carrier.CARD if serial % 1_000 == 1 else Carrier.TOKEN,
            )
            for serial in range(1, METERS + 1)
        )
        place = update(t.customer).where(t.customer.c.account_no == bindparam("who"))
        with self._engine.begin() as connection:
            connection.execute(
                place.values(branch=bindparam("branch_"), phone=bindparam("phone_")),
                [
                    {"who": f"A{n}", "branch_": branch_of(n), "phone_": f"138{n:08d}"}
                    for n in range(1, METERS + 1)
                ],
            )

    def sell(self, first: int, last: int) -> None:
        """Make the sales from one number up to, not including, another."""
        batch = posting_batch(self._engine, lambda: self._clock)
        with bar("office: sell", last - first, "sale") as shown:
            for begin in range(first, last, BATCH_MAX):
                numbers = range(begin, min(begin + BATCH_MAX, last))
                self._clock = self.moment(begin)
                day = self._clock.date().isoformat()
                batch.run([self._payment(Paid.of(number), day) for number in numbers])
                later = [order for number in numbers for order in self._later(Paid.of(number), day)]
                if later:
                    self._clock += timedelta(minutes=20)
                    batch.run(later)
                shown.update(len(numbers))
        batch.close()

    def keep_diary(self) -> None:
        """Write the lines of the diary at one go; no link seals them, for nobody verifies these books."""
        number = select(func.generate_series(1, DIARY_LINES).label("number")).subquery().c.number
        step_us = (self.now - self._begin) // timedelta(microseconds=1) // DIARY_LINES
        first_us = literal(microseconds(self._begin), BigInteger)
        line = {
            "id": number,
            "at_us": first_us + cast(number, BigInteger) * step_us,
            "actor": literal("clerk-") + cast(number % DIARY_PEOPLE, Text),
            "station": literal(""),
            "address": literal("192.0.2.7"),
            "function": literal("show_token"),
            "action": literal("show"),
            "subject": literal("pay/east/") + cast(number, Text),
            "outcome": literal("done"),
            "detail": literal("asked for by telephone"),
            "link": literal(0, BigInteger),
        }
        with self._engine.begin() as connection:
            connection.execute(insert(t.diary).from_select(list(line), select(*line.values())))

    def clear_outbox(self, left: int) -> None:
        """Deliver what is to be told, but for a few notices: a receiver that is up does so within seconds."""
        newest = select(func.max(t.outbox.c.id)).scalar_subquery()
        with self._engine.begin() as connection:
            connection.execute(delete(t.outbox).where(t.outbox.c.id <= newest - left))

    def _payment(self, paid: Paid, day: str) -> TakePayment:
        till = self._tills[paid.bank][paid.waits]
        order = PaymentOrder(
            MeterRef(pan=self._pans[paid.serial - 1]),
            Money(paid.minor, "CNY"),
            f"TERM{paid.number % 500:04d}",
            paid.number % 16,
            f"{paid.number % 1_000_000:06d}-{day}",
        )
        key = payment_key(paid.bank, paid.reference(day))
        return TakePayment(key, f"{paid.number:064d}", order, till.terms, till.pricing, till.issuer)

    def _later(self, paid: Paid, day: str) -> Iterator[Command]:
        till = self._tills[paid.bank][paid.waits]
        reference = paid.reference(day)
        if paid.is_reversed:
            yield till.reverse(reference)
        elif paid.is_left:
            yield NoteOverdueCredit(payment_key(paid.bank, reference), paid.bank)
        elif paid.waits:
            yield till.hand_over(reference)


def branch_of(serial: int) -> str:
    """Name a customer's branch."""
    return SMALL_BRANCH if serial <= SMALL_BRANCH_METERS else f"branch-{serial % BRANCHES:02d}"
