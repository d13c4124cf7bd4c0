"""What is to be sent to meters over lines now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Boolean, case, exists, func, literal_column, select

from adapters.db import tables as t
from adapters.db.line_rows import remote_order_of, timetable_of, way_of
from adapters.db.line_tables import OPEN
from adapters.db.open_sales import IS_OPEN
from adapters.db.view import View
from adapters.db.view_readings import nothing
from gateway.core.meter import Carrier
from gateway.core.remote_order import CREDITS, RemoteKind, RemoteState
from gateway.core.views_remote_due import DUE_MAX, DueOrder, UnorderedCredit

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.core.remote_order import RemoteOrder
    from gateway.core.timetable_version import TimetableVersion
    from gateway.core.views_remote_due import RemoteDue, RemoteNow, TimetableNow, Unordered

_o, _w, _s, _m = t.remote_order.c, t.meter_way.c, t.sale.c, t.meter.c
_CREDITS: Final = sorted(kind.value for kind in CREDITS)
#: As the indexes of open orders have it.
_OPEN: Final = literal_column(f"remote_order.{OPEN}", Boolean)
_HAS_OPEN: Final = exists().where(_o.pan == _m.pan, _o.kind.in_(_CREDITS), _OPEN)
#: A wallet takes its purchases by their numbers: none behind one that it has refused.
_IS_REFUSED: Final = exists().where(
    _o.pan == _m.pan,
    _o.kind == RemoteKind.RECHARGE.value,
    _o.state == RemoteState.REFUSED.value,
)
_IS_ORDERED: Final = exists().where(
    _o.payment == _s.key, _o.payment != "", _o.state != RemoteState.CANCELLED.value
)
#: Of each meter the oldest: the next one waits until that has ended.
_UNORDERED: Final = (
    select(func.min(_s.id).label("id"))
    .select_from(t.sale)
    .join(t.meter, _m.id == _s.meter_id)
    .join(t.meter_way, _w.pan == _m.pan)
    .where(IS_OPEN, _m.carrier == Carrier.REMOTE.value, _w.is_on == 1)
    .where(~_HAS_OPEN, ~_IS_REFUSED, ~_IS_ORDERED)
    .group_by(_s.meter_id)
    .order_by(func.min(_s.id))
    .limit(DUE_MAX)
    .subquery()
)
_FOUND: Final = (
    select(_s.key, _m.pan, _w.model)
    .select_from(_UNORDERED)
    .join(t.sale, _s.id == _UNORDERED.c.id)
    .join(t.meter, _m.id == _s.meter_id)
    .join(t.meter_way, _w.pan == _m.pan)
    .order_by(_s.id)
)
_RANK: Final = case((_o.kind.in_(_CREDITS), 0), else_=1)


def _unordered(connection: Connection, _query: Unordered) -> list[UnorderedCredit]:
    return [UnorderedCredit(*row) for row in connection.execute(_FOUND)]


def _unordered_count(connection: Connection, query: Unordered) -> int:
    return len(_unordered(connection, query))


def _due(connection: Connection, query: RemoteDue) -> list[DueOrder]:
    """Read orders and ways apart: their columns have names in common."""
    kinds = sorted(kind.value for kind in query.kinds)
    statement = (
        select(t.remote_order)
        .join(t.meter_way, _w.pan == _o.pan)
        .where(_OPEN, _w.is_on == 1, _o.kind.in_(kinds), _o.from_us <= query.now_us, _o.id > query.after)
        .order_by(_RANK, _o.id)
        .limit(DUE_MAX)
    )
    orders = [remote_order_of(row) for row in connection.execute(statement)]
    pans = sorted({order.pan for order in orders})
    found: Any = connection.execute(select(t.meter_way).where(_w.pan.in_(pans))) if pans else ()
    ways = {row.pan: way_of(row) for row in found}
    return [DueOrder(order, ways[order.pan]) for order in orders if order.pan in ways]


def _due_count(connection: Connection, query: RemoteDue) -> int:
    return len(_due(connection, query))


def _now(connection: Connection, query: RemoteNow) -> list[RemoteOrder]:
    rows = connection.execute(select(t.remote_order).where(_o.id == query.id))
    return [remote_order_of(row) for row in rows]


def _now_count(connection: Connection, query: RemoteNow) -> int:
    return len(_now(connection, query))


def _timetable(connection: Connection, query: TimetableNow) -> list[TimetableVersion]:
    rows = connection.execute(select(t.timetable).where(t.timetable.c.reference == query.reference))
    return [timetable_of(row) for row in rows]


def _timetable_count(connection: Connection, query: TimetableNow) -> int:
    return len(_timetable(connection, query))


UNORDERED: Final = View(_unordered, _unordered_count, nothing)
REMOTE_DUE: Final = View(_due, _due_count, nothing)
REMOTE_NOW: Final = View(_now, _now_count, nothing)
TIMETABLE_NOW: Final = View(_timetable, _timetable_count, nothing)
