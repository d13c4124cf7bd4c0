"""An exception stands alone while it is open, and comes again after it was closed: on both databases."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from adapters.db.views import ViewReader
from gateway.core.delivery import LeasedNotice
from gateway.core.outcome import Noted
from gateway.core.trouble import Resolution
from gateway.core.views_watch import Exceptions
from gateway.office.resolve_trouble import ResolveTrouble
from gateway.prepayment.note_undelivered import NoteUndelivered
from tests.builders import BANK, NOON, Till, posting_batch

REUSED = "pay/east/r1"


class Books:
    """A payment is sold; its reference comes ``again`` with another amount."""

    def __init__(self, fresh):
        self.engine = fresh.database()
        self.now = NOON
        self.batch = posting_batch(self.engine, lambda: self.now)
        self.till = Till()
        self.again = self.till.pay("r1", 20_000)
        self.batch.run([self.till.pay("r1", 10_000)])

    def post(self, *commands):
        self.now += timedelta(minutes=1)
        return self.batch.run(commands)

    def closing(self, id_, key=REUSED, bank=BANK):
        said = f"number {id_} is seen to"
        return ResolveTrouble(
            id_, Resolution.SETTLED, said, "cleo", payment=key, bank=bank, pan="", amount_minor=0
        )

    def rows(self):
        found = ViewReader(self.engine).rows(Exceptions(branch=None, open_only=False))
        return [(one.id, one.is_open, one.reason) for one in reversed(found)]


@pytest.fixture
def books(fresh):
    return Books(fresh)


def test_an_open_exception_is_not_noted_twice(books):
    books.post(books.again)
    books.post(books.again)
    assert books.rows() == [(1, True, "")]


def test_a_closed_one_stays_as_it_was_said_and_the_next_is_another(books):
    books.post(books.again)
    books.post(books.closing(1))
    books.post(books.again)
    (first, (second, is_open, reason)) = books.rows()
    assert first == (1, False, "number 1 is seen to")
    assert (second > 1, is_open, reason) == (True, True, "")
    books.post(books.closing(second))
    assert [one[1] for one in books.rows()] == [False, False]


def test_what_comes_in_the_batch_in_which_it_was_closed_is_not_lost(books):
    books.post(books.again)
    books.post(books.closing(1), books.again)
    assert [one[1] for one in books.rows()] == [False, True]


def test_what_is_noted_once_a_day_comes_again_that_day_after_it_was_closed(books):
    notice = LeasedNotice(7, "token_issued", 99, "", 1, 22, receipt_no=None)
    note = NoteUndelivered(notice, "answered 401", date(2026, 11, 23))
    assert books.post(note, note) == [Noted(0), Noted(0)]
    books.post(note)
    assert [one[1] for one in books.rows()] == [True]
    assert books.post(books.closing(1, note.key, ""), note, note)[1:] == [Noted(0), Noted(0)]
    assert [one[1] for one in books.rows()] == [False, True]
