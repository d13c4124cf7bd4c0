from datetime import datetime, time, timedelta

import pytest
from twisted.internet.defer import fail

from gateway.core.calendar import Calendar
from gateway.core.closed_day import DayRefusal, DayRefused
from gateway.ports import LedgerBusy
from gateway.prepayment.close_due_days import DueDays, close_due_days
from tests.builders import NOON, ZONE, Till, books, meter
from tests.naive_views import NaiveLedger, NaivePoster, NaiveViews

CALENDAR = Calendar(ZONE, time(0, 0), {"bank:west": time(22, 0)})
MIDNIGHT = datetime(2026, 11, 24, tzinfo=ZONE)


class Office:
    """A ledger that sold on three days at noon, and the search for days to close."""

    def __init__(self):
        on = books(meter())
        self.ledger = NaiveLedger(on, CALENDAR)
        self.views = NaiveViews(on, self.ledger)
        self.now = NOON
        self.poster = NaivePoster(self.ledger, lambda: self.now)
        for n in range(3):
            self.ledger.post(Till().pay(f"r{n}"), NOON + timedelta(days=n))

    def search(self, now, wait=timedelta(0)):
        self.now = now
        search = close_due_days(self.views, poster=self.poster, calendar=CALENDAR, now=now, wait=wait)
        with pytest.raises(StopIteration) as end:
            search.send(None)
        return end.value.value

    def closed(self, now, **more):
        found = self.search(now, **more)
        assert found.refused is None
        return [one.day for one in found.closed]


def test_nothing_is_due_before_the_last_cut_over():
    assert Office().closed(MIDNIGHT - timedelta(microseconds=1)) == []


def test_a_day_is_closed_at_its_last_cut_over_or_so_long_after_it():
    assert Office().closed(MIDNIGHT) == ["2026-11-23"]
    office, wait = Office(), timedelta(minutes=30)
    assert office.closed(MIDNIGHT + wait - timedelta(microseconds=1), wait=wait) == []
    assert office.closed(MIDNIGHT + wait, wait=wait) == ["2026-11-23"]


def test_every_day_that_is_due_is_closed_the_oldest_first_and_once():
    office = Office()
    assert office.closed(MIDNIGHT + timedelta(days=1)) == ["2026-11-23", "2026-11-24"]
    assert office.closed(MIDNIGHT + timedelta(days=1)) == []
    assert office.closed(MIDNIGHT + timedelta(days=9)) == ["2026-11-25"]


def test_a_day_that_is_refused_ends_the_search_and_is_named():
    office = Office()
    office.ledger.damaged.add("2026-11-24")
    found = office.search(MIDNIGHT + timedelta(days=9))
    assert [one.day for one in found.closed] == ["2026-11-23"]
    assert found.refused == ("2026-11-24", DayRefused(DayRefusal.SUMS_DIFFER))


def test_a_busy_ledger_ends_the_search_and_the_next_one_goes_on(monkeypatch):
    office = Office()
    with monkeypatch.context() as full:
        full.setattr(office.poster, "post", lambda _command: fail(LedgerBusy("full")))
        with pytest.raises(LedgerBusy):
            office.search(MIDNIGHT)
    assert office.closed(MIDNIGHT) == ["2026-11-23"]


def test_books_without_an_entry_have_nothing_due():
    office = Office()
    office.ledger.journal.clear()
    assert office.search(MIDNIGHT + timedelta(days=9)) == DueDays(())
