"""A meter that leaves before anybody has bought for it: what it came with is sold then, and settled."""

from datetime import timedelta

import pytest

import schemas
from adapters.db.registry import Registry, StoredTariff
from gateway.core.account_number import account_number
from gateway.core.customer import Customer
from gateway.core.dues import Dues
from gateway.core.office_answer import Changed
from gateway.core.preset import Preset
from gateway.core.supply_point import PointState, SupplyPoint
from gateway.prepayment.install_meter import InstallMeter
from gateway.prepayment.register_customer import RegisterCustomer
from tests.builders import NOON
from tests.leaving import LI, NEW, NEXT, Town

INN = account_number(700)
POINT = f"{INN}-1"
PRESET = Preset(50_000, 2_750)
OWED, EARNED = f"AR:{INN}:ARREARS", "REV:domestic:PRESET"


def done(content):
    assert isinstance(content, Changed), content


def fitted_at(town, number, name, **more):
    """A customer whose meter is the new one."""
    point = SupplyPoint("", "", f"{name} Lane 2", "domestic", state=PointState.REGISTERED)
    customer = Customer(number, name, f"{name} Lane 2")
    done(town.give(RegisterCustomer(LI, town.nonce(), customer, point, Dues("CNY"), "CNY")))
    day = town.now.date()
    done(town.give(InstallMeter(LI, town.nonce(), f"{number}-1", 1, NEW, day, is_test=True, **more)))


@pytest.fixture
def town(fresh):
    """An inn whose meter came with 50 kWh, worth 27.50."""
    engine = fresh.database(count=3)
    body = schemas.load("tariff/domestic.json")
    Registry(engine).enter_tariff(StoredTariff("domestic", "v0", NOON - timedelta(days=9), body))
    found = Town(engine)
    fitted_at(found, INN, "Inn", registers=(("total", 0),), preset=PRESET, currency="CNY")
    found.day = 1
    return found


def cancel(town, kwh, left_wh, version=2, pan=NEW, **more):
    done(
        town.cancel(
            kwh, number=POINT, version=version, pan=pan, remaining_wh=left_wh, shown_wh=left_wh, **more
        )
    )


def test_of_what_it_came_with_the_used_part_is_owed(town):
    cancel(town, 30, 20_000)
    assert (town.balance(OWED), town.balance(EARNED)) == (1_650, -1_650)
    assert (town.balance("PRESET_ISSUED"), town.balance(f"AR:{INN}:PRESET")) == (0, 0)
    assert town.balance(f"REFUND_PAYABLE:{INN}") == 0
    assert (town.balance("E.UNSOLD"), town.balance("E.SOLD")) == (0, -50_000)
    assert (town.balance("E.USED"), town.balance("E.VOID")) == (30_000, 20_000)
    assert town.departures()[0].departure.preset == PRESET
    town.assert_sound()


def test_a_meter_that_was_never_used_leaves_without_a_debt(town):
    cancel(town, 0, 50_000)
    assert (town.balance(OWED), town.balance(EARNED), town.balance("PRESET_ISSUED")) == (0, 0, 0)
    assert town.balance(f"REFUND_PAYABLE:{INN}") == 0
    town.assert_sound()


def test_what_was_used_beyond_it_is_owed_at_its_price(town):
    cancel(town, 60, -10_000)
    assert (town.balance(OWED), town.balance(f"AR:{INN}:OVERDRAFT")) == (2_750, 550)
    town.assert_sound()


def test_a_meter_that_was_never_read_and_lent_leaves_the_books_sound(town):
    cancel(town, None, -8_000)
    town.assert_sound()
    town.day = 2
    fitted_at(town, account_number(701), "Mill", registers=(("total", 30_000),))
    town.day = 3
    town.read(31, pan=NEW, credit_wh=5_000)
    town.assert_sound()


def test_it_travels_with_its_debt_to_the_next_meter(town):
    said = {"number": POINT, "version": 2, "old": NEW, "remaining_wh": 20_000, "shown_wh": 20_000}
    done(town.replace(30, pan=NEXT, **said))
    assert (town.balance(OWED), town.balance(EARNED)) == (2_750, -2_750)
    town.transfer(pan=NEXT)
    town.day = 2
    town.assert_sound()
    cancel(town, 0, 20_000, version=3, pan=NEXT)
    # What travelled was never paid for: its money goes against the debt, and none is paid out.
    assert (town.balance(OWED), town.balance(f"REFUND_PAYABLE:{INN}")) == (1_650, 0)
    town.assert_sound()


def test_the_next_owner_of_the_meter_has_nothing_of_it(town):
    cancel(town, 30, 20_000)
    town.day = 2
    fitted_at(town, account_number(701), "Mill", registers=(("total", 30_000),))
    assert town.buy(5_000, pan=NEW).preset_wh == 0
    town.day = 3
    town.read(35, pan=NEW, credit_wh=2_000)
    assert town.balance("E.USED") == 35_000
    town.assert_sound()
