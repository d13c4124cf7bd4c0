"""A tariff which was read and understood: exact values, no text left.

Rates are ratios in major units per kWh; ``tariff_reader`` makes them, ``tariff_plan`` compiles them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction


class Period(Enum):
    """How often a fixed charge falls due."""

    MONTH = "month"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Block:
    """One step of the price: up to and with ``upto_wh`` of the month (None: without end)."""

    upto_wh: int | None
    rate: Fraction


@dataclass(frozen=True, slots=True)
class KwhItem:
    """A price per kWh beside the energy's own: fuel, foreign exchange, a fund."""

    code: str
    rate: Fraction


@dataclass(frozen=True, slots=True)
class Charge:
    """An amount of money (major units) for each period, or for each W of sanctioned power and period."""

    code: str
    amount: Fraction
    is_per_watt: bool
    period: Period
    is_taxed: bool


@dataclass(frozen=True, slots=True)
class Share:
    """A line that is a share of other lines: a levy, a tax, a rebate (negative).

    ``factor`` is what the base is multiplied by. A contained share is already inside the price, an
    added one comes on top. An empty base means everything that is priced before it.
    """

    code: str
    factor: Fraction
    base: tuple[str, ...]
    is_contained: bool
    path: str


@dataclass(frozen=True, slots=True)
class RoundingRule:
    """How energy (to ``wh_unit`` Wh) and lines (to ``minor_unit``) are rounded, and who takes the rest."""

    wh_unit: int
    round_energy: Callable[[int, int], int]
    minor_unit: int
    round_money: Callable[[int, int], int]
    balancing_line: str


@dataclass(frozen=True, slots=True)
class TariffTable:
    """A tariff which was read and understood; rates in major units per kWh."""

    currency: str
    timezone: str
    blocks: tuple[Block, ...]
    kwh_items: tuple[KwhItem, ...]
    charges: tuple[Charge, ...]
    shares: tuple[Share, ...]
    rounding: RoundingRule
