"""A tariff which was read and understood: exact values, no text left.

Rates are ratios in major units per kWh; the readers make them, ``plan`` compiles them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date
    from fractions import Fraction

    from gateway.core.tariff.calendar import Calendar, Clock

ENERGY: Final = "ENERGY"
"""The line of the energy's own price, where no sub-items form it."""

ENERGY_NET: Final = "ENERGY_NET"
"""The same line where the rates contain a tax, which is then shown beside it."""

TENDER: Final = "TENDER"
"""The word for a base that is all the money left after debts."""

TOTAL: Final = "TOTAL"
"""The word for a preference on the comprehensive price, and not on one of its sub-items."""

LADDER: Final = "LADDER"
"""The line of a ladder's surcharge, where sub-items form the price it comes on top of."""


class Period(Enum):
    """How often a fixed charge falls due."""

    MONTH = "month"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Ladder:
    """Which counter the steps of the price count on: the month's, or that of a year that begins on a day.

    ``begins`` is (month, day) of the year's first day and ``hour`` the hour of that day; None: by the month.
    """

    begins: tuple[int, int] | None = None
    hour: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the price: up to and with ``upto_wh`` of the counter (None: without end).

    ``rates`` are the prices of the components, in the table's order; their sum is the comprehensive price.
    """

    upto_wh: int | None
    rates: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """One set of steps, and when it counts: in a season, on a day type, for a band of use, in a zone.

    "" is any season or day type; ``zone`` is "" where the time of use does not matter.
    """

    season: str
    day_type: str
    band: int
    zone: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class EnergyTable:
    """All prices of the energy itself.

    ``components`` are the codes whose rates form the price: ENERGY alone, or the sub-items. ``bands`` are the
    upper ends (Wh a month, the last None) of the bands of average use over ``months_averaged``; () is none.
    ``clocks`` give the zones' hours, per (season, day type).
    """

    components: tuple[str, ...]
    options: tuple[Option, ...]
    ladder: Ladder
    bands: tuple[int | None, ...] = ()
    months_averaged: int = 0
    calendar: Calendar | None = None
    clocks: Mapping[tuple[str, str], Clock] | None = None


@dataclass(frozen=True, slots=True)
class KwhItem:
    """A price per kWh beside the energy's own: fuel, foreign exchange, a fund."""

    code: str
    rate: Fraction


@dataclass(frozen=True, slots=True)
class Charge:
    """An amount of money (major units) for each period, or for each W of contracted power and period.

    ``accrues``: months that passed without a purchase are owed too.
    """

    code: str
    amount: Fraction
    is_per_watt: bool
    period: Period
    is_taxed: bool
    accrues: bool


class ShareKind(Enum):
    """What a share of other lines is."""

    LEVY = "levy"
    REBATE = "rebate"
    TAX = "tax"


@dataclass(frozen=True, slots=True)
class Share:
    """A line that is a share of other lines: a levy, a tax, a rebate (negative).

    ``factor`` is what the base is multiplied by. A contained share is already inside the price, an
    added one comes on top. An empty base means everything that is priced before it.
    """

    code: str
    kind: ShareKind
    factor: Fraction
    base: tuple[str, ...]
    is_contained: bool
    path: str


@dataclass(frozen=True, slots=True)
class Preference:
    """One entry of the preferential price sheet.

    ``target`` is a sub-item or TOTAL. The price is multiplied by ``factor``, or is ``fixed`` (major units per
    kWh). ``cap_wh`` is the energy of a month to which it applies (None: all). ``valid`` are the first and the
    last day. ``funder`` is the account that bears the cost. An entry that ``stacks`` is added to another one.
    """

    scheme: str
    target: str
    factor: Fraction | None
    fixed: Fraction | None
    cap_wh: int | None
    valid: tuple[date | None, date | None]
    funder: str
    stacks: bool
    path: str


@dataclass(frozen=True, slots=True)
class FreeEnergy:
    """Energy given free once a month with the first purchase, as a token of its own, without carry-over.

    It is for the customers of ``scheme``, or for all where that is "".
    """

    wh: int
    counts: bool
    scheme: str


@dataclass(frozen=True, slots=True)
class DebtRule:
    """How much of a tender a debt may take: ``share`` of it, and not more than ``most`` (major units)."""

    code: str
    share: Fraction
    most: Fraction | None = None


@dataclass(frozen=True, slots=True)
class ChannelFee:
    """What a channel takes of each tender before anything else: an amount (major units) and a share."""

    code: str
    channel: str
    amount: Fraction
    share: Fraction


@dataclass(frozen=True, slots=True)
class Limits:
    """What one purchase may be: None is no limit."""

    multiple_wh: int | None = None
    least_wh: int | None = None
    most_wh: int | None = None
    per_day: int | None = None


@dataclass(frozen=True, slots=True)
class RoundingRule:
    """How energy (to ``wh_unit`` Wh) and lines (to ``minor_unit``) are rounded, and who takes the rest.

    ``carries``: what the rounded energy does not cost stays on the customer's account.
    """

    wh_unit: int
    round_energy: Callable[[int, int], int]
    minor_unit: int
    round_money: Callable[[int, int], int]
    balancing_line: str
    carries: bool


@dataclass(frozen=True, slots=True)
class TariffTable:
    """A tariff which was read and understood; rates in major units per kWh.

    ``three_phase``: its power type is for supply points of three phases alone.
    """

    currency: str
    timezone: str
    holds_money: bool
    energy: EnergyTable
    kwh_items: tuple[KwhItem, ...]
    charges: tuple[Charge, ...]
    shares: tuple[Share, ...]
    rounding: RoundingRule
    preferences: tuple[Preference, ...] = ()
    free: FreeEnergy | None = None
    arrears: DebtRule | None = None
    emergency: DebtRule | None = None
    channel_fees: tuple[ChannelFee, ...] = ()
    limits: Limits | None = None
    three_phase: bool = False

    @property
    def deducts(self) -> bool:
        """May something be taken off a tender before anything is priced?"""
        return bool(self.arrears or self.emergency or self.channel_fees)

    @property
    def deduction_codes(self) -> frozenset[str]:
        """The codes of the lines that such deductions have on a receipt."""
        rules = (rule.code for rule in (self.arrears, self.emergency) if rule is not None)
        return frozenset((*rules, *(fee.code for fee in self.channel_fees)))
