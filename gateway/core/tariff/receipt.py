"""The lines of a receipt: each rounded by itself, and the balancing line takes what rounding leaves."""

from __future__ import annotations

from fractions import Fraction
from operator import mul
from typing import TYPE_CHECKING

from gateway.core.money import Money
from gateway.core.quote import LineKind, PreferenceCost, QuoteBlock, QuoteLine
from gateway.core.tariff.table import Period

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.core.tariff.plan import LinePlan, Plan
    from gateway.core.tariff.table import TariffTable
    from gateway.core.tariff.till import Paid, Till
    from gateway.core.tariff.walk import Walked


def lines_of(till: Till, paid: Paid, rest: int) -> tuple[QuoteLine, ...] | None:
    """Split ``rest`` minor units into lines, the balancing one last.

    Where it is almost nothing, what the others are rounded up may leave it a unit or two below nothing: it is
    then negative, and the energy is sold all the same. None where it is negative for another reason: a charge
    contains more tax than all the energy costs.
    """
    plan, currency = till.plan, till.table.currency
    lines: list[QuoteLine] = []
    for deduction, amount in paid.held:
        minor = till.deducted(deduction, amount)
        rest -= minor
        if minor:
            lines.append(QuoteLine(deduction.code, Money(minor, currency), deduction.kind))
    place = 0
    for number, line in enumerate(plan.lines):
        if number == plan.balancing:
            place = len(lines)
        elif line.charge < 0 or (till.due and till.due[line.charge]):
            num, den = _exact(line, till, paid)
            minor = till.rounded(num, den)
            rest -= minor
            lines.append(QuoteLine(line.code, Money(minor, currency), line.kind, line.part))
    if rest < -(len(lines) + 1) * till.table.rounding.minor_unit:
        return None
    own = plan.lines[plan.balancing]
    lines.insert(place, QuoteLine(own.code, Money(rest, currency), own.kind, own.part))
    return tuple(lines)


def _exact(line: LinePlan, till: Till, paid: Paid) -> tuple[int, int]:
    """A line's exact amount in minor units, as a ratio of whole numbers."""
    walked = paid.walked
    den = walked.den
    of_energy = line.rates[walked.last.column] * walked.num
    for step, width in walked.full:
        of_energy += line.rates[step.column] * width * den
    if not line.share and not till.due:
        return of_energy, line.denominator * den
    flat = line.share * paid.num
    if till.due:
        flat += sum(map(mul, line.charges, till.due)) * paid.den
    return of_energy * paid.den + flat * den, line.denominator * den * paid.den


def blocks_of(plan: Plan, walked: Walked) -> tuple[QuoteBlock, ...]:
    """How the purchase falls into steps, those that give nothing left out."""
    last, scale, wh_scale = walked.last, plan.scale, plan.wh_scale
    whole = [
        QuoteBlock(step.number, width, wh_scale, width * step.price, scale) for step, width in walked.full
    ]
    den = walked.den
    rest = QuoteBlock(last.number, walked.num, den * wh_scale, walked.num * last.price, den * scale)
    return (*whole, rest)


def pays_months(table: TariffTable, due: Sequence[int]) -> bool:
    """Are monthly charges paid with this purchase?"""
    return any(
        units and charge.period is Period.MONTH for charge, units in zip(table.charges, due, strict=True)
    )


def credit_of(table: TariffTable, lines: Sequence[QuoteLine]) -> int:
    """What a meter that holds money is loaded with: the energy's money, with the taxes that are inside it."""
    inside = {share.code for share in table.shares if share.is_contained}
    return sum(line.amount.minor for line in lines if line.kind is LineKind.ENERGY or line.code in inside)


def preference_of(till: Till, walked: Walked) -> tuple[PreferenceCost, ...]:
    """What each scheme cost on what was paid for, per line."""
    plan = till.plan
    found: dict[tuple[str, str, str], list[tuple[str, int]]] = {}
    for cut in plan.cuts:
        exact = Fraction(cut.rates[walked.last.column] * walked.num, walked.den)
        for step, width in walked.full:
            exact += cut.rates[step.column] * width
        exact /= cut.denominator
        minor = till.rounded(exact.numerator, exact.denominator)
        if minor:
            line = plan.lines[cut.line]
            found.setdefault((cut.scheme, cut.funder, line.part), []).append((line.code, minor))
    return tuple(
        PreferenceCost(scheme, funder, sum(minor for _, minor in of), tuple(of), part)
        for (scheme, funder, part), of in found.items()
    )
