"""What a step of a golden tariff case expects: each key, and how it is compared with what we made.

Every key has its comparison here or is refused by name (``NotBuilt``): nothing passes that was not compared.
"""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from gateway.core.currency import CURRENCY_EXPONENT
from gateway.core.money import Money
from gateway.core.quote import LineKind, QuoteRefused
from gateway.core.rounding import decimal_text
from gateway.core.tariff.choice import held_by, option_for
from gateway.core.tariff.deduction import deductions, tender_for
from gateway.core.tariff.preference import stacked
from gateway.core.tariff.till import till_of
from gateway.proof.tariff_number import agrees, is_same
from gateway.proof.tariff_rejections import compare_rejections, reason_of
from gateway.proof.tariff_rows import compare_blocks, compare_lines, compare_segments, compare_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.core.quote import Quote
    from gateway.core.tariff import Tariff
    from gateway.proof.tariff_given import Given
    from gateway.proof.tariff_number import Difference

    Comparison = Callable[[object], Iterator[Difference]]


def comparisons(tariff: Tariff, given: Given) -> tuple[dict[str, Comparison], list[Difference]]:
    """Do what the step says; give what can be compared, and what is wrong whatever the case expects."""
    found: dict[str, Comparison] = {"rejections": partial(compare_rejections, tariff=tariff, given=given)}
    wrong: list[Difference] = []
    balance_minor = given.balance_minor or 0
    if given.pays_minor is not None or given.buys_wh is not None:
        quote = _quote(tariff, given)
        if isinstance(quote, QuoteRefused):
            found["refused"] = partial(_compare_refusal, quote=quote)
            return found, [("quote", "a sale", quote.reason.name)]
        found |= _of_quote(tariff, given, quote)
        wrong += _wrong_sum(quote, given)
        balance_minor += quote.credit_minor or 0
    if given.readings is not None:
        found |= _of_debit(tariff, given, balance_minor)
    return found, wrong


def _quote(tariff: Tariff, given: Given) -> Quote | QuoteRefused:
    if given.buys_wh is not None:
        return tariff.quote_energy(given.buys_wh, given.buyer)
    assert given.pays_minor is not None  # noqa: S101 - the caller has seen to one of both
    return tariff.quote(Money(given.pays_minor, tariff.currency), given.buyer)


def _compare_refusal(wanted: object, quote: QuoteRefused) -> Iterator[Difference]:
    if reason_of(str(wanted)) is not quote.reason:
        yield "refused", wanted, quote.sentence


def _wrong_sum(quote: Quote, given: Given) -> Iterator[Difference]:
    """Lines and change are all the money that came: the tender, and what was taken of the account."""
    lines = sum(line.amount.minor for line in quote.lines)
    came = quote.tender.minor + quote.account_minor
    if lines + quote.residual_minor != came or quote.account_minor > given.buyer.account_minor:
        yield "sum of lines and residual", came, lines + quote.residual_minor


def _of_quote(tariff: Tariff, given: Given, quote: Quote) -> dict[str, Comparison]:
    buyer, unit = given.buyer, 10 ** CURRENCY_EXPONENT[tariff.currency]
    option = option_for(tariff.table, buyer)
    steps = () if option is None or quote.credit_minor is not None else option.steps
    holds_money = quote.credit_minor is not None
    kwh = None if holds_money else Fraction(quote.energy_wh, 1000)
    paid = {kind: _sum_of(quote, kind) for kind in LineKind}
    exact: dict[str, Fraction | None] = {
        "kwh": kwh,
        "amount": Fraction(quote.tender.minor, unit),
        "days": Fraction(buyer.days_due),
        "months": Fraction(buyer.months_due),
        "mtd_after": Fraction(buyer.mtd_wh + quote.counted_wh, 1000),
        "ytd_after": Fraction(buyer.ytd_wh + quote.counted_wh, 1000),
        "arrears_after": Fraction(buyer.arrears_minor - paid[LineKind.ARREARS], unit),
        "emergency_after": Fraction(buyer.emergency_minor - paid[LineKind.EMERGENCY], unit),
        "residual_to_account": Fraction(quote.residual_minor, unit),
        "account_after": Fraction(buyer.account_minor - quote.account_minor + quote.residual_minor, unit),
        "preference_cost": Fraction(sum(cost.minor for cost in quote.preference), unit),
        "credit_to_meter": None if quote.credit_minor is None else Fraction(quote.credit_minor, unit),
        "energy_amount": Fraction(paid[LineKind.ENERGY] + paid[LineKind.SUB_ITEM], unit),
        "free_kwh": Fraction(quote.free_wh, 1000),
    }
    rounded: dict[str, Fraction | None] = {
        "kwh_exact": None if holds_money else quote.kwh_exact,
        "amount_exact": _exact_tender(tariff, given, quote) / unit,
    }
    if holds_money and given.balance_minor is not None:
        exact["balance_after"] = Fraction(given.balance_minor + (quote.credit_minor or 0), unit)
    found: dict[str, Comparison] = _figures(exact, is_same) | _figures(rounded, agrees)
    if steps:
        list_rate, own_rate = _comprehensive(tariff, given, quote.blocks[0].number)
        found |= _figures({"comprehensive_list": list_rate, "comprehensive_preferential": own_rate}, agrees)
    return found | {
        "lines": partial(compare_lines, quote=quote),
        "blocks": partial(compare_blocks, "blocks", quote=quote, steps=steps),
        "tiers": partial(compare_blocks, "tiers", quote=quote, steps=steps),
        "tokens": partial(compare_tokens, quote=quote),
        "must_not_equal_kwh": partial(_must_differ, kwh=kwh),
    }


