"""Open the database: the embedded one as safely as it can be had, its tables brought up to date."""

from __future__ import annotations

import importlib.resources
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

#: Pages that SQLite keeps, in KiB: the inner pages of every index of some million payments fit, and what does
#: not is in the system's own cache.
CACHE_KIB = 16_384

#: Execution option of connections that only read: they see one snapshot and hold nobody up.
READING = "powertill_reading"

#: What the fuse box passes on without knowing what it is made of.
Database = Engine

#: How long a second process (an operator's command) may hold the write lock before we give up.
BUSY_TIMEOUT_MS = 5_000


#: SQLite's primary result codes of a file that another connection holds: BUSY and LOCKED (sqlite.org,
#: "Result and Error Codes").
_SQLITE_HELD: Final = frozenset({5, 6})

#: SQLite's primary result codes of a file whose bytes make no sense: CORRUPT and NOTADB.
_SQLITE_DAMAGED: Final = frozenset({11, 26})

#: Characters of a driver's own words in a sentence of ours: some of them append the whole statement.
_WORDS_MAX: Final = 200


class DatabaseFault(RuntimeError):  # noqa: N818 - said to the operator as it is
    """A database that cannot be used, or on which nothing may be acknowledged; the text says the cure."""


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
    """Bring the tables up to the newest migration; nothing happens when they are.

    DatabaseFault, and the engine is closed: another process holds the database, the books are of a newer
    version than this program, or the database refuses.
    """
    try:
        with faults_in_words(), engine.begin() as connection:
            config = _alembic()
            _refuse_newer(connection, ScriptDirectory.from_config(config))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except DatabaseFault:
        engine.dispose()
        raise


def require_newest(engine: Engine) -> None:
    """Refuse books that are not of this version, and change nothing: for those who only read.

    DatabaseFault as ``migrate`` raises it, and for books that are older than this program.
    """
    with faults_in_words(), engine.connect().execution_options(**{READING: True}) as connection:
        scripts = ScriptDirectory.from_config(_alembic())
        _refuse_newer(connection, scripts)
        if _revisions(connection) != set(scripts.get_heads()):
            raise DatabaseFault(
                "the books are of an older version, and this command only reads; "
                "cure: start the gateway of this version once, it brings the books up to date"
            )


@contextmanager
def faults_in_words() -> Iterator[None]:
    """Turn what the database says against us into a DatabaseFault with the cure."""
    try:
        yield
    except DBAPIError as fault:
        raise DatabaseFault(_said(fault)) from fault
    except SQLAlchemyError as fault:
        # Such as a pool that gave up; its text may name a statement, so only its kind is told.
        raise DatabaseFault(
            f"the database cannot be used ({type(fault).__name__}); cure: see database.url"
        ) from fault


def _said(fault: DBAPIError) -> str:
    """Say in one line why the driver refused. Its own words name no values (``hide_parameters``)."""
    primary = getattr(fault.orig, "sqlite_errorcode", 0) & 0xFF
    if primary in _SQLITE_HELD:
        return (
            f"another process has held the database for more than {BUSY_TIMEOUT_MS // 1_000} s; "
            "cure: wait until it is done or end it, then try again"
        )
    if primary in _SQLITE_DAMAGED:
        return f"the database's file is damaged ({fault.orig}); cure: stop the gateway, restore a copy"
    words = " ".join(str(fault.orig).split())[:_WORDS_MAX]
    return f"the database refuses: {words}; cure: see that it runs, has room and is the gateway's to write to"


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(importlib.resources.files("adapters.db") / "migrations"))
    return config


def _revisions(connection: Connection) -> set[str]:
    """Read at which migrations the tables stand: none where there are no tables yet."""
    return set(MigrationContext.configure(connection).get_current_heads())


def _refuse_newer(connection: Connection, scripts: ScriptDirectory) -> None:
    known = {script.revision for script in scripts.walk_revisions()}
    strange = sorted(_revisions(connection) - known)
    if strange:
        raise DatabaseFault(
            f"the books are of a newer version than this program (no {', '.join(strange)[:60]} in it); "
            "cure: run the version that wrote them, or restore the books from before"
        )


def sqlite_path(url: str) -> str | None:
    """Return the file of an embedded database, or None for another one."""
    parsed = make_url(url)
    return parsed.database if parsed.get_backend_name() == "sqlite" else None


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's connection
    connection.isolation_level = None  # transactions are begun by _begin_immediate, never by the driver
    # First of all, for the next one may have to wait already.
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
    if mode not in {"wal", "memory"}:
        # Some network file systems refuse it silently, and then a crash may lose what was acknowledged.
        raise DatabaseFault(
            f"this file system allows no write-ahead log of SQLite's (mode {mode}); "
            "cure: keep the database on a local disk"
        )
    for pragma in (
        "synchronous=FULL",
        "foreign_keys=ON",
        f"cache_size=-{CACHE_KIB}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's event signature
    is_reading = connection.get_execution_options().get(READING, False)
    connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")
