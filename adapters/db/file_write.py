"""Write what a batch decided of the files: each row as it stands in the end; amendments apart, sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, insert, select, update

from adapters.db import tables as t
from adapters.db.card_rows import card_order_row, card_row
from adapters.db.file_rows import (
    counters_row,
    customer_row,
    filed_meter_row,
    fitting_row,
    identity_row,
    place_row,
    point_row,
)
from adapters.db.file_tables import ACCOUNT_SERIES
from adapters.db.line_rows import group_row, remote_order_row, schedule_row, timetable_row, way_row
from adapters.db.meter_text import preset_text
from gateway.core.meter import NO_ID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, CursorResult, Table

    from gateway.core.amendment import Amendment
    from gateway.core.card_books import CardChange
    from gateway.core.file_books import FileChange
    from gateway.core.line_books import LineChange
    from gateway.core.meter import MeterAccount

    Columns = dict[str, object]


def write_files(connection: Connection, changes: Sequence[FileChange]) -> None:
    """Write the rows that the changes leave, in their order.

    A row of version 1 is new: where somebody entered one past the ledger's head meanwhile, the database
    refuses it and the batch is run again. Any other follows the version before it.
    """
    for change in changes:
        for one in change.customers:
            _set(connection, t.customer, "account_no", customer_row(one), one.version)
        for point in change.points:
            _set(connection, t.supply_point, "number", point_row(point), point.version)
        for fitting in change.fittings:
            _set(connection, t.fitting, "pan", fitting_row(fitting), fitting.version)
        for meter in change.meters:
            _set_meter(connection, meter)
        for place in change.network:
            _set(connection, t.network_place, "code", place_row(place), place.version)
        if change.cards is not None:
            _write_cards(connection, change.cards)
        if change.lines is not None:
            _write_lines(connection, change.lines)
        if change.next_serial is not None:
            _go_on(connection, ACCOUNT_SERIES, change.next_serial)


def _write_cards(connection: Connection, change: CardChange) -> None:
    for card in change.cards:
        _set(connection, t.card, "serial", card_row(card), card.version)
    for order in change.orders:
        _set(connection, t.card_order, "id", card_order_row(order), order.version)


def _write_lines(connection: Connection, change: LineChange) -> None:
    for way in change.ways:
        _set(connection, t.meter_way, "pan", way_row(way), way.version)
    for group in change.groups:
        _set(connection, t.meter_group, "code", group_row(group), group.version)
    for schedule in change.schedules:
        _set(connection, t.reading_schedule, "code", schedule_row(schedule), schedule.version)
    for timetable in change.timetables:
        _set(connection, t.timetable, "reference", timetable_row(timetable), timetable.version)
    for order in change.orders:
        _set(connection, t.remote_order, "id", remote_order_row(order), order.version)


def _set_meter(connection: Connection, meter: MeterAccount) -> None:
    """Write a meter: of one that is there already neither its key nor what its sales have moved."""
    c = t.customer.c
    customer_id = connection.execute(select(c.id).where(c.account_no == meter.account_no)).scalar_one()
    filed = filed_meter_row(meter, customer_id)
    if meter.id != NO_ID:
        _one_row(connection.execute(update(t.meter).where(t.meter.c.id == meter.id).values(filed)))
        return
    counters = {"last_tid": meter.last_tid, **counters_row(meter.counters)}
    new = {**filed, **identity_row(meter.identity), **counters}
    new["preset"] = preset_text(meter.preset)
    connection.execute(insert(t.meter).values(new))


def amendment_rows(
    amendments: Sequence[Amendment], first: int, at_us: int, link: int
) -> list[tuple[object, ...]]:
    """Give amendments their numbers, from the first one on, as rows."""
    return [
        (id_, at_us, one.subject.value, one.number, one.version, one.kind.value, one.before, one.after,
         one.by, one.reason, one.entry_id, link)
        for id_, one in enumerate(amendments, first)
    ]  # fmt: skip


def _go_on(connection: Connection, code: str, following: int) -> None:
    """Move a series on; its first number begins it."""
    moved = update(t.series).where(t.series.c.code == code).values(next=following)
    if connection.execute(moved).rowcount == 0:
        connection.execute(insert(t.series).values(code=code, next=following))


def _set(connection: Connection, table: Table, key: str, row: Columns, version: int) -> None:
    if version == 1:
        connection.execute(insert(table).values(row))
        return
    which = and_(table.c[key] == row[key], table.c.version == version - 1)
    _one_row(connection.execute(update(table).where(which).values(row)))


def _one_row(result: CursorResult[Any]) -> None:
    """What was loaded behind the ledger's head stands there still: only batches change it."""
    assert result.rowcount == 1  # noqa: S101
