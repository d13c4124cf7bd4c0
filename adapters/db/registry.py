"""The registry: customers, meters and tariff versions, entered and read outside the money road.

Nothing here moves money or counters; those belong to the poster.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select

from adapters.db import tables as t
from adapters.db.file_rows import filed_meter_row, identity_row, point_row
from adapters.db.tariff_rows import enter_version, version_of
from gateway.core.customer import ADDRESS_MAX
from gateway.core.meter import MeterState
from gateway.core.supply_point import PointState, SupplyPoint, point_number
from gateway.core.tariff_life import SET_UP, TariffDraft, TariffState, TariffVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Engine

    from gateway.core.customer import Customer, MeterFile


class RegistryFault(ValueError):  # noqa: N818 - what is entered does not fit what is there
    """A customer or meter that cannot be entered, and why."""


@dataclass(frozen=True, slots=True)
class StoredTariff:
    """A tariff version as stored: whom it prices, from when, and the golden format's tariff object."""

    power_type: str
    version: str
    from_moment: datetime
    body: Mapping[str, object]


class Registry:
    """Enters and reads the files of the office on one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def enter_customers(self, customers: Iterable[Customer]) -> None:
        """Enter new customers; an account number that exists is refused by the database."""
        rows = [{"account_no": c.account_no, "name": c.name, "address": c.address} for c in customers]
        if rows:
            with self._engine.begin() as connection:
                connection.execute(insert(t.customer), rows)

    def enter_meters(self, meters: Iterable[MeterFile]) -> None:
        """Enter meters of customers who are there, each with its supply point.

        RegistryFault names an unknown account number.
        """
        with self._engine.begin() as connection:
            c = t.customer.c
            known = {row.account_no: row for row in connection.execute(select(c.account_no, c.id, c.address))}
            counted = connection.execute(
                select(t.supply_point.c.account_no, func.count()).group_by(t.supply_point.c.account_no)
            )
            points_of = {row[0]: row[1] for row in counted}
            rows, points = [], []
            for meter in meters:
                customer = known.get(meter.account_no)
                if customer is None:
                    raise RegistryFault(f"no customer has the account number {meter.account_no}")
                rows.append(_meter_row(meter, customer.id))
                nth = points_of[meter.account_no] = points_of.get(meter.account_no, 0) + 1
                points.append(point_row(_point(meter, customer.address, nth)))
            if rows:
                connection.execute(insert(t.meter), rows)
                connection.execute(insert(t.supply_point), points)

    def enter_tariff(self, tariff: StoredTariff, by: str = SET_UP) -> None:
        """Enter a version that is approved from the beginning; one that exists is refused by the database.

        For a gateway that is made just now, with nobody there to ask. Everybody else has a second person
        approve it (``gateway/multi_tariff/publish_tariff.py``).
        """
        body, at = json.dumps(tariff.body, ensure_ascii=False), datetime.now(UTC)
        draft = TariffDraft(tariff.power_type, tariff.version, tariff.from_moment, body, by, at)
        with self._engine.begin() as connection:
            enter_version(connection, TariffVersion.of(draft).approved(by, at))

    def tariffs(self) -> list[StoredTariff]:
        """Read every tariff version that is approved, in order."""
        statement = select(t.tariff_version).where(t.tariff_version.c.state == TariffState.APPROVED.value)
        with self._engine.begin() as connection:
            versions = [version_of(row) for row in connection.execute(statement)]
        return [
            StoredTariff(one.power_type, one.version, one.from_moment, json.loads(one.body))
            for one in sorted(versions, key=lambda one: one.place)
        ]

    def power_types(self) -> list[str]:
        """Which power types the meters have."""
        with self._engine.begin() as connection:
            return list(connection.execute(select(t.meter.c.power_type).distinct()).scalars())

    def meter_count(self) -> int:
        """How many meters are in the registry."""
        with self._engine.begin() as connection:
            return connection.execute(select(func.count()).select_from(t.meter)).scalar_one()


def _point(meter: MeterFile, address: str, nth: int) -> SupplyPoint:
    """The supply point of a meter that is entered: its customer lives where it is."""
    is_there = meter.state is not MeterState.REMOVED
    return SupplyPoint(
        number=point_number(meter.account_no, nth),
        account_no=meter.account_no,
        address=address[:ADDRESS_MAX],
        power_type=meter.power_type,
        contract_w=meter.contract_w,
        schemes=meter.schemes,
        proportions=meter.proportions,
        state=PointState.ACTIVE if is_there else PointState.CLOSED,
        pan=meter.identity.pan if is_there else "",
    )


def _meter_row(meter: MeterFile, customer_id: int) -> dict[str, object]:
    return {
        **filed_meter_row(meter, customer_id),
        **identity_row(meter.identity),
        "last_tid": None,
        "month": 0,
        "mtd_wh": 0,
    }
