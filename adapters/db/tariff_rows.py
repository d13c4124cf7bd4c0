"""Tariff versions as rows: read, written, and changed one step at a time; obeys the port of the verbs.

A row's body, moment and name stay as they were written: the database refuses any other change than the next
step of its life (``migrations/versions/0004_tariff_life.py``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, insert, select, text, update

from adapters.db import tables as t
from adapters.db.life_columns import life_columns, moment_or_none
from adapters.db.opening import faults_in_words
from gateway.core.tariff_life import PricedType, TariffState, TariffVersion
from gateway.core.tariff_rules import TariffRefused, TariffStep
from gateway.core.timeline import microseconds, moment_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine, Row

    Decide = Callable[[PricedType], TariffStep | TariffRefused]

#: The lock's number among the advisory locks of the database: "rate" in ASCII.
_LOCK: Final = 0x72617465

_v = t.tariff_version.c
_OF_TYPE: Final = (
    select(t.tariff_version).where(_v.power_type == bindparam("power_type")).order_by(_v.from_us, _v.version)
)
_METER: Final = select(t.meter.c.id).where(t.meter.c.power_type == bindparam("power_type")).limit(1)
_STEP: Final = (
    update(t.tariff_version)
    .where(_v.power_type == bindparam("of_type"), _v.version == bindparam("named"))
    .where(_v.state == bindparam("state_before"))
)


class TariffRows:
    """Keeps the versions in a database; DatabaseFault where it does not serve."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def change(self, power_type: str, decide: Decide) -> TariffStep | TariffRefused:
        """Load, decide, write in one transaction. Whoever else changes a version waits until it is done."""
        with faults_in_words(), self._engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                # SQLite's BEGIN IMMEDIATE has seen to it already.
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            asked = {"power_type": power_type}
            versions = tuple(version_of(row) for row in connection.execute(_OF_TYPE, asked))
            has_meters = connection.execute(_METER, asked).first() is not None
            known = PricedType(versions, has_meters)
            decided = decide(known)
            if isinstance(decided, TariffStep):
                _write(connection, decided.version, known.named(decided.version.version))
            return decided


def enter_version(connection: Connection, version: TariffVersion) -> None:
    """Write a new version, wherever it stands in its life; one that exists is refused by the database."""
    connection.execute(insert(t.tariff_version), _row(version))


def version_of(row: Row[Any]) -> TariffVersion:
    """Read a row; ``Any`` because the columns of a row carry no types."""
    return TariffVersion(
        power_type=row.power_type,
        version=row.version,
        from_moment=moment_of(row.from_us),
        body=row.body,
        drafted_by=row.drafted_by,
        drafted_at=moment_of(row.drafted_us),
        state=TariffState(row.state),
        approved_by=row.approved_by,
        approved_at=moment_or_none(row.approved_us),
        withdrawn_by=row.withdrawn_by,
        withdrawn_at=moment_or_none(row.withdrawn_us),
        reason=row.reason,
    )


def _write(connection: Connection, version: TariffVersion, before: TariffVersion | None) -> None:
    if before is None:
        enter_version(connection, version)
        return
    place = {"of_type": version.power_type, "named": version.version, "state_before": before.state.value}
    count = connection.execute(_STEP.values(life_columns(version)), place).rowcount
    assert count == 1  # noqa: S101 - it was read under the lock


def _row(version: TariffVersion) -> dict[str, object]:
    return {
        "power_type": version.power_type,
        "version": version.version,
        "from_us": microseconds(version.from_moment),
        "body": version.body,
        "drafted_by": version.drafted_by,
        "drafted_us": microseconds(version.drafted_at),
        **life_columns(version),
    }
