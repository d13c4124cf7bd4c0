"""Orders of relays: with a reason, of meters that can, and of nobody who must not be cut off."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.core.amendment import AmendmentKind, Subject
from gateway.core.contact import RelayOrder
from gateway.core.line_books import LineChange
from gateway.core.meter import MeterState
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.relay_hours import RelayHours
from gateway.core.remote_order import RemoteEvent, RemoteKind, RemoteOrder, RemoteState
from gateway.core.timeline import microseconds
from gateway.metering.order_relay import AHEAD_DAYS_MAX, OrderRelay
from gateway.metering.step_remote import ExpireRemote, MendRemote
from tests.builders import NOON, ZONE
from tests.line_files import OTHER, PAN, line_office, post, way, why

#: NOON is a Monday's, in the middle of the hours in which a trip is allowed; they end at three.
NOW_US = microseconds(NOON)
THREE_US = microseconds(NOON + timedelta(hours=3))
DAY_US = 86_400_000_000
MONTH_US = AHEAD_DAYS_MAX * DAY_US


@pytest.fixture
def office():
    on = line_office()
    on.files.lines.apply(LineChange(ways=(way(version=1), way(OTHER, model="dlms-tcp", version=1))))
    return on


def order(on, ask=RelayOrder.TRIP, nonce="n1", now=NOON, **changes):
    said = {"pan": PAN, "reason": "three months unpaid", "hours": RelayHours(), "zone": ZONE} | changes
    return post(on, OrderRelay("li", nonce, order=ask, **said), now)


def test_a_trip_waits_for_its_line_until_the_hours_are_over(office):
    decision = order(office, second="chief")
    assert decision.content == Changed("1", 1)
    made = office.files.lines.orders[1]
    assert made == RemoteOrder(
        1, RemoteKind.RELAY, PAN, "A1", ask="trip", reason="three months unpaid", by="li", second="chief",
        at_us=NOW_US, from_us=NOW_US, until_us=THREE_US,
    )  # fmt: skip
    (told,) = decision.files.amendments
    assert (told.subject, told.number, told.kind, told.reason) == (
        Subject.REMOTE_ORDER, "1", AmendmentKind.ORDERED, "three months unpaid",
    )  # fmt: skip


def test_the_same_form_orders_once_whoever_lets_it_out(office):
    order(office)
    assert order(office, second="chief").content == Changed("1", 1)
    assert why(order(office, reason="another one")) is OfficeRefusal.REFERENCE_USED
    assert list(office.files.lines.orders) == [1]


@pytest.mark.parametrize("ask", [RelayOrder.CLOSE, RelayOrder.PERMIT])
def test_whoever_has_paid_is_switched_on_at_any_hour(office, ask):
    friday_night = NOON + timedelta(days=4, hours=10)
    order(office, ask, now=friday_night)
    made = office.files.lines.orders[1]
    assert made.until_us - made.from_us == MONTH_US, "and waits for a month at the most"


@pytest.mark.parametrize(
    ("now", "from_us", "until_us", "period"),
    [
        (NOON, 0, NOW_US + 60_000_000, (NOW_US, NOW_US + 60_000_000)),
        (NOON, NOW_US - 1, 0, (NOW_US, THREE_US)),
        (NOON, NOW_US + DAY_US, NOW_US + 2 * DAY_US, (NOW_US + DAY_US, THREE_US + DAY_US)),
        (NOON, THREE_US, 0, None),
        (NOON + timedelta(hours=3), 0, 0, None),
        (NOON + timedelta(days=4), 0, 0, None),
        (NOON - timedelta(hours=5), 0, NOW_US, None),
    ],
)
def test_nobody_is_switched_off_outside_of_the_hours(office, now, from_us, until_us, period):
    decision = order(office, now=now, from_us=from_us, until_us=until_us)
    if period is None:
        assert why(decision) is OfficeRefusal.OUTSIDE_HOURS
    else:
        made = office.files.lines.orders[1]
        assert (made.from_us, made.until_us) == period


@pytest.mark.parametrize(
    ("from_us", "until_us"),
    [
        (0, NOW_US),
        (NOW_US + DAY_US, NOW_US + DAY_US),
        (NOW_US + MONTH_US + 1, 0),
        (0, NOW_US + MONTH_US + 1),
    ],
)
def test_an_order_has_a_time_in_which_it_can_be_sent(office, from_us, until_us):
    decision = order(office, RelayOrder.CLOSE, from_us=from_us, until_us=until_us)
    assert why(decision) is OfficeRefusal.BAD_PERIOD


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"reason": " "}, OfficeRefusal.NO_REASON),
        ({"pan": "000"}, OfficeRefusal.UNKNOWN_METER),
        ({"pan": OTHER, "ask": RelayOrder.PERMIT}, OfficeRefusal.NO_RELAY),
    ],
)
def test_an_order_without_a_reason_or_a_meter_that_can_is_refused(office, changes, reason):
    assert why(order(office, **changes)) is reason


def changed(office, **changes):
    stands = office.files.lines.ways[PAN]
    office.files.lines.apply(LineChange(ways=(replace(stands, **changes),)))


@pytest.mark.parametrize(
    ("changes", "ask", "reason"),
    [
        ({"is_on": False}, RelayOrder.TRIP, OfficeRefusal.NO_WAY),
        ({"model": "dlt645-1997"}, RelayOrder.TRIP, OfficeRefusal.NO_RELAY),
        ({"model": "gone"}, RelayOrder.TRIP, OfficeRefusal.NO_RELAY),
        ({"protection": "oxygen"}, RelayOrder.TRIP, OfficeRefusal.PROTECTED),
        ({"protection": "oxygen"}, RelayOrder.CLOSE, None),
    ],
)
def test_whoever_is_protected_is_not_switched_off(office, changes, ask, reason):
    changed(office, **changes)
    decision = order(office, ask)
    assert decision.content == Changed("1", 1) if reason is None else why(decision) is reason


def test_a_meter_without_a_way_or_that_has_left_is_not_switched(office):
    del office.files.lines.ways[OTHER]
    assert why(order(office, pan=OTHER)) is OfficeRefusal.NO_WAY
    office.meters[PAN] = replace(office.meters[PAN], state=MeterState.REMOVED)
    assert why(order(office)) is OfficeRefusal.UNKNOWN_METER


def test_a_relay_is_in_one_order_at_a_time(office):
    order(office)
    assert why(order(office, RelayOrder.CLOSE, nonce="n2")) is OfficeRefusal.REMOTE_ORDER_OPEN
    assert order(office, pan=OTHER, nonce="n3").content == Changed("2", 1)
    post(office, MendRemote("li", "n4", 1, RemoteEvent.CANCEL, "he has paid"))
    assert order(office, RelayOrder.CLOSE, nonce="n5").content == Changed("3", 1)


def test_what_a_contact_has_sent_nothing_of_is_still_taken_back_and_still_expires(office):
    order(office)
    waiting = office.files.lines.orders[1]
    tried = waiting.after(RemoteEvent.BEGIN, NOW_US).after(RemoteEvent.NOT_SENT, NOW_US, "busy")
    for command in (MendRemote("li", "n2", 1, RemoteEvent.CANCEL, "he has paid"), ExpireRemote(1)):
        office.files.lines.apply(LineChange(orders=(tried,)))
        post(office, command)
        assert office.files.lines.orders[1].state in {RemoteState.CANCELLED, RemoteState.EXPIRED}
    doubtful = waiting.after(RemoteEvent.BEGIN, NOW_US)
    office.files.lines.apply(LineChange(orders=(doubtful,)))
    decision = post(office, MendRemote("li", "n3", 1, RemoteEvent.CANCEL, "he has paid"))
    assert why(decision) is OfficeRefusal.MAY_BE_IN_METER
