"""Notes of lines gather, are written in their order, and wait while the database does not serve."""

import pytest
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock

from adapters.db.opening import DatabaseFault
from gateway.assembly import line_keeping
from gateway.assembly.line_keeping import AGAIN_S, GATHER_S, LineKeeping
from gateway.core.line_work.round_kept import Kept, RoundBegun, SlotNote
from gateway.core.line_work.slot import Slot, SlotChange, SlotState
from gateway.core.meter_event import EventKind, MeterEvent
from gateway.core.meter_seen import MeterContact

PAN = "600727000000000009"


class Book:
    """A book that says what it was given; ``fault`` is what it says instead, ``slow`` holds its answers."""

    def __init__(self):
        self.said: list = []
        self.fault: Exception | None = None
        self.portions = 0
        self.slow: list | None = None

    def run(self, function, *told):
        """Run a call, as the thread would."""
        if self.fault is not None and function == self.write:
            return fail(self.fault)
        answer = function(*told)
        if self.slow is None:
            return succeed(answer)
        self.slow.append(Deferred().addCallback(lambda _: answer))
        return self.slow[-1]

    def write(self, notes):
        self.said.append(list(notes))

    def kept(self):
        return Kept()

    def forget(self, now_s):
        self.portions += 1
        return self.portions < 3

    def close(self):
        self.said.append("closed")


@pytest.fixture
def house():
    book, clock = Book(), Clock()
    return book, clock, LineKeeping(book, book.run, clock)


def contact(at_us):
    return MeterContact(PAN, at_us)


def test_notes_gather_for_a_moment_and_are_one_batch(house):
    book, clock, keeping = house
    keeping.slots([SlotChange(Slot("s", 1, 5), SlotState.WAITING)], 9)
    keeping.rounds([RoundBegun("s", 5, 6, 7, 1)])
    keeping.contact(contact(1))
    clock.advance(GATHER_S / 2)
    assert book.said == []
    clock.advance(GATHER_S / 2)
    assert book.said == [
        [SlotNote(SlotChange(Slot("s", 1, 5), SlotState.WAITING), 9), RoundBegun("s", 5, 6, 7, 1), contact(1)]
    ]
    assert keeping.waiting == 0
    clock.advance(100)
    assert len(book.said) == 1


def test_a_batch_is_no_larger_than_the_book_takes_and_one_is_under_way(house, monkeypatch):
    monkeypatch.setattr(line_keeping, "BATCH_MAX", 2)
    book, clock, keeping = house
    book.slow = []
    for at_us in range(3):
        keeping.contact(contact(at_us))
    clock.advance(GATHER_S)
    keeping.contact(contact(3))
    clock.advance(10)
    assert [len(batch) for batch in book.said] == [2]
    book.slow[0].callback(None)
    assert [[one.at_us for one in batch] for batch in book.said] == [[0, 1], [2, 3]]
    book.slow[1].callback(None)
    assert keeping.waiting == 0


def test_what_the_database_refuses_is_written_again_before_all_else(house, caplog):
    book, clock, keeping = house
    book.fault = DatabaseFault("it is down")
    keeping.contact(contact(1))
    clock.advance(GATHER_S)
    keeping.contact(contact(2))
    book.fault = None
    clock.advance(AGAIN_S - 0.1)
    assert book.said == []
    clock.advance(0.1)
    assert [[one.at_us for one in batch] for batch in book.said] == [[1, 2]]
    assert [record.getMessage() for record in caplog.records] == ["lines.not_kept"]


def test_a_fault_of_ours_is_logged_and_nothing_is_forgotten(house, caplog):
    book, clock, keeping = house
    book.fault = RuntimeError("a bug")
    keeping.contact(contact(1))
    clock.advance(GATHER_S)
    assert [record.getMessage() for record in caplog.records] == ["lines.keeping_failed"]
    assert keeping.waiting == 1
    book.fault = None
    clock.advance(AGAIN_S)
    assert keeping.waiting == 0


def test_where_too_much_waits_calls_shall_stop_and_only_slots_are_taken(house, monkeypatch, caplog):
    monkeypatch.setattr(line_keeping, "NOTES_MAX", 2)
    book, clock, keeping = house
    book.fault = DatabaseFault("it is down")
    keeping.contact(contact(1))
    assert keeping.has_room
    keeping.contact(contact(2))
    assert not keeping.has_room
    keeping.events([MeterEvent(PAN, 3, EventKind.CLOCK_SET), MeterEvent(PAN, 4, EventKind.CLOCK_SET)])
    keeping.slots([SlotChange(Slot("s", 1, 5), SlotState.READ)], 9)
    assert keeping.waiting == 3
    book.fault = None
    clock.advance(GATHER_S)
    assert keeping.has_room
    assert [record.getMessage() for record in caplog.records] == ["lines.left_out", "lines.kept_again"]
    assert caplog.records[1].fields == {"left_out": 2}


def test_a_stop_writes_what_waits_and_gives_the_connection_back(house):
    book, clock, keeping = house
    keeping.contact(contact(1))
    done = Deferred.fromCoroutine(keeping.stop())
    assert done.called
    assert book.said == [[contact(1)], "closed"]
    assert clock.getDelayedCalls() == []


def test_a_stop_waits_for_the_batch_under_way(house):
    book, clock, keeping = house
    book.slow = []
    keeping.contact(contact(1))
    clock.advance(GATHER_S)
    done = Deferred.fromCoroutine(keeping.stop())
    assert book.said == [[contact(1)]]
    book.slow.pop(0).callback(None)
    book.slow.pop(0).callback(None)
    assert done.called
    assert book.said[-1] == "closed"


def test_a_stop_says_what_could_not_be_written(house, caplog):
    book, _, keeping = house
    book.fault = DatabaseFault("it is down")
    keeping.contact(contact(1))
    assert Deferred.fromCoroutine(keeping.stop()).called
    assert [record.getMessage() for record in caplog.records] == ["lines.not_kept", "lines.not_written"]


def test_old_rows_go_portion_by_portion_until_there_are_none(house):
    book, _, keeping = house
    assert Deferred.fromCoroutine(keeping.forget(1)).called
    assert book.portions == 3


def test_a_turn_takes_out_so_many_portions_and_the_next_one_goes_on(house, monkeypatch):
    monkeypatch.setattr(line_keeping, "PORTIONS_MAX", 2)
    book, _, keeping = house
    assert Deferred.fromCoroutine(keeping.forget(1)).called
    assert book.portions == 2


def test_what_was_kept_is_read_on_the_same_thread(house):
    _, _, keeping = house
    told: list = []
    keeping.kept().addCallback(told.append)
    assert told == [Kept()]
