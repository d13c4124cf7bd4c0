"""Two stations, one card, one meter, and a bank: in whatever order they act, no purchase is loaded twice.

A station may hold an old picture of the card, its messages may be lost on either way, the card may be pulled
out while it is written, and the bank may take its payment back at any moment. In the end everything that
stopped is finished, and the meter has what stands in the books.
"""

import random
from collections import Counter

import pytest

from gateway.core.card_order import CardOrderState
from gateway.core.ledger import WATT_HOURS
from gateway.core.office_answer import CardOrdered
from gateway.core.payment import payment_key
from gateway.core.sale import SaleState
from gateway.core.staff import Shift
from gateway.simulators.card.faults import Fault, FaultKind
from tests import builders, cards
from tests.card_counter import CardCounter

pytestmark = [
    pytest.mark.slow,
    pytest.mark.sim,
    pytest.mark.once,
    pytest.mark.xdist_group("card_interleavings"),
]

#: Histories, and the steps of each.
HISTORIES, STEPS = 10_000, 18

SHARDS = 10


class History:
    """One history, drawn from a seed."""

    def __init__(self, seed):
        self.dice = random.Random(seed)
        first = CardCounter(self.dice.choice(["powertill-cpu", "sle4442", "gdw365"]))
        self.stations = (first, CardCounter(first.profile.name, "n2", "bob", on=first.books))
        office = first.books.office
        # Each counter has made itself the only shift.
        office.shifts = {1: Shift(1, "ann", "n1", 0), 2: Shift(2, "bob", "n2", 0)}
        first.stock(cards.SERIAL)
        self.books = first.books
        self.card, self.meter = first.blank(), first.meter()
        self.bank = builders.Till(self.books)
        #: What each station has seen of the card last.
        self.seen: dict = {}
        self.forms = self.paid = 0
        self.added = 0
        self.told: Counter[str] = Counter()

    def run(self):
        acts = [
            self.sell, self.sell, self.reserve, self.write, self.write, self.tear, self.die, self.lose_answer,
            self.look, self.insert, self.insert, self.pay, self.take_back, self.give_up,
        ]  # fmt: skip
        for _ in range(STEPS):
            act = self.dice.choice(acts)
            self.told[act.__name__] += bool(act(self.dice.choice(self.stations)))
            assert self.added <= self.issued(), "the meter has more than was sold"
        self.finish()

    def issued(self):
        """What the books say is out: in the card's unit."""
        orders = self.books.files.cards.orders.values()
        out = {SaleState.ISSUED, SaleState.CLAIMED}
        return sum(
            one.amount
            for one in orders
            if one.state is not CardOrderState.VOID and self.books.sales[one.payment].state in out
        )

    def form(self):
        self.forms += 1
        return f"form-{self.forms}"

    def picture(self, station):
        """What it has seen: now, or some time ago."""
        if station not in self.seen or self.dice.random() < 0.7:
            self.seen[station] = station.read(self.card)
        return self.seen[station]

    def order(self):
        return self.books.files.cards.open_order(self.stations[0].pan)

    def sell(self, station):
        return isinstance(
            station.post(station.selling_on_card(self.picture(station), self.form())), CardOrdered
        )

    def reserve(self, station):
        waiting = [key for key, one in self.books.sales.items() if one.state is SaleState.WAITING]
        if not waiting:
            return False
        payment = self.dice.choice(waiting)
        content = station.post(station.reserving(self.picture(station), payment, self.form()))
        return isinstance(content, CardOrdered)

    def write(self, station):
        order = self.order()
        return order is not None and isinstance(station.write(order, self.card), CardOrdered)

    def tear(self, station):
        """The card is pulled out somewhere."""
        kind = self.dice.choice([FaultKind.LEAVE, FaultKind.TEAR, FaultKind.ANSWER_LOST])
        self.card.fault = Fault(self.dice.randrange(24), kind, self.dice.randrange(12))
        done = self.write(station)
        self.card.fault = None
        return done

    def die(self, station):
        """The power fails behind the begin: nothing of it is told."""
        order = self.order()
        if order is None:
            return False
        return isinstance(station.begin(order, station.read(self.card)), CardOrdered)

    def lose_answer(self, station):
        """It is written, and nobody learns of it."""
        order = self.order()
        if order is None:
            return False
        hush = station.confirm
        station.confirm = lambda *_: None
        try:
            return station.write(order, self.card) is None
        finally:
            del station.confirm
            assert station.confirm == hush

    def look(self, station):
        """The card is read, and what is found of the purchase is told."""
        order = self.order()
        return order is not None and isinstance(station.confirm(order, station.read(self.card)), CardOrdered)

    def insert(self, _station):
        came = self.meter.insert(self.card)
        self.added += came.added
        return came.added > 0

    def pay(self, _station):
        self.paid += 1
        self.bank.post(self.bank.pay(f"r{self.paid}", pan=self.stations[0].pan))
        return True

    def take_back(self, _station):
        if not self.paid:
            return False
        payment = payment_key("east", f"r{self.dice.randint(1, self.paid)}")
        was = self.books.sales[payment].state
        self.bank.post(self.bank.reverse(payment.rpartition("/")[2]))
        return self.books.sales[payment].state is not was

    def give_up(self, station):
        order = self.order()
        return order is not None and isinstance(station.give_up(order), CardOrdered)

    def finish(self):
        """Whatever stopped is finished: the card goes from the counter to the meter until nothing waits."""
        station = self.stations[0]
        for _ in range(4 * self.forms + 4 * self.paid + 4):
            self.insert(station)
            order = self.order()
            if order is None:
                waiting = [key for key, one in self.books.sales.items() if one.state is SaleState.WAITING]
                if not waiting:
                    break
                reserved = station.reserve(self.card, waiting[0], self.form())
                assert isinstance(reserved, CardOrdered), reserved
            elif order.state is CardOrderState.RESERVED and order.station != station.station:
                station.give_up(order)
            elif not isinstance(station.confirm(order, station.read(self.card)), CardOrdered):
                station.write(order, self.card)
        self.insert(station)
        assert self.order() is None, "a purchase stays on its way"
        self.balance()

    def balance(self):
        orders = [
            one for one in self.books.files.cards.orders.values() if one.state is not CardOrderState.VOID
        ]
        assert {one.state for one in orders} <= {CardOrderState.CONFIRMED}
        assert sorted(one.number for one in orders) == list(range(1, len(orders) + 1))
        assert self.meter.memory.count == len(orders)
        assert self.added == self.issued(), "the meter has not what was sold"
        posted: Counter[tuple[str, str]] = Counter()
        for entry in [one for till in (*self.stations, self.bank) for one in till.entries()]:
            for line in entry.postings:
                posted[line.account, line.unit] += line.amount
        for unit in ("CNY", WATT_HOURS):
            assert sum(minor for (_, of), minor in posted.items() if of == unit) == 0
        assert posted["HOLD:CREDIT", "CNY"] == 0
        assert posted["E.ISSUED", WATT_HOURS] == sum(
            one.encoded_wh for one in self.books.sales.values() if one.state is not SaleState.REVERSED
        )


@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_purchase_is_loaded_twice_and_none_is_lost(shard, counted):
    told: Counter[str] = Counter()
    for seed in range(shard, HISTORIES, SHARDS):
        history = History(seed)
        history.run()
        told += history.told
    counted(f"{HISTORIES // SHARDS} histories: {dict(told)}")
    assert set(told) == {
        "sell", "reserve", "write", "tear", "die", "lose_answer", "look", "insert", "pay", "take_back",
        "give_up",
    }  # fmt: skip
