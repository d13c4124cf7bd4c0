"""The search for open sales: at once, every hour, whatever happens to it, until it is stopped."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from twisted.internet.defer import Deferred, fail
from twisted.internet.task import Clock

from gateway.assembly.overdue_watch import CREDIT_WAIT_MAX, SEARCH_EVERY_S, OverdueWatch
from gateway.core.payment import overdue_key, payment_key
from gateway.ports import LedgerBusy
from tests.builders import BANK, NOON, Till
from tests.doubles import BooksPoster
from tests.naive_views import NaiveViews


class Watched:
    """A watch over a till whose credits wait; an hour of its clock is an hour of the till's."""

    def __init__(self, page_max=500):
        self.till = Till(token_in_answer=False)
        self.clock = Clock()
        self.poster = BooksPoster(self.till.books, self.now)
        self.views = NaiveViews(self.till.books, page_max=page_max)
        self.watch = OverdueWatch(self.views, self.poster, self.clock, self.now)

    def now(self):
        return NOON + timedelta(seconds=self.clock.seconds())

    def pay(self, *references):
        for reference in references:
            self.till.post(self.till.pay(reference))

    def hours(self, count):
        self.clock.pump([SEARCH_EVERY_S] * count)

    def noted(self):
        return [command.key for command in self.poster.heard]


@pytest.fixture
def watched():
    return Watched()


@pytest.fixture
def logged(caplog):
    caplog.set_level(logging.INFO, logger="powertill.gateway")
    return lambda: [(record.levelname, record.message, record.fields) for record in caplog.records]


def found(open_sales, overdue, noted):
    fields = {"open_sales": open_sales, "overdue": overdue, "noted": noted}
    return "INFO", "sales.looked_through", fields


def test_it_searches_at_once_and_says_what_it_found(watched, logged):
    watched.pay("r1")
    watched.watch.start()
    assert logged() == [found(1, 0, 0)]


def test_a_credit_that_becomes_overdue_while_the_gateway_runs_is_noted_once(watched):
    watched.pay("r1")
    watched.watch.start()
    waits_hours = CREDIT_WAIT_MAX // timedelta(seconds=SEARCH_EVERY_S)
    watched.hours(waits_hours - 1)
    assert watched.noted() == []
    watched.hours(1)
    assert watched.noted() == [overdue_key(payment_key(BANK, "r1"))]
    watched.hours(3)
    assert len(watched.noted()) == 1


@pytest.mark.parametrize(
    ("fault", "level"), [(ZeroDivisionError(), "ERROR"), (LedgerBusy("full"), "WARNING")]
)
def test_a_search_that_fails_is_logged_and_the_next_one_comes(watched, logged, fault, level):
    whole = watched.views.rows
    watched.views.rows = lambda *_: fail(fault)
    watched.watch.start()
    watched.views.rows = whole
    watched.hours(1)
    assert logged() == [(level, "sales.search_failed", {}), found(0, 0, 0)]


def test_a_search_that_takes_longer_than_an_hour_is_not_begun_twice(watched):
    asked: list[Deferred] = []

    def rows(*_):
        asked.append(Deferred())
        return asked[-1]

    watched.views.rows = rows
    watched.watch.start()
    watched.hours(2)
    assert len(asked) == 1
    asked[0].callback([])
    watched.hours(1)
    assert len(asked) == 2


def test_when_it_is_stopped_no_search_comes_any_more(watched, logged):
    watched.watch.start()
    assert watched.watch.stop().called
    watched.hours(2)
    assert len(logged()) == 1
    assert watched.clock.getDelayedCalls() == []


def test_a_stop_waits_for_the_page_in_work_and_leaves_the_others(monkeypatch):
    watched = Watched(page_max=1)
    watched.pay("r1", "r2")
    watched.clock.advance(CREDIT_WAIT_MAX.total_seconds())
    answer: Deferred = Deferred()
    posted = []

    def post(command):
        posted.append(command)
        return answer

    monkeypatch.setattr(watched.poster, "post", post)
    watched.watch.start()
    stopped = watched.watch.stop()
    assert not stopped.called
    answer.callback(None)
    assert stopped.called
    assert len(posted) == 1


def test_a_watch_that_never_began_can_be_stopped(watched):
    assert watched.watch.stop().called
