"""Write what a batch decided of the office: each row as it stands in the end; the diary's lines come apart.

Seldom and few, so plain statements, one a row, once the batch's money is sent (``write.py``, which closes
exceptions, too: they may be noted anew in the same batch).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.db import key_rows, tariff_rows
from adapters.db import tables as t
from adapters.db.office_rows import approval_row, operator_row, role_row, session_row, stock_row
from adapters.db.station_rows import certificate_row, code_row
from adapters.db.upsert import upsert
from gateway.core.diary import DETAIL_MAX, SUBJECT_MAX, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Table

    from gateway.core.diary import DiaryLine
    from gateway.core.office_books import OfficeChange

    Columns = dict[str, object]

#: What may change of a request: the rest is what was asked for, and the database refuses to change it.
_DECIDED: Final = ("state", "decided_by", "decided_us", "outcome")


def write_office(connection: Connection, changes: Sequence[OfficeChange]) -> None:
    """Write the rows that the changes leave, in their order: a row that is there already is set anew."""
    for change in changes:
        _set(connection, t.branch, [{"code": one.code, "name": one.name} for one in change.branches])
        _set(connection, t.station, [_fields(one, t.station) for one in change.stations])
        _set(connection, t.role, [role_row(one) for one in change.roles])
        _set(connection, t.operator, [operator_row(one) for one in change.operators])
        _set(connection, t.session, [session_row(one) for one in change.sessions])
        _set(connection, t.shift, [_fields(one, t.shift) for one in change.shifts])
        _set(connection, t.approval, [approval_row(one) for one in change.approvals], _DECIDED)
        _set(connection, t.stock_meter, [stock_row(one) for one in change.stock])
        _set(connection, t.station_certificate, [certificate_row(one) for one in change.certificates])
        _set(connection, t.station_code, [code_row(one) for one in change.station_codes])
        _write_lives(connection, change)
    # Behind the last row: only the commit can go wrong now.
    for change in changes:
        if change.keep is not None:
            change.keep()


def _write_lives(connection: Connection, change: OfficeChange) -> None:
    for version in change.versions:
        tariff_rows.write_step(connection, version)
    for key in change.keys:
        key_rows.write_step(connection, key)
    for known in change.groups:
        if known.group is not None:
            key_rows.write_group(connection, known.group)


def diary_rows(lines: Sequence[DiaryLine], first: int, at_us: int, link: int) -> list[tuple[object, ...]]:
    """Give the lines their numbers, from the first one on, as rows of the diary."""
    return [
        (id_, at_us, plain(line.actor.said, SUBJECT_MAX), plain(line.actor.station, SUBJECT_MAX),
         plain(line.actor.address, SUBJECT_MAX),
         line.function, line.action.value, plain(line.subject, SUBJECT_MAX), line.outcome.value,
         plain(line.detail, DETAIL_MAX), link)
        for id_, line in enumerate(lines, first)
    ]  # fmt: skip


def _set(connection: Connection, table: Table, rows: list[Columns], changing: Sequence[str] = ()) -> None:
    if not rows:
        return
    key = [column.key for column in table.primary_key]
    names = changing or [column.key for column in table.c if column.key not in key]
    statement = upsert(connection, table)
    statement = statement.on_conflict_do_update(
        index_elements=key, set_={name: statement.excluded[name] for name in names}
    )
    connection.execute(statement, rows)


def _fields(one: object, table: Table) -> Columns:
    """Take the columns from a value whose fields are called like them."""
    return {column.key: getattr(one, column.key) for column in table.c}
