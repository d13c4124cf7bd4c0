"""Reads a booked sale with what it was priced from, and the tariff versions beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from adapters.db import tables as t
from adapters.db.meter_text import proportions_of
from adapters.db.opening import reading
from adapters.db.registry import Registry
from gateway.core.money import Money
from gateway.core.sold import Sold
from gateway.core.timeline import moment_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from adapters.db.registry import StoredTariff

_s = t.sale.c


class SoldReader:
    """Answers at once, and changes nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def sold(self, keys: Sequence[str]) -> Sold | None:
        """Read the sale under the first of these keys that has one."""
        columns = (_s.key, _s.bank, _s.power_type, t.meter.c.proportions, _s.tender_minor, _s.currency)
        columns += (_s.energy_wh, _s.tariff_version, _s.quote, _s.at_us)  # type: ignore[assignment]  # longer
        statement = select(*columns).join(t.meter, t.meter.c.id == _s.meter_id).where(_s.key.in_(keys))
        # No bank took money for a management token: nothing was priced.
        statement = statement.where(_s.bank != "")
        with reading(self._engine) as connection, connection.begin():
            rows = {row.key: row for row in connection.execute(statement)}
        row = next((rows[key] for key in keys if key in rows), None)
        if row is None:
            return None
        return Sold(
            key=row.key,
            bank=row.bank,
            power_type=row.power_type,
            proportions=proportions_of(row.proportions),
            tender=Money(row.tender_minor, row.currency),
            energy_wh=row.energy_wh,
            tariff_version=row.tariff_version,
            explanation=row.quote,
            at=moment_of(row.at_us),
        )

    def tariffs(self) -> list[StoredTariff]:
        """Read every tariff version there is."""
        return Registry(self._engine).tariffs()