def _of_debit(tariff: Tariff, given: Given, balance_minor: int) -> dict[str, Comparison]:
    assert given.readings is not None  # noqa: S101 - the caller has seen to it
    unit = 10 ** CURRENCY_EXPONENT[tariff.currency]
    debit = tariff.debit(given.readings, balance_minor=balance_minor, buyer=given.user)
    used_wh = sum(wh for _, wh in given.readings)
    exact: dict[str, Fraction | None] = {
        "debit": Fraction(debit.minor, unit),
        "balance_after": Fraction(debit.balance_after_minor, unit),
        "ytd_after": Fraction(given.user.ytd_wh + used_wh, 1000),
        "mtd_after": Fraction(given.user.mtd_wh + used_wh, 1000),
        "kwh": Fraction(used_wh, 1000),
    }
    return (
        _figures(exact, is_same)
        | _figures({"debit_exact": debit.exact / unit}, agrees)
        | {"segments": partial(compare_segments, segments=debit.segments, currency=tariff.currency)}
    )


def _figures(
    figures: dict[str, Fraction | None], same: Callable[[object, Fraction | None], bool]
) -> dict[str, Comparison]:
    return {
        what: partial(_compare_figure, what=what, actual=actual, same=same)
        for what, actual in figures.items()
    }


def _compare_figure(
    wanted: object, what: str, actual: Fraction | None, same: Callable[[object, Fraction | None], bool]
) -> Iterator[Difference]:
    if not same(wanted, actual):
        yield what, wanted, "none" if actual is None else decimal_text(actual, 6)


def _must_differ(wanted: object, kwh: Fraction | None) -> Iterator[Difference]:
    for figure in wanted if isinstance(wanted, list) else [wanted]:
        if is_same(figure, kwh):
            yield "kwh", f"not {figure}", figure


def _sum_of(quote: Quote, kind: LineKind) -> int:
    return sum(line.amount.minor for line in quote.lines if line.kind is kind)


def _exact_tender(tariff: Tariff, given: Given, quote: Quote) -> Fraction:
    """What so much energy costs in minor units before the one rounding; a payment is what it is."""
    plan = tariff.plan(given.buyer)
    if given.buys_wh is None or isinstance(plan, QuoteRefused):
        return Fraction(quote.tender.minor)
    till = till_of(tariff.table, plan, given.buyer, tariff.version)
    blocks = sum((block.gross_minor for block in quote.blocks), Fraction(0))
    cost = (blocks * plan.scale + till.charges()) / plan.share
    exact = tender_for(deductions(tariff.table, given.buyer), cost - quote.account_minor)
    return Fraction(quote.tender.minor) if exact is None else exact


def _comprehensive(tariff: Tariff, given: Given, number: int) -> tuple[Fraction, Fraction]:
    """Form the price of one kWh, in the step where the purchase begins, without and with preferences."""
    option = option_for(tariff.table, given.buyer)
    assert option is not None  # noqa: S101 - there was a quote
    rates = option.steps[number - 1].rates
    entries = [
        entry
        for entry in held_by(tariff.table, given.buyer)
        if entry.cap_wh is None or entry.cap_wh > given.buyer.mtd_wh
    ]
    listed = sum(rates, Fraction(0))
    cuts = stacked(rates, tariff.table.energy.components, entries)
    return listed, listed - sum((cut for of_scheme in cuts for cut in of_scheme.values()), Fraction(0))
