"""An order about terms is kept as it was given, and made a command of whoever asked for it."""

import pytest

from gateway.core.terms import Terms, TermsDay
from gateway.office.orders import act_of, order_of
from gateway.office.terms_orders import AmendTermsOrder, WithdrawTermsOrder
from gateway.prepayment.amend_terms import AmendTerms, WithdrawTerms
from tests.builders import identity

DAY = TermsDay("2026-12-01", 1_764_518_400_000_000, 1_764_604_800_000_000)
POINT, PAN = "2000000048-1", identity(7).pan


class Kept:
    """A request as far as reading it goes."""

    reference = "terms/1"

    def __init__(self, order):
        act = act_of(order, "a shop")
        self.kind, self.order = act.kind, act.order


@pytest.mark.parametrize(
    "terms",
    [
        Terms("shop"),
        Terms("domestic", (("domestic", 60), ("shop", 40)), 8_000, ("POOR", "STAFF")),
    ],
)
def test_terms_are_read_back_as_they_were_ordered(terms):
    order = AmendTermsOrder.of(POINT, 3, PAN, terms, DAY)
    assert order_of(Kept(order)) == order
    assert order.command("li", "a shop") == AmendTerms("li", "", POINT, 3, PAN, terms, DAY, "a shop")
    assert (order.subject, order.about) == (f"supply point {POINT}", "2000000048")


def test_an_order_keeps_whether_it_prorates_and_an_older_one_does_not():
    order = AmendTermsOrder.of(POINT, 3, PAN, Terms("shop"), DAY, prorates=True)
    kept = order_of(Kept(order))
    assert isinstance(kept, AmendTermsOrder)
    assert kept.command("li", "a shop") == AmendTerms(
        "li", "", POINT, 3, PAN, kept.terms, DAY, "a shop", prorates=True
    )
    older = Kept(order)
    older.order = older.order.replace('"prorates":true,', "")
    assert order_of(older) == AmendTermsOrder.of(POINT, 3, PAN, Terms("shop"), DAY)


def test_a_withdrawal_is_read_back_as_it_was_ordered():
    order = WithdrawTermsOrder(POINT, 4, "2026-12-01")
    assert order_of(Kept(order)) == order
    assert order.command("li", "later") == WithdrawTerms("li", "", POINT, 4, "later")
    assert (order.subject, order.about) == (f"supply point {POINT}", "2000000048")
