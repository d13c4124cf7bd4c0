"""The watch that closes days: every minute, whatever happens to it, until it is stopped; if it is wanted."""

from __future__ import annotations

import logging
from datetime import datetime, time, timedelta

import pytest
from twisted.internet.defer import Deferred, fail
from twisted.internet.task import Clock

from gateway.assembly.day_watch import LOOK_EVERY_S, DayWatch
from gateway.core.calendar import Calendar
from gateway.ports import LedgerBusy
from tests.builders import NOON, ZONE, Till, books, meter
from tests.naive_views import NaiveLedger, NaivePoster, NaiveViews

CALENDAR = Calendar(ZONE, time(0, 0))
EVENING = datetime(2026, 11, 23, 23, 50, tzinfo=ZONE)


class Watched:
    """A till that sold at noon, and a watch from ten to midnight on; they share a clock."""

    def __init__(self, minutes: int | None = 5):
        on = books(meter())
        self.ledger = NaiveLedger(on, CALENDAR)
        self.ledger.post(Till().pay(), NOON)
        self.clock = Clock()
        self.views = NaiveViews(on, self.ledger)
        self.poster = NaivePoster(self.ledger, self.now)
        self.watch = DayWatch(self.views, self.poster, CALENDAR, self.clock, self.now, minutes=minutes)

    def now(self):
        return EVENING + timedelta(seconds=self.clock.seconds())

    def minutes(self, count):
        self.clock.pump([LOOK_EVERY_S] * count)


@pytest.fixture
def watched():
    made = Watched()
    made.watch.start()
    return made


@pytest.fixture
def logged(caplog):
    caplog.set_level(logging.INFO, logger="powertill.ledger")
    return lambda: [(record.levelname, record.message, record.fields) for record in caplog.records]


def test_a_day_is_closed_so_many_minutes_after_its_end_and_said_once(watched, logged):
    watched.minutes(14)
    assert watched.ledger.closes == {}
    watched.minutes(3)
    (closed,) = [closed for _, closed in watched.ledger.closes.values()]
    fields = {"day": "2026-11-23", "entries": 1, "checksum": closed.checksum}
    assert logged() == [("INFO", "day.closed", fields)]


def test_where_nobody_wants_it_no_day_is_closed():
    watched = Watched(minutes=None)
    watched.watch.start()
    watched.minutes(60)
    assert watched.ledger.closes == {}
    assert watched.clock.getDelayedCalls() == []
    assert watched.watch.stop().called


def test_a_day_that_cannot_be_closed_is_told_once_and_again_when_it_is_another_reason(watched, logged):
    watched.ledger.damaged.add("2026-11-23")
    watched.minutes(30)
    ((level, name, fields),) = logged()
    assert (level, name, fields["day"]) == ("ERROR", "day.not_closed", "2026-11-23")
    assert "run powertill check" in fields["why"]
    watched.ledger.damaged.clear()
    watched.minutes(60)
    assert [name for _, name, _ in logged()] == ["day.not_closed", "day.closed"]


def attempts(watched, minutes):
    """The minutes in which the watch asked which days are open, of so many."""
    found = []
    for minute in range(1, minutes + 1):
        before = len(watched.views.asked)
        watched.minutes(1)
        if len(watched.views.asked) > before:
            found.append(minute)
    return found


def test_a_day_that_stays_refused_is_tried_ever_less_often_up_to_once_an_hour(watched):
    watched.ledger.damaged.add("2026-11-23")
    watched.minutes(14)
    # Each attempt counts the whole day's postings, while payments wait.
    assert attempts(watched, 250) == [1, 3, 7, 15, 31, 63, 123, 183, 243]


def test_after_a_success_every_minute_counts_again(watched):
    watched.ledger.damaged.add("2026-11-23")
    watched.minutes(20)
    watched.ledger.damaged.clear()
    watched.minutes(60)
    assert "2026-11-23" in watched.ledger.closes
    assert attempts(watched, 3) == [1, 2, 3]


@pytest.mark.parametrize(
    ("fault", "level"), [(ZeroDivisionError(), "ERROR"), (LedgerBusy("full"), "WARNING")]
)
def test_a_look_that_fails_is_logged_and_the_next_one_comes(watched, logged, monkeypatch, fault, level):
    with monkeypatch.context() as broken:
        broken.setattr(watched.views, "rows", lambda _query: fail(fault))
        watched.minutes(1)
        watched.minutes(600)
    assert logged() == [(level, "day.look_failed", {})]
    watched.minutes(60)
    assert "2026-11-23" in watched.ledger.closes


def test_a_stop_waits_for_the_look_in_work_and_no_other_comes(watched, monkeypatch):
    answer: Deferred = Deferred()
    monkeypatch.setattr(watched.views, "rows", lambda _query: answer)
    watched.minutes(1)
    stopped = watched.watch.stop()
    assert not stopped.called
    answer.callback([])
    assert stopped.called
    assert watched.clock.getDelayedCalls() == []
