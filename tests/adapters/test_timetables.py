"""Timetables into virtual meters: the passive set, the moment, what the meter's clock makes of it."""

from datetime import timedelta

import pytest

from gateway.core.contact import ContactFault, ContactWhy
from gateway.core.timetable_done import TimetableSeen
from gateway.simulators.meters.tariff_times import TariffTimes
from tests.timetables import MIDNIGHT, Metered, rates, weekend
from tests.virtual_meters import local

PASSIVE, ACTIVE, NOT_THERE = TimetableSeen.PASSIVE, TimetableSeen.ACTIVE, TimetableSeen.NOT_THERE
EACH = pytest.mark.parametrize("model", ["dlt645-2007", "dlms-hdlc", "dlms-tcp"])
WINTER, SUMMER, REST = [4] * 7 + [2] * 17, [4] * 6 + [1] * 14 + [2] * 4, [3] * 24
#: What a virtual meter counts by when it comes from the works.
USUAL = [4] * 6 + [3] * 2 + [2] * 10 + [1] * 4 + [3] * 2
DAY = timedelta(days=1)


@EACH
def test_rates_wait_for_their_moment_and_begin_by_the_meters_own_clock(model):
    meter = Metered(model)
    assert meter.look(rates()).seen is NOT_THERE
    done = meter.publish(rates())
    assert (done.seen, done.begins, done.fault) == (PASSIVE, MIDNIGHT, None)
    assert meter.counts(local(2026, 11, 24)) == USUAL
    assert meter.look(rates()).seen is PASSIVE
    meter.wait_until(MIDNIGHT - timedelta(seconds=1))
    assert meter.counts(local(2026, 11, 30)) == USUAL
    meter.wait_until(MIDNIGHT + timedelta(hours=1))
    assert meter.look(rates()).seen is ACTIVE
    for day, tariffs in (((12, 1), WINTER), ((12, 2), REST), ((12, 3), WINTER), ((5, 3), SUMMER)):
        assert meter.counts(local(2026, *day)) == tariffs, day
    assert meter.counts(local(2027, 1, 1)) == REST


@EACH
def test_what_is_there_already_is_not_written_again(model):
    meter = Metered(model)
    meter.publish(rates())
    changes = meter.house.changes
    assert meter.publish(rates()).seen is PASSIVE
    meter.wait_until(MIDNIGHT + DAY)
    assert meter.publish(rates()).seen is ACTIVE
    assert meter.house.changes == changes


@EACH
def test_rates_that_come_too_late_begin_as_soon_as_may_be(model):
    meter = Metered(model)
    meter.wait_until(MIDNIGHT + 3 * DAY)
    done = meter.publish(rates())
    if model == "dlt645-2007":
        assert done.seen is PASSIVE
        assert timedelta(minutes=9) < done.begins - meter.now() <= timedelta(minutes=12)
        meter.wait_until(done.begins)
        done = meter.look(rates())
    assert (done.seen, done.fault) == (ACTIVE, None)
    assert meter.counts(meter.now()) == WINTER


@EACH
def test_other_rates_take_the_place_of_those_that_wait(model):
    meter = Metered(model)
    meter.publish(rates())
    other = rates(days={"1": [["00:00", 1]], "2": [["00:00", 2]], "3": [["00:00", 3]]})
    earlier = MIDNIGHT - 2 * DAY
    assert meter.publish(other, earlier).begins == earlier
    assert meter.look(rates()).seen is NOT_THERE
    meter.wait_until(MIDNIGHT + DAY)
    assert meter.look(other, earlier).seen is ACTIVE
    assert meter.counts(local(2026, 12, 3)) == [1] * 24


@EACH
def test_going_back_to_what_counts_takes_back_what_waits(model):
    meter = Metered(model)
    meter.publish(rates(), MIDNIGHT - 5 * DAY)
    meter.wait_until(MIDNIGHT - 5 * DAY)
    meter.publish(rates(days={"1": [["00:00", 1]], "2": [["00:00", 2]], "3": [["00:00", 3]]}))
    done = meter.publish(rates(), MIDNIGHT - 4 * DAY)
    assert (done.seen, done.fault) == (ACTIVE, None)
    meter.wait_until(MIDNIGHT + DAY)
    assert meter.counts(local(2026, 12, 3)) == WINTER


@EACH
def test_the_same_rates_at_another_moment_begin_then(model):
    meter = Metered(model)
    meter.publish(rates())
    later = MIDNIGHT + 5 * DAY
    assert meter.publish(rates(), later).begins == later
    meter.wait_until(MIDNIGHT + DAY)
    assert meter.look(rates(), later).seen is PASSIVE
    assert meter.counts(local(2026, 12, 1)) == USUAL


@EACH
def test_special_days_before_the_moment_stay_as_they_were(model):
    meter = Metered(model)
    meter.house.set_rates(
        lambda of: of.set_special(((20261120, 1), (20261125, 8), (20261202, 8), (20261224, 1)))
    )
    assert meter.publish(rates()).seen is PASSIVE
    assert meter.counts(local(2026, 11, 25)) == [1] * 24, "a day of the meter's own, T1 all day"
    meter.wait_until(MIDNIGHT + timedelta(hours=1))
    assert meter.look(rates()).seen is ACTIVE
    assert meter.counts(local(2026, 12, 2)) == REST
    assert meter.counts(local(2026, 12, 24)) == WINTER, "it is none any more"


