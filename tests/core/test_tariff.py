"""A tender becomes energy and lines that sum to it."""

from __future__ import annotations

import copy
import json
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import pytest

from gateway.core.buyer import Buyer
from gateway.core.money import Money
from gateway.core.quote import LineKind, Quote, QuoteRefusal, QuoteRefused
from gateway.core.tariff import NotBuilt, Tariff, TariffFault, shared_by

ROOT = Path(__file__).parents[2]
CASES = {
    case["id"].partition("-")[0]: case["tariff"]
    for case in json.loads((ROOT / "tests/vectors/tariffs.json").read_text())["cases"]
}
DOMESTIC = json.loads((ROOT / "schemas/tariff/domestic.json").read_text())
FLAT = json.loads((ROOT / "schemas/tariff/flat.json").read_text())
UNTAXED = {**CASES["S10"], "taxes": []}
SUB_ITEMS = [{"code": "BASE", "rate": "0.50"}, {"code": "FUND", "rate": "0.05"}]
SHEET = {**CASES["S9"], "sub_items": SUB_ITEMS}
SHEET.pop("comprehensive_rate")
SHEET.pop("preferential")


def changed(tariff, path, value):
    """Copy a tariff with one field set; a number in the path is a place in a list."""
    copied = copy.deepcopy(tariff)
    place = copied
    *way, last = path
    for step in way:
        place = place[step]
    place[last] = value
    return copied


def answered(mapping, minor, **buyer):
    tariff = Tariff.from_mapping(mapping, "v")
    return tariff.quote(Money(minor, tariff.currency), Buyer(**buyer))


def quoted(mapping, minor, **buyer):
    quote = answered(mapping, minor, **buyer)
    assert isinstance(quote, Quote), quote
    return quote


def lines_of(quote):
    return {line.code: line.amount.text() for line in quote.lines}


def blocks_of(quote):
    return [(block.number, block.kwh_exact) for block in quote.blocks]


def test_a_boundary_belongs_to_the_lower_block():
    # 100 kWh of the first block of S5 cost 47 * 1.1948 exactly.
    assert blocks_of(quoted(changed(CASES["S5"], ["taxes"], []), 4700)) == [(1, 100)]


def test_a_customer_on_the_boundary_buys_from_the_next_block():
    assert blocks_of(quoted(changed(CASES["S5"], ["taxes"], []), 8500, mtd_wh=100_000)) == [(2, 100)]


def test_a_free_first_block_comes_with_the_first_payment():
    blocks = [{"upto_kwh": "50", "rate": "0"}, {"upto_kwh": None, "rate": "2"}]
    free = changed(UNTAXED, ["energy"], {"kind": "block", "blocks": blocks})
    assert quoted(free, 200).energy_wh == 51_000
    assert quoted(free, 200, mtd_wh=50_000).energy_wh == 1_000


def test_tax_inside_the_rate_is_shown_beside_the_net_energy():
    assert lines_of(quoted(FLAT, 11300)) == {"ENERGY_NET": "100.00", "VAT": "13.00"}


def test_tax_on_top_of_the_rate_is_divided_out_and_not_subtracted():
    assert lines_of(quoted(DOMESTIC, 11300)) == {"ENERGY": "100.00", "VAT": "13.00"}


def test_a_tax_without_a_base_leaves_untaxed_charges_out():
    charges = [
        {"code": code, "amount": "10", "period": "month", "taxed": code == "RENT"}
        for code in ("RENT", "FINE")
    ]
    taxed = changed(
        changed(DOMESTIC, ["fixed_charges"], charges), ["taxes"], [{"code": "VAT", "rate": "0.10"}]
    )
    assert lines_of(quoted(taxed, 13_000))["VAT"] == "10.91"  # (130 - 10) / 11


def test_another_balancing_line_takes_the_rest():
    quote = quoted(changed(CASES["S5"], ["rounding", "balancing_line"], "VAT"), 50000, mtd_wh=90_000)
    assert lines_of(quote) == {"ENERGY": "418.48", "EXCISE": "12.55", "VAT": "68.97"}
    assert quote.lines[0].code == "VAT" or quote.lines[-1].code == "VAT"


def test_lines_round_to_fewer_places_than_the_currency_has():
    quote = quoted(changed(DOMESTIC, ["rounding", "money_dp"], 0), 10_050)
    assert lines_of(quote) == {"ENERGY": "88.50", "VAT": "12.00"}


@pytest.mark.parametrize(
    ("mode", "wh"),
    [("ROUND_DOWN", 4400), ("ROUND_UP", 4500), ("ROUND_HALF_UP", 4400), ("ROUND_HALF_EVEN", 4400)],
)
def test_energy_is_rounded_once_by_the_named_mode(mode, wh):
    assert quoted(changed(UNTAXED, ["rounding", "kwh_mode"], mode), 100_000).energy_wh == wh  # 4.444… kWh


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
    assert Tariff.from_mapping(DOMESTIC, "v").quote(tender, Buyer()) == QuoteRefused(reason)


