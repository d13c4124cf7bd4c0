"""Sales at a counter in the books, and what lists and proofs say of them: on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from adapters.db import tables as t
from adapters.db.journal_reader import JournalReader
from adapters.db.views import ViewReader
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.outcome import Approved, Undone
from gateway.core.sale import SaleState
from gateway.core.views_booked import SaleFile
from gateway.core.views_sales import Sales
from gateway.core.views_watch import Banks, Exceptions
from gateway.office.keep_shift import OpenShift
from gateway.office.manage_roles import KeepStation
from gateway.prepayment.resume_sales import NoteOverdueCredit
from gateway.proof.check import check_books
from gateway.proof.check_days import check_days
from gateway.proof.verify import verify
from tests.builders import CHAIN_SECRET, NOON, posting_batch
from tests.counter import KeptCounter
from tests.office_people import People


class Post(KeptCounter):
    """The same counter on books that are kept; what was shown is asked of them as a page does."""

    def __init__(self, fresh):
        self.engine = fresh.database(2)
        super().__init__(posting_batch(self.engine, lambda: self.now))
        self.reader = ViewReader(self.engine)
        people = People(self.batch)
        people.branch("north")
        people.enter("ann", "four words are better")
        people.give(KeepStation("local:root", "s1", "n1", "Counter 1", "north", is_open=True, is_new=True))
        people.of_herself(OpenShift("ann", "s2", "n1"))

    def balance(self, account):
        with self.engine.connect() as connection:
            found = connection.execute(select(t.account.c.balance).where(t.account.c.code == account))
            return found.scalar_one()

    def state(self, key):
        facts = self.reader.totals(SaleFile(branch=None, key=key))
        assert facts is not None
        return facts.sale.state

    def is_sound(self):
        with JournalReader(self.engine).snapshot() as journal:
            assert check_books(journal) == []
            assert check_days(journal, journal.standing().days, journal.closed_days()) == []
            assert verify(journal.sealed(), CHAIN_SECRET, journal.standing(), {}).findings == []


@pytest.fixture
def post(fresh):
    return Post(fresh)


def test_a_sale_at_a_counter_stands_in_lists_and_in_the_drawer(post):
    assert isinstance(post.sell(), Approved)
    post.now += timedelta(seconds=5)
    assert isinstance(post.give_out(), Approved)
    assert post.balance("CASH:n1:ann") == 10_000
    (sold,) = post.reader.rows(Sales(branch=None, bank="@n1"))
    assert (sold.key, sold.state, sold.terminal) == (post.key("form-1"), SaleState.ISSUED, "n1")
    (sums,) = post.reader.totals(Sales(branch=None))
    assert (sums.count, sums.minor) == (1, 10_000)
    assert post.reader.rows(Banks(NOON.date())) == [], "a counter is no bank"
    post.is_sound()


def test_a_sale_undone_leaves_nothing(post):
    post.sell()
    post.now += timedelta(seconds=5)
    assert isinstance(post.undo(), Undone)
    assert post.balance("CASH:n1:ann") == 0
    assert post.state(post.key("form-1")) is SaleState.REVERSED
    post.is_sound()


def test_two_screens_sell_once_even_in_one_batch(post):
    one, other = post.selling("form-1"), post.selling("form-2")
    done = post.batch.run([one, other])
    assert isinstance(done[0], Approved)
    assert done[1] == NotDone(OfficeRefusal.COUNTER_WAITS)
    later = post.post(post.selling("form-3"))
    assert later == NotDone(OfficeRefusal.COUNTER_WAITS)
    assert post.balance("CASH:n1:ann") == 10_000


def test_a_correction_is_written_whole(post):
    wrong, right = post.key("form-1"), post.key("form-1") + "+2"
    post.sell(minor=10_000)
    post.now += timedelta(seconds=5)
    done = post.correct(minor=4_000)
    assert isinstance(done, Approved)
    assert post.state(wrong) is SaleState.REVERSED
    assert post.state(right) is SaleState.WAITING
    assert post.balance("CASH:n1:ann") == 4_000
    with post.engine.connect() as connection:
        entries = connection.execute(select(t.entry.c.key, t.entry.c.kind).order_by(t.entry.c.id))
        assert list(entries)[-2:] == [(f"undo/{wrong}", "void"), (right, "hold")]
    assert isinstance(post.give_out(payment=right), Approved)
    post.is_sound()


def test_a_correction_in_the_same_batch_as_its_sale(post):
    wrong = post.selling(minor=10_000)
    right = post.correcting(minor=4_000, shown_wh=post.shown(4_000, wrong.payment.order.meter.pan))
    done = post.batch.run([wrong, right])
    assert [type(one) for one in done] == [Approved, Approved]
    assert post.balance("CASH:n1:ann") == 4_000
    post.is_sound()


def test_a_credit_that_is_left_is_put_before_a_person_at_the_counter(post):
    post.sell()
    post.post(NoteOverdueCredit(post.key("form-1"), "@n1"))
    (row,) = post.reader.rows(Exceptions(branch=None))
    assert "counter" in row.text
