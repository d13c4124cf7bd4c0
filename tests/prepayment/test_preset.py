"""Preset energy: a meter comes with it, the first purchase pays for it; given back, it is owed again."""

import pytest

from gateway.core import chart
from gateway.core.outcome import Approved, Declined, Undone, recalled
from gateway.core.preset import PRESET_WH_MAX, Preset
from gateway.core.pricing import preset_of
from gateway.core.refusal import Refusal
from tests.builders import Till, books, meter

PRESET = Preset(10_000, 612)
OWED = f"AR:{meter().account_no}:PRESET"


def till(**terms):
    return Till(books(meter(preset=PRESET)), **terms)


def plain(**terms):
    return Till(books(meter()), **terms)


def balances(on):
    sums: dict[str, int] = {}
    for entry in on.entries():
        for posting in entry.postings:
            sums[posting.account] = sums.get(posting.account, 0) + posting.amount
    return {account: amount for account, amount in sums.items() if amount}


def test_the_first_purchase_is_priced_as_any_and_its_token_carries_less():
    paying, usual = till(), plain()
    sold, other = paying.post(paying.pay()), usual.post(usual.pay())
    assert isinstance(sold, Approved)
    assert (sold.energy_wh, sold.lines) == (other.energy_wh, other.lines)
    assert sold.preset_wh == PRESET.wh
    issued, without = balances(paying)[chart.ENERGY_ISSUED], balances(usual)[chart.ENERGY_ISSUED]
    assert without - issued == PRESET.wh


def test_what_was_owed_is_settled_and_all_energy_is_sold():
    paying, usual = till(), plain()
    paying.post(paying.pay())
    usual.post(usual.pay())
    found, other = balances(paying), balances(usual)
    assert (found[OWED], found[chart.PRESET_ISSUED]) == (-612, 612)
    assert found[chart.ENERGY_UNSOLD] == PRESET.wh
    assert found[chart.ENERGY_SOLD] == other[chart.ENERGY_SOLD]
    (sale,) = paying.books.sales.values()
    assert sale.encoded_wh == found[chart.ENERGY_ISSUED] + PRESET.wh
    assert preset_of(sale.quote) == PRESET


def test_the_second_purchase_is_a_usual_one():
    paying = till()
    paying.post(paying.pay("r1"))
    again = paying.post(paying.pay("r2"))
    assert again.preset_wh == 0
    assert paying.books.meters[meter().pan].preset is None


def test_a_credit_that_waits_carries_less_when_it_goes_out():
    paying = till(token_in_answer=False)
    paying.post(paying.pay())
    assert OWED not in balances(paying), "it is settled with the credit"
    assert paying.books.meters[meter().pan].preset is None
    given = paying.post(paying.hand_over())
    assert isinstance(given, Approved)
    assert balances(paying)[OWED] == -612
    at_once = till()
    at_once.post(at_once.pay())
    assert balances(paying) == balances(at_once)


def test_given_back_it_is_owed_again():
    paying = till(token_in_answer=False)
    paying.post(paying.pay())
    assert isinstance(paying.post(paying.reverse()), Undone)
    assert paying.books.meters[meter().pan].preset == PRESET
    assert paying.decisions[-1].presets
    assert balances(paying) == {}
    assert paying.post(paying.pay("r2")).preset_wh == PRESET.wh


def test_a_purchase_that_is_not_more_than_it_is_refused_with_the_figure():
    paying = till()
    refused = paying.post(paying.pay(minor=300))
    assert isinstance(refused, Declined)
    assert refused.reason is Refusal.BELOW_MINIMUM
    assert "10 kWh" in refused.detail
    assert paying.books.meters[meter().pan].preset == PRESET
    assert paying.entries() == []


def test_a_repeat_is_answered_as_it_was():
    paying = till()
    assert paying.post(paying.pay()) == paying.post(paying.pay())


def test_an_answer_with_it_is_kept_and_read_back():
    paying = till()
    answer = paying.post(paying.pay())
    assert recalled(answer.stored()) == answer


@pytest.mark.parametrize(("wh", "minor"), [(0, 0), (-1, 0), (PRESET_WH_MAX + 1, 0), (1, -1)])
def test_what_is_no_preset_energy_is_refused(wh, minor):
    with pytest.raises(ValueError, match="preset energy is"):
        Preset(wh, minor)
