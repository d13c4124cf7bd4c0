"""All that is known of one meter's line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select, true

from adapters.db import tables as t
from adapters.db.line_rows import way_of
from adapters.db.round_rows import IS_OPEN
from adapters.db.seen_rows import event_of, frozen_of, profile_row_of, relay_of
from adapters.db.view import View
from adapters.db.view_calls import call_rows
from adapters.db.view_lines import SLOTS, gap_of
from adapters.db.view_readings import since_it_is_there
from gateway.core.contact import ContactWhy
from gateway.core.views_lines import (
    MONTHS_SHOWN,
    ROWS_A_DAY_MAX,
    SHOWN,
    CallRow,
    ContactKept,
    GapRow,
    MeterLineFacts,
)

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Row, Select

    from gateway.core.meter_event import MeterEvent
    from gateway.core.meter_seen import FrozenReading
    from gateway.core.meter_way import MeterWay
    from gateway.core.views_lines import MeterLine

_m, _c, _w = t.meter.c, t.customer.c, t.meter_way.c
_slot, _event, _frozen, _profile = (
    one.c for one in (t.reading_slot, t.meter_event, t.frozen_reading, t.profile_row)
)
_call, _contact = t.line_call.c, t.meter_contact.c

_US: Final = 1_000_000


def _is_its_branch_s(query: MeterLine, pan: ColumnElement[str], at_us: ColumnElement[int]) -> Any:  # noqa: ANN401 - of any table
    """Leave out what was before the meter came to its customer, where only his branch is asked of."""
    return true() if query.branch is None else since_it_is_there(pan, at_us)


def _rows(connection: Connection, query: MeterLine) -> list[GapRow]:
    if _whose(connection, query) is None:
        return []
    return _slots(connection, query)


def _slot_statement(statement: Select[Any], query: MeterLine) -> Select[Any]:
    of_it = _is_its_branch_s(query, _slot.pan, _slot.at_s * _US)
    return statement.where(_slot.pan == query.pan, IS_OPEN, of_it)


def _slots(connection: Connection, query: MeterLine) -> list[GapRow]:
    statement = _slot_statement(SLOTS, query).order_by(_slot.at_s, _slot.schedule).limit(SHOWN)
    return [gap_of(row) for row in connection.execute(statement)]


def _count(connection: Connection, query: MeterLine) -> int:
    if _whose(connection, query) is None:
        return 0
    statement = _slot_statement(select(func.count()).select_from(t.reading_slot), query)
    count: int = connection.execute(statement).scalar_one()
    return count


def _whose(connection: Connection, query: MeterLine) -> tuple[str, str, str] | None:
    """Name account, customer and branch; "" where it is a feeder's, None where nobody knows it."""
    statement = select(_c.account_no, _c.name, _c.branch).join(t.meter, _m.customer_id == _c.id)
    row = connection.execute(statement.where(_m.pan == query.pan)).one_or_none()
    if row is not None:
        return tuple(row) if query.branch in {None, row.branch} else None
    is_known = select(_w.pan).where(_w.pan == query.pan)
    if query.branch is None and connection.execute(is_known).one_or_none() is not None:
        return "", "", ""
    return None


def _facts(connection: Connection, query: MeterLine) -> MeterLineFacts | None:
    whose = _whose(connection, query)
    if whose is None:
        return None
    way = _way(connection, query)
    last = select(func.max(_profile.at_s)).where(_profile.pan == query.pan, _is_profile_s(query))
    rows = select(t.profile_row).where(
        _profile.pan == query.pan,
        _profile.at_s >= query.first_s,
        _profile.at_s < query.until_s,
        _is_profile_s(query),
    )
    rows = rows.order_by(_profile.at_s).limit(ROWS_A_DAY_MAX)
    return MeterLineFacts(
        query.pan,
        *whose,
        way,
        _contact_of(connection, query),
        _events(connection, query),
        tuple(_slots(connection, query)),
        _count(connection, query),
        _calls(connection, query, way),
        _months(connection, query),
        tuple(profile_row_of(row) for row in connection.execute(rows)),
        connection.execute(last).scalar_one(),
    )


def _is_profile_s(query: MeterLine) -> Any:  # noqa: ANN401 - as above
    return _is_its_branch_s(query, _profile.pan, _profile.at_s * _US)


def _way(connection: Connection, query: MeterLine) -> MeterWay | None:
    row = connection.execute(select(t.meter_way).where(_w.pan == query.pan)).one_or_none()
    return None if row is None else way_of(row)


def _contact_of(connection: Connection, query: MeterLine) -> ContactKept | None:
    of_it = _is_its_branch_s(query, _contact.pan, _contact.at_us)
    row = connection.execute(select(t.meter_contact).where(_contact.pan == query.pan, of_it)).one_or_none()
    return None if row is None else _contact_kept(row)


def _contact_kept(row: Row[Any]) -> ContactKept:
    why = ContactWhy(row.why) if row.why else None
    return ContactKept(
        row.at_us, why, row.told, row.good_us, row.off_s, row.clock_us, row.set_us, relay_of(row.relay)
    )


def _events(connection: Connection, query: MeterLine) -> tuple[MeterEvent, ...]:
    of_it = _is_its_branch_s(query, _event.pan, _event.at_us)
    statement = select(t.meter_event).where(_event.pan == query.pan, of_it)
    return tuple(
        event_of(row) for row in connection.execute(statement.order_by(_event.id.desc()).limit(SHOWN))
    )


def _calls(connection: Connection, query: MeterLine, way: MeterWay | None) -> tuple[CallRow, ...]:
    if way is None or not way.place:
        return ()
    statement = select(t.line_call).where(_call.place == way.place)
    if query.branch is not None:
        there = select(_m.pan).where(_m.pan == query.pan, since_it_is_there(_m.pan, _call.at_s * _US))
        statement = statement.where(there.correlate(t.line_call).exists())
    return tuple(call_rows(connection, statement.order_by(_call.at_s.desc(), _call.id.desc()).limit(SHOWN)))


def _months(connection: Connection, query: MeterLine) -> tuple[FrozenReading, ...]:
    of_it = _is_its_branch_s(query, _frozen.pan, _frozen.at_s * _US)
    statement = select(t.frozen_reading).where(_frozen.pan == query.pan, of_it)
    rows = connection.execute(statement.order_by(_frozen.at_s.desc()).limit(MONTHS_SHOWN))
    return tuple(frozen_of(row) for row in rows)


METER_LINE: Final = View(_rows, _count, _facts)
