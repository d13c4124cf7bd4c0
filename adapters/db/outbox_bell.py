"""Rings when the outbox was filled: PostgreSQL says so with the commit (NOTIFY), and this thread hears it.

A bell that is not heard loses nothing, since the outbox is looked into at intervals as well. So a server that
goes away only makes deliveries a little later; the thread connects anew, ever less often, until it is back.
SQLite has no bell: there the gateway that posts is the one that delivers, and wakes itself.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from gateway.events import event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine

log = logging.getLogger("powertill.outbox")

#: Seconds that the thread listens before it looks whether it is to end: a stop waits no longer.
_LISTEN_S: Final = 0.5

#: Seconds to the first attempt to connect anew, and between later ones; meanwhile nothing is lost.
_RECONNECT_FIRST_S: Final = 1.0
_RECONNECT_S_MAX: Final = 60.0

_CHANNEL: Final = "powertill_outbox"


class OutboxBell:
    """Listens on a PostgreSQL connection and in a thread of its own; ``ring`` is called in that thread."""

    def __init__(self, engine: Engine, ring: Callable[[], None]) -> None:
        self._engine = engine
        self._ring = ring
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="outbox-bell", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread, and wait for it: half a second, or as long as a connection attempt may take."""
        self._ending.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        wait_s = _RECONNECT_FIRST_S
        while not self._ending.is_set():
            try:
                for _ in self._heard():
                    wait_s = _RECONNECT_FIRST_S
                    self._ring()
            except (psycopg.Error, SQLAlchemyError) as fault:
                why = type(fault).__name__
                event(log, "outbox.bell_lost", level=logging.WARNING, why=why, again_s=wait_s)
                self._ending.wait(wait_s)
                wait_s = min(2 * wait_s, _RECONNECT_S_MAX)

    def _heard(self) -> Iterator[None]:
        """Ring once the connection is there, since nobody heard what came before, then with each notice."""
        connection = self._connected()
        try:
            connection.execute(f"LISTEN {_CHANNEL}")
            yield
            while not self._ending.is_set():
                # One look takes all that has come: a busy ledger rings hundreds of times a second.
                if list(connection.notifies(timeout=_LISTEN_S, stop_after=1)):
                    yield
        finally:
            connection.close()

    def _connected(self) -> psycopg.Connection[tuple[object, ...]]:
        """Open a connection as the ledger's are, and take it out of their pool: it lives as long as we do."""
        pooled = self._engine.raw_connection()
        # SQLAlchemy does not say whose connection it is.
        connection: psycopg.Connection[tuple[object, ...]] = pooled.driver_connection  # type: ignore[assignment]
        pooled.detach()
        # Outside any transaction: only there does a notice come at once, and nothing old is held for us.
        connection.autocommit = True
        return connection
