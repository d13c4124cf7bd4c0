"""What energy that is given back would cost today: asked of the tariff as it would be sold.

Where so little, or so much, is not sold at once, or not in such steps, the nearest amount that is sold says
what a kilowatt-hour costs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gateway.core.departure import NO_SALE
from gateway.core.lots import lot_of
from gateway.core.outcome import Declined
from gateway.core.payment import COUNTERS
from gateway.core.refund_price import Worth
from gateway.core.refusal import Refusal

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.meter import MeterAccount
    from gateway.ports import Pricing

_KWH: Final = 1_000

#: Amounts of which one is sold wherever anything is, in Wh.
_SOLD: Final = tuple(n * _KWH for n in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000))


def worth_today(pricing: Pricing, meter: MeterAccount, energy_wh: int, now: datetime) -> Worth | Declined:
    """Ask what ``energy_wh`` of a meter would cost; what the customer owes is no part of that.

    It is asked as he stood before he bought it: the steps of his month are where this energy was.
    """
    counters = meter.counters
    before = replace(
        counters,
        mtd_wh=max(0, counters.mtd_wh - energy_wh),
        ytd_wh=max(0, counters.ytd_wh - energy_wh),
        times=0,
    )
    asked = replace(meter, counters=before, preset=None)
    whole_wh = -(-energy_wh // _KWH) * _KWH
    nearest = sorted(_SOLD, key=lambda wh: abs(wh - energy_wh))
    refused = Declined(Refusal.NO_TARIFF)
    for amount_wh in dict.fromkeys((energy_wh, whole_wh, *nearest)):
        found = _worth(pricing, asked, amount_wh, now)
        if isinstance(found, Worth):
            return found
        refused = found
    return refused


def _worth(pricing: Pricing, meter: MeterAccount, energy_wh: int, now: datetime) -> Worth | Declined:
    tender = pricing.cost(meter, energy_wh, now, {}, COUNTERS)
    if isinstance(tender, Declined):
        return tender
    priced = pricing.price(meter, tender, now, {}, COUNTERS)
    if isinstance(priced, Declined):
        return priced
    # What is given free beside it is in no price.
    lot = lot_of(NO_SALE, priced.energy_wh, priced.lines)
    return Worth(lot.minor, lot.energy_wh, priced.version)
