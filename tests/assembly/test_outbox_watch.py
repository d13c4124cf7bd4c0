"""The loop that delivers notices: whatever becomes of one, the others go on, and none is lost."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from adapters.db.opening import DatabaseFault
from adapters.db.outbox import PAGE_MAX
from adapters.db.poster import run_here
from gateway.assembly import outbox_watch as limits
from gateway.assembly.outbox_sweep import SWEEP_EVERY_S, OutboxSweep
from gateway.assembly.outbox_watch import OutboxWatch
from gateway.core.delivery import (
    ATTEMPTS_MAX,
    NEVER_US,
    RETRY_FIRST_S,
    Attempt,
    Backlog,
    Fate,
    LeasedNotice,
)
from gateway.core.timeline import microseconds
from gateway.endpoints.health import Standing
from gateway.ports import LedgerBusy
from tests.builders import NOON

DONE, LATER, NEVER = (Attempt(fate, "said so") for fate in Fate)
SECOND_US = 1_000_000


class Rows:
    """The outbox in memory: due moments and attempts by id; ``broken`` names the calls that fail."""

    def __init__(self, count: int = 0, attempts: int = 0):
        self.due = dict.fromkeys(range(1, count + 1), 0)
        self.attempts = dict.fromkeys(self.due, attempts)
        self.leases: list[int] = []
        self.broken: set[str] = set()

    def add(self, id_: int) -> None:
        self.due[id_], self.attempts[id_] = 0, 0

    def _works(self, call: str) -> None:
        if call in self.broken:
            raise DatabaseFault("it does not serve; cure: wait")

    def lease(self, now_us: int, until_us: int, most: int) -> list[LeasedNotice]:
        self._works("lease")
        taken = sorted(id_ for id_, due_us in self.due.items() if due_us <= now_us)[:most]
        self.leases.append(len(taken))
        for id_ in taken:
            self.due[id_] = until_us
            self.attempts[id_] += 1
        at_us = microseconds(NOON)
        return [LeasedNotice(id_, "token_issued", id_, "", at_us, self.attempts[id_]) for id_ in taken]

    def done(self, notices) -> None:
        self._works("done")
        for notice in notices:
            del self.due[notice.id]

    def failed(self, ends) -> None:
        self._works("failed")
        for notice, due_us in ends:
            self.due[notice.id] = due_us

    def discard(self, most: int) -> int:
        self._works("discard")
        gone = list(self.due)[:most]
        for id_ in gone:
            del self.due[id_]
        return len(gone)

    def backlog(self) -> Backlog:
        waiting = sum(due_us < NEVER_US for due_us in self.due.values())
        return Backlog(waiting, microseconds(NOON) if waiting else None, len(self.due) - waiting)


class Tally:
    """Keeps what was counted."""

    def __init__(self):
        self.counts: dict[str, int] = {}
        self.levels: dict[str, float] = {}

    def count(self, name: str, amount: int = 1, **labels: str) -> None:
        self.counts[labels["outcome"]] = self.counts.get(labels["outcome"], 0) + amount

    def took(self, name: str, seconds: float, **labels: str) -> None:
        """A time is not looked at here."""

    def level(self, name: str, value: float, **labels: str) -> None:
        self.levels[name] = value


class Watched:
    """A watch over rows in memory, with a receiver that answers as it is told; its clock is everybody's."""

    timeout_s = 10.0

    def __init__(self, rows: Rows):
        self.clock = Clock()
        self.rows = rows
        self.heard: list[int] = []
        self.told: list[int] = []
        self.answers: dict[int, object] = {}
        self.usual: object = DONE
        self.tells: object = None
        self.tally = Tally()
        self.watch = OutboxWatch(rows, run_here, self, self.clock, self.now, self.tally)

    def now(self):
        return NOON + timedelta(seconds=self.clock.seconds())

    async def deliver(self, notice: LeasedNotice):
        self.heard.append(notice.id)
        answer = self.answers.get(notice.id, self.usual)
        if isinstance(answer, Exception):
            raise answer
        return await answer if isinstance(answer, Deferred) else answer

    async def give_up(self, notice: LeasedNotice, why: str):
        if isinstance(self.tells, Exception):
            raise self.tells
        self.told.append(notice.id)

    def start(self) -> None:
        self.watch.start()

    def passes(self, seconds: float, step: float = limits.GATHER_S) -> None:
        self.clock.pump([step] * round(seconds / step))

    def due_in_s(self, id_: int) -> float:
        """Seconds from the start to the moment at which it is due."""
        return (self.rows.due[id_] - microseconds(NOON)) / SECOND_US


