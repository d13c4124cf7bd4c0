"""Orders for timetables: each meter once, what counts before what comes, and looked at when it should."""

from datetime import timedelta

import pytest

from gateway.core.amendment import AmendmentKind
from gateway.core.office import OfficeRefusal
from gateway.core.remote_order import RemoteEvent
from gateway.core.remote_step import LINES
from gateway.core.timetable_done import TimetableSeen, seen_in
from gateway.core.timetable_life import LOOK_AFTER_S, LOOK_AGAIN_S
from gateway.multi_tariff.order_timetables import PORTION_MAX, OrderTimetables
from tests.builders import NOON, meter
from tests.multi_tariff.timetable_desk import DAY, ONE, TWO, WAYLESS, ZHANG, Desk

SECOND = timedelta(seconds=1)


@pytest.fixture
def desk():
    made = Desk()
    made.published()
    return made


def test_each_meter_that_has_a_way_is_ordered_for_once(desk):
    assert desk.order() == 2
    assert desk.order() == 0
    assert (desk.orders(), desk.orders(TWO)) == ([("homes/1", "waiting")],) * 2
    order = desk.last()
    assert (order.by, order.second, order.account_no) == (LINES, ZHANG, meter().account_no)
    told = desk.decisions[-2].files.amendments
    assert [(one.kind, one.number) for one in told] == [
        (AmendmentKind.ORDERED, "1"),
        (AmendmentKind.ORDERED, "2"),
    ]
    assert all(one.pan != WAYLESS for one in desk.books.files.lines.orders.values())


@pytest.mark.parametrize("told", ["passive, begins 2026-12-01 00:00", "passive"])
def test_a_meter_that_waits_is_looked_at_when_its_rates_should_count_and_now_and_then_after_that(desk, told):
    desk.order()
    desk.end(told=told)
    desk.now = NOON + 10 * DAY + (LOOK_AFTER_S - 1) * SECOND
    assert desk.order("homes/1", ONE) == 0
    desk.now += SECOND
    assert desk.order("homes/1", ONE) == 1
    desk.end(told="passive")
    desk.now += (LOOK_AGAIN_S - 1) * SECOND
    assert desk.order("homes/1", ONE) == 0
    desk.now += SECOND
    assert desk.order("homes/1", ONE) == 1
    desk.end(told="active")
    desk.now += 100 * DAY
    assert desk.order("homes/1", ONE) == 0
    assert desk.orders() == [("homes/1", "delivered")] * 3


@pytest.mark.parametrize(
    ("event", "told", "count"),
    [
        (RemoteEvent.DELIVER, "active", 0),
        (RemoteEvent.REFUSE, "the meter has no room", 0),
        (RemoteEvent.LOSE, "the line broke", 0),
        (RemoteEvent.NOT_SENT, "busy", 0),
    ],
)
def test_what_has_ended_or_is_still_open_is_not_ordered_again(desk, event, told, count):
    desk.order()
    desk.end(event, told)
    desk.now += 60 * DAY
    assert desk.order("homes/1", ONE) == count


def test_the_next_version_waits_until_a_meter_has_what_is_in_force(desk):
    desk.published(20 * DAY)
    desk.now = NOON + 10 * DAY
    assert desk.order("homes/2", ONE) == 0, "the one in force was not ordered yet"
    desk.order("homes/1", ONE)
    assert desk.order("homes/2", ONE) == 0
    desk.end(told="passive, begins 2026-12-01 00:00")
    assert desk.order("homes/2", ONE) == 0
    desk.now += DAY
    desk.order("homes/1", ONE)
    desk.end(told="active")
    assert desk.order("homes/2", ONE) == 1
    assert desk.orders()[-1] == ("homes/2", "waiting")


def test_a_meter_that_refused_what_is_in_force_gets_the_next_one(desk):
    desk.order()
    desk.end(RemoteEvent.REFUSE, "no")
    desk.now = NOON + 10 * DAY
    desk.published(20 * DAY)
    assert desk.order("homes/2", ONE) == 1


def test_an_order_that_was_passed_over_is_cancelled_and_one_that_may_be_there_is_not(desk):
    desk.order()
    desk.begin(TWO)
    # Back to earlier rates before the first ones begin.
    desk.published(5 * DAY)
    assert desk.order("homes/2") == 2
    assert desk.orders() == [("homes/1", "cancelled"), ("homes/2", "waiting")]
    assert desk.orders(TWO) == [("homes/1", "on_way")]
    kinds = [one.kind for one in desk.decisions[-1].files.amendments]
    assert kinds == [AmendmentKind.CANCELLED, AmendmentKind.ORDERED]
    assert desk.order("homes/1") == 0, "it is due no more"
    desk.end(told="passive", pan=TWO)
    assert desk.order("homes/2", TWO) == 1


def test_what_is_passed_over_is_ordered_again_if_its_turn_comes_after_all(desk):
    desk.order()
    second = desk.published(5 * DAY)
    desk.order(second)
    desk.withdraw(second, version=2)
    assert desk.order(second) == 2
    assert desk.orders()[-1] == (second, "cancelled")
    assert desk.order("homes/1") == 2
    assert desk.orders()[-1] == ("homes/1", "waiting")


def test_another_timetables_order_is_left_alone(desk):
    desk.order()
    desk.published(5 * DAY, code="shops")
    assert desk.order("shops/1") == 0
    assert desk.orders() == [("homes/1", "waiting")]


def test_a_draft_and_what_nobody_knows_are_not_ordered(desk):
    desk.draft()
    assert desk.order("homes/2") == 0
    assert desk.order("homes/9").reason is OfficeRefusal.UNKNOWN_TIMETABLE


def test_a_portion_has_a_limit():
    with pytest.raises(ValueError, match="more than 500 meters"):
        OrderTimetables("homes/1", ("6",) * (PORTION_MAX + 1))


@pytest.mark.parametrize("seen", list(TimetableSeen))
def test_where_a_meter_stood_is_read_from_what_was_told(seen):
    assert seen_in(seen.value) is seen
    assert seen_in(f"{seen.value}, begins 2026-12-01 00:00") is seen
    assert seen_in(f"x{seen.value}") is None
