"""Lots and settlements: nobody gets more than he paid, arrears are paid first, and all of it balances."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core import chart
from gateway.core.dues import DEBTS
from gateway.core.lots import Lot, by_account, lot_of, newest, priced_as_last
from gateway.core.pricing import PricedLine
from gateway.core.refund_price import Worth, at_worth
from gateway.core.settlement import FeeTooHigh, settlement

ENERGY, TAX, FEE = "REV:domestic:ENERGY", "VAT", "FEE:MONTH"
MONEY = st.integers(0, 10**7)
LINES = st.tuples(MONEY, MONEY, MONEY)


def lot(energy_wh, energy=0, tax=0, fee=0):
    lines = [(ENERGY, energy), (TAX, tax), (FEE, fee), ("AR:A1:ARREARS", 500)]
    return lot_of(1, energy_wh, [PricedLine("x", minor, account) for account, minor in lines if minor])


LOTS = st.lists(st.builds(lambda wh, lines: lot(wh, *lines), st.integers(1, 10**6), LINES), max_size=8)


def test_what_is_left_is_of_the_last_purchases():
    lots = (lot(100_000, 5_500), lot(50_000, 3_000))
    assert [(one.energy_wh, one.minor) for one in newest(lots, 60_000)] == [(10_000, 550), (50_000, 3_000)]
    assert newest(lots, 0) == ()
    assert newest(lots, 500_000) == lots


def test_fees_and_debts_and_the_tax_on_fees_are_not_given_back():
    one = lot(100_000, 8_000, 1_000, 2_000)
    assert by_account([one]) == {ENERGY: 8_000, TAX: 800}


def test_what_was_lent_is_priced_as_the_last_purchase_that_cost_something():
    lots = (lot(100_000, 5_000), Lot(2, 400))
    assert [line.minor for line in priced_as_last(lots, 10_000)] == [500]
    assert priced_as_last((Lot(2, 400),), 10) == ()


@given(LOTS, st.integers(0, 10**7))
def test_no_more_is_given_back_than_was_paid(lots, left_wh):
    kept = newest(lots, left_wh)
    assert sum(one.energy_wh for one in kept) == min(left_wh, sum(one.energy_wh for one in lots))
    paid = by_account(lots)
    for account, minor in by_account(kept).items():
        assert 0 <= minor <= paid[account]


WORTHS = st.none() | st.builds(Worth, st.integers(0, 10**7), st.integers(1, 10**6), st.just("v1"))


@given(LOTS, st.integers(0, 10**7), WORTHS)
def test_at_either_price_no_purchase_is_given_back_for_more_than_was_paid(lots, left_wh, worth):
    kept = newest(lots, left_wh)
    given_ = at_worth(kept, worth)
    for one, before in zip(given_, kept, strict=True):
        assert (one.lines, one.energy_wh) == (before.lines, before.energy_wh)
        assert 0 <= one.given_minor <= one.minor
        if worth is not None and one.given is not None:
            assert one.given_minor <= worth.of(one.energy_wh) < one.minor
    paid, posted = by_account(lots), by_account(given_)
    assert sum(posted.values()) == sum(one.given_minor for one in given_)
    assert posted.get(chart.REPRICED, 0) <= 0
    for account, minor in posted.items():
        if account != chart.REPRICED:
            assert 0 <= minor <= paid[account]


def test_where_energy_costs_less_today_the_revenue_that_is_kept_has_its_account():
    one = lot(100_000, 8_000, 1_000)
    (given_,) = at_worth([one], Worth(4_500, 100_000, "v2"))
    # Half of it is given back, and half of the tax; the energy is not sold any more, so its revenue goes.
    assert by_account([given_]) == {ENERGY: 8_000, TAX: 500, chart.REPRICED: -4_000}
    assert given_.given_minor == 4_500


def test_where_energy_costs_more_today_what_was_paid_is_given_back():
    one = lot(100_000, 8_000, 1_000)
    assert at_worth([one], Worth(20_000, 100_000, "v2")) == (one,)


def test_free_energy_is_worth_nothing_at_either_price():
    assert by_account(at_worth([Lot(2, 400)], Worth(9, 1, "v2"))) == {}


@given(
    st.dictionaries(st.sampled_from([ENERGY, TAX, "LEVY:FUND"]), MONEY),
    st.dictionaries(st.sampled_from(DEBTS), st.integers(-1_000, 10**6)),
    st.integers(-(10**6), 10**6),
    st.integers(0, 10**6),
    st.booleans(),
)
def test_a_settlement_balances_and_pays_debts_before_anybody(given_, owed, capital, fee, is_last):
    balances = {f"AR:A1:{kind}": minor for kind, minor in owed.items()} | {"CUST:A1": -capital}
    try:
        found = settlement("A1", given_, balances, fee, is_last=is_last)
    except FeeTooHigh:
        found = settlement("A1", given_, balances, 0, is_last=is_last)
        assert fee > found.payable_minor
    assert sum(one.amount for one in found.postings) == 0
    own = max(0, capital) if is_last else 0
    assert 0 <= found.payable_minor <= sum(given_.values()) + own
    after = dict(balances)
    for one in found.postings:
        if one.account in after:
            after[one.account] += one.amount
    if found.payable_minor or found.fee_minor:
        assert all(minor <= 0 for account, minor in after.items() if account.startswith("AR:"))
    for kind in DEBTS[1:]:
        # Nothing is paid of another debt while arrears are left.
        if after.get("AR:A1:ARREARS", 0) > 0:
            assert after.get(f"AR:A1:{kind}", 0) == balances.get(f"AR:A1:{kind}", 0)


def test_a_fee_is_taken_from_what_is_left_and_from_nothing_else():
    with pytest.raises(FeeTooHigh):
        settlement("A1", {ENERGY: 100}, {}, 101, is_last=True)
    assert settlement("A1", {ENERGY: 100}, {}, 100, is_last=True).payable_minor == 0
