"""The watch over orders: what comes in thousands is offered portion by portion, behind what is urgent."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.task import Clock

from gateway.assembly import remote_watch
from gateway.assembly.remote_watch import RemoteWatch
from gateway.codecs.meter_model.model import MeterCredit
from gateway.core.line_work.work_kind import WorkKind
from gateway.core.meter_way import LineKind, MeterWay
from gateway.core.remote_order import RemoteKind, RemoteOrder
from gateway.core.views_remote_due import DueOrder, RemoteDue
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
