"""Meters that are still to be ordered timetables for, portion by portion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, or_, select

from adapters.db import tables as t
from adapters.db.line_rows import timetable_of
from adapters.db.view import View
from adapters.db.view_readings import nothing
from adapters.db.view_timetables import RANKS, meters_of, version_named
from gateway.core.remote_order import RemoteKind, RemoteState
from gateway.core.timetable_life import due, looked_before
from gateway.core.views_timetables import Stands
from gateway.core.views_timetables_due import WANTING_MAX

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.core.timetable_version import TimetableVersion
    from gateway.core.views_timetables_due import TimetablesDue, TimetableWanting

_t, _o = t.timetable.c, t.remote_order.c

#: Orders for timetables that wait, and of which nothing was sent.
_WAITING: Final = (
    _o.kind == RemoteKind.TIMETABLE.value,
    _o.state == RemoteState.WAITING.value,
    _o.doubts == 0,
)


def _due(connection: Connection, query: TimetablesDue) -> list[TimetableVersion]:
    versions = [timetable_of(row) for row in connection.execute(select(t.timetable).order_by(_t.reference))]
    codes = dict.fromkeys(one.code for one in versions)
    now = {code: due([one for one in versions if one.code == code], query.now_us) for code in codes}
    waited_for = set(connection.execute(select(_o.ask).where(*_WAITING).distinct()).scalars())
    wanted = [one for one in versions if now[one.code].has(one)]
    return wanted + [one for one in versions if one not in wanted and one.reference in waited_for]


def _due_count(connection: Connection, query: TimetablesDue) -> int:
    return len(_due(connection, query))


def _wanting(connection: Connection, query: TimetableWanting) -> list[str]:
    version = version_named(connection, query.reference)
    if version is None:
        return []
    rows = connection.execute(select(t.timetable).where(_t.code == version.code))
    of_code = [timetable_of(row) for row in rows]
    if not due(of_code, query.now_us).has(version):
        waits = (*_WAITING, _o.ask == version.reference, _o.pan > query.after)
        passed = select(_o.pan).where(*waits).order_by(_o.pan).limit(WANTING_MAX)
        return list(connection.execute(passed).scalars())
    meters = meters_of(connection, version, None)
    if meters is None:
        return []
    found = meters.subquery()
    rank = found.c.rank
    wanted = [rank == RANKS.index(Stands.NOT_ORDERED)]
    looked = looked_before(version, query.now_us)
    if looked is not None:
        is_passive = rank == RANKS.index(Stands.PASSIVE)
        seen = or_(*(_o.ended_us <= before_us for before_us in looked))
        wanted.append(and_(is_passive, _o.state == RemoteState.DELIVERED.value, seen))
    statement = (
        select(found.c.pan)
        .outerjoin(t.remote_order, _o.id == found.c.last)
        .where(or_(*wanted), found.c.pan > query.after)
        .order_by(found.c.pan)
        .limit(WANTING_MAX)
    )
    return list(connection.execute(statement).scalars())


def _wanting_count(connection: Connection, query: TimetableWanting) -> int:
    return len(_wanting(connection, query))


TIMETABLES_DUE: Final = View(_due, _due_count, nothing)
TIMETABLE_WANTING: Final = View(_wanting, _wanting_count, nothing)
