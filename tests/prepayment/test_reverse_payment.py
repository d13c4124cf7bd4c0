"""Reversals before, after and instead of their payments; on books alone."""

import json
from dataclasses import replace

from gateway.core.counters import Counters
from gateway.core.ledger import EntryKind, Posting
from gateway.core.outcome import Approved, Declined, Undone
from gateway.core.refusal import Refusal
from gateway.core.sale import SaleState
from tests.builders import BANK, NOON, Till, books, meter


def waiting(**changes) -> Till:
    till = Till(token_in_answer=False, **changes)
    till.post(till.pay())
    return till


def test_a_waiting_credit_is_given_back_and_the_entry_is_the_mirror_of_its_hold():
    till = waiting()
    assert till.post(till.reverse()) == Undone(1)
    held, given_back = till.entries()
    assert given_back.kind is EntryKind.VOID
    assert given_back.reverses == 1
    assert sorted((p.account, -p.amount) for p in given_back.postings) == sorted(
        (p.account, p.amount) for p in held.postings
    )


def test_a_given_back_credit_gives_its_block_back():
    till = waiting()
    assert till.books.meters[meter().pan].counters.mtd_wh > 0
    till.post(till.reverse())
    assert till.books.meters[meter().pan].counters.mtd_wh == 0


def test_a_block_of_another_month_is_not_given_back_to_this_one():
    till = waiting()
    till.now = NOON.replace(month=12)
    till.post(till.pay("r2", 5_000))
    bought = till.books.meters[meter().pan].counters.mtd_wh
    till.post(till.reverse("r1"))
    assert till.books.meters[meter().pan].counters.mtd_wh == bought


def test_a_given_back_credit_moves_every_counter_back():
    before = Counters(202611, 80_000, 20260101, 900_000, 20261123, 2, 202611, 202611, 20261123, (70_000, 0))
    till = waiting(on=books(meter(counters=before)))
    assert till.books.meters[meter().pan].counters.times == 3
    till.post(till.reverse())
    assert till.books.meters[meter().pan].counters == before


def test_a_credit_of_last_month_is_taken_out_of_the_months_that_an_average_counts():
    till = waiting()
    till.now = NOON.replace(month=12)
    till.post(till.pay("r2", 5_000))
    till.post(till.reverse("r1"))
    counters = till.books.meters[meter().pan].counters
    assert counters.past_wh == (0,)
    assert counters.ytd_wh == counters.mtd_wh > 0


def without_moved(till: Till) -> None:
    """Make the sale one of before: its explanation does not say what it moved."""
    key = till.pay().key
    sale = till.books.sales[key]
    explanation = json.loads(sale.quote)
    del explanation["moved"]
    till.books.sales[key] = replace(sale, quote=json.dumps(explanation))


def test_a_credit_sold_before_sales_said_what_they_moved_gives_its_block_back():
    till = waiting()
    without_moved(till)
    year_wh = till.books.meters[meter().pan].counters.ytd_wh
    till.post(till.reverse())
    counters = till.books.meters[meter().pan].counters
    assert (counters.mtd_wh, counters.ytd_wh) == (0, year_wh)


def test_a_credit_sold_before_then_gives_nothing_back_to_another_month():
    till = waiting()
    without_moved(till)
    till.now = NOON.replace(month=12)
    till.post(till.pay("r2", 5_000))
    before = till.books.meters[meter().pan].counters
    till.post(till.reverse("r1"))
    assert till.books.meters[meter().pan].counters == before


def test_after_the_token_is_out_a_reversal_is_refused_and_a_claim_is_open():
    till = Till()
    till.post(till.pay())
    assert till.post(till.reverse()) == Declined(Refusal.TOKEN_OUT)
    claim = till.entries()[-1]
    assert claim.postings == (
        Posting(f"CLAIM:{BANK}", 10_000, "CNY"),
        Posting(f"BANK:{BANK}", -10_000, "CNY"),
    )
    assert till.decisions[-1].exception.kind == "reversed_after_token"
    assert till.books.sales[till.pay().key].state is SaleState.CLAIMED


def test_a_claim_does_not_fill_the_float_again():
    till = Till(books(balances={f"FLOAT:{BANK}": -50_000}), covered=True)
    till.post(till.pay())
    till.post(till.reverse())
    assert till.books.balances[f"FLOAT:{BANK}"] == -40_000
    assert till.entries()[-1].postings[1] == Posting("HOLD:CLAIM", -10_000, "CNY")


def test_a_void_fills_the_float_again():
    till = Till(books(balances={f"FLOAT:{BANK}": -50_000}), covered=True, token_in_answer=False)
    till.post(till.pay())
    till.post(till.reverse())
    assert till.books.balances[f"FLOAT:{BANK}"] == -50_000


def test_a_repeated_reversal_gets_the_same_answer_and_books_nothing_more():
    for till in (waiting(), Till()):
        till.post(till.pay())
        first = till.post(till.reverse())
        booked = len(till.entries())
        assert till.post(till.reverse()) == first
        assert len(till.entries()) == booked


def test_a_refused_reversal_leaves_the_token_to_its_repeats():
    till = Till()
    paid = till.post(till.pay())
    till.post(till.reverse())
    assert till.post(till.pay()) == paid


def test_an_accepted_reversal_makes_every_repeat_reversed():
    till = waiting()
    till.post(till.reverse())
    assert till.post(till.pay()) == Declined(Refusal.REVERSED)
    assert till.post(till.ask()) == Declined(Refusal.REVERSED)
    assert till.post(till.hand_over()) == Declined(Refusal.REVERSED)


def test_a_reversal_before_its_payment_is_accepted_and_the_late_payment_is_refused():
    till = Till()
    assert till.post(till.reverse()) == Undone(None)
    assert till.decisions[-1].exception.kind == "reversed_before_payment"
    assert till.post(till.pay()) == Declined(Refusal.REVERSED)
    assert till.post(till.pay(minor=1_000)) == Declined(Refusal.KEY_REUSED)
    assert till.entries() == till.tokens() == []


def test_a_refused_payment_can_be_reversed_and_there_is_nothing_to_book():
    till = Till()
    till.post(till.pay(minor=1))
    assert till.post(till.reverse()) == Undone(None)
    assert till.entries() == []


def test_a_reversal_of_another_amount_is_refused_and_the_right_one_still_works():
    till = waiting()
    assert till.post(till.reverse(minor=9_999)) == Declined(Refusal.AMOUNT_DIFFERS)
    assert till.post(till.reverse(minor=10_000)) == Undone(1)


def test_a_partial_reversal_is_refused_and_the_whole_one_still_works():
    till = waiting()
    assert till.post(till.reverse(is_partial=True)) == Declined(Refusal.PARTIAL_REVERSAL)
    assert till.post(till.reverse()) == Undone(1)


def test_a_new_payment_after_a_reversal_is_a_new_sale():
    till = waiting()
    till.post(till.reverse())
    assert isinstance(till.post(till.pay("r2")), Approved)
