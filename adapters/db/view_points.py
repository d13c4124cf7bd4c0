"""Supply points, the network's dictionary, and how the files were amended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, func, or_, select, tuple_

from adapters.db import tables as t
from adapters.db.amendment_rows import amendment_of, of_branch
from adapters.db.file_rows import fitting_of, place_of, point_of
from adapters.db.like import any_holds
from adapters.db.list_page import counted, page
from adapters.db.point_rows import POINTS, point_row_of
from adapters.db.view import View
from adapters.db.view_files import METERS_LISTED, meter_row
from gateway.core.amendment import Subject
from gateway.core.views_points import AMENDMENTS_SHOWN, DuePoint, PointFacts

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

    from gateway.core.fitting import Fitting
    from gateway.core.network import NetworkPlace
    from gateway.core.views_points import (
        AmendmentRow,
        Amendments,
        DuePoints,
        NetworkPlaces,
        PointRow,
        SupplyPointFile,
        SupplyPoints,
    )

_p, _c, _a, _m = t.supply_point.c, t.customer.c, t.amendment.c, t.meter.c


def _nothing(_connection: Connection, _query: Any) -> None:  # noqa: ANN401 - any question
    """Answer: a list of files sums up to nothing."""


# -- supply points ---------------------------------------------------------------------------------------


def _points_asked(statement: Select[Any], query: SupplyPoints) -> Select[Any]:
    named = {
        _c.branch: query.branch,
        _p.area: query.area,
        _p.state: None if query.state is None else query.state.value,
        _p.power_type: query.power_type,
    }
    statement = statement.where(*(column == value for column, value in named.items() if value is not None))
    if query.text is not None:
        statement = statement.where(any_holds((_p.number, _p.address, _p.pan, _c.name), query.text))
    return statement


def _points(connection: Connection, query: SupplyPoints) -> list[PointRow]:
    statement = _points_asked(POINTS, query)
    if query.after is not None:
        statement = statement.where(
            _p.number < query.after if query.is_descending else _p.number > query.after
        )
    order = _p.number.desc() if query.is_descending else _p.number.asc()
    return [point_row_of(row) for row in connection.execute(statement.order_by(order).limit(query.limit))]


def _point_count(connection: Connection, query: SupplyPoints) -> int:
    statement = select(_p.number).join(t.customer, _c.account_no == _p.account_no)
    return counted(connection, _points_asked(statement, query))


def _point(connection: Connection, query: SupplyPointFile) -> PointFacts | None:
    statement = POINTS.where(_p.number == query.number)
    if query.branch is not None:
        statement = statement.where(_c.branch == query.branch)
    found = connection.execute(statement).one_or_none()
    if found is None:
        return None
    row = point_row_of(found)
    point = row.point
    codes = [code for code in (point.area, point.feeder, point.transformer) if code]
    places = connection.execute(select(t.network_place).where(t.network_place.c.code.in_(codes)))
    meter = connection.execute(METERS_LISTED.where(_m.pan == point.pan)).one_or_none()
    newest = _amendments_of(connection, point.number)
    return PointFacts(
        row=row,
        places=tuple(place_of(place) for place in places),
        meter=None if meter is None else meter_row(meter),
        fitting=_fitting(connection, point.pan),
        amendments=newest[:AMENDMENTS_SHOWN],
        has_older=len(newest) > AMENDMENTS_SHOWN,
    )


def _fitting(connection: Connection, pan: str) -> Fitting | None:
    row = connection.execute(select(t.fitting).where(t.fitting.c.pan == pan)).one_or_none()
    return None if row is None else fitting_of(row)


def _amendments_of(connection: Connection, number: str) -> tuple[AmendmentRow, ...]:
    """Read what was amended of a supply point and the meters that are fitted there; one more than shown."""
    pans = select(t.fitting.c.pan).where(t.fitting.c.point == number)
    # A meter that came from elsewhere has amendments of that place, too: they are not this point's.
    is_here = _a.row_after.contains(f'"point":"{number}"', autoescape=True)
    statement = (
        select(t.amendment)
        .where(
            or_(
                and_(_a.subject == Subject.POINT.value, _a.number == number),
                and_(_a.subject == Subject.METER.value, _a.number.in_(pans), is_here),
            )
        )
        .order_by(_a.id.desc())
        .limit(AMENDMENTS_SHOWN + 1)
    )
    return tuple(amendment_of(row, is_cut=True) for row in connection.execute(statement))


def _its_amendments(connection: Connection, query: SupplyPointFile) -> tuple[AmendmentRow, ...]:
    facts = _point(connection, query)
    return () if facts is None else facts.amendments


def _its_amendment_count(connection: Connection, query: SupplyPointFile) -> int:
    return len(_its_amendments(connection, query))


# -- the network -----------------------------------------------------------------------------------------


def _places(connection: Connection, query: NetworkPlaces) -> list[NetworkPlace]:
    n = t.network_place.c
    statement = select(t.network_place).order_by(n.code).limit(query.limit)
    if query.kind is not None:
        statement = statement.where(n.kind == query.kind.value)
    if query.after is not None:
        statement = statement.where(n.code > query.after)
    return [place_of(row) for row in connection.execute(statement)]


def _place_count(connection: Connection, query: NetworkPlaces) -> int:
    return len(_places(connection, query))


# -- amendments ------------------------------------------------------------------------------------------


def _amendments_asked(statement: Select[Any], query: Amendments) -> Select[Any]:
    if query.branch is not None:
        statement = statement.where(of_branch(query.branch))
    if query.numbers:
        # Each subject is named, so that the index of subject and number serves.
        subjects = [one.value for one in Subject]
        statement = statement.where(_a.subject.in_(subjects), _a.number.in_(query.numbers))
    named = {
        _a.subject: None if query.subject is None else query.subject.value,
        _a.kind: None if query.kind is None else query.kind.value,
        _a.actor: query.by,
    }
    wanted = [column == value for column, value in named.items() if value is not None]
    if query.first_us is not None:
        wanted.append(_a.at_us >= query.first_us)
    if query.last_us is not None:
        wanted.append(_a.at_us <= query.last_us)
    return statement.where(*wanted)


def _amendments(connection: Connection, query: Amendments) -> list[AmendmentRow]:
    statement = _amendments_asked(select(t.amendment), query)
    rows = page(connection, statement, (_a.id,), query, descending=True)
    return [amendment_of(row, is_cut=query.branch is not None) for row in rows]


def _amendment_count(connection: Connection, query: Amendments) -> int:
    return counted(connection, _amendments_asked(select(_a.id), query))


# -- changes of terms that are due -----------------------------------------------------------------------


def _due(connection: Connection, query: DuePoints) -> list[DuePoint]:
    statement = select(t.supply_point).where(_p.due_us <= query.until_us)
    if query.after is not None:
        statement = statement.where(tuple_(_p.due_us, _p.number) > query.after)
    found = connection.execute(statement.order_by(_p.due_us, _p.number).limit(query.limit))
    points = [point_of(row) for row in found]
    return [
        DuePoint(one.number, one.version, one.pan, one.due.begins_us, one.due.terms.power_types)
        for one in points
        if one.due is not None
    ]


def _due_count(connection: Connection, query: DuePoints) -> int:
    return len(_due(connection, query))


def _next_due(connection: Connection, query: DuePoints) -> int | None:
    following = select(func.min(_p.due_us)).where(_p.due_us > query.until_us)
    found: int | None = connection.execute(following).scalar_one()
    return found


DUE_POINTS: Final = View(_due, _due_count, _next_due)
SUPPLY_POINTS: Final = View(_points, _point_count, _nothing)
SUPPLY_POINT_FILE: Final = View(_its_amendments, _its_amendment_count, _point)
NETWORK_PLACES: Final = View(_places, _place_count, _nothing)
AMENDMENTS: Final = View(_amendments, _amendment_count, _nothing)
