"""Meters of a power type, some of them spread evenly over what was bought for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from adapters.db import tables as t
from adapters.db.load import METER, meter_of
from adapters.db.view import View
from gateway.core.meter import MeterState

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from gateway.core.meter import MeterAccount
    from gateway.core.views_tried import MetersOfType

_m, _c = t.meter.c, t.customer.c


def _asked(query: MetersOfType) -> list[ColumnElement[bool]]:
    wanted = [
        _m.power_type == query.power_type,
        _m.state == MeterState.ACTIVE.value,
        _m.proportions == "",
    ]
    return wanted if query.branch is None else [*wanted, _c.branch == query.branch]


def _all(connection: Connection, query: MetersOfType) -> int:
    statement = select(func.count()).select_from(t.meter).join(t.customer, _c.id == _m.customer_id)
    return connection.execute(statement.where(*_asked(query))).scalar_one()


def _rows(connection: Connection, query: MetersOfType) -> list[MeterAccount]:
    """Take every so-maniest, in the order of what they bought this year."""
    step = max(1, -(-_all(connection, query) // query.limit))
    place: Any = func.row_number().over(order_by=(_m.ytd_wh, _m.id))
    placed = (
        select(_m.id, (place - 1).label("place"))
        .join(t.customer, _c.id == _m.customer_id)
        .where(*_asked(query))
        .subquery()
    )
    chosen = select(placed.c.id).where(placed.c.place % step == 0)
    statement = METER.where(_m.id.in_(chosen)).order_by(_m.ytd_wh, _m.id).limit(query.limit)
    return [meter_of(row) for row in connection.execute(statement)]


def _count(connection: Connection, query: MetersOfType) -> int:
    return min(query.limit, _all(connection, query))


METERS_OF_TYPE: Final = View(_rows, _count, _all)
