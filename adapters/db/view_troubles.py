"""The troubles that a person must look at, those that were looked at, and how many are open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, func, select, true

from adapters.db import tables as t
from adapters.db.list_page import counted, page
from adapters.db.view import View
from gateway.core.trouble import Trouble
from gateway.core.views_watch import TroubleCount

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection, Select

    from gateway.core.views_watch import Exceptions

_x, _c = t.exception_note.c, t.customer.c

_AROUND: Final = (
    t.exception_note.outerjoin(t.sale, t.sale.c.id == _x.sale_id)
    .outerjoin(t.meter, t.meter.c.id == t.sale.c.meter_id)
    .outerjoin(t.customer, _c.id == t.meter.c.customer_id)
)
_TROUBLES: Final = select(
    _x.id, _x.kind, _x.bank, _x.key, _x.sale_id, _x.text, _x.at_us, _x.is_open,
    func.coalesce(_c.branch, "").label("branch"),
    _x.resolution, _x.resolved_by, _x.resolved_us, _x.reason,
).select_from(_AROUND)  # fmt: skip


def troubles(connection: Connection, *which: ColumnElement[bool]) -> list[Trouble]:
    """Read the troubles for which all of this holds, the oldest first."""
    return [_trouble(row) for row in connection.execute(_TROUBLES.where(*which).order_by(_x.id))]


def _trouble(row: Sequence[Any]) -> Trouble:
    return Trouble(*row)


def open_counts(connection: Connection, branch: str | None) -> tuple[TroubleCount, ...]:
    """Count the open troubles of a branch, or of all, by kind."""
    figures = select(_x.kind, func.count(), func.min(_x.at_us)).select_from(_AROUND)
    statement = figures.where(_x.is_open, *_of_branch(branch)).group_by(_x.kind)
    return tuple(sorted((TroubleCount(*row) for row in connection.execute(statement)), key=_kind))


def _kind(one: TroubleCount) -> str:
    return one.kind


def _of_branch(branch: str | None) -> list[ColumnElement[bool]]:
    return [] if branch is None else [_c.branch == branch]


def _chosen(statement: Select[Any], query: Exceptions) -> Select[Any]:
    wanted = _of_branch(query.branch)
    if query.open_only:
        wanted.append(_x.is_open)
    named = {_x.id: query.id, _x.kind: query.kind, _x.bank: query.bank}
    wanted += [column == value for column, value in named.items() if value is not None]
    if query.begin_us is not None:
        wanted.append(_x.at_us >= query.begin_us)
    if query.end_us is not None:
        wanted.append(_x.at_us < query.end_us)
    return statement.where(and_(true(), *wanted))


def _rows(connection: Connection, query: Exceptions) -> list[Trouble]:
    found = page(connection, _chosen(_TROUBLES, query), (_x.id,), query, descending=True)
    return [_trouble(row) for row in found]


def _count(connection: Connection, query: Exceptions) -> int:
    return counted(connection, _chosen(select(_x.id).select_from(_AROUND), query))


def _totals(connection: Connection, query: Exceptions) -> tuple[TroubleCount, ...]:
    return open_counts(connection, query.branch)


EXCEPTIONS: Final = View(_rows, _count, _totals)
