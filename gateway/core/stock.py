"""Meters in stock: bought, not yet any customer's. One is installed, moved to another branch, or scrapped.

    (arrives) ──► IN_STOCK ──installed for a customer──► ISSUED
                     └────────broken, lost, sent back──► SCRAPPED

Nothing is deleted. ``version`` counts the changes, so that two people who change it at once are noticed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from gateway.core.meter_number import MeterNumber

if TYPE_CHECKING:
    from gateway.core.meter import Carrier
    from gateway.core.token import StsIdentity

#: Meters of one delivery list: a lorry brings no more, and a batch of the ledger must not wait for them.
DELIVERY_MAX: Final = 5_000

#: Characters of a model's or a delivery's name, and of a note.
WORD_MAX: Final = 40
NOTE_MAX: Final = 120


class StockState(Enum):
    """Where it is."""

    IN_STOCK = "in_stock"
    ISSUED = "issued"
    SCRAPPED = "scrapped"


@dataclass(frozen=True, slots=True)
class StockMeter:
    """A meter with the key that its maker gave it; ``branch`` is where it lies, empty: the central store.

    ``lot`` names the delivery it came with.
    """

    identity: StsIdentity
    model: str
    carrier: Carrier
    branch: str
    lot: str
    arrived_us: int
    state: StockState = StockState.IN_STOCK
    note: str = ""
    version: int = 1

    @property
    def pan(self) -> str:
        """Its 18-digit number."""
        return self.identity.pan

    @property
    def drn(self) -> str:
        """The number on its face."""
        return MeterNumber.parse(self.pan).drn
