"""What items say: registers in whole Wh, credit, counts, the relay; and what is none of it is missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.contact import ContactFault, ContactWhy, ItemRead, RelayState
from gateway.core.meter_items import REGISTER_ITEMS, ItemsSaid, by_name, wh_of
from gateway.core.reading import StatusWord

REFUSED = ContactFault(ContactWhy.REFUSED, "no such item")


def item(name, number=None, decimals=0, unit="kWh", text=""):
    return ItemRead(name, "", text or str(number), number, decimals, unit)


def said(*items, **missing):
    return ItemsSaid(by_name(items), missing)


@pytest.mark.parametrize(
    ("number", "decimals", "unit", "wh"),
    [
        (100_052, 2, "kWh", 1_000_520),
        (1_234_567, 1, "Wh", 123_456),
        (123_456_789, 4, "kWh", 12_345_678),
        (5, 0, "MWh", 5_000_000),
        (-50, 2, "kWh", -500),
        (-15, 1, "Wh", -2),
        (5, 0, "kW", None),
        (5, 0, "", None),
        (5, 0, "kvarh", None),
        (None, 0, "kWh", None),
    ],
)
def test_numbers_become_whole_wh(number, decimals, unit, wh):
    assert wh_of(item("energy", number, decimals, unit)) == wh


@given(st.integers(0, 10**12), st.integers(0, 6))
def test_no_wh_is_made_up(number, decimals):
    wh = wh_of(item("energy", number, decimals))
    assert wh is not None
    assert 0 <= number * 1000 - wh * 10**decimals < 10**decimals


def test_a_register_that_no_meter_shows_is_missing():
    found = said(
        item("energy", 5),
        item("energy-t1", None, text="-"),
        item("energy-t2", -1),
        item("energy-t3", 10**12),
        item("energy-t4", 7, unit="A"),
    )
    assert found.registers(REGISTER_ITEMS) == (("total", 5000),)
    assert {name: fault.why for name, fault in found.missing.items()} == {
        "energy-t1": ContactWhy.REFUSED,
        "energy-t2": ContactWhy.GARBLED,
        "energy-t3": ContactWhy.GARBLED,
        "energy-t4": ContactWhy.GARBLED,
    }
    assert str(found.missing["energy-t2"]) == "energy-t2: no amount of energy"


def test_credit_is_what_is_left_less_what_is_owed():
    assert said(item("credit", 5000, 2), item("overdraft", 0, 2)).credit_wh() == 50_000
    assert said(item("credit", 0, 2), item("overdraft", 150, 2)).credit_wh() == -1500
    assert said(item("credit", 5000, 2)).credit_wh() == 50_000
    assert said().credit_wh() is None
    # Nothing is left, and what is owed was not read: nobody knows.
    assert said(item("credit", 0, 2), overdraft=REFUSED).credit_wh() is None
    assert said(item("credit", 100, 2, "")).credit_wh() is None, "a wallet of money"


def test_credits_are_counted_by_the_wallet_that_the_meter_has():
    assert said(item("purchases-kwh", 3, unit="")).credits() == 3
    assert said(item("purchases", 4, unit=""), **{"purchases-kwh": REFUSED}).credits() == 4
    assert said(item("purchases", 100_000, unit="")).credits() is None
    assert said(item("purchases", None, text="-")).credits() is None


@pytest.mark.parametrize(
    ("name", "text", "state"),
    [
        ("relay", "0", RelayState.OPEN),
        ("relay", "1", RelayState.CLOSED),
        ("relay", "002", RelayState.READY),
        ("relay", "000", RelayState.OPEN),
        ("relay", "ready for reconnection", RelayState.READY),
        ("relay", "disconnected", RelayState.OPEN),
        ("relay", "7", None),
        ("relay", "", None),
        ("status", "0010", RelayState.OPEN),
        ("status", "0009", RelayState.CLOSED),
        ("status", "-", None),
    ],
)
def test_a_relay_is_where_its_meter_says(name, text, state):
    found = ItemsSaid({name: ItemRead(name, "", text)})
    assert found.relay() is state
    assert (name in found.missing) == (state is None)
    is_open = state is not None and state is not RelayState.CLOSED
    assert (StatusWord.RELAY_OPEN in found.status()) == is_open


def test_a_battery_that_is_low_is_said():
    assert said(ItemRead("status-1", "", "0004")).status() == (StatusWord.BATTERY_LOW,)
    assert said(ItemRead("status-1", "", "0008")).status() == (StatusWord.BATTERY_LOW,)
    assert said(ItemRead("status-1", "", "FFF3")).status() == ()
