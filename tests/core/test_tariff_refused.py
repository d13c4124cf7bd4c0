"""A tariff that cannot be used is refused when it is read, by the path of the field that is wrong."""

from __future__ import annotations

import contextlib
import copy
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.tariff import NotBuilt, Tariff, TariffFault

VECTORS = Path(__file__).parents[1] / "vectors"
CASES = {
    case["id"].partition("-")[0]: case["tariff"]
    for name in ("tariffs.json", "tariffs_own.json")
    for case in json.loads((VECTORS / name).read_text())["cases"]
}
ROUNDING: dict = {"kwh_dp": 1, "kwh_mode": "ROUND_DOWN", "money_dp": 2, "money_mode": "ROUND_HALF_UP"}
FLAT: dict = {
    "currency": "CNY",
    "timezone": "Asia/Shanghai",
    "energy": {"kind": "flat", "rate": "0.50"},
    "taxes": [{"code": "VAT", "rate": "0.10", "base": ["ENERGY"]}],
    "rounding": ROUNDING,
}
SHEET: dict = {key: value for key, value in FLAT.items() if key != "energy"}
SHEET |= {"sub_items": [{"code": "BASE", "rate": "0.50"}, {"code": "FUND", "rate": "0.05"}]}
LAST: dict = {"upto_kwh": None, "rate": "1"}


def fault_of(mapping):
    with pytest.raises(TariffFault) as fault:
        Tariff.from_mapping(mapping, "v")
    return fault.value


def energy(**fields):
    return {**FLAT, "energy": fields}


def blocks(*rows):
    return energy(kind="block", blocks=list(rows))


def zones(**spans):
    rows = {name: {"rate": "1", "hours": hours} for name, hours in spans.items()}
    return energy(kind="tou_additive_ladder", zones=rows)


def seasonal(prices, **calendar):
    return {**energy(kind="seasonal", prices=prices), "calendar": calendar}


def sheet(*entries):
    return {**SHEET, "preferential": list(entries)}


SUMMER: dict = {"name": "summer", "from": "05-01"}
WINTER: dict = {"name": "winter", "from": "11-01"}
WEEK: dict = {"work": ["mon", "tue", "wed", "thu", "fri"], "rest": ["sat", "sun"]}
PRICE: dict = {"kind": "flat", "rate": "1"}


