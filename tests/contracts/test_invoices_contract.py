"""Invoices on both databases: numbers without a gap whatever happens, and what a check says of the others."""

from __future__ import annotations

import random
import threading
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from adapters.db import tables as t
from adapters.db.journal_reader import JournalReader
from adapters.db.opening import open_database
from adapters.db.views import ViewReader
from gateway.core.invoice import Invoiced, InvoiceKind
from gateway.core.office import NotDone
from gateway.core.sale import SaleState
from gateway.core.views_invoices import InvoiceFile, Invoices, InvoiceTotals
from gateway.prepayment.issue_invoice import IssueInvoice
from gateway.prepayment.issue_red_invoice import IssueRedInvoice
from gateway.prepayment.write_invoice import InvoiceAuthor
from gateway.proof.check import check_books
from gateway.proof.invoices import invoice_findings
from gateway.proof.verify import verify
from tests.builders import CHAIN_SECRET, NOON, Till, identity, posting_batch

METERS, OPERATIONS = 4, 2_000
SERIES = ("north-1", "north-2", "south", "OFFICE")
POINTS = ("poster.begin", "poster.loaded", "poster.decided", "poster.written", "poster.committed")


class Crash(Exception):  # noqa: N818 - what happens
    """The process dies here; what was not committed is gone."""


class Books:
    """Sales that wait and sales whose tokens are out, and all that can be ordered of their invoices."""

    def __init__(self, fresh, seed=0):
        self.engine = fresh.database(METERS)
        self.dice = random.Random(seed)
        self.crash_at: str | None = None
        self.batch = posting_batch(self.engine, reached=self._reached)
        self.now, self.later = Till(tid_lead_max=100_000), Till(token_in_answer=False)
        self.paid: list[tuple[str, str]] = []
        self.issued: list = []
        self.given: dict[str, set[str]] = {}
        self._owner = self.engine
        if fresh.kind == "postgresql":
            self._owner = open_database(str(self.engine.url.set(username="postgres")))

    def _reached(self, point):
        if point == self.crash_at:
            self.crash_at = None
            raise Crash

    def operation(self):
        """Draw one: a payment, one taken back, an invoice, a red one, or something that is refused."""
        draw = self.dice.random()
        if draw < 0.2 or not self.paid:
            return self.pay()
        payment, pan = self.dice.choice(self.paid)
        if draw < 0.3:
            return self.later.reverse(payment.rpartition("/")[2])
        if draw < 0.75:
            return IssueInvoice(payment, pan, self._author())
        if draw < 0.85 or not self.issued:
            return IssueInvoice(payment, "600727000000000000", self._author())
        one = self.dice.choice(self.issued)
        return IssueRedInvoice(one.payment, one.pan, one.series, one.number, self._author(), "given back")

    def _author(self):
        series = self.dice.choice(SERIES)
        return InvoiceAuthor(series, "" if series == "OFFICE" else series, "li-na")

    def pay(self):
        reference, pan = f"p{len(self.paid)}", identity(1 + self.dice.randrange(METERS)).pan
        till = self.now if self.dice.random() < 0.5 else self.later
        self.paid.append((f"pay/east/{reference}", pan))
        return till.pay(reference, 1_000 + self.dice.randrange(5_000), pan=pan)

    def learn(self, outcomes):
        for one in outcomes:
            if isinstance(one, Invoiced):
                self.issued.append(one.invoice)
                self.given.setdefault(one.invoice.name, set()).add(repr(one.invoice))

    def numbers(self):
        with self.engine.connect() as connection:
            i = t.invoice.c
            rows = connection.execute(select(i.series, i.number).order_by(i.series, i.number)).all()
        found: dict[str, list[int]] = {}
        for series, number in rows:
            found.setdefault(series, []).append(number)
        return found

    def findings(self):
        with JournalReader(self.engine).snapshot() as journal:
            found = check_books(journal)
            found += invoice_findings(journal.standing().invoices)
            return found + verify(journal.sealed(), CHAIN_SECRET, journal.standing(), {}).findings

    def tampered(self, *statements):
        """What is found after this, which is then undone."""
        with self._owner.connect() as connection, connection.begin() as transaction:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            else:
                for name in ("update", "delete"):
                    connection.exec_driver_sql(f"DROP TRIGGER invoice_no_{name}")
            for statement in statements:
                assert connection.exec_driver_sql(statement).rowcount > 0, statement
            journal = JournalReader(self._owner, connection)
            found = list(invoice_findings(journal.standing().invoices))
            sealed = verify(journal.sealed(), CHAIN_SECRET, journal.standing(), {}).findings
            transaction.rollback()
        assert [one for one in sealed if "something in this batch was changed" in one]
        assert set(found) <= set(sealed)
        return found


