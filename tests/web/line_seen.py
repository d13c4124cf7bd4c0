"""What lines have seen of two meters: nights with their gaps, calls, a day's load profile, months."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from adapters.db import tables as t
from adapters.db.line_book import LineBook
from gateway.core.contact import ContactWhy, RelayState
from gateway.core.line_standing import LineDoes, LineStanding
from gateway.core.line_work.call import PassedOver
from gateway.core.line_work.call_made import CallMade
from gateway.core.line_work.round_kept import RoundBegun, RoundTold, SlotNote
from gateway.core.line_work.slot import Slot, SlotChange, SlotState
from gateway.core.line_work.work_kind import WorkKind
from gateway.core.meter_event import EventKind, MeterEvent
from gateway.core.meter_seen import Figure, FrozenReading, MeterContact, ProfileRowKept
from gateway.core.meter_way import LineKind, MeterWay
from gateway.core.office import NotDone
from gateway.core.timeline import microseconds
from gateway.metering.keep_way import KeepMeterWay
from tests.builders import NOON, ZONE
from tests.web.line_tested import KeptTests

NOON_S = int(NOON.timestamp())
HOUR_S, DAY_S = 3_600, 86_400
MIDNIGHT_S = int(NOON.astimezone(ZONE).replace(hour=0).timestamp())
PLACE = "08715550161"


class Heard:
    """Lines as they stand; obeys ``needs.LinesHeard``."""

    def __init__(self, *standing, waiting=None, tests=None):
        self._standing, self._waiting = standing, waiting or {}
        self.tests = tests or KeptTests()

    def lines(self):
        return self._standing

    def waiting(self):
        return self._waiting

    def with_tests(self, *tests):
        """The same lines, over which these tests were made."""
        return Heard(*self._standing, waiting=self._waiting, tests=KeptTests(*tests))


LINES = Heard(
    LineStanding(
        "line 1", LineKind.MODEM, LineDoes.CALLING, since_s=NOON_S - 40, work=WorkKind.GAP, meters=3
    ),
    LineStanding("line 2", LineKind.MODEM, LineDoes.FREE, is_reserved=True),
    LineStanding("line 3", LineKind.MODEM, LineDoes.OUT),
    LineStanding("net", LineKind.NETWORK, LineDoes.FREE),
    waiting={WorkKind.GAP: 12, WorkKind.SCHEDULE: 1_204},
)


def with_line_seen(staffed, pan, other):
    """Enter a way to ``pan``, and what was seen of it and of ``other``; returns the books."""
    _reached(staffed, pan)
    book = LineBook(staffed.engine)
    book.write([*_rounds(pan, other), *_calls(), *_seen(pan)])
    book.close()
    return staffed


def _reached(staffed, pan):
    """Enter the way to a meter, unless somebody has."""
    with staffed.engine.connect() as connection:
        if connection.execute(select(t.meter_way).where(t.meter_way.c.pan == pan)).one_or_none():
            return
    way = MeterWay(pan, LineKind.MODEM, PLACE, "000000000161", "dlt645-2007", version=0)
    (content,) = staffed.batch.run([KeepMeterWay("local:deputy", f"way of {pan}", way)])
    assert not isinstance(content, NotDone | Exception), content


def _rounds(pan, other):
    last, before = MIDNIGHT_S, MIDNIGHT_S - DAY_S

    def noted(schedule, meter, at_s, state, why=None, noted_s=NOON_S):
        return SlotNote(SlotChange(Slot(schedule, int(meter), at_s), state, why), noted_s)

    return [
        RoundBegun("night", before - DAY_S, before, before, 0, told=RoundTold.BEGUN),
        noted("night", pan, before, SlotState.GAP, ContactWhy.BUSY, before + 8 * HOUR_S),
        noted("night", other, before, SlotState.GAP, PassedOver.NOT_THERE, before + 8 * HOUR_S),
        RoundBegun("night", before, before, before + 8 * HOUR_S, 40, 1),
        noted("night", pan, last, SlotState.GAP, ContactWhy.NO_ANSWER, last + 8 * HOUR_S),
        noted("night", other, last, SlotState.WAITING),
        RoundBegun("night", last, last, last + 8 * HOUR_S, 40),
        noted("monthly", other, before, SlotState.GAP, ContactWhy.AUTH),
        noted("monthly", other, before, SlotState.LOST, ContactWhy.AUTH),
        noted("night", other, last, SlotState.READ),
    ]  # fmt: skip


def _calls():
    def call(ago_s, line, place, kind, why=None, seconds=61, meters=1, cost=40):
        read = 0 if why else meters
        return CallMade(line, place, "", kind, meters, read, why, seconds, NOON_S - ago_s, cost)

    return [
        call(30 * HOUR_S, "line 1", PLACE, WorkKind.SCHEDULE, ContactWhy.BUSY, 8, cost=0),
        call(4 * HOUR_S, "line 1", PLACE, WorkKind.SCHEDULE, ContactWhy.NO_ANSWER, 50, cost=0),
        call(3 * HOUR_S, "line 1", "08715550999", WorkKind.SCHEDULE, None, 600, 249, 170),
        call(2 * HOUR_S, "line 2", "08715550162", WorkKind.URGENT),
        call(HOUR_S, "line 4", PLACE, WorkKind.GAP, ContactWhy.LOST, 40, cost=25),
    ]


def _seen(pan):
    night = MIDNIGHT_S - DAY_S
    profile = [
        ProfileRowKept(
            pan,
            night + place * HOUR_S,
            (
                Figure("energy-total", 120_000 + place * place * 10, 2, "kWh"),
                Figure("voltage-a", 2_204 + place % 7, 1, "V"),
            ),
            "power was lost" if place == 9 else "",
        )
        for place in range(25)
    ]
    months = [
        FrozenReading(pan, MIDNIGHT_S - days * DAY_S, (("total", total), ("rate_1", 800_000)), 1)
        for days, total in ((22, 1_178_000), (53, 1_147_000))
    ]
    then = microseconds(NOON - timedelta(days=2))
    well = MeterContact(pan, then, off_s=-7, was_set=True, relay=RelayState.CLOSED)
    badly = MeterContact(pan, microseconds(NOON - timedelta(hours=1)), ContactWhy.LOST, "the line went dead")
    noticed = [
        MeterEvent(pan, microseconds(NOON - timedelta(days=2)), EventKind.CLOCK_SET, "by 7 s"),
        MeterEvent(pan, microseconds(NOON - timedelta(days=1)), EventKind.COVER_OPENED),
    ]
    return [*profile, *months, well, badly, *noticed]
