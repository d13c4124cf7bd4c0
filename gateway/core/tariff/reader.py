"""A tariff as people write it, read into exact values; every refusal names the place.

The format is the tariff object of the golden cases (``tests/vectors/README.md``, tariffs.json): numbers are
decimal strings, since a number that went through binary floating point is no price. It is extended by
``calendar``, ``channel_fees``, ``emergency_credit``, the kinds ``average_band`` and ``seasonal`` of energy,
and lists in ``preferential``; ``schemas/tariff/tariff.schema.json`` has every key. What cannot be priced is
refused with ``NotBuilt``, never ignored: a key that is silently skipped is a wrong price.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gateway.core.currency import CURRENCY_EXPONENT
from gateway.core.tariff.field import REMARKS, TariffFault, choice, code_of, flag, known_keys, record
from gateway.core.tariff.reader_energy import read_energy
from gateway.core.tariff.reader_lines import (
    includes_tax_of,
    read_channel_fees,
    read_charges,
    read_kwh_items,
    read_shares,
)
from gateway.core.tariff.reader_preference import read_preferences
from gateway.core.tariff.reader_rules import (
    read_arrears,
    read_emergency,
    read_free,
    read_limits,
    read_rounding,
)
from gateway.core.tariff.table import Limits, TariffTable

if TYPE_CHECKING:
    from collections.abc import Mapping

_KNOWN: Final = (
    frozenset({"currency", "timezone", "credit_unit", "calendar", "energy", "sub_items"})
    | frozenset({"comprehensive_rate", "preferential", "per_kwh_items", "percent_items", "rebate"})
    | frozenset({"fixed_charges", "taxes", "channel_fees", "free_basic", "arrears", "emergency_credit"})
    | frozenset({"purchase_limits", "rounding", "three_phase"})
)


def read_tariff(mapping: Mapping[str, object]) -> TariffTable:
    """Read the tariff object; TariffFault (NotBuilt for what cannot be priced) names the place."""
    tariff = record(mapping, "tariff")
    known_keys(tariff, "", _KNOWN | REMARKS)
    currency = choice(tariff.get("currency"), "currency", CURRENCY_EXPONENT)
    unit = choice(tariff.get("credit_unit") or "kwh", "credit_unit", ("kwh", "currency"))
    holds_money = unit == "currency"
    energy = read_energy(tariff)
    preferences = read_preferences(tariff, energy)
    free, limits = read_free(tariff.get("free_basic")), read_limits(tariff.get("purchase_limits"))
    kwh_items = read_kwh_items(tariff)
    if holds_money:
        by_kwh = limits is not None and replace(limits, per_day=None) != Limits()
        # What is priced per kWh is taken when energy is used, by readings.
        unread = kwh_items if not any(option.zone for option in energy.options) else ()
        for key, rule in (("free_basic", free), ("purchase_limits", by_kwh), ("per_kwh_items", unread)):
            if rule:
                raise TariffFault(key, "counts energy, and the meter holds money")
    return TariffTable(
        currency=currency,
        timezone=code_of(tariff.get("timezone"), "timezone", "/+-"),
        holds_money=holds_money,
        energy=energy,
        kwh_items=kwh_items,
        charges=read_charges(tariff),
        shares=read_shares(tariff, includes_tax=includes_tax_of(tariff)),
        rounding=read_rounding(tariff.get("rounding"), currency, holds_money=holds_money),
        preferences=preferences,
        free=free,
        arrears=read_arrears(tariff.get("arrears")),
        emergency=read_emergency(tariff.get("emergency_credit")),
        channel_fees=read_channel_fees(tariff),
        limits=limits,
        three_phase=flag(tariff.get("three_phase", False), "three_phase"),
    )
