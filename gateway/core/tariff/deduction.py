"""What is taken off a tender before anything is priced: the channel's fee, credit in advance, old debts.

Each takes a share of the whole tender, up to what is owed: ``min(share · T, ceiling)``. The amounts stay
exact; only the receipt's lines are rounded. Their order is the receipt's: fee, emergency credit, arrears.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from gateway.core.currency import CURRENCY_EXPONENT
from gateway.core.quote import LineKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.core.buyer import Buyer
    from gateway.core.tariff.table import DebtRule, TariffTable


@dataclass(frozen=True, slots=True)
class Deduction:
    """One deduction: ``fixed`` and ``share`` of the tender, never above ``ceiling`` (None: no end).

    ``owed_minor`` is the whole debt that it is paid for (None: it is none).
    """

    code: str
    kind: LineKind
    share: Fraction
    fixed: Fraction
    ceiling: Fraction | None
    owed_minor: int | None = None

    def of(self, tender: Fraction) -> Fraction:
        """What is taken of a tender, exactly."""
        taken = self.fixed + self.share * tender
        return taken if self.ceiling is None else min(taken, self.ceiling)


def deductions(table: TariffTable, buyer: Buyer) -> tuple[Deduction, ...]:
    """What this buyer's tender has to bear first."""
    unit = 10 ** CURRENCY_EXPONENT[table.currency]
    found = []
    fees = {fee.channel: fee for fee in table.channel_fees}
    fee = fees.get(buyer.channel, fees.get(""))
    if fee is not None:
        found.append(Deduction(fee.code, LineKind.CHANNEL_FEE, fee.share, fee.amount * unit, None))
    for rule, kind, owed in (
        (table.emergency, LineKind.EMERGENCY, buyer.emergency_minor),
        (table.arrears, LineKind.ARREARS, buyer.arrears_minor),
    ):
        if rule is not None and owed:
            found.append(_debt(rule, kind, owed, unit))
    return tuple(found)


def _debt(rule: DebtRule, kind: LineKind, owed: int, unit: int) -> Deduction:
    ceiling = Fraction(owed) if rule.most is None else min(Fraction(owed), rule.most * unit)
    return Deduction(rule.code, kind, rule.share, Fraction(0), ceiling, owed)


def taken(found: Sequence[Deduction], tender: int) -> tuple[list[Fraction], Fraction]:
    """What each deduction takes of a tender, and what is left (nothing, where they ask for more)."""
    left, amounts = Fraction(tender), []
    for deduction in found:
        amount = min(deduction.of(Fraction(tender)), left)
        amounts.append(amount)
        left -= amount
    return amounts, left


def tender_for(found: Sequence[Deduction], left: Fraction) -> Fraction | None:
    """The tender of which exactly ``left`` remains; None where the deductions would take all of any tender.

    What remains rises in straight pieces: below a ceiling a deduction takes its share, above it no more.
    """
    for reached in sorted({_ceiling_at(one) for one in found}, key=lambda at: (at is None, at)):
        # Below ``reached`` all that end later still take their share; those that ended are fixed amounts.
        share, fixed = Fraction(0), Fraction(0)
        for one in found:
            at = _ceiling_at(one)
            if at is None or (reached is not None and at >= reached):
                share, fixed = share + one.share, fixed + one.fixed
            else:
                fixed += one.ceiling or 0
        if share < 1:
            tender = (left + fixed) / (1 - share)
            if reached is None or tender <= reached:
                return tender
    if any(one.ceiling is None for one in found):
        return None
    return left + sum((one.ceiling or Fraction(0) for one in found), Fraction(0))


def _ceiling_at(one: Deduction) -> Fraction | None:
    """The tender at which a deduction reaches its ceiling; None: never."""
    if one.ceiling is None or not one.share:
        return None
    return (one.ceiling - one.fixed) / one.share
