"""Prices as they would be under other terms, or on another day: for whoever looks before she orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from gateway.core.meter import MeterAccount
    from gateway.core.money import Money
    from gateway.core.outcome import Declined
    from gateway.core.pricing import Priced
    from gateway.core.terms import Terms
    from gateway.ports import Pricing


@dataclass(frozen=True, slots=True)
class PricedSo:
    """``ports.Pricing`` of a meter as if it had these terms, at ``at`` or now, whichever is later.

    ``prorated_from`` is the business day from which its counters go on in proportion, None where they do not.
    """

    pricing: Pricing
    terms: Terms
    at: datetime
    prorated_from: date | None = None

    @property
    def own_accounts(self) -> tuple[str, ...]:
        """As now."""
        return self.pricing.own_accounts

    def price(
        self, meter: MeterAccount, tender: Money, now: datetime, balances: Mapping[str, int], channel: str
    ) -> Priced | Declined:
        """Price a tender under the terms."""
        so = self._so(meter)
        return self.pricing.price(so, tender, max(now, self.at), balances, channel)

    def cost(
        self, meter: MeterAccount, energy_wh: int, now: datetime, balances: Mapping[str, int], channel: str
    ) -> Money | Declined:
        """Say what so many Wh cost under the terms."""
        so = self._so(meter)
        return self.pricing.cost(so, energy_wh, max(now, self.at), balances, channel)

    def holds_until(self, meter: MeterAccount, now: datetime) -> datetime:
        """Until when it could be paid so, if it were."""
        return self.pricing.holds_until(self._so(meter), max(now, self.at))

    def currency(self, meter: MeterAccount, now: datetime) -> str | None:
        """In which currency the meter would be sold."""
        return self.pricing.currency(self._so(meter), max(now, self.at))

    def _so(self, meter: MeterAccount) -> MeterAccount:
        if self.prorated_from is None:
            return meter.with_terms(self.terms)
        return meter.with_terms_from(self.terms, self.prorated_from)
