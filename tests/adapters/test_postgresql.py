"""What PostgreSQL itself refuses, whoever asks: unbalanced entries, changed rows, what is not one's right."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from adapters.db.journal_reader import JournalReader
from adapters.db.opening import make_partitions, open_database
from gateway.core.books import Decision, Needs
from gateway.core.outcome import Approved, Noted
from gateway.proof.check import check_books
from tests.builders import Till, entered, posting_batch

LEDGER = ("entry", "posting", "command_key", "token", "chain_link", "closed_day")


@pytest.fixture(scope="module")
def books(postgresql):
    """The gateway's engine and the owner's, over books with one sale; nearly every test is refused there."""
    gateway, owner = postgresql().books()
    engine = entered(open_database(gateway), 3)
    posting_batch(engine).run([Till().pay("r1")])
    master = open_database(owner)
    yield engine, master
    engine.dispose()
    master.dispose()


@pytest.fixture
def gateway(books):
    return books[0]


@pytest.fixture
def owner(books):
    return books[1]


def run(engine, statement):
    with engine.begin() as connection:
        return connection.execute(text(statement))


def scalar(engine, statement):
    with engine.begin() as connection:
        return connection.execute(text(statement)).scalar()


# -- entries that do not balance -------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["gateway", "owner"])
@pytest.mark.parametrize(
    "rows",
    [
        "(1, 0, 1, 100, 'CNY')",
        "(1, 0, 1, 100, 'CNY'), (1, 1, 2, -99, 'CNY')",
        "(1, 0, 1, 100, 'CNY'), (1, 1, 2, -100, 'Wh')",
        "(1, 0, 1, 100, 'CNY'), (2, 0, 2, -100, 'CNY')",
    ],
    ids=["one side", "a cent short", "two units", "two entries"],
)
def test_an_entry_that_does_not_balance_is_refused(request, who, rows):
    engine = request.getfixturevalue(who)
    with pytest.raises(IntegrityError, match="is out by"):
        run(engine, f"INSERT INTO posting VALUES {rows}")  # noqa: S608 - the rows above


def test_a_line_more_on_an_entry_that_balances_is_refused(owner):
    with pytest.raises(IntegrityError, match="is out by 5 CNY"):
        run(owner, "INSERT INTO posting SELECT max(entry_id), 9, 1, 5, 'CNY' FROM posting")


def test_what_balances_is_taken(owner):
    with owner.connect() as connection, connection.begin() as transaction:
        connection.execute(text("INSERT INTO posting VALUES (1, 0, 1, 100, 'CNY'), (1, 1, 2, -100, 'CNY')"))
        assert connection.execute(text("SELECT count(*) FROM posting WHERE entry_id = 1")).scalar() == 2
        transaction.rollback()


# -- what is written stays -------------------------------------------------------------------------------


@pytest.mark.parametrize("table", LEDGER)
@pytest.mark.parametrize(
    "change", ["DELETE FROM {}", "TRUNCATE {}", "DROP TABLE {}", "ALTER TABLE {} DISABLE TRIGGER ALL"]
)
def test_the_gateways_role_can_take_nothing_away(gateway, table, change):
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        run(gateway, change.format(table))


@pytest.mark.parametrize("table", ["entry", "posting", "command_key", "token", "chain_link"])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "TRUNCATE {}", "UPDATE {} SET {}"])
def test_even_the_owner_is_stopped(owner, table, change):
    column = {"entry": "kind = 'void'", "posting": "amount = 1"}.get(table, "at_us = 0")
    with pytest.raises(DBAPIError, match="is written once and for ever"):
        run(owner, change.format(table, column))


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id integer)",
        "DROP TABLE sale",
        "DELETE FROM sale",
        "DELETE FROM account",
        "UPDATE entry_default SET kind = 'x'",
        "INSERT INTO posting_default VALUES (1, 0, 1, 5, 'CNY')",
    ],
)
def test_the_gateways_role_has_no_right_beyond_its_work(gateway, statement):
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        run(gateway, statement)


# -- partitions ------------------------------------------------------------------------------------------


def test_entries_lie_in_the_partition_of_their_month(owner):
    assert scalar(owner, "SELECT tableoid::regclass::text FROM entry ORDER BY id LIMIT 1") == "entry_2026_11"
    assert scalar(owner, "SELECT tableoid::regclass::text FROM posting LIMIT 1") == "posting_2026_11"


def test_a_month_begins_where_the_ids_of_its_first_millisecond_begin(owner):
    first = int(datetime(2026, 12, 1, tzinfo=UTC).timestamp() * 1_000) << 20
    assert scalar(owner, "SELECT powertill_first_id('2026-12-01')") == first


def test_partitions_are_made_ahead_by_the_gateway_and_only_once(gateway):
    make_partitions(gateway, date(2026, 11, 24), 24)
    assert make_partitions(gateway, date(2026, 11, 24), 24) == 0
    # Two months later there are two months more, of entries and of postings.
    assert make_partitions(gateway, date(2027, 1, 31), 24) == 4


def test_an_entry_without_a_partition_is_kept_all_the_same(postgresql):
    url, _ = postgresql().books()
    engine = entered(open_database(url), 1)
    batch = posting_batch(engine, lambda: datetime(2042, 1, 1, tzinfo=UTC))
    (outcome,) = batch.run([Till(tid_lead_max=100).pay("late")])
    assert isinstance(outcome, Approved)
    assert scalar(engine, "SELECT tableoid::regclass::text FROM entry") == "entry_default"
    assert check_books(JournalReader(engine)) == []


# -- a poison command ------------------------------------------------------------------------------------


class Nul:
    """A command with a text that PostgreSQL cannot keep."""

    key, digest, channel = "nul", "a\0b", "test"

    def needs(self):
        return Needs(keys=(self.key,))

    def decide(self, _books, _now):
        return Decision(Noted(1), remembered=True)


def test_a_text_with_a_nul_fails_alone(gateway):
    till = Till(tid_lead_max=100)
    outcomes = posting_batch(gateway).run([till.pay("a"), Nul(), till.pay("b")])
    assert [isinstance(outcome, Approved) for outcome in outcomes] == [True, False, True]
    assert check_books(JournalReader(gateway)) == []


# -- reading ---------------------------------------------------------------------------------------------


def test_a_reader_sees_one_moment_and_holds_nobody_up(gateway):
    with JournalReader(gateway).snapshot() as journal:
        before = len(list(journal.entries()))
        (outcome,) = posting_batch(gateway).run([Till(tid_lead_max=100).pay("meanwhile")])
        assert isinstance(outcome, Approved)
        assert len(list(journal.entries())) == before
    assert len(list(JournalReader(gateway).entries())) == before + 1


# -- what a batch reads ----------------------------------------------------------------------------------


def test_a_batch_on_new_books_reads_no_table_from_end_to_end(postgresql):
    """Its statements are planned while the tables are empty, and the plans are kept as these grow."""
    gateway, owner = postgresql().books()
    engine, master, till = entered(open_database(gateway), 3), open_database(owner), Till()
    batch = posting_batch(engine)
    for number in range(20):
        batch.run([till.pay(f"r{number}-{n}") for n in range(2)])
    batch.close()
    engine.dispose()  # the server counts what a connection did when it ends
    read = "SELECT {} FROM pg_stat_user_tables WHERE relname IN ('command_key', 'chain_link')"
    counted = read.format("min(idx_scan) >= 20")
    until = time.monotonic() + 30
    while not scalar(master, counted) and time.monotonic() < until:
        time.sleep(0.05)
    with master.connect() as connection:
        found = connection.execute(text(read.format("relname, seq_tup_read")))
        rows = {name: count for name, count in found}  # noqa: C416 - a row is no pair to mypy
    master.dispose()
    assert rows == {"command_key": 0, "chain_link": 0}
