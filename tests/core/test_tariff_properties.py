"""What holds for every tariff: ten thousand drawn ones, of every kind, each with a sale.

Energy is computed from exact amounts and never from rounded lines, so most bounds are exact here: more money
never buys less at all, and splitting a purchase never gains a single step of energy where energy is rounded
down. Where a bound is not zero, the test says which rounding it is made of.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.money import Money
from gateway.core.quote import Quote, QuoteRefusal, QuoteRefused
from gateway.core.tariff import Tariff
from tests.drawn_tariffs import Drawn, a_time_of_use_case, after, drawn
from tests.naive_tariff import Shop

SEEDS = range(10_000)
DEBITS = range(2_000)
BY_LIMITS = {QuoteRefusal.ABOVE_MOST, QuoteRefusal.BELOW_LEAST, QuoteRefusal.NOT_A_MULTIPLE}
BY_LIMITS |= {QuoteRefusal.TOO_OFTEN, QuoteRefusal.TOO_MUCH}


@cache
def first_sale(seed):
    one = drawn(seed)
    return one, one.tariff.quote(one.tender, one.buyer)


def sales():
    """Give every drawn tariff whose sale buys something, and the quote."""
    for seed in SEEDS:
        one, quote = first_sale(seed)
        if isinstance(quote, Quote):
            yield one, quote


def paid(one: Drawn, minor, buyer=None):
    return one.tariff.quote(Money(minor, one.tender.currency), buyer or one.buyer)


def money_unit(one: Drawn):
    """The smallest amount that the tariff rounds money to, in minor units."""
    return one.tariff.table.rounding.minor_unit


def kwh(wh):
    return Fraction(wh, 1000)


def costs_nothing(one: Drawn, quote, refused):
    """Does so little cost less than a unit of money, or does change pay for it?"""
    by_unit = paid(one, money_unit(one))
    is_cheap = isinstance(by_unit, Quote) and by_unit.kwh_exact >= kwh(quote.energy_wh)
    if refused.reason is QuoteRefusal.NOT_POSITIVE:
        return quote.account_minor > 0 or quote.blocks[0].gross_minor == 0
    return refused.reason is QuoteRefusal.BUYS_NOTHING and is_cheap


def by_hand(one: Drawn):
    """Let the slow clerk sell, see ``naive_tariff``."""
    shop = Shop(one.parts, one.buyer)
    return shop.sells(Fraction(one.tender.minor, 10**shop.exponent)), 10**shop.exponent


def as_by_hand(quote: Quote, unit):
    """Write a quote as the slow clerk writes it."""
    lines = ((line.part, line.code, Fraction(line.amount.minor, unit)) for line in quote.lines)
    return (
        quote.kwh_exact,
        kwh(quote.energy_wh),
        sorted((part, "ENERGY" if code == "ENERGY_NET" else code, amount) for part, code, amount in lines),
        Fraction(quote.residual_minor, unit),
        Fraction(sum(cost.minor for cost in quote.preference), unit),
    )


def assert_same_as_by_hand(one: Drawn, quote):
    clerk, unit = by_hand(one)
    if isinstance(quote, QuoteRefused):
        assert quote.reason in BY_LIMITS or clerk is None, one.seed
        return
    assert clerk is not None, one.seed
    wanted = (clerk.kwh_exact, clerk.kwh, clerk.lines, clerk.residual, clerk.preference)
    assert as_by_hand(quote, unit) == wanted, one.seed


def test_the_draw_holds_enough_of_everything():
    seen: Counter = Counter()
    for one, quote in sales():
        table = one.tariff.table
        seen.update({line.kind.name for line in quote.lines})
        seen.update(
            name
            for name, is_so in {
                "shared": len(one.parts) > 1,
                "carries": table.rounding.carries,
                "free": quote.free_wh > 0,
                "money": quote.credit_minor is not None,
                "preference": quote.preference,
                "capped": any(entry.cap_wh for entry in table.preferences) and quote.preference,
                "steps": len(quote.blocks) > 1,
                "bands": table.energy.bands,
                "seasons": table.energy.calendar,
                "year": table.energy.ladder.begins,
                "inside": any(share.is_contained for share in table.shares),
                "tender": any("TENDER" in share.base for share in table.shares),
                "compound": any(base.startswith("TAX") for share in table.shares for base in share.base),
                "limits": table.limits,
                one.tender.currency: True,
            }.items()
            if is_so
        )
    assert len(seen) >= 30, seen
    assert all(count >= 100 for count in seen.values()), seen
    assert sum(1 for _ in sales()) >= 8_000


def test_the_slow_clerk_comes_to_the_same_figures():
    for seed in SEEDS:
        assert_same_as_by_hand(*first_sale(seed))


@given(st.integers(len(SEEDS), 2**40))
def test_the_slow_clerk_comes_to_the_same_figures_for_any_other_draw(seed):
    one = drawn(seed)
    assert_same_as_by_hand(one, one.tariff.quote(one.tender, one.buyer))


def test_lines_and_residual_are_all_the_money():
    for one, quote in sales():
        came = quote.tender.minor + quote.account_minor
        assert sum(line.amount.minor for line in quote.lines) + quote.residual_minor == came, one.seed
        assert quote.tender == one.tender
        assert 0 <= quote.account_minor <= one.buyer.account_minor
        assert quote.residual_minor >= 0


def test_the_blocks_sum_to_the_energy():
    for one, quote in sales():
        carries = one.tariff.table.rounding.carries
        whole = kwh(quote.energy_wh) if carries else quote.kwh_exact
        assert sum(block.kwh_exact for block in quote.blocks) == whole, one.seed
        assert all(block.kwh_exact > 0 for block in quote.blocks), one.seed


def test_more_money_never_buys_less_energy():
    dice = random.Random(1)
    for one, quote in sales():
        for more in (1, dice.randint(1, 9), dice.randint(1, 3 * one.tender.minor)):
            bigger = paid(one, one.tender.minor + more)
            if isinstance(bigger, QuoteRefused):
                assert bigger.reason in BY_LIMITS, one.seed
                continue
            assert bigger.energy_wh >= quote.energy_wh, one.seed
            assert bigger.kwh_exact >= quote.kwh_exact, one.seed


def test_what_a_tender_buys_costs_no_more_than_the_tender():
    """One money unit is added where the price is rounded up; the last step of energy where that was."""
    for one, quote in sales():
        unit = one.tariff.table.rounding.wh_unit
        is_more = kwh(quote.energy_wh) > quote.kwh_exact
        asked_wh = quote.energy_wh - unit * is_more
        if not asked_wh:
            continue
        bought = one.tariff.quote_energy(asked_wh, one.buyer)
        if isinstance(bought, QuoteRefused):
            assert (is_more and bought.reason in BY_LIMITS) or costs_nothing(one, quote, bought), one.seed
            continue
        assert bought.tender.minor < one.tender.minor + money_unit(one), one.seed


def test_a_price_by_quantity_is_right_to_one_unit_of_money():
    """One unit more buys at least so much, one unit less buys no more than that."""
    dice, tried = random.Random(2), 0
    for one, _ in sales():
        unit = one.tariff.table.rounding.wh_unit
        wanted_wh = dice.randint(1, 900_000 // unit) * unit
        bought = one.tariff.quote_energy(wanted_wh, one.buyer)
        if isinstance(bought, QuoteRefused):
            continue
        tried += 1
        assert bought.energy_wh == wanted_wh
        assert bought.kwh_exact == kwh(wanted_wh), one.seed
        above = paid(one, bought.tender.minor + money_unit(one))
        if isinstance(above, Quote):
            assert above.kwh_exact >= kwh(wanted_wh), one.seed
            assert above.energy_wh >= wanted_wh, one.seed
        else:
            assert above.reason in BY_LIMITS, one.seed
        below = paid(one, bought.tender.minor - money_unit(one))
        # Of the account's change a price by quantity takes what it needs, a tender all.
        if isinstance(below, Quote) and below.account_minor == bought.account_minor:
            assert below.kwh_exact <= kwh(wanted_wh), one.seed
    assert tried >= 6_000


def test_a_price_by_quantity_has_lines_that_sum_to_it():
    dice = random.Random(3)
    for one, _ in sales():
        unit = one.tariff.table.rounding.wh_unit
        quote = one.tariff.quote_energy(dice.randint(1, 900_000 // unit) * unit, one.buyer)
        if isinstance(quote, Quote):
            came = quote.tender.minor + quote.account_minor
            assert sum(line.amount.minor for line in quote.lines) + quote.residual_minor == came, one.seed


def without_debts(one: Drawn):
    return replace(one.buyer, arrears_minor=0, emergency_minor=0)


def test_splitting_a_purchase_never_gains_energy():
    """Where energy is rounded down both parts together buy at most what the whole buys, to the last Wh.

    Say C(x) is the price of x kWh from the counter's place. The first part is sold a' ≤ a of what it paid,
    and the second one b with C(a' + b) = C(a') + its money ≤ C of the whole; so a' + b is at most the whole,
    whatever the prices are. Change on the account is what a rounded price and a rounded fee leave: a unit of
    money may be gained by each of them.
    """
    dice, tried = random.Random(4), 0
    for one, _ in sales():
        buyer = without_debts(one)
        first_minor = one.tender.minor * dice.randint(1, 9) // 10
        if not one.rounds_down or not first_minor:
            continue
        first = paid(one, first_minor, buyer)
        if isinstance(first, QuoteRefused):
            continue
        second = paid(one, one.tender.minor - first_minor, after(buyer, first))
        spare = 2 * money_unit(one) if one.tariff.table.rounding.carries else 0
        whole = paid(one, one.tender.minor + spare, buyer)
        if isinstance(second, Quote) and isinstance(whole, Quote):
            tried += 1
            assert first.energy_wh + second.energy_wh <= whole.energy_wh, one.seed
            assert first.free_wh + second.free_wh == whole.free_wh, one.seed
    assert tried >= 4_000


def steps_of(one: Drawn):
    """The steps of a meter on its own counter, in kWh: (begin, end); the last one ends nowhere."""
    ends = {
        end / clerk.share for clerk in Shop(one.parts, one.buyer).clerks for end, _ in clerk.steps() if end
    }
    return list(zip([Fraction(0), *sorted(ends)], [*sorted(ends), None], strict=True))


def test_sales_in_sequence_never_use_a_block_twice():
    """On the counter each sale begins where the one before ended, and no step gives more than its width."""
    tried = 0
    for one, first in sales():
        steps, used = steps_of(one), Counter[int]()
        buyer, quote = one.buyer, first
        by_year = one.tariff.table.energy.ladder.begins is not None
        ended = kwh(buyer.ytd_wh if by_year else buyer.mtd_wh)
        for _ in range(3):
            place = kwh(buyer.ytd_wh if by_year else buyer.mtd_wh)
            assert place == ended, one.seed
            ended = place + kwh(quote.counted_wh)
            place = ended - kwh(quote.energy_wh)
            for block in quote.blocks:
                begin, end = steps[block.number - 1]
                assert begin <= place < place + block.kwh_exact, one.seed
                assert end is None or place + block.kwh_exact <= end, one.seed
                # What rounding took from the exact energy was not sold, so it is not used either.
                used[block.number] += max(0, min(place + block.kwh_exact, ended) - place)
                place += block.kwh_exact
            buyer = after(buyer, quote)
            quote = paid(one, one.tender.minor, replace(buyer, times_today=0))
            if isinstance(quote, QuoteRefused):
                break
            tried += 1
        start = kwh(one.buyer.ytd_wh if by_year else one.buyer.mtd_wh)
        for number, (begin, end) in enumerate(steps, start=1):
            assert end is None or used[number] <= end - max(begin, min(start, end)), one.seed
    assert tried >= 10_000


def debit(tariff: Tariff, readings, buyer):
    return tariff.debit(readings, balance_minor=1_000, buyer=buyer)


@pytest.mark.parametrize("by_year", [True, False])
def test_a_debit_is_the_sum_of_its_readings_however_they_are_cut(by_year):
    dice = random.Random(5)
    for seed in DEBITS:
        mapping, buyer, readings = a_time_of_use_case(random.Random(seed), by_year=by_year)
        tariff = Tariff.from_mapping(mapping, str(seed))
        whole = debit(tariff, readings, buyer)
        exact, user, cut = Fraction(0), buyer, []
        for zone, wh in readings:
            single = debit(tariff, [(zone, wh)], user)
            exact += single.exact
            user = replace(user, mtd_wh=user.mtd_wh + wh, ytd_wh=user.ytd_wh + wh)
            part = dice.randint(0, wh)
            cut += [(zone, part), (zone, wh - part)]
        assert whole.exact == exact == debit(tariff, cut, buyer).exact, seed
        assert whole.balance_after_minor == 1_000 - whole.minor, seed
        assert sum(segment.exact for segment in whole.segments) == whole.exact, seed
        assert sum(segment.wh for segment in whole.segments) == sum(wh for _, wh in readings), seed


@pytest.mark.parametrize("by_year", [True, False])
def test_a_debit_costs_what_each_watt_hour_costs_at_its_place(by_year):
    for seed in DEBITS:
        mapping, buyer, readings = a_time_of_use_case(random.Random(seed), by_year=by_year)
        used, exact = kwh(buyer.ytd_wh if by_year else buyer.mtd_wh), Fraction(0)
        tiers = mapping["energy"]["tiers"]
        for zone, wh in readings:
            until = used + kwh(wh)
            begin = Fraction(0)
            for tier in tiers:
                end = until if tier["upto_kwh"] is None else Fraction(tier["upto_kwh"])
                inside = max(Fraction(0), min(until, end) - max(used, begin))
                exact += inside * (Fraction(mapping["energy"]["zones"][zone]["rate"]) + Fraction(tier["add"]))
                begin = end
            used = until
        found = debit(Tariff.from_mapping(mapping, str(seed)), readings, buyer)
        assert found.exact == exact * 100, seed
        assert found.minor == (2 * found.exact + 1) // 2, seed
