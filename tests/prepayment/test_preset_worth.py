"""What preset energy is worth: worked out in the head, at the price of the supply point, with taxes alone."""

import pytest

from gateway.core.counters import Counters
from gateway.core.money import Money
from gateway.core.outcome import Declined
from gateway.core.refusal import Refusal
from gateway.multi_tariff.quote_price import TariffPricing
from gateway.prepayment.preset_worth import preset_worth
from tests.builders import NOON, meter
from tests.prepayment.test_tariff_sales import BLOCKS, DAILY, FEE, THIRD, version

VAT = {"code": "VAT", "rate": "0.20", "inclusive": False, "base": ["ENERGY"]}


def worth(wh=10_000, *, of=None, **keys):
    pricing = TariffPricing([version(**keys)])
    return preset_worth(pricing, of or meter(), wh, NOON, "counter")


def test_ten_kwh_at_one_yuan_are_ten_yuan():
    assert worth() == Money(1_000, "CNY")


def test_taxes_belong_to_it():
    assert worth(taxes=[VAT]) == Money(1_200, "CNY")


def test_charges_fees_and_debts_do_not():
    fee = {"channel": "counter", "code": "COUNTER", "amount": "2"}
    assert worth(fixed_charges=[FEE, DAILY]) == Money(1_000, "CNY")
    assert worth(channel_fees=[fee]) == Money(1_000, "CNY")
    assert worth(arrears=THIRD) == Money(1_000, "CNY")


def test_it_is_priced_by_the_first_steps_whatever_the_meter_counted_elsewhere():
    came_back = meter(counters=Counters(month=202611, mtd_wh=900_000))
    # 50 kWh at 1.00, 10 kWh at 2.00.
    assert worth(60_000, energy=BLOCKS, of=came_back) == Money(7_000, "CNY")


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"power_type": "shop"}, Refusal.NO_TARIFF),
        ({"purchase_limits": {"min_kwh": "20"}}, Refusal.BELOW_MINIMUM),
        ({"purchase_limits": {"kwh_multiple": "3"}}, Refusal.NOT_A_MULTIPLE),
    ],
)
def test_what_no_tariff_can_say_is_refused_with_the_reason(keys, reason):
    refused = worth(**keys)
    assert isinstance(refused, Declined)
    assert refused.reason is reason
