"""The physics of a virtual meter: nothing is lost, whatever clock, tariff, relay and credit do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock

from gateway.simulators.meters.build import Build
from gateway.simulators.meters.diary import COVER, EVENTS_KEPT, USED_UP
from gateway.simulators.meters.freezing import next_freeze
from gateway.simulators.meters.load import HOME, SHOP, SOLAR, Load
from gateway.simulators.meters.meter_clock import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    SECOND_MS,
    MeterClock,
    moment_of,
    shown_of,
)
from gateway.simulators.meters.purse import (
    WMS_PER_WH,
    Counts,
    PurchaseRefusal,
    Terms,
    Wallet,
)
from gateway.simulators.meters.rate_sets import RateSets
from gateway.simulators.meters.registers import CLOCK_SET, DISTURBED, MONTHS_KEPT, Profile, Row
from gateway.simulators.meters.relay import RelayRefusal, RelayState
from gateway.simulators.meters.tariff_times import TariffTimes, same_all_week
from tests.virtual_meters import BEGIN, EAST, house, local

DAY_S, HOUR_S = 86_400, 3_600
CUSTOMER = "000000000007"


def used_wms(of):
    """All that was counted, to the watt-millisecond."""
    return of.registers.total * WMS_PER_WH + of.registers.rest


def integral(load, begins, seconds):
    """Watt-milliseconds of a load, hour by hour, of a clock that is right."""
    at, ends, found = shown_of(begins), shown_of(begins) + seconds * SECOND_MS, 0
    while at < ends:
        step = min(ends, at - at % HOUR_MS + HOUR_MS) - at
        found += load.at(at % DAY_MS // HOUR_MS) * step
        at += step
    return found


@pytest.mark.parametrize("curve", [HOME, SHOP])
def test_the_tariffs_together_are_the_total_and_the_total_is_the_integral_of_the_load(curve):
    clock = Clock()
    of = house(clock, watts=937, curve=curve)
    clock.advance(40 * DAY_S + 12_345)
    of.update()
    assert used_wms(of) == integral(Load(937, curve), BEGIN, 40 * DAY_S + 12_345)
    assert sum(of.registers.tariffs) == of.registers.total > 0
    assert all(of.registers.tariffs)


@given(st.lists(st.integers(1, 200_000), max_size=30), st.integers(-500, 500))
def test_how_often_it_is_asked_changes_nothing(waits, ppm):
    clock, other = Clock(), Clock()
    asked, left = (house(of, watts=1234, curve=HOME, ppm=ppm) for of in (clock, other))
    for wait in waits:
        clock.advance(wait)
        asked.update()
    other.advance(sum(waits))
    asked.update()
    left.update()
    assert (used_wms(asked), asked.registers.tariffs) == (used_wms(left), left.registers.tariffs)
    assert (list(asked.profile.rows()), asked.months) == (list(left.profile.rows()), left.months)


def test_a_clock_that_drifts_shifts_the_tariffs_and_keeps_the_total():
    clock = Clock()
    right, wrong = house(clock), house(clock, ppm=10_000, ahead_s=3 * HOUR_S)
    clock.advance(9 * HOUR_S)
    for of in (right, wrong):
        of.update()
    assert used_wms(right) == used_wms(wrong) == 1000 * 9 * HOUR_MS
    assert right.registers.tariffs != wrong.registers.tariffs


def test_energy_counts_in_the_tariff_of_its_time():
    clock = Clock()
    of = house(clock)  # 8:00 on; peak (T1) is 18:00 to 22:00, evening (T3) until midnight, then night (T4)
    clock.advance(17 * HOUR_S)
    of.update()
    assert of.registers.tariffs == [4000, 10_000, 2000, 1000]


def test_what_a_roof_gives_is_counted_backwards():
    clock = Clock()
    of = house(clock, curve=SOLAR)
    clock.advance(DAY_S)
    of.update()
    assert of.registers.reverse == sum(-w for w in SOLAR if w < 0)
    assert of.registers.total == sum(w for w in SOLAR if w > 0)


@pytest.mark.parametrize("ppm", [-10_000, -37, 0, 1, 10_000])
def test_a_clock_shows_a_time_at_the_first_millisecond_that_it_does(ppm):
    seconds = Clock()
    clock = MeterClock(seconds.seconds, BEGIN, ppm=ppm, ahead_s=-3)
    for ahead in (1, 999, 60_000, 86_400_000, 10**9 + 7):
        shown = shown_of(BEGIN) + ahead
        elapsed = clock.when(shown)
        assert clock.shown(elapsed) >= shown > clock.shown(elapsed - 1)


def test_a_clock_that_is_set_drifts_on_from_there():
    seconds = Clock()
    clock = MeterClock(seconds.seconds, BEGIN, ppm=100)
    seconds.advance(10_000)
    assert clock.ahead_ms == 1000
    clock.set(shown_of(BEGIN))
    assert moment_of(clock.shown(clock.elapsed())) == BEGIN.replace(tzinfo=None)
    seconds.advance(10_000)
    assert clock.shown(clock.elapsed()) - shown_of(BEGIN) == 10_001_000


@pytest.mark.parametrize(
    ("begins", "more"), [(local(2026, 1, 1), {}), (BEGIN, {"ppm": 10_001})], ids=["no zone", "too fast"]
)
def test_a_clock_that_is_none_is_refused(begins, more):
    with pytest.raises(ValueError, match=r"zone|drifts"):
        MeterClock(Clock().seconds, begins, **more)


def test_a_month_that_ends_is_kept_and_the_demand_begins_anew():
    clock = Clock()
    of = house(clock, watts=2000)
    clock.advance(7 * DAY_S + 16 * HOUR_S)  # to the midnight of 1 December
    of.update()
    (month,) = of.months
    assert (month.at, month.total, month.demand_w) == (shown_of(local(2026, 12, 1)), 368_000, 2000)
    assert month.total == sum(month.tariffs)
    assert of.registers.demand_w == 0
    clock.advance(400 * DAY_S)
    of.update()
    assert len(of.months) == MONTHS_KEPT
    assert [each.at for each in of.months] == sorted((each.at for each in of.months), reverse=True)


def test_the_demand_is_the_greatest_mean_of_a_period():
    clock = Clock()
    of = house(clock, curve=HOME, watts=1000)
    clock.advance(DAY_S)
    of.update()
    assert of.registers.demand_w == 2100
    assert moment_of(of.registers.demand_at) == local(2026, 11, 23, 19, 15)


def test_a_profile_has_a_row_at_the_end_of_each_period_and_no_more_than_it_keeps():
    clock = Clock()
    of = house(clock, begin=BEGIN.replace(minute=7), build={"rows_max": 10})
    clock.advance(2 * HOUR_S)
    of.update()
    rows = list(of.profile.rows())
    assert [(moment_of(row.at).minute, row.status, row.mean_w) for row in rows] == [
        (15, DISTURBED, 533), (30, 0, 1000), (45, 0, 1000), (0, 0, 1000),
        (15, 0, 1000), (30, 0, 1000), (45, 0, 1000), (0, 0, 1000),
    ]  # fmt: skip
    clock.advance(DAY_S)
    of.update()
    assert len(of.profile) == 10
    assert [row.at % (15 * MINUTE_MS) for row in of.profile.rows()] == [0] * 10
    assert of.profile.row(9).total_wh == 25_883


def test_the_rows_of_a_profile_say_what_was_counted():
    clock = Clock()
    of = house(clock, watts=3600, curve=SHOP)
    clock.advance(DAY_S)
    of.update()
    rows = list(of.profile.rows())
    assert len(rows) == 96
    assert sum(row.mean_w for row in rows) // 4 == rows[-1].total_wh == of.registers.total


def test_a_profile_of_no_rows_keeps_none_and_one_that_is_too_long_is_refused():
    profile = Profile(0)
    profile.add(Row(0, 0, 0, 0))
    assert len(profile) == 0
    with pytest.raises(ValueError, match="35136 rows"):
        Profile(35_137)


def test_a_clock_that_was_set_is_in_its_row_and_in_the_diary():
    clock = Clock()
    of = house(clock)
    clock.advance(20 * 60)
    of.set_clock(shown_of(local(2026, 11, 23, 9, 3)))
    clock.advance(20 * 60)
    of.update()
    assert [(moment_of(row.at).minute, row.status) for row in of.profile.rows()] == [
        (15, DISTURBED), (15, CLOCK_SET),
    ]  # fmt: skip
    assert [each.what for each in of.diary.events] == ["clock set"]
    assert used_wms(of) == 1000 * 40 * MINUTE_MS


def test_a_relay_that_is_open_counts_nothing():
    clock = Clock()
    of = house(clock)
    clock.advance(HOUR_S)
    assert of.order(RelayState.OPEN) is None
    clock.advance(HOUR_S)
    of.update()
    assert (of.registers.total, of.power_w, of.current_ma) == (1000, 0, 0)
    of.order(RelayState.READY)
    clock.advance(HOUR_S)
    of.update()
    assert (of.registers.total, of.relay.state) == (1000, RelayState.READY)
    of.press_button()
    clock.advance(HOUR_S)
    of.update()
    assert (of.registers.total, of.power_w, of.current_ma) == (2000, 1000, 4545)
    assert [each.what for each in of.diary.events] == ["trip", "permit", "close"]


def test_a_button_closes_nothing_that_is_not_permitted():
    of = house()
    of.order(RelayState.OPEN)
    of.press_button()
    assert of.relay.state is RelayState.OPEN


def test_a_house_that_is_kept_powered_is_not_tripped():
    clock = Clock()
    of = house(clock, purse=Wallet(Terms()))
    assert of.relay.state is RelayState.OPEN
    of.keep_powered(is_on=True)
    assert of.order(RelayState.OPEN) is RelayRefusal.KEPT_POWERED
    clock.advance(HOUR_S)
    of.update()
    assert (of.relay.is_closed, of.registers.total, of.purse.balance) == (True, 1000, -50)
    of.keep_powered(is_on=False)
    assert not of.relay.is_closed


def bought(balance=1000, **terms):
    wallet = Wallet(Terms(**terms))
    wallet.set_up(balance, 0)
    return wallet


def test_the_balance_falls_with_the_energy_and_the_relay_opens_where_it_ends():
    clock = Clock()
    of = house(clock, watts=2000, purse=bought(1000))  # 10.00 at 0.5000 a kWh is 20 kWh
    clock.advance(5 * HOUR_S)
    of.update()
    assert of.purse.balance == 500
    clock.advance(DAY_S)
    of.update()
    assert (of.registers.total, of.purse.balance, of.relay.state) == (20_000, 0, RelayState.OPEN)
    (ended,) = of.diary.events
    assert (moment_of(ended.at), ended.what) == (local(2026, 11, 23, 18, 0), USED_UP)


@given(st.lists(st.integers(1, 50_000), min_size=1, max_size=20), st.integers(1, 9999))
def test_not_a_part_of_a_hundredth_is_lost(waits, price):
    clock = Clock()
    purse = bought(9_000_000, prices=(price,) * 4)
    of = house(clock, watts=777, purse=purse)
    for wait in waits:
        clock.advance(wait)
        of.update()
    parts = WMS_PER_WH * 100_000
    assert (9_000_000 - purse.balance) * parts + purse.spent == used_wms(of) * price


def test_each_tariff_has_its_price():
    clock = Clock()
    of = house(clock, purse=bought(100_000, prices=(10_000, 2_000, 3_000, 1_000)))
    clock.advance(17 * HOUR_S)  # 4 kWh of T1, 10 of T2, 2 of T3, 1 of T4
    of.update()
    assert of.purse.balance == 100_000 - 400 - 200 - 60 - 10


def test_a_wallet_of_energy_counts_kilowatt_hours():
    clock = Clock()
    of = house(clock, purse=bought(1234, counts=Counts.ENERGY))
    clock.advance(10 * HOUR_S)
    of.update()
    assert of.purse.balance == 234


def test_an_overdraft_is_used_and_paid_first():
    clock = Clock()
    of = house(clock, purse=bought(100, overdraft_max=200))
    assert of.buy(0, 1, CUSTOMER, opens=True) is None
    clock.advance(DAY_S)
    of.update()
    assert (of.purse.overdrawn, of.purse.remaining, of.relay.state) == (200, 0, RelayState.OPEN)
    assert of.buy(500, 2, CUSTOMER) is None
    assert (of.purse.overdrawn, of.purse.remaining, of.relay.state) == (0, 300, RelayState.CLOSED)
    (last, _) = of.purse.purchases
    assert (last.before, last.after, last.altogether) == (-200, 300, 500)


def test_a_purchase_counts_once_by_its_number():
    of = house(purse=bought(0))
    assert of.buy(1000, 1, CUSTOMER) is PurchaseRefusal.NOT_OPENED
    assert of.buy(1000, 2, CUSTOMER, opens=True) is PurchaseRefusal.COUNT
    assert of.buy(1000, 1, CUSTOMER, opens=True) is None
    assert of.buy(1000, 1, CUSTOMER, opens=True) is PurchaseRefusal.REPEATED
    assert of.buy(1000, 1, CUSTOMER) is PurchaseRefusal.REPEATED
    assert of.buy(1000, 2, CUSTOMER, opens=True) is PurchaseRefusal.OPENED
    assert of.buy(1000, 3, CUSTOMER) is PurchaseRefusal.COUNT
    assert of.buy(1000, 0, CUSTOMER) is PurchaseRefusal.COUNT
    assert of.buy(1000, 2, "000000000008") is PurchaseRefusal.CUSTOMER
    assert of.buy(10_000_000, 2, CUSTOMER) is PurchaseRefusal.OVER_LIMIT
    assert of.buy(2500, 2, CUSTOMER) is None
    assert (of.purse.balance, of.purse.count) == (3500, 2)
    assert of.purse.set_up(0, 0) is PurchaseRefusal.OPENED


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 100)), max_size=30))
def test_whatever_is_sent_the_balance_is_the_sum_of_what_was_taken(sent):
    wallet = Wallet(Terms())
    taken = []
    for count, amount in sent:
        if wallet.buy(amount, count, CUSTOMER, at=0, opens=not wallet.is_opened) is None:
            taken.append((count, amount))
    assert wallet.balance == sum(amount for _, amount in taken)
    assert [count for count, _ in taken] == list(range(1, len(taken) + 1))


def test_a_cover_that_is_opened_is_counted_and_told():
    of = house()
    of.open_cover()
    of.open_cover()
    assert [each.what for each in of.diary.events] == [COVER, COVER]
    for _ in range(EVENTS_KEPT + 5):
        of.open_cover()
    assert (len(of.diary.events), of.diary.covers) == (EVENTS_KEPT, EVENTS_KEPT + 7)
    of.clear_events()
    assert [each.what for each in of.diary.events] == ["cleared"]


def test_a_written_set_counts_from_its_day_on():
    clock = Clock()
    of = house(clock)
    of.set_rates(lambda rates: rates.write(TariffTimes(tables=(((0, 3),),)), 1))
    of.set_rates(lambda rates: rates.switch(shown_of(local(2026, 11, 23, 10, 0)), of.shown))
    clock.advance(4 * HOUR_S)
    of.update()
    assert (of.registers.tariffs, of.rates.tables) == ([0, 2000, 2000, 0], 1)
    of.set_rates(lambda rates: rates.switch(None, of.shown))
    assert (of.rates.tables, of.tariff) == (0, 2)


def test_a_zone_of_the_year_and_a_day_of_the_week_have_their_table():
    weekly = (1, 1, 1, 1, 1, 2, 2)
    times = TariffTimes(((301, weekly), (1101, same_all_week(3))), (((0, 1),), ((0, 2),), ((360, 3),)))
    for day, slots in (
        (local(2026, 3, 6), ((0, 1),)),
        (local(2026, 3, 7), ((0, 2),)),
        (local(2026, 11, 1), ((0, 3), (360, 3))),
        (local(2026, 2, 1), ((0, 3), (360, 3))),
    ):
        assert RateSets(times).slots_on(day) == slots, day


@pytest.mark.parametrize(
    ("when", "at"),
    [
        ("99999930", local(2026, 11, 23, 8, 30)),
        ("99999900", local(2026, 11, 23, 9, 0)),
        ("99990000", local(2026, 11, 24)),
        ("99010630", local(2026, 12, 1, 6, 30)),
        ("02290000", local(2028, 2, 29)),
        ("02300000", None),
        ("99992500", None),
        ("99999960", None),
    ],
)
def test_a_freeze_comes_when_it_was_ordered(when, at):
    assert next_freeze(when, shown_of(BEGIN)) == (None if at is None else shown_of(at))


def test_registers_are_frozen_again_and_again():
    clock = Clock()
    of = house(clock)
    of.freeze("99999999")
    of.freeze("99999930")
    clock.advance(HOUR_S)
    of.update()
    assert [(moment_of(each.at).minute, each.total) for each in of.freezes] == [(30, 500), (0, 0)]


def test_a_meter_that_is_cleared_begins_anew_and_keeps_its_credit():
    clock = Clock()
    of = house(clock, purse=bought(1000))
    clock.advance(40 * 60)
    of.clear()
    assert (of.registers.total, len(of.profile), of.purse.balance) == (0, 0, 967)


@pytest.mark.parametrize("wrong", [{"period_min": 7}, {"voltage_dv": 0}])
def test_a_build_that_no_meter_has_is_refused(wrong):
    with pytest.raises(ValueError, match=r"minutes|volt"):
        Build(**wrong)


@pytest.mark.parametrize(("watts", "curve"), [(1_000_001, HOME), (1, (1, 2))])
def test_a_load_that_no_house_has_is_refused(watts, curve):
    with pytest.raises(ValueError, match=r"W at most|24 hours"):
        Load(watts, curve)


def test_a_house_shows_no_password():
    of = house()
    of.password = "314159"
    assert "314159" not in repr(of)
    assert EAST.utcoffset(None).seconds == of.clock.utc_offset_min * 60