@pytest.fixture
def watched():
    """A watch with so many rows, begun."""

    def watched(count: int, attempts: int = 0, **answers):
        made = Watched(Rows(count, attempts))
        for name, value in answers.items():
            setattr(made, name, value)
        made.start()
        return made

    return watched


# -- the usual way ---------------------------------------------------------------------------------------


def test_what_lies_there_is_delivered_once_and_taken_out(watched):
    one = watched(3)
    one.passes(1)
    assert (one.heard, one.rows.due) == ([1, 2, 3], {})
    assert one.tally.counts == {"delivered": 3}


def test_a_ring_is_heard_at_once_and_without_one_it_looks_at_intervals(watched):
    one = watched(0)
    one.passes(1)
    one.rows.add(1)
    one.passes(1)
    assert one.heard == []
    one.watch.ring()
    one.passes(0.1)
    assert one.heard == [1]
    one.rows.add(2)
    one.passes(limits.POLL_S + 1)
    assert one.heard == [1, 2]


def test_many_are_delivered_in_few_leases(watched):
    one = watched(10 * limits.IN_FLIGHT_MAX)
    one.passes(2)
    assert one.rows.due == {}
    assert [size for size in one.rows.leases if size] == [limits.IN_FLIGHT_MAX] * 10


def test_no_more_are_under_way_than_may_be(watched):
    one = watched(100, usual=Deferred())
    one.passes(20)
    assert len(one.heard) == limits.IN_FLIGHT_MAX


def test_one_that_hangs_holds_up_no_other(watched):
    one = watched(200, answers={5: Deferred()})
    one.passes(3)
    assert sorted(one.heard) == list(range(1, 201))
    assert list(one.rows.due) == [5]


def test_a_notice_whose_lease_runs_out_under_our_hands_is_not_delivered_by_us_twice_at_once(watched):
    one = watched(1, answers={1: Deferred()})
    one.passes(2 * (one.timeout_s + limits.LEASE_MARGIN_S), 1)
    assert one.rows.attempts[1] > 1
    assert one.heard == [1]


# -- when it does not work -------------------------------------------------------------------------------


def test_what_failed_is_tried_again_when_it_is_due(watched):
    one = watched(1, usual=LATER)
    one.passes(1)
    assert one.due_in_s(1) == RETRY_FIRST_S
    one.usual = DONE
    one.passes(RETRY_FIRST_S - 2)
    assert one.heard == [1]
    one.passes(limits.POLL_S + 2)
    assert one.heard == [1, 1]
    assert one.rows.due == {}


def test_what_is_refused_for_good_is_told_to_a_person_and_due_no_more(watched):
    one = watched(2, answers={1: NEVER})
    one.passes(1)
    assert (one.told, one.rows.due) == ([1], {1: NEVER_US})
    assert one.tally.counts == {"given_up": 1, "delivered": 1}


def test_the_last_attempt_in_vain_is_told_to_a_person(watched):
    one = watched(1, attempts=ATTEMPTS_MAX - 1, usual=LATER)
    one.passes(1)
    assert (one.told, one.rows.due) == ([1], {1: NEVER_US})


def test_what_no_person_could_be_told_is_not_given_up(watched):
    one = watched(1, usual=NEVER, tells=LedgerBusy("full"))
    one.passes(1)
    assert one.due_in_s(1) == RETRY_FIRST_S
    one.tells = None
    one.passes(RETRY_FIRST_S + limits.POLL_S)
    assert (one.told, one.rows.due) == ([1], {1: NEVER_US})


