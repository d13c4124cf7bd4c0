"""A connection for one question: how PostgreSQL goes about it, and how long either database may take."""

from __future__ import annotations

import time
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from adapters.db.opening import is_postgresql, reading
from gateway.ports import TakesTooLong

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine, TextClause

#: Seconds that a page's question may take: people have given up by then, and few threads answer all of them.
#: PostgreSQL counts each of a question's few statements, SQLite all of them together.
QUESTION_S_MAX: Final = 10

#: Steps of SQLite's machine between two looks at the clock: less than a millisecond.
_STEPS: Final = 20_000

#: PostgreSQL's query_canceled (its manual, appendix A), and SQLite's INTERRUPT (sqlite.org, result codes).
_CANCELLED: Final = "57014"
_INTERRUPTED: Final = 9

_SETTINGS: Final = {
    # Compiling a statement takes longer than an office's question may.
    "jit": "off",
    # A plan that is made without the values takes a small branch for a large one.
    "plan_cache_mode": "force_custom_plan",
    # The indexes that lists go along are in memory, and are read in order: said so, they are used.
    "random_page_cost": "1.1",
    # The meters of a branch, among which each sale is looked up, are in memory at once: 50 bytes each.
    "work_mem": "64MB",
    # Whoever sells goes first: a list takes one core from the ledger, never all of them.
    "max_parallel_workers_per_gather": "0",
}


@contextmanager
def asking(engine: Engine, limit_s: float | None = None) -> Iterator[Connection]:
    """Connect for a question, in one snapshot; TakesTooLong after ``limit_s`` seconds (None: never)."""
    try:
        with reading(engine) as connection, connection.begin():
            if is_postgresql(engine):
                prepare_view(connection, limit_s)
                yield connection
            else:
                with _watched(connection, limit_s):
                    yield connection
    except DBAPIError as fault:
        if _is_stopped(fault):
            raise TakesTooLong from None
        raise


def prepare_view(connection: Connection, limit_s: float | None) -> None:
    """Set what a question needs of PostgreSQL, until its transaction ends."""
    connection.execute(_preparing(limit_s))


@cache
def _preparing(limit_s: float | None) -> TextClause:
    limit = {} if limit_s is None else {"statement_timeout": f"{limit_s * 1_000:.0f}"}
    settings = (_SETTINGS | limit).items()
    return text("SELECT " + ", ".join(f"set_config('{name}', '{value}', true)" for name, value in settings))


@contextmanager
def _watched(connection: Connection, limit_s: float | None) -> Iterator[None]:
    """Have SQLite look at the clock while it works; a connection goes back to the others without it."""
    driver: Any = connection.connection.driver_connection
    if limit_s is not None:
        end = time.monotonic() + limit_s
        driver.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)


def _is_stopped(fault: DBAPIError) -> bool:
    primary = getattr(fault.orig, "sqlite_errorcode", 0) & 0xFF
    return primary == _INTERRUPTED or getattr(fault.orig, "sqlstate", None) == _CANCELLED
