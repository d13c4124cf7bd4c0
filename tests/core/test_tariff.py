"""A tender becomes energy and lines that sum to it."""

from __future__ import annotations

import contextlib
import copy
import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.money import Money
from gateway.core.tariff import Counters, NotBuilt, Quote, QuoteRefusal, QuoteRefused, Tariff, TariffFault

ROOT = Path(__file__).parents[2]
CASES = {
    case["id"].partition("-")[0]: case["tariff"]
    for case in json.loads((ROOT / "tests/vectors/tariffs.json").read_text())["cases"]
}
DOMESTIC = json.loads((ROOT / "schemas/tariff/domestic.json").read_text())
FLAT = json.loads((ROOT / "schemas/tariff/flat.json").read_text())
PRICED = [Tariff.from_mapping(CASES[name], name) for name in ("S1", "S2", "S3", "S4", "S5", "S6", "S10")]
PRICED += [Tariff.from_mapping(DOMESTIC, "domestic"), Tariff.from_mapping(FLAT, "flat")]

TARIFF = st.sampled_from(PRICED)
TENDER = st.integers(1, 10**9)
MTD = st.one_of(st.integers(0, 10**6), st.sampled_from([0, 100_000, 300_000, 400_000]))


def changed(tariff, path, value):
    """Copy a tariff with one field set; a number in the path is a place in a list."""
    copied = copy.deepcopy(tariff)
    place = copied
    *way, last = path
    for step in way:
        place = place[step]
    place[last] = value
    return copied


def quoted(mapping, minor, **counters):
    tariff = Tariff.from_mapping(mapping, "v")
    quote = tariff.quote(Money(minor, tariff.currency), Counters(**counters))
    assert isinstance(quote, Quote)
    return quote


def lines_of(quote):
    return {line.code: line.amount.text() for line in quote.lines}


def priced_by_fractions(mapping, minor, mtd_wh):
    """Price a tariff of blocks and taxes on ENERGY the slow way, block by block, without our plan."""
    tax = sum(Fraction(row["rate"]) for row in mapping["taxes"] if not row.get("inclusive"))
    money, position, bought = Fraction(minor, 100), Fraction(mtd_wh, 1000), Fraction(0)
    for block in mapping["energy"]["blocks"]:
        price = Fraction(block["rate"]) * (1 + tax)
        left = money / price
        if block["upto_kwh"] is not None:
            left = min(left, max(Fraction(block["upto_kwh"]) - position, Fraction(0)))
        bought, position, money = bought + left, position + left, money - left * price
    return bought


@given(TARIFF, TENDER, MTD, st.booleans())
def test_the_lines_sum_to_the_tender(tariff, minor, mtd_wh, fee_paid):
    tender = Money(minor, tariff.currency)
    quote = tariff.quote(tender, Counters(mtd_wh=mtd_wh, fee_paid_this_month=fee_paid))
    if isinstance(quote, Quote):
        assert sum(line.amount.minor for line in quote.lines) == minor


@given(TARIFF, TENDER, st.integers(1, 10**6), MTD)
def test_more_money_never_buys_less(tariff, minor, more, mtd_wh):
    less_money = tariff.quote(Money(minor, tariff.currency), Counters(mtd_wh=mtd_wh))
    more_money = tariff.quote(Money(minor + more, tariff.currency), Counters(mtd_wh=mtd_wh))
    if isinstance(less_money, Quote):
        assert isinstance(more_money, Quote)
        assert more_money.energy_wh >= less_money.energy_wh
        assert more_money.kwh_exact > less_money.kwh_exact


@given(st.sampled_from(["S1", "S2"]), TENDER, MTD)
def test_the_compiled_plan_buys_what_fractions_buy(name, minor, mtd_wh):
    tariff = Tariff.from_mapping(CASES[name], "v")
    quote = tariff.quote(Money(minor, tariff.currency), Counters(mtd_wh=mtd_wh))
    if isinstance(quote, Quote):
        assert quote.kwh_exact == priced_by_fractions(CASES[name], minor, mtd_wh)


@given(st.integers(10**4, 10**7), st.integers(10**4, 10**7), st.integers(0, 500_000))
def test_two_halves_with_the_counter_carried_buy_what_one_payment_buys(first, second, mtd_wh):
    # The counter carries whole tenths, so a half may lose up to one of them to rounding.
    whole = quoted(DOMESTIC, first + second, mtd_wh=mtd_wh)
    half = quoted(DOMESTIC, first, mtd_wh=mtd_wh)
    other = quoted(DOMESTIC, second, mtd_wh=half.mtd_after_wh)
    assert abs(half.kwh_exact + other.kwh_exact - whole.kwh_exact) <= Fraction(1, 10)


@given(TARIFF, TENDER, MTD)
def test_the_blocks_sum_to_the_exact_energy(tariff, minor, mtd_wh):
    quote = tariff.quote(Money(minor, tariff.currency), Counters(mtd_wh=mtd_wh))
    if isinstance(quote, Quote):
        assert sum(block.kwh_exact for block in quote.blocks) == quote.kwh_exact
        assert all(block.kwh_exact > 0 for block in quote.blocks)


