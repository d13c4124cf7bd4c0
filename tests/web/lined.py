"""Ways to meters, groups, schedules and orders over lines, beside what ``filed`` and ``staffed`` enter."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import insert

from adapters.db import tables as t
from gateway.core.contact import ContactWhy, RelayOrder
from gateway.core.meter_way import LineKind, MeterWay
from gateway.core.office import NotDone
from gateway.core.reading_plan import GroupKind, MeterGroup, ReadingSchedule, Wants
from gateway.core.relay_hours import RelayHours
from gateway.core.remote_ended import RemoteEnded
from gateway.core.remote_order import RemoteEvent
from gateway.core.timeline import microseconds
from gateway.metering.keep_group import KeepMeterGroup
from gateway.metering.keep_schedule import KeepSchedule
from gateway.metering.keep_way import KeepMeterWay
from gateway.metering.order_relay import OrderRelay
from gateway.metering.step_remote import BeginRemote, EndRemote
from tests.builders import NOON, ZONE, identity
from tests.web.entered import entered_once

BY = "local:deputy"
#: Before a feeder; of a school's hall, which is protected; and of one whose relay was refused.
FEEDER = identity(951).pan
NIGHTLY = ReadingSchedule(
    "nightly", "Every night", "all", Wants.REGISTERS, "days 0123456", "22:00", "06:00", jitter_s=3_600,
    version=0,
)  # fmt: skip


def meters_on_lines(staffed):
    """The meters of the town that have a way: the first is behind a concentrator with the second."""
    return [one.pan for one in staffed.buyers()[:4]]


def with_lines(staffed):
    """Enter them; returns the books."""
    entered_once(staffed, with_lines, lambda: _entered(staffed))
    return staffed


def _entered(staffed) -> None:
    one, two, three, four = meters_on_lines(staffed)
    usual = MeterWay(one, LineKind.NETWORK, "10.0.4.7:4059", "161", "dlt645-2007", "mill-1", version=0)
    for way in (
        usual,
        replace(usual, pan=two, address="162", protection="lives by a breathing machine"),
        replace(usual, pan=three, kind=LineKind.MODEM, place="08715550123", bus="", model="iec62056-21"),
        replace(usual, pan=four, kind=LineKind.CALLS_IN, place="164", bus="", model="dlms-tcp", address=""),
        replace(usual, pan=FEEDER, place="10.0.4.8:4059", bus="", measures="f-7", multiplier=4_000),
    ):  # fmt: skip
        _run(staffed, KeepMeterWay(BY, f"way-{way.pan}", way))
    for group in (
        MeterGroup("all", "All meters", GroupKind.ALL, version=0),
        MeterGroup("feeder-7", "Feeder 7", GroupKind.PLACE, "f-7", version=0),
        MeterGroup("two", "Two of them", GroupKind.LIST, f"{one} {two}", version=0),
    ):
        _run(staffed, KeepMeterGroup(BY, f"group-{group.code}", group))
    monthly = replace(NIGHTLY, code="monthly", name="Month's end", wants=Wants.FROZEN, recurrence="month 1")
    for schedule in (NIGHTLY, replace(monthly, is_on=False)):
        _run(staffed, KeepSchedule(BY, f"schedule-{schedule.code}", schedule))
    _order(staffed, one, three, four)
    with staffed.engine.begin() as connection:
        seen = {"at_us": microseconds(NOON) - 3_600_000_000, "why": "", "told": "", "relay": "closed"}
        connection.execute(insert(t.meter_contact).values(pan=one, **seen))


def _order(staffed, one, three, four) -> None:
    """A relay that waits, one that the meter refused, and one of which nobody knows."""
    for pan, order in ((one, RelayOrder.TRIP), (three, RelayOrder.CLOSE), (four, RelayOrder.CLOSE)):
        said = (pan, order, "three months unpaid", RelayHours(), ZONE)
        _run(staffed, OrderRelay(BY, f"relay-{pan}", *said, second="chief"))
    for number, event, told in (
        (2, RemoteEvent.REFUSE, "the relay is open: the meter refuses: no reason"),
        (3, RemoteEvent.LOSE, "the meter does not say where its relay is"),
    ):
        _run(staffed, BeginRemote(number))
        _run(staffed, EndRemote(number, RemoteEnded(event, told, ContactWhy.REFUSED)))


def _run(staffed, command):
    (content,) = staffed.batch.run([command])
    assert not isinstance(content, Exception | NotDone), content
