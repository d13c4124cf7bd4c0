"""One batch on the road: load → decide → write → commit, in one database transaction.

Synchronous on purpose: it runs in the poster's own thread, and in tests without any thread. A command whose
decision fails (a bug of ours) fails alone; its neighbours are posted. A unique violation rolls back and runs
the batch again, then one by one, so that the one at fault stands alone.
"""

from __future__ import annotations

import logging
import time as time_of_day
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, NotSupportedError, ProgrammingError

from adapters.db.bulk import sending
from adapters.db.entry_id import first_id_at
from adapters.db.file_write import write_files
from adapters.db.load import load_books
from adapters.db.office_write import write_office
from adapters.db.opening import prepare_poster
from adapters.db.sealed import NO_CHAIN, adopt, is_anything_booked
from adapters.db.write import BatchWriter, Frame
from gateway.core.timeline import microseconds
from gateway.events import event
from gateway.ports import LedgerBusy, OutcomeUnknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Engine

    from gateway.core.books import Books, Command, Decision
    from gateway.core.calendar import Calendar
    from gateway.core.chain import Link
    from gateway.core.outcome import Content

    Outcome = Content | Exception

log = logging.getLogger("powertill.ledger")

#: How often a batch is run again after a unique violation before its commands are posted one by one.
_RERUNS_MAX = 2

#: PostgreSQL's lock_not_available (its manual, appendix A).
_LOCK_NOT_AVAILABLE = "55P03"

#: SQLite's primary result codes after which nothing may be trusted (sqlite.org, "Result and Error Codes"):
#: IOERR, CORRUPT, NOTADB.
_SQLITE_BROKEN = frozenset({10, 11, 26})

#: SQLITE_IOERR_SHMSIZE is of that family, but only says that a full disk has no room for the log's index.
_SQLITE_IOERR_SHMSIZE = 4_874


#: Commands whose rows are sent to PostgreSQL together. A portion's rows, some 120 KB, fit into a socket's
#: buffer; more would make us wait for the server instead of deciding the next.
PORTION_MAX = 64

#: How long the fate of a commit is looked for before it is told as unknown: a bank waits some twenty seconds
#: for its answer, and PostgreSQL needs a few to recover from a crash.
_FATE_S_MAX = 15.0

#: How long to wait before the database is asked again.
_FATE_PAUSE_S = 0.25


#: What a database says of a statement or a value that could never stand: the command is at fault, not the
#: database, and its neighbours are to be posted.
_OUR_MISTAKES = (DataError, ProgrammingError, NotSupportedError)


class _FateUnknown(Exception):  # noqa: N818 - unknown is an outcome of its own
    """A commit was sent and not confirmed."""


class LedgerBroken(Exception):  # noqa: N818 - the disk under the ledger fails: the daemon must stop
    """The database can no longer be trusted to keep what it acknowledges."""


