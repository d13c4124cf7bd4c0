"""A claim ends once, and its money stands where it belongs; on books alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.core.ledger import EntryKind, Posting
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.sale import SaleState
from gateway.prepayment.end_claim import ClaimEnd, EndClaim
from tests.builders import BANK, Till, books, meter

PAYMENT, AMOUNT = "pay/east/r1", 10_000
UPHELD = EndClaim(PAYMENT, ClaimEnd.UPHELD, BANK, "cleo", meter().pan, AMOUNT)
CONCEDED = replace(UPHELD, end=ClaimEnd.CONCEDED)
BANK_ACCOUNT, FLOAT, CLAIM = f"BANK:{BANK}", f"FLOAT:{BANK}", f"CLAIM:{BANK}"


def claimed(*, covered=False) -> Till:
    accounts = (BANK_ACCOUNT, FLOAT, CLAIM, "HOLD:CLAIM", "LOSS:CLAIM")
    till = Till(books(balances=dict.fromkeys(accounts, 0) | {FLOAT: -50_000}), covered=covered)
    till.post(till.pay())
    till.post(till.reverse())
    return till


def standing(till) -> dict[str, int]:
    return {account: amount for account, amount in till.books.balances.items() if amount}


@pytest.mark.parametrize(
    ("covered", "end", "stands"),
    [
        (False, UPHELD, {BANK_ACCOUNT: AMOUNT, FLOAT: -50_000}),
        (False, CONCEDED, {"LOSS:CLAIM": AMOUNT, FLOAT: -50_000}),
        (True, UPHELD, {FLOAT: -40_000}),
        (True, CONCEDED, {"LOSS:CLAIM": AMOUNT, FLOAT: -50_000}),
    ],
)
def test_each_end_leaves_nothing_in_dispute_and_the_money_where_it_belongs(covered, end, stands):
    till = claimed(covered=covered)
    assert till.post(end) == Changed("claim/pay/east/r1")
    assert standing(till) == stands


@pytest.mark.parametrize(
    ("end", "state", "kind"),
    [
        (UPHELD, SaleState.ISSUED, EntryKind.CLAIM_UPHELD),
        (CONCEDED, SaleState.CONCEDED, EntryKind.CLAIM_CONCEDED),
    ],
)
def test_the_sale_goes_on_and_its_energy_stays_issued(end, state, kind):
    till = claimed()
    carried = till.books.sales[PAYMENT].encoded_wh
    till.post(end)
    entry = till.entries()[-1]
    assert (entry.kind, {line.unit for line in entry.postings}) == (kind, {"CNY"})
    assert (till.books.sales[PAYMENT].state, till.books.sales[PAYMENT].encoded_wh) == (state, carried)


def test_what_is_conceded_to_a_bank_that_pays_in_advance_gives_its_cover_back():
    till = claimed(covered=True)
    till.post(CONCEDED)
    assert till.entries()[-1].postings == (
        Posting("LOSS:CLAIM", AMOUNT, "CNY"),
        Posting(CLAIM, -AMOUNT, "CNY"),
        Posting("HOLD:CLAIM", AMOUNT, "CNY"),
        Posting(FLOAT, -AMOUNT, "CNY"),
    )


def test_the_same_end_again_books_nothing_more_and_the_other_one_is_refused():
    till = claimed()
    first = till.post(CONCEDED)
    booked = till.entries()
    assert till.post(CONCEDED) == first
    assert till.post(UPHELD) == NotDone(OfficeRefusal.DONE_ALREADY)
    assert till.entries() == booked
    assert till.books.sales[PAYMENT].state is SaleState.CONCEDED


@pytest.mark.parametrize("changes", [{"bank": "west"}, {"pan": "0"}, {"amount_minor": 9_999}])
def test_what_authority_judged_by_is_what_ends(changes):
    till = claimed()
    assert till.post(replace(UPHELD, **changes)) == NotDone(OfficeRefusal.NOT_AS_BOOKED)


def test_what_is_not_in_dispute_does_not_end():
    till = Till()
    assert till.post(UPHELD) == NotDone(OfficeRefusal.NO_SALE)
    till.post(till.pay())
    assert till.post(UPHELD) == NotDone(OfficeRefusal.NO_CLAIM)
