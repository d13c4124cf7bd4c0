"""Readings on both databases: taken once, sealed, what they prove of energy; lists, the walk, inspections."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from adapters.db import tables as t
from adapters.db.journal_reader import JournalReader
from adapters.db.seen_rows import write_seen
from adapters.db.views import ViewReader
from gateway.core.amendment import AmendmentKind, Subject
from gateway.core.inspection import Finding, Suspicion
from gateway.core.meter_event import EventKind, MeterEvent
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.outcome import recalled
from gateway.core.reading import ReadingState, Shown, Source, StatusWord, Told
from gateway.core.reading_answer import LineFate, LineOutcome, ReadingsTaken
from gateway.core.reading_rules import READINGS_MAX, ReadingFault
from gateway.core.staff import Operator
from gateway.core.timeline import microseconds
from gateway.core.views_readings import Inspections, KnownMeters, MetersToRead, Readings, ToInspect
from gateway.prepayment.inspect_meter import InspectMeter
from gateway.prepayment.record_readings import ReadingLine, RecordReadings
from gateway.proof.check import check_books
from gateway.proof.verify import verify
from tests.builders import CHAIN_SECRET, NOON, Till, identity, posting_batch

LI = "local:li"
PAN, OTHER = identity(1).pan, identity(2).pan


class Read:
    """Books of three meters; ``day`` is how many days have passed since noon of the builders' day."""

    def __init__(self, fresh):
        self.engine = fresh.database(count=3)
        self.reader = ViewReader(self.engine)
        self.till = Till(tid_lead_max=100_000)
        self.day = 0
        self.count = 0

    def give(self, *commands):
        batch = posting_batch(self.engine, lambda: self.now)
        contents = batch.run(commands)
        batch.close()
        for content in contents:
            if isinstance(content, Exception):
                raise content
        return contents[0] if len(contents) == 1 else contents

    @property
    def now(self):
        return NOON + timedelta(days=self.day)

    def buy(self, minor=10_000, pan=PAN):
        self.count += 1
        return self.give(self.till.pay(f"r{self.count}", minor, pan=pan))

    def line(self, kwh, pan=PAN, *, line=0, reason="", day=None, **more):
        at = NOON + timedelta(days=self.day if day is None else day)
        shown = Shown(pan, microseconds(at), (("total", int(kwh * 1_000)),), **more)
        return ReadingLine(shown, Told(Source.MANUAL, "Chen", reason=reason), line)

    def order(self, *lines, **more):
        self.count += 1
        return RecordReadings(LI, f"n{self.count}", tuple(lines), **more)

    def read(self, kwh, pan=PAN, **more):
        return self.give(self.order(self.line(kwh, pan, **more)))

    def inspect(self, finding=Finding.IN_ORDER, reading_id=None, pan=PAN, note="as it should be"):
        if reading_id is None:
            (known,) = self.reader.rows(KnownMeters(branch=None, pans=(pan,)))
            reading_id = known.newest_id
        self.count += 1
        return self.give(
            InspectMeter(LI, f"n{self.count}", pan, reading_id, (Suspicion.OVER,), finding, note)
        )

    def balance(self, account):
        with self.engine.connect() as connection:
            found = connection.execute(text("SELECT balance FROM account WHERE code = :a"), {"a": account})
            return found.scalar() or 0

    def suspected(self, **more):
        asked = ToInspect(**({"branch": None, "at_us": microseconds(self.now)} | more))
        rows = self.reader.rows(asked)
        assert self.reader.count(asked) == len(rows)
        return {row.pan: [one.value for one in row.suspicions] for row in rows}

    def notice(self, *kinds, pan=PAN):
        with self.engine.begin() as connection:
            write_seen(connection, [MeterEvent(pan, microseconds(self.now), kind) for kind in kinds])

    def noticed(self):
        rows = self.reader.rows(ToInspect(branch=None, at_us=microseconds(self.now)))
        return {row.pan: row.noticed for row in rows if row.noticed}

    def assert_sound(self):
        reader = JournalReader(self.engine)
        assert check_books(reader) == []
        assert verify(reader.sealed(), CHAIN_SECRET, reader.standing(), {}).findings == []


