"""Meters on which a tariff is tried before it counts.

    question       rows                                            count      totals
    MetersOfType   some of them, from the least use to the most    of these   how many there are in all

Only meters in use, of one power type each: of shared ones the price is that of several tariffs together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateway.core.meter import MeterAccount
from gateway.core.views import Query, require_page

#: Meters that a tariff is tried on: enough for each block and scheme, few enough for a breath.
TRIED_MAX: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class MetersOfType(Query[MeterAccount, int]):
    """Meters of a power type, spread evenly over what was bought for them in this year."""

    branch: str | None
    power_type: str
    limit: int = TRIED_MAX

    def __post_init__(self) -> None:
        """Refuse a page that is none."""
        require_page(self.limit)
