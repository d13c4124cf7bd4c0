"""The causes of a difference between two purchases: each is found by name, and they sum exactly."""

from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.buyer import Buyer
from gateway.core.money import Money
from gateway.core.quote import Quote
from gateway.core.tariff import Tariff
from gateway.multi_tariff.compare_quotes import CauseKind, compare_quotes, got
from gateway.multi_tariff.compare_words import compare_text, effect_texts
from gateway.multi_tariff.explanation import Receipt
from tests.multi_tariff.golden import receipts
from tests.multi_tariff.test_explain_quote import FEE, PLAIN, compare_or_approve

MAY, JULY = datetime(2026, 5, 2, 9, 30), datetime(2026, 7, 4, 9, 30)  # noqa: DTZ001 - local to the tariff
BLOCKS = {
    "kind": "block",
    "blocks": [{"upto_kwh": "60", "rate": "2"}, {"upto_kwh": None, "rate": "3"}],
}
RICH = {
    "energy": {
        "kind": "seasonal",
        "prices": [
            {"season": "summer", "energy": BLOCKS},
            {"season": "winter", "energy": {"kind": "flat", "rate": "2.5"}},
        ],
    },
    "calendar": {"seasons": [{"name": "summer", "from": "10-01"}, {"name": "winter", "from": "06-01"}]},
    "fixed_charges": [FEE | {"accrues_when_unpaid": True, "taxed": True}],
    "taxes": [{"code": "VAT", "rate": "0.15"}],
    "free_basic": {"kwh": "10", "scheme": "POOR"},
    "preferential": [
        {"scheme": "ELDERLY", "total": True, "factor": "0.8", "valid": {"to": "2026-06-30"}},
        {"scheme": "POOR", "total": True, "factor": "0.5", "cap_kwh": "20"},
    ],
    "channel_fees": [{"channel": "kiosk", "amount": "1", "rate": "0.02"}],
    "arrears": {"mode": "percent_of_tender", "percent": "0.30"},
    "emergency_credit": {"percent": "0.5"},
}


def receipt(tender="100.00", version="plain-1", since=None, *, buyer=None, **changes):
    tariff = Tariff.from_mapping(PLAIN | changes, version)
    buyer = buyer or Buyer(at=MAY)
    quote = tariff.quote(Money.parse(tender, tariff.currency), buyer)
    assert isinstance(quote, Quote), quote
    return Receipt(quote, buyer, tariff, since)


def causes(first, second):
    """The kinds of the causes with their kWh; their sum is checked on the way."""
    comparison = compare_quotes(first, second)
    assert sum(cause.kwh for cause in comparison.causes) == got(second) - got(first)
    *parts, total = [Fraction(text) for text in effect_texts(comparison)]
    assert sum(parts) == total
    assert max(map(len, compare_text(comparison, 48))) <= 48
    return {cause.kind: cause.kwh for cause in comparison.causes}


def test_a_fee_in_the_first_purchase_only_is_the_cause_of_more():
    first = receipt(fixed_charges=[FEE])
    second = receipt(fixed_charges=[FEE], buyer=Buyer(at=MAY, months_due=0))
    assert causes(first, second) == {CauseKind.CHARGES: 5}


def test_a_higher_block_is_the_cause_of_less():
    second = receipt(energy=BLOCKS, buyer=Buyer(at=MAY, mtd_wh=30_000))
    assert causes(receipt(energy=BLOCKS), second) == {
        CauseKind.LADDER: Fraction(-20, 3),
        CauseKind.ROUNDING: Fraction(-1, 30),
    }


def test_a_debt_free_energy_and_a_fee_are_told_apart():
    rules = {
        "arrears": {"mode": "percent_of_tender", "percent": "0.30"},
        "free_basic": {"kwh": "10"},
        "channel_fees": [{"channel": "kiosk", "amount": "2"}],
    }
    second = Buyer(at=MAY, arrears_minor=100_000, free_claimed=True, channel="kiosk")
    found = causes(receipt(**rules), receipt(**rules, buyer=second))
    assert found == {CauseKind.ARREARS: -15, CauseKind.FREE: -10, CauseKind.FEE: -1}


