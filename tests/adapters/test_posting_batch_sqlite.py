"""One batch on the embedded database, and what may befall its file: locks, full disks, failing disks."""

from __future__ import annotations

import os
import sqlite3
import subprocess

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from adapters.db.journal_reader import JournalReader
from adapters.db.posting_batch import LedgerBroken
from gateway.core.books import Decision, Needs
from gateway.core.outcome import Approved, Noted
from gateway.ports import LedgerBusy, OutcomeUnknown
from gateway.proof.check import check_books
from tests.builders import Till, database, identity, posting_batch

METERS = 3
#: Far less than the usual five seconds, so that a test does not wait for a lock that never comes.
IMPATIENT_MS = 20


class Unwritable:
    """A command that no column can keep: its batch is posted again, one by one."""

    key, digest, channel = "unwritable", "\0", "test"

    def needs(self):
        return Needs(keys=(self.key,))

    def decide(self, _books, _now):
        return Decision(Noted(1), remembered=True)


@pytest.fixture
def engine(tmp_path):
    return database(tmp_path / "till.db", METERS)


@pytest.fixture
def batch(engine):
    return posting_batch(engine)


def payments(count, prefix="r"):
    till = Till(tid_lead_max=100_000)
    return [till.pay(f"{prefix}{n}", 1_000, pan=identity(1 + n % METERS).pan) for n in range(count)]


def positions(engine):
    return [entry.position for entry, _ in JournalReader(engine).entries()]


def kinds(outcomes):
    return [type(outcome) for outcome in outcomes]


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
        batch.run([Unwritable(), *payments(1)])
