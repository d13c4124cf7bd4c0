"""Vending keys as rows, without the keys: read, written, changed one step at a time; obeys the verbs' port.

What was said of a key stays as it was written: the database refuses any other change than the next step of
its life (``migrations/versions/0006_vending_keys.py``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, insert, select, text, update

from adapters.db import tables as t
from adapters.db.life_columns import life_columns, moment_or_none
from adapters.db.opening import faults_in_words
from gateway.core.key_life import KnownGroup, MetersAlike, SupplyGroup, VendingKey
from gateway.core.key_ring import KeyKeeper, KeyRevision, KeyState
from gateway.core.key_words import GroupNamed, KeyRefused, KeyStep
from gateway.core.meter import MeterState
from gateway.core.timeline import microseconds, moment_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine, Row

    Decided = KeyStep | GroupNamed | KeyRefused
    Decide = Callable[[KnownGroup], Decided]
    Keep = Callable[[], None]

#: The lock's number among the advisory locks of the database: "keys" in ASCII.
_LOCK: Final = 0x6B657973

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


class KeyRows:
    """Keeps the rows in a database; DatabaseFault where it does not serve."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def change(self, sgc: str, decide: Decide, keep: Keep | None = None) -> Decided:
        """Load, decide, write, keep, commit. Whoever else changes a key waits until it is done.

        ``keep`` comes last: what it raises takes the row back, and behind it only the commit can go wrong.
        """
        with faults_in_words(), self._engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                # SQLite's BEGIN IMMEDIATE has seen to it already.
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            known = _known(connection, sgc)
            decided = decide(known)
            match decided:
                case KeyStep(key=key):
                    _write(connection, key, known)
                case GroupNamed(group=group):
                    _name(connection, group)
            if keep is not None and isinstance(decided, KeyStep):
                keep()
            return decided


def enter_key(connection: Connection, key: VendingKey) -> None:
    """Write a new row, wherever its life stands; its id is the next one. The caller holds the lock."""
    newest = connection.execute(_NEWEST).scalar_one()
    connection.execute(insert(t.vending_key), {**_row(key), "id": newest + 1})


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


def _known(connection: Connection, sgc: str) -> KnownGroup:
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


def _write(connection: Connection, key: VendingKey, known: KnownGroup) -> None:
    before = next((one for one in known.keys if one.id == key.id), None)
    if before is None:
        enter_key(connection, key)
        return
    place = {"of_id": key.id, "state_before": before.state.value}
    count = connection.execute(_STEP.values(life_columns(key)), place).rowcount
    assert count == 1  # noqa: S101 - it was read under the lock


def _name(connection: Connection, group: SupplyGroup) -> None:
    values = {"name": group.name, "timezone": group.timezone}
    named = update(t.supply_group).where(t.supply_group.c.sgc == group.sgc).values(values)
    if not connection.execute(named).rowcount:
        connection.execute(insert(t.supply_group), {"sgc": group.sgc, **values})


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
