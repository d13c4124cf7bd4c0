"""Answer an inquiry: whose meter this is and what may be paid, before any money moves.

It rides in the poster's batch for its reading, so that it sees what the payments before it have done;
nothing is booked and nothing remembered. Where an amount is named, the answer offers what it would buy; where
an energy is, what that costs, and what the cost buys.
Refusals: unknown_meter, several_meters, meter_blocked, meter_not_active, no_tariff; of an amount also
bad_amount, below_minimum, over_limit, wrong_currency, not_a_multiple, too_often, by_readings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core.books import Decision, Needs
from gateway.core.money import Money
from gateway.core.outcome import Declined, MeterFound, Offer
from gateway.core.pricing import Priced, own_lines
from gateway.core.refusal import Refusal
from gateway.core.timeline import microseconds
from gateway.prepayment.amount_allowed import not_payable
from gateway.prepayment.meter_choice import not_sellable, one_meter
from gateway.prepayment.settle_preset import settled

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.meter import MeterAccount, MeterRef
    from gateway.core.payment import SaleTerms
    from gateway.ports import Pricing


@dataclass(frozen=True, slots=True)
class Inquire:
    """Who is behind this number, and may he buy?"""

    meter: MeterRef
    terms: SaleTerms
    pricing: Pricing
    tender: Money | None = None
    energy_wh: int = 0

    #: An inquiry has no memory, so it has no key.
    key = ""
    digest = ""

    #: Nothing is written, so the journal names nobody.
    channel = ""

    def needs(self) -> Needs:
        """The meter, by whichever number it was named, and what its customer owes where that is priced."""
        own_accounts = self.pricing.own_accounts if self.tender is not None or self.energy_wh else ()
        return Needs(meters=(self.meter,), own_accounts=own_accounts)

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
        tender = self._cost(books, meter, now) if self.energy_wh else self.tender
        if isinstance(tender, Declined):
            return Decision(tender)
        offer = None if tender is None else self._offer(books, meter, tender, now)
        if isinstance(offer, Declined):
            return Decision(offer)
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
                offer=offer,
            )
        )

    def _cost(self, books: Books, meter: MeterAccount, now: datetime) -> Money | Declined:
        return self.pricing.cost(meter, self.energy_wh, now, books.balances, self.terms.price_channel)

    def _offer(self, books: Books, meter: MeterAccount, tender: Money, now: datetime) -> Offer | Declined:
        refusal = not_payable(tender, self.pricing.currency(meter, now), self.terms)
        if refusal is not None:
            return refusal
        priced = self.pricing.price(meter, tender, now, books.balances, self.terms.price_channel)
        if isinstance(priced, Priced) and meter.preset is not None:
            priced = settled(priced, meter.preset, meter.account_no)
        if isinstance(priced, Declined):
            return priced
        return Offer(
            tender=tender,
            energy_wh=priced.energy_wh,
            free_wh=priced.free_wh,
            lines=tuple((line.code, line.minor) for line in priced.lines),
            tariff_version=priced.version,
            valid_until_us=microseconds(self.pricing.holds_until(meter, now)),
            preset_wh=priced.preset_wh,
            own=tuple((line.account, line.minor) for line in own_lines(priced.lines)),
        )
