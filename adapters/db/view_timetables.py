"""Timetables of rates, and where meters stand with them, by the best that was seen of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, case, func, select

from adapters.db import tables as t
from adapters.db.amendment_rows import amendment_of
from adapters.db.line_rows import timetable_of
from adapters.db.list_page import counted
from adapters.db.view import View
from adapters.db.view_readings import nothing
from adapters.db.view_ways import WHOSE, in_group
from gateway.core.amendment import Subject
from gateway.core.remote_order import RemoteKind, RemoteState
from gateway.core.timetable_done import TimetableSeen
from gateway.core.timetable_life import due
from gateway.core.views_points import AMENDMENTS_SHOWN
from gateway.core.views_timetables import (
    MeterNotSwitched,
    Stands,
    TimetableCounts,
    TimetableFacts,
    TimetableRow,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row, Select, Subquery

    from gateway.core.timetable_version import TimetableVersion
    from gateway.core.views_points import AmendmentRow
    from gateway.core.views_timetables import MetersNotSwitched, TimetableFile, Timetables

_t, _o, _w, _c, _a = t.timetable.c, t.remote_order.c, t.meter_way.c, t.customer.c, t.amendment.c

#: The better it is, the higher: a meter that was seen to wait still does while it is looked at once more.
RANKS: Final = (
    Stands.NOT_ORDERED, Stands.NOT_REACHED, Stands.IN_DOUBT, Stands.REFUSED, Stands.PASSIVE, Stands.ACTIVE,
)  # fmt: skip
_IN_DOUBT: Final = (RemoteState.ON_WAY.value, RemoteState.UNKNOWN.value)
#: What was seen stands first in what is told of a delivered order.
_RANK: Final = case(
    (and_(_o.state == RemoteState.DELIVERED.value, _o.told.startswith(TimetableSeen.ACTIVE.value)), 5),
    (_o.state == RemoteState.BY_HAND.value, 5),
    (_o.state == RemoteState.DELIVERED.value, 4),
    (_o.state == RemoteState.REFUSED.value, 3),
    (_o.state.in_(_IN_DOUBT), 2),
    (_o.state == RemoteState.WAITING.value, 1),
    else_=0,
)


def _orders(reference: str) -> Subquery:
    """Of each meter how far the version has come in it, and its last order for it."""
    of_it = (_o.kind == RemoteKind.TIMETABLE.value, _o.ask == reference)
    columns = (_o.pan, func.max(_RANK).label("rank"), func.max(_o.id).label("last"))
    return select(*columns).where(*of_it).group_by(_o.pan).subquery()


def meters_of(connection: Connection, version: TimetableVersion, branch: str | None) -> Select[Any] | None:
    """Select the meters that the version is for, with how far it has come; None where there is no group."""
    group = in_group(connection, version.group)
    if group is None:
        return None
    orders = _orders(version.reference)
    if branch is not None:
        group = group.where(_c.branch == branch)
    rank = func.coalesce(orders.c.rank, 0).label("rank")
    return group.outerjoin(orders, orders.c.pan == _w.pan).with_only_columns(
        _w.pan, _w.model, *WHOSE, rank, orders.c.last
    )


def _counts(connection: Connection, version: TimetableVersion, branch: str | None) -> TimetableCounts:
    meters = meters_of(connection, version, branch)
    if meters is None:
        return TimetableCounts()
    found = meters.subquery()
    rows = connection.execute(select(found.c.rank, func.count()).group_by(found.c.rank))
    known = {RANKS[rank]: count for rank, count in rows}
    return TimetableCounts(tuple((one, known[one]) for one in Stands if one in known))


# -- versions --------------------------------------------------------------------------------------------


def _versions(connection: Connection, query: Timetables) -> list[TimetableRow]:
    by_code = select(t.timetable).order_by(_t.code, _t.number.desc())
    found = [timetable_of(row) for row in connection.execute(by_code)]
    codes = {one.code for one in found}
    now = {code: due([one for one in found if one.code == code], query.now_us) for code in codes}
    return [
        TimetableRow(one, _counts(connection, one, query.branch) if now[one.code].has(one) else None)
        for one in found
    ]


def _version_count(connection: Connection, _query: Timetables) -> int:
    return connection.execute(select(func.count()).select_from(t.timetable)).scalar_one()


def version_named(connection: Connection, reference: str) -> TimetableVersion | None:
    """Find a version by its reference."""
    row = connection.execute(select(t.timetable).where(_t.reference == reference)).one_or_none()
    return None if row is None else timetable_of(row)


def _file(connection: Connection, query: TimetableFile) -> TimetableFacts | None:
    version = version_named(connection, query.reference)
    if version is None:
        return None
    of_code = select(t.timetable).where(_t.code == version.code).order_by(_t.number)
    group = t.meter_group.c
    name = connection.execute(select(group.name).where(group.code == version.group)).scalar_one_or_none()
    return TimetableFacts(
        version,
        tuple(timetable_of(row) for row in connection.execute(of_code)),
        name or "",
        _counts(connection, version, query.branch),
    )


def _amendments(connection: Connection, query: TimetableFile) -> list[AmendmentRow]:
    of_it = (_a.subject == Subject.TIMETABLE.value, _a.number == query.reference)
    newest = select(t.amendment).where(*of_it).order_by(_a.id.desc()).limit(AMENDMENTS_SHOWN)
    return [amendment_of(row) for row in connection.execute(newest)]


def _amendment_count(connection: Connection, query: TimetableFile) -> int:
    return len(_amendments(connection, query))


# -- meters that have not switched -----------------------------------------------------------------------


def _not_switched(connection: Connection, query: MetersNotSwitched) -> Select[Any] | None:
    version = version_named(connection, query.reference)
    meters = None if version is None else meters_of(connection, version, query.branch)
    if meters is None:
        return None
    found = meters.subquery()
    rank = found.c.rank
    wanted = rank < RANKS.index(Stands.ACTIVE)
    if query.stands is not None:
        wanted = and_(wanted, rank == RANKS.index(query.stands))
    columns = (_o.told, _o.at_us, _o.begun_us, _o.ended_us, _o.tries)
    return select(found, *columns).outerjoin(t.remote_order, _o.id == found.c.last).where(wanted)


def _rows(connection: Connection, query: MetersNotSwitched) -> list[MeterNotSwitched]:
    statement = _not_switched(connection, query)
    if statement is None:
        return []
    pan = statement.selected_columns.pan
    if query.after is not None:
        statement = statement.where(pan > query.after)
    return [_row(row) for row in connection.execute(statement.order_by(pan).limit(query.limit))]


def _row(row: Row[Any]) -> MeterNotSwitched:
    return MeterNotSwitched(
        row.pan,
        row.customer,
        row.account_no,
        row.branch,
        row.model,
        RANKS[row.rank],
        row.told or "",
        row.ended_us or row.begun_us or row.at_us or 0,
        row.tries or 0,
        row.last or 0,
    )


def _row_count(connection: Connection, query: MetersNotSwitched) -> int:
    statement = _not_switched(connection, query)
    return 0 if statement is None else counted(connection, statement)


TIMETABLES: Final = View(_versions, _version_count, nothing)
TIMETABLE_FILE: Final = View(_amendments, _amendment_count, _file)
METERS_NOT_SWITCHED: Final = View(_rows, _row_count, nothing)
