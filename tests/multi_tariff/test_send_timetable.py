"""A timetable's order carried out: what was seen decides, and what nobody saw is not known."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.core.contact import ContactFault, ContactWhy
from gateway.core.remote_ended import RemoteEnded
from gateway.core.remote_order import RemoteEvent, RemoteKind, RemoteOrder
from gateway.core.timeline import microseconds
from gateway.core.timetable_done import TimetableDone, TimetableSeen
from gateway.core.timetable_version import TimetableState, TimetableVersion
from gateway.multi_tariff.send_timetable import send_timetable
from tests.timetables import MIDNIGHT, rates

ORDER = RemoteOrder(1, RemoteKind.TIMETABLE, "6" * 18, "A1", ask="homes/1")
VERSION = TimetableVersion(
    "homes", 1, "Homes", "north", rates().stored(), microseconds(MIDNIGHT), TimetableState.APPROVED
)
AT = datetime(2026, 12, 1)  # noqa: DTZ001 - as a meter shows it
TALK: Any = object()


class Plug:
    """Answers a publication as it is told; ``heard`` is what was wanted."""

    def __init__(self, said):
        self.said = said
        self.heard = []

    async def publish(self, timetable, switch_at):
        self.heard.append((timetable, switch_at))
        if isinstance(self.said, Exception):
            raise self.said
        return self.said


def sent(said, order=ORDER, version=VERSION):
    plug = Plug(said)
    coroutine = send_timetable(order, version, talk=TALK, timetables_of={TALK: plug}.__getitem__)
    with pytest.raises(StopIteration) as ended:
        coroutine.send(None)
    return ended.value.value, plug


def fault(why, said="it broke", *, in_doubt=False):
    return ContactFault(why, said, is_in_doubt=in_doubt)


def not_there(why):
    return TimetableDone(TimetableSeen.NOT_THERE, None, fault(why))


def test_the_rates_and_their_moment_are_brought_into_the_meter():
    _, plug = sent(TimetableDone(TimetableSeen.ACTIVE))
    assert plug.heard == [(rates(), MIDNIGHT.astimezone(UTC))]


@pytest.mark.parametrize(
    ("said", "event", "told", "why"),
    [
        (TimetableDone(TimetableSeen.PASSIVE, AT), "deliver", "passive, begins 2026-12-01 00:00", None),
        (TimetableDone(TimetableSeen.ACTIVE), "deliver", "active", None),
        # An answer was lost, and what was written was seen all the same.
        (TimetableDone(TimetableSeen.PASSIVE, AT, fault(ContactWhy.TIMEOUT, in_doubt=True)), "deliver",
         "passive, begins 2026-12-01 00:00", None),
        (TimetableDone(TimetableSeen.NOT_THERE), "refuse", "not there", None),
        (not_there(ContactWhy.REFUSED), "refuse", "it broke", "refused"),
        (not_there(ContactWhy.TIMEOUT), "lose", "it broke", "timeout"),
        (fault(ContactWhy.LOST, in_doubt=True), "lose", "it broke", "lost"),
        (fault(ContactWhy.LOST), "not_sent", "it broke", "lost"),
        (fault(ContactWhy.REFUSED), "refuse", "it broke", "refused"),
        (fault(ContactWhy.AUTH), "refuse", "it broke", "auth"),
        (fault(ContactWhy.WRONG_METER), "refuse", "it broke", "wrong_meter"),
    ],
)  # fmt: skip
def test_what_came_of_it_is_told(said, event, told, why):
    assert sent(said)[0] == RemoteEnded(RemoteEvent(event), told, None if why is None else ContactWhy(why))


@pytest.mark.parametrize(
    ("why", "event"),
    [("lost", "lose"), ("auth", "lose"), ("wrong_meter", "lose"), ("refused", "refuse")],
)
def test_an_order_in_doubt_stays_so_until_the_meter_was_asked(why, event):
    assert sent(fault(ContactWhy(why)), replace(ORDER, doubts=1))[0].event is RemoteEvent(event)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"state": TimetableState.WITHDRAWN}, "was withdrawn before"),
        ({"body": '{"colour": 1}'}, "colour: there is no such field"),
    ],
)
def test_what_is_withdrawn_or_not_read_any_more_is_not_sent(changes, told):
    ended, plug = sent(TimetableDone(TimetableSeen.ACTIVE), version=replace(VERSION, **changes))
    assert (ended.event, told in ended.told, plug.heard) == (RemoteEvent.REFUSE, True, [])