def test_a_tender_below_the_fixed_charge_is_refused():
    assert answered(CASES["S4"], 3964) == QuoteRefused(QuoteRefusal.BELOW_CHARGES)
    assert isinstance(answered(CASES["S4"], 3964, months_due=0), Quote)


def test_a_tender_that_old_debts_take_whole_is_refused():
    owing = changed(UNTAXED, ["arrears"], {"mode": "full_first"})
    assert answered(owing, 100_000, arrears_minor=100_000) == QuoteRefused(QuoteRefusal.BELOW_CHARGES)
    assert quoted(owing, 100_000, arrears_minor=55_000).energy_wh == 2_000


@pytest.mark.parametrize(
    ("limits", "buyer", "minor", "refused"),
    [
        ({"min_kwh": "2.5"}, {}, 45_000, QuoteRefused(QuoteRefusal.BELOW_LEAST, "2.5 kWh")),
        ({"max_kwh": "20"}, {}, 1_000_000, QuoteRefused(QuoteRefusal.ABOVE_MOST, "20 kWh")),
        ({"kwh_multiple": "10"}, {}, 45_000, QuoteRefused(QuoteRefusal.NOT_A_MULTIPLE, "10 kWh")),
        ({"max_per_day": 2}, {"times_today": 2}, 45_000, QuoteRefused(QuoteRefusal.TOO_OFTEN, "2 a day")),
    ],
)
def test_a_purchase_beyond_a_limit_is_refused_with_the_limit(limits, buyer, minor, refused):
    assert answered(changed(UNTAXED, ["purchase_limits"], limits), minor, **buyer) == refused
    assert refused.detail in refused.sentence


def test_energy_finer_than_the_meter_takes_is_not_sold():
    refused = Tariff.from_mapping(DOMESTIC, "v").quote_energy(150, Buyer())
    assert isinstance(refused, QuoteRefused)
    assert refused.reason is QuoteRefusal.NOT_A_MULTIPLE


def test_a_price_by_quantity_that_change_pays_for_in_full_has_no_tender():
    tariff = Tariff.from_mapping(SHEET, "v")
    assert tariff.quote_energy(10_000, Buyer(account_minor=550)) == QuoteRefused(QuoteRefusal.NOT_POSITIVE)
    quote = tariff.quote_energy(10_000, Buyer(account_minor=549))
    assert isinstance(quote, Quote)
    assert (quote.tender.minor, quote.account_minor) == (1, 549)


def test_a_debt_is_never_paid_beyond_what_is_owed_however_coarse_the_rounding():
    owing = changed(changed(UNTAXED, ["rounding", "money_dp"], 0), ["arrears"], {"mode": "full_first"})
    assert lines_of(quoted(owing, 100_000, arrears_minor=1_050))["ARREARS"] == "10.50"


def test_what_a_sale_moves_is_the_energy_and_what_was_free_of_it():
    free = {"kwh": "5", "counts_towards_blocks": True}
    quote = quoted(changed(UNTAXED, ["free_basic"], free), 45_000)
    assert (quote.energy_wh, quote.free_wh, quote.counted_wh) == (2_000, 5_000, 7_000)
    uncounted = quoted(changed(UNTAXED, ["free_basic"], {**free, "counts_towards_blocks": False}), 45_000)
    assert (uncounted.energy_wh, uncounted.free_wh, uncounted.counted_wh) == (2_000, 5_000, 2_000)
    assert quoted(changed(UNTAXED, ["free_basic"], free), 45_000, free_claimed=True).free_wh == 0


def test_monthly_charges_are_said_to_be_paid_only_where_they_were():
    assert quoted(CASES["S4"], 20_000).months_paid
    assert not quoted(CASES["S4"], 20_000, months_due=0).months_paid
    daily = [{"code": "DAILY", "amount": "1", "period": "day"}]
    assert not quoted(changed(UNTAXED, ["fixed_charges"], daily), 45_000, days_due=3).months_paid


def test_lines_say_what_they_are():
    kinds = {line.code: line.kind for line in quoted(CASES["S3"], 25_000).lines}
    assert kinds["ENERGY"] is LineKind.ENERGY
    assert kinds["FUEL"] is LineKind.KWH_ITEM
    assert kinds["REP"] is LineKind.SHARE
    assert kinds["VAT"] is LineKind.TAX
    assert {line.kind for line in quoted(SHEET, 25_000).lines} == {LineKind.SUB_ITEM}


