"""What lines have seen, as rows: calls, contacts, events, frozen months, rows of profiles."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import case, func

from adapters.db import tables as t
from adapters.db.upsert import upsert
from gateway.core.contact import ContactWhy, RelayState
from gateway.core.diary import plain
from gateway.core.line_work.call_made import CallMade
from gateway.core.line_work.work_kind import WorkKind
from gateway.core.meter_event import EventKind, MeterEvent
from gateway.core.meter_seen import Figure, FrozenReading, MeterContact, ProfileRowKept

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection, Row

    Columns = dict[str, object]

_c = t.meter_contact.c

#: Characters of a sentence about a contact or an event; some of them are what a meter said.
TOLD_MAX: Final = 300

#: Of a contact: what it has not seen stands as it was seen before.
_KEPT: Final = ("good_us", "off_s", "clock_us", "set_us")


def meter_no(pan: str) -> int:
    """Give the number by which the pool of lines knows a meter."""
    return int(pan)


def pan_of(meter: int) -> str:
    """Give the PAN of a meter that the pool of lines knows by its number."""
    return f"{meter:018d}"


def write_seen(connection: Connection, seen: Sequence[object]) -> None:
    """Write what was seen, each kind in its order; a value that is none of these is a fault of ours."""
    for kind, write in _WRITERS.items():
        rows = [one for one in seen if type(one) is kind]
        if rows:
            write(connection, rows)


def _write_calls(connection: Connection, calls: Sequence[CallMade]) -> None:
    connection.execute(t.line_call.insert(), [_call_row(one) for one in calls])


def _write_contacts(connection: Connection, contacts: Sequence[MeterContact]) -> None:
    statement = upsert(connection, t.meter_contact)
    new = statement.excluded
    changes: dict[str, Any] = {name: new[name] for name in ("at_us", "why", "told")}
    changes |= {name: func.coalesce(new[name], _c[name]) for name in _KEPT}
    changes["relay"] = case((new.relay == "", _c.relay), else_=new.relay)
    statement = statement.on_conflict_do_update(index_elements=["pan"], set_=changes)
    connection.execute(statement, [_contact_row(one) for one in contacts])


def _write_events(connection: Connection, events: Sequence[MeterEvent]) -> None:
    rows = [
        {"at_us": one.at_us, "pan": one.pan, "kind": one.kind.value, "told": plain(one.told, TOLD_MAX)}
        for one in events
    ]
    connection.execute(t.meter_event.insert(), rows)


def _write_frozen(connection: Connection, frozen: Sequence[FrozenReading]) -> None:
    rows = [
        {"pan": one.pan, "at_s": one.at_s, "registers": json.dumps(one.registers), "read_us": one.read_us}
        for one in frozen
    ]
    _set(connection, t.frozen_reading, rows)


def _write_profile(connection: Connection, profile: Sequence[ProfileRowKept]) -> None:
    rows = [
        {
            "pan": one.pan,
            "at_s": one.at_s,
            "figures": json.dumps(one.values),
            "status": plain(one.status, TOLD_MAX),
        }
        for one in profile
    ]
    _set(connection, t.profile_row, rows)


_WRITERS: Final[dict[type, Callable[[Connection, Any], None]]] = {
    CallMade: _write_calls,
    MeterContact: _write_contacts,
    MeterEvent: _write_events,
    FrozenReading: _write_frozen,
    ProfileRowKept: _write_profile,
}


def _set(connection: Connection, table: Any, rows: list[Columns]) -> None:  # noqa: ANN401 - one of these
    """Write rows of a meter's moments: what is read once more takes the place of what was read."""
    statement = upsert(connection, table)
    names = [column.key for column in table.c if not column.primary_key]
    statement = statement.on_conflict_do_update(
        index_elements=["pan", "at_s"], set_={name: statement.excluded[name] for name in names}
    )
    connection.execute(statement, rows)


def _call_row(one: CallMade) -> Columns:
    same = ("at_s", "line", "place", "bus", "seconds", "meters", "read", "cost_minor")
    row: Columns = {name: getattr(one, name) for name in same}
    return {**row, "kind": one.kind.name.lower(), "why": "" if one.why is None else one.why.value}


def call_of(row: Row[Any]) -> CallMade:
    """Read a call."""
    why = ContactWhy(row.why) if row.why else None
    return CallMade(row.line, row.place, row.bus, WorkKind[row.kind.upper()], row.meters, row.read, why,
                    row.seconds, row.at_s, row.cost_minor)  # fmt: skip


def _contact_row(one: MeterContact) -> Columns:
    return {
        "pan": one.pan,
        "at_us": one.at_us,
        "why": "" if one.why is None else one.why.value,
        "told": plain(one.told, TOLD_MAX),
        "good_us": one.at_us if one.why is None else None,
        "off_s": one.off_s,
        "clock_us": None if one.off_s is None else one.at_us,
        "set_us": one.at_us if one.was_set else None,
        "relay": "" if one.relay is None else one.relay.value,
    }


def event_of(row: Row[Any]) -> MeterEvent:
    """Read an event."""
    return MeterEvent(row.pan, row.at_us, EventKind(row.kind), row.told)


def frozen_of(row: Row[Any]) -> FrozenReading:
    """Read a frozen reading."""
    registers = tuple((name, wh) for name, wh in json.loads(row.registers))
    return FrozenReading(row.pan, row.at_s, registers, row.read_us)


def profile_row_of(row: Row[Any]) -> ProfileRowKept:
    """Read a row of a profile."""
    figures = tuple(Figure(*one) for one in json.loads(row.figures))
    return ProfileRowKept(row.pan, row.at_s, figures, row.status)


def relay_of(text: str) -> RelayState | None:
    """Read where a relay was seen."""
    return RelayState(text) if text else None