@pytest.fixture
def books(fresh):
    return Books(fresh)


def assert_gapless(numbers):
    assert numbers
    for series, found in numbers.items():
        assert found == list(range(1, len(found) + 1)), series


@pytest.mark.slow
@pytest.mark.sim
@pytest.mark.parametrize("seed", [1, 2])
def test_no_series_has_a_gap_after_refusals_repeats_and_crashes_at_every_point(fresh, seed):
    books, done, refused, crashed = Books(fresh, seed), 0, 0, 0
    while done < OPERATIONS:
        commands = [books.operation() for _ in range(books.dice.randrange(1, 40))]
        if books.dice.random() < 0.4:
            books.crash_at = books.dice.choice(POINTS)
            crashed += 1
        outcomes = books.batch.run(commands)
        books.learn(outcomes)
        refused += sum(isinstance(one, NotDone) for one in outcomes)
        done += len(commands)
    assert_gapless(books.numbers())
    assert set(books.numbers()) == set(SERIES)
    assert refused > OPERATIONS / 20
    assert crashed > 10
    # Whoever asked for one got the same one ever after.
    assert all(len(same) == 1 for same in books.given.values())
    assert sum(map(len, books.numbers().values())) == len(books.given)
    assert books.findings() == []


@pytest.mark.slow
def test_two_processes_at_one_ledger_leave_no_gap_in_series_that_they_share(fresh):
    books = Books(fresh, 3)
    books.batch.run([books.pay() for _ in range(120)])
    books.batch.close()
    outcomes, faults = [], []

    def work(seed):
        dice, batch = random.Random(seed), posting_batch(books.engine)
        try:
            for payment, pan in dice.sample(books.paid, len(books.paid)):
                series = dice.choice(SERIES)
                (one,) = batch.run([IssueInvoice(payment, pan, InvoiceAuthor(series, "", "li-na"))])
                outcomes.append(one)
        except (DBAPIError, AssertionError) as fault:
            faults.append(fault)
        finally:
            batch.close()

    threads = [threading.Thread(target=work, args=(seed,)) for seed in (1, 2, 3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert faults == []
    answered = [one for one in outcomes if isinstance(one, Invoiced)]
    assert len(answered) == len(outcomes) == 3 * len(books.paid)
    assert sum(one.is_new for one in answered) == len(books.paid)
    assert_gapless(books.numbers())
    assert books.findings() == []


def made(books):
    """Three invoices of one series, the second of them taken back by the third."""
    later, author = books.later, InvoiceAuthor("north", "", "li-na")
    pan = identity(1).pan
    books.batch.run([later.pay("r1"), later.pay("r2"), later.pay("r3")])
    orders = [IssueInvoice(f"pay/east/r{n}", pan, author) for n in (1, 2)]
    books.batch.run([*orders, later.reverse("r2")])
    books.batch.run([IssueRedInvoice("pay/east/r2", pan, "north", 2, author, "given back")])
    books.batch.run([IssueInvoice("pay/east/r3", pan, author)])
    assert books.findings() == []
    assert books.numbers() == {"north": [1, 2, 3, 4]}
    return books


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        (["DELETE FROM invoice WHERE number = 1"], ["series north has a gap: behind 0 stands 2"]),
        (["UPDATE invoice SET number = 9 WHERE number = 4"], ["series north has a gap: behind 3 stands 9"]),
        (
            ["UPDATE invoice SET amount_minor = 1 WHERE number = 1"],
            ["invoice north/1 says something else than its sale, receipt 1"],
        ),
        (
            ["UPDATE invoice SET amount_minor = -amount_minor WHERE number = 3"],
            ["invoice north/3 says something else than its sale, receipt 2"],
        ),
        (
            ["UPDATE invoice SET payment = 'pay/east/none' WHERE number = 4"],
            ["invoice north/4 names the payment pay/east/none, of which there is no sale"],
        ),
        (
            ["UPDATE invoice SET takes_back = 1 WHERE number = 3"],
            ["red invoice north/3 takes back 1, and pay/east/r2 has no such one before it"],
        ),
        (
            ["UPDATE invoice SET nth = 2 WHERE number = 1"],
            ["invoice north/1 is number 2 of pay/east/r1, and the one before was not taken back"],
        ),
    ],
)
def test_a_gap_and_an_invoice_that_disagrees_with_its_sale_are_found(books, statements, found):
    assert made(books).tampered(*statements) == found