@pytest.fixture
def read(fresh):
    return Read(fresh)


def taken(*outcomes):
    return ReadingsTaken(tuple(LineOutcome(*one) for one in outcomes))


# -- taking ----------------------------------------------------------------------------------------------


def test_a_reading_comes_back_as_it_was_taken(read):
    line = read.line(
        100.5, status=(StatusWord.SEAL_BROKEN, StatusWord.RELAY_OPEN), credit_wh=-1_500, credits=3
    )
    assert read.give(read.order(line)) == taken((0, LineFate.TAKEN, 1))
    (row,) = read.reader.rows(Readings(branch=None))
    assert (row.reading.shown, row.reading.told) == (line.shown, line.told)
    assert (row.reading.by, row.reading.is_first, row.reading.over_credits) == (LI, True, True)
    assert (row.customer, row.account_no, row.point) == ("Zhang Wei", "A1", "A1-1")
    read.assert_sound()


def test_what_a_meter_used_is_booked_and_what_it_shows_is_proven_to_be_in_it(read):
    bought = read.buy()
    read.day = 1
    read.read(100, credit_wh=bought.energy_wh)
    assert read.balance("E.LOADED") == bought.energy_wh
    assert read.balance("E.ISSUED") == 0
    read.day = 2
    read.read(130)
    assert (read.balance("E.USED"), read.balance("E.LOADED")) == (30_000, bought.energy_wh - 30_000)
    (newest, _) = read.reader.rows(Readings(branch=None))
    assert newest.reading.entry_id is not None
    read.assert_sound()


def test_the_same_reading_again_is_the_same_whoever_brings_it(read):
    read.read(100)
    assert read.read(100) == taken((0, LineFate.KNOWN, 1))
    refused = read.read(101)
    assert refused == NotDone(OfficeRefusal.READING_REFUSED, ReadingFault.OTHER_VALUE.value)
    assert read.reader.count(Readings(branch=None)) == 1


def test_the_lines_of_a_file_stand_or_fall_each_by_itself(read):
    order = read.order(
        read.line(100, line=2),
        read.line(50, identity(99).pan, line=3),
        read.line(70, OTHER, line=4),
        read.line(100, line=5),
        read.line(90, line=6, day=-1),
        file="f" * 64,
    )
    content = read.give(order)
    assert content == taken(
        (2, LineFate.TAKEN, 1), (3, LineFate.REFUSED, 0, "UNKNOWN_METER"), (4, LineFate.TAKEN, 2),
        (5, LineFate.KNOWN, 1), (6, LineFate.REFUSED, 0, "BEFORE_LAST"),
    )  # fmt: skip
    assert recalled(content.stored()) == content
    # The file again is the same file, whoever sends it and whenever.
    read.day = 3
    assert read.give(replace(order, by="local:wang", nonce="another")) == content
    assert read.reader.count(Readings(branch=None)) == 2


def test_a_file_of_which_nothing_stands_can_be_sent_again(read):
    order = read.order(read.line(50, identity(99).pan, line=2), file="f" * 64)
    assert isinstance(read.give(order), NotDone)
    assert read.give(replace(order, lines=(read.line(50, line=2),))) == taken((2, LineFate.TAKEN, 1))


@pytest.mark.parametrize("count", [0, READINGS_MAX + 1])
def test_no_reading_and_too_many_are_refused_as_a_whole(read, count):
    assert read.give(read.order(*[read.line(1)] * count)) == NotDone(OfficeRefusal.NO_READINGS)


