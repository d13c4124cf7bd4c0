"""Moves the demo town into a database: its customers, meters and tariffs, as the office would enter them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import schemas
from adapters.db.registry import StoredTariff
from gateway.core.customer import Customer, MeterFile

if TYPE_CHECKING:
    from adapters.db.registry import Registry
    from gateway.simulators.town import Town

#: The vending key of the public STS test vectors: it opens no meter that was ever sold.
TOWN_VENDING_KEY = bytes.fromhex("abababababababab949494949494949401234567")

#: The town's prices have been in force for as long as anybody remembers.
_PRICES_FROM = datetime(2020, 1, 1, tzinfo=UTC)


def enter_town(registry: Registry, town: Town) -> None:
    """Enter everybody and everything; the names in Latin letters, which every bank's wire can carry."""
    registry.enter_customers([Customer(c.account_no, c.name_ascii, c.address_ascii) for c in town.customers])
    registry.enter_meters(
        [
            MeterFile(
                account_no=meter.account_no,
                identity=meter.identity,
                state=meter.state,
                carrier=meter.carrier,
                power_type=meter.power_type,
                is_test=meter.is_test,
            )
            for meter in town.meters
        ]
    )
    for power_type, path in town.tariffs.items():
        version = path.rpartition("/")[2].removesuffix(".json")
        registry.enter_tariff(StoredTariff(power_type, f"{version}-1", _PRICES_FROM, schemas.load(path)))
