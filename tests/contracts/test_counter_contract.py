"""Sales at a counter in the books, and what lists and proofs say of them: on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from adapters.db import tables as t
from adapters.db.journal_reader import JournalReader
from adapters.db.views import ViewReader
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.outcome import Approved, Undone
from gateway.core.sale import SaleState
from gateway.core.views_booked import SaleFile
from gateway.core.views_sales import Sales
from gateway.core.views_shift import ShiftFile
from gateway.core.views_watch import Banks, Exceptions
from gateway.office.keep_shift import CloseShift, OpenShift
from gateway.office.manage_roles import KeepStation
from gateway.prepayment.pay_refund import PayRefund
from gateway.prepayment.resume_sales import NoteOverdueCredit
from gateway.proof.check import check_books
from gateway.proof.check_days import check_days
from gateway.proof.verify import verify
from tests.builders import CHAIN_SECRET, NOON, posting_batch
from tests.counter import KeptCounter, Opening
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
    right = post.correcting(minor=4_000, shown=post.shown(4_000, wrong.payment.order.meter.pan))
    done = post.batch.run([wrong, right])
    assert [type(one) for one in done] == [Approved, Approved]
    assert post.balance("CASH:n1:ann") == 4_000
    post.is_sound()


def test_a_shift_ends_with_its_drawer_counted_and_handed_in(post):
    people, slip = People(post.batch), ShiftFile(branch=None, id=1)
    closing = CloseShift("ann", "c1", 1, "ann", "n1", 9_500, 10_000, "CNY", "a note was false")
    receipt = post.sell(minor=10_000).receipt_no
    assert post.post(closing) == NotDone(OfficeRefusal.DRAWER_WAITS, f"receipts {receipt}")
    assert post.reader.totals(slip).waiting == (receipt,)
    post.give_out()
    post.sell("form-2", minor=5_000)
    post.undo("form-2", minor=5_000)
    post.now += timedelta(seconds=5)
    post.post(closing)
    balances = {code: post.balance(code) for code in ("CASH:n1:ann", "SAFE:n1", "OVER_SHORT:n1:ann")}
    assert balances == {"CASH:n1:ann": 0, "SAFE:n1": 9_500, "OVER_SHORT:n1:ann": 500}
    post.now += timedelta(hours=1)
    people.of_herself(OpenShift("ann", "o2", "n1", 2_000, "CNY"))
    facts, next_one = post.reader.totals(slip), post.reader.totals(ShiftFile(branch="north", id=2))
    moved = {one.kind: (one.count, one.minor) for one in facts.moves}
    assert moved == {"hold": (2, 15_000), "void": (1, -5_000)}
    handed = facts.handed_in
    assert (handed.due_minor, handed.counted_minor, facts.before_minor) == (10_000, 9_500, 0)
    assert (facts.invoices.first, facts.invoices.last, facts.invoices.red) == (1, 1, 0)
    assert (next_one.due_minor, next_one.invoices) == (2_000, None)
    assert post.reader.totals(ShiftFile(branch="south", id=2)) is None
    post.is_sound()


def test_a_sale_and_the_end_of_its_shift_in_one_batch(post):
    selling, closing = post.selling(minor=10_000), CloseShift("ann", "c1", 1, "ann", "n1", 0, 0, "CNY")
    sold, refused = post.batch.run([selling, closing])
    assert refused == NotDone(OfficeRefusal.DRAWER_WAITS, f"receipts {sold.receipt_no}")
    post.give_out()
    closing = CloseShift("ann", "c2", 1, "ann", "n1", 10_000, 10_000, "CNY")
    closed, late = post.batch.run([closing, post.selling("form-2")])
    assert isinstance(closed, Changed)
    assert late == NotDone(OfficeRefusal.NO_SHIFT, "n1")
    post.is_sound()


def owing(post, minor):
    """A customer is to be paid out what his meter held, and she may have some money of before."""
    post.post(Opening("REFUND_PAYABLE:A1", -minor))
    return PayRefund("ann", "r1", "n1", "A1", minor, "CNY")


def test_money_of_a_sale_that_waits_is_not_paid_out_as_a_refund(post):
    refund = owing(post, 10_000)
    post.post(Opening("CASH:n1:ann", 2_500))
    post.sell(minor=10_000)
    said = (
        "CNY 125.00 are in it, and CNY 100.00 of it are of sales whose tokens are not given out yet; "
        "CNY 25.00 at the most can be paid out"
    )
    assert post.post(refund) == NotDone(OfficeRefusal.DRAWER_SHORT, said)
    assert isinstance(post.undo(), Undone)
    assert post.balance("CASH:n1:ann") == 2_500
    post.is_sound()


def test_no_correction_takes_a_drawer_below_nothing_behind_a_refund(post):
    refund = owing(post, 10_000)
    post.sell(minor=10_000)
    assert isinstance(post.post(refund), NotDone)
    assert isinstance(post.correct(minor=4_000), Approved)
    assert post.balance("CASH:n1:ann") == 4_000
    post.is_sound()


def test_once_its_token_is_given_out_the_money_of_a_sale_is_there_to_be_paid_out(post):
    refund = owing(post, 10_000)
    post.sell(minor=10_000)
    post.give_out()
    assert post.post(refund) == Changed("A1")
    assert post.balance("CASH:n1:ann") == 0
    post.is_sound()


def test_what_beside_it_lies_in_the_drawer_is_paid_out_while_a_sale_waits(post):
    refund = owing(post, 2_500)
    post.post(Opening("CASH:n1:ann", 2_500))
    post.sell(minor=10_000)
    assert post.post(refund) == Changed("A1")
    post.undo()
    assert post.balance("CASH:n1:ann") == 0
    post.is_sound()


def test_a_sale_and_a_refund_out_of_its_money_in_one_batch(post):
    refund = owing(post, 10_000)
    sold, refused = post.batch.run([post.selling(minor=10_000), refund])
    assert isinstance(sold, Approved)
    assert (refused.reason, post.balance("CASH:n1:ann")) == (OfficeRefusal.DRAWER_SHORT, 10_000)
    given, paid = post.batch.run([post.giving_out(), replace(refund, nonce="r2")])
    assert isinstance(given, Approved)
    assert paid == Changed("A1")
    assert post.balance("CASH:n1:ann") == 0
    post.is_sound()


def test_a_credit_that_is_left_is_put_before_a_person_at_the_counter(post):
    post.sell()
    post.post(NoteOverdueCredit(post.key("form-1"), "@n1"))
    (row,) = post.reader.rows(Exceptions(branch=None))
    assert "counter" in row.text