@given(st.sampled_from(["S1", "S2", "S5", "S10"]), TENDER, MTD)
def test_without_charges_the_blocks_cost_the_whole_tender(name, minor, mtd_wh):
    tariff = Tariff.from_mapping(CASES[name], "v")
    quote = tariff.quote(Money(minor, tariff.currency), Counters(mtd_wh=mtd_wh))
    if isinstance(quote, Quote):
        assert sum(block.gross_minor for block in quote.blocks) == minor


@given(TARIFF, TENDER, MTD)
def test_the_counter_grows_by_the_energy_sold(tariff, minor, mtd_wh):
    quote = tariff.quote(Money(minor, tariff.currency), Counters(mtd_wh=mtd_wh))
    if isinstance(quote, Quote):
        assert quote.mtd_after_wh == mtd_wh + quote.energy_wh


def test_a_boundary_belongs_to_the_lower_block():
    # 100 kWh of the first block of S5 cost 47 * 1.1948 exactly.
    quote = quoted(changed(CASES["S5"], ["taxes"], []), 4700)
    assert [(block.number, block.kwh_exact) for block in quote.blocks] == [(1, 100)]


def test_a_customer_on_the_boundary_buys_from_the_next_block():
    quote = quoted(changed(CASES["S5"], ["taxes"], []), 8500, mtd_wh=100_000)
    assert [(block.number, block.kwh_exact) for block in quote.blocks] == [(2, 100)]


def test_a_free_first_block_comes_with_the_first_payment():
    free = changed(CASES["S10"], ["energy"], {
        "kind": "block",
        "blocks": [{"upto_kwh": "50", "rate": "0"}, {"upto_kwh": None, "rate": "2"}],
    })
    assert quoted(free, 215).energy_wh == 51_000
    assert quoted(free, 215, mtd_wh=50_000).energy_wh == 1_000


def test_tax_inside_the_rate_is_shown_beside_the_net_energy():
    assert lines_of(quoted(FLAT, 11300)) == {"ENERGY_NET": "100.00", "VAT": "13.00"}


def test_tax_on_top_of_the_rate_is_divided_out_and_not_subtracted():
    assert lines_of(quoted(DOMESTIC, 11300)) == {"ENERGY": "100.00", "VAT": "13.00"}


def test_a_tax_on_the_tender_is_taken_from_the_whole_payment():
    fee = [{"code": "FEE", "rate": "0.10", "base": ["TENDER"]}]
    quote = quoted(changed(CASES["S10"], ["taxes"], fee), 100_000)
    assert lines_of(quote) == {"ENERGY": "900.00", "FEE": "100.00"}
    assert quote.kwh_exact == 4


def test_a_rebate_is_a_negative_line_that_buys_more():
    tariff = changed(changed(CASES["S10"], ["taxes"], []), ["rebate"], {"code": "REBATE", "rate": "0.10"})
    quote = quoted(tariff, 20_250)
    assert lines_of(quote) == {"ENERGY": "225.00", "REBATE": "-22.50"}
    assert quote.kwh_exact == 1


def test_a_daily_charge_counts_the_days_since_the_last_purchase():
    charge = {"code": "DAILY", "amount": "1.50", "period": "day", "since": "previous_purchase"}
    tariff = changed(changed(CASES["S10"], ["taxes"], []), ["fixed_charges"], [charge])
    assert lines_of(quoted(tariff, 100_000, days_since_purchase=4))["DAILY"] == "6.00"
    assert "DAILY" not in lines_of(quoted(tariff, 100_000, days_since_purchase=0))


def test_a_charge_per_kw_counts_the_sanctioned_power():
    charge = {"code": "DEMAND", "amount_per_kw": "10", "period": "month"}
    tariff = changed(changed(CASES["S10"], ["taxes"], []), ["fixed_charges"], [charge])
    assert lines_of(quoted(tariff, 100_000, sanctioned_w=2_500))["DEMAND"] == "25.00"


def test_another_balancing_line_takes_the_rest():
    quote = quoted(changed(CASES["S5"], ["rounding", "balancing_line"], "VAT"), 50000, mtd_wh=90_000)
    assert lines_of(quote) == {"ENERGY": "418.48", "EXCISE": "12.55", "VAT": "68.97"}
    assert quote.lines[0].code == "VAT"


def test_lines_round_to_fewer_places_than_the_currency_has():
    quote = quoted(changed(DOMESTIC, ["rounding", "money_dp"], 0), 10_050)
    assert lines_of(quote) == {"ENERGY": "88.50", "VAT": "12.00"}


@pytest.mark.parametrize(
    ("mode", "wh"),
    [("ROUND_DOWN", 4400), ("ROUND_UP", 4500), ("ROUND_HALF_UP", 4400), ("ROUND_HALF_EVEN", 4400)],
)
def test_energy_is_rounded_once_by_the_named_mode(mode, wh):
    tariff = changed(changed(CASES["S10"], ["taxes"], []), ["rounding", "kwh_mode"], mode)
    assert quoted(tariff, 100_000).energy_wh == wh  # 4.444… kWh


