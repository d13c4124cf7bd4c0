"""Slots that were not read, and rounds, as lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, literal, select, tuple_

from adapters.db import tables as t
from adapters.db.list_page import counted
from adapters.db.round_rows import gap_why_of
from adapters.db.view import View
from adapters.db.view_readings import nothing, since_it_is_there
from gateway.core.line_work.round_kept import RoundTold
from gateway.core.line_work.slot import SlotState
from gateway.core.views_lines import GapRow, RoundRow

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row, Select

    from gateway.core.line_work.slot import GapWhy
    from gateway.core.views_lines import Gaps, RoundsKept

_s, _r, _m, _c = t.reading_slot.c, t.reading_round.c, t.meter.c, t.customer.c

_US: Final = 1_000_000
_PLACE: Final = (_s.at_s, _s.schedule, _s.pan)

#: A feeder's meter is nobody's.
_FROM: Final = t.reading_slot.outerjoin(t.meter, _m.pan == _s.pan).outerjoin(
    t.customer, _c.id == _m.customer_id
)
SLOTS: Final = select(t.reading_slot, _c.account_no, _c.name.label("customer"), _c.branch).select_from(_FROM)


def gap_of(row: Row[Any]) -> GapRow:
    """Read a slot, with whose meter it is."""
    return GapRow(
        row.schedule, row.pan, row.at_s, SlotState(row.state), gap_why_of(row.why), row.since_s,
        row.account_no or "", row.customer or "", row.branch or "",
    )  # fmt: skip


def _asked(statement: Select[Any], query: Gaps) -> Select[Any]:
    statement = statement.where(_s.state == query.state.value)
    if query.branch is not None:
        statement = statement.where(_c.branch == query.branch, since_it_is_there(_s.pan, _s.at_s * _US))
    named = {
        _s.schedule: query.schedule,
        _s.pan: query.pan,
        _s.why: None if query.why is None else query.why.value,
    }
    wanted = [column == value for column, value in named.items() if value is not None]
    if query.since_s is not None:
        wanted.append(_s.since_s <= query.since_s)
    if query.first_s is not None:
        wanted.append(_s.at_s >= query.first_s)
    if query.last_s is not None:
        wanted.append(_s.at_s <= query.last_s)
    return statement.where(*wanted)


def _gaps(connection: Connection, query: Gaps) -> list[GapRow]:
    statement = _asked(SLOTS, query)
    if query.after is not None:
        statement = statement.where(tuple_(*_PLACE) > tuple_(*(literal(value) for value in query.after)))
    return [gap_of(row) for row in connection.execute(statement.order_by(*_PLACE).limit(query.limit))]


def _gap_count(connection: Connection, query: Gaps) -> int:
    return counted(connection, _asked(select(_s.at_s).select_from(_FROM), query))


def _gap_sums(connection: Connection, query: Gaps) -> tuple[tuple[GapWhy | None, int], ...]:
    statement = _asked(select(_s.why, func.count()).select_from(_FROM), query).group_by(_s.why)
    found = connection.execute(statement.order_by(func.count().desc(), _s.why))
    return tuple((gap_why_of(why), count) for why, count in found)


# -- rounds ----------------------------------------------------------------------------------------------


def _rounds_asked(statement: Select[Any], query: RoundsKept) -> Select[Any]:
    wanted = []
    if query.schedule is not None:
        wanted.append(_r.schedule == query.schedule)
    if query.first_s is not None:
        wanted.append(_r.at_s >= query.first_s)
    if query.last_s is not None:
        wanted.append(_r.at_s <= query.last_s)
    if query.is_open is not None:
        has_open = _r.meters > _r.read + _r.lost + _r.gone
        wanted.append(has_open if query.is_open else ~has_open)
    return statement.where(*wanted)


def _rounds(connection: Connection, query: RoundsKept) -> list[RoundRow]:
    statement = _rounds_asked(select(t.reading_round), query)
    if query.after is not None:
        here = tuple_(_r.at_s, _r.schedule)
        statement = statement.where(here < tuple_(*(literal(value) for value in query.after)))
    rows = connection.execute(statement.order_by(_r.at_s.desc(), _r.schedule.desc()).limit(query.limit))
    return [_round_of(row) for row in rows]


def _round_of(row: Row[Any]) -> RoundRow:
    same = ("schedule", "at_s", "opens_s", "closes_s", "meters", "read", "lost", "gone")
    return RoundRow(**{name: getattr(row, name) for name in same}, told=RoundTold(row.told))


def _round_count(connection: Connection, query: RoundsKept) -> int:
    return counted(connection, _rounds_asked(select(_r.at_s), query))


GAPS: Final = View(_gaps, _gap_count, _gap_sums)
ROUNDS_KEPT: Final = View(_rounds, _round_count, nothing)
