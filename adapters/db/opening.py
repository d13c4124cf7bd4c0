"""Open the database, SQLite's or PostgreSQL's, as safely as it can be had; bring its tables up to date."""

from __future__ import annotations

import importlib.resources
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from sqlalchemy import URL, Connection

#: Pages that SQLite keeps, in KiB: the inner pages of every index of some million payments fit, and what does
#: not is in the system's own cache.
CACHE_KIB = 16_384

#: Execution option of SQLite's connections that only read.
_READING = "powertill_reading"

#: What the fuse box passes on without knowing what it is made of.
Database = Engine

#: Months for which PostgreSQL has partitions ahead of time: a gateway that runs makes more long before.
MONTHS_AHEAD: Final = 12

#: How long a gateway waits for a lock when it makes partitions: while it does, its own payments stand behind
#: it, at each of four locks at most. A batch seldom holds them for longer, a reader for as long as he reads.
PARTITION_WAIT_MS: Final = 100

#: How long a second process (an operator's command) may hold the write lock before we give up.
BUSY_TIMEOUT_MS = 5_000


#: How long PostgreSQL may take to answer a connection, in whole seconds: a bank waits some twenty.
CONNECT_TIMEOUT_S: Final = 5

#: Connections to PostgreSQL that are kept for the next who asks: whoever posts, its questions, the outbox,
#: four pages, two at the office's gate, and one to spare. Ten more are made when wanted, and closed again.
CONNECTIONS_KEPT: Final = 10

#: The longest statement of the ledger, the closing of a year's busiest day, takes seconds.
STATEMENT_TIMEOUT_MS: Final = 60_000

#: How long a transaction may do nothing: ours never wait for anybody between two statements.
IDLE_TIMEOUT_MS: Final = 15_000


#: SQLite's primary result codes of a file that another connection holds: BUSY and LOCKED (sqlite.org,
#: "Result and Error Codes").
_SQLITE_HELD: Final = frozenset({5, 6})

#: SQLite's primary result codes of a file whose bytes make no sense: CORRUPT and NOTADB.
_SQLITE_DAMAGED: Final = frozenset({11, 26})

#: PostgreSQL's insufficient_privilege (its manual, appendix A).
_NO_RIGHT: Final = "42501"

#: PostgreSQL's lock_not_available (likewise).
_LOCK_HELD: Final = "55P03"

#: Characters of a driver's own words in a sentence of ours: some of them append the whole statement.
_WORDS_MAX: Final = 200


class DatabaseFault(RuntimeError):  # noqa: N818 - said to the operator as it is
    """A database that cannot be used, or on which nothing may be acknowledged; the text says the cure."""


class DatabaseHeld(DatabaseFault):
    """Somebody else held what was wanted for too long; nothing was changed, and later it may succeed."""


