"""The accounts of a business day, page by page, and an account day by day.

What an account stands at now is kept with it, so its figures of a day are that, less what moved it since:
for today nothing, for a day long ago what a sum from the beginning would read as well.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, and_, bindparam, func, literal, or_, select, tuple_

from adapters.db import tables as t
from adapters.db.day_figures import summed
from adapters.db.like import holds
from adapters.db.list_page import counted
from adapters.db.view import View
from gateway.core.closed_day import AccountSums
from gateway.core.views import UnitTotals
from gateway.core.views_ledger import AccountDay, AccountOrder

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement, Connection, Select

    from gateway.core.views_ledger import AccountDays, AccountsOfDay

_a, _d = t.account.c, t.account_day.c
_DAY: Final = bindparam("day", type_=_d.business_date.type)

_SINCE: Final = (
    select(_d.account_id, summed(_d.debit - _d.credit).label("moved"))
    .where(_d.business_date > _DAY)
    .group_by(_d.account_id)
    .subquery("since")
)


def _or_nothing(figure: ColumnElement[Any]) -> ColumnElement[int]:
    return func.coalesce(figure, 0)


_DEBIT, _CREDIT = _or_nothing(_d.debit), _or_nothing(_d.credit)
_CLOSING = _a.balance - _or_nothing(_SINCE.c.moved)
_OPENING = _CLOSING - _DEBIT + _CREDIT
_FIGURES: Final = (
    select(_a.code, _a.unit, _OPENING.label("opening"), _DEBIT.label("debit"), _CREDIT.label("credit"))
    .select_from(
        t.account.outerjoin(t.account_day, and_(_d.account_id == _a.id, _d.business_date == _DAY)).outerjoin(
            _SINCE, _SINCE.c.account_id == _a.id
        )
    )
    .where(or_(_OPENING != 0, _DEBIT != 0, _CREDIT != 0))
)
_PLACES: Final[dict[AccountOrder, tuple[ColumnElement[Any], ...]]] = {
    AccountOrder.CODE: (_a.code, _a.unit),
    AccountOrder.UNIT: (_a.unit, _a.code),
    AccountOrder.OPENING: (_a.unit, _OPENING, _a.code),
    AccountOrder.DEBIT: (_a.unit, _DEBIT, _a.code),
    AccountOrder.CREDIT: (_a.unit, _CREDIT, _a.code),
    AccountOrder.CLOSING: (_a.unit, _CLOSING, _a.code),
}
_PLACE_OF: Final[dict[AccountOrder, Callable[[AccountSums], tuple[str | int, ...]]]] = {
    AccountOrder.CODE: lambda one: (one.code, one.unit),
    AccountOrder.UNIT: lambda one: (one.unit, one.code),
    AccountOrder.OPENING: lambda one: (one.unit, one.opening, one.code),
    AccountOrder.DEBIT: lambda one: (one.unit, one.debit, one.code),
    AccountOrder.CREDIT: lambda one: (one.unit, one.credit, one.code),
    AccountOrder.CLOSING: lambda one: (one.unit, one.closing, one.code),
}


def _chosen(query: AccountsOfDay) -> Select[Any]:
    statement = _FIGURES.params(day=query.day.isoformat())
    return statement if query.text is None else statement.where(holds(_a.code, query.text))


def _rows(connection: Connection, query: AccountsOfDay) -> list[AccountSums]:
    statement, places = _chosen(query), _PLACES[query.order]
    if query.after is not None:
        here = tuple_(*places)
        there = tuple_(*(_literal(value) for value in _PLACE_OF[query.order](query.after)))
        statement = statement.where(here < there if query.is_descending else here > there)
    by = [place.desc() if query.is_descending else place.asc() for place in places]
    found = connection.execute(statement.order_by(*by).limit(query.limit))
    return [AccountSums(*row) for row in found]


def _literal(value: str | int) -> ColumnElement[Any]:
    return literal(value, BigInteger) if isinstance(value, int) else literal(value)


def _count(connection: Connection, query: AccountsOfDay) -> int:
    return counted(connection, _chosen(query))


def _units(connection: Connection, query: AccountsOfDay) -> tuple[UnitTotals, ...]:
    figures = _FIGURES.subquery()
    sums = [summed(figures.c[name]) for name in ("opening", "debit", "credit")]
    statement = select(figures.c.unit, *sums).group_by(figures.c.unit)
    rows = connection.execute(statement, {"day": query.day.isoformat()})
    return tuple(
        UnitTotals(unit, opening, debit, credit, opening + debit - credit)
        for unit, opening, debit, credit in sorted(map(tuple, rows))
    )


def _days(connection: Connection, query: AccountDays) -> list[AccountDay]:
    statement = (
        select(_d.business_date, _d.debit, _d.credit)
        .join(t.account, _a.id == _d.account_id)
        .where(_a.code == query.account, _a.unit == query.unit)
        .where(_d.business_date.between(query.first.isoformat(), query.last.isoformat()))
        .order_by(_d.business_date)
    )
    rows = connection.execute(statement)
    return [AccountDay(date.fromisoformat(day), debit, credit) for day, debit, credit in rows]


def _day_count(connection: Connection, query: AccountDays) -> int:
    return len(_days(connection, query))


def _no_totals(_connection: Connection, _query: AccountDays) -> None:
    return None


ACCOUNTS_OF_DAY: Final = View(_rows, _count, _units)
ACCOUNT_DAYS: Final = View(_days, _day_count, _no_totals)