def test_a_fault_of_ours_is_logged_and_leaves_the_others_alone(watched, caplog):
    one = watched(2, answers={1: ZeroDivisionError()})
    one.passes(1)
    assert one.due_in_s(1) == RETRY_FIRST_S
    assert list(one.rows.due) == [1]
    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("ERROR", "notice.delivery_failed")
    ]


# -- a receiver that is down -----------------------------------------------------------------------------


def test_a_receiver_that_is_down_is_asked_with_one_notice_at_a_time(watched):
    one = watched(1_000, usual=LATER)
    one.passes(limits.PROBE_S)
    first = len(one.heard)
    assert limits.SETBACKS_MAX <= first <= limits.IN_FLIGHT_MAX + 1
    for _ in range(20):
        one.watch.ring()
        one.passes(limits.PROBE_S)
    assert len(one.heard) - first <= 20


def test_when_it_is_back_everything_goes_out_at_full_speed(watched):
    one = watched(500, usual=LATER)
    one.passes(60)
    one.usual = DONE
    heard = len(one.heard)
    one.passes(limits.PROBE_S + limits.POLL_S)
    # What was tried in vain before keeps its own time.
    assert len(one.rows.due) <= heard
    one.passes(300, 1)
    assert one.rows.due == {}


def test_a_refusal_is_no_sign_that_it_is_down(watched):
    one = watched(3 * limits.IN_FLIGHT_MAX, usual=NEVER)
    one.passes(2)
    assert len(one.told) == 3 * limits.IN_FLIGHT_MAX


# -- a database that does not serve ----------------------------------------------------------------------


def test_a_database_that_does_not_serve_is_asked_again(caplog):
    one = Watched(Rows(1))
    one.rows.broken = {"lease"}
    one.start()
    one.passes(limits.TROUBLE_S - 1)
    one.rows.broken = set()
    one.passes(1)
    assert one.heard == []
    one.passes(limits.TROUBLE_S + limits.POLL_S)
    assert one.heard == [1]
    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("WARNING", "outbox.unreachable")
    ]


@pytest.mark.parametrize("call", ["done", "failed"])
def test_what_the_database_does_not_take_is_said_to_it_again_and_not_delivered_again(watched, call):
    one = watched(4, answers={1: LATER})
    one.rows.broken = {call}
    one.passes(1)
    one.rows.broken = set()
    one.passes(limits.TROUBLE_S + limits.POLL_S)
    assert sorted(one.heard) == [1, 2, 3, 4]
    assert list(one.rows.due) == [1]
    assert one.due_in_s(1) == RETRY_FIRST_S


def test_a_turn_that_fails_by_a_fault_of_ours_is_logged_and_the_next_comes(caplog, monkeypatch):
    one = Watched(Rows(1))
    whole = one.rows.backlog
    monkeypatch.setattr(one.rows, "backlog", lambda: 1 / 0)
    one.start()
    monkeypatch.setattr(one.rows, "backlog", whole)
    one.passes(limits.TROUBLE_S + limits.POLL_S)
    assert one.heard == [1]
    assert [record.message for record in caplog.records] == ["outbox.turn_failed"]


# -- the end ---------------------------------------------------------------------------------------------


def stopping(one: Watched) -> Deferred:
    return Deferred.fromCoroutine(one.watch.stop())


def test_a_stop_waits_for_what_is_under_way_and_settles_it(watched):
    answer: Deferred = Deferred()
    one = watched(2, answers={1: answer})
    one.passes(0.5)
    stopped = stopping(one)
    one.rows.add(3)
    one.passes(1)
    assert not stopped.called
    answer.callback(DONE)
    assert stopped.called
    assert (one.heard, list(one.rows.due)) == ([1, 2], [3])