def open_database(url: str, password: bytes | None = None) -> Engine:
    """Make the engine for a database URL; no connection is opened yet.

    SQLite runs with WAL and ``synchronous=FULL`` (an acknowledged commit survives a power cut) and begins
    every transaction as IMMEDIATE: the driver's own delayed BEGIN would let two writers deadlock. PostgreSQL
    is held to ``synchronous_commit`` for the same reason, whatever its own configuration says.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return _open_postgresql(parsed, password)
    # An error names its statement, never the values: there are tokens and names of people among them.
    engine = create_engine(parsed, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _open_postgresql(parsed: URL, password: bytes | None) -> Engine:
    parsed = parsed.set(drivername="postgresql+psycopg")
    if password is not None:
        parsed = parsed.set(password=password.decode())
    settings = {
        "synchronous_commit": "on",
        # A role may have other defaults; what stands here is what the ledger is made for.
        "default_transaction_isolation": "read\\ committed",
        "default_transaction_read_only": "off",
        "lock_timeout": f"{BUSY_TIMEOUT_MS}ms",
        # A transaction whose gateway hangs must not hold the journal's head from the one that replaced it.
        "idle_in_transaction_session_timeout": f"{IDLE_TIMEOUT_MS}ms",
        "timezone": "UTC",
    }
    connect_args: dict[str, Any] = {
        "connect_timeout": CONNECT_TIMEOUT_S,
        "application_name": "powertill",
        "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
        # A server that vanished without a word is noticed in this time instead of in two hours.
        "tcp_user_timeout": IDLE_TIMEOUT_MS,
        "keepalives_idle": 10,
    }
    return create_engine(
        parsed,
        hide_parameters=True,
        connect_args=connect_args,
        pool_pre_ping=True,
        pool_size=CONNECTIONS_KEPT,
        pool_use_lifo=True,
    )


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
    with faults_in_words(), reading(engine) as connection:
        scripts = ScriptDirectory.from_config(_alembic())
        _refuse_newer(connection, scripts)
        if _revisions(connection) != set(scripts.get_heads()):
            raise DatabaseFault(
                "the books are of an older version than this program; cure: powertill db upgrade (an "
                "embedded database is brought up to date by the gateway itself when it starts)"
            )


def reading(engine: Engine, page: int | None = None) -> Connection:
    """Connect for reading only: a transaction sees one snapshot, and holds nobody up.

    ``page``: rows come from the server so many at a time.
    """
    paged = {} if page is None else {"yield_per": page}
    if is_postgresql(engine):
        return engine.connect().execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True, **paged
        )
    return engine.connect().execution_options(**{_READING: True}, **paged)


def prepare_poster(connection: Connection) -> None:
    """Set what only the poster's connection needs: readers may take the time, and the plans, of their books.

    No statement runs for ever. And none reads a whole table: all that a batch asks, it asks by key, but a
    statement that was planned on the empty tables of new books reads them from end to end for as long as
    its plan is kept, which is until PostgreSQL has analysed them, or for ever where it is not let to. Without
    such plans there is nothing that compiling a statement could win.
    """
    if connection.dialect.name == "postgresql":
        settings = {"statement_timeout": STATEMENT_TIMEOUT_MS, "enable_seqscan": "off", "jit": "off"}
        for name, value in settings.items():
            connection.exec_driver_sql(f"SET {name} = {value}")
        connection.commit()


def is_postgresql(engine: Engine) -> bool:
    """Does PostgreSQL keep the books?"""
    return engine.dialect.name == "postgresql"


def make_partitions(
    engine: Engine, today: date, months_ahead: int = MONTHS_AHEAD, wait_ms: int = BUSY_TIMEOUT_MS
) -> int:
    """Make the monthly partitions up to so many months ahead; how many were made. SQLite has none.

    DatabaseHeld where somebody reads or writes those tables for longer than ``wait_ms``.
    """
    if not is_postgresql(engine):
        return 0
    with faults_in_words(), engine.begin() as connection:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {wait_ms}")
        statement = text("SELECT powertill_make_partitions(:today, :months)")
        made: int = connection.execute(statement, {"today": today, "months": months_ahead}).scalar_one()
        return made


def has_partition(engine: Engine, month: date) -> bool:
    """Say whether the entries of that day's month have a partition of PostgreSQL's."""
    with faults_in_words(), engine.begin() as connection:
        statement = text("SELECT to_regclass(:part) IS NOT NULL")
        return bool(connection.execute(statement, {"part": f"posting_{month:%Y_%m}"}).scalar_one())


def is_any_unplaced(engine: Engine) -> bool:
    """Say whether entries of PostgreSQL's lie in the default partition, since their month had none."""
    if not is_postgresql(engine):
        return False
    with faults_in_words(), engine.begin() as connection:
        return bool(connection.execute(text("SELECT EXISTS (SELECT 1 FROM entry_default)")).scalar_one())


@contextmanager
def faults_in_words() -> Iterator[None]:
    """Turn what the database says against us into a DatabaseFault with the cure."""
    try:
        yield
    except DBAPIError as fault:
        held = getattr(fault.orig, "sqlstate", None) == _LOCK_HELD
        raise (DatabaseHeld if held else DatabaseFault)(_said(fault)) from fault
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
    state = getattr(fault.orig, "sqlstate", None)
    if isinstance(fault, OperationalError) and state is None and primary == 0:
        return f"the database does not answer: {words}; cure: start it, or correct database.url"
    if state == _LOCK_HELD:
        return "somebody else uses the tables that are to be changed; cure: try again when he is done"
    if state == _NO_RIGHT:
        return f"the database refuses: {words}; cure: as its owner, run powertill db upgrade"
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
    is_reading = connection.get_execution_options().get(_READING, False)
    connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")
