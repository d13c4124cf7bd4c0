"""Write what a batch decided of the files: each row as it stands in the end; amendments apart, sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from adapters.db import tables as t
from adapters.db.file_rows import (
    customer_row,
    filed_meter_row,
    fitting_row,
    identity_row,
    place_row,
    point_row,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Table

    from gateway.core.amendment import Amendment
    from gateway.core.file_books import FileChange
    from gateway.core.meter import MeterAccount

    Columns = dict[str, object]

_INSERT: Final[dict[str, Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def write_files(connection: Connection, changes: Sequence[FileChange]) -> None:
    """Write the rows that the changes leave, in their order: a row that is there already is set anew."""
    for change in changes:
        _set(connection, t.customer, "account_no", [customer_row(one) for one in change.customers])
        _set(connection, t.supply_point, "number", [point_row(one) for one in change.points])
        _set(connection, t.fitting, "pan", [fitting_row(one) for one in change.fittings])
        for meter in change.meters:
            _set_meter(connection, meter)
        _set(connection, t.network_place, "code", [place_row(one) for one in change.network])


def _set_meter(connection: Connection, meter: MeterAccount) -> None:
    """Write a meter: of one that is there already neither its key nor what its sales have moved."""
    c = t.customer.c
    customer_id = connection.execute(select(c.id).where(c.account_no == meter.account_no)).scalar_one()
    filed = filed_meter_row(meter, customer_id)
    new = {**filed, **identity_row(meter.identity), "last_tid": meter.last_tid, "month": 0, "mtd_wh": 0}
    statement = _INSERT[connection.dialect.name](t.meter).values(new)
    connection.execute(statement.on_conflict_do_update(index_elements=["pan"], set_=filed))


def amendment_rows(
    amendments: Sequence[Amendment], first: int, at_us: int, link: int
) -> list[tuple[object, ...]]:
    """Give amendments their numbers, from the first one on, as rows."""
    return [
        (id_, at_us, one.subject.value, one.number, one.version, one.kind.value, one.before, one.after,
         one.by, one.reason, one.entry_id, link)
        for id_, one in enumerate(amendments, first)
    ]  # fmt: skip


def _set(connection: Connection, table: Table, key: str, rows: list[Columns]) -> None:
    if not rows:
        return
    statement = _INSERT[connection.dialect.name](table)
    changed = {name: statement.excluded[name] for name in rows[0] if name != key}
    connection.execute(statement.on_conflict_do_update(index_elements=[key], set_=changed), rows)
