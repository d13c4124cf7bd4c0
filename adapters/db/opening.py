"""Open the database: the embedded one as safely as it can be had, its tables brought up to date."""

from __future__ import annotations

import importlib.resources
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event, make_url

#: Pages that SQLite keeps, in KiB: the inner pages of every index of some million payments fit, and what does
#: not is in the system's own cache.
CACHE_KIB = 16_384

#: Execution option of connections that only read: they see one snapshot and hold nobody up.
READING = "powertill_reading"

#: What the fuse box passes on without knowing what it is made of.
Database = Engine

#: How long a second process (an operator's command) may hold the write lock before we give up.
BUSY_TIMEOUT_MS = 5_000


class DatabaseFault(RuntimeError):  # noqa: N818 - said to the operator as it is
    """A database on which nothing may be acknowledged."""


def open_database(url: str) -> Engine:
    """Make the engine for a database URL; no connection is opened yet.

    SQLite runs with WAL and ``synchronous=FULL`` (an acknowledged commit survives a power cut) and begins
    every transaction as IMMEDIATE: the driver's own delayed BEGIN would let two writers deadlock.
    """
    # An error names its statement, never the values: there are tokens and names of people among them.
    engine = create_engine(url, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_immediate)
    return engine


def migrate(engine: Engine) -> None:
    """Bring the tables up to the newest migration; nothing happens when they are."""
    config = Config()
    config.set_main_option("script_location", str(importlib.resources.files("adapters.db") / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def sqlite_path(url: str) -> str | None:
    """Return the file of an embedded database, or None for another one."""
    parsed = make_url(url)
    return parsed.database if parsed.get_backend_name() == "sqlite" else None


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's connection
    connection.isolation_level = None  # transactions are begun by _begin_immediate, never by the driver
    (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
    if mode not in {"wal", "memory"}:
        # Some network file systems refuse it silently, and then a crash may lose what was acknowledged.
        raise DatabaseFault(f"this file system allows no write-ahead log of SQLite's (mode {mode})")
    for pragma in (
        "synchronous=FULL",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "foreign_keys=ON",
        f"cache_size=-{CACHE_KIB}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's event signature
    is_reading = connection.get_execution_options().get(READING, False)
    connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")
