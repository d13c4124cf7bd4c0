"""Meters in stock, and which numbers are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, or_, select

from adapters.db import tables as t
from adapters.db.like import holds
from adapters.db.list_page import counted
from adapters.db.office_rows import stock_of
from adapters.db.view import View
from gateway.core.stock import StockState
from gateway.core.views_stock import KnownPan, StockCount

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

    from gateway.core.stock import StockMeter
    from gateway.core.views_stock import KnownPans, Stock

_s, _m = t.stock_meter.c, t.meter.c


def _asked(statement: Select[Any], query: Stock) -> Select[Any]:
    named = {
        _s.branch: query.place if query.branch is None else query.branch,
        _s.state: None if query.state is None else query.state.value,
        _s.pan: query.pan,
    }
    statement = statement.where(*(column == value for column, value in named.items() if value is not None))
    if query.branch is not None and query.place not in {None, query.branch}:
        statement = statement.where(_s.branch == query.place)
    if query.text is not None:
        texts = (_s.pan, _s.drn, _s.model, _s.lot, _s.note)
        statement = statement.where(or_(*(holds(column, query.text) for column in texts)))
    return statement


def _rows(connection: Connection, query: Stock) -> list[StockMeter]:
    statement = _asked(select(t.stock_meter), query)
    if query.after is not None:
        statement = statement.where(_s.pan < query.after if query.is_descending else _s.pan > query.after)
    order = _s.pan.desc() if query.is_descending else _s.pan.asc()
    return [stock_of(row) for row in connection.execute(statement.order_by(order).limit(query.limit))]


def _count(connection: Connection, query: Stock) -> int:
    return counted(connection, _asked(select(_s.pan), query))


def _totals(connection: Connection, query: Stock) -> tuple[StockCount, ...]:
    in_stock = _s.state == StockState.IN_STOCK.value
    statement = select(_s.branch, func.count()).where(in_stock).group_by(_s.branch).order_by(_s.branch)
    if query.branch is not None:
        statement = statement.where(_s.branch == query.branch)
    return tuple(StockCount(*row) for row in connection.execute(statement))


def _known(connection: Connection, query: KnownPans) -> list[KnownPan]:
    found = []
    for column, is_customers in ((_s.pan, False), (_m.pan, True)):
        rows = connection.execute(select(column).where(column.in_(query.pans))).scalars()
        found += [KnownPan(pan, is_customers) for pan in rows]
    return sorted(found, key=lambda one: one.pan)


def _known_count(connection: Connection, query: KnownPans) -> int:
    return len(_known(connection, query))


def _nothing(_connection: Connection, _query: KnownPans) -> None:
    """Answer: numbers sum up to nothing."""


STOCK: Final = View(_rows, _count, _totals)
KNOWN_PANS: Final = View(_known, _known_count, _nothing)
