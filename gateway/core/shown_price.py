"""What was shown of a price before the money was taken, as one word: what is sold bears the same word.

Whatever would be another purchase changes it: the amount, the energy, what comes free or was in the meter
before, each line of the price, and the version of the tariff.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.core.outcome import Approved, Offer


def shown_of(offer: Offer) -> str:
    """Seal what is offered."""
    return _sealed(
        offer.tender.minor, offer.tender.currency, offer.energy_wh, offer.free_wh, offer.preset_wh,
        offer.tariff_version, *offer.lines,
    )  # fmt: skip


def sold_as(sold: Approved) -> str:
    """Seal what was sold."""
    free_wh = 0 if sold.free is None else sold.free.energy_wh
    return _sealed(
        sold.tender_minor, sold.currency, sold.energy_wh, free_wh, sold.preset_wh, sold.tariff_version,
        *sold.lines,
    )  # fmt: skip


def _sealed(*said: object) -> str:
    return sha256("\n".join(map(str, said)).encode()).hexdigest()