@pytest.mark.parametrize(
    ("mapping", "path"),
    [
        # The object itself, and single fields.
        ([], "tariff"),
        ({**FLAT, "surprise": 1}, "surprise"),
        ({**FLAT, "currency": "XYZ"}, "currency"),
        ({**FLAT, "currency": None}, "currency"),
        ({**FLAT, "timezone": 8}, "timezone"),
        ({**FLAT, "credit_unit": "coins"}, "credit_unit"),
        ({**FLAT, "energy": None}, "energy"),
        ({**FLAT, "energy": []}, "energy"),
        # Energy.
        (energy(kind="tiered"), "energy.kind"),
        (energy(rate="1"), "energy.kind"),
        (energy(kind="flat", rate=0.5), "energy.rate"),
        (energy(kind="flat", rate="-1"), "energy.rate"),
        (energy(kind="flat", rate="1e3"), "energy.rate"),
        (energy(kind="flat"), "energy.rate"),
        (energy(kind="flat", rate="0"), "energy"),
        (energy(kind="flat", rate="1", price="1"), "energy.price"),
        (energy(kind="flat", rate="1", rates_include_tax="no"), "energy.rates_include_tax"),
        (blocks(), "energy.blocks"),
        (blocks("50"), "energy.blocks[0]"),
        (blocks({"upto_kwh": "50", "rate": "1"}), "energy.blocks[0].upto_kwh"),
        (blocks(LAST, LAST), "energy.blocks[0].upto_kwh"),
        (blocks({"upto_kwh": "0", "rate": "1"}, LAST), "energy.blocks[0].upto_kwh"),
        (blocks({"upto_kwh": "0.0001", "rate": "1"}, LAST), "energy.blocks[0].upto_kwh"),
        (blocks(*({"upto_kwh": "50", "rate": "1"},) * 2, LAST), "energy.blocks[1].upto_kwh"),
        (
            blocks({"upto_kwh": "50", "rate": "1"}, {"upto_kwh": "40", "rate": "1"}, LAST),
            "energy.blocks[1].upto_kwh",
        ),
        (blocks({"upto_kwh": "50", "rate": "1", "add": "1"}, LAST), "energy.blocks[0].add"),
        (blocks({"upto_kwh": None, "rate": "0"}), "energy"),
        (blocks(*({"upto_kwh": str(end), "rate": "1"} for end in range(1, 30)), LAST), "energy.blocks"),
        (energy(kind="block", blocks=[LAST], reset="30_days"), "energy.reset"),
        (energy(kind="additive_ladder", base_rate="1"), "energy.tiers"),
        (energy(kind="additive_ladder", tiers=[{"upto_kwh": None, "add": "0"}]), "energy.base_rate"),
        (energy(kind="additive_ladder", base_rate="1", tiers=[{"upto_kwh": None}]), "energy.tiers[0].add"),
        *(
            (
                energy(
                    kind="additive_ladder",
                    base_rate="1",
                    tiers=[{"upto_kwh": None, "add": "0"}],
                    ladder_reset=day,
                ),
                "energy.ladder_reset",
            )
            for day in ("13-01T00:00", "02-30", "01-01T24:00", "01-01T00:30", "yearly", 1)
        ),
        (energy(kind="average_band", bands=[]), "energy.bands"),
        (energy(kind="average_band", bands=[LAST], months=0), "energy.months"),
        (energy(kind="average_band", bands=[LAST], months=13), "energy.months"),
        (energy(kind="average_band", bands=[LAST], months="3"), "energy.months"),
        # Zones cover the day once.
        (energy(kind="tou_additive_ladder", zones={}), "energy.zones"),
        (energy(kind="tou_additive_ladder", zones={"peak hour": {"rate": "1"}}), "energy.zones"),
        (energy(kind="tou_additive_ladder", zones={"peak": {}}), "energy.zones.peak.rate"),
        (zones(peak=[["08:00", "22:00"]]), "energy.zones.peak.hours[0]"),
        (zones(peak=[["00:00", "22:00"]]), "energy.zones"),
        (zones(peak=[["08:00", "22:00"]], valley=[["22:00", "07:00"]]), "energy.zones.peak.hours[0]"),
        (zones(peak=[["08:00", "22:00"]], valley=[["21:00", "08:00"]]), "energy.zones.valley.hours[0]"),
        (zones(peak=[["08:00", "12:00"], ["11:00", "08:00"]]), "energy.zones.peak.hours[1]"),
        (zones(peak=[["08:00"]]), "energy.zones.peak.hours[0]"),
        (zones(peak=[["8:00", "08:00"]]), "energy.zones.peak.hours[0][0]"),
        (zones(peak=[["00:00", "24:01"]]), "energy.zones.peak.hours[0][1]"),
        (zones(peak=[["00:60", "24:00"]]), "energy.zones.peak.hours[0][0]"),
        (
            energy(kind="tou_additive_ladder", zones={"peak": {"rate": "1", "from": "00:00"}}),
            "energy.zones.peak.to",
        ),
        # Seasons and day types.
        (energy(kind="seasonal", prices=[]), "calendar"),
        (seasonal([], seasons=[SUMMER, WINTER]), "energy.prices"),
        (seasonal([{"season": "summer", "energy": PRICE}], seasons=[SUMMER, WINTER]), "energy.prices"),
        (seasonal([{"energy": PRICE}] * 2, seasons=[SUMMER]), "energy.prices[1]"),
        (seasonal([{"season": "spring", "energy": PRICE}], seasons=[SUMMER]), "energy.prices[0].season"),
        (seasonal([{"day_type": "rest", "energy": PRICE}], seasons=[SUMMER]), "energy.prices[0].day_type"),
        (seasonal([{"energy": {"kind": "seasonal"}}], seasons=[SUMMER]), "energy.prices[0].energy.kind"),
        (seasonal([{"energy": {"kind": "flat"}}], seasons=[SUMMER]), "energy.prices[0].energy.rate"),
        (
            seasonal([{"energy": PRICE}], seasons=[SUMMER, {**WINTER, "from": "05-01"}]),
            "calendar.seasons[1].from",
        ),
        (seasonal([{"energy": PRICE}], seasons=[{**SUMMER, "from": "02-30"}]), "calendar.seasons[0].from"),
        (seasonal([{"energy": PRICE}], seasons=[{**SUMMER, "until": "06-01"}]), "calendar.seasons[0].until"),
        (seasonal([{"energy": PRICE}], day_types={"work": WEEK["work"]}), "calendar.day_types"),
        (seasonal([{"energy": PRICE}], day_types={**WEEK, "late": ["sun"]}), "calendar.day_types.late[0]"),
        (seasonal([{"energy": PRICE}], day_types={"work": ["monday"]}), "calendar.day_types.work[0]"),
        (seasonal([{"energy": PRICE}], holidays=[{"date": "12-25", "as": "rest"}]), "calendar.holidays[0]"),
        (
            seasonal([{"energy": PRICE}], day_types=WEEK, holidays=[{"date": "12-25", "as": "rest"}] * 2),
            "calendar.holidays[1].date",
        ),
        (
            seasonal([{"energy": PRICE}], day_types=WEEK, holidays=[{"date": "2026-02-29", "as": "rest"}]),
            "calendar.holidays[0].date",
        ),
        # Sub-items form the price, and nothing contradicts them.
        ({**SHEET, "sub_items": [{"code": "BASE", "rate": "0.1"}] * 2}, "sub_items[1].code"),
        ({**SHEET, "sub_items": [{"code": "BASE", "rate": "-0.1"}]}, "sub_items"),
        ({**SHEET, "sub_items": [{"code": "BASE", "rate": 1}]}, "sub_items[0].rate"),
        ({**SHEET, "sub_items": [{"code": "TENDER", "rate": "1"}]}, "TENDER"),
        ({**SHEET, "comprehensive_rate": "0.56"}, "comprehensive_rate"),
        ({**FLAT, "comprehensive_rate": "0.50"}, "comprehensive_rate"),
        ({**SHEET, "energy": PRICE}, "energy.rate"),
        ({**SHEET, "energy": {"kind": "block", "blocks": [LAST]}}, "sub_items"),
        (energy(kind="flat", rate="0.56", sub_items=SHEET["sub_items"]), "energy.rate"),
        (blocks({**LAST, "sub_items": SHEET["sub_items"]}), "energy.blocks[0].rate"),
        (
            blocks({"upto_kwh": "50", "sub_items": [{"code": "BASE", "rate": "-1"}]}, LAST),
            "energy.blocks[0].sub_items",
        ),
        (blocks({"upto_kwh": "50", "sub_items": SHEET["sub_items"]}, LAST), "energy"),
        # Preferences.
        (sheet({"scheme": "A"}), "preferential[0]"),
        (sheet({"scheme": "A", "factor": "0.9", "fixed_rate": "1"}), "preferential[0]"),
        (sheet({"factor": "0.9"}), "preferential[0].scheme"),
        (sheet({"scheme": "A", "factor": "1.1"}), "preferential[0].factor"),
        (sheet({"scheme": "A", "factor": "0.9", "sub_item": "GRID"}), "preferential[0].sub_item"),
        (sheet({"scheme": "A", "factor": "0.9", "sub_item": "BASE", "total": True}), "preferential[0].total"),
        (sheet({"scheme": "A", "factor": "0.9", "total": False}), "preferential[0].sub_item"),
        (sheet({"scheme": "A", "free_kwh": "20", "cap_kwh": "20"}), "preferential[0].cap_kwh"),
        (sheet({"scheme": "A", "factor": "0.9", "stacks": "yes"}), "preferential[0].stacks"),
        *(
            (sheet({"scheme": "A", "factor": "0.9", "funder": funder}), "preferential[0].funder")
            for funder in ("THE CITY", "CITY", "AR", "AR:", "HOLD:CREDIT", "BANK:DEMO", "CUST:A1", "E.SOLD")
        ),
        *(
            (sheet({"scheme": "A", "factor": "0.9", "funder": funder}), "preferential[0].funder")
            for funder in ("AR:A1:ARREARS", "AR:A1:EMERGENCY", 'AR:CI"TY', "AR:A:B:C", "AR:" + "C" * 38)
        ),
        (sheet({"scheme": "A", "factor": "0.9", "valid": {"from": "07-01"}}), "preferential[0].valid.from"),
        (
            sheet({"scheme": "A", "factor": "0.9", "valid": {"from": "2026-07-01", "to": "2026-06-30"}}),
            "preferential[0].valid.to",
        ),
        (sheet({"scheme": "A", "factor": "0.9"}, {"scheme": "A", "factor": "0.8"}), "preferential[1]"),
        (
            sheet(
                {"scheme": "A", "factor": "0.9", "valid": {"to": "2026-06-30"}},
                {"scheme": "A", "factor": "0.8", "valid": {"from": "2026-06-30"}},
            ),
            "preferential[1]",
        ),
        (
            sheet(
                {"scheme": "A", "factor": "0.4", "stacks": True},
                {"scheme": "B", "factor": "0.3", "sub_item": "BASE", "stacks": True},
            ),
            "preferential[0]",
        ),
        (sheet({"scheme": "A", "factor": "0"}), "preferential[0]"),
        (
            sheet(*({"scheme": f"S{cap}", "factor": "0.9", "cap_kwh": str(cap)} for cap in range(1, 10))),
            "preferential",
        ),
        (
            {
                **SHEET,
                "sub_items": [{"code": "BASE", "rate": "0.50"}, {"code": "SUBSIDY", "rate": "-0.08"}],
                "preferential": {"scheme": "A", "sub_item": "BASE", "factor": "0.1"},
            },
            "preferential",
        ),
        # Items, taxes, rebates.
        ({**FLAT, "per_kwh_items": [{"code": "FUEL"}]}, "per_kwh_items[0].rate"),
        ({**FLAT, "per_kwh_items": [{"code": "FU EL", "rate": "1"}]}, "per_kwh_items[0].code"),
        ({**FLAT, "per_kwh_items": [{"code": "ENERGY", "rate": "1"}]}, "ENERGY"),
        (
            {**FLAT, "percent_items": [{"code": "LEVY", "rate": "0.1", "base": ["FUEL"]}]},
            "percent_items[0].base[0]",
        ),
        ({**FLAT, "rebate": {"code": "REBATE", "rate": "-0.1"}}, "rebate.rate"),
        ({**FLAT, "rebate": {"code": "REBATE", "rate": "1.5"}}, "energy"),
        ({**FLAT, "taxes": ["VAT"]}, "taxes[0]"),
        ({**FLAT, "taxes": {}}, "taxes"),
        ({**FLAT, "taxes": [{"code": "ENERGY_NET", "rate": "0.1"}]}, "ENERGY_NET"),
        (
            {
                **FLAT,
                "taxes": [{"code": "VAT", "rate": "0.1", "inclusive": True, "base": ["ENERGY"]}],
                "energy": {**PRICE, "rates_include_tax": False},
            },
            "taxes[0].inclusive",
        ),
        ({**FLAT, "taxes": [{"code": "VAT", "rate": "0.1", "base": ["VAT"]}]}, "taxes[0].base[0]"),
        (
            {
                **FLAT,
                "taxes": [
                    {"code": "A", "rate": "0.1", "base": ["B"]},
                    {"code": "B", "rate": "0.1", "base": ["A"]},
                ],
            },
            "taxes[0].base[0]",
        ),
        ({**FLAT, "taxes": [{"code": "VAT", "rate": "1", "base": ["TENDER"]}]}, "taxes"),
        # Charges and fees.
        ({**FLAT, "fixed_charges": [{"code": "FEE", "amount": "1"}]}, "fixed_charges[0].period"),
        ({**FLAT, "fixed_charges": [{"code": "FEE", "period": "month"}]}, "fixed_charges[0].amount"),
        (
            {
                **FLAT,
                "fixed_charges": [{"code": "FEE", "period": "month", "amount": "1", "amount_per_kw": "1"}],
            },
            "fixed_charges[0].amount",
        ),
        ({**FLAT, "fixed_charges": [{"code": "VAT", "period": "month", "amount": "1"}]}, "VAT"),
        (
            {**FLAT, "fixed_charges": [{"code": "FEE", "period": "month", "amount": "1", "taxed": "no"}]},
            "fixed_charges[0].taxed",
        ),
        ({**FLAT, "channel_fees": [{"channel": "BANK"}]}, "channel_fees[0]"),
        ({**FLAT, "channel_fees": [{"rate": "1.1"}]}, "channel_fees[0].rate"),
        ({**FLAT, "channel_fees": [{"rate": "0.1"}, {"amount": "1"}]}, "channel_fees[1].channel"),
        # Debts, free energy, limits.
        ({**FLAT, "arrears": {"mode": "all"}}, "arrears.mode"),
        ({**FLAT, "arrears": {"mode": "percent_of_tender"}}, "arrears.percent"),
        ({**FLAT, "arrears": {"mode": "percent_of_tender", "percent": "30"}}, "arrears.percent"),
        ({**FLAT, "arrears": {"mode": "instalment"}}, "arrears.amount"),
        ({**FLAT, "arrears": {"mode": "full_first", "cap": "90"}}, "arrears.cap"),
        ({**FLAT, "arrears": {"mode": "full_first", "code": "VAT"}}, "VAT"),
        ({**FLAT, "emergency_credit": {"percent": "2"}}, "emergency_credit.percent"),
        ({**FLAT, "free_basic": {"kwh": 60}}, "free_basic.kwh"),
        (
            {**FLAT, "free_basic": {"kwh": "60", "counts_towards_blocks": 1}},
            "free_basic.counts_towards_blocks",
        ),
        ({**FLAT, "purchase_limits": {"kwh_multiple": "0"}}, "purchase_limits.kwh_multiple"),
        ({**FLAT, "purchase_limits": {"min_kwh": "20", "max_kwh": "10"}}, "purchase_limits.max_kwh"),
        ({**FLAT, "three_phase": "yes"}, "three_phase"),
        ({**FLAT, "three_phase": 3}, "three_phase"),
        ({**FLAT, "purchase_limits": {"max_per_day": 0}}, "purchase_limits.max_per_day"),
        ({**FLAT, "purchase_limits": {"max_per_day": "1"}}, "purchase_limits.max_per_day"),
        ({**FLAT, "credit_unit": "currency", "purchase_limits": {"min_kwh": "20"}}, "purchase_limits"),
        ({**FLAT, "arrears": {"mode": "full_first", "amount": "5"}}, "arrears.amount"),
        ({**FLAT, "credit_unit": "currency", "free_basic": {"kwh": "20"}}, "free_basic"),
        (
            {**FLAT, "credit_unit": "currency", "per_kwh_items": [{"code": "FUEL", "rate": "1"}]},
            "per_kwh_items",
        ),
        # Rounding.
        ({**FLAT, "rounding": None}, "rounding"),
        ({**FLAT, "rounding": {**ROUNDING, "kwh_dp": 4}}, "rounding.kwh_dp"),
        ({**FLAT, "rounding": {**ROUNDING, "kwh_dp": True}}, "rounding.kwh_dp"),
        ({**FLAT, "rounding": {**ROUNDING, "money_dp": 3}}, "rounding.money_dp"),
        ({**FLAT, "rounding": {**ROUNDING, "kwh_mode": "ROUND_ABOUT"}}, "rounding.kwh_mode"),
        ({**FLAT, "rounding": {**ROUNDING, "money_mode": None}}, "rounding.money_mode"),
        ({**FLAT, "rounding": {**ROUNDING, "balancing_line": "FUEL"}}, "rounding.balancing_line"),
        ({**FLAT, "rounding": {**ROUNDING, "residual_policy": "keep"}}, "rounding.residual_policy"),
        (
            {**FLAT, "rounding": {**ROUNDING, "kwh_mode": "ROUND_UP", "residual_policy": "carry_to_account"}},
            "rounding.residual_policy",
        ),
        (
            {
                **FLAT,
                "fixed_charges": [{"code": "FEE", "period": "month", "amount": "1"}],
                "rounding": {**ROUNDING, "balancing_line": "FEE"},
            },
            "rounding.balancing_line",
        ),
        (
            {
                **SHEET,
                "sub_items": [{"code": "SUBSIDY", "rate": "-0.08"}, {"code": "BASE", "rate": "0.50"}],
            },
            "rounding.balancing_line",
        ),
    ],
)
def test_a_wrong_field_is_named_by_its_path(mapping, path):
    fault = fault_of(mapping)
    assert fault.path == path, fault
    assert not isinstance(fault, NotBuilt)
    assert str(fault).startswith(f"{path}: ")


