"""Tariff versions as rows: read, entered, and written one step at a time by whoever posts the step.

A row's body, moment and name stay as they were written: the database refuses any other change than the next
step of its life (``migrations/versions/0004_tariff_life.py``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, insert, select, update

from adapters.db import tables as t
from adapters.db.life_columns import life_columns, moment_or_none
from gateway.core.tariff_life import PricedType, TariffState, TariffVersion
from gateway.core.timeline import microseconds, moment_of

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

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


def priced_type(connection: Connection, power_type: str) -> PricedType:
    """Read all that is known of a power type; the caller holds the journal's head, so nobody changes it."""
    asked = {"power_type": power_type}
    versions = tuple(version_of(row) for row in connection.execute(_OF_TYPE, asked))
    return PricedType(versions, connection.execute(_METER, asked).first() is not None)


def write_step(connection: Connection, version: TariffVersion) -> None:
    """Write the step by which a version came to stand so."""
    before = _state_before(version)
    if before is None:
        enter_version(connection, version)
        return
    place = {"of_type": version.power_type, "named": version.version, "state_before": before.value}
    count = connection.execute(_STEP.values(life_columns(version)), place).rowcount
    assert count == 1  # noqa: S101 - it was read by whoever holds the journal's head


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


def _state_before(version: TariffVersion) -> TariffState | None:
    """Say from where its last step has come; None where its life begins."""
    match version.state:
        case TariffState.DRAFT:
            return None
        case TariffState.APPROVED:
            return TariffState.DRAFT
        case TariffState.WITHDRAWN:
            return TariffState.DRAFT if version.approved_at is None else TariffState.APPROVED


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
