"""A purchase worked out: by money, by energy, and with change carried over.

The energy is rounded once, at the end. Where the tariff carries change, the rounded energy is what is paid
for and the rest stays on the customer's account; otherwise all the money is spent.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Final

from gateway.core.money import Money
from gateway.core.quote import Quote, QuoteRefusal, QuoteRefused
from gateway.core.tariff.deduction import deductions, taken, tender_for
from gateway.core.tariff.limits import refused_energy, refused_purchase
from gateway.core.tariff.receipt import blocks_of, credit_of, lines_of, pays_months, preference_of
from gateway.core.tariff.till import Paid
from gateway.core.tariff.walk import walk_energy, walk_money

if TYPE_CHECKING:
    from gateway.core.quote import QuoteLine
    from gateway.core.tariff.deduction import Deduction
    from gateway.core.tariff.till import Till
    from gateway.core.tariff.walk import Walked

_QUOTE_WH_MAX: Final = 10**12
"""Most energy of one quote: a terawatt-hour is beyond every meter and token, so the tender is a mistake."""


def buy_money(till: Till, tender: Money) -> Quote | QuoteRefused:
    """Price a tender; refused when it buys nothing or more than is sold, see QuoteRefusal."""
    table, plan, rule, money = till.table, till.plan, till.table.rounding, tender.minor
    if tender.currency != table.currency or money <= 0:
        is_other = tender.currency != table.currency
        return QuoteRefused(QuoteRefusal.WRONG_CURRENCY if is_other else QuoteRefusal.NOT_POSITIVE)
    account = till.buyer.account_minor if rule.carries else 0
    held = deductions(table, till.buyer) if table.deducts else ()
    num, den, deducted = _left(held, money) if held else (money, 1, ())
    num += account * den
    available = plan.share * num - till.charges() * den
    if available <= 0:
        return QuoteRefused(QuoteRefusal.BELOW_CHARGES)
    walked = walk_money(plan, till.ladder_wh, till.month_wh, available, den)
    energy_wh = rule.round_energy(walked.total(), walked.den * plan.wh_scale * rule.wh_unit) * rule.wh_unit
    if rule.carries and table.limits is not None and table.limits.multiple_wh is not None:
        energy_wh -= energy_wh % table.limits.multiple_wh
    refused = _refused(till, energy_wh)
    if refused is not None:
        return refused
    paid = Paid(money, account, deducted, num, den, walked)
    if rule.carries:
        return _carried(till, tender, energy_wh, paid)
    lines = lines_of(till, paid, money + account)
    if lines is None:
        return QuoteRefused(QuoteRefusal.BELOW_CHARGES)
    return _quote(till, tender, energy_wh, paid, lines)


def _left(held: tuple[Deduction, ...], money: int) -> tuple[int, int, tuple[tuple[Deduction, Fraction], ...]]:
    amounts, left = taken(held, money)
    return left.numerator, left.denominator, tuple(zip(held, amounts, strict=True))


def buy_energy(till: Till, energy_wh: int) -> Quote | QuoteRefused:
    """Price so much energy: the tender that buys it, rounded as money is."""
    table, plan = till.table, till.plan
    refused = _refused(till, energy_wh)
    if refused is not None:
        return refused
    if energy_wh % table.rounding.wh_unit:
        return QuoteRefused(QuoteRefusal.NOT_A_MULTIPLE, _unit_text(table.rounding.wh_unit))
    walked = walk_energy(plan, till.ladder_wh, till.month_wh, energy_wh)
    cost = Fraction(walked.money + till.charges(), plan.share)
    account = min(till.buyer.account_minor, ceil(cost)) if table.rounding.carries else 0
    if account >= cost:
        return QuoteRefused(QuoteRefusal.NOT_POSITIVE)  # the change left over pays for it: there is no tender
    held = deductions(table, till.buyer) if table.deducts else ()
    exact = tender_for(held, cost - account)
    if exact is None:
        return QuoteRefused(QuoteRefusal.BELOW_CHARGES)
    minor = till.rounded(exact.numerator, exact.denominator)
    deducted = tuple((deduction, deduction.of(exact)) for deduction in held)
    paid = Paid(minor, account, deducted, cost.numerator, cost.denominator, walked)
    lines = lines_of(till, paid, minor + account)
    if minor <= 0:
        return QuoteRefused(QuoteRefusal.BUYS_NOTHING)
    if lines is None:
        return QuoteRefused(QuoteRefusal.BELOW_CHARGES)
    return _quote(till, Money(minor, table.currency), energy_wh, paid, lines)


def _unit_text(wh_unit: int) -> str:
    return f"{Fraction(wh_unit, 1000)} kWh" if wh_unit % 1000 else f"{wh_unit // 1000} kWh"


def _refused(till: Till, energy_wh: int) -> QuoteRefused | None:
    limits = till.table.limits
    if limits is not None:
        too_often = refused_purchase(limits, till.buyer)
        if too_often is not None:
            return too_often
    if energy_wh <= 0:
        return QuoteRefused(QuoteRefusal.BUYS_NOTHING)
    if energy_wh > _QUOTE_WH_MAX:
        return QuoteRefused(QuoteRefusal.TOO_MUCH)
    return None if limits is None else refused_energy(limits, energy_wh)


def _carried(till: Till, tender: Money, energy_wh: int, paid: Paid) -> Quote | QuoteRefused:
    """The rounded energy is paid for, and what is left over stays on the account."""
    plan = till.plan
    billed = walk_energy(plan, till.ladder_wh, till.month_wh, energy_wh)
    # Taxes on the tender are taken of all of it, as they would be without change.
    on_tender = (1 - Fraction(plan.share, plan.scale)) * Fraction(paid.num, paid.den)
    exact = Fraction(billed.money + till.charges(), plan.scale) + on_tender
    deducted = sum(till.deducted(deduction, amount) for deduction, amount in paid.held)
    everything = paid.money + paid.account
    total = min(till.rounded(exact.numerator, exact.denominator) + deducted, everything)
    spent = Paid(paid.money, paid.account, paid.held, paid.num, paid.den, billed)
    lines = lines_of(till, spent, total)
    if lines is None:
        return QuoteRefused(QuoteRefusal.BELOW_CHARGES)
    return _quote(till, tender, energy_wh, spent, lines, residual=everything - total, wanted=paid.walked)


def _quote(  # noqa: PLR0913 - everything that a quote says, all of it named
    till: Till,
    tender: Money,
    energy_wh: int,
    paid: Paid,
    lines: tuple[QuoteLine, ...],
    *,
    residual: int = 0,
    wanted: Walked | None = None,
) -> Quote:
    """Put the quote together; ``wanted`` is what all the money would have bought, where some is left over."""
    plan, table, walked = till.plan, till.table, paid.walked
    shown = walked if wanted is None else wanted
    return Quote(
        tender, energy_wh, lines, blocks_of(plan, walked), energy_wh + till.counted_free_wh, shown.total(),
        shown.den * plan.wh_scale, till.version, till.free_wh,
        credit_of(table, lines) if table.holds_money else None, residual, paid.account,
        pays_months(table, till.due) if till.due else False,
        preference_of(till, walked) if plan.cuts else (),
    )  # fmt: skip
