"""The figures of a business day: its accounts' sums, the same from the postings, the last close, open days.

The poster keeps the sums with every batch, so a trial balance reads one row for each account and day and
never the postings; those are counted anew when the day is closed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, bindparam, case, cast, func, literal, select

from adapters.db import tables as t
from adapters.db.entry_id import NO_END, first_id_at
from gateway.core.chart import is_hold
from gateway.core.closed_day import AccountSums, Closed, DayFigures, Recount, close_key
from gateway.core.outcome import recalled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Connection

    from gateway.core.calendar import DaySpan

#: Open days that are looked at: ten years without a close. The earliest come first, and only they matter.
OPEN_DAYS_MAX: Final = 3_700

_DAY_US: Final = 24 * 3_600 * 1_000_000

_d, _a, _e, _p, _c = t.account_day.c, t.account.c, t.entry.c, t.posting.c, t.closed_day.c
_DAY = bindparam("day", type_=_d.business_date.type)


def summed(amounts: ColumnElement[Any]) -> ColumnElement[int]:
    """Sum to a whole number: PostgreSQL's sums of them are decimals."""
    return cast(func.coalesce(func.sum(amounts), 0), BigInteger)


_TODAY = _d.business_date == _DAY
_SUMS = (
    select(
        _a.code,
        _a.unit,
        summed(case((_TODAY, 0), else_=_d.debit - _d.credit)),
        summed(case((_TODAY, _d.debit), else_=0)),
        summed(case((_TODAY, _d.credit), else_=0)),
    )
    .join(t.account, _a.id == _d.account_id)
    .where(_d.business_date <= _DAY)
    .group_by(_a.code, _a.unit)
)

_COUNTED = (
    select(
        _p.account_id,
        summed(case((_p.amount > 0, _p.amount), else_=0)).label("debit"),
        summed(case((_p.amount < 0, -_p.amount), else_=0)).label("credit"),
        # A hold is credited when it begins and debited when it ends.
        summed(case((_p.amount < 0, 1), else_=-1)).label("held"),
        summed(case((_p.line == 0, 1), else_=0)).label("entries"),
    )
    .join(t.entry, _e.id == _p.entry_id)
    .where(_e.business_date == _DAY)
    .where(_e.id >= bindparam("first"), _e.id < bindparam("end"))
    .where(_p.entry_id >= bindparam("first"), _p.entry_id < bindparam("end"))
    .group_by(_p.account_id)
    .subquery()
)
_RECOUNT = select(
    _a.code, _a.unit, _COUNTED.c.debit, _COUNTED.c.credit, _COUNTED.c.held, _COUNTED.c.entries
).join(_COUNTED, _COUNTED.c.account_id == _a.id)

_LAST_CLOSE = (
    select(_c.business_date, t.command_key.c.content)
    .outerjoin(t.command_key, t.command_key.c.key == literal(close_key("")) + _c.business_date)
    .order_by(_c.business_date.desc())
    .limit(1)
)
_OPEN_DAYS = (
    select(_d.business_date)
    .where(_d.business_date > func.coalesce(select(func.max(_c.business_date)).scalar_subquery(), ""))
    .distinct()
    .order_by(_d.business_date)
    .limit(OPEN_DAYS_MAX)
)


def sums_of(connection: Connection, day: str) -> tuple[AccountSums, ...]:
    """Read the accounts that did not open at zero or were moved, in the order of the canonical form."""
    rows = (AccountSums(*row) for row in connection.execute(_SUMS, {"day": day}))
    kept = [one for one in rows if one.opening or one.debit or one.credit]
    # Not by the database: each has its own order of letters.
    return tuple(sorted(kept, key=lambda one: one.place))


def figures_of(connection: Connection, span: DaySpan) -> DayFigures:
    """Read a day's sums and count its postings anew."""
    sums = sums_of(connection, span.day)
    figures = DayFigures(sums, Recount(0, {}, {}))
    for first, end in _ranges(span):
        figures = DayFigures(sums, _recounted(connection, span.day, first, end))
        if figures.agree:
            break
    return figures


def _ranges(span: DaySpan) -> Iterator[tuple[int, int]]:
    """Where the day's ids are: by the clock; by a clock that was wrong for a day; wherever."""
    yield first_id_at(span.begins_us), first_id_at(span.ends_us)
    yield first_id_at(span.begins_us - _DAY_US), first_id_at(span.ends_us + _DAY_US)
    yield 0, NO_END


def _recounted(connection: Connection, day: str, first: int, end: int) -> Recount:
    rows = connection.execute(_RECOUNT, {"day": day, "first": first, "end": end}).all()
    return Recount(
        entries=sum(row.entries for row in rows),
        moved={(row.code, row.unit): (row.debit, row.credit) for row in rows},
        held={(row.code, row.unit): row.held for row in rows if is_hold(row.code)},
    )


def last_close(connection: Connection) -> Closed | None:
    """Read what was decided when the last closed day was closed."""
    row = connection.execute(_LAST_CLOSE).one_or_none()
    if row is None:
        return None
    content = None if row.content is None else recalled(row.content)
    if isinstance(content, Closed):
        return content
    # The row and its content are written by one transaction.
    raise LookupError(f"the close of {row.business_date} has lost its content; run powertill check")


def open_days(connection: Connection) -> tuple[str, ...]:
    """Name the days after the last closed one that have entries, the earliest first."""
    return tuple(connection.execute(_OPEN_DAYS).scalars())
