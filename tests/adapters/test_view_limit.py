"""A question that takes too long is stopped on either database, and nothing of its limit is left behind."""

from __future__ import annotations

import time
from typing import Any

import pytest
from sqlalchemy import text

from adapters.db import views
from adapters.db.poster import run_here
from adapters.db.view import View
from adapters.db.view_connection import asking
from adapters.db.views import Views
from gateway.core.views_stock import Stock
from gateway.ports import TakesTooLong

#: Beyond what any machine counts within the limits of these tests.
FOR_EVER = 10**10


def count(connection, to=FOR_EVER):
    """Count up to a number, one row after the other."""
    rising = (
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < :last) "
        "SELECT count(*) FROM n"
    )
    return connection.execute(text(rising), {"last": to}).scalar_one()


def failure_of(asked: Any) -> Any:
    """Give what a question that is answered already has failed with."""
    failed: list[Any] = []
    asked.addErrback(failed.append)
    return failed[0]


def test_a_question_is_stopped_when_its_time_is_over(fresh):
    engine = fresh.database(0)
    began = time.monotonic()
    with pytest.raises(TakesTooLong), asking(engine, 0.2) as connection:
        count(connection)
    assert 0.2 <= time.monotonic() - began < 10


def test_the_next_question_on_the_connection_has_a_time_of_its_own(fresh):
    engine = fresh.database(0)
    with pytest.raises(TakesTooLong), asking(engine, 0.01) as connection:
        count(connection)
    for limit_s in (None, 60):
        with asking(engine, limit_s) as connection:
            assert count(connection, 200_000) == 200_000


def test_what_is_answered_in_time_is_not_stopped_by_what_comes_later(fresh):
    engine = fresh.database(0)
    with asking(engine, 0.05) as connection:
        count(connection, 10)
    time.sleep(0.06)
    with engine.connect() as connection:
        assert count(connection, 200_000) == 200_000


def test_a_fault_is_not_taken_for_a_question_that_takes_too_long(fresh):
    engine = fresh.database(0)
    with pytest.raises(Exception, match="nowhere"), asking(engine, 60) as connection:
        connection.execute(text("SELECT 1 FROM nowhere"))


def test_whoever_counts_hears_which_question_was_stopped(fresh, monkeypatch):
    stopped: list[str] = []
    asked = Views(fresh.database(0), run_here, 0.1, stopped.append)

    def slow(connection, _query):
        return count(connection)

    monkeypatch.setattr(views, "_VIEWS", {Stock: View(slow, slow, slow)})
    for ask in (asked.rows, asked.count, asked.totals):
        failed = failure_of(ask(Stock(branch=None)))
        assert failed.check(TakesTooLong)
    assert stopped == ["Stock"] * 3
