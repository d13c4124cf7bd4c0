"""Given back at today's price on both databases: what is kept has its account, nobody gets more than paid."""

import json
from dataclasses import asdict
from datetime import timedelta

import pytest

from gateway.core.counters import Counters
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.refund_price import Worth
from gateway.core.tariff import Tariff
from gateway.multi_tariff.quote_price import TariffPricing
from gateway.multi_tariff.tariff_in_force import TariffInForce
from gateway.office.leaving_orders import CancelOrder
from gateway.prepayment.inquire_leaving import InquireWorth
from gateway.prepayment.worth_today import worth_today
from tests.builders import NOON, meter
from tests.leaving import Town

PLAIN = {
    "currency": "CNY",
    "timezone": "Asia/Shanghai",
    "energy": {"kind": "flat", "rate": "0.25"},
    "rounding": {"kwh_dp": 1, "kwh_mode": "ROUND_DOWN", "money_dp": 2, "money_mode": "ROUND_HALF_UP"},
}
BLOCKS = {"kind": "block", "blocks": [{"upto_kwh": "50", "rate": "1"}, {"upto_kwh": None, "rate": "2"}]}
FEE = {"code": "SERVICE", "amount": "10", "period": "month", "taken_on": "first_purchase_of_month"}


def today(**keys):
    """Prices of today: 0.25 a kWh, but for what is said."""
    tariff = Tariff.from_mapping(PLAIN | keys, "domestic-9")
    return TariffPricing([TariffInForce("domestic", NOON - timedelta(days=9), tariff)])


def flat(rate):
    return today(energy={"kind": "flat", "rate": rate})


@pytest.fixture
def town(fresh):
    return Town(fresh.database(count=3))


def test_energy_that_costs_less_today_is_given_back_for_less(town):
    bought = town.buy(10_000).energy_wh
    order = town.cancel_order(remaining_wh=bought, shown_wh=bought, pricing=today())
    assert order.worth.version == "domestic-9"
    assert isinstance(town.give(order), Changed)
    refund = -town.balance("REFUND_PAYABLE:A1")
    assert refund == pytest.approx(bought * 25 // 1_000, abs=2)
    kept = 10_000 - refund
    # The tax on what is kept stays to be paid on, for that money was taken.
    assert town.balance("REPRICED") == pytest.approx(-kept / 1.13, abs=2)
    assert town.balance("VAT") == pytest.approx(-kept * 0.13 / 1.13, abs=2)
    assert town.balance("REV:domestic:ENERGY") == pytest.approx(0, abs=2)
    one = town.departures()[0].departure
    assert sum(lot.given_minor for lot in one.lots) == one.refund_minor == refund
    assert sum(lot.minor for lot in one.lots) == pytest.approx(10_000, abs=2)
    town.assert_sound()


def test_energy_that_costs_more_today_is_given_back_at_what_was_paid(town):
    bought = town.buy(10_000).energy_wh
    town.cancel(remaining_wh=bought, shown_wh=bought, pricing=flat("9"))
    assert town.balance("REFUND_PAYABLE:A1") == pytest.approx(-10_000, abs=2)
    assert town.balance("REPRICED") == 0
    town.assert_sound()


def test_an_order_that_waits_for_a_second_person_keeps_the_price_that_was_shown(town):
    bought = town.buy(10_000).energy_wh
    order = town.cancel_order(remaining_wh=bought, shown_wh=bought, pricing=today())
    kept = json.loads(json.dumps(asdict(CancelOrder.of(order, "A1"))))
    assert CancelOrder(**kept).command(order.by, "") == order


def test_where_no_tariff_says_what_it_costs_the_cure_is_said(town):
    bought = town.buy(10_000).energy_wh
    order = town.cancel_order(remaining_wh=bought, shown_wh=bought)
    refused = town.give(InquireWorth(order, TariffPricing([])))
    assert refused.reason is OfficeRefusal.NO_PRICE_TODAY
    assert "no price is in force" in refused.detail


def test_an_empty_meter_needs_no_price(town):
    order = town.cancel_order(remaining_wh=0, pricing=TariffPricing([]))
    assert order.worth is None
    assert isinstance(town.give(order), Changed)


def test_it_is_priced_in_the_steps_of_the_month_where_it_was_bought():
    had = meter(counters=Counters(month=202611, mtd_wh=60_000))
    # He has bought 60 kWh: of the last 20, ten stand in the dear step and ten in the cheap one.
    assert worth_today(today(energy=BLOCKS), had, 20_000, NOON) == Worth(3_000, 20_000, "domestic-9")


def test_a_charge_of_the_month_is_no_part_of_what_energy_costs():
    assert worth_today(today(fixed_charges=[FEE]), meter(), 10_000, NOON).of(10_000) == 250


def test_where_so_little_is_not_sold_the_nearest_amount_says_the_price():
    found = worth_today(today(purchase_limits={"min_kwh": "40", "kwh_multiple": "20"}), meter(), 12_345, NOON)
    assert (found.energy_wh, found.of(20_000)) == (100_000, 500)
