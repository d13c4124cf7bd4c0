"""Ways, groups, schedules, timetables and remote orders: rows and values, and what a batch wants of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, func, or_, select, text

from adapters.db import tables as t
from adapters.db.line_tables import OPEN
from gateway.core.line_books import LineBooks
from gateway.core.meter_way import LineKind, MeterWay
from gateway.core.reading_plan import GroupKind, MeterGroup, ReadingSchedule, Wants
from gateway.core.remote_order import RemoteKind, RemoteOrder, RemoteState
from gateway.core.timetable_version import TimetableState, TimetableVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, Row

    from gateway.core.line_books import LineNeeds

    Columns = dict[str, object]

_o = t.remote_order.c

_WAY: Final = (
    "pan", "place", "address", "model", "bus", "protection", "measures", "multiplier", "note", "version",
)  # fmt: skip
_SCHEDULE: Final = ("code", "name", "recurrence", "opens", "closes", "weekdays", "jitter_s", "version")
_TIMETABLE: Final = (
    "code", "number", "name", "body", "from_us", "reason", "second", "at_us", "version",
)  # fmt: skip
_ORDER: Final = (
    "id", "pan", "account_no", "payment", "number", "amount", "ask", "reason", "second", "at_us", "from_us",
    "until_us", "begun_us", "ended_us", "told", "tries", "doubts", "version",
)  # fmt: skip


def load_lines(connection: Connection, needs: Sequence[LineNeeds]) -> LineBooks:
    """Read what is wanted: of each meter its way, its open orders and its last purchase."""
    newest = connection.execute(select(func.coalesce(func.max(_o.id), 0))).scalar_one()
    books = LineBooks(next_order=newest + 1)
    ids = sorted({one for need in needs for one in need.orders})
    orders = _orders(connection, select(t.remote_order).where(_o.id.in_(ids))) if ids else []
    payments = sorted({one for need in needs for one in need.payments})
    if payments:
        orders += _orders(connection, select(t.remote_order).where(_o.payment.in_(payments)))
    pans = {one for need in needs for one in need.pans} | {one.pan for one in orders}
    if pans:
        orders += _orders(connection, _standing_of(pans))
        if any(need.asked for need in needs):
            orders += _orders(connection, _last_asked(pans))
        found = connection.execute(select(t.meter_way).where(t.meter_way.c.pan.in_(sorted(pans))))
        books.ways = {row.pan: way_of(row) for row in found}
    books.orders = {one.id: one for one in orders}
    _load_plans(connection, needs, books)
    return books


def _load_plans(connection: Connection, needs: Sequence[LineNeeds], books: LineBooks) -> None:
    groups = {one for need in needs for one in need.groups}
    schedules = {one for need in needs for one in need.schedules}
    if groups:
        rows = connection.execute(select(t.meter_group).where(t.meter_group.c.code.in_(sorted(groups))))
        books.groups = {row.code: group_of(row) for row in rows}
    if schedules:
        c = t.reading_schedule.c
        rows = connection.execute(select(t.reading_schedule).where(c.code.in_(sorted(schedules))))
        books.schedules = {row.code: schedule_of(row) for row in rows}
    _load_rates(connection, needs, books)


def _load_rates(connection: Connection, needs: Sequence[LineNeeds], books: LineBooks) -> None:
    """Load versions of timetables, and which of them some meter was sent."""
    c = t.timetable.c
    codes = {one for need in needs for one in need.rates}
    references = {one for need in needs for one in need.timetables}
    if codes or references:
        wanted = or_(c.code.in_(sorted(codes)), c.reference.in_(sorted(references)))
        found = connection.execute(select(t.timetable).where(wanted))
        books.timetables = {row.reference: timetable_of(row) for row in found}
    for reference in sorted({one for need in needs for one in need.gone_out}):
        gone = (_o.ask == reference, _o.kind == RemoteKind.TIMETABLE.value, _o.begun_us.is_not(None))
        if connection.execute(select(_o.id).where(*gone).limit(1)).first() is not None:
            books.gone_out.add(reference)


def _last_asked(pans: Iterable[str]) -> Any:  # noqa: ANN401 - SQLAlchemy's own generics
    """Select of each meter its last order for each version of a timetable."""
    of_these = (_o.kind == RemoteKind.TIMETABLE.value, _o.pan.in_(sorted(pans)))
    return select(t.remote_order).where(
        _o.id.in_(select(func.max(_o.id)).where(*of_these).group_by(_o.pan, _o.ask))
    )


def _standing_of(pans: Iterable[str]) -> Any:  # noqa: ANN401 - SQLAlchemy's own generics
    """Select of each meter the orders that are open, and the purchase with the highest number."""
    of_these = _o.pan.in_(sorted(pans))
    counts = and_(_o.kind == RemoteKind.RECHARGE.value, _o.state != RemoteState.CANCELLED.value)
    last = select(func.max(_o.id)).where(counts, of_these).group_by(_o.pan)
    return select(t.remote_order).where(or_(and_(of_these, text(OPEN)), _o.id.in_(last)))


def _orders(connection: Connection, which: Any) -> list[RemoteOrder]:  # noqa: ANN401 - see above
    return [remote_order_of(row) for row in connection.execute(which)]


def remote_of_sales(connection: Connection, payments: Iterable[str]) -> dict[str, RemoteOrder]:
    """Find where the orders over a line of these sales stand: of each the newest."""
    statement = select(t.remote_order).where(_o.payment.in_(sorted(payments))).order_by(_o.id)
    return {row.payment: remote_order_of(row) for row in connection.execute(statement)}


def way_of(row: Row[Any]) -> MeterWay:
    """Read a way."""
    same = {name: getattr(row, name) for name in _WAY}
    return MeterWay(**same, kind=LineKind(row.kind), is_on=bool(row.is_on))


def way_row(one: MeterWay) -> Columns:
    """Write a way."""
    same: Columns = {name: getattr(one, name) for name in _WAY}
    return {**same, "kind": one.kind.value, "is_on": int(one.is_on)}


def group_of(row: Row[Any]) -> MeterGroup:
    """Read a group."""
    return MeterGroup(row.code, row.name, GroupKind(row.kind), row.members, row.version)


def group_row(one: MeterGroup) -> Columns:
    """Write a group."""
    return {
        "code": one.code, "name": one.name, "kind": one.kind.value, "members": one.of, "version": one.version
    }  # fmt: skip


def schedule_of(row: Row[Any]) -> ReadingSchedule:
    """Read a schedule."""
    same = {name: getattr(row, name) for name in _SCHEDULE}
    return ReadingSchedule(**same, group=row.group_code, wants=Wants(row.wants), is_on=bool(row.is_on))


def schedule_row(one: ReadingSchedule) -> Columns:
    """Write a schedule."""
    same: Columns = {name: getattr(one, name) for name in _SCHEDULE}
    return {**same, "group_code": one.group, "wants": one.wants.value, "is_on": int(one.is_on)}


def timetable_of(row: Row[Any]) -> TimetableVersion:
    """Read a version of a timetable."""
    same = {name: getattr(row, name) for name in _TIMETABLE}
    return TimetableVersion(**same, group=row.group_code, state=TimetableState(row.state), by=row.actor)


def timetable_row(one: TimetableVersion) -> Columns:
    """Write a version of a timetable."""
    same: Columns = {name: getattr(one, name) for name in _TIMETABLE}
    own = {"reference": one.reference, "group_code": one.group, "state": one.state.value, "actor": one.by}
    return {**same, **own}


def remote_order_of(row: Row[Any]) -> RemoteOrder:
    """Read an order on its way to a meter."""
    same = {name: getattr(row, name) for name in _ORDER}
    return RemoteOrder(**same, kind=RemoteKind(row.kind), state=RemoteState(row.state), by=row.actor)


def remote_order_row(one: RemoteOrder) -> Columns:
    """Write an order on its way to a meter."""
    same: Columns = {name: getattr(one, name) for name in _ORDER}
    return {**same, "kind": one.kind.value, "state": one.state.value, "actor": one.by}