def test_a_reader_who_insists_has_his_reading_kept_and_it_moves_nothing(read):
    read.buy()
    read.read(100)
    read.day = 1
    assert read.read(40) == NotDone(OfficeRefusal.READING_REFUSED, ReadingFault.BACKWARDS.value)
    assert read.read(40, reason="it was repaired") == taken((0, LineFate.DOUBTFUL, 2))
    assert read.balance("E.USED") == 0
    read.day = 2
    read.read(120)
    assert read.balance("E.USED") == 20_000
    states = [row.reading.state for row in read.reader.rows(Readings(branch=None))]
    assert states == [ReadingState.ACCEPTED, ReadingState.DOUBTFUL, ReadingState.ACCEPTED]
    read.assert_sound()


def test_readings_of_one_batch_follow_each_other(read):
    first = read.order(read.line(100))
    read.day = 1
    second = read.order(read.line(130))
    assert read.give(first, second) == [taken((0, LineFate.TAKEN, 1)), taken((0, LineFate.TAKEN, 2))]
    assert read.balance("E.USED") == 30_000


def test_a_branch_reads_its_own_meters_alone(read):
    with read.engine.begin() as connection:
        connection.execute(text("UPDATE customer SET branch = 'north' WHERE account_no = 'A1'"))
    order = replace(read.order(read.line(100, line=1), read.line(70, OTHER, line=2)), by="no")

    class Hers(RecordReadings):
        """As the office has her: of the branch north."""

        __slots__ = ()

        def giver_branch(self, books):
            return Operator("no", "Nora", branch="north").branch

    hers = Hers(order.by, order.nonce, order.lines)
    assert read.give(hers) == taken((1, LineFate.TAKEN, 1), (2, LineFate.REFUSED, 0, "UNKNOWN_METER"))
    assert read.reader.count(Readings(branch="north")) == 1
    assert read.reader.count(Readings(branch="south")) == 0
    assert read.reader.rows(KnownMeters(branch="north", pans=(PAN, OTHER)))[0].pan == PAN
    assert [row.pan for row in read.reader.rows(MetersToRead(branch="north"))] == [PAN]


@pytest.mark.parametrize(
    "change", ["UPDATE reading SET used_wh = 0", "DELETE FROM reading", "UPDATE inspection SET note = ''"]
)
def test_readings_and_inspections_are_written_once_and_for_ever(read, change):
    read.read(100)
    read.inspect()
    with pytest.raises(DBAPIError, match=r"for ever|permission denied"), read.engine.begin() as connection:
        connection.execute(text(change))


@pytest.mark.parametrize("seed", range(4))
def test_energy_is_conserved_over_random_sales_and_readings(read, seed):
    dice = random.Random(seed)
    registers = {PAN: 1_000.0, OTHER: 99_900.0}
    for _ in range(30):
        pan = dice.choice([PAN, OTHER])
        if dice.random() < 0.4:
            read.buy(dice.randrange(1_000, 20_000), pan)
            continue
        read.day += dice.randrange(1, 9)
        registers[pan] = (registers[pan] + dice.randrange(0, 90)) % 100_000
        credit = dice.choice([None, dice.randrange(0, 200_000)])
        assert isinstance(read.read(registers[pan], pan, credit_wh=credit), ReadingsTaken)
    went_out = -read.balance("E.SOLD")
    held = sum(read.balance(account) for account in ("E.ISSUED", "E.LOADED", "E.USED", "E.UNSOLD"))
    assert held == went_out
    assert read.balance("E.ISSUED") >= 0
    read.assert_sound()


# -- lists -----------------------------------------------------------------------------------------------


