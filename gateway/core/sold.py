"""A sale as it was booked, with what it was priced from: enough to work its price out again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.money import Money


@dataclass(frozen=True, slots=True)
class Sold:
    """A booked sale: ``explanation`` is as ``pricing`` wrote it, ``proportions`` are as the meter has now."""

    key: str
    bank: str
    power_type: str
    proportions: tuple[tuple[str, int], ...]
    tender: Money
    energy_wh: int
    tariff_version: str
    explanation: str
    at: datetime
