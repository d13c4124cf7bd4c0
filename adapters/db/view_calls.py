"""Calls as a list with its sums, and what each line has done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from adapters.db import tables as t
from adapters.db.list_page import counted, page
from adapters.db.seen_rows import call_of
from adapters.db.view import View
from adapters.db.view_readings import nothing
from gateway.core.contact import ContactWhy
from gateway.core.views_lines import CallRow, CallSums, LineFigure

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

    from gateway.core.views_lines import Calls, LineFigures

_l, _w, _m, _c = t.line_call.c, t.meter_way.c, t.meter.c, t.customer.c

#: Minutes that a call has begun.
_MINUTES: Final = (_l.seconds + 59) // 60
_SUMS: Final = (
    func.count(),
    func.sum(_MINUTES),
    func.sum(_l.cost_minor),
    func.sum(_l.meters),
    func.sum(_l.read),
)


def _asked(statement: Select[Any], query: Calls) -> Select[Any]:
    if query.branch is not None:
        own = (
            select(_w.place)
            .join(t.meter, _m.pan == _w.pan)
            .join(t.customer, _c.id == _m.customer_id)
            .where(_c.branch == query.branch)
        )
        statement = statement.where(_l.place.in_(own))
    named = {
        _l.line: query.line,
        _l.kind: None if query.kind is None else query.kind.name.lower(),
        _l.why: None if query.why is None else query.why.value,
    }
    wanted = [column == value for column, value in named.items() if value is not None]
    if query.is_good is not None:
        wanted.append((_l.why == "") == query.is_good)
    if query.first_s is not None:
        wanted.append(_l.at_s >= query.first_s)
    if query.last_s is not None:
        wanted.append(_l.at_s <= query.last_s)
    return statement.where(*wanted)


def call_rows(connection: Connection, statement: Select[Any]) -> list[CallRow]:
    """Read calls."""
    return [CallRow(row.id, call_of(row)) for row in connection.execute(statement)]


def _calls(connection: Connection, query: Calls) -> list[CallRow]:
    rows = page(connection, _asked(select(t.line_call), query), (_l.at_s, _l.id), query, descending=True)
    return [CallRow(row.id, call_of(row)) for row in rows]


def _call_count(connection: Connection, query: Calls) -> int:
    return counted(connection, _asked(select(_l.id), query))


def _call_sums(connection: Connection, query: Calls) -> tuple[CallSums, ...]:
    statement = _asked(select(_l.why, *_SUMS), query).group_by(_l.why).order_by(func.count().desc(), _l.why)
    return tuple(
        CallSums(ContactWhy(why) if why else None, *(int(figure) for figure in sums))
        for why, *sums in connection.execute(statement)
    )


def _figures(connection: Connection, query: LineFigures) -> list[LineFigure]:
    good = func.count().filter(_l.why == "")
    calls, *sums = _SUMS
    statement = select(_l.line, calls, good, *sums, func.max(_l.at_s)).where(_l.at_s >= query.since_s)
    rows = connection.execute(statement.group_by(_l.line).order_by(_l.line))
    return [LineFigure(line, *(int(figure) for figure in figures)) for line, *figures in rows]


def _figure_count(connection: Connection, query: LineFigures) -> int:
    return len(_figures(connection, query))


CALLS: Final = View(_calls, _call_count, _call_sums)
LINE_FIGURES: Final = View(_figures, _figure_count, nothing)
