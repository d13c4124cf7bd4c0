"""Reads the rows of the files beside their last amendments, for a verification."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import String, cast, func, select

from adapters.db import tables as t
from adapters.db.card_rows import card_of, card_order_of
from adapters.db.file_rows import customer_of, fitting_of, place_of, point_of
from adapters.db.line_rows import group_of, remote_order_of, schedule_of, timetable_of, way_of
from adapters.db.meter_text import codes_of, proportions_of
from gateway.core.amendment import Subject, with_tokens_for, written
from gateway.core.journal import FiledRow
from gateway.core.supply_point import PointState
from gateway.core.token import StsIdentity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sqlalchemy import Column, Row, Select, Table

    from gateway.core.amendment import Row as Filed

_TABLES: Final[dict[Subject, tuple[Table, Column[Any], Callable[[Row[Any]], Filed]]]] = {
    Subject.CUSTOMER: (t.customer, t.customer.c.account_no, customer_of),
    Subject.POINT: (t.supply_point, t.supply_point.c.number, point_of),
    Subject.METER: (t.fitting, t.fitting.c.pan, fitting_of),
    Subject.NETWORK: (t.network_place, t.network_place.c.code, place_of),
    Subject.CARD: (t.card, t.card.c.serial, card_of),
    Subject.CARD_ORDER: (t.card_order, t.card_order.c.id, card_order_of),
    Subject.WAY: (t.meter_way, t.meter_way.c.pan, way_of),
    Subject.GROUP: (t.meter_group, t.meter_group.c.code, group_of),
    Subject.SCHEDULE: (t.reading_schedule, t.reading_schedule.c.code, schedule_of),
    Subject.TIMETABLE: (t.timetable, t.timetable.c.reference, timetable_of),
    Subject.REMOTE_ORDER: (t.remote_order, t.remote_order.c.id, remote_order_of),
}


#: For what a meter's tokens are made, beside a fitting's own columns.
_IDENTITY: Final = ("sgc", "krn", "ti", "ea", "kt", "base_date")
_TOKENS_FOR: Final = [t.meter.c[name].label(f"meter_{name}") for name in (*_IDENTITY, "is_test")]

#: What a meter is sold by, which it has from the supply point where it is.
_FROM_POINT: Final = ("account_no", "contract_w", "power_type", "proportions", "schemes")

#: What a supply point of which nothing was amended says of a change that is due.
NOTHING_DUE: Final = '{"due":null}'

#: The last amendment of each row.
_LAST: Final = select(func.max(t.amendment.c.id)).group_by(t.amendment.c.subject, t.amendment.c.number)


def filed_rows(read: Callable[[Select[Any]], Iterable[Row[Any]]]) -> Iterator[FiledRow]:
    """Give each row that was ever amended with what its last amendment says, and amendments without a row.

    Of a meter besides for what its tokens are made; and what it is sold by, beside its supply point's.
    """
    a, m = t.amendment.c, t.meter
    for subject, (table, key, read_row) in _TABLES.items():
        is_its = (key if key.type.python_type is str else cast(key, String)) == a.number
        told = (
            select(table, a.number.label("amended"), a.row_after, a.link.label("sealed_by"), *_TOKENS_FOR)
            .select_from(t.amendment.outerjoin(table, is_its).outerjoin(m, m.c.pan == a.number))
            .where(a.id.in_(_LAST), a.subject == subject.value)
            .order_by(a.number)
        )
        for row in read(told):
            stands = None if getattr(row, key.key) is None else _written(read_row, row)
            if stands is not None and subject is Subject.METER:
                stands = _with_tokens_for(stands, row)
            yield FiledRow(subject.value, row.amended, stands, row.row_after, row.sealed_by)
    yield from _due_unamended(read)
    yield from _sold_by(read)


def _written(read_row: Callable[[Row[Any]], Filed], row: Row[Any]) -> str:
    """Write a row as amendments keep it; one that cannot be so any more has nothing of what it had."""
    try:
        return written(read_row(row))
    except (ValueError, TypeError, KeyError, AttributeError):
        return "{}"


def _due_unamended(read: Callable[[Select[Any]], Iterable[Row[Any]]]) -> Iterator[FiledRow]:
    """Give each supply point where a change is due and nothing was ever amended: nobody has ordered it."""
    amended = select(t.amendment.c.number).where(t.amendment.c.subject == Subject.POINT.value)
    p = t.supply_point.c
    due = select(t.supply_point).where(p.due_us.is_not(None), p.number.not_in(amended)).order_by(p.number)
    for row in read(due):
        yield FiledRow(Subject.POINT.value, row.number, _written(point_of, row), NOTHING_DUE, 0)


def _with_tokens_for(fitting: str, row: Row[Any]) -> str | None:
    """Add what stands of the meter itself; None where there is no such meter."""
    if row.meter_sgc is None:
        return None
    values = {name: getattr(row, f"meter_{name}") for name in _IDENTITY}
    return with_tokens_for(fitting, StsIdentity(pan=row.amended, **values), is_test=bool(row.meter_is_test))


def _sold_by(read: Callable[[Select[Any]], Iterable[Row[Any]]]) -> Iterator[FiledRow]:
    """Give each meter that is at a supply point which was ever amended, beside what that amendment says."""
    a, m, p, c = t.amendment.c, t.meter.c, t.supply_point.c, t.customer.c
    told = (
        select(p.pan, a.row_after, a.link, c.account_no, m.contract_w, m.power_type, m.proportions, m.schemes)
        .select_from(t.amendment.join(t.supply_point, p.number == a.number))
        .outerjoin(t.meter, m.pan == p.pan)
        .outerjoin(t.customer, c.id == m.customer_id)
        .where(a.id.in_(_LAST), a.subject == Subject.POINT.value, p.state == PointState.ACTIVE.value)
        .order_by(a.number)
    )
    for row in read(told):
        point = json.loads(row.row_after)
        stands = {
            **{name: getattr(row, name) for name in _FROM_POINT},
            "schemes": codes_of(row.schemes or ""),
            "proportions": proportions_of(row.proportions or ""),
        }
        yield FiledRow(
            Subject.METER.value,
            row.pan,
            None if row.account_no is None else json.dumps(stands),
            json.dumps({name: point[name] for name in _FROM_POINT}),
            row.link,
        )
