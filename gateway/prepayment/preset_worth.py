"""What preset energy is worth: so many kWh at the price of the supply point, as if they were bought now.

Levies and taxes belong to it. What a purchase bears besides does not: charges by the month or the day, the
channel's fee, debts. Those are taken of the first purchase, which pays for the preset energy as well.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gateway.core.counters import NOTHING_COUNTED
from gateway.core.money import Money
from gateway.core.outcome import Declined

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.meter import MeterAccount
    from gateway.ports import Pricing

#: Charges are paid up to a month that nobody lives to see, so that none is due.
_NOTHING_DUE: Final = replace(NOTHING_COUNTED, fees_month=9999_12)

#: Where charges, fees and the customer's own accounts are booked.
_BESIDE: Final = ("FEE:", "AR:", "CUST:")


def preset_worth(
    pricing: Pricing, meter: MeterAccount, energy_wh: int, now: datetime, channel: str
) -> Money | Declined:
    """Say it; refused where no tariff can."""
    priced_so = replace(meter, counters=_NOTHING_DUE)
    cost = pricing.cost(priced_so, energy_wh, now, {}, channel)
    if isinstance(cost, Declined):
        return cost
    priced = pricing.price(priced_so, cost, now, {}, channel)
    if isinstance(priced, Declined):
        return priced
    worth = sum(line.minor for line in priced.lines if not line.account.startswith(_BESIDE))
    return Money(worth, cost.currency)
