"""Reads what the chain seals, link by link; makes the first link, over what was there before the chain."""

from __future__ import annotations

from dataclasses import asdict, replace
from hmac import compare_digest
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import String, func, insert, select

from adapters.db import tables as t
from adapters.db.journal_head import take_head
from adapters.db.opening import DatabaseFault, faults_in_words, reading
from gateway.core.chain import (
    GENESIS,
    SEALED,
    UNSEALED,
    Link,
    SealedLink,
    UnsealableText,
    fits,
    sealed,
    streamed_mac,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sqlalchemy import Connection, Engine, Select, Table

    Row = Sequence[Any]  # the columns of any sealed table
    Read = Callable[[Select[Any]], Iterable[Row]]

#: The first link's number; it seals whatever had no link of its own.
FIRST: Final = 1

#: Values read at a time where a link may be larger than the memory.
_PAGE: Final = 5_000

#: What is said of books whose chain is gone.
NO_CHAIN: Final = (
    "there are books without a chain; cure: if they are from before the chain, seal them once with "
    "powertill db upgrade; otherwise somebody has removed it: restore a copy"
)

#: Tables whose rows name their link, with the sealed columns by which they are sorted within it.
_LINKED: Final = {
    "account": 1, "command_key": 1, "sale": 1, "token": 3, "diary": 1, "amendment": 1, "invoice": 2,
    "reading": 1, "inspection": 1, "departure": 1, "sale_reset": 1,
}  # fmt: skip


def is_anything_booked(connection: Connection) -> bool:
    """Say whether there is anything that a chain would have to seal."""
    tables = (
        t.entry, t.command_key, t.sale, t.diary, t.amendment, t.invoice, t.reading, t.inspection, t.departure,
        t.sale_reset,
    )  # fmt: skip
    found = (connection.execute(select(table).limit(1)).first() for table in tables)
    return any(row is not None for row in found)


def adopt(connection: Connection, secret: bytes, at_us: int) -> Link:
    """Make the first link, over all there is; usually nothing."""
    e = t.entry.c
    last = connection.execute(select(e.id, e.position).order_by(e.id.desc()).limit(1)).one_or_none()
    last_id, last_position = (0, 0) if last is None else last
    link = Link(FIRST, at_us, last_id, last_position, "")
    link = replace(link, mac=_first_mac(connection, link, secret))
    connection.execute(insert(t.chain_link).values(asdict(link)))
    return link


def _first_mac(connection: Connection, link: Link, secret: bytes) -> str:
    """Seal the first link, which may hold years of books: column by column, a page of values in memory."""

    def columns(name: str) -> Iterator[Iterator[object]]:
        for statement in _column_statements(name, link, connection.dialect.name):
            yield iter(connection.execute(statement, execution_options={"yield_per": _PAGE}).scalars())

    def is_filled(name: str) -> bool:
        first = next(_column_statements(name, link, connection.dialect.name))
        return connection.execute(first.limit(1)).first() is not None

    filled = [name for name in SEALED if is_filled(name)]
    return streamed_mac(secret, GENESIS, link, ((name, columns(name)) for name in filled))


def _column_statements(name: str, link: Link, dialect: str) -> Iterator[Select[Any]]:
    """Select each sealed column of the first link's rows by itself, in the seal's order."""
    table = t.metadata.tables[name]
    names = [column.key for column in table.c]
    columns = [table.c[key] for key in sealed(name, names, names)]
    if name in _LINKED:
        within, order = table.c.link <= link.number, columns[: _LINKED[name]]
    else:
        order = list(table.primary_key)
        within = order[0] <= link.last_id
    # Texts by their bytes, as Python sorts them, whatever the database's own order is.
    by_bytes = "C" if dialect == "postgresql" else "BINARY"
    by = [key.collate(by_bytes) if isinstance(key.type, String) else key for key in order]
    for column in columns:
        yield select(column).where(within).order_by(*by)


def links(read: Read) -> Iterator[Link]:
    """Read every link, in order."""
    c = t.chain_link.c
    statement = select(c.number, c.at_us, c.last_id, c.last_position, c.mac).order_by(c.number)
    return (Link(*row) for row in read(statement))


def sealed_links(read: Read, chain: Iterable[Link]) -> Iterator[SealedLink]:
    """Give each link of the chain with its rows; ``read`` runs a select; all are read side by side.

    Rows behind the last link come in the end, on a link of their own that has no seal (UNSEALED).
    """
    tables = _Tables(read)
    last = Link(0, 0, 0, 0, "")
    for last in chain:
        yield SealedLink(last, tables.until(last))
    rest = tables.until(None)
    if any(rest.values()):
        yield SealedLink(replace(last, number=last.number + 1, mac=UNSEALED), rest)


class _Tables:
    """The rows of every sealed table, taken link by link."""

    def __init__(self, read: Read, *, after: Link | None = None, only: Link | None = None) -> None:
        self._journal = {
            "entry": _Ahead(read(_journal_statement(t.entry, after, only)), itemgetter(0)),
            "posting": _Ahead(read(_journal_statement(t.posting, after, only)), itemgetter(0)),
        }
        self._linked = {name: _Linked(read(_linked_statement(name, only)), name) for name in _LINKED}

    def until(self, link: Link | None) -> dict[str, Sequence[Row]]:
        """Take the rows up to a link, or all that are left."""
        rows: dict[str, Sequence[Row]] = {
            name: table.until(None if link is None else link.last_id) for name, table in self._journal.items()
        }
        rows |= {
            name: table.until(None if link is None else link.number) for name, table in self._linked.items()
        }
        return {name: rows[name] for name in SEALED}


class _Ahead:
    """Rows that rise by a key, taken as far as wanted."""

    def __init__(self, rows: Iterable[Row], key: Callable[[Row], Any]) -> None:
        self._rows = iter(rows)
        self._key = key
        self._next = next(self._rows, None)

    def until(self, last: int | None) -> list[Row]:
        """Take the rows up to a key, or all that are left."""
        taken: list[Row] = []
        row, key = self._next, self._key
        while row is not None and (last is None or key(row) <= last):
            taken.append(row)
            row = next(self._rows, None)
        self._next = row
        return taken


class _Linked:
    """Rows that name their link in their last column, which is no part of the seal."""

    def __init__(self, rows: Iterable[Row], table: str) -> None:
        self._rows = _Ahead(rows, itemgetter(-1))
        self._sorted_by = itemgetter(*range(_LINKED[table]))

    def until(self, number: int | None) -> list[Row]:
        """Take the rows of links up to this one; in the database their order within a link is not told."""
        return sorted([tuple(row)[:-1] for row in self._rows.until(number)], key=self._sorted_by)


def _journal_statement(table: Table, after: Link | None, only: Link | None) -> Select[Any]:
    key = list(table.primary_key)
    statement = select(*table.c).order_by(*key)
    if only is not None:
        statement = statement.where(key[0] > (after.last_id if after else 0), key[0] <= only.last_id)
    return statement


def _linked_statement(name: str, only: Link | None) -> Select[Any]:
    table = t.metadata.tables[name]
    names = [column.key for column in table.c]
    statement = select(*[table.c[n] for n in sealed(name, names, names)], table.c.link).order_by(table.c.link)
    return statement if only is None else statement.where(table.c.link == only.number)


def one_link(read: Read, number: int) -> tuple[str, SealedLink] | None:
    """Read one link with its rows, and the seal of the link before; None where there is no such link."""
    c = t.chain_link.c
    pair = select(c.number, c.at_us, c.last_id, c.last_position, c.mac).where(
        c.number.in_([number - 1, number])
    )
    found = [Link(*row) for row in read(pair.order_by(c.number))]
    if not found or found[-1].number != number:
        return None
    link = found[-1]
    before = found[0] if len(found) > 1 else None
    return (before.mac if before else GENESIS), SealedLink(
        link, _Tables(read, after=before, only=link).until(link)
    )


def seal_old_books(engine: Engine, secret: bytes, at_us: int) -> bool:
    """Seal books that were there before the chain, in one link; False where there is a chain already.

    Only by hand and only once: else whoever removes the chain would have his changes sealed.
    """
    with faults_in_words(), engine.begin() as connection:
        if take_head(connection).head is not None:
            return False
        adopt(connection, secret, at_us)
        return True


def require_own_chain(engine: Engine, secret: bytes) -> None:
    """Refuse books that this key has not sealed; DatabaseFault with the cure. New books are anybody's."""
    with faults_in_words(), reading(engine) as connection, connection.begin():
        number = connection.execute(select(func.max(t.chain_link.c.number))).scalar()
        if number is None:
            if is_anything_booked(connection):
                raise DatabaseFault(NO_CHAIN)
            return
        if not _is_right(connection, number, secret):
            raise DatabaseFault(
                f"the journal's last link, {number}, was sealed with another key or was changed; cure: name "
                "the key of these books in [ledger] chain_key_file, then run powertill ledger verify"
            )


def _is_right(connection: Connection, number: int, secret: bytes) -> bool:
    if number == FIRST:
        (link,) = links(connection.execute)
        try:
            return compare_digest(_first_mac(connection, link, secret), link.mac)
        except (UnsealableText, TypeError, ValueError):
            return False
    found = one_link(connection.execute, number)
    return found is not None and fits(found[1], secret, found[0])