@EACH
def test_new_special_days_are_brought_to_rates_that_count(model):
    meter = Metered(model)
    meter.publish(rates())
    meter.wait_until(MIDNIGHT)
    more = rates(special_days={"2026-12-05": 3, "2027-02-06": 3})
    assert meter.look(more).seen is PASSIVE, "not all of it counts"
    assert meter.publish(more).seen is ACTIVE
    assert meter.counts(local(2026, 12, 5)) == REST
    assert meter.counts(local(2027, 1, 1)) == WINTER


def test_a_moment_within_a_day_has_its_first_special_day_when_it_is_past():
    meter = Metered("dlms-tcp")
    noon = MIDNIGHT + timedelta(hours=36)
    assert meter.publish(rates(), noon).seen is PASSIVE
    assert meter.counts(local(2026, 12, 2)) == USUAL
    meter.wait_until(noon + timedelta(minutes=1))
    assert meter.look(rates(), noon).seen is PASSIVE
    assert meter.publish(rates(), noon).seen is ACTIVE
    assert meter.counts(local(2026, 12, 2)) == REST


@pytest.mark.parametrize("model", ["dlms-hdlc", "dlms-tcp"])
def test_weeks_are_a_calendars_own(model):
    meter = Metered(model)
    assert meter.publish(weekend()).seen is PASSIVE
    meter.wait_until(MIDNIGHT)
    assert meter.look(weekend()).seen is ACTIVE
    assert [meter.counts(local(2026, 12, day)) for day in (4, 5, 6)] == [WINTER, REST, REST]


def test_a_weekend_without_a_second_set_is_written_once_the_rates_count():
    meter = Metered()
    assert meter.publish(weekend()).seen is PASSIVE
    assert meter.counts(local(2026, 11, 28)) == USUAL, "a Saturday before its moment"
    meter.wait_until(MIDNIGHT + timedelta(hours=1))
    assert meter.look(weekend()).seen is PASSIVE, "not all of it counts"
    done = meter.publish(weekend())
    assert (done.seen, done.fault) == (ACTIVE, None)
    assert [meter.counts(local(2026, 12, day)) for day in (4, 5, 6)] == [WINTER, REST, REST]
    # The next rates have no weekend: it ends with them.
    assert meter.publish(rates(), MIDNIGHT + 5 * DAY).seen is PASSIVE
    meter.wait_until(MIDNIGHT + 6 * DAY)
    assert meter.publish(rates(), MIDNIGHT + 5 * DAY).seen is ACTIVE
    assert meter.counts(local(2026, 12, 12)) == WINTER


def test_day_tables_that_count_keep_their_numbers_in_the_second_set():
    meter = Metered()
    meter.publish(rates())
    second = meter.house.rates.sets[1]
    assert second.table(1) == meter.house.rates.sets[0].table(1)
    assert {table for _, week in second.zones for table in week} == {3, 4}


def test_a_meter_without_room_for_both_rates_is_left_as_it_is():
    meter = Metered()
    tables = tuple(((0, 1), (60 * number, 2)) for number in range(1, 9))
    zones = tuple((100 * month + 1, (month,) * 7) for month in range(1, 9))
    for place in (0, 1):
        meter.house.set_rates(lambda of, place=place: of.write(TariffTimes(zones, tables), place))
    changes = meter.house.changes
    fault = meter.publish(rates())
    assert (fault.why, fault.is_in_doubt) == (ContactWhy.REFUSED, False)
    assert "8 day tables count now" in str(fault)
    assert meter.house.changes == changes


@EACH
@pytest.mark.parametrize(
    ("wanted", "why", "said"),
    [
        (
            rates(tariffs=5, days={"1": [["00:00", 5]], "2": [["00:00", 1]], "3": [["00:00", 1]]}),
            "refused",
            "tariff 5",
        ),
        (rates(), "auth", "password"),
    ],
)
def test_what_cannot_be_written_is_refused_before_anything_is(model, wanted, why, said):
    meter = Metered(model)
    changes = meter.house.changes
    fault = meter.publish(wanted, password="" if why == "auth" else "123456")
    assert isinstance(fault, ContactFault)
    assert (fault.why.value, fault.is_in_doubt, meter.house.changes) == (why, False, changes)
    assert said in str(fault)


def test_weeks_that_such_a_meter_has_not_are_refused():
    uneven = rates(seasons=[{"from": "01-01", "week": [1, 1, 1, 1, 1, 2, 3]}])
    fault = Metered().publish(uneven)
    assert (fault.why, "one day table for its weekends" in str(fault)) == (ContactWhy.REFUSED, True)


@pytest.mark.parametrize("model", ["iec62056-21", "dlt645-1997"])
def test_meters_that_take_no_timetables_say_so(model):
    fault = Metered(model).publish(rates())
    assert (fault.why, "take no timetables over their line" in str(fault)) == (ContactWhy.REFUSED, True)


@EACH
def test_another_meter_is_left_alone(model):
    meter = Metered(model)
    changes = meter.house.changes
    fault = meter.publish(rates(), number="99")
    assert (fault.why, fault.is_in_doubt, meter.house.changes) == (ContactWhy.WRONG_METER, False, changes)


def test_the_moment_is_by_the_meters_clock_where_rates_come_too_late():
    meter = Metered(ahead_s=3600)
    meter.wait_until(MIDNIGHT + DAY)
    done = meter.publish(rates())
    assert (done.seen, done.fault) == (PASSIVE, None)
    assert timedelta(minutes=69) < done.begins - meter.now() <= timedelta(minutes=72)


def test_bringing_rates_takes_so_many_questions_and_looking_so_few():
    meter = Metered()
    _, looked = meter.contact(lambda timetables: timetables.look(rates(), MIDNIGHT))
    _, sent = meter.contact(lambda timetables: timetables.publish(rates(), MIDNIGHT))
    assert (len(looked.sent), len(sent.sent)) == (12, 62)
