import pytest

import schemas
from gateway.bits import luhn_valid
from gateway.core.buyer import Buyer
from gateway.core.meter import Carrier, MeterState
from gateway.core.meter_number import MeterNumber
from gateway.core.money import Money
from gateway.core.quote import Quote
from gateway.core.tariff import Tariff
from gateway.simulators.town import altopay_town, demo_town

TOWN = demo_town()


def test_the_same_seed_builds_the_same_town():
    assert demo_town(seed=7) == demo_town(seed=7)
    assert demo_town(seed=7) != demo_town(seed=8)


def test_a_larger_town_begins_with_the_smaller_one():
    small, large = demo_town(10), demo_town(100)
    assert large.customers[:10] == small.customers
    assert large.meters[:11] == small.meters


def test_a_town_has_as_many_customers_as_asked_for():
    assert len(demo_town(5).customers) == 5
    assert len(TOWN.customers) == 40


def test_every_number_is_valid_and_there_once():
    town = demo_town(2_000)
    assert all(luhn_valid(customer.account_no) for customer in town.customers)
    assert all(MeterNumber.parse(meter.drn).pan == meter.pan for meter in town.meters)
    assert {len(meter.drn) for meter in town.meters} == {11}
    assert len({customer.account_no for customer in town.customers}) == 2_000
    assert len({meter.pan for meter in town.meters}) == len(town.meters) == 2_001


def test_every_meter_is_an_sts_meter_of_the_supply_group():
    identities = [meter.identity for meter in demo_town(sgc="123456").meters]
    assert {(each.sgc, each.krn, each.ti, each.ea, each.kt, each.base_date) for each in identities} == {
        ("123456", 1, "01", "11", 2, 2014)
    }
    assert [each.pan for each in identities] == [meter.pan for meter in demo_town(sgc="123456").meters]


def test_there_is_one_of_each_special_case():
    for town in (demo_town(5), demo_town(500)):
        assert [meter.carrier for meter in town.meters].count(Carrier.CARD) == 1
        assert [meter.carrier for meter in town.meters].count(Carrier.REMOTE) == 1
        assert [meter.state for meter in town.meters].count(MeterState.BLOCKED) == 1
        assert [meter.is_test for meter in town.meters].count(True) == 1
        counts = [len(town.meters_of(customer.account_no)) for customer in town.customers]
        assert sorted(counts)[-2:] == [1, 2]


def test_names_and_addresses_have_a_form_for_a_wire_of_ascii():
    for customer in demo_town(500).customers:
        assert (customer.name_ascii + customer.address_ascii).isascii()
        # Two digits count the characters of a sub-field.
        assert 0 < len(customer.name_ascii) < 100


def test_the_town_speaks_three_languages():
    names = "".join(customer.name for customer in TOWN.customers)
    assert any("一" <= letter <= "鿿" for letter in names)
    assert any("А" <= letter <= "я" for letter in names)  # noqa: RUF001 - Cyrillic is meant
    assert any("A" <= letter <= "z" for letter in names)


@pytest.mark.parametrize("town", [TOWN, demo_town(currency="IDR"), altopay_town()])
def test_every_power_type_has_a_price(town):
    assert {meter.power_type for meter in town.meters} <= set(town.tariffs)
    for path in town.tariffs.values():
        tariff = Tariff.from_mapping(schemas.load(path), "1")
        assert isinstance(tariff.quote(Money(10_000_000, town.currency), Buyer()), Quote)


def test_rupiah_have_no_decimals_on_any_line():
    tariff = Tariff.from_mapping(schemas.load("tariff/idr_flat.json"), "1")
    quote = tariff.quote(Money(13_898_300, "IDR"), Buyer())
    assert isinstance(quote, Quote)
    assert [line.amount.minor % 100 for line in quote.lines] == [0, 0]
    # 138,983 / (1444.70 × 1.03) = 93.4 kWh, rounded down from 93.3999…
    assert quote.energy_wh == 93_300


def test_shops_and_homes_are_both_there():
    assert {meter.power_type for meter in TOWN.meters} == {"domestic", "commercial"}


def test_the_altopay_town_has_the_customer_of_the_sample_messages():
    town = altopay_town()
    assert town.currency == "IDR"
    assert len(town.meters_of("081228812348")) == 1


@pytest.mark.parametrize("how", [{"size": 4}, {"size": 1_000_001}, {"currency": "USD"}])
def test_a_town_that_cannot_be_is_refused(how):
    with pytest.raises(ValueError, match="town"):
        demo_town(**how)
