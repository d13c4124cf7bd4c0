"""The same purchase under changed circumstances: what a comparison asks again, one thing changed at a time.

A ``World`` is all that a quote depends on. Whether a preferential price or free energy is had is kept apart
from the moment of the purchase, so that a season can be changed without ending a preference, and vice versa.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from gateway.core.currency import CURRENCY_EXPONENT
from gateway.core.money import Money
from gateway.core.quote import QuoteRefused
from gateway.core.tariff.preference import held
from gateway.core.tariff.till import till_of
from gateway.core.tariff.version import MeterPart, Tariff
from gateway.multi_tariff.explanation import steps_from

if TYPE_CHECKING:
    from datetime import date

    from gateway.core.buyer import Buyer
    from gateway.core.tariff.table import TariffTable
    from gateway.multi_tariff.explanation import PriceStep, Receipt

_WH_PER_KWH: Final = 1000


@dataclass(frozen=True, slots=True)
class World:
    """A purchase: the tariff, the money, the buyer.

    ``buyer.schemes`` on ``preference_day`` decide the preferences, ``free_schemes`` the free energy.
    """

    tariff: Tariff
    minor: int
    buyer: Buyer
    preference_day: date | None
    free_schemes: tuple[str, ...]

    @classmethod
    def of(cls, receipt: Receipt) -> World:
        """The world of a receipt."""
        buyer = receipt.buyer
        day = None if buyer.at is None else buyer.at.date()
        return cls(receipt.tariff, receipt.quote.tender.minor, buyer, day, buyer.schemes)

    def energy(self) -> Fraction:
        """The exact kWh that the money buys, free ones with them; a purchase that is refused gives none."""
        tariff, buyer = self._plain()
        quote = tariff.quote(Money(self.minor, tariff.currency), buyer)
        if isinstance(quote, QuoteRefused):
            return Fraction(0)
        return quote.kwh_exact + Fraction(quote.free_wh, _WH_PER_KWH)

    def first_step(self) -> PriceStep | None:
        """The price step at which this purchase begins; None where there is no price."""
        tariff, buyer = self._plain()
        plan = tariff.plan(buyer)
        if isinstance(plan, QuoteRefused):
            return None
        till = till_of(tariff.table, plan, buyer, tariff.version)
        places = CURRENCY_EXPONENT[tariff.currency]
        return next(steps_from(plan, places, till.ladder_wh, till.month_wh))

    def _plain(self) -> tuple[Tariff, Buyer]:
        """The same price without dates, schemes and limits, which are decided here."""
        parts = tuple(
            MeterPart(part.name, part.percent, self._table(part.table)) for part in self.tariff.parts
        )
        schemes = tuple({entry.scheme for part in parts for entry in part.table.preferences})
        free = self.tariff.table.free
        has_free = free is not None and (not free.scheme or free.scheme in self.free_schemes)
        buyer = replace(
            self.buyer, schemes=schemes, times_today=0, free_claimed=self.buyer.free_claimed or not has_free
        )
        return Tariff(self.tariff.version, parts), buyer

    def _table(self, table: TariffTable) -> TariffTable:
        entries = held(table.preferences, self.buyer.schemes, self.preference_day)
        return replace(
            table,
            preferences=tuple(replace(entry, valid=(None, None)) for entry in entries),
            free=None if table.free is None else replace(table.free, scheme=""),
            limits=None,
        )
