"""The statement of an account: its postings of some days as they were booked, with the balance after each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, case, or_, select

from adapters.db import tables as t
from adapters.db.day_figures import summed
from adapters.db.day_range import id_range
from adapters.db.entry_id import NO_END
from adapters.db.view import View
from gateway.core.views import StatementRow, StatementTotals

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.core.views import Statement

_d, _a, _e, _p = t.account_day.c, t.account.c, t.entry.c, t.posting.c
_FIRST, _LAST = (
    bindparam("first", type_=_d.business_date.type),
    bindparam("last", type_=_d.business_date.type),
)

_ACCOUNT = select(_a.id).where(_a.code == bindparam("code"), _a.unit == bindparam("unit"))
_BEFORE = _d.business_date < _FIRST
_TOTALS = select(
    summed(case((_BEFORE, _d.debit - _d.credit), else_=0)),
    summed(case((_BEFORE, 0), else_=_d.debit)),
    summed(case((_BEFORE, 0), else_=_d.credit)),
    summed(case((_BEFORE, 0), else_=_d.postings)),
).where(_d.account_id == bindparam("account"), _d.business_date <= _LAST)

#: Both tables are held to the range: PostgreSQL leaves the other months' partitions of each alone.
PAGE: Final = (
    select(_p.entry_id, _p.line, _e.position, _e.at_us, _e.business_date, _e.kind, _e.key, _p.amount)
    .join(t.entry, _e.id == _p.entry_id)
    .where(_p.account_id == bindparam("account"))
    .where(_p.entry_id >= bindparam("begin"), _p.entry_id < bindparam("end"))
    .where(_e.id >= bindparam("begin"), _e.id < bindparam("end"))
    .where(or_(_p.entry_id > bindparam("after_id"), _p.line > bindparam("after_line")))
    .where(_e.business_date >= _FIRST, _e.business_date <= _LAST)
    .order_by(_p.entry_id, _p.line)
    .limit(bindparam("most"))
)


def _account(connection: Connection, query: Statement) -> int | None:
    return connection.execute(_ACCOUNT, {"code": query.account, "unit": query.unit}).scalar_one_or_none()


def _totals(connection: Connection, query: Statement) -> StatementTotals:
    account = _account(connection, query)
    if account is None:
        return StatementTotals(0, 0, 0, 0, 0)
    days = {"first": query.first.isoformat(), "last": query.last.isoformat()}
    opening, debit, credit, postings = connection.execute(_TOTALS, {"account": account, **days}).one()
    return StatementTotals(opening, debit, credit, opening + debit - credit, postings)


def _count(connection: Connection, query: Statement) -> int:
    return _totals(connection, query).postings


def _rows(connection: Connection, query: Statement) -> list[StatementRow]:
    totals, after = _totals(connection, query), query.after
    if totals.postings == 0:
        return []
    begin, end = id_range(connection, query.first, query.last)
    place: dict[str, Any] = {
        "account": _account(connection, query),
        "first": query.first.isoformat(),
        "last": query.last.isoformat(),
        "begin": begin if after is None else after.entry_id,
        "after_id": begin - 1 if after is None else after.entry_id,
        "after_line": -1 if after is None else after.line,
    }
    number, balance = (0, totals.opening) if after is None else (after.number, after.balance)
    rows = _page(connection, place | {"end": end, "most": query.limit}, number, balance)
    if rows:
        last = rows[-1]
        number, balance = last.number, last.balance
        place |= {"begin": last.entry_id, "after_id": last.entry_id, "after_line": last.line}
    if len(rows) < query.limit and number < totals.postings:
        # The days' sums know of more: a clock was set back, and their ids lie behind the range.
        rest = {"end": NO_END, "most": query.limit - len(rows)}
        rows += _page(connection, place | rest, number, balance)
    return rows


def _page(connection: Connection, place: dict[str, Any], number: int, balance: int) -> list[StatementRow]:
    rows = []
    for row in connection.execute(PAGE, place):
        number, balance = number + 1, balance + row.amount
        rows.append(StatementRow(number, *row, balance))
    return rows


STATEMENT: Final = View(_rows, _count, _totals)