@pytest.mark.parametrize(
    ("mapping", "key"),
    [
        ({**FLAT, "arrears": {"mode": "full_first", "order": "after_energy"}}, "arrears.order"),
        ({**FLAT, "free_basic": {"kwh": "60", "per": "week"}}, "free_basic.per"),
        (
            {
                **FLAT,
                "fixed_charges": [
                    {"code": "F", "amount": "1", "period": "month", "taken_on": "first_of_month"}
                ],
            },
            "fixed_charges[0].taken_on",
        ),
        (
            {**FLAT, "fixed_charges": [{"code": "F", "amount": "1", "period": "day", "since": "connection"}]},
            "fixed_charges[0].since",
        ),
        (
            seasonal(
                [
                    {
                        "season": "summer",
                        "energy": {"kind": "block", "blocks": [{"upto_kwh": "1", "rate": "1"}, LAST]},
                    },
                    {
                        "season": "winter",
                        "energy": {
                            "kind": "block",
                            "reset": "calendar_year",
                            "blocks": [{"upto_kwh": "1", "rate": "1"}, LAST],
                        },
                    },
                ],
                seasons=[SUMMER, WINTER],
            ),
            "energy.prices",
        ),
    ],
)
def test_what_cannot_be_priced_is_never_ignored(mapping, key):
    fault = fault_of(mapping)
    assert isinstance(fault, NotBuilt)
    assert fault.key == key


