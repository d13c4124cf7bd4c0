"""The watch over orders: what comes in thousands is offered portion by portion, behind what is urgent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from twisted.internet.task import Clock

from gateway.assembly import remote_watch
from gateway.assembly.remote_watch import UNARRIVED_S, RemoteWatch
from gateway.codecs.meter_model.model import MeterCredit
from gateway.core.line_work.work_kind import WorkKind
from gateway.core.meter_way import LineKind, MeterWay
from gateway.core.remote_order import CREDITS, RemoteKind, RemoteOrder
from gateway.core.timeline import microseconds
from gateway.core.views_remote_due import DueOrder, RemoteDue, Unordered
from gateway.metering.step_remote import NoteUnarrived
from tests.builders import NOON, identity

#: Nothing is posted.
NOBODY: Any = None
RELAY, RATES = RemoteKind.RELAY, RemoteKind.TIMETABLE


def due(number, kind):
    pan = identity(number).pan
    order = RemoteOrder(number, kind, pan, f"A{number}", ask="homes/1")
    return DueOrder(order, MeterWay(pan, LineKind.MODEM, f"555{number}", "161", "dlt645-2007"))


class Orders:
    """Answers as the books do, a portion of so many at a time."""

    def __init__(self, orders, portion):
        self.orders, self.portion = orders, portion

    async def rows(self, query):
        assert isinstance(query, RemoteDue)
        wanted = [one for one in self.orders if one.order.kind in query.kinds and one.order.id > query.after]
        return wanted[: self.portion]


@pytest.fixture
def watch(monkeypatch):
    """Five orders of timetables and a relay's, which was given last; two of a kind are found at once."""
    monkeypatch.setattr(remote_watch, "DUE_MAX", 2)
    offered: list[Any] = []
    ids = iter(range(1, 100))
    made = RemoteWatch(
        frozenset({RELAY, RATES}),
        Orders([*(due(number, RATES) for number in range(1, 6)), due(6, RELAY)], 2),
        poster=NOBODY,
        ask=lambda job, one: offered.append((one.order.id, job.kind)),
        model_credit=lambda _: MeterCredit.NONE,
        clock=Clock(),
        now=lambda: NOON,
        new_id=lambda: next(ids),
    )  # fmt: skip
    return made, offered


def looked(made):
    with pytest.raises(StopIteration):
        made.look().send(None)


def test_a_relay_is_urgent_and_timetables_wait_behind_it_portion_by_portion(watch):
    made, offered = watch
    looked(made)
    gap, urgent = WorkKind.GAP, WorkKind.URGENT
    assert offered == [(6, urgent), (1, gap), (2, gap)]
    looked(made)
    looked(made)
    assert [number for number, _ in offered] == [6, 1, 2, 3, 4, 5]
    looked(made)
    assert len(offered) == 6, "those that are offered are not offered again"


def test_a_credit_that_is_out_for_a_day_and_is_not_seen_is_told_to_a_person_once():
    """Those that wait, or went out a moment ago, are not told."""
    now_us, day_us = microseconds(NOON), UNARRIVED_S * 1_000_000
    begun = [None, now_us - day_us, now_us - day_us + 1]
    orders = [
        replace(one, order=replace(one.order, begun_us=at, payment=f"pay/east/{one.order.id}"))
        for one, at in zip((due(number, RemoteKind.TOKEN) for number in (1, 2, 3)), begun, strict=True)
    ]
    posted: list[Any] = []

    class Poster:
        async def post(self, command):
            posted.append(command)

    class Credits(Orders):
        async def rows(self, query):
            return [] if isinstance(query, Unordered) else await super().rows(query)

    ids = iter(range(1, 100))
    made = RemoteWatch(
        CREDITS, Credits(orders, 10), Poster(), lambda _job, _one: None, lambda _: MeterCredit.TOKEN, Clock(),
        lambda: NOON, lambda: next(ids),
    )  # fmt: skip
    looked(made)
    looked(made)
    assert posted == [NoteUnarrived(2, "pay/east/2")]


def test_a_way_that_was_corrected_is_called_at_its_new_number_only():
    one = due(1, RELAY)
    orders = Orders([one], 10)
    offered: list[Any] = []
    withdrawn: list[int] = []
    ids = iter(range(1, 100))
    made = RemoteWatch(
        frozenset({RELAY}), orders, NOBODY, lambda job, _one: offered.append((job.id, job.number)),
        lambda _: MeterCredit.NONE, Clock(), lambda: NOON, lambda: next(ids), withdrawn.append,
    )  # fmt: skip
    looked(made)
    looked(made)
    assert (offered, withdrawn) == ([(1, "5551")], [])
    orders.orders = [replace(one, way=replace(one.way, place="5559", version=2))]
    looked(made)
    assert (offered, withdrawn) == ([(1, "5551"), (2, "5559")], [1])


def test_a_credit_that_fails_keeps_none_behind_it_waiting_and_is_told():
    """The books cannot take the first one's note; the second one's meter is called all the same."""
    begun = microseconds(NOON) - UNARRIVED_S * 1_000_000
    first, second = due(1, RELAY), due(2, RELAY)
    first = replace(first, order=replace(first.order, kind=RemoteKind.TOKEN, begun_us=begun))
    offered: list[int] = []

    class Poster:
        async def post(self, command):
            raise ValueError(command.order)

    class Credits(Orders):
        async def rows(self, query):
            return [] if isinstance(query, Unordered) else await super().rows(query)

    ids = iter(range(1, 100))
    made = RemoteWatch(
        CREDITS | {RELAY}, Credits([first, second], 10), Poster(),
        lambda _job, one: offered.append(one.order.id), lambda _: MeterCredit.TOKEN, Clock(),
        lambda: NOON, lambda: next(ids),
    )  # fmt: skip
    with pytest.raises(ValueError, match="1"):
        made.look().send(None)
    assert offered == [2]
