"""Reads the journal back as plain rows, in order; obeys ``ports.Journal``."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from adapters.db import tables as t
from adapters.db.opening import READING
from gateway.core.journal import (
    AccountRow,
    EntryRow,
    ExceptionRow,
    KeyRow,
    PostingRow,
    SaleRow,
    TokenRow,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine, Select

#: Rows fetched at a time: the journal may be far larger than the memory.
_PAGE = 10_000


class JournalReader:
    """Each method reads in a transaction of its own, or all of them in one (``snapshot``), page by page."""

    def __init__(self, engine: Engine, connection: Connection | None = None) -> None:
        self._engine = engine
        self._connection = connection

    @contextmanager
    def snapshot(self) -> Iterator[JournalReader]:
        """Read everything as it stands at one moment, while the gateway goes on posting."""
        with self._reading() as connection, connection.begin():
            yield JournalReader(self._engine, connection)

    def _reading(self) -> Connection:
        return self._engine.connect().execution_options(**{READING: True, "yield_per": _PAGE})

    def accounts(self) -> Iterator[AccountRow]:
        """Every account, by id."""
        columns = (t.account.c.id, t.account.c.code, t.account.c.unit, t.account.c.balance)
        for row in self._rows(select(*columns).order_by(t.account.c.id)):
            yield AccountRow(*row)

    def entries(self) -> Iterator[tuple[EntryRow, tuple[PostingRow, ...]]]:
        """Every entry with its postings, by position."""
        e, p = t.entry.c, t.posting.c
        head = (e.id, e.position, e.kind, e.business_date, e.key, e.sale_id, e.reverses_id)
        statement = select(*head, p.account_id, p.amount, p.unit)
        statement = statement.join(t.posting, p.entry_id == e.id).order_by(e.position, p.line)
        entry: EntryRow | None = None
        lines: list[PostingRow] = []
        for *values, account_id, amount, unit in self._rows(statement):
            if entry is None or entry.id != values[0]:
                if entry is not None:
                    yield entry, tuple(lines)
                entry, lines = EntryRow(*values), []
            lines.append(PostingRow(entry.id, account_id, amount, unit))
        if entry is not None:
            yield entry, tuple(lines)

    def sales(self) -> Iterator[SaleRow]:
        """Every sale, by id."""
        s = t.sale.c
        columns = (s.id, s.key, s.bank, s.meter_id, s.tender_minor, s.currency, s.encoded_wh)
        statement = select(*columns, s.state, s.receipt_no, s.at_us).order_by(s.id)
        for row in self._rows(statement):
            yield SaleRow(*row)

    def tokens(self) -> Iterator[TokenRow]:
        """Every token, by meter, base date and id."""
        columns = (t.token.c.meter_id, t.token.c.base_date, t.token.c.tid, t.token.c.sale_id)
        for row in self._rows(select(*columns).order_by(*columns[:3])):
            yield TokenRow(*row)

    def open_exceptions(self) -> Iterator[ExceptionRow]:
        """Everything that a person must look at, the oldest first."""
        x = t.exception_note.c
        statement = select(x.id, x.kind, x.bank, x.key, x.text, x.at_us).where(x.is_open).order_by(x.id)
        for row in self._rows(statement):
            yield ExceptionRow(*row)

    def stored_keys(self) -> Iterator[KeyRow]:
        """Every key with its decided content."""
        k = t.command_key.c
        for row in self._rows(select(k.key, k.digest, k.content).order_by(k.key)):
            yield KeyRow(*row)

    def _rows(self, statement: Select[Any]) -> Iterator[tuple[Any, ...]]:
        if self._connection is not None:
            for row in self._connection.execute(statement):
                yield tuple(row)
            return
        with self._reading() as connection, connection.begin():
            for row in connection.execute(statement):
                yield tuple(row)
