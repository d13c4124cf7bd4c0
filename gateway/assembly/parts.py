"""Builds the parts: database, poster, issuer, counters. One function a part, constructors only."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from adapters.db.journal_reader import JournalReader
from adapters.db.opening import (
    Database,
    DatabaseFault,
    is_postgresql,
    migrate,
    open_database,
    require_newest,
    sqlite_path,
)
from adapters.db.poster import QueuedPoster
from adapters.db.posting_batch import PostingBatch
from adapters.db.registry import Registry
from adapters.db.sealed import require_own_chain
from adapters.db.session_rows import SessionRows
from adapters.db.views import Views
from gateway.assembly.upkeep import Chore, HeadCopies, forget_sessions, keep_partitions
from gateway.core.calendar import Calendar
from gateway.core.payment import bank_channel

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from twisted.internet.defer import Deferred

    from gateway.config import Config


#: Partitions are made a year ahead, and whoever reads them may be in the way: in an hour he is done.
_PARTITIONS_EVERY_S = 3_600

#: A day's sessions are some dozen: twenty-four looks take out far more than come.
_SESSIONS_EVERY_S = 3_600


@dataclass(slots=True)
class Ledger:
    """The ledger's parts: one thread with one posting batch, the poster in front; the readers, on another."""

    database: Database
    threads: tuple[ThreadPool, ...]
    poster: QueuedPoster
    journal: JournalReader
    views: Views
    registry: Registry
    chores: tuple[Chore, ...]

    def start_chores(self) -> None:
        """Begin what the ledger needs from time to time."""
        for chore in self.chores:
            chore.start()

    async def close(self) -> None:
        """Answer what is queued, then give the thread and the database back."""
        try:
            await self.poster.close()
            for chore in self.chores:
                await chore.stop()
        finally:
            # A thread that is not stopped would keep the process alive for ever.
            for thread in self.threads:
                thread.stop()
            self.database.dispose()


def build_database(config: Config) -> Database:
    """Open the database, ready to be posted to.

    The embedded one gets its folder and is brought up to date; that of a server belongs to another role,
    which does so by hand (``powertill db upgrade``), and only has partitions made ahead.
    """
    file = sqlite_path(config.database_url)
    if file is not None:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    database = open_database(config.database_url, database_password(config))
    if is_postgresql(database):
        try:
            require_newest(database)
        except DatabaseFault:
            database.dispose()
            raise
    else:
        migrate(database)
    try:
        require_own_chain(database, config.ledger.chain_key.reveal())
    except DatabaseFault:
        database.dispose()
        raise
    return database


def database_password(config: Config) -> bytes | None:
    """Open the secret with which the database is reached, where there is one."""
    return None if config.database_password is None else config.database_password.reveal()


def build_calendar(config: Config) -> Calendar:
    """Build the utility's calendar: the banks that cut over at an hour of their own have it."""
    own = {bank_channel(bank.code): bank.cut_over for bank in config.banks if bank.cut_over is not None}
    return Calendar(config.utility.zone, config.utility.cut_over, own)


def build_ledger(
    config: Config,
    reactor: Any,  # noqa: ANN401 - Twisted's reactor is several interfaces at once
    now: Callable[[], datetime],
    reached: Callable[[str], None],
    on_broken: Callable[[str], None],
) -> Ledger:
    """Build the ledger with a thread of its own, so that no other blocking call can hold it up.

    Questions have another thread: while one is answered, payments are posted.
    """
    database = build_database(config)
    threads = tuple(ThreadPool(minthreads=1, maxthreads=1, name=name) for name in ("ledger", "views"))
    for thread in threads:
        thread.start()
    posting, asking = (on_thread(reactor, thread) for thread in threads)
    secret = config.ledger.chain_key.reveal()
    batch = PostingBatch(database, build_calendar(config), now, secret, reached)
    poster = QueuedPoster(batch, posting, on_broken)
    journal = JournalReader(database)
    heads = HeadCopies(config.ledger.heads_file, journal.head)
    chores = [Chore("copy of the head", heads.copy, asking, reactor, 60 * config.ledger.heads_every_minutes)]
    forget = partial(forget_sessions, SessionRows(database), lambda: poster.queued_count, now)
    chores.append(Chore("sessions of long ago", forget, asking, reactor, _SESSIONS_EVERY_S))
    if is_postgresql(database):
        make = partial(keep_partitions, database, now)
        chores.append(Chore("partitions", make, asking, reactor, _PARTITIONS_EVERY_S))
    views, registry = Views(database, asking), Registry(database)
    return Ledger(database, threads, poster, journal, views, registry, tuple(chores))


def on_thread(reactor: Any, thread: ThreadPool) -> Callable[..., Deferred[Any]]:  # noqa: ANN401 - see build_ledger
    """Give what runs a call on a thread."""

    def run(function: Callable[..., Any], *arguments: Any) -> Deferred[Any]:  # noqa: ANN401 - any call's
        return deferToThreadPool(reactor, thread, function, *arguments)

    return run
