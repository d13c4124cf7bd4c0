"""The desk over the lines: calls begin when they are due, and each job's end is told once."""

import logging
from zoneinfo import ZoneInfo

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from gateway.assembly.line_desk import BREAK_S_MAX, LOOK_S_MAX, STOP_S_MAX, LineDesk
from gateway.core.contact import ContactWhy
from gateway.core.line_work.call import Call, CallEnded, Dropped, Settled
from gateway.core.line_work.job import Job
from gateway.core.line_work.policy import Policy
from gateway.core.line_work.work_kind import WorkKind
from gateway.metering.pool import LinePool

NOW_S = 1_795_700_000
POLICY = Policy(ZoneInfo("Europe/Berlin"))


class Crew:
    """Says of each call when the test wants it."""

    def __init__(self):
        self.calls, self.looks = [], []

    def call(self, call):
        self.calls.append((call, Deferred()))
        return self.calls[-1][1]

    def look_at(self, line):
        self.looks.append((line, Deferred()))
        return self.looks[-1][1]

    def end(self, why=None, seconds=40, place=-1):
        call, ended = self.calls[place]
        read = frozenset() if why else frozenset(meter for job in call.jobs for meter in job.meters)
        ended.callback(CallEnded(why, seconds, read))


class Office:
    """A desk with two lines, and what it was told."""

    def __init__(self, lines=2, crew=None):
        self.clock, self.crew = Clock(), crew or Crew()
        pool = LinePool(range(lines), frozenset(), POLICY)
        self.desk = LineDesk(pool, self.crew, self.clock, self.now_s)
        self.settled: list[Settled] = []
        self.dropped: list[Dropped] = []
        self.called: list[Call] = []
        self.desk.settled, self.desk.dropped = self.settled.append, self.dropped.append
        self.desk.called = self.called.append
        self.set_back_s = 0

    def now_s(self):
        return NOW_S + int(self.clock.seconds()) - self.set_back_s

    def ask(self, job_id, number="n1", meters=(1,), kind=WorkKind.SCHEDULE, due_s=0, until_s=3600):
        self.desk.ask(Job(job_id, kind, number, tuple(meters), NOW_S + due_s, NOW_S + until_s))


def test_a_job_is_called_for_and_its_end_is_told():
    office = Office()
    office.ask(1, meters=(1,))
    assert [call.jobs[0].id for call in office.called] == [1]
    office.crew.end()
    (end,) = office.settled
    assert (end.job.id, dict(end.unread), end.again) == (1, {}, None)
    assert office.clock.getDelayedCalls() == []


def test_what_is_due_later_is_called_then():
    office = Office()
    office.ask(1, due_s=100)
    office.clock.pump([1] * 99)
    assert office.crew.calls == []
    office.clock.pump([1] * 2)
    assert len(office.crew.calls) == 1


def test_a_wall_clock_that_is_set_back_delays_a_look_by_a_minute_at_the_most():
    office = Office()
    office.ask(1, due_s=100)
    office.clock.advance(30)
    office.set_back_s = -500
    office.clock.pump([1] * LOOK_S_MAX)
    assert len(office.crew.calls) == 1


def test_a_call_that_failed_is_made_again_after_its_wait():
    office = Office()
    office.ask(1)
    office.crew.end(ContactWhy.LOST)
    (end,) = office.settled
    assert (dict(end.unread), end.again.tries) == ({1: ContactWhy.LOST}, 1)
    office.clock.pump([1] * 31)
    assert len(office.crew.calls) == 2
    office.crew.end()
    assert dict(office.settled[-1].unread) == {}


def test_lines_are_used_side_by_side_and_a_number_once():
    office = Office()
    for job_id, number in ((1, "n1"), (2, "n2"), (3, "n3"), (4, "n1")):
        office.ask(job_id, number, (job_id,))
    assert [call.number for call, _ in office.crew.calls] == ["n1", "n2"]
    office.crew.end(place=1)
    assert [call.number for call, _ in office.crew.calls] == ["n1", "n2", "n3"]


