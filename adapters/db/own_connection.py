"""A connection that one thread keeps for itself, on which nothing waits for the disk.

For what a power cut may take back, because it is found out again: the outbox, and what lines have seen. So
these transactions hold SQLite's one write lock for as long as their rows take, instead of an fsync. What the
ledger commits afterwards is on the disk all the same: its own commit waits for everything before it.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from adapters.db.opening import faults_in_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

_WITHOUT_WAITING: Final = {
    "sqlite": "PRAGMA synchronous=NORMAL",
    "postgresql": "SET synchronous_commit TO off",
}


class OwnConnection:
    """Opened when it is first wanted, and anew after a fault; every call comes from one thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction; DatabaseFault where the database does not serve."""
        try:
            with faults_in_words():
                connection = self._connected()
                with connection.begin():
                    yield connection
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give the connection back."""
        connection, self._connection = self._connection, None
        if connection is not None:
            # Never to the pool: whoever got it there would not wait for the disk either.
            connection.invalidate()
            connection.close()

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
            driver = self._connection.connection.driver_connection
            assert driver is not None  # noqa: S101 - a fresh connection has one
            # Past SQLAlchemy, which would begin a transaction first; SQLite refuses the pragma inside one.
            driver.execute(_WITHOUT_WAITING[self._engine.dialect.name])
            driver.commit()
        return self._connection
