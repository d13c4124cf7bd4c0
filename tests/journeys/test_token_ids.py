"""Two stations and a bank sell to one meter within a minute; no id comes twice, whatever the clock does."""

import itertools
import random
from datetime import timedelta

import pytest
from twisted.internet.defer import Deferred

from adapters.db.journal_reader import JournalReader
from adapters.db.poster import QueuedPoster, run_here
from gateway.core.outcome import Approved, Declined, recalled
from gateway.core.refusal import Refusal
from gateway.proof.check import check_books
from gateway.simulators.meter import Accepted, VirtualMeter
from tests.builders import NOON, Till, decoder_key, identity, posting_batch

SELLERS = ("station-1", "station-2", "east")
DAY_MINUTES = 24 * 60
#: A round of sales queues behind the batch that is in flight, as payments do under load.
ROUND = 250
TENDER = 1_000


class Street:
    """Three sellers on one ledger, a clock that the test turns, and a poster whose batches wait for us."""

    def __init__(self, engine, **terms):
        self.now = NOON
        self.engine = engine
        self.tills = {name: Till(bank=name, **terms) for name in SELLERS}
        self.poster = QueuedPoster(posting_batch(engine, lambda: self.now), self._later)
        self.answers = []
        self._waiting = []

    def _later(self, function, *arguments):
        waiter: Deferred = Deferred()
        self._waiting.append((waiter, function, arguments))
        return waiter

    def sell(self, seller, number):
        command = self.tills[seller].pay(f"s-{number}", TENDER)
        self.poster.post(command).addCallback(self.answers.append)

    def work(self):
        """Run batch after batch until nothing waits."""
        while self._waiting:
            waiter, function, arguments = self._waiting.pop()
            run_here(function, *arguments).chainDeferred(waiter)

    def sell_one(self, seller, number):
        self.sell(seller, number)
        self.work()
        return self.answers[-1]

    def journal(self):
        return JournalReader(self.engine)

    def balances(self):
        return {row.code: row.balance for row in self.journal().accounts()}

    def ids(self):
        """The token ids in the order of their sales."""
        return [row.tid for row in sorted(self.journal().tokens(), key=lambda row: row.sale_id)]

    def sold(self):
        """What was sold, as the journal keeps it, in the order of the receipts."""
        contents = [recalled(row.content) for row in self.journal().stored_keys()]
        return sorted((one for one in contents if isinstance(one, Approved)), key=lambda one: one.receipt_no)


def busy_minute(street, count, dice):
    """Sell so often within a minute, in any mixture; in the middle the clock is stepped back an hour."""
    for start in range(0, count, ROUND):
        if start == count // 2:
            street.now -= timedelta(hours=1)
        for number in range(start, start + ROUND):
            street.sell(dice.choice(SELLERS), number)
        street.work()
        street.now += timedelta(seconds=60 / (count / ROUND))
    assert len(street.answers) == count
    assert all(isinstance(answer, Approved) for answer in street.answers)


def assert_all_are_taken(street, count):
    """Ids are distinct and rising, and a meter takes every token in the order in which they were sold."""
    ids, sold = street.ids(), street.sold()
    assert len(ids) == len(sold) == count
    assert all(before < after for before, after in itertools.pairwise(ids))
    assert not [tid for tid in ids if tid % DAY_MINUTES == 1], "00:01 is kept for special tokens"
    assert sold == street.answers, "the answers were given in another order"
    meter = VirtualMeter(identity(), decoder_key(identity()))
    refused = [one for one in sold if not isinstance(meter.enter(one.token.reveal()), Accepted)]
    assert refused == []
    assert meter.memory.tids == tuple(ids[-50:])
    assert meter.credit_wh == abs(street.balances()["E.ISSUED"])


@pytest.mark.slow
def test_ten_thousand_sales_to_one_meter_in_a_minute_are_all_taken_in_order(fresh):
    count = 10_000 if fresh.kind == "sqlite" else 1_000
    street = Street(fresh.database(1), tid_lead_max=20_000)
    busy_minute(street, count, random.Random("one minute"))
    assert street.poster.batch_count < street.poster.posted_count / 50, "the sales came one by one"
    assert_all_are_taken(street, count)
    assert check_books(street.journal()) == []


def test_a_clock_that_is_stepped_back_brings_no_id_again(fresh):
    street = Street(fresh.database(1), tid_lead_max=1_000)
    for number in range(6):
        street.sell_one(SELLERS[number % 3], number)
        street.now -= timedelta(hours=1)
    first = street.ids()[0]
    assert street.ids() == list(range(first, first + 6))
    assert_all_are_taken(street, 6)


def test_a_lead_of_an_hour_ends_the_sales_of_a_minute(fresh):
    street = Street(fresh.database(1))
    for number in range(61):
        assert isinstance(street.sell_one(SELLERS[number % 3], number), Approved)
    before = street.balances(), street.ids(), street.sold()

    refused = street.sell_one("east", 61)
    assert isinstance(refused, Declined)
    assert refused.reason is Refusal.TOKENS_TOO_FAST
    assert (street.balances(), street.ids(), street.sold()) == before
    assert [row.kind for row in street.journal().open_exceptions()] == ["tokens_too_fast"]

    street.now += timedelta(minutes=1)
    street.answers.pop()
    assert isinstance(street.sell_one("east", 61), Approved)
    assert_all_are_taken(street, 62)
