"""Timetables of rates beside what ``lined`` enters: one that goes to the meters, a draft, one withdrawn."""

from __future__ import annotations

from datetime import timedelta

from gateway.core.contact import ContactWhy
from gateway.core.office import NotDone
from gateway.core.remote_ended import RemoteEnded
from gateway.core.remote_order import RemoteEvent
from gateway.core.timeline import microseconds
from gateway.core.views_remote import RemoteOrders
from gateway.metering.step_remote import BeginRemote, EndRemote
from gateway.multi_tariff.order_timetables import OrderTimetables
from gateway.multi_tariff.publish_timetable import ApproveTimetable, DraftTimetable, WithdrawTimetable
from tests.builders import NOON
from tests.timetables import rates, weekend
from tests.web.entered import entered_once
from tests.web.lined import meters_on_lines

BY, SECOND, CHIEF = "local:deputy", "local:other", "local:chief"
#: A midnight of the utility's zone, some weeks ahead.
BEGINS = microseconds(NOON.replace(hour=16, minute=0, second=0, microsecond=0) + timedelta(days=37))
NO_ROOM = "the meter refuses: too many day slots"


def with_timetables(staffed):
    """Enter them; returns the books."""
    entered_once(staffed, with_timetables, lambda: _entered(staffed))
    return staffed


def _entered(staffed) -> None:
    homes = ("homes", "Homes, winter and summer", "all")
    _run(staffed, DraftTimetable(BY, "homes-1", *homes, rates().stored(), BEGINS, "as the regulator says"))
    _run(staffed, DraftTimetable(BY, "shops-1", "shops", "Shops", "two", rates().stored(), BEGINS))
    _run(staffed, ApproveTimetable(SECOND, "homes-1-yes", "homes/1", 1))
    _run(staffed, WithdrawTimetable(SECOND, "shops-1-no", "shops/1", 1, "the group is too small"))
    later = BEGINS + 90 * 86_400_000_000
    _run(staffed, DraftTimetable(CHIEF, "homes-2", *homes, weekend().stored(), later, "weekends are cheaper"))
    one, two, three, _ = meters_on_lines(staffed)
    _run(staffed, OrderTimetables("homes/1", (one, two, three)))
    _end(staffed, one, RemoteEvent.DELIVER, "passive, begins 2026-12-31 00:00")
    _end(staffed, two, RemoteEvent.REFUSE, NO_ROOM)


def _end(staffed, pan, event, told) -> None:
    orders = staffed.reader().rows(RemoteOrders(branch=None, pan=pan, ask="homes/1"))
    number = orders[0].order.id
    _run(staffed, BeginRemote(number))
    _run(staffed, EndRemote(number, RemoteEnded(event, told, ContactWhy.REFUSED)))


def _run(staffed, command):
    (content,) = staffed.batch.run([command])
    assert not isinstance(content, Exception | NotDone), content
