"""Reads the rows of the files beside their last amendments, for a verification."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from adapters.db import tables as t
from adapters.db.file_rows import customer_of, fitting_of, place_of, point_of
from gateway.core.amendment import Subject, written
from gateway.core.journal import FiledRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sqlalchemy import Column, Row, Select, Table

    from gateway.core.amendment import Row as Filed

_TABLES: Final[dict[Subject, tuple[Table, Column[str], Callable[[Row[Any]], Filed]]]] = {
    Subject.CUSTOMER: (t.customer, t.customer.c.account_no, customer_of),
    Subject.POINT: (t.supply_point, t.supply_point.c.number, point_of),
    Subject.METER: (t.fitting, t.fitting.c.pan, fitting_of),
    Subject.NETWORK: (t.network_place, t.network_place.c.code, place_of),
}


def filed_rows(read: Callable[[Select[Any]], Iterable[Row[Any]]]) -> Iterator[FiledRow]:
    """Give each row that was ever amended with what its last amendment says, and amendments without a row."""
    a = t.amendment.c
    last = select(func.max(a.id)).group_by(a.subject, a.number)
    for subject, (table, key, read_row) in _TABLES.items():
        told = (
            select(table, a.number.label("amended"), a.row_after)
            .select_from(t.amendment.outerjoin(table, key == a.number))
            .where(a.id.in_(last), a.subject == subject.value)
            .order_by(a.number)
        )
        for row in read(told):
            stands = None if getattr(row, key.key) is None else written(read_row(row))
            yield FiledRow(subject.value, row.amended, stands, row.row_after)
