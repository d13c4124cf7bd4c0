"""Whether a bank may pay this amount at all, before anything is priced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.core.outcome import Declined
from gateway.core.refusal import Refusal

if TYPE_CHECKING:
    from gateway.core.money import Money
    from gateway.core.payment import SaleTerms


def not_payable(tender: Money, currency: str | None, terms: SaleTerms) -> Declined | None:
    """Say why not: bad_amount, no_tariff, wrong_currency, below_minimum, over_limit; None if it may.

    ``currency`` is that in which the meter is sold, None where no tariff is in force.
    """
    if tender.minor <= 0:
        return Declined(Refusal.BAD_AMOUNT)
    if currency is None:
        return Declined(Refusal.NO_TARIFF)
    if tender.currency != currency or tender.currency != terms.currency:
        return Declined(Refusal.WRONG_CURRENCY, currency)
    if tender.minor < terms.least_minor:
        return Declined(Refusal.BELOW_MINIMUM)
    if tender.minor > terms.most_minor:
        return Declined(Refusal.OVER_LIMIT)
    return None
