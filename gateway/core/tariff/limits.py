"""Whether one purchase is within the tariff's limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.core.energy import Energy
from gateway.core.quote import QuoteRefusal, QuoteRefused

if TYPE_CHECKING:
    from gateway.core.buyer import Buyer
    from gateway.core.tariff.table import Limits


def refused_purchase(limits: Limits, buyer: Buyer) -> QuoteRefused | None:
    """Refuse one purchase too many on a day."""
    if limits.per_day is not None and buyer.times_today >= limits.per_day:
        return QuoteRefused(QuoteRefusal.TOO_OFTEN, f"{limits.per_day} a day")
    return None


def refused_energy(limits: Limits, energy_wh: int) -> QuoteRefused | None:
    """Refuse energy that is too little, too much, or no multiple."""
    if limits.least_wh is not None and energy_wh < limits.least_wh:
        return QuoteRefused(QuoteRefusal.BELOW_LEAST, kwh(limits.least_wh))
    if limits.most_wh is not None and energy_wh > limits.most_wh:
        return QuoteRefused(QuoteRefusal.ABOVE_MOST, kwh(limits.most_wh))
    if limits.multiple_wh is not None and energy_wh % limits.multiple_wh:
        return QuoteRefused(QuoteRefusal.NOT_A_MULTIPLE, kwh(limits.multiple_wh))
    return None


def kwh(wh: int) -> str:
    """Write kWh without needless zeros: ``20 kWh``, ``0.5 kWh``."""
    text = Energy(wh).kwh_text(3).rstrip("0").rstrip(".")
    return f"{text} kWh"
