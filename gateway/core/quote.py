"""A quote: what a payment buys, line by line, and why nothing when it buys nothing.

The lines sum to the tender exactly. The energy is rounded once, at the end; the exact figure stays
beside it as a ratio of whole numbers, so that a receipt can explain itself to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gateway.core.money import Money

_WH_PER_KWH: Final = 1000


class QuoteRefusal(Enum):
    """Why a tender buys nothing."""

    NOT_POSITIVE = "the tender is zero or negative"
    WRONG_CURRENCY = "the tender is in another currency than the tariff"
    BELOW_CHARGES = "the tender does not cover the fixed charges"
    BUYS_NOTHING = "the tender buys less than the smallest amount of energy"
    TOO_MUCH = "the tender buys more energy than any meter takes"


@dataclass(frozen=True, slots=True)
class QuoteRefused:
    """No quote, and the reason."""

    reason: QuoteRefusal


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One line of the receipt: ENERGY (ENERGY_NET where the rates contain tax), a tax, a levy, a charge."""

    code: str
    amount: Money


@dataclass(frozen=True, slots=True)
class QuoteBlock:
    """The part of a purchase which falls in one block of the tariff, exactly and with all taxes on it."""

    number: int
    wh_num: int
    wh_den: int
    gross_num: int
    gross_den: int

    @property
    def kwh_exact(self) -> Fraction:
        """The kWh taken from this block."""
        return Fraction(self.wh_num, self.wh_den * _WH_PER_KWH)

    @property
    def gross_minor(self) -> Fraction:
        """What they cost in minor units, taxes and levies included."""
        return Fraction(self.gross_num, self.gross_den)


@dataclass(frozen=True, slots=True)
class Quote:
    """What a tender buys under one version of a tariff.

    ``energy_wh`` is what the customer gets; ``wh_num / wh_den`` is the exact figure before the one
    rounding; ``mtd_after_wh`` is the month-to-date counter once the sale is booked.
    """

    tender: Money
    energy_wh: int
    lines: tuple[QuoteLine, ...]
    blocks: tuple[QuoteBlock, ...]
    mtd_after_wh: int
    wh_num: int
    wh_den: int
    version: str

    @property
    def kwh_exact(self) -> Fraction:
        """The kWh before rounding."""
        return Fraction(self.wh_num, self.wh_den * _WH_PER_KWH)
