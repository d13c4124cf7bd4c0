"""What visits bring is kept: readings in the ledger, each once, and the rest in the book of lines."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from twisted.internet.defer import Deferred, fail, succeed

from adapters.db import tables as t
from adapters.db.line_book import LineBook as RowsOfLines
from adapters.db.poster import QueuedPoster, run_here
from adapters.db.views import ViewReader
from gateway.assembly.line_keeping import GATHER_S, LineKeeping
from gateway.assembly.reading_keeper import BY_LINE, POST_AGAIN_S, POSTS_MAX, ReadingsOfLines
from gateway.core.contact import ContactFault, ContactWhy
from gateway.core.meter_event import EventKind, MeterEvent
from gateway.core.meter_seen import FrozenReading, MeterContact, MeterSeen, ProfileRowKept, VisitBrought
from gateway.core.reading import ReadingState, Source, StatusWord
from gateway.core.timeline import microseconds
from gateway.core.views_readings import Readings
from gateway.metering.read_meter import read_meter
from gateway.metering.visit import MeterVisit, VisitSlot
from gateway.ports import LedgerBusy, OutcomeUnknown
from tests.builders import NOON, identity, posting_batch
from tests.meter_lines import Clock, finished
from tests.virtual_meters import EAST
from tests.visits import Met, frozen, profile, registers

PAN = identity(1).pan
DAY = timedelta(days=1)


class Book:
    """A book of lines that only remembers, in order."""

    def __init__(self):
        self.noted = []
        self.has_room = True

    def contact(self, contact):
        self.noted.append(contact)

    def _several(self, notes):
        self.noted += notes

    events = frozen = profile = _several


class Ledger:
    """Posts on real books, and first raises what it is told to raise; ``loses``: after it has posted."""

    def __init__(self, engine, now):
        self.engine = engine
        self._poster = QueuedPoster(posting_batch(engine, now), run_here)
        self.faults = []
        self.loses = False
        self.heard = []

    def post(self, command):
        self.heard.append(command)
        if not self.faults:
            return self._poster.post(command)
        fault = self.faults.pop(0)
        if not self.loses:
            return fail(fault)
        done = Deferred.fromCoroutine(_of(self._poster.post(command)))
        return done.addCallback(lambda _: fail(fault))


async def _of(awaited):
    return await awaited


class Kept:
    """A keeper over real books of three meters; ``day`` is how many days have passed."""

    def __init__(self, fresh):
        engine = fresh.database(count=3)
        self.reader = ViewReader(engine)
        self.day = 0
        self.clock = Clock()
        self.book = Book()
        self.ledger = Ledger(engine, lambda: NOON + self.day * DAY)
        self.keeper = ReadingsOfLines(self.ledger, self.book, self.clock)

    @property
    def now_us(self):
        return microseconds(NOON + self.day * DAY)

    def seen(self, wh, **more):
        return MeterSeen(PAN, self.now_us, (("total", wh), ("rate_1", wh)), **more)

    def keep(self, seen=None, **more):
        brought = VisitBrought(MeterContact(PAN, self.now_us), seen, **more)
        return finished(self.clock, self.keeper.keep(brought))

    def readings(self):
        return sorted(
            (row.reading for row in self.reader.rows(Readings(branch=None))), key=lambda one: one.id
        )

    @property
    def events(self):
        return [one for one in self.book.noted if isinstance(one, MeterEvent)]


@pytest.fixture
def kept(fresh):
    return Kept(fresh)


def test_what_a_meter_showed_is_a_reading_that_came_over_a_line(kept):
    kept.keep(kept.seen(1000, status=(StatusWord.BATTERY_LOW,), credit_wh=500, credits=2))
    (row,) = kept.readings()
    assert (row.shown.pan, row.shown.taken_us, row.shown.total_wh) == (PAN, kept.now_us, 1000)
    assert (row.told.source, row.by, row.state) == (Source.REMOTE, BY_LINE, ReadingState.ACCEPTED)
    shown = row.shown
    assert (shown.registers, shown.credit_wh, shown.credits) == ((("total", 1000), ("rate_1", 1000)), 500, 2)
    assert shown.status == (StatusWord.BATTERY_LOW,)


def test_all_else_is_noted_in_the_book_of_lines(kept):
    event = MeterEvent(PAN, 1, EventKind.BATTERY_LOW)
    month, row = FrozenReading(PAN, 1, (("total", 5),), 2), ProfileRowKept(PAN, 1, ())
    kept.keep(None, events=(event,), frozen=(month,), profile=(row,))
    assert kept.book.noted == [MeterContact(PAN, kept.now_us), month, row, event]
    assert kept.ledger.heard == []


def test_a_visit_that_is_kept_again_is_one_reading(kept):
    for _ in range(2):
        kept.keep(kept.seen(1000))
    assert len(kept.readings()) == 1


def test_registers_without_the_total_are_no_reading(kept):
    kept.keep(MeterSeen(PAN, kept.now_us, (("rate_1", 5),)))
    assert (kept.ledger.heard, len(kept.book.noted)) == ([], 1)


@pytest.mark.parametrize(
    ("wh", "kind", "told"),
    [
        (4000, EventKind.COUNTS_BACK, "it shows less than before: 4000 Wh"),
        (
            9_000_000_000,
            EventKind.TOO_MUCH,
            "it would have counted more than it can in this time: 9000000000 Wh",
        ),
    ],
)
def test_a_reading_that_does_not_fit_is_kept_as_doubtful_and_is_an_event(kept, wh, kind, told):
    kept.keep(kept.seen(5000))
    kept.day = 1
    kept.keep(kept.seen(wh))
    assert [row.state for row in kept.readings()] == [ReadingState.ACCEPTED, ReadingState.DOUBTFUL]
    assert kept.events == [MeterEvent(PAN, kept.now_us, kind, told)]
    kept.keep(kept.seen(wh))
    assert len(kept.readings()) == 2, "kept again it is the same"


def test_a_meter_that_no_customer_has_has_no_reading_and_nothing_fails(kept):
    month = FrozenReading("600727999999999999", 1, (("total", 5),), 2)
    kept.keep(replace(kept.seen(5), pan="600727999999999999"), frozen=(month,))
    assert (kept.readings(), kept.book.noted[1]) == ([], month)


def test_a_reading_that_is_older_than_the_last_one_is_let_be(kept, caplog):
    kept.keep(kept.seen(5000))
    kept.keep(replace(kept.seen(4000), at_us=kept.now_us - 1))
    assert (len(kept.readings()), kept.events) == (1, [])
    (record,) = caplog.records
    assert vars(record)["fields"] == {"why": "BEFORE_LAST"}, "and no meter's number"


@pytest.mark.parametrize("loses", [False, True])
@pytest.mark.parametrize("fault", [LedgerBusy("busy"), OutcomeUnknown("unknown")])
def test_a_busy_ledger_is_asked_again_and_has_the_reading_once(kept, fault, loses):
    kept.ledger.faults, kept.ledger.loses = [fault] * (POSTS_MAX - 1), loses
    kept.keep(kept.seen(1000))
    assert (len(kept.readings()), len(kept.ledger.heard)) == (1, POSTS_MAX)
    assert kept.clock.seconds() == (POSTS_MAX - 1) * POST_AGAIN_S


def test_a_ledger_that_stays_busy_leaves_the_reading_to_be_made_again(kept):
    kept.ledger.faults = [LedgerBusy("busy")] * POSTS_MAX
    with pytest.raises(ContactFault, match="did not take it in time") as raised:
        kept.keep(kept.seen(1000))
    assert (raised.value.why, kept.readings()) == (ContactWhy.LOST, [])


def test_a_book_of_lines_that_is_full_takes_nothing_and_says_so(kept):
    kept.book.has_room = False
    with pytest.raises(ContactFault, match="cannot be kept"):
        kept.keep(kept.seen(1000))
    assert (kept.book.noted, kept.ledger.heard) == ([], [])


def test_a_visit_to_a_virtual_meter_ends_as_a_reading(kept):
    met = Met("dlms-tcp", hours=2)
    visit = MeterVisit(PAN, met.model, EAST, (VisitSlot(*registers()),))

    async def visited():
        return await read_meter(visit, talk=met.talk(), keeper=kept.keeper, now=lambda: NOON)

    ended = finished(met.clock, visited())
    (row,) = kept.readings()
    assert (ended.why, row.shown.pan, row.shown.total_wh) == (None, PAN, 2000)


def test_the_book_of_lines_of_the_gateway_has_all_else(kept):
    book = RowsOfLines(kept.ledger.engine)
    keeping = LineKeeping(book, lambda function, *told: succeed(function(*told)), kept.clock)
    kept.keeper = ReadingsOfLines(kept.ledger, keeping, kept.clock)
    met = Met("dlms-tcp", days=9)
    visit = MeterVisit(
        PAN, met.model, EAST, (VisitSlot(*frozen(2026, 12, 1)), VisitSlot(*profile(2026, 12, 1)))
    )

    async def visited():
        return await read_meter(visit, talk=met.talk(), keeper=kept.keeper, now=met.now)

    assert finished(met.clock, visited()).why is None
    kept.clock.advance(GATHER_S)
    with kept.ledger.engine.connect() as connection:
        contact = connection.execute(select(t.meter_contact)).one()
        month = connection.execute(select(t.frozen_reading)).one()
        rows = connection.execute(select(t.profile_row).order_by(t.profile_row.c.at_s)).all()
    assert (contact.pan, contact.why, contact.off_s) == (PAN, "", 0)
    assert dict(json.loads(month.registers))["total"] == 184_000
    assert (len(rows), json.loads(rows[-1].figures)[-1]) == (96, ["energy", 184_000, 0, "Wh"])
    book.close()
