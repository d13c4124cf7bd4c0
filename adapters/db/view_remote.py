"""Orders that go to meters over lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Boolean, and_, func, literal_column, not_, select

from adapters.db import tables as t
from adapters.db.amendment_rows import amendment_of
from adapters.db.line_rows import remote_order_of
from adapters.db.line_tables import OPEN
from adapters.db.list_page import counted, page
from adapters.db.view import View
from gateway.core.amendment import Subject
from gateway.core.views_remote import RemoteOrderRow

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row, Select

    from gateway.core.views_points import AmendmentRow
    from gateway.core.views_remote import RemoteOrderFile, RemoteOrders

_o, _c, _s, _a = t.remote_order.c, t.customer.c, t.sale.c, t.amendment.c

_ORDERS: Final = (
    select(
        t.remote_order,
        func.coalesce(_c.name, "").label("customer"),
        func.coalesce(_c.branch, "").label("branch"),
        func.coalesce(_s.id, 0).label("sale_id"),
        func.coalesce(_s.receipt_no, 0).label("receipt_no"),
    )
    .outerjoin(t.customer, _c.account_no == _o.account_no)
    .outerjoin(t.sale, and_(_o.payment != "", _s.key == _o.payment))
)
#: As the indices of those that are open have it.
_OPEN: Final = literal_column(f"remote_order.{OPEN}", Boolean)


def _row_of(row: Row[Any]) -> RemoteOrderRow:
    return RemoteOrderRow(remote_order_of(row), row.customer, row.branch, row.sale_id, row.receipt_no)


def _asked(query: RemoteOrders) -> Select[Any]:
    named = {
        _c.branch: query.branch,
        _o.pan: query.pan,
        _o.payment: query.payment,
        _o.ask: query.ask,
        _o.kind: None if query.kind is None else query.kind.value,
        _o.state: None if query.state is None else query.state.value,
    }
    statement = _ORDERS.where(*(column == value for column, value in named.items() if value is not None))
    if query.is_open is not None:
        statement = statement.where(_OPEN if query.is_open else not_(_OPEN))
    return statement


def _orders(connection: Connection, query: RemoteOrders) -> list[RemoteOrderRow]:
    return [_row_of(row) for row in page(connection, _asked(query), (_o.id,), query, descending=True)]


def _order_count(connection: Connection, query: RemoteOrders) -> int:
    return counted(connection, _asked(query).with_only_columns(_o.id))


def _open_count(connection: Connection, query: RemoteOrders) -> int:
    return counted(connection, _asked(query).where(_OPEN).with_only_columns(_o.id))


def _order(connection: Connection, query: RemoteOrderFile) -> RemoteOrderRow | None:
    statement = _ORDERS.where(_o.id == query.id)
    if query.branch is not None:
        statement = statement.where(_c.branch == query.branch)
    row = connection.execute(statement).one_or_none()
    return None if row is None else _row_of(row)


def _steps(connection: Connection, query: RemoteOrderFile) -> list[AmendmentRow]:
    if _order(connection, query) is None:
        return []
    number = str(query.id)
    statement = select(t.amendment).where(_a.subject == Subject.REMOTE_ORDER.value, _a.number == number)
    return [amendment_of(row) for row in connection.execute(statement.order_by(_a.id))]


def _step_count(connection: Connection, query: RemoteOrderFile) -> int:
    return len(_steps(connection, query))


REMOTE_ORDERS: Final = View(_orders, _order_count, _open_count)
REMOTE_ORDER_FILE: Final = View(_steps, _step_count, _order)