def test_the_causes_are_ranked_with_the_strongest_first_and_rounding_last():
    first = receipt(energy=BLOCKS, fixed_charges=[FEE])
    second = receipt(energy=BLOCKS, fixed_charges=[FEE], buyer=Buyer(at=MAY, mtd_wh=70_000, months_due=0))
    kinds = [cause.kind for cause in compare_quotes(first, second).causes]
    assert kinds == [CauseKind.LADDER, CauseKind.CHARGES, CauseKind.ROUNDING]


def test_a_new_version_names_its_tax_and_both_versions_with_their_days():
    first = receipt(since=date(2025, 7, 1), taxes=[{"code": "VAT", "rate": "0.15"}])
    second = receipt(
        version="plain-2",
        since=date(2026, 5, 1),
        taxes=[{"code": "VAT", "rate": "0.16"}],
        energy={"kind": "flat", "rate": "2.1"},
    )
    assert set(causes(first, second)) == {CauseKind.TAXES, CauseKind.RATES, CauseKind.ROUNDING}
    text = " ".join(compare_text(compare_quotes(first, second), 300))
    assert "plain-2 (in force since 1 May 2026) in place of plain-1 (in force since 1 July 2025)" in text
    assert "VAT 16 % instead of 15 %" in text
    assert "the first kWh costs 2.436 instead of 2.32" in text


def test_versions_that_name_their_lines_otherwise_are_one_cause():
    charge = [FEE | {"taxed": True}]
    first = receipt()
    taxes = [{"code": "VAT", "rate": "0.15", "base": ["ENERGY", "SERVICE_FEE"]}]
    second = receipt(version="plain-2", taxes=taxes, fixed_charges=charge)
    assert set(causes(first, second)) == {CauseKind.VERSION, CauseKind.ROUNDING}


def test_a_preference_that_ended_is_told_from_the_season():
    buyer = Buyer(at=MAY, schemes=("ELDERLY",))
    first, second = receipt(**RICH, buyer=buyer), receipt(**RICH, buyer=replace(buyer, at=JULY))
    found = causes(first, second)
    assert found[CauseKind.PREFERENCE] < 0
    assert CauseKind.SEASON in found
    text = " ".join(compare_text(compare_quotes(first, second), 300))
    assert "The preferential price has ended (Elderly)" in text
    assert "4 July 2026 (winter) instead of 2 May 2026 (summer)" in text


def test_the_same_purchase_twice_has_no_causes():
    assert causes(receipt(), receipt()) == {}
    assert "Why the second purchase brought the same" in compare_text(compare_quotes(receipt(), receipt()))


def test_two_currencies_are_not_compared():
    with pytest.raises(ValueError, match="USD and ZAR"):
        compare_quotes(receipt(currency="USD"), receipt())


def test_the_two_purchases_of_uganda_read_as_approved():
    found = receipts()
    name = "S4-uganda-2022q2-lifeline-two-purchases"
    lines = compare_text(compare_quotes(found[f"{name}-1"], found[f"{name}-2"]))
    compare_or_approve(Path(__file__).parent / "approved/compare-uganda.txt", lines)


BUYERS = st.builds(
    Buyer,
    at=st.sampled_from([MAY, JULY]),
    mtd_wh=st.integers(0, 200_000),
    months_due=st.integers(0, 3),
    schemes=st.sampled_from([(), ("ELDERLY",), ("POOR",), ("ELDERLY", "POOR")]),
    free_claimed=st.booleans(),
    arrears_minor=st.integers(0, 10_000),
    emergency_minor=st.integers(0, 10_000),
    channel=st.sampled_from(["", "kiosk"]),
)


@settings(max_examples=60, deadline=None)
@given(
    first=BUYERS, second=BUYERS, tender=st.integers(40_000, 60_000), rate=st.sampled_from(["0.15", "0.16"])
)
def test_whatever_differs_the_causes_sum_to_the_difference(first, second, tender, rate):
    changed = RICH | {"taxes": [{"code": "VAT", "rate": rate}]}
    causes(
        receipt("400.00", buyer=first, **RICH),
        receipt(str(Money(tender, "ZAR").text()), "plain-2", buyer=second, **changed),
    )
