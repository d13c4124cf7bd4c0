"""Meters that left their supply points, and refunds that are to be paid out, as lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import String, cast, exists, or_, select

from adapters.db import tables as t
from adapters.db.departure_rows import departure_of
from adapters.db.list_page import counted, page
from adapters.db.view import View
from adapters.db.view_readings import nothing
from gateway.core.chart import refund_payable
from gateway.core.departure import MOVE
from gateway.core.views_departures import DepartureCase, RefundRow

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

    from gateway.core.views_departures import Departures, Refunds

_d, _c, _s = t.departure.c, t.customer.c, t.sale.c

_HAS_TOKEN: Final = exists().where(t.token.c.sale_id == _s.id).correlate(t.sale).label("has_token")

_DEPARTURES: Final = (
    select(
        t.departure,
        _c.name.label("customer"),
        _c.branch,
        _s.id.label("sale_id"),
        _s.receipt_no,
        _HAS_TOKEN,
    )
    .join(t.customer, _c.account_no == _d.account_no)
    .outerjoin(t.sale, _s.key == MOVE + cast(_d.id, String))
)


def _asked(query: Departures) -> Select[Any]:
    named = {
        _c.branch: query.branch,
        _d.id: query.id,
        _d.point: query.point,
        _d.kind: None if query.kind is None else query.kind.value,
    }
    wanted = [column == value for column, value in named.items() if value is not None]
    if query.pan is not None:
        wanted.append(or_(_d.pan == query.pan, _d.new_pan == query.pan))
    if query.is_waiting is not None:
        waits = (_d.new_pan != "") & (_d.remaining_wh > 0) & _s.id.is_(None)
        wanted.append(waits if query.is_waiting else ~waits)
    return _DEPARTURES.where(*wanted)


def _departures(connection: Connection, query: Departures) -> list[DepartureCase]:
    rows = page(connection, _asked(query), (_d.id,), query, descending=True)
    return [
        DepartureCase(
            departure_of(row), row.customer, row.branch, row.sale_id, row.receipt_no, bool(row.has_token)
        )
        for row in rows
    ]


def _count(connection: Connection, query: Departures) -> int:
    return counted(connection, _asked(query).with_only_columns(_d.id))


DEPARTURES: Final = View(_departures, _count, nothing)


def _refunds(connection: Connection, query: Refunds) -> list[RefundRow]:
    a = t.account.c
    statement = (
        select(_c.account_no, _c.name, _c.branch, -a.balance, a.unit)
        .join(t.account, a.code == refund_payable("") + _c.account_no)
        .where(a.balance < 0)
        .order_by(_c.account_no)
    )
    named = {_c.branch: query.branch, _c.account_no: query.account_no}
    wanted = [column == value for column, value in named.items() if value is not None]
    return [RefundRow(*row) for row in connection.execute(statement.where(*wanted))]


def _refund_count(connection: Connection, query: Refunds) -> int:
    return len(_refunds(connection, query))


REFUNDS: Final = View(_refunds, _refund_count, nothing)