def test_a_scheme_names_who_bears_its_cost():
    entry = {"scheme": "POOR", "sub_item": "BASE", "factor": "0.90", "funder": "AR:CITY"}
    quote = quoted({**SHEET, "preferential": entry}, 5_000, schemes=("POOR",))
    [cost] = quote.preference
    assert (cost.scheme, cost.funder, cost.minor, cost.of) == ("POOR", "AR:CITY", 500, (("BASE", 500),))
    assert quoted({**SHEET, "preferential": entry}, 5_000).preference == ()


def test_a_share_of_the_whole_price_is_a_share_of_a_subsidy_too():
    items = [{"code": "BASE", "rate": "0.50"}, {"code": "SUBSIDY", "rate": "-0.08"}]
    half = {**SHEET, "sub_items": items, "preferential": {"scheme": "POOR", "total": True, "factor": "0.5"}}
    assert quoted(half, 2_100, schemes=("POOR",)).kwh_exact == 100


def test_of_two_schemes_that_do_not_stack_the_better_one_counts():
    sheet = [{"scheme": "A", "total": True, "factor": "0.9"}, {"scheme": "B", "total": True, "factor": "0.8"}]
    both = quoted({**SHEET, "preferential": sheet}, 4_400, schemes=("A", "B"))
    assert both.kwh_exact == 100
    assert [cost.scheme for cost in both.preference] == ["B"]


def test_a_price_by_the_time_of_use_is_taken_by_readings():
    zones = {"peak": {"rate": "2"}, "valley": {"rate": "1"}}
    mapping = changed(UNTAXED, ["energy"], {"kind": "tou_additive_ladder", "zones": zones})
    assert answered(mapping, 45_000) == QuoteRefused(QuoteRefusal.BY_READINGS)
    tariff = Tariff.from_mapping(mapping, "v")
    assert tariff.debit([("peak", 1_000), ("valley", 2_000)], balance_minor=0, buyer=Buyer()).minor == 400
    with pytest.raises(TariffFault, match="night"):
        tariff.debit([("night", 1)], balance_minor=0, buyer=Buyer())
    with pytest.raises(TariffFault, match="given back"):
        tariff.debit([("peak", -1)], balance_minor=0, buyer=Buyer())


def test_the_zone_of_a_moment_is_that_of_its_span():
    zones = {
        "peak": {"rate": "2", "from": "08:00", "to": "22:00"},
        "valley": {"rate": "1", "from": "22:00", "to": "08:00"},
    }
    tariff = Tariff.from_mapping(
        changed(UNTAXED, ["energy"], {"kind": "tou_additive_ladder", "zones": zones}), "v"
    )
    [clock] = tariff.table.energy.clocks.values()
    moments = [(7, 59), (8, 0), (21, 59), (22, 0), (0, 0)]
    found = [clock.zone(datetime(2026, 3, 9, *moment)) for moment in moments]  # noqa: DTZ001 - local
    assert found == ["valley", "peak", "peak", "valley", "valley"]


DAY_AND_NIGHT = {"peak": {"rate": "2", "from": "08:00", "to": "22:00"}, "valley": {"rate": "1"}}
ZONES = {"kind": "tou_additive_ladder", "zones": DAY_AND_NIGHT}


def test_a_zone_without_hours_is_the_rest_of_the_day():
    tariff = Tariff.from_mapping(changed(UNTAXED, ["energy"], ZONES), "v")
    moments = [(0, 0), (7, 59), (8, 0), (21, 59), (22, 0), (23, 59)]
    found = [tariff.zone_at(datetime(2026, 3, 9, *moment)) for moment in moments]  # noqa: DTZ001 - local
    assert found == ["valley", "valley", "peak", "peak", "valley", "valley"]


def test_of_two_zones_without_hours_nobody_knows_which_is_the_rest():
    zones = {**ZONES, "zones": {**DAY_AND_NIGHT, "flat": {"rate": "1.5"}}}
    with pytest.raises(TariffFault, match="valley is the rest of the day"):
        Tariff.from_mapping(changed(UNTAXED, ["energy"], zones), "v")


LOADED = {**UNTAXED, "credit_unit": "currency"}
ZONED: dict = {"kind": "tou_additive_ladder"}
ZONED |= {"zones": {"peak": {"sub_items": SUB_ITEMS}, "valley": {"sub_items": SUB_ITEMS[:1]}}}


@pytest.mark.parametrize(
    "own",
    [
        {"energy": None, "sub_items": SUB_ITEMS},
        {"energy": {"kind": "block", "blocks": [{"upto_kwh": None, "sub_items": SUB_ITEMS}]}},
        {"energy": ZONED},
        {"energy": ZONED, "per_kwh_items": [{"code": "LEVY", "rate": "1"}]},
        {"energy": ZONED, "preferential": {"scheme": "A", "factor": "0.50"}},
        {"energy": ZONED, "rounding": UNTAXED["rounding"] | {"balancing_line": "BASE"}},
    ],
)
def test_a_meter_that_holds_money_is_loaded_with_what_was_paid_however_its_energy_is_priced(own):
    quote = quoted(LOADED | own, 10_000, schemes=("A",))
    assert (quote.credit_minor, lines_of(quote), quote.preference) == (10_000, {"ENERGY": "100.00"}, ())


