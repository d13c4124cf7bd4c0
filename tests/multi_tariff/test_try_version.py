"""A version tried on meters: what a month costs now and then, by figures that can be worked out by hand."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gateway.core.counters import Counters
from gateway.core.quote import QuoteRefusal
from gateway.core.tariff import Tariff
from gateway.multi_tariff.tariff_in_force import TariffInForce
from gateway.multi_tariff.try_version import in_order, month_use_wh, try_on
from tests.builders import meter

ROUNDING = {
    "kwh_dp": 1, "kwh_mode": "ROUND_DOWN", "money_dp": 2, "money_mode": "ROUND_HALF_UP",
    "balancing_line": "ENERGY", "residual_policy": "absorb",
}  # fmt: skip


def version(rate, begin, **changes):
    usual: dict[str, object] = {
        "currency": "CNY", "timezone": "Asia/Shanghai", "fixed_charges": [], "arrears": None,
        "energy": {"kind": "flat", "rate": rate, "rates_include_tax": False}, "taxes": [],
        "rounding": ROUNDING,
    }  # fmt: skip
    tariff = Tariff.from_mapping(usual | changes, f"v{begin}")
    return TariffInForce("domestic", datetime(begin, 1, 1, tzinfo=UTC), tariff)


def used(serial, *past_wh, mtd_wh=0):
    return meter(serial, counters=Counters(month=202611, mtd_wh=mtd_wh, past_wh=past_wh))


BEFORE = version("0.50", 2020)


def test_a_month_is_the_mean_of_those_before_in_whole_kwh():
    assert month_use_wh(used(1, 100_000, 0, 201_000)) == 150_000
    assert month_use_wh(used(1, mtd_wh=12_900)) == 12_000
    assert month_use_wh(used(1)) == 0


def test_the_same_energy_is_priced_under_both():
    (one,) = try_on(BEFORE, version("0.60", 2027), [used(1, 100_000)])
    assert (one.month_wh, one.now_minor, one.then_minor) == (100_000, 5_000, 6_000)
    assert (one.change_minor, one.change_permille) == (1_000, 200)


def test_what_a_month_is_charged_beside_the_energy_is_in_it():
    charged = version("0.50", 2027, fixed_charges=[{"code": "FIXED", "amount": "8.00", "period": "month"}])
    (one,) = try_on(BEFORE, charged, [used(1, 100_000)])
    assert one.change_minor == 800


def test_nobody_s_debts_and_purchases_of_the_running_month_change_the_answer():
    blocks = {
        "kind": "block", "reset": "calendar_month", "rates_include_tax": False,
        "blocks": [{"upto_kwh": "50", "rate": "0.40"}, {"upto_kwh": None, "rate": "0.80"}],
    }  # fmt: skip
    (one,) = try_on(BEFORE, version("0", 2027, energy=blocks), [used(1, 100_000, mtd_wh=500_000)])
    assert one.then_minor == 50 * 40 + 50 * 80


def test_whoever_has_no_use_yet_has_no_price():
    (one,) = try_on(BEFORE, version("0.60", 2027), [used(1)])
    assert (one.now_minor, one.then_minor, one.refused) == (None, None, None)
    assert (one.change_minor, one.change_permille) == (0, 0)


def test_what_is_not_sold_says_why():
    limited = version("0.60", 2027, purchase_limits={"max_kwh": "50"})
    (one,) = try_on(BEFORE, limited, [used(1, 100_000)])
    assert (one.then_minor, one.refused) == (None, QuoteRefusal.ABOVE_MOST)


@pytest.mark.parametrize(("rate", "sides"), [("0.60", (0, 2)), ("0.40", (2, 0)), ("0.50", (0, 0))])
def test_the_figures_count_who_pays_less_and_who_more(rate, sides):
    found = try_on(BEFORE, version(rate, 2027), [used(1, 100_000), used(2, 20_000), used(3)])
    tried = in_order(found)
    assert (tried.cheaper, tried.dearer) == sides
    assert len(tried.known) == 2
    changes = [one.change_minor for one in tried.known]
    assert changes == sorted(changes)
    assert tried.median.change_minor == changes[1]
    assert in_order([replace(found[2])]).median is None
