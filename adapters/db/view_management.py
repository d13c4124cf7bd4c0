"""Orders for management tokens: they are decided contents, found by how their keys begin."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select, tuple_

from adapters.db import tables as t
from adapters.db.view import View
from adapters.db.view_staff import counted
from gateway.core.management import Managed, ManagementOrdered, managed_key, order_key
from gateway.core.outcome import recalled
from gateway.core.views_orders import ORDER_LASTS_US, ManagementCase

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Row, Select

    from gateway.core.views_orders import ManagementOrders

_PREFIX: Final = order_key("")

_o, _made, _m, _c, _s = (
    t.command_key.alias("ordered"), t.command_key.alias("made"), t.meter.c, t.customer.c, t.sale.c,
)  # fmt: skip
#: What a kept order begins with: its kind, then its meter's 18 digits (``core.management``).
_BEGIN: Final = '["ordered","'
_PAN: Final[ColumnElement[str]] = func.substr(_o.c.content, len(_BEGIN) + 1, 18)
_ORDERS: Final = (
    select(_o.c.key, _o.c.content, _o.c.at_us, _c.name, _made.c.content.label("made"), _s.id.label("sale_id"))
    .join(t.meter, _m.pan == _PAN)
    .join(t.customer, _c.id == _m.customer_id)
    .outerjoin(_made, _made.c.key == managed_key("") + func.substr(_o.c.key, len(_PREFIX) + 1))
    .outerjoin(t.sale, _s.key == _made.c.key)
    # The 0 follows the slash, so what begins so is a range of the index.
    .where(_o.c.key > _PREFIX, _o.c.key < f"{_PREFIX[:-1]}0")
)


def _asked(query: ManagementOrders) -> Select[Any]:
    statement = _ORDERS
    if query.branch is not None:
        statement = statement.where(_c.branch == query.branch)
    if query.pan:
        statement = statement.where(_PAN == query.pan)  # noqa: SIM300 - a column
    if query.reference:
        statement = statement.where(_o.c.key == order_key(query.reference))
    return _waiting(statement, query.at_us) if query.waiting_only else statement


def _waiting(statement: Select[Any], at_us: int) -> Select[Any]:
    return statement.where(_made.c.key.is_(None), _o.c.at_us >= at_us - ORDER_LASTS_US)


def _rows(connection: Connection, query: ManagementOrders) -> list[ManagementCase]:
    statement = _asked(query)
    if query.after is not None:
        at_us, reference = query.after
        statement = statement.where(tuple_(_o.c.at_us, _o.c.key) < tuple_(at_us, order_key(reference)))
    statement = statement.order_by(_o.c.at_us.desc(), _o.c.key.desc()).limit(query.limit)
    return [_case(row) for row in connection.execute(statement)]


def _case(row: Row[Any]) -> ManagementCase:
    ordered = recalled(row.content)
    made = None if row.made is None else recalled(row.made)
    if not isinstance(ordered, ManagementOrdered):
        raise TypeError(f"under {row.key} no order is kept")
    reference = row.key.removeprefix(_PREFIX)
    case = ManagementCase(reference, ordered.pan, row.name, ordered.order, ordered.at_us)
    if not isinstance(made, Managed):
        return case
    return replace(case, approved_by=made.approved_by, made_us=made.at_us, sale_id=row.sale_id)


def _count(connection: Connection, query: ManagementOrders) -> int:
    return counted(connection, _asked(query))


def _total(connection: Connection, query: ManagementOrders) -> int:
    return counted(connection, _waiting(_asked(query), query.at_us))


MANAGEMENT_ORDERS: Final = View(_rows, _count, _total)
