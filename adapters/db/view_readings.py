"""Readings as a list; meters as readings are compared with them; the meters of a walk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from adapters.db import tables as t
from adapters.db.list_page import counted, page
from adapters.db.reading_load import known_meters
from adapters.db.reading_rows import inspection_of, reading_of
from adapters.db.view import View
from gateway.core.amendment import AmendmentKind, Subject
from gateway.core.reading import ReadingState
from gateway.core.supply_point import PointState
from gateway.core.views_readings import InspectionRow, ReadingRow, RouteRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection, Select

    from gateway.core.reading_rules import KnownMeter
    from gateway.core.views_readings import Inspections, KnownMeters, MetersToRead, Readings

_r, _m, _c, _p, _a, _i = t.reading.c, t.meter.c, t.customer.c, t.supply_point.c, t.amendment.c, t.inspection.c

#: Where a meter is now.
POINT: Final = (
    select(_p.number).where(_p.pan == _m.pan).correlate(t.meter).limit(1).scalar_subquery().label("point")
)
_WHOSE: Final = (_c.account_no, _c.name.label("customer"), _c.branch)
_READINGS: Final = (
    select(t.reading, *_WHOSE, POINT)
    .join(t.meter, _m.pan == _r.pan)
    .join(t.customer, _c.id == _m.customer_id)
)
_INSPECTIONS: Final = (
    select(t.inspection, *_WHOSE).join(t.meter, _m.pan == _i.pan).join(t.customer, _c.id == _m.customer_id)
)


def nothing(_connection: Connection, _query: Any) -> None:  # noqa: ANN401 - any question
    """Answer: these lists sum up to nothing."""


def since_it_is_there(pan: ColumnElement[str], at_us: ColumnElement[int]) -> ColumnElement[bool]:
    """Say that a meter was fitted nowhere else since: what was before is perhaps another branch's."""
    later = select(_a.id).where(
        _a.subject == Subject.METER.value,
        _a.number == pan,
        _a.kind == AmendmentKind.INSTALLED.value,
        _a.at_us > at_us,
    )
    return ~later.exists()


# -- readings --------------------------------------------------------------------------------------------


def _asked(statement: Select[Any], query: Readings) -> Select[Any]:
    if query.branch is not None:
        statement = statement.where(_c.branch == query.branch, since_it_is_there(_r.pan, _r.at_us))
    named = {
        _r.pan: query.pan,
        _r.id: query.id,
        _c.account_no: query.account_no,
        _r.source: None if query.source is None else query.source.value,
        _r.state: None if query.state is None else query.state.value,
    }
    wanted = [column == value for column, value in named.items() if value is not None]
    if query.has_status is not None:
        wanted.append((_r.status != "") == query.has_status)
    if query.first_us is not None:
        wanted.append(_r.taken_us >= query.first_us)
    if query.last_us is not None:
        wanted.append(_r.taken_us <= query.last_us)
    return statement.where(*wanted)


def _readings(connection: Connection, query: Readings) -> list[ReadingRow]:
    rows = page(connection, _asked(_READINGS, query), (_r.taken_us, _r.id), query, descending=True)
    return [
        ReadingRow(reading_of(row), row.account_no, row.customer, row.branch, row.point or "") for row in rows
    ]


def _reading_count(connection: Connection, query: Readings) -> int:
    statement = select(_r.id).join(t.meter, _m.pan == _r.pan).join(t.customer, _c.id == _m.customer_id)
    return counted(connection, _asked(statement, query))


# -- what a reading is compared with ---------------------------------------------------------------------


def _known(connection: Connection, query: KnownMeters) -> list[KnownMeter]:
    found = known_meters(connection, set(query.pans), set(query.moments)).values()
    return [one for one in found if query.branch is None or one.branch == query.branch]


def _known_count(connection: Connection, query: KnownMeters) -> int:
    return len(_known(connection, query))


# -- the walk --------------------------------------------------------------------------------------------


def _walked(query: MetersToRead) -> Select[Any]:
    named = {_c.branch: query.branch, _p.area: query.area, _p.feeder: query.feeder}
    statement = (
        select(t.supply_point, _c.name.label("customer"))
        .join(t.customer, _c.account_no == _p.account_no)
        .where(
            _p.state == PointState.ACTIVE.value,
            *(column == value for column, value in named.items() if value is not None),
        )
    )
    if query.unread_since_us is not None:
        last = (
            select(func.max(_r.taken_us))
            .where(_r.pan == _p.pan, _r.state == ReadingState.ACCEPTED.value)
            .correlate(t.supply_point)
            .scalar_subquery()
        )
        statement = statement.where(func.coalesce(last, 0) < query.unread_since_us)
    by = (_p.area, _p.feeder, _p.transformer, _p.address, _p.number)
    return statement.order_by(*by).limit(query.limit)


def _to_read(connection: Connection, query: MetersToRead) -> list[RouteRow]:
    rows = connection.execute(_walked(query)).all()
    known = known_meters(connection, {row.pan for row in rows})
    return [
        RouteRow(
            number, row.pan, row.number, row.address, row.customer, row.area, row.feeder, row.transformer,
            known[row.pan],
        )
        for number, row in enumerate((row for row in rows if row.pan in known), 1)
    ]  # fmt: skip


def _to_read_count(connection: Connection, query: MetersToRead) -> int:
    return connection.execute(select(func.count()).select_from(_walked(query).subquery())).scalar_one()


# -- inspections -----------------------------------------------------------------------------------------


def _inspected(statement: Select[Any], query: Inspections) -> Select[Any]:
    if query.branch is not None:
        statement = statement.where(_c.branch == query.branch, since_it_is_there(_i.pan, _i.at_us))
    return statement if query.pan is None else statement.where(_i.pan == query.pan)


def _inspections(connection: Connection, query: Inspections) -> Sequence[InspectionRow]:
    rows = page(connection, _inspected(_INSPECTIONS, query), (_i.id,), query, descending=True)
    return [InspectionRow(inspection_of(row), row.account_no, row.customer, row.branch) for row in rows]


def _inspection_count(connection: Connection, query: Inspections) -> int:
    statement = select(_i.id).join(t.meter, _m.pan == _i.pan).join(t.customer, _c.id == _m.customer_id)
    return counted(connection, _inspected(statement, query))


READINGS: Final = View(_readings, _reading_count, nothing)
KNOWN_METERS: Final = View(_known, _known_count, nothing)
METERS_TO_READ: Final = View(_to_read, _to_read_count, nothing)
INSPECTIONS: Final = View(_inspections, _inspection_count, nothing)