def test_a_line_without_a_dial_tone_is_looked_at_and_comes_back():
    office = Office(lines=1)
    office.ask(1)
    office.crew.end(ContactWhy.NO_DIALTONE)
    assert len(office.crew.calls) == 1
    for is_good in (False, True):
        office.clock.pump([10] * 31)
        line, looked = office.crew.looks[-1]
        assert line == 0
        looked.callback(is_good)
    assert len(office.crew.calls) == 2


def test_what_is_not_called_in_its_time_is_dropped():
    office = Office(lines=1)
    office.ask(1, "n1", (1,))
    office.ask(2, "n2", (2,), until_s=120)
    office.clock.pump([10] * 13)
    assert [dropped.job.id for dropped in office.dropped] == [2]


def test_a_fault_of_ours_is_logged_and_counts_as_the_lines(caplog):
    office = Office()
    office.ask(1)
    with caplog.at_level(logging.ERROR):
        office.crew.calls[0][1].errback(RuntimeError("a bug"))
    assert "lines.failed" in caplog.text
    assert dict(office.settled[0].unread) == {1: ContactWhy.LINE}
    office.clock.pump([10] * 7)
    assert len(office.crew.calls) == 2


def test_a_stop_waits_for_the_calls_that_run_and_begins_none():
    office = Office()
    office.ask(1)
    office.ask(2, "n2", (2,), due_s=50)
    ended: list[object] = []
    office.desk.stop().addCallback(ended.append)
    office.clock.advance(STOP_S_MAX - 1)
    assert (len(office.crew.calls), ended) == (1, [])
    office.crew.end()
    assert (ended, len(office.settled), office.clock.getDelayedCalls()) == ([None], 1, [])


def test_a_job_that_cannot_be_is_refused():
    office = Office()
    office.ask(1)
    with pytest.raises(ValueError, match="in the pool already"):
        office.ask(1)


def test_a_stop_breaks_off_calls_that_take_long():
    office = Office()
    office.ask(1)
    office.ask(2, "n2", (2,))
    ended: list[object] = []
    office.desk.stop().addCallback(ended.append)
    office.clock.advance(STOP_S_MAX)
    assert ended == [None]
    assert [dict(end.unread) for end in office.settled] == [{1: ContactWhy.LOST}, {2: ContactWhy.LOST}]
    assert (len(office.crew.calls), office.clock.getDelayedCalls()) == (2, [])


def test_a_stop_does_not_wait_for_ever_for_a_line_that_does_not_hang_up(caplog):
    class Stubborn(Crew):
        async def call(self, call):
            try:
                return await super().call(call)
            finally:
                await Deferred(lambda _: None)

    office = Office(crew=Stubborn())
    office.ask(1)
    ended: list[object] = []
    office.desk.stop().addCallback(ended.append)
    office.clock.advance(STOP_S_MAX)
    assert ended == []
    office.clock.advance(BREAK_S_MAX)
    assert ended == [None]
    assert "lines.not_hung_up" in caplog.messages


def test_thousands_of_calls_that_end_as_they_begin_are_made_one_after_the_other():
    class Nobody(Crew):
        async def call(self, call):
            return CallEnded(ContactWhy.REFUSED, 0)

    office = Office(crew=Nobody())
    for job_id in range(3000):
        office.ask(job_id, f"n{job_id}", (job_id,), due_s=10)
    office.clock.pump([1] * 20)
    assert len(office.settled) == 3000


@pytest.mark.parametrize("told", ["called", "dropped", "settled", "ended"])
def test_who_stumbles_over_what_he_is_told_does_not_stop_the_desk(caplog, told):
    def stumbles(*_what):
        raise KeyError("a fault of ours")

    office = Office(lines=1)
    setattr(office.desk, told, stumbles)
    office.ask(1, "n1", (1,))
    office.ask(2, "n2", (2,), until_s=20)
    office.clock.advance(30)
    office.crew.end()
    office.ask(3, "n3", (3,))
    assert [call.number for call, _ in office.crew.calls] == ["n1", "n3"]
    office.crew.end()
    assert "lines.telling_failed" in caplog.messages