def fields_of(value, way=()):
    """Yield the way to every field of a JSON value."""
    rows = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in rows:
        yield [*way, key]
        yield from fields_of(inner, (*way, key))


FIELDS = [(name, way) for name, tariff in CASES.items() for way in fields_of(tariff)]
ODD_VALUES: list[object] = [None, True, -1, 0.5, "", "x", "1", "-1", "1e9", "9" * 99, "99-99", "é"]
ODD_VALUES += [[], [None], ["TENDER"], [[]], {}, {"a": []}, {"code": "A"}]


def tried(name, way, value):
    copied = copy.deepcopy(CASES[name])
    place = copied
    for step in way[:-1]:
        place = place[step]
    place[way[-1]] = value
    with contextlib.suppress(TariffFault):
        Tariff.from_mapping(copied, "v")


def test_an_odd_value_anywhere_is_a_tariff_fault_or_a_tariff():
    for name, way in FIELDS:
        for value in ODD_VALUES:
            tried(name, way, value)


@given(
    st.sampled_from(FIELDS),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["code", "rate", "upto_kwh", "energy"]), inner, max_size=3)
        ),
        max_leaves=6,
    ),
)
def test_any_value_anywhere_is_a_tariff_fault_or_a_tariff(field, value):
    name, way = field
    tried(name, way, value)
