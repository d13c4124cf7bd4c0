"""The outbox's reading side: notices are leased, delivered by somebody else, and taken out or made due later.

A lease pushes the row's due moment ahead and counts an attempt, in one statement; whoever dies with it leaves
nothing to clean up. On PostgreSQL consumers pass over each other's rows (SKIP LOCKED), on SQLite BEGIN
IMMEDIATE lets one in at a time: no row is in two leases at once.

Nothing here has to survive a power cut: what is forgotten is delivered again under the same key. So these
transactions do not wait for the disk (``own_connection``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, delete, exists, func, select, tuple_, update

from adapters.db import tables as t
from adapters.db.opening import faults_in_words, is_postgresql, reading
from adapters.db.own_connection import OwnConnection
from gateway.core.delivery import NEVER_US, Backlog, LeasedNotice

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, Engine

    #: Receipt number and the end of the meter's number of a sale.
    SaleNamed = tuple[int, str]

#: Rows in one statement: more gain nothing, and SQLite's write lock is held for so many.
PAGE_MAX: Final = 500

#: The last four digits of the number on a meter's face, in its MeterPAN, which has a check digit behind them
#: (IEC 62055-41, 6.1.2): enough for a clerk who holds the receipt, too few to name a meter.
_METER_END: Final = slice(-5, -1)

_o = t.outbox.c
_DUE = _o.due_us <= bindparam("now_us")
_ANY_DUE = select(exists().where(_DUE))
_FIRST_DUE = (
    select(_o.id)
    .where(_DUE)
    .order_by(_o.due_us, _o.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
    # The lock keeps PostgreSQL from evaluating this twice, and so from leasing more than was asked for.
    .cte("first_due")
)
_LEASE = (
    update(t.outbox)
    .where(_o.id.in_(select(_FIRST_DUE.c.id)))
    .values(due_us=bindparam("until_us"), attempts=_o.attempts + 1)
    .returning(_o.id, _o.kind, _o.subject, _o.text, _o.at_us, _o.attempts)
)
_SALES = (
    select(t.sale.c.id, t.sale.c.receipt_no, t.meter.c.pan)
    .join(t.meter, t.meter.c.id == t.sale.c.meter_id)
    .where(t.sale.c.id.in_(bindparam("subjects", expanding=True)))
)
# By id and moment: SQLite may have given the number of a row that is gone to a new one.
_DONE = (
    delete(t.outbox)
    .where(_o.id.in_(bindparam("ids", expanding=True)))
    .where(tuple_(_o.id, _o.at_us).in_(bindparam("places", expanding=True)))
)
# And by attempt: a consumer whose lease has run out must not touch the lease of another.
_FAILED = (
    update(t.outbox)
    .where(_o.id == bindparam("row_id"), _o.at_us == bindparam("row_at_us"))
    .where(_o.attempts == bindparam("row_attempts"))
    .values(due_us=bindparam("new_due_us"))
)
_OLDEST = (
    select(_o.id).order_by(_o.id).limit(bindparam("most")).with_for_update(skip_locked=True).cte("oldest")
)
_DISCARD = delete(t.outbox).where(_o.id.in_(select(_OLDEST.c.id))).returning(_o.id)
_WAITS = _o.due_us < NEVER_US
BACKLOG = select(
    func.count().filter(_WAITS), func.min(_o.at_us).filter(_WAITS), func.count().filter(~_WAITS)
).select_from(t.outbox)


class Outbox:
    """Takes notices from the outbox on a connection of its own; every call comes from one thread.

    Each raises DatabaseFault where the database does not serve; the next call connects anew.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._own = OwnConnection(engine)

    def lease(self, now_us: int, until_us: int, most: int) -> list[LeasedNotice]:
        """Take at most so many notices that are due, the longest due first; they are ours ``until_us``."""
        if not self._is_worthwhile(now_us):
            return []
        with self._own.writing() as connection:
            wanted = {"now_us": now_us, "until_us": until_us, "most": min(most, PAGE_MAX)}
            rows = connection.execute(_LEASE, wanted).all()
            sales = _sales(connection, {row.subject for row in rows})
        notices = (LeasedNotice(*row, *sales.get(row.subject, ())) for row in rows)
        return sorted(notices, key=lambda notice: notice.id)

    def done(self, notices: Sequence[LeasedNotice]) -> None:
        """Take delivered notices out, in one statement for each page."""
        with self._own.writing() as connection:
            for first in range(0, len(notices), PAGE_MAX):
                page = notices[first : first + PAGE_MAX]
                places = [(notice.id, notice.at_us) for notice in page]
                connection.execute(_DONE, {"ids": [id_ for id_, _ in places], "places": places})

    def failed(self, ends: Iterable[tuple[LeasedNotice, int]]) -> None:
        """Make notices due at the moments beside them, or never; a lease that ran out changes nothing."""
        rows = [
            {
                "row_id": notice.id,
                "row_at_us": notice.at_us,
                "row_attempts": notice.attempts,
                "new_due_us": due_us,
            }
            for notice, due_us in ends
        ]
        if rows:
            with self._own.writing() as connection:
                connection.execute(_FAILED, rows)

    def discard(self, most: int) -> int:
        """Take the oldest notices out, at most so many, undelivered; how many they were."""
        with self._own.writing() as connection:
            return len(connection.execute(_DISCARD, {"most": min(most, PAGE_MAX)}).all())

    def backlog(self) -> Backlog:
        """Say what lies in the outbox. It reads all of it: for once a minute, not for each notice."""
        with faults_in_words(), reading(self._engine) as connection, connection.begin():
            return Backlog(*connection.execute(BACKLOG).one())

    def close(self) -> None:
        """Give the connection back."""
        self._own.close()

    def _is_worthwhile(self, now_us: int) -> bool:
        """Look before asking for SQLite's write lock, which the ledger wants too: most looks find nothing."""
        if is_postgresql(self._engine):
            return True
        with faults_in_words(), reading(self._engine) as connection, connection.begin():
            return bool(connection.execute(_ANY_DUE, {"now_us": now_us}).scalar_one())


def _sales(connection: Connection, subjects: set[int]) -> dict[int, SaleNamed]:
    """Name the sales that notices are about; a subject that is no sale has no name here."""
    if not subjects:
        return {}
    rows = connection.execute(_SALES, {"subjects": sorted(subjects)})
    return {id_: (receipt_no, pan[_METER_END]) for id_, receipt_no, pan in rows}
