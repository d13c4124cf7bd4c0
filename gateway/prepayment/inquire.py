"""Answer an inquiry: whose meter this is and what may be paid, before any money moves.

It rides in the poster's batch for its reading, so that it sees what the payments before it have done;
nothing is booked and nothing remembered. Refusals: unknown_meter, several_meters, meter_blocked,
meter_not_active, no_tariff.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core.books import Decision, Needs
from gateway.core.money import Money
from gateway.core.outcome import Declined, MeterFound
from gateway.core.refusal import Refusal
from gateway.prepayment.meter_choice import not_sellable, one_meter

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.meter import MeterRef
    from gateway.core.payment import SaleTerms
    from gateway.ports import Pricing


@dataclass(frozen=True, slots=True)
class Inquire:
    """Who is behind this number, and may he buy?"""

    meter: MeterRef
    terms: SaleTerms
    pricing: Pricing

    #: An inquiry has no memory, so it has no key.
    key = ""
    digest = ""

    #: Nothing is written, so the journal names nobody.
    channel = ""

    def needs(self) -> Needs:
        """The meter, by whichever number it was named."""
        return Needs(meters=(self.meter,))

    def decide(self, books: Books, now: datetime) -> Decision:
        """Describe the meter, or say why it may not buy."""
        meter = one_meter(books, self.meter)
        if isinstance(meter, Declined):
            return Decision(meter)
        refusal = not_sellable(meter)
        if refusal is not None:
            return Decision(refusal)
        currency = self.pricing.currency(meter, now)
        if currency is None:
            return Decision(Declined(Refusal.NO_TARIFF))
        return Decision(
            MeterFound(
                pan=meter.pan,
                account_no=meter.account_no,
                customer=meter.customer,
                power_type=meter.power_type,
                carrier=meter.carrier,
                least=Money(self.terms.least_minor, currency),
                most=Money(self.terms.most_minor, currency),
                mtd_wh=meter.counters.mtd_wh,
            )
        )