def test_a_stop_does_not_wait_for_ever_and_leaves_the_rest_to_the_next_start(watched):
    one = watched(2, usual=Deferred())
    one.answers = {2: Deferred()}
    one.passes(0.5)
    stopped = stopping(one)
    one.passes(limits.DRAIN_S_MAX + 1)
    assert stopped.called
    assert sorted(one.rows.due) == [1, 2]
    assert one.clock.getDelayedCalls() == []


def test_a_stop_survives_a_database_that_is_gone(watched, caplog):
    one = watched(1)
    one.rows.broken = {"lease", "done"}
    stopped = stopping(one)
    one.passes(1)
    assert stopped.called
    assert {record.message for record in caplog.records} == {"outbox.unreachable"}


def test_a_watch_that_never_began_can_be_stopped():
    assert stopping(Watched(Rows(1))).called


# -- what the watcher is told ----------------------------------------------------------------------------


def test_an_outbox_that_empties_is_well(watched):
    one = watched(2)
    (check,) = one.watch.checks()
    assert (check.name, check.standing, check.says) == ("outbox", Standing.OK, "2 notices wait")


def test_an_old_notice_is_told_with_its_age(watched):
    one = watched(1, usual=LATER)
    one.passes(limits.OLD_S_MAX, 5)
    assert one.watch.checks()[0].standing is Standing.OK
    one.passes(120, 5)
    (check,) = one.watch.checks()
    assert check.standing is Standing.DEGRADED
    assert check.says == "the oldest of 1 notices waits for 17 minutes"
    assert one.tally.levels["outbox_oldest_seconds"] == limits.OLD_S_MAX + 120


def test_what_was_given_up_is_told_until_it_is_gone(watched):
    one = watched(3, usual=NEVER)
    one.passes(limits.LOOK_S + limits.POLL_S, 5)
    (check,) = one.watch.checks()
    assert check.standing is Standing.DEGRADED
    assert check.says == "3 notices were given up; see: powertill outbox"
    assert one.tally.levels == {
        "outbox_waiting": 0, "outbox_undelivered": 3, "outbox_oldest_seconds": 0,
    }  # fmt: skip


# -- where nobody is told --------------------------------------------------------------------------------


class Swept:
    """A sweep over rows in memory."""

    def __init__(self, count: int):
        self.clock, self.rows, self.tally = Clock(), Rows(count), Tally()
        self.sweep = OutboxSweep(self.rows, self.run, self.clock, self.tally)
        self.run_count = 0
        self.result: Deferred | None = None

    def run(self, function, *arguments):
        self.run_count += 1
        return self.result or run_here(function, *arguments)


def test_rows_for_nobody_are_taken_out_page_by_page_and_counted():
    one = Swept(2 * PAGE_MAX + 1)
    one.sweep.start()
    assert (one.rows.due, one.run_count) == ({}, 3)
    assert one.tally.counts == {"unwanted": 2 * PAGE_MAX + 1}
    one.rows.add(1)
    one.clock.advance(SWEEP_EVERY_S)
    assert one.rows.due == {}


def test_a_sweep_that_fails_is_logged_and_the_next_one_comes(caplog):
    caplog.set_level(logging.WARNING)
    one = Swept(1)
    one.rows.broken = {"discard"}
    one.sweep.start()
    one.rows.broken = set()
    one.clock.advance(SWEEP_EVERY_S)
    assert one.rows.due == {}
    assert [record.message for record in caplog.records] == ["outbox.unreachable"]


def test_a_stop_waits_for_the_page_in_work_and_begins_no_other():
    one = Swept(0)
    one.result = Deferred()
    one.sweep.start()
    stopped = Deferred.fromCoroutine(one.sweep.stop())
    assert not stopped.called
    one.result.callback(PAGE_MAX)
    assert stopped.called
    assert one.run_count == 1
    assert one.clock.getDelayedCalls() == []


def test_a_sweep_that_never_began_can_be_stopped():
    assert Deferred.fromCoroutine(Swept(0).sweep.stop()).called
