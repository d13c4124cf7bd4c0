"""Moves books from the embedded database to PostgreSQL: every row, in one transaction, compared at the end.

The embedded books are locked meanwhile, so nobody posts in between; they stay as they are. The chain is the
same chain: its rows and seals are copied, and the same key verifies them on the other side.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

import psycopg
from sqlalchemy import Integer, func, select, text

from adapters.db import tables as t
from adapters.db.journal_reader import JournalReader
from adapters.db.opening import MONTHS_AHEAD, DatabaseFault, faults_in_words
from adapters.db.owner import is_empty
from gateway.core.timeline import moment_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection, Engine, Table

#: Rows read and sent at a time: some megabytes.
_PAGE: Final = 5_000

#: What is summed on both sides. Ids and times are not: their sums are beyond 64 bits; the chain seals them.
_SUMMED: Final = frozenset({
    "amount", "balance", "credit", "debit", "encoded_wh", "energy_wh", "from_loaded_wh", "issued_wh",
    "loaded_wh", "mtd_wh", "overdraft_minor", "postings", "refund_minor", "remaining_wh", "tender_minor",
    "used_wh", "ytd_wh",
})  # fmt: skip

#: Rows after which the caller is told how far it is.
_SAY_EVERY: Final = 100_000

#: Months of partitions that the database makes in one go.
_MONTHS_MAX: Final = 120


@dataclass(frozen=True, slots=True)
class Compared:
    """A table on both sides: how many rows, and the sums of its money and energy, which agree."""

    table: str
    rows: int
    sums: dict[str, int]


def move_books(
    source: Engine,
    target: Engine,
    judge: Callable[[JournalReader], Sequence[str]],
    say: Callable[[str, int], None] = lambda _table, _rows: None,
) -> list[Compared]:
    """Copy all of the books; ``say`` hears table and rows so far, ``judge`` says what is wrong at the end.

    DatabaseFault: the target has books, or does not hold what was copied (then nothing is left there).
    """
    with faults_in_words():
        if not is_empty(target):
            raise DatabaseFault("there are books in the target already; cure: name an empty database")
        # The write lock (BEGIN IMMEDIATE) keeps every gateway and every command from posting meanwhile.
        with source.begin() as reading, target.begin() as writing:
            _make_partitions(reading, writing)
            for table in t.metadata.sorted_tables:
                _copy(reading, writing, table, say)
            compared = [_compared(reading, writing, table) for table in t.metadata.sorted_tables]
            findings = judge(JournalReader(target, writing))
            if findings:
                raise DatabaseFault(f"the copy is not what was sealed, and nothing was moved: {findings[0]}")
            return compared


def _make_partitions(reading: Connection, writing: Connection) -> None:
    """Make partitions from the month of the first entry on."""
    first_us = reading.execute(select(func.min(t.entry.c.at_us))).scalar_one()
    today = datetime.now(UTC).date()
    begin = moment_of(first_us).date() if first_us is not None else today
    months = (today.year - begin.year) * 12 + today.month - begin.month + MONTHS_AHEAD
    statement = text("SELECT powertill_make_partitions(:first, :months)")
    # What is older than ten years goes into the default partition, and nothing is wrong with that.
    start = begin if months <= _MONTHS_MAX else date(today.year - 9, today.month, 1)
    months = min(months, _MONTHS_MAX)
    writing.execute(statement, {"first": start, "months": months})


def _copy(reading: Connection, writing: Connection, table: Table, say: Callable[[str, int], None]) -> None:
    names = ", ".join(column.name for column in table.c)
    wire: Any = writing.connection.driver_connection  # psycopg's, which alone knows COPY
    rows = reading.execution_options(yield_per=_PAGE).execute(select(table).order_by(*table.primary_key))
    count = 0
    try:
        with wire.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
                count += 1
                if count % _SAY_EVERY == 0:
                    say(table.name, count)
    except psycopg.Error as fault:
        # Its own words may show the row: a name, or a token.
        kind = type(fault).__name__
        where = f"{table.name}, near row {count}"
        raise DatabaseFault(f"{where}: the server refuses ({kind}); nothing was moved") from None
    say(table.name, count)
    key = next(iter(table.primary_key))
    if isinstance(key.type, Integer) and key.autoincrement is not False and len(table.primary_key) == 1:
        last = f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) FROM {table.name}"  # noqa: S608
        writing.execute(text(f"{last} HAVING max(id) IS NOT NULL"))


def _compared(reading: Connection, writing: Connection, table: Table) -> Compared:
    numbers = [column for column in table.c if column.name in _SUMMED]
    statement = select(func.count(), *(func.sum(column) for column in numbers)).select_from(table)
    here, there = (
        [int(value or 0) for value in connection.execute(statement).one()]
        for connection in (reading, writing)
    )
    if here != there:
        raise DatabaseFault(f"{table.name} is not the same on both sides; nothing was moved")
    return Compared(
        table.name, here[0], dict(zip((column.name for column in numbers), here[1:], strict=True))
    )