def test_readings_are_found_by_what_is_known_of_them(read):
    read.read(100)
    read.read(70, OTHER, status=(StatusWord.COVER_OPENED,))
    read.day = 1
    read.read(10, reason="so it is")
    at_us = microseconds(read.now)

    def found(**asked):
        question = Readings(**({"branch": None} | asked))
        rows = read.reader.rows(question)
        assert read.reader.count(question) == len(rows)
        return [row.id for row in rows]

    assert found() == [3, 2, 1]
    assert found(pan=PAN) == [3, 1]
    assert found(account_no="A2") == [2]
    assert found(state=ReadingState.DOUBTFUL) == [3]
    assert found(source=Source.CARD) == []
    assert found(has_status=True) == [2]
    assert found(has_status=False) == [3, 1]
    assert found(first_us=at_us) == [3]
    assert found(last_us=at_us - 1) == [2, 1]
    assert found(id=2) == [2]
    assert [row.id for row in read.reader.rows(Readings(branch=None, after=3, limit=1))] == [2]


def test_the_meters_to_be_read_come_in_the_order_of_the_walk(read):
    with read.engine.begin() as connection:
        for number, address in (("A1-1", "West Road 3"), ("A2-1", "East Road 7"), ("A3-1", "North Road 1")):
            named = {"a": address, "n": number, "f": "f-2" if number == "A3-1" else "f-1"}
            connection.execute(
                text("UPDATE supply_point SET area = 'east', feeder = :f, address = :a WHERE number = :n"),
                named,
            )
    walk = [(row.number, row.address) for row in read.reader.rows(MetersToRead(branch=None))]
    assert walk == [(1, "East Road 7"), (2, "West Road 3"), (3, "North Road 1")]
    assert read.reader.count(MetersToRead(branch=None, area="west")) == 0
    assert [row.pan for row in read.reader.rows(MetersToRead(branch=None, feeder="f-1"))] == [OTHER, PAN]
    read.read(100)
    unread = MetersToRead(branch=None, feeder="f-1", unread_since_us=microseconds(read.now))
    assert [row.pan for row in read.reader.rows(unread)] == [OTHER]
    assert read.reader.rows(MetersToRead(branch=None))[1].known.last.shown.total_wh == 100_000


# -- inspections -----------------------------------------------------------------------------------------


