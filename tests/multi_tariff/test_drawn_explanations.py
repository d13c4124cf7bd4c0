"""Whatever a tariff may be, its purchases explain themselves: drawn tariffs, three purchases each."""

from fractions import Fraction

import pytest

from gateway.core.quote import Quote
from gateway.multi_tariff.compare_quotes import compare_quotes, got
from gateway.multi_tariff.compare_words import compare_text, effect_texts
from gateway.multi_tariff.explain_quote import explain_quote
from gateway.multi_tariff.explanation import Receipt, working_of
from tests.drawn_tariffs import after, drawn
from tests.multi_tariff.test_explain_quote import sums_on_the_page

SEEDS = range(400)


def purchases(seed):
    """A purchase, the same money once more, and so much energy as it had brought; those that are sold."""
    one = drawn(seed)
    first = one.tariff.quote(one.tender, one.buyer)
    if not isinstance(first, Quote):
        return []
    buyer = after(one.buyer, first)
    quotes = (one.tariff.quote(one.tender, buyer), one.tariff.quote_energy(first.energy_wh, buyer))
    later = [Receipt(quote, buyer, one.tariff) for quote in quotes if isinstance(quote, Quote)]
    return [Receipt(first, one.buyer, one.tariff), *later]


@pytest.mark.parametrize("start", range(0, len(SEEDS), 100))
def test_every_drawn_purchase_is_explained_and_adds_up(start):
    for seed in SEEDS[start : start + 100]:
        for receipt in purchases(seed):
            for columns in (48, 80):
                lines = explain_quote(receipt, columns)
                assert max(map(len, lines)) <= columns, seed
                assert sums_on_the_page(lines), seed
            working = working_of(receipt)
            spent = sum((minor for _, _, minor in working.charges), working.cost + working.on_tender)
            spent += sum(minor for _, minor in working.deducted)
            assert spent == working.money + working.account, seed


@pytest.mark.parametrize("start", range(0, len(SEEDS), 100))
def test_every_two_drawn_purchases_are_compared_and_add_up(start):
    for seed in SEEDS[start : start + 100]:
        found = purchases(seed)
        for second in found[1:]:
            comparison = compare_quotes(found[0], second)
            assert sum(cause.kwh for cause in comparison.causes) == got(second) - got(found[0]), seed
            *parts, total = [Fraction(text) for text in effect_texts(comparison)]
            assert sum(parts) == total, seed
            assert max(map(len, compare_text(comparison))) <= 48, seed
