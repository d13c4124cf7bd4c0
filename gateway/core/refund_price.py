"""At which price energy is given back that was left in a meter: that which was paid, or today's.

    paid     each purchase's part at what was paid for it (``lots.py``)
    current  each purchase's part at what it would cost today, and never more than was paid for it

What energy would cost today is asked with the customer's counters as they stood before he bought it, so the
steps of his month are where this energy was. Where it costs less today, the revenue that is kept leaves the
revenue accounts for one of its own (REPRICED), and the tax on it stays to be paid on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from gateway.core.lots import scaled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.core.lots import Lot


class RefundPrice(Enum):
    """Which of the two."""

    PAID = "paid"
    CURRENT = "current"


@dataclass(frozen=True, slots=True)
class Worth:
    """What ``energy_wh`` cost today, in minor units with the tax on it, by this tariff version."""

    minor: int
    energy_wh: int
    version: str

    def __post_init__(self) -> None:
        """Refuse what is no price."""
        if self.minor < 0 or self.energy_wh <= 0:
            raise ValueError("a price is for some energy, and not below nothing")

    def of(self, energy_wh: int) -> int:
        """Say what so much comes to, cut down to whole minor units."""
        return self.minor * energy_wh // self.energy_wh


def at_worth(lots: Iterable[Lot], worth: Worth | None) -> tuple[Lot, ...]:
    """Give lots back at what they are worth; at what was paid where that is None, or less."""
    return tuple(lots) if worth is None else tuple(_worth(one, worth) for one in lots)


def _worth(lot: Lot, worth: Worth) -> Lot:
    given = worth.of(lot.energy_wh)
    return lot if given >= lot.minor else replace(lot, given=scaled(lot.lines, given, lot.minor))
