"""One batch on real SQLite, and what may befall it: faults, second writers, locks, full disks, lost acks."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import threading
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, OperationalError

from adapters.db.journal_reader import JournalReader
from adapters.db.posting_batch import LedgerBroken
from gateway.core.books import Books, Decision, IssuedToken, Needs
from gateway.core.ledger import EntryKind, transfer
from gateway.core.outcome import Approved, Declined, Noted
from gateway.core.refusal import Refusal
from gateway.core.token import TokenDigits
from gateway.ports import LedgerBusy, OutcomeUnknown
from gateway.proof.check import check_books
from tests.builders import NOON, Till, database, identity, meter, posting_batch

METERS = 3
#: Far less than the usual five seconds, so that a test does not wait for a lock that never comes.
IMPATIENT_MS = 20


@pytest.fixture
def engine(tmp_path):
    made = database(tmp_path / "till.db", METERS)
    yield made
    made.dispose()


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
        return Decision(Noted(1), remembered=True, token=token)


# -- faulty commands -------------------------------------------------------------------------------------


def test_a_batch_answers_each_command_in_order(batch):
    outcomes = batch.run(payments(10))
    assert [outcome.receipt_no for outcome in outcomes] == list(range(1, 11))


@pytest.mark.parametrize("at", ["needs", "decide", "write"])
def test_a_command_with_a_mistake_fails_alone(batch, at):
    before, after = payments(2, "a"), payments(2, "b")
    outcomes = batch.run([*before, Faulty(at), *after])
    fault = OverflowError if at == "write" else ZeroDivisionError
    assert kinds(outcomes) == [Approved, Approved, fault, Approved, Approved]


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


def test_writers_side_by_side_on_the_same_meters_share_no_token_id(tmp_path):
    made = database(tmp_path / "till.db", METERS)
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


# -- a lock that another process holds -------------------------------------------------------------------


@pytest.fixture
def locked(engine, batch, tmp_path):
    """The write lock in the hands of another process that does not let go."""
    event.listen(engine, "connect", lambda wire, _: wire.execute(f"PRAGMA busy_timeout={IMPATIENT_MS}"))
    engine.dispose()
    other = sqlite3.connect(tmp_path / "till.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield other
    other.close()


def test_a_database_that_stays_locked_is_busy(batch, locked):
    assert kinds(batch.run(payments(2))) == [LedgerBusy, LedgerBusy]


def test_nothing_is_booked_while_the_database_is_locked(engine, batch, locked):
    batch.run(payments(2))
    locked.execute("ROLLBACK")
    assert positions(engine) == []


def test_once_the_lock_is_gone_the_same_orders_are_booked(batch, locked):
    batch.run(payments(2))
    locked.execute("ROLLBACK")
    assert kinds(batch.run(payments(2))) == [Approved, Approved]


# -- a full disk -----------------------------------------------------------------------------------------


class SmallDisk:
    """A disk of two megabytes, where this process may mount one."""

    def __init__(self, place):
        self.place = place
        place.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
        is_root = os.geteuid() == 0
        self.is_own = is_root and not subprocess.run(mount, check=False, capture_output=True).returncode

    def limit(self, engine):
        """Where no disk can be mounted, the file may not grow: SQLite says the same, at the same places."""
        self.engine, self.pages_max = engine, 1 << 30

        def hold(connection):
            connection.exec_driver_sql(f"PRAGMA max_page_count={self.pages_max}")

        if not self.is_own:
            event.listen(engine, "begin", hold)

    def fill(self):
        """Leave no byte."""
        if not self.is_own:
            self.pages_max = 1
            return
        with (self.place / "ballast").open("wb", buffering=0) as ballast:
            for size in (65_536, 4_096, 512, 64, 8, 1):
                try:
                    while ballast.write(b"\0" * size) == size:
                        pass
                except OSError:
                    continue

    def free(self):
        if self.is_own:
            (self.place / "ballast").unlink()
        self.pages_max = 1 << 30

    def gone(self):
        if self.is_own:
            subprocess.run(["umount", str(self.place)], check=True)  # noqa: S607 - where the system has it


@pytest.fixture
def disk(tmp_path):
    made = SmallDisk(tmp_path / "disk")
    try:
        engine = database(made.place / "till.db", METERS)
        made.limit(engine)
        yield made
        engine.dispose()
    finally:
        made.gone()


@pytest.mark.faults
@pytest.mark.parametrize("is_open", [True, False])
def test_a_full_disk_refuses_and_recovers_without_a_restart(disk, is_open):
    batch = posting_batch(disk.engine)
    batch.run(payments(3, "before"))
    if not is_open:
        batch.close()
        disk.engine.dispose()
    disk.fill()
    # Some more may fit into what the database has reserved already; then it is over.
    rounds = [batch.run(payments(20, f"full-{n}-")) for n in range(5)]
    assert set(kinds(rounds[-1])) <= {OutcomeUnknown, LedgerBusy}
    disk.free()
    for n, told in enumerate(rounds):
        now = batch.run(payments(20, f"full-{n}-"))
        assert kinds(now) == [Approved] * 20
        assert [new for new, old in zip(now, told, strict=True) if isinstance(old, Approved)] == [
            old for old in told if isinstance(old, Approved)
        ]
    assert check_books(JournalReader(disk.engine)) == []
    assert positions(disk.engine) == list(range(1, 104))
    batch.close()


# -- a commit whose fate is unknown ----------------------------------------------------------------------


def lose_the_ack(engine, *, is_committed):
    """Let the next commit fail: after it was made, or before."""

    @event.listens_for(engine, "commit", once=True)
    def lose(connection):
        if is_committed:
            connection.connection.dbapi_connection.execute("COMMIT")
        raise OperationalError("COMMIT", None, sqlite3.OperationalError("the connection is lost"))


@pytest.mark.parametrize("is_committed", [True, False])
def test_a_commit_that_is_not_confirmed_has_an_unknown_outcome(engine, batch, is_committed):
    batch.run(payments(1, "before"))
    lose_the_ack(engine, is_committed=is_committed)
    assert kinds(batch.run(payments(2))) == [OutcomeUnknown, OutcomeUnknown]


@pytest.mark.parametrize("is_committed", [True, False])
def test_whoever_asks_again_after_an_unknown_outcome_gets_the_truth(engine, batch, is_committed):
    batch.run(payments(1, "before"))
    lose_the_ack(engine, is_committed=is_committed)
    batch.run(payments(2))
    stood = positions(engine)
    assert stood == ([1, 2, 3] if is_committed else [1])
    assert [outcome.receipt_no for outcome in batch.run(payments(2))] == [2, 3]
    assert positions(engine) == [1, 2, 3]
    assert check_books(JournalReader(engine)) == []


# -- a disk that fails -----------------------------------------------------------------------------------

IOERR, IOERR_FSYNC, IOERR_SHMSIZE, CORRUPT, NOTADB, FULL, BUSY = 10, 1_034, 4_874, 11, 26, 13, 5


def fail_once(engine, name, code):
    """Let the database say an error of this code, at the next statement or at the next commit."""

    @event.listens_for(engine, name, once=True)
    def fail(*_):
        fault = sqlite3.OperationalError("disk I/O error")
        fault.sqlite_errorcode = code
        raise OperationalError("", None, fault)


@pytest.mark.parametrize("when", ["before_cursor_execute", "commit"])
@pytest.mark.parametrize("code", [IOERR, IOERR_FSYNC, CORRUPT, NOTADB])
def test_a_failing_disk_ends_the_ledger(engine, batch, when, code):
    batch.run(payments(1, "before"))
    fail_once(engine, when, code)
    with pytest.raises(LedgerBroken, match="disk I/O error"):
        batch.run(payments(2))


@pytest.mark.parametrize("code", [IOERR_SHMSIZE, FULL, BUSY])
def test_a_disk_that_is_only_full_or_busy_does_not(engine, batch, code):
    batch.run(payments(1, "before"))
    fail_once(engine, "before_cursor_execute", code)
    assert kinds(batch.run(payments(2))) == [LedgerBusy, LedgerBusy]
    assert kinds(batch.run(payments(2))) == [Approved, Approved]


def test_a_disk_that_fails_while_commands_go_one_by_one_ends_the_ledger(engine, batch):
    fail_once(engine, "commit", IOERR)
    with pytest.raises(LedgerBroken):
        batch.run([Faulty("write"), *payments(1)])


# -- what is written stays -------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["entry", "posting", "command_key"])
@pytest.mark.parametrize("change", ["UPDATE {} SET {}", "DELETE FROM {}"])
def test_what_is_written_for_ever_can_be_neither_changed_nor_deleted(engine, batch, table, change):
    batch.run(payments(1))
    column = {"entry": "kind='void'", "posting": "amount=amount+1", "command_key": "digest=''"}[table]
    with engine.begin() as connection, pytest.raises(DBAPIError, match="written once and for ever"):
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
