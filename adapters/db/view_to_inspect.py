"""The meters that somebody shall look at, each with what is suspected: worked out where the rows are.

An inspection settles what was known when it was made: a status or a doubtful reading until the next one, a
gap as far as it had come, not being read for as long as that is waited for, an event of its line for good.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, case, exists, func, or_, select

from adapters.db import tables as t
from adapters.db.list_page import counted
from adapters.db.reading_rows import inspection_of, reading_of
from adapters.db.view import View
from adapters.db.view_readings import POINT, nothing, since_it_is_there
from gateway.core.inspection import GRAVE, Finding, Suspicion
from gateway.core.meter import MeterState
from gateway.core.meter_event import EventKind
from gateway.core.reading import ReadingState
from gateway.core.views_readings import InspectRow

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Row, Select

    from gateway.core.inspection import Inspection
    from gateway.core.reading import Reading
    from gateway.core.views_readings import ToInspect

_m, _c, _e = t.meter.c, t.customer.c, t.meter_event.c
_LAST, _NEWEST, _THEN = (t.reading.alias(name) for name in ("last", "newest", "then"))
_SEEN: Final = t.inspection.alias("seen")
_l, _n, _t, _s = _LAST.c, _NEWEST.c, _THEN.c, _SEEN.c

_DAY_US: Final = 86_400_000_000

#: The gap with which the counting began; as long as nobody knows it, all that ever went out may be there.
_L_FIRST, _T_FIRST = (func.coalesce(one.first_gap_wh, 0) for one in (_l, _t))

#: What has come of the gap since the counting began, or since the meter was looked at in this counting.
_GAP: Final = (
    _l.issued_wh
    - _l.loaded_wh
    - _l.used_wh
    - case(
        (_t.id.is_not(None) & (_T_FIRST == _L_FIRST), _t.issued_wh - _t.loaded_wh - _t.used_wh),
        else_=_L_FIRST,
    )
)
#: Was whatever is known of it looked at?
_SETTLED: Final = func.coalesce(_s.reading_id, -1) >= func.coalesce(_n.id, 0)


def _max_id(table: Any, *which: ColumnElement[bool]) -> Any:  # noqa: ANN401 - a scalar subquery of any table
    newest = select(func.max(table.c.id)).where(table.c.pan == _m.pan, *which)
    return newest.correlate(t.meter).scalar_subquery()


_accepted, _any, _seen = t.reading.alias("a"), t.reading.alias("b"), t.inspection.alias("i")
_FROM: Final = (
    t.meter.join(t.customer, _c.id == _m.customer_id)
    .outerjoin(_LAST, _l.id == _max_id(_accepted, _accepted.c.state == ReadingState.ACCEPTED.value))
    .outerjoin(_NEWEST, _n.id == _max_id(_any))
    .outerjoin(
        _SEEN,
        and_(
            _s.id == _max_id(_seen, _seen.c.finding != Finding.NOT_SEEN.value),
            since_it_is_there(_m.pan, _s.at_us),
        ),
    )
    .outerjoin(_THEN, _t.id == _s.reading_id)
)


def _is_noticed(query: ToInspect) -> ColumnElement[bool]:
    """Say that an event of the meter wants looking at, and was not there when it was looked at last."""
    return and_(
        _e.pan == _m.pan,
        _e.kind.in_([one.value for one in GRAVE]),
        _e.at_us >= query.at_us - query.limits.noticed_days * _DAY_US,
        _e.at_us > func.coalesce(_s.at_us, 0),
        since_it_is_there(_e.pan, _e.at_us),
    )


@dataclass(frozen=True, slots=True)
class _Why:
    """A suspicion, and when it holds."""

    suspicion: Suspicion
    holds: ColumnElement[bool]


def _whys(query: ToInspect) -> tuple[_Why, ...]:
    limits, at_us = query.limits, query.at_us
    idle_us, unread_us = limits.idle_days * _DAY_US, at_us - limits.unread_days * _DAY_US
    is_over, is_short = _GAP + limits.gap_wh < 0, _GAP - limits.gap_wh > 0
    had_credit = _l.issued_wh - _L_FIRST > _l.used_wh
    return (
        _Why(Suspicion.OVER, is_over),
        _Why(Suspicion.MISSING, and_(is_short, _l.credit_wh.is_not(None))),
        _Why(Suspicion.CREDITS, and_(_l.over_credits == 1, ~_SETTLED)),
        _Why(Suspicion.IDLE, and_(_l.taken_us - _l.moved_us >= idle_us, had_credit, ~_SETTLED)),
        _Why(Suspicion.DOUBTFUL, and_(_n.state == ReadingState.DOUBTFUL.value, ~_SETTLED)),
        _Why(Suspicion.STATUS, and_(_n.status != "", ~_SETTLED)),
        _Why(Suspicion.NOTICED, exists().where(_is_noticed(query)).correlate(t.meter, _SEEN)),
        _Why(
            Suspicion.UNREAD,
            and_(
                _m.state == MeterState.ACTIVE.value,
                func.coalesce(_l.taken_us, 0) < unread_us,
                func.coalesce(_s.at_us, 0) < unread_us,
            ),
        ),
    )


def _asked(statement: Select[Any], query: ToInspect) -> Select[Any]:
    statement = statement.where(_m.state != MeterState.REMOVED.value)
    if query.branch is not None:
        statement = statement.where(_c.branch == query.branch)
    if query.pan is not None:
        return statement.where(_m.pan == query.pan)
    if query.suspicion is None:
        wanted = [one.holds for one in _whys(query) if one.suspicion is not Suspicion.UNREAD]
    else:
        wanted = [one.holds for one in _whys(query) if one.suspicion is query.suspicion]
    return statement.where(or_(*wanted))


def _rows(connection: Connection, query: ToInspect) -> list[InspectRow]:
    whys = _whys(query)
    flags = [case((one.holds, 1), else_=0).label(one.suspicion.value) for one in whys]
    statement = _asked(
        select(
            _m.pan, _c.account_no, _c.name, _c.branch, POINT, _GAP.label("gap_wh"), _l.id.label("last_id"),
            _n.id.label("newest_id"), _s.id.label("seen_id"), *flags,
        ).select_from(_FROM),
        query,
    )  # fmt: skip
    if query.after is not None:
        statement = statement.where(_m.pan > query.after)
    rows = connection.execute(statement.order_by(_m.pan).limit(query.limit)).all()
    readings = _readings(connection, {id_ for row in rows for id_ in (row.last_id, row.newest_id)} - {None})
    seen = _seen_of(connection, {row.seen_id for row in rows} - {None})
    noticed = _noticed(connection, query, [row.pan for row in rows if getattr(row, Suspicion.NOTICED.value)])
    return [
        replace(_row(row, whys, readings), seen=seen.get(row.seen_id), noticed=noticed.get(row.pan, ()))
        for row in rows
    ]


def _row(row: Row[Any], whys: tuple[_Why, ...], readings: dict[int, Reading]) -> InspectRow:
    return InspectRow(
        row.pan,
        row.account_no,
        row.name,
        row.branch,
        row.point or "",
        tuple(one.suspicion for one in whys if getattr(row, one.suspicion.value)),
        row.gap_wh,
        readings.get(row.last_id),
        readings.get(row.newest_id),
        None,
    )


def _readings(connection: Connection, ids: set[int]) -> dict[int, Reading]:
    rows = connection.execute(select(t.reading).where(t.reading.c.id.in_(sorted(ids)))) if ids else ()
    return {row.id: reading_of(row) for row in rows}


def _seen_of(connection: Connection, ids: set[int]) -> dict[int, Inspection]:
    rows = connection.execute(select(t.inspection).where(t.inspection.c.id.in_(sorted(ids)))) if ids else ()
    return {row.id: inspection_of(row) for row in rows}


def _noticed(connection: Connection, query: ToInspect, pans: list[str]) -> dict[str, tuple[EventKind, ...]]:
    """Give the kinds of what was noticed at these meters, the gravest first."""
    if not pans:
        return {}
    events = _FROM.join(t.meter_event, _is_noticed(query))
    statement = select(_m.pan, _e.kind).select_from(events).where(_m.pan.in_(pans)).distinct()
    found: dict[str, list[EventKind]] = {}
    for pan, kind in connection.execute(statement):
        found.setdefault(pan, []).append(EventKind(kind))
    return {pan: tuple(sorted(kinds, key=GRAVE.index)) for pan, kinds in found.items()}


def _count(connection: Connection, query: ToInspect) -> int:
    return counted(connection, _asked(select(_m.id).select_from(_FROM), query))


TO_INSPECT: Final = View(_rows, _count, nothing)
