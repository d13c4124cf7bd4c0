"""Vending keys as rows, without the keys: read, entered, written one step at a time by whoever posts it.

What was said of a key stays as it was written: the database refuses any other change than the next step of
its life (``migrations/versions/0006_vending_keys.py``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, insert, select, update

from adapters.db import tables as t
from adapters.db.life_columns import life_columns, moment_or_none
from gateway.core.key_life import KnownGroup, MetersAlike, SupplyGroup, VendingKey
from gateway.core.key_ring import KeyKeeper, KeyRevision, KeyState
from gateway.core.meter import MeterState
from gateway.core.timeline import microseconds, moment_of

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

_k, _m = t.vending_key.c, t.meter.c
IN_USE: Final = _m.state != MeterState.REMOVED.value
_ALIKE: Final = (_m.ea, _m.krn, _m.kt, _m.base_date)

_GROUP: Final = select(t.supply_group).where(t.supply_group.c.sgc == bindparam("sgc"))
_OF_GROUP: Final = select(t.vending_key).where(_k.sgc == bindparam("sgc")).order_by(_k.krn, _k.id)
_METERS: Final = (
    select(*_ALIKE, func.count())
    .where(_m.sgc == bindparam("sgc"), IN_USE)
    .group_by(*_ALIKE)
    .order_by(*_ALIKE)
)
_NEWEST: Final = select(func.coalesce(func.max(_k.id), 0))
_STEP: Final = (
    update(t.vending_key).where(_k.id == bindparam("of_id")).where(_k.state == bindparam("state_before"))
)


def known_group(connection: Connection, sgc: str) -> KnownGroup:
    """Read all that is known of a group; the caller holds the journal's head, so nobody changes its keys."""
    asked = {"sgc": sgc}
    row = connection.execute(_GROUP, asked).one_or_none()
    group = None if row is None else group_of(row)
    return KnownGroup(
        sgc,
        group,
        ZoneInfo(group.timezone) if group is not None and group.timezone else None,
        tuple(key_of(one) for one in connection.execute(_OF_GROUP, asked)),
        tuple(MetersAlike(*one) for one in connection.execute(_METERS, asked)),
    )


def newest_key(connection: Connection) -> int:
    """Read the highest id of any key; 0 where there is none."""
    return int(connection.execute(_NEWEST).scalar_one())


def write_step(connection: Connection, key: VendingKey) -> None:
    """Write the step by which a key came to stand so."""
    before = _state_before(key)
    if before is None:
        enter_key(connection, key)
        return
    place = {"of_id": key.id, "state_before": before.value}
    count = connection.execute(_STEP.values(life_columns(key)), place).rowcount
    assert count == 1  # noqa: S101 - it was read by whoever holds the journal's head


def write_group(connection: Connection, group: SupplyGroup) -> None:
    """Write a group's name and zone, new or not."""
    values = {"name": group.name, "timezone": group.timezone}
    named = update(t.supply_group).where(t.supply_group.c.sgc == group.sgc).values(values)
    if not connection.execute(named).rowcount:
        connection.execute(insert(t.supply_group), {"sgc": group.sgc, **values})


def enter_key(connection: Connection, key: VendingKey) -> None:
    """Write a new row, wherever its life stands; without an id it gets the next one."""
    connection.execute(insert(t.vending_key), {**_row(key), "id": key.id or newest_key(connection) + 1})


def key_of(row: Row[Any]) -> VendingKey:
    """Read a row; ``Any`` because the columns of a row carry no types."""
    revision = KeyRevision(
        sgc=row.sgc,
        krn=row.krn,
        kt=row.kt,
        base_date=row.base_date,
        dkga=row.dkga,
        ken=row.ken,
        active_from_us=row.active_from_us,
        issue_until_us=row.issue_until_us,
        credit_limit_wh=row.credit_limit_wh,
        kcv=row.kcv,
        keeper=KeyKeeper(row.keeper),
        label=row.label,
        state=KeyState(row.state),
    )
    return VendingKey(
        revision=revision,
        loaded_by=row.loaded_by,
        loaded_at=moment_of(row.loaded_us),
        approved_by=row.approved_by,
        approved_at=moment_or_none(row.approved_us),
        withdrawn_by=row.withdrawn_by,
        withdrawn_at=moment_or_none(row.withdrawn_us),
        reason=row.reason,
        id=row.id,
    )


def group_of(row: Row[Any]) -> SupplyGroup:
    """Read a supply group."""
    return SupplyGroup(row.sgc, row.name, row.timezone)


def _state_before(key: VendingKey) -> KeyState | None:
    """Say from where its last step has come; None where its life begins."""
    match key.state:
        case KeyState.PENDING:
            return None
        case KeyState.APPROVED:
            return KeyState.PENDING
        case KeyState.WITHDRAWN:
            return KeyState.PENDING if key.approved_at is None else KeyState.APPROVED


def _row(key: VendingKey) -> dict[str, object]:
    revision = key.revision
    said = {
        name: getattr(revision, name)
        for name in (
            "sgc", "krn", "kt", "base_date", "dkga", "ken", "active_from_us", "issue_until_us",
            "credit_limit_wh", "kcv", "label",
        )
    }  # fmt: skip
    return {
        **said,
        "keeper": revision.keeper.value,
        "loaded_by": key.loaded_by,
        "loaded_us": microseconds(key.loaded_at),
        **life_columns(key),
    }
