"""One page of a list, on either side of a row that the reader knows; and a count that has an end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, literal, select, tuple_

from gateway.core.paging import COUNT_MAX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Column, Connection, Row, Select

    from gateway.core.paging import Paged


def page(
    connection: Connection,
    statement: Select[Any],
    order: Sequence[Column[Any]],
    query: Paged[Any, Any],
    *,
    descending: bool = False,
) -> list[Row[Any]]:
    """Read a page of what a statement finds, in the order of some columns of one table, its id the last.

    All of them rise, or all of them fall, so that one index serves in both directions.
    """
    is_forward = query.before is None
    falls = descending is is_forward
    mark = query.after if is_forward else query.before
    if mark is not None:
        place = connection.execute(select(*order).where(order[-1] == mark)).one_or_none()
        if place is None:
            return []
        here, there = tuple_(*order), tuple_(*(literal(value) for value in place))
        statement = statement.where(here < there if falls else here > there)
    by = [column.desc() if falls else column.asc() for column in order]
    rows = list(connection.execute(statement.order_by(*by).limit(query.limit)))
    return rows if is_forward else rows[::-1]


def counted(connection: Connection, statement: Select[Any]) -> int:
    """Count what a statement finds, up to one more than ``COUNT_MAX``."""
    found = statement.limit(COUNT_MAX + 1).subquery()
    return connection.execute(select(func.count()).select_from(found)).scalar_one()