@pytest.mark.parametrize("change", ["UPDATE invoice SET reason = 'x'", "DELETE FROM invoice"])
def test_an_invoice_is_written_once_and_for_ever(books, change):
    made(books)
    with pytest.raises(DBAPIError), books.engine.begin() as connection:
        connection.exec_driver_sql(change)


def test_an_invoice_is_of_the_business_day_and_has_whom_it_is_for(books):
    made(books)
    with books.engine.connect() as connection:
        rows = connection.execute(select(t.invoice).order_by(t.invoice.c.number)).all()
    assert {row.business_date for row in rows} == {"2026-11-23"}
    assert {(row.account_no, row.customer, row.address) for row in rows} == {
        ("A1", "Zhang Wei", "1 East Road")
    }


# -- asked for -------------------------------------------------------------------------------------------


def names(reader, **asked):
    return [one.invoice.name for one in reader.rows(Invoices(branch=None, **asked))]


def test_invoices_are_found_by_what_is_known_of_them_the_newest_first(books):
    reader = ViewReader(made(books).engine)
    books.batch.run([books.later.reverse("r3")])
    every = names(reader)
    assert every == ["north/4", "north/3", "north/2", "north/1"]
    assert (names(reader, series="north"), names(reader, series="south")) == (every, [])
    assert names(reader, kind=InvoiceKind.RED) == ["north/3"]
    assert names(reader, is_due=True) == ["north/4"]
    assert names(reader, number=2, account_no="A1", by="li-na", pan=identity(1).pan) == ["north/2"]
    assert names(reader, payment="pay/east/r2", receipt_no=2) == ["north/3", "north/2"]
    assert names(reader, first_day=NOON.date(), last_day=NOON.date()) == every
    assert names(reader, last_day=date(2026, 11, 22)) == []
    assert names(reader, by="somebody") == names(reader, number=2**40) == []


def test_pages_of_invoices_go_on_behind_each_other(books):
    reader, after = ViewReader(made(books).engine), None
    found: list = []
    while page := reader.rows(Invoices(branch=None, after=after, limit=3)):
        found += page
        after = page[-1].place
    assert found == list(reader.rows(Invoices(branch=None)))
    assert reader.count(Invoices(branch=None)) == len(found) == 4


def test_totals_tell_what_was_written_and_what_was_taken_back(books):
    reader = ViewReader(made(books).engine)
    assert reader.totals(Invoices(branch=None)) == (InvoiceTotals("CNY", 3, 30_000, 1, -10_000),)
    assert reader.totals(Invoices(branch=None, series="south")) == ()


def test_an_invoice_s_file_has_all_that_its_sale_has_had_and_is_its_branch_s_alone(books):
    reader = ViewReader(made(books).engine)
    facts = reader.totals(InvoiceFile(branch=None, series="north", number=2))
    assert (facts.written.is_taken_back, facts.written.state, facts.is_printed) == (
        True, SaleState.REVERSED, False,
    )  # fmt: skip
    assert [one.invoice.name for one in facts.of_sale] == ["north/2", "north/3"]
    red = reader.totals(InvoiceFile(branch=None, series="north", number=3)).written
    assert (red.invoice.takes_back, red.invoice.amount_minor, red.is_taken_back) == (2, -10_000, False)
    assert reader.totals(InvoiceFile(branch="south", series="north", number=2)) is None
    assert reader.totals(InvoiceFile(branch=None, series="north", number=2**40)) is None


@pytest.mark.parametrize(
    "wrong", [{"limit": 0}, {"first_day": date(2026, 11, 24), "last_day": date(2026, 11, 23)}]
)
def test_a_question_that_means_nothing_is_refused(wrong):
    with pytest.raises(ValueError, match=r"a page has|after they end"):
        Invoices(branch=None, **wrong)
