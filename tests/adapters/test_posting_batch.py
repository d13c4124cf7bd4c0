"""One batch on a real database, and what may befall it: faults, second writers, lost acks."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DataError, DBAPIError, OperationalError

from adapters.db.journal_reader import JournalReader
from gateway.core.books import Books, Decision, IssuedToken, Needs
from gateway.core.ledger import EntryKind, transfer
from gateway.core.outcome import Approved, Declined, Noted
from gateway.core.refusal import Refusal
from gateway.core.token import TokenDigits
from gateway.ports import OutcomeUnknown
from gateway.proof.check import check_books
from tests.builders import NOON, Till, identity, meter, posting_batch

METERS = 3


@pytest.fixture
def engine(fresh):
    return fresh.database(METERS)


@pytest.fixture
def batch(engine):
    made = posting_batch(engine)
    yield made
    made.close()


def payments(count, prefix="r", till=None, minor=1_000):
    till = till or Till(tid_lead_max=100_000)
    return [till.pay(f"{prefix}{n}", minor, pan=identity(1 + n % METERS).pan) for n in range(count)]


def positions(engine):
    return [entry.position for entry, _ in JournalReader(engine).entries()]


def kinds(outcomes):
    return [type(outcome) for outcome in outcomes]


@dataclass(frozen=True)
class Faulty:
    """A command with a mistake of ours in it, at one of the steps of its road."""

    at: str
    key: str = "faulty"
    digest: str = ""
    channel: str = "test"

    def needs(self) -> Needs:
        if self.at == "needs":
            raise ZeroDivisionError
        return Needs(keys=(self.key,))

    def decide(self, books: Books, now):
        if self.at == "decide":
            raise ZeroDivisionError
        # A new account and more money than a column holds: the driver refuses it after the account was made.
        entry = transfer(EntryKind.DEPOSIT, debit="CASH", credit="SUSPENSE", amount=1 << 70, unit="CNY")
        return Decision(Noted(1), remembered=True, entries=(entry,))


@dataclass(frozen=True)
class DoubleToken:
    """A command that books a token id which the meter has had: the database will not take it."""

    tid: int
    key: str = "double"
    digest: str = ""
    channel: str = "test"
    decided: list = field(default_factory=list)

    def needs(self) -> Needs:
        return Needs(keys=(self.key,))

    def decide(self, books: Books, now):
        self.decided.append(now)
        token = IssuedToken(1, meter().id, 2014, self.tid, TokenDigits("98765432109876543210"))
        return Decision(Noted(1), remembered=True, tokens=(token,))


@dataclass(frozen=True)
class TwoTokens:
    """A command that hands out two tokens at once: one that was paid for and a free one."""

    key: str = "two"
    digest: str = ""
    channel: str = "test"

    def needs(self) -> Needs:
        return Needs(keys=(self.key,))

    def decide(self, books: Books, now):
        digits = ("98765432109876543210", "01234567890123456789")
        tokens = [
            IssuedToken(books.next_id, meter().id, 2014, 100 + n, TokenDigits(one))
            for n, one in enumerate(digits)
        ]
        return Decision(Noted(1), remembered=True, tokens=tuple(tokens))


# -- faulty commands -------------------------------------------------------------------------------------


def test_two_tokens_of_one_decision_are_both_written(batch, engine):
    assert batch.run([TwoTokens()]) == [Noted(1)]
    written = list(JournalReader(engine).tokens())
    assert [(token.meter_id, token.tid) for token in written] == [(1, 100), (1, 101)]
    assert written[0].sale_id == written[1].sale_id


def test_a_batch_answers_each_command_in_order(batch):
    outcomes = batch.run(payments(10))
    assert [outcome.receipt_no for outcome in outcomes] == list(range(1, 11))


@pytest.mark.parametrize("at", ["needs", "decide", "write"])
def test_a_command_with_a_mistake_fails_alone(batch, at):
    before, after = payments(2, "a"), payments(2, "b")
    outcomes = batch.run([*before, Faulty(at), *after])
    fault = outcomes.pop(2)
    # What a number too large is called is the driver's affair.
    assert isinstance(fault, (OverflowError, DataError) if at == "write" else ZeroDivisionError)
    assert kinds(outcomes) == [Approved] * 4


@pytest.mark.parametrize("at", ["needs", "decide", "write"])
def test_a_command_with_a_mistake_leaves_no_gap(engine, batch, at):
    batch.run([*payments(2, "a"), Faulty(at), *payments(2, "b")])
    assert positions(engine) == [1, 2, 3, 4]
    assert check_books(JournalReader(engine)) == []


def test_accounts_of_a_batch_that_was_rolled_back_are_not_remembered(engine, batch):
    batch.run([Faulty("write")])
    batch.run(payments(3))
    assert check_books(JournalReader(engine)) == []
    assert "SUSPENSE" not in {account.code for account in JournalReader(engine).accounts()}


def test_a_command_that_the_database_refuses_stands_alone_after_three_tries(engine, batch):
    batch.run(payments(METERS, "first"))
    (taken,) = [token.tid for token in JournalReader(engine).tokens() if token.meter_id == meter().id]
    double = DoubleToken(taken)
    outcomes = batch.run([*payments(1, "a"), double, *payments(1, "b")])
    assert [isinstance(outcome, Approved) for outcome in outcomes] == [True, False, True]
    assert len(double.decided) == 4
    assert positions(engine) == [1, 2, 3, 4, 5]
    assert check_books(JournalReader(engine)) == []


def test_what_the_database_refuses_shows_no_token(engine, batch, caplog):
    batch.run(payments(METERS, "first"))
    (taken,) = [token.tid for token in JournalReader(engine).tokens() if token.meter_id == meter().id]
    (refusal,) = batch.run([DoubleToken(taken)])
    assert isinstance(refusal, DBAPIError)
    assert "98765432109876543210" not in str(refusal) + caplog.text


def test_a_batch_that_decides_nothing_new_writes_nothing(engine, batch):
    first = batch.run(payments(3))
    assert batch.run(payments(3)) == first
    assert positions(engine) == [1, 2, 3]


# -- a second writer -------------------------------------------------------------------------------------


def test_a_second_writer_in_between_costs_nobody_anything(engine, batch):
    other = posting_batch(engine)
    outcomes = batch.run(payments(3, "a"))
    outcomes += other.run(payments(3, "b"))
    outcomes += batch.run(payments(3, "c"))
    outcomes += other.run(payments(3, "d"))
    assert [outcome.receipt_no for outcome in outcomes] == list(range(1, 13)) == positions(engine)
    assert check_books(JournalReader(engine)) == []
    other.close()


def test_what_a_second_writer_booked_under_a_key_is_answered(engine, batch):
    batch.run(payments(1, "a"))
    other = posting_batch(engine)
    theirs = other.run(payments(1, "same"))
    assert batch.run([*payments(1, "same"), *payments(1, "b")])[0] == theirs[0]
    assert positions(engine) == [1, 2, 3]
    other.close()


def test_writers_side_by_side_on_the_same_meters_share_no_token_id(fresh):
    made = fresh.database(METERS)
    start, outcomes = threading.Barrier(3), []

    def write(name):
        own = posting_batch(made)
        start.wait()
        for n in range(40):
            outcomes.extend(own.run(payments(4, f"{name}-{n}-")))
        own.close()

    writers = [threading.Thread(target=write, args=(name,)) for name in "abc"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert kinds(outcomes) == [Approved] * 480
    assert positions(made) == list(range(1, 481))
    assert check_books(JournalReader(made)) == []
    made.dispose()


# -- a commit whose fate is unknown ----------------------------------------------------------------------


def lose_the_ack(engine, *, is_committed, then=lambda: None):
    """Let the next commit fail: after it was made, or before."""

    @event.listens_for(engine, "commit", once=True)
    def lose(connection):
        then()
        if is_committed:
            connection.connection.dbapi_connection.execute("COMMIT")
        raise OperationalError("COMMIT", None, sqlite3.OperationalError("the connection is lost"))


@pytest.mark.parametrize("is_committed", [True, False])
def test_what_became_of_a_commit_that_was_not_confirmed_is_found_out(engine, batch, is_committed):
    batch.run(payments(1, "before"))
    lose_the_ack(engine, is_committed=is_committed)
    assert [outcome.receipt_no for outcome in batch.run(payments(2))] == [2, 3]
    assert positions(engine) == [1, 2, 3]
    assert check_books(JournalReader(engine)) == []


class Away:
    """A database that does not come back: every new transaction fails, and time passes only in pauses."""

    def __init__(self, engine):
        self.now, self._engine = 0.0, engine

    def go(self):
        event.listen(self._engine, "begin", self._refuse)

    def _refuse(self, _connection):
        raise OperationalError("BEGIN", None, sqlite3.OperationalError("the connection is lost"))

    def pause(self, seconds):
        self.now += seconds

    def come_back(self):
        event.remove(self._engine, "begin", self._refuse)


@pytest.mark.parametrize("is_committed", [True, False])
def test_where_the_database_does_not_come_back_the_outcome_is_unknown(engine, is_committed):
    away = Away(engine)
    batch = posting_batch(engine, monotonic=lambda: away.now, pause=away.pause)
    batch.run(payments(1, "before"))
    lose_the_ack(engine, is_committed=is_committed, then=away.go)
    assert kinds(batch.run(payments(2))) == [OutcomeUnknown, OutcomeUnknown]
    assert away.now == (0 if engine.dialect.name == "sqlite" else 15)
    away.come_back()
    assert positions(engine) == ([1, 2, 3] if is_committed else [1])
    assert [outcome.receipt_no for outcome in batch.run(payments(2))] == [2, 3]
    assert positions(engine) == [1, 2, 3]
    assert check_books(JournalReader(engine)) == []


# -- what is written stays -------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["entry", "posting", "command_key", "token", "chain_link"])
@pytest.mark.parametrize("change", ["UPDATE {} SET {}", "DELETE FROM {}"])
def test_what_is_written_for_ever_can_be_neither_changed_nor_deleted(engine, batch, table, change):
    batch.run(payments(1))
    column = {"entry": "kind='void'", "posting": "amount=amount+1", "command_key": "digest=''"}.get(
        table, "at_us=0"
    )
    with (
        engine.begin() as connection,
        pytest.raises(DBAPIError, match=r"written once and for ever|permission denied"),
    ):
        connection.exec_driver_sql(change.format(table, column))


# -- restarts and clocks ---------------------------------------------------------------------------------


@pytest.mark.parametrize("step_s", [0, 1, -3_600, 86_400])
def test_ids_rise_and_positions_count_on_over_restarts_and_clock_steps(engine, step_s):
    for start in range(3):
        now = NOON + start * timedelta(seconds=step_s)
        batch = posting_batch(engine, lambda now=now: now)
        for run in range(2):
            assert kinds(batch.run(payments(5, f"r{start}-{run}-"))) == [Approved] * 5
        batch.close()
    rows = [entry for entry, _ in JournalReader(engine).entries()]
    assert [row.position for row in rows] == list(range(1, 31))
    assert [row.id for row in rows] == sorted({row.id for row in rows})


def test_token_ids_rise_although_the_clock_was_set_back_an_hour(engine):
    issued: list[int] = []
    for hours in (0, -1, -1, 0):
        batch = posting_batch(engine, lambda hours=hours: NOON + timedelta(hours=hours))
        batch.run([Till(tid_lead_max=100).pay(f"r{len(issued)}")])
        (new,) = {token.tid for token in JournalReader(engine).tokens()} - set(issued)
        issued.append(new)
        batch.close()
    assert issued == sorted(issued)


def test_a_clock_set_back_further_than_the_lead_refuses_until_it_has_caught_up(engine):
    first, later = posting_batch(engine), posting_batch(engine, lambda: NOON - timedelta(days=1))
    first.run([Till().pay("r1")])
    assert later.run([Till().pay("r2")]) == [Declined(Refusal.TOKENS_TOO_FAST)]
    assert kinds(first.run([Till().pay("r2")])) == [Approved]
    first.close()
    later.close()
