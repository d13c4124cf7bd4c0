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


#: Meters have one phase or three.
PHASES: Final = (1, 3)

#: The highest voltage (V) between a phase and neutral, and the highest current (A), on any meter's face.
VOLTAGE_MAX: Final = 1_000
CURRENT_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class Face:
    """What stands on a meter's face: phases, volts between one and neutral, and the most amperes of each.

    0 is not known: then it is compared with nothing. Raises ValueError for what no meter has.
    """

    phases: int = 0
    voltage_v: int = 0
    current_a: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if self.phases not in {0, *PHASES}:
            raise ValueError("a meter has 1 or 3 phases")
        if not 0 <= self.voltage_v <= VOLTAGE_MAX or not 0 <= self.current_a <= CURRENT_MAX:
            raise ValueError(f"a meter has {VOLTAGE_MAX} V and {CURRENT_MAX} A at most")

    @property
    def rating_w(self) -> int:
        """The power that it bears; 0 where it is not known."""
        return self.phases * self.voltage_v * self.current_a


#: Nobody has said what stands there.
NO_FACE: Final = Face()


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
    face: Face = NO_FACE

    @property
    def pan(self) -> str:
        """Its 18-digit number."""
        return self.identity.pan

    @property
    def drn(self) -> str:
        """The number on its face."""
        return MeterNumber.parse(self.pan).drn