def test_taxes_of_sub_items_are_on_the_money_that_is_loaded_and_those_of_kwh_wait_for_their_use():
    taxes = [{"code": "VAT", "rate": "0.25", "base": ["BASE", "FUND"]}]
    taxes += [
        {"code": "DUTY", "rate": "0.10", "base": ["LEVY"]},
        {"code": "ON", "rate": "1", "base": ["DUTY"]},
    ]
    levy = {"per_kwh_items": [{"code": "LEVY", "rate": "1"}]}
    quote = quoted(LOADED | levy | {"energy": ZONED, "taxes": taxes}, 10_000)
    assert (quote.credit_minor, lines_of(quote)) == (8_000, {"ENERGY": "80.00", "VAT": "20.00"})
    tariff = Tariff.from_mapping(LOADED | levy | {"energy": ZONED}, "v")
    assert tariff.debit([("peak", 1_000)], balance_minor=500, buyer=Buyer()).minor == 155


def test_use_without_zones_costs_the_energy_s_price_where_the_meter_holds_money():
    tariff = Tariff.from_mapping(changed(LOADED, ["energy", "rate"], "0.50"), "v")
    assert tariff.debit([("", 10_000)], balance_minor=1_000, buyer=Buyer()).minor == 500


def test_a_meter_that_holds_money_may_be_loaded_so_often_a_day():
    once = LOADED | {"purchase_limits": {"max_per_day": 1}}
    assert quoted(once, 10_000).credit_minor == 10_000
    assert answered(once, 10_000, times_today=1).reason is QuoteRefusal.TOO_OFTEN


def test_sub_items_are_the_price_of_a_flat_energy_that_has_none_of_its_own():
    for energy in ({"kind": "flat"}, {"kind": "flat", "rate": "0.550"}):
        assert lines_of(quoted(SHEET | {"energy": energy}, 5_500)) == {"BASE": "50.00", "FUND": "5.00"}


def test_a_debt_paid_in_full_takes_no_more_than_its_percent():
    rule = {"mode": "full_first", "percent": "0.90", "cap": "outstanding"}
    quote = quoted(UNTAXED | {"arrears": rule}, 1_000_00, arrears_minor=5_000_00)
    assert lines_of(quote)["ARREARS"] == "900.00"


def test_a_season_has_its_own_zones():
    summer = {"kind": "tou_additive_ladder", "zones": {"all": {"rate": "1", "from": "00:00", "to": "24:00"}}}
    prices = [{"season": "winter", "energy": ZONES}, {"season": "summer", "energy": summer}]
    seasons = [{"name": "summer", "from": "05-01"}, {"name": "winter", "from": "11-01"}]
    mapping = changed(UNTAXED, ["energy"], {"kind": "seasonal", "prices": prices})
    tariff = Tariff.from_mapping(mapping | {"calendar": {"seasons": seasons}}, "v")
    noon = [datetime(2026, month, 1, 12, 0) for month in (4, 5, 10, 11)]  # noqa: DTZ001 - local
    assert [tariff.zone_at(moment) for moment in noon] == ["peak", "all", "all", "peak"]
    assert Tariff.from_mapping(UNTAXED, "v").zone_at(noon[0]) is None


def test_parts_of_a_meter_are_priced_by_their_share_of_each_kwh():
    light, machines = (
        Tariff.from_mapping(changed(UNTAXED, ["energy", "rate"], "2"), "a"),
        Tariff.from_mapping(UNTAXED, "b"),
    )
    shared = shared_by([("LIGHT", 40, light), ("MACHINES", 60, machines)])
    quote = shared.quote(Money(135_80, "NGN"), Buyer())
    assert quote.kwh_exact == Fraction(13580, 13580)  # 0.4 · 2 + 0.6 · 225 = 135.80
    assert [(line.part, line.amount.text()) for line in quote.lines] == [
        ("LIGHT", "0.80"),
        ("MACHINES", "135.00"),
    ]


def test_parts_of_a_meter_are_a_hundred_percent_and_of_one_kind():
    one, other = Tariff.from_mapping(UNTAXED, "a"), Tariff.from_mapping(DOMESTIC, "b")
    with pytest.raises(ValueError, match="100"):
        shared_by([("A", 40, one), ("B", 59, one)])
    with pytest.raises(NotBuilt, match="currency"):
        shared_by([("A", 40, one), ("B", 60, other)])


def test_a_counter_below_zero_is_refused():
    with pytest.raises(ValueError, match="zero"):
        Buyer(mtd_wh=-1)
