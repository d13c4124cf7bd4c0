"""Joins pricing: the tariff versions of the registry, or one flat rate where the module does not run."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.core.currency import CURRENCY_EXPONENT
from gateway.core.tariff import Tariff
from gateway.multi_tariff.quote_price import TariffPricing
from gateway.multi_tariff.read_version import priced
from gateway.multi_tariff.tariff_in_force import TariffInForce

if TYPE_CHECKING:
    from adapters.db.registry import Registry
    from gateway.config import Config


class NoPrice(ValueError):  # noqa: N818 - said to the operator as it is
    """Prepayment runs without a price to sell at."""


def stored_pricing(registry: Registry) -> TariffPricing:
    """Price by the versions in the registry; TariffFault names a version that cannot be used."""
    return TariffPricing(
        [
            priced(stored.power_type, stored.version, stored.from_moment, stored.body)
            for stored in registry.tariffs()
        ]
    )


def flat_pricing(config: Config, registry: Registry) -> TariffPricing:
    """Price every power type at the configuration's flat rate: prepayment runs alone."""
    if config.flat_rate is None:
        raise NoPrice("prepayment runs without multi_tariff: set [pricing] flat_rate, or run both")
    tariff = Tariff.from_mapping(_flat_table(config, config.flat_rate), "flat-rate")
    start = datetime(1970, 1, 1, tzinfo=UTC)
    return TariffPricing([TariffInForce(power_type, start, tariff) for power_type in registry.power_types()])


def _flat_table(config: Config, rate: str) -> dict[str, object]:
    utility = config.utility
    return {
        "currency": utility.currency,
        "timezone": utility.zone.key,
        "energy": {"kind": "flat", "rate": rate, "rates_include_tax": True},
        "taxes": [],
        "rounding": {
            "kwh_dp": 1,
            "kwh_mode": "ROUND_DOWN",
            "money_dp": CURRENCY_EXPONENT[utility.currency],
            "money_mode": "ROUND_HALF_UP",
            "balancing_line": "ENERGY",
            "residual_policy": "absorb",
        },
    }