class PostingBatch:
    """Posts batches of commands on one database connection.

    ``secret`` is the chain's. ``reached`` is told the name of each point at which a crash must do no harm.
    """

    def __init__(  # noqa: PLR0913 - all that a batch depends on, all of it named
        self,
        engine: Engine,
        calendar: Calendar,
        now: Callable[[], datetime],
        secret: bytes,
        reached: Callable[[str], None] = lambda _point: None,
        *,
        monotonic: Callable[[], float] = time_of_day.monotonic,
        pause: Callable[[float], None] = time_of_day.sleep,
    ) -> None:
        self._monotonic = monotonic
        self._pause = pause
        self._engine = engine
        self._calendar = calendar
        self._now = now
        self._secret = secret
        self._reached = reached
        self._writer = BatchWriter(engine.dialect, secret)
        self._connection: Connection | None = None
        #: The link that we saw last: when a later one stands there, somebody else has posted in between.
        self._own: Link | None = None
        self._accounts_are_known = False

    def run(self, commands: Sequence[Command]) -> list[Outcome]:
        """Post the commands; an outcome for each: its content, or the exception that its waiter gets.

        Raises LedgerBroken when the disk fails: nothing more may be acknowledged then.
        """
        for _ in range(1 + _RERUNS_MAX):
            try:
                return self._run(commands)
            except _FateUnknown:
                return self._fate(commands)
            except IntegrityError:
                event(log, "ledger.rerun", level=logging.WARNING, commands=len(commands))
                self._forget()
            except _OUR_MISTAKES as fault:
                self._unwritten(fault, commands)
                break
            except DBAPIError as error:
                return [self._rolled_back(error)] * len(commands)
            except LedgerBroken:
                raise
            except Exception as fault:  # noqa: BLE001 - a bug outside a decision: whose it is shows one by one
                self._unwritten(fault, commands)
                break
        return self._one_by_one(commands)

    def _unwritten(self, fault: Exception, commands: Sequence[Command]) -> None:
        event(log, "ledger.batch_unwritten", level=logging.ERROR, raised=fault, commands=len(commands))
        self._forget()

    def _fate(self, commands: Sequence[Command]) -> list[Outcome]:
        """Find out what became of a batch whose commit was not confirmed, by running it again.

        Whoever holds the journal's head knows that the transaction before has ended, one way or the other:
        what it booked is answered from its keys, what it did not book is booked now. OutcomeUnknown where the
        database does not come back in time.
        """
        # An embedded database is there or it is not: nobody starts it again while we wait.
        waits_s = 0.0 if self._engine.dialect.name == "sqlite" else _FATE_S_MAX
        ends_at = self._monotonic() + waits_s
        while True:
            try:
                outcomes = self._run(commands)
            except LedgerBroken:
                raise
            except (DBAPIError, _FateUnknown) as fault:
                self._forget()
                if self._monotonic() >= ends_at:
                    event(
                        log, "ledger.fate_unknown", level=logging.ERROR, commands=len(commands), raised=fault
                    )
                    unknown = OutcomeUnknown("the commit was not confirmed; ask again with the same key")
                    return [unknown] * len(commands)
                self._pause(_FATE_PAUSE_S)
            else:
                event(log, "ledger.fate_known", level=logging.WARNING, commands=len(commands))
                return outcomes

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
            except _FateUnknown:
                outcomes += self._fate([command])
            except Exception as error:  # noqa: BLE001 - one unit of a loop: the others are posted all the same
                outcomes.append(self._at_fault(command, error))
        return outcomes

    def _at_fault(self, command: Command, error: Exception) -> Exception:
        if isinstance(error, DBAPIError) and not isinstance(error, (IntegrityError, *_OUR_MISTAKES)):
            return self._rolled_back(error)
        self._forget()
        event(
            log, "ledger.command_unwritten", level=logging.ERROR, raised=error, command=type(command).__name__
        )
        return error

    def _rolled_back(self, error: DBAPIError) -> LedgerBusy:
        """Say that the database refused before anything stood; LedgerBroken where its disk fails."""
        self._forget()
        _raise_if_broken(error)
        event(log, "ledger.rolled_back", level=logging.ERROR, raised=error)
        if getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
            return LedgerBusy("another process holds the ledger; nothing was booked")
        return LedgerBusy("the ledger's database does not answer; nothing was booked")

    def _run(self, commands: Sequence[Command]) -> list[Outcome]:
        connection = self._connected()
        now = self._now()
        at_us = microseconds(now)
        self._reached("poster.begin")
        with connection.begin() as transaction:
            taken, books = load_books(connection, [command.needs() for command in commands])
            head = taken.head or self._first_link(connection, at_us)
            self._require_same_chain(head)
            if not self._accounts_are_known or self._own is None or head.mac != self._own.mac:
                self._writer.learn_accounts(connection)
                self._accounts_are_known = True
            books.next_id = max(head.last_id + 1, first_id_at(at_us))
            books.next_position = head.last_position + 1
            self._reached("poster.loaded")
            day_of = cache(lambda channel: self._calendar.day(channel, now, taken.closed))
            outcomes: list[Outcome] = []
            changes: list[Decision] = []
            before = head
            with sending(connection):
                for portion in self._portions(commands):
                    office, files = books.office, books.files
                    firsts = (books.next_id, books.next_position, office.next_line, files.next_amendment)
                    frame = Frame(head.number + 1, *firsts, at_us, day_of)
                    told, decided = _decide(portion, books, now)
                    self._reached("poster.decided")
                    outcomes += told
                    if decided:
                        head = self._writer.write(connection, decided, frame, head)
                        changes += [one for _, one in decided]
            write_files(connection, [one.files for one in changes if one.files is not None])
            write_office(connection, [one.office for one in changes if one.office is not None])
            if head is before:
                self._own = head
                return outcomes
            self._reached("poster.written")
            try:
                transaction.commit()
            except DBAPIError as error:
                _raise_if_broken(error)
                event(log, "ledger.commit_unconfirmed", level=logging.ERROR, raised=error)
                self._forget()
                raise _FateUnknown from error
        self._own = head
        self._reached("poster.committed")
        return outcomes

    def _first_link(self, connection: Connection, at_us: int) -> Link:
        """Begin the chain of new books; LedgerBroken where there are books, and no chain that seals them."""
        if is_anything_booked(connection):
            raise LedgerBroken(NO_CHAIN)
        return adopt(connection, self._secret, at_us)

    def _require_same_chain(self, head: Link) -> None:
        """Refuse a journal that has gone back since we saw it: what was acknowledged would be lost."""
        own = self._own
        if own is None or head.number > own.number:
            return
        if head.number < own.number or head.mac != own.mac:
            raise LedgerBroken(
                f"the journal ends at link {head.number}, and link {own.number} was acknowledged; "
                "cure: bring back the newer copy, or start the gateway anew to go on with this one"
            )

    def _portions(self, commands: Sequence[Command]) -> Iterator[Sequence[Command]]:
        """Divide a batch: PostgreSQL inserts one portion while the next one is decided.

        The embedded database works in this thread, so there a batch is one portion. Each portion has a link.
        """
        if self._engine.dialect.name == "sqlite":
            yield commands
            return
        for start in range(0, len(commands), PORTION_MAX):
            yield commands[start : start + PORTION_MAX]

    def _connected(self) -> Connection:
        """Return the connection, made anew after a failure."""
        if self._connection is None:
            self._connection = self._engine.connect()
            prepare_poster(self._connection)
        return self._connection

    def _forget(self) -> None:
        """Close the connection; what it had learnt is read again from what really stands."""
        connection, self._connection = self._connection, None
        self._accounts_are_known = False
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
                decided += decision.first
                decided.append((command, decision))
        except Exception as error:  # noqa: BLE001 - one unit of a loop: a bug must not fail the neighbours
            event(log, "ledger.undecided", level=logging.ERROR, raised=error, command=type(command).__name__)
            outcomes.append(error)
        else:
            outcomes.append(decision.content)
    return outcomes, decided


def _raise_if_broken(error: DBAPIError) -> None:
    code = getattr(error.orig, "sqlite_errorcode", 0)
    if code & 0xFF in _SQLITE_BROKEN and code != _SQLITE_IOERR_SHMSIZE:
        raise LedgerBroken(str(error.orig)) from error
