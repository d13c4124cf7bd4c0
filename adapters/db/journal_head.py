"""The journal's head: the one thing that every writer of the ledger reads first and moves last.

Whoever posts holds the head, so there is one writer at a time however many processes there are: SQLite's
BEGIN IMMEDIATE has seen to it already, on PostgreSQL it is a lock that ends with the transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from adapters.db import tables as t
from adapters.db.bulk import Prepared
from gateway.core.chain import Link

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: The lock's number among the advisory locks of the database: "till" in ASCII.
_LOCK = 0x74696C6C
_TAKE_LOCK = f"SELECT pg_advisory_xact_lock({_LOCK})"

_l = t.chain_link.c
_CLOSED = select(func.max(t.closed_day.c.business_date)).scalar_subquery()
_LAST = Prepared(
    select(_l.number, _l.at_us, _l.last_id, _l.last_position, _l.mac, _CLOSED).where(
        _l.number == select(func.max(_l.number)).scalar_subquery()
    )
)


@dataclass(frozen=True, slots=True)
class Taken:
    """The head as it stands under the lock, and the last business day that is closed.

    ``head`` is None where there is no chain yet.
    """

    head: Link | None
    closed: str | None


def take_head(connection: Connection) -> Taken:
    """Lock the ledger until the transaction ends, and read where it stands."""
    if connection.dialect.name == "postgresql":
        # A statement of its own: only the next one sees what the holder before us has committed.
        connection.exec_driver_sql(_TAKE_LOCK)
    rows = _LAST.rows(connection)
    if not rows:
        return Taken(None, None)
    number, at_us, last_id, last_position, mac, closed = tuple(rows[0])
    return Taken(Link(number, at_us, last_id, last_position, mac), closed)