def test_a_meter_that_used_more_than_ever_went_out_is_suspected_until_it_was_seen(read):
    bought = read.buy()
    read.day = 1
    read.read(100, credit_wh=bought.energy_wh)
    assert read.suspected() == {}
    read.day = 9
    read.read(100 + bought.energy_wh // 1_000 + 60)
    assert read.suspected() == {PAN: ["over"]}
    assert isinstance(read.inspect(), Changed)
    assert read.suspected() == {}
    read.day = 12
    read.read(100 + bought.energy_wh // 1_000 + 120)
    assert read.suspected() == {PAN: ["over"]}


def test_a_meter_in_which_less_stands_than_went_out_is_suspected_only_where_it_shows_its_credit(read):
    read.read(100, credit_wh=0)
    read.buy(10_000)
    read.day = 1
    read.read(101)
    assert read.suspected() == {}
    read.day = 2
    read.read(102, credit_wh=10_000)
    assert read.suspected() == {PAN: ["missing"]}


def test_a_meter_that_uses_nothing_though_it_has_credit_is_suspected(read):
    read.buy()
    read.read(100)
    read.day = 50
    read.read(100)
    assert read.suspected() == {PAN: ["idle"]}


def test_a_status_a_doubtful_reading_and_too_many_credits_are_suspected(read):
    read.read(100, credits=1)
    read.read(100, OTHER, status=(StatusWord.SEAL_BROKEN,))
    assert read.suspected() == {PAN: ["credits"], OTHER: ["status"]}
    assert read.suspected(suspicion=Suspicion.STATUS) == {OTHER: ["status"]}
    first = ToInspect(branch=None, at_us=microseconds(read.now), limit=1)
    (row,) = read.reader.rows(first)
    assert [one.pan for one in read.reader.rows(replace(first, after=row.pan))] == [OTHER]
    read.day = 1
    read.read(40, OTHER, reason="so it is")
    assert read.suspected()[OTHER] == ["doubtful"]


def test_what_a_line_told_of_a_meter_is_suspected_for_thirty_days_the_gravest_first(read):
    read.read(100)
    read.read(100, OTHER)
    read.notice(EventKind.CLOCK_TOO_FAR, EventKind.COVER_OPENED, EventKind.COVER_OPENED)
    read.notice(EventKind.WRONG_METER, pan=OTHER)
    read.notice(EventKind.BATTERY_LOW, EventKind.CLOCK_SET, pan=identity(3).pan)
    assert read.suspected() == {PAN: ["noticed"], OTHER: ["noticed"]}
    assert read.suspected(suspicion=Suspicion.NOTICED) == read.suspected()
    assert read.noticed() == {
        PAN: (EventKind.COVER_OPENED, EventKind.CLOCK_TOO_FAR), OTHER: (EventKind.WRONG_METER,),
    }  # fmt: skip
    read.day = 30
    assert PAN in read.suspected()
    read.day = 31
    assert read.suspected() == {}


def test_an_event_is_settled_by_an_inspection_and_a_later_one_is_not(read):
    read.read(100)
    read.notice(EventKind.OVER_CREDITS)
    read.day = 1
    read.inspect(Finding.NOT_SEEN)
    assert read.suspected() == {PAN: ["noticed"]}
    read.inspect()
    assert read.suspected() == {}
    read.day = 2
    read.notice(EventKind.COUNTS_BACK)
    assert read.suspected() == {PAN: ["noticed"]}
    assert read.noticed() == {PAN: (EventKind.COUNTS_BACK,)}


def test_what_was_noticed_where_a_meter_was_before_is_not_suspected_of_it_now(read):
    read.notice(EventKind.SEAL_BROKEN)
    installed = {
        "id": 1, "at_us": microseconds(read.now) + 1, "subject": Subject.METER.value, "number": PAN,
        "version": 1, "kind": AmendmentKind.INSTALLED.value, "row_before": "{}", "row_after": "{}",
        "actor": LI, "reason": "", "link": 0,
    }  # fmt: skip
    with read.engine.begin() as connection:
        connection.execute(t.amendment.insert().values(installed))
    assert read.suspected() == {}


def test_a_meter_that_nobody_has_read_for_long_is_asked_for_by_itself(read):
    read.read(100)
    assert PAN not in read.suspected(suspicion=Suspicion.UNREAD)
    assert OTHER in read.suspected(suspicion=Suspicion.UNREAD)
    read.day = 70
    assert read.suspected() == {}
    assert read.suspected(suspicion=Suspicion.UNREAD)[PAN] == ["unread"]
    read.inspect()
    assert PAN not in read.suspected(suspicion=Suspicion.UNREAD)


def test_an_inspector_who_was_not_let_in_settles_nothing(read):
    read.read(100, status=(StatusWord.SEAL_BROKEN,))
    read.inspect(Finding.NOT_SEEN)
    assert read.suspected() == {PAN: ["status"]}


def test_an_inspection_is_of_what_was_looked_at(read):
    read.read(100)
    assert read.inspect(reading_id=0) == NotDone(OfficeRefusal.TWICE_AT_ONCE)
    assert read.inspect(note=" ") == NotDone(OfficeRefusal.NO_REASON)
    assert isinstance(read.inspect(), Changed)
    (row,) = read.reader.rows(Inspections(branch=None, pan=PAN))
    assert (row.inspection.finding, row.inspection.note, row.inspection.by) == (
        Finding.IN_ORDER, "as it should be", LI,
    )  # fmt: skip
    assert read.reader.count(Inspections(branch="south")) == 0


def test_a_register_that_was_set_anew_is_read_from_there_on(read):
    read.buy()
    read.read(1_000)
    read.day = 1
    read.read(1_030)
    read.inspect(Finding.BEGINS_ANEW)
    read.day = 2
    read.read(5)
    read.day = 3
    read.read(25)
    assert read.balance("E.USED") == 50_000
    read.assert_sound()
