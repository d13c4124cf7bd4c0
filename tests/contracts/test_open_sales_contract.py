"""What a search for open sales may rely on: the same rules over the double and the real reader on SQLite."""

from __future__ import annotations

import pytest

from adapters.db import open_sales
from adapters.db.open_sales import OpenSalesReader
from adapters.db.poster import run_here
from gateway.core.payment import payment_key
from gateway.core.timeline import microseconds
from gateway.prepayment.resume_sales import NoteOverdueCredit
from tests.builders import BANK, NOON, Till, books, database, identity, meter, posting_batch
from tests.doubles import OpenSales

METERS = 4
NOON_US = microseconds(NOON)


class OnBooks:
    """The double, over books that a till posts on."""

    def __init__(self):
        self.till = Till(books(*(meter(serial) for serial in range(1, METERS + 1))))
        self.open_sales = OpenSales(self.till.books)

    def post(self, *commands):
        for command in commands:
            self.till.post(command)

    def close(self):
        pass


class OnSqlite:
    """The real one, over a database that a batch posts on."""

    def __init__(self, path):
        self.engine = database(path, METERS)
        self.open_sales = OpenSalesReader(self.engine, run_here)

    def post(self, *commands):
        batch = posting_batch(self.engine)
        batch.run(commands)
        batch.close()

    def close(self):
        self.engine.dispose()


@pytest.fixture(params=["double", "sqlite"])
def ledger(request, tmp_path):
    made = OnBooks() if request.param == "double" else OnSqlite(tmp_path / "till.db")
    yield made
    made.close()


def trade(ledger):
    """Four credits: one is fetched, one is taken back, two wait."""
    till = Till(token_in_answer=False)
    pans = [identity(serial).pan for serial in range(1, METERS + 1)]
    ledger.post(*(till.pay(f"r{n}", pan=pan) for n, pan in enumerate(pans, 1)))
    ledger.post(till.hand_over("r1"), till.reverse("r3"))


def said(waiter):
    """What was answered, now: neither of the two makes anyone wait."""
    heard: list = []
    waiter.addCallback(heard.append)
    (answer,) = heard
    return list(answer) if isinstance(answer, list) else answer


def page(ledger, until_us=NOON_US, after=None):
    return said(ledger.open_sales.page(until_us, after))


def payments(rows):
    return [row.key for row in rows]


def test_new_books_have_nothing_open(ledger):
    assert said(ledger.open_sales.count()) == 0
    assert page(ledger) == []


def test_what_waits_is_counted_and_what_has_ended_is_not(ledger):
    trade(ledger)
    assert said(ledger.open_sales.count()) == 2


def test_a_page_has_what_waits_with_its_bank_and_its_moment(ledger):
    trade(ledger)
    found = [(row.key, row.bank, row.at_us, row.is_noted) for row in page(ledger)]
    assert found == [(payment_key(BANK, name), BANK, NOON_US, False) for name in ("r2", "r4")]


def test_what_was_begun_later_is_not_on_a_page(ledger):
    trade(ledger)
    assert page(ledger, NOON_US - 1) == []


def test_the_next_page_begins_behind_the_last_row(ledger):
    trade(ledger)
    first, second = page(ledger)
    assert page(ledger, after=first) == [second]
    assert page(ledger, after=second) == []


def test_a_credit_that_a_person_was_told_of_says_so(ledger):
    trade(ledger)
    ledger.post(NoteOverdueCredit(payment_key(BANK, "r4"), BANK))
    assert [(row.key, row.is_noted) for row in page(ledger)] == [
        (payment_key(BANK, "r2"), False),
        (payment_key(BANK, "r4"), True),
    ]


def test_a_page_has_no_more_rows_than_its_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(open_sales, "_PAGE", open_sales._PAGE.limit(1))  # noqa: SLF001 - the statement's limit
    real = OnSqlite(tmp_path / "till.db")
    trade(real)
    (first,) = page(real)
    (second,) = page(real, after=first)
    assert payments([first, second]) == [payment_key(BANK, "r2"), payment_key(BANK, "r4")]
    assert page(real, after=second) == []
    real.close()
