"""A version of a tariff, and what a tender buys under it.

A quote walks the blocks from the customer's month-to-date counter with the money that is left after
fixed charges, rounds the energy once at the end, rounds each tax and charge by itself, and gives the
rest to the balancing line: the lines always sum to the tender. A boundary belongs to the lower block.

``quote`` runs once per sale inside the poster's batch, so it has no fractions, only whole numbers
which ``tariff_plan`` prepared.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from operator import mul
from typing import TYPE_CHECKING, Final, Self

from gateway.core.money import Money
from gateway.core.quote import Quote, QuoteBlock, QuoteLine, QuoteRefusal, QuoteRefused
from gateway.core.tariff_field import NotBuilt, TariffFault
from gateway.core.tariff_plan import Plan, compile_tariff
from gateway.core.tariff_reader import read_tariff
from gateway.core.tariff_table import Period, TariffTable

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Counters",
    "NotBuilt",
    "Quote",
    "QuoteBlock",
    "QuoteLine",
    "QuoteRefusal",
    "QuoteRefused",
    "Tariff",
    "TariffFault",
]

_QUOTE_WH_MAX: Final = 10**12
"""Most energy of one quote: a terawatt-hour is beyond every meter and token, so the tender is a mistake."""


@dataclass(frozen=True, slots=True)
class Counters:
    """What a quote must know of the customer, for the local month and day of the payment.

    ``mtd_wh`` is the energy bought in this month before this payment; the others matter only to
    tariffs with fixed charges. Raises ValueError for a negative number.
    """

    mtd_wh: int = 0
    fee_paid_this_month: bool = False
    days_since_purchase: int = 0
    sanctioned_w: int = 0

    def __post_init__(self) -> None:
        """Refuse a counter below zero."""
        if self.mtd_wh < 0 or self.days_since_purchase < 0 or self.sanctioned_w < 0:
            raise ValueError("counters start at zero")


@dataclass(frozen=True, slots=True)
class Tariff:
    """One version of a tariff, ready to quote; ``timezone`` says where its months begin."""

    version: str
    table: TariffTable
    plan: Plan

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, object], version: str) -> Self:
        """Read a tariff object (JSON); TariffFault or NotBuilt names the field that is wrong."""
        table = read_tariff(mapping)
        return cls(version, table, compile_tariff(table))

    @property
    def currency(self) -> str:
        """The three letters of the money this tariff is in."""
        return self.table.currency

    @property
    def timezone(self) -> str:
        """The IANA zone whose first of the month resets the counter."""
        return self.table.timezone

    @property
    def counts_days(self) -> bool:
        """A charge falls due by the day, so a quote needs ``days_since_purchase``."""
        return any(charge.period is Period.DAY for charge in self.table.charges)

    def quote(self, tender: Money, counters: Counters) -> Quote | QuoteRefused:
        """Price the tender; refused when it buys nothing, see QuoteRefusal for the reasons."""
        plan, rule = self.plan, self.table.rounding
        if tender.currency != self.table.currency or tender.minor <= 0:
            wrong_currency = tender.currency != self.table.currency
            return QuoteRefused(QuoteRefusal.WRONG_CURRENCY if wrong_currency else QuoteRefusal.NOT_POSITIVE)
        units = self._units(counters) if plan.per_charge else ()
        available = plan.per_tender * tender.minor
        if units:
            available -= sum(map(mul, plan.per_charge, units))
        if available <= 0:
            return QuoteRefused(QuoteRefusal.BELOW_CHARGES)

        mtd_wh = counters.mtd_wh
        first = bisect_left(plan.ends, mtd_wh)
        target = plan.costs[first] + (mtd_wh - plan.starts[first]) * plan.prices[first] + available
        last = bisect_left(plan.cost_ends, target)
        price = plan.prices[last]
        beyond = target - plan.costs[last]
        wh_num = (plan.starts[last] - mtd_wh) * price + beyond
        energy_wh = rule.round_energy(wh_num, price * rule.wh_unit) * rule.wh_unit
        if energy_wh <= 0:
            return QuoteRefused(QuoteRefusal.BUYS_NOTHING)
        if energy_wh > _QUOTE_WH_MAX:
            return QuoteRefused(QuoteRefusal.TOO_MUCH)

        own_before = plan.rate_costs[first] + (mtd_wh - plan.starts[first]) * plan.rates[first]
        own_num = (plan.rate_costs[last] - own_before) * price + beyond * plan.rates[last]
        lines = self._lines(tender, own_num, wh_num, price, units)
        if lines is None:
            return QuoteRefused(QuoteRefusal.BUYS_NOTHING)
        return Quote(
            tender=tender,
            energy_wh=energy_wh,
            lines=lines,
            blocks=_blocks(plan, mtd_wh, first, last, beyond),
            mtd_after_wh=mtd_wh + energy_wh,
            wh_num=wh_num,
            wh_den=price,
            version=self.version,
        )

    def _units(self, counters: Counters) -> tuple[int, ...]:
        """How many units of each fixed charge are due."""
        months = 0 if counters.fee_paid_this_month else 1
        return tuple(
            (months if charge.period is Period.MONTH else counters.days_since_purchase)
            * (counters.sanctioned_w if charge.is_per_watt else 1)
            for charge in self.table.charges
        )

    def _lines(
        self, tender: Money, own_num: int, wh_num: int, price: int, units: tuple[int, ...]
    ) -> tuple[QuoteLine, ...] | None:
        """Round the lines, the balancing one first; None when it would be negative.

        ``own_num`` (the energy's own money) and ``wh_num`` are numerators over ``price``.
        """
        plan, rule = self.plan, self.table.rounding
        rest = tender.minor
        lines = []
        for line in plan.lines:
            if line.charge >= 0 and units[line.charge] == 0:
                continue
            flat = line.per_tender * tender.minor
            if units:
                flat += sum(map(mul, line.per_charge, units))
            exact_num = line.per_energy * own_num + line.per_wh * wh_num + flat * price
            unit = rule.minor_unit
            minor = rule.round_money(exact_num, line.denominator * price * unit) * unit
            rest -= minor
            lines.append(QuoteLine(line.code, Money(minor, tender.currency)))
        if rest < 0:
            return None
        return (QuoteLine(plan.balancing_code, Money(rest, tender.currency)), *lines)


def _blocks(plan: Plan, mtd_wh: int, first: int, last: int, beyond: int) -> tuple[QuoteBlock, ...]:
    """How the purchase falls into blocks; a block whose end is where the customer stands gives nothing."""
    blocks = []
    position = mtd_wh
    for number in range(first, last):
        taken = plan.ends[number] - position
        position = plan.ends[number]
        if taken:
            blocks.append(QuoteBlock(number + 1, taken, 1, taken * plan.prices[number], plan.scale))
    price = plan.prices[last]
    gross_num = beyond - (position - plan.starts[last]) * price
    blocks.append(QuoteBlock(last + 1, gross_num, price, gross_num, plan.scale))
    return tuple(blocks)
