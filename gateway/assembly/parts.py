"""Builds the parts: database, poster, issuer, counters. One function a part, constructors only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from adapters.db.journal_reader import JournalReader
from adapters.db.open_sales import OpenSalesReader
from adapters.db.opening import Database, migrate, open_database, sqlite_path
from adapters.db.poster import QueuedPoster
from adapters.db.posting_batch import Calendar, PostingBatch
from adapters.db.registry import Registry
from adapters.keys.software import SoftwareIssuer

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from twisted.internet.defer import Deferred

    from gateway.config import Config


@dataclass(slots=True)
class Ledger:
    """The ledger's parts: one thread, one posting batch, the poster in front, and its readers."""

    database: Database
    pool: ThreadPool
    poster: QueuedPoster
    journal: JournalReader
    open_sales: OpenSalesReader
    registry: Registry

    async def close(self) -> None:
        """Answer what is queued, then give the thread and the database back."""
        try:
            await self.poster.close()
        finally:
            # A thread that is not stopped would keep the process alive for ever.
            self.pool.stop()
            self.database.dispose()


def build_database(config: Config) -> Database:
    """Open the database and bring its tables up to date; the embedded one gets its folder."""
    file = sqlite_path(config.database_url)
    if file is not None:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    database = open_database(config.database_url)
    migrate(database)
    return database


def build_ledger(
    config: Config,
    reactor: Any,  # noqa: ANN401 - Twisted's reactor is several interfaces at once
    now: Callable[[], datetime],
    reached: Callable[[str], None],
    on_broken: Callable[[str], None],
) -> Ledger:
    """Build the ledger with a thread of its own, so that no other blocking call can hold it up."""
    database = build_database(config)
    pool = ThreadPool(minthreads=1, maxthreads=1, name="ledger")
    pool.start()

    def on_thread(function: Callable[..., Any], *arguments: Any) -> Deferred[Any]:  # noqa: ANN401 - any call's
        return deferToThreadPool(reactor, pool, function, *arguments)

    batch = PostingBatch(database, Calendar(config.utility.zone, config.utility.cut_over), now, reached)
    poster = QueuedPoster(batch, on_thread, on_broken)
    open_sales = OpenSalesReader(database, on_thread)
    return Ledger(database, pool, poster, JournalReader(database), open_sales, Registry(database))


def build_issuer(config: Config) -> SoftwareIssuer:
    """Build the issuer that makes tokens from the configured vending keys."""
    return SoftwareIssuer({(key.sgc, key.krn): key.key.reveal() for key in config.vending_keys})
