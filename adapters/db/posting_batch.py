"""One batch on the road: load → decide → write → commit, in one database transaction.

Synchronous on purpose: it runs in the poster's own thread, and in tests without any thread. A command whose
decision fails (a bug of ours) fails alone; its neighbours are posted. A unique violation rolls back and runs
the batch again, then one by one, so that the one at fault stands alone.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from adapters.db import tables as t
from adapters.db.load import load_books
from adapters.db.write import BatchWriter
from gateway.core.timeline import business_date, microseconds
from gateway.ports import LedgerBusy, OutcomeUnknown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, time, tzinfo

    from sqlalchemy import Connection, Engine

    from gateway.core.books import Books, Command, Decision
    from gateway.core.outcome import Content

    Outcome = Content | Exception

log = logging.getLogger("powertill.ledger")

#: An entry id is the millisecond of its batch, shifted by this, and a count: ids sort by time and fit in 63
#: bits until the year 2248.
_ID_SHIFT = 20

#: How often a batch is run again after a unique violation before its commands are posted one by one.
_RERUNS_MAX = 2

#: SQLite's primary result codes after which nothing may be trusted (sqlite.org, "Result and Error Codes"):
#: IOERR, CORRUPT, NOTADB.
_SQLITE_BROKEN = frozenset({10, 11, 26})

#: SQLITE_IOERR_SHMSIZE is of that family, but only says that a full disk has no room for the log's index.
_SQLITE_IOERR_SHMSIZE = 4_874


class LedgerBroken(Exception):  # noqa: N818 - the disk under the ledger fails: the daemon must stop
    """The database can no longer be trusted to keep what it acknowledges."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The utility's day: its zone, and when the next business day begins."""

    zone: tzinfo
    cut_over: time


class PostingBatch:
    """Posts batches of commands on one database connection.

    ``reached`` is told the name of each point at which a crash must do no harm.
    """

    def __init__(
        self,
        engine: Engine,
        calendar: Calendar,
        now: Callable[[], datetime],
        reached: Callable[[str], None] = lambda _point: None,
    ) -> None:
        self._engine = engine
        self._calendar = calendar
        self._now = now
        self._reached = reached
        self._writer = BatchWriter(engine.dialect)
        self._connection: Connection | None = None
        self._is_head_known = False
        self._last_id = 0
        self._last_position = 0

    def run(self, commands: Sequence[Command]) -> list[Outcome]:
        """Post the commands; an outcome for each: its content, or the exception that its waiter gets.

        Raises LedgerBroken when the disk fails: nothing more may be acknowledged then.
        """
        for _ in range(1 + _RERUNS_MAX):
            try:
                return self._run(commands)
            except IntegrityError:
                log.warning("unique violation in a batch of %d; running it again", len(commands))
                self._forget()
            except DBAPIError as error:
                return [self._rolled_back(error)] * len(commands)
            except LedgerBroken:
                raise
            except Exception:  # a bug of ours outside a decision: whose it is shows one by one
                log.exception("a batch of %d could not be written", len(commands))
                self._forget()
                break
        return self._one_by_one(commands)

    def close(self) -> None:
        """Give the connection back."""
        self._forget()

    def _one_by_one(self, commands: Sequence[Command]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for command in commands:
            try:
                outcomes += self._run([command])
            except LedgerBroken:
                raise
            except Exception as error:  # noqa: BLE001 - one unit of a loop: the others are posted all the same
                outcomes.append(self._at_fault(command, error))
        return outcomes

    def _at_fault(self, command: Command, error: Exception) -> Exception:
        if isinstance(error, DBAPIError) and not isinstance(error, IntegrityError):
            return self._rolled_back(error)
        self._forget()
        log.error("command %s cannot be written", type(command).__name__, exc_info=error)
        return error

    def _rolled_back(self, error: DBAPIError) -> LedgerBusy:
        """Say that the database refused before anything stood; LedgerBroken where its disk fails."""
        self._forget()
        _raise_if_broken(error)
        log.error("a batch was rolled back", exc_info=error)
        return LedgerBusy("the ledger's database does not answer; nothing was booked")

    def _run(self, commands: Sequence[Command]) -> list[Outcome]:
        connection = self._connected()
        now = self._now()
        at_us = microseconds(now)
        self._reached("poster.begin")
        with connection.begin() as transaction:
            if not self._is_head_known:
                self._learn_head(connection)
            first_id = max(self._last_id + 1, at_us // 1_000 << _ID_SHIFT)
            first_position = self._last_position + 1
            needs = [command.needs() for command in commands]
            books = load_books(connection, needs, next_id=first_id, next_position=first_position)
            self._reached("poster.loaded")
            outcomes, decided = _decide(commands, books, now)
            self._reached("poster.decided")
            if not decided:
                return outcomes
            day = business_date(now, self._calendar.zone, self._calendar.cut_over).isoformat()
            self._writer.write(
                connection, decided, first_id=first_id, first_position=first_position, day=day, at_us=at_us
            )
            self._reached("poster.written")
            try:
                transaction.commit()
            except DBAPIError as error:
                _raise_if_broken(error)
                log.exception("the fate of a commit is unknown")
                self._forget()
                return [OutcomeUnknown("the commit was not confirmed; ask again with the same key")] * len(
                    commands
                )
        self._last_id, self._last_position = books.next_id - 1, books.next_position - 1
        self._reached("poster.committed")
        return outcomes

    def _connected(self) -> Connection:
        """Return the connection, made anew after a failure."""
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection

    def _learn_head(self, connection: Connection) -> None:
        """Read the journal's head and the accounts under the lock we post under: nobody comes in between."""
        head = select(func.max(t.entry.c.id), func.max(t.entry.c.position))
        last_id, last_position = connection.execute(head).one()
        self._writer.learn_accounts(connection)
        self._last_id, self._last_position = last_id or 0, last_position or 0
        self._is_head_known = True

    def _forget(self) -> None:
        """Close the connection; what it had learnt is read again from what really stands."""
        connection, self._connection = self._connection, None
        self._is_head_known = False
        if connection is not None:
            connection.invalidate()
            connection.close()


def _decide(
    commands: Sequence[Command], books: Books, now: datetime
) -> tuple[list[Outcome], list[tuple[Command, Decision]]]:
    """Let each command decide, in order, on books that know what the ones before it decided."""
    outcomes: list[Outcome] = []
    decided: list[tuple[Command, Decision]] = []
    for command in commands:
        try:
            decision = command.decide(books, now)
            if decision.writes:
                books.apply(command, decision)
                decided.append((command, decision))
        except Exception as error:  # one unit of a loop: a bug in one decision must not fail its neighbours
            log.exception("%s could not decide", type(command).__name__)
            outcomes.append(error)
        else:
            outcomes.append(decision.content)
    return outcomes, decided


def _raise_if_broken(error: DBAPIError) -> None:
    code = getattr(error.orig, "sqlite_errorcode", 0)
    if code & 0xFF in _SQLITE_BROKEN and code != _SQLITE_IOERR_SHMSIZE:
        raise LedgerBroken(str(error.orig)) from error
