"""What a purchase is worked out with: the rules, the price for this buyer, what is due, what is free."""

from __future__ import annotations

from dataclasses import dataclass
from operator import mul
from typing import TYPE_CHECKING, Final

from gateway.core.quickly_built import quickly_built
from gateway.core.tariff.table import Period

if TYPE_CHECKING:
    from fractions import Fraction

    from gateway.core.buyer import Buyer
    from gateway.core.tariff.deduction import Deduction
    from gateway.core.tariff.plan import Plan
    from gateway.core.tariff.table import TariffTable
    from gateway.core.tariff.walk import Walked

_NONE_DUE: Final[tuple[int, ...]] = ()


@quickly_built
@dataclass(frozen=True, slots=True)
class Till:
    """The tariff's rules, the price compiled for the buyer, and the buyer.

    ``due`` are the units of each fixed charge (() where none is due). ``free_wh`` is given free, and
    ``counted_free_wh`` of it counts: ``ladder_wh`` and ``month_wh`` are the counters with that on them.
    """

    table: TariffTable
    plan: Plan
    buyer: Buyer
    version: str
    due: tuple[int, ...]
    free_wh: int
    counted_free_wh: int
    ladder_wh: int
    month_wh: int

    def charges(self) -> int:
        """What the charges due take of the money, in units of 1/scale minor units."""
        return sum(map(mul, self.plan.charges, self.due)) if self.due else 0

    def rounded(self, num: int, den: int) -> int:
        """Round an amount in minor units as the tariff rounds money."""
        rule = self.table.rounding
        return rule.round_money(num, den * rule.minor_unit) * rule.minor_unit

    def deducted(self, deduction: Deduction, amount: Fraction) -> int:
        """Round what a deduction takes; a debt never takes more than is owed, however coarse the rounding."""
        minor = self.rounded(amount.numerator, amount.denominator)
        return minor if deduction.owed_minor is None else min(minor, deduction.owed_minor)


@quickly_built
@dataclass(frozen=True, slots=True)
class Paid:
    """The money: all of it (minor units), the account's change in it, what deductions took of it.

    ``num / den`` minor units are left for what is priced; ``walked`` is what they were spent on.
    """

    money: int
    account: int
    held: tuple[tuple[Deduction, Fraction], ...]
    num: int
    den: int
    walked: Walked


def till_of(table: TariffTable, plan: Plan, buyer: Buyer, version: str) -> Till:
    """Count what is due and what is free for this buyer."""
    free, free_wh, counted_wh = table.free, 0, 0
    if free is not None and not buyer.free_claimed and (not free.scheme or free.scheme in buyer.schemes):
        free_wh = free.wh
        counted_wh = free_wh if free.counts else 0
    ladder_wh = buyer.mtd_wh if table.energy.ladder.begins is None else buyer.ytd_wh
    due = _due(table, buyer) if plan.charges else _NONE_DUE
    return Till(
        table, plan, buyer, version, due, free_wh, counted_wh, ladder_wh + counted_wh,
        buyer.mtd_wh + counted_wh,
    )  # fmt: skip


def _due(table: TariffTable, buyer: Buyer) -> tuple[int, ...]:
    """How many units of each fixed charge are due: missed months only where the charge accrues."""
    months = buyer.months_due
    due = tuple(
        ((months if charge.accrues else min(months, 1)) if charge.period is Period.MONTH else buyer.days_due)
        * (buyer.contract_w if charge.is_per_watt else 1)
        for charge in table.charges
    )
    return due if any(due) else _NONE_DUE
