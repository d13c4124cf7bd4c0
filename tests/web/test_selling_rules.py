"""The rules of selling, each at a counter through its page, with the sentence that the cashier reads."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from adapters.db import tables as t
from gateway.core.meter import MeterState
from gateway.multi_tariff.quote_price import TariffPricing
from gateway.office.keep_shift import OpenShift
from tests.builders import NOON
from tests.prepayment.test_tariff_sales import version
from tests.web.staffed import Staffed
from tests.web.test_selling_pages import NONCE, sell, shown, sold

OTHER = "m" * 24


@pytest.fixture
def staffed(tmp_path):
    return Staffed(tmp_path, size=20).at_counters()


@pytest.fixture
def pan(staffed):
    return staffed.buyers()[1].pan


def priced(staffed, **keys):
    """A desk at which energy costs one yuan a kWh, and what else a tariff says."""
    kinds = {one.power_type for one in staffed.town.meters}
    return staffed.desk(pricing=TariffPricing([version(power_type=one, **keys) for one in sorted(kinds)]))


def refused(desk, pan, said, nonce=NONCE, **fields):
    """Nothing is sold, and it is said before money is taken."""
    told = desk.post(f"/sell/{pan}", "chief", {"nonce": nonce, **fields})
    assert told.code == 422
    assert said in told.text


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("0", "more than zero"),
        ("-5", "more than zero"),
        ("0.99", "below the smallest sale"),
        ("5000.01", "over the limit"),
    ],
)
def test_an_amount_is_more_than_nothing_and_within_the_limits_of_counters(staffed, pan, amount, said):
    refused(staffed.desk(), pan, said, amount=amount)
    assert sold(staffed, pan=pan) == []


@pytest.mark.parametrize(
    ("limits", "amount", "said"),
    [
        ({"kwh_multiple": "10"}, "25", "does not buy a whole multiple of what this tariff sells (10 kWh)"),
        ({"min_kwh": "20"}, "10", "below the smallest sale (20 kWh)"),
        ({"max_kwh": "20"}, "30", "over the limit (20 kWh)"),
    ],
)
def test_the_tariffs_limits_are_said_with_their_figure(staffed, pan, limits, amount, said):
    refused(priced(staffed, purchase_limits=limits), pan, said, amount=amount)
    assert sold(staffed, pan=pan) == []


def test_a_meter_buys_as_often_a_day_as_its_tariff_allows(staffed, pan):
    desk = priced(staffed, purchase_limits={"max_per_day": 1})
    done = sell(desk, pan, amount="50")
    desk.post(f"{done.header('location')}/give", "chief", {})
    refused(desk, pan, "this meter may not buy again today", amount="50", nonce=OTHER)
    assert len(sold(staffed, pan=pan)) == 1


def test_no_more_is_sold_than_may_stand_in_the_meter(staffed, pan):
    point = {one.name: "" for one in t.supply_point.columns if one.name not in {"due_us", "due"}}
    numbers = {"phases": 1, "contract_w": 0, "alarm_wh": 0, "hoard_wh": 60_000, "version": 1}
    named = {"number": "x-1", "pan": pan, "state": "active"}
    with staffed.engine.begin() as connection:
        connection.execute(insert(t.supply_point).values(point | numbers | named))
    desk = priced(staffed)
    too_much = "so much may not stand in this meter; sell no more than there is room for (60 kWh)"
    refused(desk, pan, too_much, amount="61")
    done = sell(desk, pan, amount="50")
    desk.post(f"{done.header('location')}/give", "chief", {})
    refused(desk, pan, "than there is room for (10 kWh)", amount="11", nonce=OTHER)
    assert desk.post(f"/sell/{pan}", "chief", {"nonce": OTHER, "amount": "10"}).code == 200


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (MeterState.BLOCKED, "the meter is blocked; the customer must see the utility"),
        (MeterState.REMOVED, "the meter is not in service"),
    ],
)
def test_a_frozen_account_buys_nothing(staffed, pan, state, said):
    desk = staffed.desk()
    preview = desk.post(f"/sell/{pan}", "chief", {"nonce": NONCE, "amount": "50"})
    frozen = update(t.meter).where(t.meter.c.pan == pan).values(state=state.value)
    with staffed.engine.begin() as connection:
        connection.execute(frozen)
    refused(desk, pan, said, amount="50")
    # Frozen between the price and the sale: nothing is sold either.
    late = desk.post(f"/sell/{pan}", "chief", {**shown(preview), "step": "confirm"})
    assert late.code == 422
    assert said in late.text
    assert sold(staffed, pan=pan) == []


def test_a_double_click_is_one_sale(staffed, pan):
    desk = staffed.desk()
    preview = desk.post(f"/sell/{pan}", "chief", {"nonce": NONCE, "amount": "100"})
    confirmed = {**shown(preview), "step": "confirm"}
    places = {desk.post(f"/sell/{pan}", "chief", confirmed).header("location") for _ in range(3)}
    assert len(places) == 1
    assert len(sold(staffed, pan=pan)) == 1


def test_two_stations_at_once_sell_once(staffed, pan):
    staffed.people.of_herself(OpenShift("deputy", "s9", "south-1"))
    staffed.visitors["deputy"] = replace(staffed.visitors["deputy"], station="south-1")
    desk, path = priced(staffed), f"/sell/{pan}"
    previews = {
        who: desk.post(path, who, {"nonce": nonce, "amount": "100"})
        for who, nonce in (("chief", NONCE), ("deputy", OTHER))
    }
    first, second = (
        desk.post(path, who, {**shown(one), "step": "confirm"}) for who, one in previews.items()
    )
    assert first.code == 303
    assert second.code == 422
    assert "a sale of this meter at a counter still waits for its credit" in second.text
    assert len(sold(staffed, pan=pan)) == 1
    desk.post(f"{first.header('location')}/give", "chief", {})
    assert desk.post(path, "deputy", {**shown(previews["deputy"]), "step": "confirm"}).code == 303


def test_a_price_holds_until_another_version_is_in_force(staffed, pan):
    kinds = sorted({one.power_type for one in staffed.town.meters})
    old = [version(power_type=one) for one in kinds]
    before = staffed.desk(pricing=TariffPricing(old))
    path = f"/sell/{pan}"
    preview = before.post(path, "chief", {"nonce": NONCE, "amount": "100"})
    # The same price by another version is another quote, too.
    new = [version("v2", NOON - timedelta(seconds=1), one) for one in kinds]
    after = staffed.desk(pricing=TariffPricing([*old, *new]))
    told = after.post(path, "chief", {**shown(preview), "step": "confirm"})
    assert told.code == 200
    assert "The price is another one now" in told.text
    assert sold(staffed, pan=pan) == []
    assert after.post(path, "chief", {**shown(told), "step": "confirm"}).code == 303
    assert [one.tariff_version for one in sold(staffed, pan=pan)] == ["v2"]
