"""A quote: what a payment buys, line by line, and why nothing when it buys nothing.

The lines and the residual sum to the money that came (the tender, and the account's change where the tariff
carries change). The energy is rounded once, at the end; the exact figure stays beside it as a ratio of whole
numbers, so that a receipt can explain itself to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from gateway.core.quickly_built import quickly_built
from gateway.core.sentence import with_detail

if TYPE_CHECKING:
    from gateway.core.money import Money

_WH_PER_KWH: Final = 1000


class QuoteRefusal(Enum):
    """Why a tender buys nothing, or why so much energy is not sold."""

    NOT_POSITIVE = "the tender is zero or negative"
    WRONG_CURRENCY = "the tender is in another currency than the tariff"
    BELOW_CHARGES = "the tender does not cover the charges and debts that come first"
    BUYS_NOTHING = "the tender buys less than the smallest amount of energy"
    TOO_MUCH = "the tender buys more energy than any meter takes"
    NOT_A_MULTIPLE = "not a multiple of what may be bought"
    BELOW_LEAST = "below the least that may be bought"
    ABOVE_MOST = "above the most that may be bought"
    TOO_OFTEN = "no more purchases on this day"
    BY_READINGS = "the price depends on the time of use, so it is taken by readings"


@quickly_built
@dataclass(frozen=True, slots=True)
class QuoteRefused:
    """No quote, and the reason; ``detail`` gives the tariff's own figure where there is one: ``20 kWh``."""

    reason: QuoteRefusal
    detail: str = ""

    @property
    def sentence(self) -> str:
        """The reason in words, with the figure."""
        return with_detail(self.reason.value, self.detail)


class LineKind(Enum):
    """What a line of a receipt is: it decides the ledger account and the words of an explanation."""

    ENERGY = "energy"
    SUB_ITEM = "sub_item"
    KWH_ITEM = "kwh_item"
    SHARE = "share"
    REBATE = "rebate"
    TAX = "tax"
    CHARGE = "charge"
    CHANNEL_FEE = "channel_fee"
    ARREARS = "arrears"
    EMERGENCY = "emergency"


@quickly_built
@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One line of the receipt: ENERGY (ENERGY_NET where the rates contain tax), a tax, a levy, a charge.

    ``part`` is the power type that the line belongs to where a meter is shared by several ("" otherwise).
    """

    code: str
    amount: Money
    kind: LineKind
    part: str = ""


@quickly_built
@dataclass(frozen=True, slots=True)
class QuoteBlock:
    """The part of a purchase which falls in one step of the price, exactly and with all taxes on it.

    ``number`` counts the tariff's own steps from 1. Energy is ``wh_num / wh_den`` Wh, its cost
    ``gross_num / gross_den`` minor units.
    """

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


@quickly_built
@dataclass(frozen=True, slots=True)
class PreferenceCost:
    """What a preferential scheme cost on this purchase: list price less preferential price.

    ``of`` are the lines that are dearer at the list price, and how much (minor units; they sum to ``minor``).
    ``funder`` is the ledger account that bears it ("": the utility itself), ``part`` the power type whose
    price it is where a meter is shared.
    """

    scheme: str
    funder: str
    minor: int
    of: tuple[tuple[str, int], ...]
    part: str = ""


@quickly_built
@dataclass(frozen=True, slots=True)
class Quote:
    """What a tender buys under one version of a tariff.

    ``energy_wh`` is what the customer gets for his money; ``wh_num / wh_den`` is the exact figure before the
    one rounding. ``free_wh`` comes beside it as a token of its own. ``counted_wh`` is what the ladder's
    counters move by. A meter that holds money gets ``credit_minor`` (None: it holds energy).
    ``residual_minor`` stays on the customer's account, ``account_minor`` was taken from there (below zero:
    what the account owed was paid). ``months_paid``: the monthly charges are paid with this purchase.
    """

    tender: Money
    energy_wh: int
    lines: tuple[QuoteLine, ...]
    blocks: tuple[QuoteBlock, ...]
    counted_wh: int
    wh_num: int
    wh_den: int
    version: str
    free_wh: int = 0
    credit_minor: int | None = None
    residual_minor: int = 0
    account_minor: int = 0
    months_paid: bool = False
    preference: tuple[PreferenceCost, ...] = ()

    @property
    def kwh_exact(self) -> Fraction:
        """The kWh before rounding."""
        return Fraction(self.wh_num, self.wh_den * _WH_PER_KWH)
