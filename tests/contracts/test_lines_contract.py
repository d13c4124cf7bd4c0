"""Ways, groups, schedules and remote orders on both databases: kept, sealed, and found."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from adapters.db import tables as t
from adapters.db.file_write import write_files
from adapters.db.journal_reader import JournalReader
from adapters.db.views import ViewReader
from gateway.core.contact import RelayOrder
from gateway.core.file_books import FileChange
from gateway.core.line_books import LineChange
from gateway.core.meter_way import LineKind, MeterWay
from gateway.core.network import NetworkKind, NetworkPlace
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.reading_plan import GroupKind, MeterGroup, ReadingSchedule, Wants
from gateway.core.relay_hours import RelayHours
from gateway.core.remote_order import RemoteEvent, RemoteKind, RemoteOrder, RemoteState
from gateway.core.views_remote import RemoteOrderFile, RemoteOrders
from gateway.core.views_ways import GroupReaches, Groups, Schedules, WayFile, Ways
from gateway.core.way_answer import WayFate
from gateway.metering.keep_group import KeepMeterGroup
from gateway.metering.keep_schedule import KeepSchedule
from gateway.metering.keep_way import KeepMeterWay
from gateway.metering.keep_ways import KeepMeterWays, WayLine
from gateway.metering.order_relay import OrderRelay
from gateway.metering.step_remote import MendRemote
from gateway.prepayment.keep_network import KeepNetworkPlace
from gateway.proof.verify import verify
from tests.builders import CHAIN_SECRET, ZONE, identity, meter_file, posting_batch

LI = "local:li"
ONE, TWO, THREE, FEEDER, UNKNOWN = (identity(serial).pan for serial in (1, 2, 3, 8, 9))
METERS = [meter_file(1), meter_file(2, account_no="A2"), meter_file(3, account_no="A3")]
NIGHTLY = ReadingSchedule(
    "nightly", "Every night", "east", Wants.REGISTERS, "days 0123456", "22:00", "06:00", version=0
)


def way(pan, **changes):
    usual = MeterWay(pan, LineKind.MODEM, f"0871{pan[-6:]}", "161", "dlt645-2007", version=0)
    return replace(usual, **changes)


class Lines:
    """Books with three meters at customers of two branches, one before a feeder, and the ways to them."""

    def __init__(self, fresh):
        self.engine = fresh.database(meters=METERS)
        self.reader = ViewReader(self.engine)
        self.count = 0
        with self.engine.begin() as connection:
            for account_no, branch, name in (
                ("A1", "north", "Zhang"),
                ("A2", "south", "Li 50%"),
                ("A3", "south", "Wu"),
            ):
                of_him = t.customer.c.account_no == account_no
                connection.execute(update(t.customer).where(of_him).values(branch=branch, name=name))
            hangs = t.supply_point.c.pan == TWO
            connection.execute(update(t.supply_point).where(hangs).values(transformer="t-1"))
        for place in (
            NetworkPlace("east", NetworkKind.AREA, "East", version=0),
            NetworkPlace("f-7", NetworkKind.FEEDER, "Feeder 7", "east", version=0),
            NetworkPlace("t-1", NetworkKind.TRANSFORMER, "Mill", "f-7", version=0),
        ):
            self.give(KeepNetworkPlace, place)
        self.give(KeepMeterWay, way(ONE))
        self.give(KeepMeterWay, way(TWO, kind=LineKind.NETWORK, place="mill.example:4059", bus="mill"))
        self.give(KeepMeterWay, way(FEEDER, model="dlms-tcp", address="", measures="f-7", multiplier=400))

    def give(self, make, *said, **more):
        self.count += 1
        return self.post(make(LI, f"n{self.count}", *said, **more))

    def post(self, command):
        batch = posting_batch(self.engine)
        (content,) = batch.run([command])
        batch.close()
        if isinstance(content, Exception):
            raise content
        return content

    def ways(self, **asked):
        question = Ways(**({"branch": None} | asked))
        rows = self.reader.rows(question)
        assert self.reader.count(question) == len(rows) or question.after or len(rows) == question.limit
        return [row.way.pan for row in rows]

    def of(self, kind, of="", **more):
        self.give(KeepMeterGroup, MeterGroup(f"g{self.count}", "A group", kind, of, version=0))
        question = GroupReaches(code=f"g{self.count - 1}", **more)
        rows = self.reader.rows(question)
        assert more or self.reader.count(question) == len(rows)
        return [row.pan for row in rows]

    def order(self, pan=ONE, ask=RelayOrder.CLOSE):
        return self.give(OrderRelay, pan=pan, order=ask, reason="he has paid", hours=RelayHours(), zone=ZONE)

    def orders(self, **asked):
        question = RemoteOrders(**({"branch": None} | asked))
        rows = self.reader.rows(question)
        assert self.reader.count(question) == len(rows)
        return [row.order.pan for row in rows]

    def verdict(self):
        reader = JournalReader(self.engine)
        return verify(reader.sealed(), CHAIN_SECRET, reader.standing(), {})


@pytest.fixture
def lines(fresh):
    return Lines(fresh)


def test_a_way_comes_back_as_it_was_kept_and_the_chain_seals_it(lines):
    facts = lines.reader.totals(WayFile(branch=None, pan=FEEDER))
    assert facts.row.way == way(
        FEEDER, model="dlms-tcp", address="", measures="f-7", multiplier=400, version=1
    )
    assert (facts.customer, facts.row.is_fitted, facts.orders) == ("", True, ())
    lines.give(KeepMeterWay, replace(facts.row.way, is_on=False, note="taken down"))
    after = lines.reader.totals(WayFile(branch=None, pan=FEEDER))
    assert (after.row.way.is_on, after.row.way.version, len(after.amendments)) == (False, 2, 2)
    assert lines.verdict().findings == []
    with lines.engine.begin() as connection:
        connection.execute(update(t.meter_way).where(t.meter_way.c.pan == ONE).values(place="0800"))
    assert lines.verdict().findings, "a way that nobody has amended is noticed"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, [ONE, TWO, FEEDER]),
        ({"is_descending": True, "limit": 1}, [FEEDER]),
        ({"after": ONE, "limit": 1}, [TWO]),
        ({"is_descending": True, "after": TWO}, [ONE]),
        ({"branch": "south"}, [TWO]),
        ({"of_branch": "north"}, [ONE]),
        ({"kind": LineKind.NETWORK}, [TWO]),
        ({"model": "dlms-tcp"}, [FEEDER]),
        ({"text": "MILL"}, [TWO]),
        ({"text": "50%"}, [TWO]),
        ({"text": "0871"}, [ONE, FEEDER]),
        ({"place": "t-1"}, [TWO]),
        ({"place": "f-7"}, [FEEDER]),
        ({"is_protected": True}, []),
        ({"is_on": False}, []),
    ],
)
def test_ways_are_found_by_what_is_asked_for(lines, asked, found):
    assert lines.ways(**asked) == found


def test_a_branch_sees_the_meters_of_its_own_customers(lines):
    seen = {
        pan: lines.reader.totals(WayFile(branch="south", pan=pan))
        for pan in (ONE, TWO, THREE, FEEDER, UNKNOWN)
    }
    assert [pan for pan, facts in seen.items() if facts is not None] == [TWO, THREE]
    assert (seen[THREE].row, seen[THREE].customer, seen[THREE].branch) == (None, "Wu", "south")
    assert len(lines.reader.rows(WayFile(branch="south", pan=TWO))) == 1
    assert lines.reader.count(WayFile(branch="north", pan=TWO)) == 0


def test_a_list_of_ways_is_kept_in_one_batch(lines):
    wanted = (
        WayLine(2, THREE, LineKind.MODEM, "0871 1", "161", "dlt645-2007"),
        WayLine(3, ONE, LineKind.MODEM, way(ONE).place, "161", "dlt645-2007"),
        WayLine(4, UNKNOWN, LineKind.MODEM, "0871", "161", "dlt645-2007"),
    )
    content = lines.give(KeepMeterWays, wanted)
    assert [one.fate for one in content.lines] == [WayFate.NEW, WayFate.SAME, WayFate.REFUSED]
    assert lines.ways(text="08711") == [THREE]
    assert lines.verdict().findings == []


@pytest.mark.parametrize(
    ("kind", "of", "found"),
    [
        (GroupKind.ALL, "", [ONE, TWO, FEEDER]),
        (GroupKind.BRANCH, "south", [TWO]),
        (GroupKind.PLACE, "east", [TWO, FEEDER]),
        (GroupKind.PLACE, "f-7", [TWO, FEEDER]),
        (GroupKind.PLACE, "t-1", [TWO]),
        (GroupKind.MODEL, "dlt645-2007", [ONE, TWO]),
        (GroupKind.LIST, f"{FEEDER} {ONE}", [ONE, FEEDER]),
    ],
)
def test_a_group_reaches_the_meters_that_it_names(lines, kind, of, found):
    with lines.engine.begin() as connection:
        connection.execute(t.branch.insert().values(code="south", name="South"))
    assert lines.of(kind, of) == found


def test_a_group_is_given_in_portions_and_without_what_hangs_nowhere(lines):
    assert lines.of(GroupKind.ALL, limit=2) == [ONE, TWO]
    assert lines.of(GroupKind.ALL, after=TWO) == [FEEDER]
    with lines.engine.begin() as connection:
        connection.execute(update(t.supply_point).where(t.supply_point.c.pan == ONE).values(pan=""))
    lines.give(
        KeepMeterWay,
        replace(way(TWO, kind=LineKind.NETWORK, place="mill.example:4059"), version=1, is_on=False),
    )
    assert lines.of(GroupKind.ALL) == [FEEDER]
    assert lines.reader.rows(GroupReaches(code="none")) == []
    assert lines.reader.count(GroupReaches(code="none")) == 0


def test_how_a_meter_of_a_group_is_reached_is_told(lines):
    lines.give(KeepMeterGroup, MeterGroup("mill", "The mill", GroupKind.PLACE, "t-1", version=0))
    (reach,) = lines.reader.rows(GroupReaches(code="mill"))
    assert (reach.pan, reach.kind, reach.place, reach.bus) == (
        TWO,
        LineKind.NETWORK,
        "mill.example:4059",
        "mill",
    )
    assert "mill.example" not in repr(reach)


def test_groups_and_schedules_come_back_as_they_were_kept(lines):
    group = MeterGroup("east", "The east", GroupKind.PLACE, "east", version=0)
    assert lines.give(KeepMeterGroup, group) == Changed("east", 1)
    assert lines.give(KeepSchedule, NIGHTLY) == Changed("nightly", 1)
    assert lines.give(KeepSchedule, replace(NIGHTLY, version=1, is_on=False, jitter_s=600)) == Changed(
        "nightly", 2
    )
    assert lines.reader.rows(Groups()) == [replace(group, version=1)]
    assert lines.reader.rows(Schedules()) == [replace(NIGHTLY, version=2, is_on=False, jitter_s=600)]
    assert (lines.reader.count(Groups()), lines.reader.count(Schedules())) == (1, 1)
    late = lines.give(KeepSchedule, replace(NIGHTLY, version=1, name="Late"))
    assert late == NotDone(OfficeRefusal.TWICE_AT_ONCE)
    assert lines.verdict().findings == []


def test_orders_are_found_by_what_is_asked_for_the_newest_first(lines):
    assert (lines.order(), lines.order(TWO)) == (Changed("1", 1), Changed("2", 1))
    lines.give(MendRemote, 1, RemoteEvent.CANCEL, "a slip")
    assert lines.orders() == [TWO, ONE]
    assert lines.orders(branch="north") == [ONE]
    assert lines.orders(kind=RemoteKind.RELAY, is_open=True) == [TWO]
    assert lines.orders(is_open=False) == lines.orders(state=RemoteState.CANCELLED) == [ONE]
    assert lines.orders(kind=RemoteKind.TOKEN) == lines.orders(pan=THREE) == []
    assert lines.orders(ask="close", pan=TWO) == [TWO]
    assert [one.id for one in lines.reader.rows(RemoteOrders(branch=None, after=2))] == [1]
    assert lines.reader.totals(RemoteOrders(branch=None)) == 1


def test_an_order_is_told_with_its_steps_to_whoever_sees_its_customer(lines):
    lines.order()
    lines.give(MendRemote, 1, RemoteEvent.CANCEL, "a slip")
    row = lines.reader.totals(RemoteOrderFile(branch="north", id=1))
    assert (row.customer, row.branch, row.sale_id, row.order.told) == ("Zhang", "north", 0, "a slip")
    steps = lines.reader.rows(RemoteOrderFile(branch="north", id=1))
    assert [one.amendment.kind.value for one in steps] == ["ordered", "cancelled"]
    hidden = RemoteOrderFile(branch="south", id=1)
    assert (lines.reader.totals(hidden), lines.reader.rows(hidden), lines.reader.count(hidden)) == (
        None,
        [],
        0,
    )
    facts = lines.reader.totals(WayFile(branch="north", pan=ONE))
    assert [one.state for one in facts.orders] == [RemoteState.CANCELLED]


def test_the_database_itself_holds_one_order_of_a_relay_at_a_time(lines):
    lines.order()
    twin = RemoteOrder(2, RemoteKind.RELAY, ONE, "A1", ask="trip")
    with pytest.raises(IntegrityError), lines.engine.begin() as connection:
        write_files(connection, [FileChange(lines=LineChange(orders=(twin,)))])
