"""The journal's head: the one thing that every writer of the ledger reads first and moves last.

Whoever posts holds the head, so there is one writer at a time however many processes there are: SQLite's
BEGIN IMMEDIATE has seen to it already, on PostgreSQL it is a lock that ends with the transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, text

from adapters.db import tables as t
from adapters.db.bulk import Prepared, answers
from gateway.core.chain import Link

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Dialect

    from adapters.db.bulk import Question

#: The lock's number among the advisory locks of the database: "till" in ASCII.
_LOCK = 0x74696C6C
_TAKE_LOCK = Prepared(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))

_l = t.chain_link.c
_NEWEST = (
    select(_l.number, _l.at_us, _l.last_id, _l.last_position, _l.mac).order_by(_l.number.desc()).limit(1)
)
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
    return taken(answers(connection, head_questions(connection.dialect))[-1])


def newest_link(connection: Connection) -> Link | None:
    """Read where the journal stands, and hold nobody up; None before the first link."""
    row = connection.execute(_NEWEST).one_or_none()
    return None if row is None else Link(*row)


def head_questions(dialect: Dialect) -> list[Question]:
    """Ask for the lock, where it is one, and for the head; whatever is asked behind is read under the lock.

    The lock is a statement of its own: only the next one sees what the holder before us has committed.
    """
    last: Question = (_LAST, None)
    return [(_TAKE_LOCK, None), last] if dialect.name == "postgresql" else [last]


def taken(rows: Sequence[tuple[Any, ...]]) -> Taken:
    """Read the answer to the last of ``head_questions``."""
    if not rows:
        return Taken(None, None)
    number, at_us, last_id, last_position, mac, closed = rows[0]
    return Taken(Link(number, at_us, last_id, last_position, mac), closed)
