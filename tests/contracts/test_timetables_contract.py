"""Timetables of rates on both databases: published, ordered, sealed, and where each meter stands."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from adapters.db import tables as t
from adapters.db.journal_reader import JournalReader
from adapters.db.views import ViewReader
from gateway.core.meter_way import LineKind, MeterWay
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.reading_plan import GroupKind, MeterGroup
from gateway.core.remote_ended import RemoteEnded
from gateway.core.remote_order import RemoteEvent, RemoteKind
from gateway.core.timeline import microseconds
from gateway.core.timetable_version import TimetableState
from gateway.core.views_remote import RemoteOrders
from gateway.core.views_remote_due import RemoteDue
from gateway.core.views_timetables import (
    MetersNotSwitched,
    Stands,
    TimetableCounts,
    TimetableFile,
    Timetables,
)
from gateway.core.views_timetables_due import TimetablesDue, TimetableWanting
from gateway.metering.keep_group import KeepMeterGroup
from gateway.metering.keep_way import KeepMeterWay
from gateway.metering.step_remote import BeginRemote, EndRemote
from gateway.multi_tariff.order_timetables import OrderTimetables
from gateway.multi_tariff.publish_timetable import ApproveTimetable, DraftTimetable, WithdrawTimetable
from gateway.proof.verify import verify
from tests.builders import CHAIN_SECRET, NOON, identity, meter_file, posting_batch
from tests.timetables import rates

LI, ZHANG = "local:li", "local:zhang"
DAY = timedelta(days=1)
SERIALS = (1, 2, 3, 4, 5)
ONE, TWO, THREE, FOUR, FIVE = PANS = tuple(identity(serial).pan for serial in SERIALS)


class Rates:
    """Books with five meters that have ways, one of them of another branch, and a group of them all."""

    def __init__(self, fresh):
        self.engine = fresh.database(meters=[meter_file(one, account_no=f"A{one}") for one in SERIALS])
        self.reader = ViewReader(self.engine)
        self.count = 0
        self.now = NOON
        with self.engine.begin() as connection:
            of_five = t.customer.c.account_no == "A5"
            connection.execute(update(t.customer).where(of_five).values(branch="south", name="Wu"))
        self.give(KeepMeterGroup, MeterGroup("all", "All meters", GroupKind.ALL, version=0))
        for pan in PANS:
            place = f"0871{pan[-6:]}"
            self.give(KeepMeterWay, MeterWay(pan, LineKind.MODEM, place, "161", "dlt645-2007", version=0))

    def give(self, make, *said, by=LI):
        self.count += 1
        return self.post(make(by, f"n{self.count}", *said))

    def post(self, command):
        batch = posting_batch(self.engine, lambda: self.now)
        (content,) = batch.run([command])
        batch.close()
        if isinstance(content, Exception):
            raise content
        return content

    def published(self, after=10 * DAY, **changes):
        body = rates(**changes).stored()
        from_us = microseconds(NOON + after)
        reference = self.give(DraftTimetable, "homes", "Homes", "all", body, from_us).subject
        self.give(ApproveTimetable, reference, 1, by=ZHANG)
        return reference

    def order(self, reference="homes/1", *pans):
        return self.post(OrderTimetables(reference, pans or PANS)).version

    def last(self, pan):
        return self.reader.rows(RemoteOrders(branch=None, pan=pan))[0].order.id

    def begin(self, pan):
        self.post(BeginRemote(self.last(pan)))

    def end(self, pan, event=RemoteEvent.DELIVER, told="passive, begins 2026-12-03 00:00"):
        self.begin(pan)
        self.post(EndRemote(self.last(pan), RemoteEnded(event, told)))

    def file(self, reference="homes/1", branch=None):
        return self.reader.totals(TimetableFile(reference, branch))

    def not_switched(self, reference="homes/1", **asked):
        question = MetersNotSwitched(reference=reference, **asked)
        rows = self.reader.rows(question)
        assert asked.keys() & {"after", "limit"} or self.reader.count(question) == len(rows)
        return [(row.pan, row.stands) for row in rows]


@pytest.fixture
def house(fresh):
    return Rates(fresh)


def spread(house):
    """Let each meter stand somewhere else."""
    house.published()
    house.order("homes/1", ONE, TWO, THREE, FOUR)
    house.end(ONE)
    house.end(TWO, told="active")
    house.end(THREE, RemoteEvent.REFUSE, "the meter has no room")
    house.begin(FOUR)


def test_a_version_comes_back_as_it_was_published_and_the_chain_seals_it(house):
    house.published()
    facts = house.file()
    assert facts.version == facts.versions[0]
    assert (facts.version.by, facts.version.second) == (LI, ZHANG)
    assert facts.version.state is TimetableState.APPROVED
    assert (facts.version.body, facts.group_name) == (rates().stored(), "All meters")
    steps = house.reader.rows(TimetableFile("homes/1"))
    assert [one.amendment.kind.value for one in steps] == ["approved", "registered"]
    assert house.reader.count(TimetableFile("homes/1")) == 2
    assert house.file("homes/2") is None

    def findings():
        reader = JournalReader(house.engine)
        return verify(reader.sealed(), CHAIN_SECRET, reader.standing(), {}).findings

    assert findings() == []
    with house.engine.begin() as connection:
        connection.execute(update(t.timetable).values(from_us=1))
    assert findings(), "a version that nobody has amended is noticed"


def test_numbers_count_up_and_going_back_needs_all_that_is_known(house):
    assert [house.published(), house.published(20 * DAY)] == ["homes/1", "homes/2"]
    assert house.give(WithdrawTimetable, "homes/2", 2, "a slip", by=ZHANG).version == 3
    house.order()
    house.begin(ONE)
    refused = house.give(WithdrawTimetable, "homes/1", 2, "a slip", by=ZHANG)
    assert isinstance(refused, NotDone)
    assert refused.reason is OfficeRefusal.GONE_OUT


def test_each_meter_is_ordered_for_once_and_again_when_it_is_to_be_looked_at(house):
    house.published()
    assert (house.order(), house.order()) == (5, 0)
    house.end(ONE)
    house.end(TWO, told="active")
    house.now = NOON + 11 * DAY
    assert house.order() == 1
    assert len(house.reader.rows(RemoteOrders(branch=None, pan=ONE))) == 2
    assert house.file().counts.of(Stands.PASSIVE) == 1, "while it is looked at once more"


def test_where_each_meter_stands_is_counted(house):
    spread(house)
    counts = house.file().counts
    each = {Stands.ACTIVE: 1, Stands.PASSIVE: 1, Stands.REFUSED: 1, Stands.IN_DOUBT: 1, Stands.NOT_ORDERED: 1}
    assert dict(counts.by) == each
    assert (counts.wanted, counts.not_switched, counts.of(Stands.NOT_REACHED)) == (5, 4, 0)
    assert house.order("homes/1", FIVE) == 1
    assert house.file().counts.of(Stands.NOT_REACHED) == 1
    assert house.file(branch="south").counts == TimetableCounts(((Stands.NOT_REACHED, 1),))


def test_meters_that_have_not_switched_are_listed_with_why(house):
    spread(house)
    assert house.not_switched() == [
        (ONE, Stands.PASSIVE), (THREE, Stands.REFUSED), (FOUR, Stands.IN_DOUBT), (FIVE, Stands.NOT_ORDERED),
    ]  # fmt: skip
    assert house.not_switched(stands=Stands.REFUSED) == [(THREE, Stands.REFUSED)]
    assert house.not_switched(branch="south") == [(FIVE, Stands.NOT_ORDERED)]
    assert house.not_switched(after=ONE, limit=1) == [(THREE, Stands.REFUSED)]
    assert house.not_switched("homes/9") == []
    first, third, _, fifth = house.reader.rows(MetersNotSwitched(reference="homes/1"))
    assert (third.told, third.tries, third.order) == ("the meter has no room", 1, 3)
    assert (first.account_no, first.model, first.told) == (
        "A1",
        "dlt645-2007",
        "passive, begins 2026-12-03 00:00",
    )
    assert (fifth.customer, fifth.branch, fifth.order, fifth.since_us) == ("Wu", "south", 0, 0)


def test_the_list_counts_what_meters_should_have_now(house):
    spread(house)
    house.published(20 * DAY)
    house.give(DraftTimetable, "shops", "Shops", "all", rates().stored(), microseconds(NOON + DAY))
    rows = house.reader.rows(Timetables(microseconds(NOON)))
    assert house.reader.count(Timetables(microseconds(NOON))) == 3
    assert [(row.version.reference, row.counts and row.counts.wanted) for row in rows] == [
        ("homes/2", None), ("homes/1", 5), ("shops/1", None),
    ]  # fmt: skip
    rows = house.reader.rows(Timetables(microseconds(NOON + 12 * DAY)))
    assert [row.counts and row.counts.of(Stands.ACTIVE) for row in rows] == [0, 1, None]


def test_a_group_that_was_never_there_has_no_meters(house):
    house.published()
    with house.engine.begin() as connection:
        connection.execute(update(t.timetable).values(group_code="gone"))
    assert (house.file().counts.wanted, house.file().group_name, house.not_switched()) == (0, "", [])


# -- for whoever works the lines -------------------------------------------------------------------------


def wanting(house, reference="homes/1", after=""):
    question = TimetableWanting(reference, microseconds(house.now), after)
    rows = house.reader.rows(question)
    assert house.reader.count(question) == len(rows)
    return list(rows)


def due(house):
    question = TimetablesDue(microseconds(house.now))
    rows = house.reader.rows(question)
    assert house.reader.count(question) == len(rows)
    return [one.reference for one in rows]


def test_meters_are_wanting_until_they_are_ordered_for_and_again_when_they_are_to_be_looked_at(house):
    spread(house)
    assert (due(house), wanting(house)) == (["homes/1"], [FIVE])
    house.order("homes/1", *wanting(house))
    assert wanting(house) == []
    house.now = NOON + 11 * DAY
    assert wanting(house) == [ONE]
    assert wanting(house, after=ONE) == []
    house.order("homes/1", *wanting(house))
    assert wanting(house) == []
    assert wanting(house, "homes/9") == []
    house.end(ONE, told="passive")
    assert wanting(house) == [], "it was looked at a moment ago"
    house.now += DAY
    assert wanting(house) == [ONE]


def test_what_waits_in_vain_is_found_until_it_is_cancelled(house):
    house.published()
    house.order("homes/1", ONE, TWO)
    assert house.give(WithdrawTimetable, "homes/1", 2, "a slip", by=ZHANG).version == 3
    house.published(20 * DAY)
    assert due(house) == ["homes/2", "homes/1"]
    assert wanting(house) == [ONE, TWO]
    assert house.order("homes/1", *wanting(house)) == 2
    assert (due(house), wanting(house)) == (["homes/2"], [])


def test_orders_that_are_due_are_found_portion_by_portion(house):
    house.published()
    house.order()
    kinds = frozenset({RemoteKind.TIMETABLE})

    def found(after):
        return [one.order.id for one in house.reader.rows(RemoteDue(kinds, microseconds(NOON), after))]

    assert (found(0), found(3), found(5)) == ([1, 2, 3, 4, 5], [4, 5], [])
