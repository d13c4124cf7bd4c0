from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from adapters.db.registry import Registry, RegistryFault, StoredTariff
from gateway.core.customer import Customer
from gateway.core.meter import Carrier, MeterState
from gateway.core.outcome import Declined
from gateway.core.refusal import Refusal
from tests.builders import Till, meter_file, posting_batch

ZHANG, LI = Customer("A1", "Zhang Wei", "1 East Road"), Customer("A2", "Li Na", "2 East Road")
MOMENT = datetime(2026, 1, 1, 16, 0, 0, 123456, tzinfo=UTC)
DAY = timedelta(days=1)
TABLE = {"currency": "CNY", "names": ["Grundpreis €", "电"], "rate": "0.5500"}


@pytest.fixture
def engine(fresh):
    return fresh.database(0)


@pytest.fixture
def registry(engine):
    return Registry(engine)


def test_meters_are_entered_with_their_customers(registry):
    registry.enter_customers([ZHANG, LI])
    registry.enter_meters([meter_file(1), meter_file(2)])
    assert registry.meter_count() == 2


def test_entering_nothing_changes_nothing(registry):
    registry.enter_customers([])
    registry.enter_meters([])
    assert registry.meter_count() == 0


def test_a_customer_may_have_several_meters(registry):
    registry.enter_customers([ZHANG])
    registry.enter_meters([meter_file(1), meter_file(2, account_no="A1")])
    assert registry.meter_count() == 2


def test_an_account_number_that_exists_is_refused(registry):
    registry.enter_customers([ZHANG])
    with pytest.raises(IntegrityError):
        registry.enter_customers([LI, Customer("A1", "Zhang San", "elsewhere")])


def test_customers_are_entered_all_or_none(registry):
    with pytest.raises(IntegrityError):
        registry.enter_customers([LI, ZHANG, ZHANG])
    registry.enter_customers([LI, ZHANG])


def test_a_meter_of_nobody_is_refused_by_its_account_number(registry):
    registry.enter_customers([ZHANG])
    with pytest.raises(RegistryFault, match="A2"):
        registry.enter_meters([meter_file(1), meter_file(2)])
    assert registry.meter_count() == 0


def test_a_meter_number_that_exists_is_refused(registry):
    registry.enter_customers([ZHANG, LI])
    registry.enter_meters([meter_file(1)])
    with pytest.raises(IntegrityError):
        registry.enter_meters([meter_file(1, account_no="A2")])


def test_power_types_are_those_of_the_meters(registry):
    registry.enter_customers([ZHANG])
    registry.enter_meters(
        [meter_file(n, account_no="A1", power_type=power) for n, power in enumerate("abba", start=1)]
    )
    assert sorted(registry.power_types()) == ["a", "b"]


def test_a_tariff_is_read_back_as_it_was_entered(registry):
    entered = StoredTariff("domestic", "domestic-1", MOMENT, TABLE)
    registry.enter_tariff(entered)
    assert registry.tariffs() == [entered]


def test_a_power_type_has_many_versions(registry):
    versions = [StoredTariff("domestic", f"domestic-{n}", MOMENT + n * DAY, TABLE) for n in (1, 2)]
    for version in reversed(versions):
        registry.enter_tariff(version)
    assert registry.tariffs() == versions


def test_two_versions_of_a_power_type_never_begin_together(registry):
    registry.enter_tariff(StoredTariff("domestic", "domestic-1", MOMENT, TABLE))
    with pytest.raises(IntegrityError):
        registry.enter_tariff(StoredTariff("domestic", "domestic-2", MOMENT, TABLE))
    registry.enter_tariff(StoredTariff("commercial", "commercial-1", MOMENT, TABLE))


def test_a_version_that_exists_is_refused(registry):
    registry.enter_tariff(StoredTariff("domestic", "domestic-1", MOMENT, TABLE))
    with pytest.raises(IntegrityError):
        registry.enter_tariff(StoredTariff("domestic", "domestic-1", MOMENT, {}))


@pytest.fixture
def batch(engine):
    made = posting_batch(engine)
    yield made
    made.close()


def test_a_meter_sells_once_it_is_entered(registry, batch):
    assert batch.run([Till().pay()]) == [Declined(Refusal.UNKNOWN_METER)]
    registry.enter_customers([ZHANG])
    registry.enter_meters([meter_file(1)])
    (paid,) = batch.run([Till().pay("r2")])
    assert (paid.account_no, paid.customer, paid.pan) == ("A1", "Zhang Wei", meter_file(1).identity.pan)


def test_a_meter_that_is_entered_blocked_sells_nothing(registry, batch):
    registry.enter_customers([ZHANG])
    registry.enter_meters([meter_file(1, state=MeterState.BLOCKED)])
    assert batch.run([Till().pay()]) == [Declined(Refusal.METER_BLOCKED)]


def test_a_card_meter_is_sold_credit_and_no_token(registry, batch):
    registry.enter_customers([ZHANG])
    registry.enter_meters([meter_file(1, carrier=Carrier.CARD)])
    (paid,) = batch.run([Till().pay()])
    assert (paid.carrier, paid.token) == (Carrier.CARD, None)