@pytest.mark.parametrize(
    ("tender", "reason"),
    [
        (Money(0, "CNY"), QuoteRefusal.NOT_POSITIVE),
        (Money(-1, "CNY"), QuoteRefusal.NOT_POSITIVE),
        (Money(100, "USD"), QuoteRefusal.WRONG_CURRENCY),
        (Money(1, "CNY"), QuoteRefusal.BUYS_NOTHING),
        (Money(10**18, "CNY"), QuoteRefusal.TOO_MUCH),
    ],
)
def test_a_tender_that_buys_nothing_is_refused_with_the_reason(tender, reason):
    assert Tariff.from_mapping(DOMESTIC, "v").quote(tender, Counters()) == QuoteRefused(reason)


def test_a_tender_below_the_fixed_charge_is_refused():
    tariff = Tariff.from_mapping(CASES["S4"], "v")
    assert tariff.quote(Money(3964, "UGX"), Counters()) == QuoteRefused(QuoteRefusal.BELOW_CHARGES)


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        (["currency"], "XYZ", "currency"),
        (["timezone"], 8, "timezone"),
        (["energy", "kind"], "tiered", "energy.kind"),
        (["energy", "blocks"], [], "energy.blocks"),
        (["energy", "blocks", 1, "upto_kwh"], "240", "energy.blocks[1].upto_kwh"),
        (["energy", "blocks", 1, "upto_kwh"], None, "energy.blocks[1].upto_kwh"),
        (["energy", "blocks", 2, "upto_kwh"], "900", "energy.blocks[2].upto_kwh"),
        (["energy", "blocks", 0, "upto_kwh"], "0.0001", "energy.blocks[0].upto_kwh"),
        (["energy", "blocks", 0, "rate"], 0.4322, "energy.blocks[0].rate"),
        (["energy", "blocks", 0, "rate"], "-1", "energy.blocks[0].rate"),
        (["energy", "blocks", 0, "price"], "1", "energy.blocks[0].price"),
        (["energy", "blocks", 2, "rate"], "0", "energy"),
        (["energy", "rates_include_tax"], "no", "energy.rates_include_tax"),
        (["taxes", 0, "inclusive"], True, "taxes[0].inclusive"),
        (["taxes", 0, "base"], ["FUEL"], "taxes[0].base[0]"),
        (["taxes", 0, "code"], "ENERGY", "ENERGY"),
        (["taxes", 0], "VAT", "taxes[0]"),
        (["rounding", "kwh_dp"], 4, "rounding.kwh_dp"),
        (["rounding", "money_dp"], 3, "rounding.money_dp"),
        (["rounding", "kwh_mode"], "ROUND_ABOUT", "rounding.kwh_mode"),
        (["rounding", "balancing_line"], "FUEL", "rounding.balancing_line"),
        (["surprise"], 1, "surprise"),
    ],
)
def test_a_wrong_field_is_named_by_its_path(path, value, where):
    with pytest.raises(TariffFault) as fault:
        Tariff.from_mapping(changed(DOMESTIC, path, value), "v")
    assert fault.value.path == where
    assert not isinstance(fault.value, NotBuilt)


def fields_of(value, way=()):
    """Yield the way to every field of a JSON value."""
    rows = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in rows:
        yield [*way, key]
        yield from fields_of(inner, (*way, key))


FIELDS = [(name, way) for name in ("S1", "S3", "S4", "S6") for way in fields_of(CASES[name])]
ODD_VALUES: list[object] = [None, True, -1, 0.5, "", "x", "1", "1e9", "9" * 99]
ODD_VALUES += [[], [None], ["TENDER"], {}, {"a": []}]


@given(st.sampled_from(FIELDS), st.sampled_from(ODD_VALUES))
def test_an_odd_value_anywhere_is_a_tariff_fault_or_a_tariff(field, value):
    name, way = field
    with contextlib.suppress(TariffFault):
        Tariff.from_mapping(changed(CASES[name], way, value), "v")


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        (["credit_unit"], "currency", "credit_unit"),
        (["energy", "kind"], "additive_ladder", "energy.kind"),
        (["energy", "reset"], "30_days", "energy.reset"),
        (["rounding", "residual_policy"], "carry_to_account", "rounding.residual_policy"),
        (["arrears"], {"mode": "percent_of_tender"}, "arrears"),
        (["free_basic"], {"kwh": "60"}, "free_basic"),
    ],
)
def test_what_cannot_be_priced_yet_is_never_ignored(path, value, key):
    with pytest.raises(NotBuilt) as lacking:
        Tariff.from_mapping(changed(DOMESTIC, path, value), "v")
    assert lacking.value.key == key


def test_a_counter_below_zero_is_refused():
    with pytest.raises(ValueError, match="zero"):
        Counters(mtd_wh=-1)
