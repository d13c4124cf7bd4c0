"""How the energy was worked out: from the money to the kWh step by step, or from the kWh to the money.

Everything here is exact; the only roundings are those that the tariff makes, and each is named.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from gateway.core.quote import LineKind
from gateway.core.rounding import ROUNDING
from gateway.multi_tariff.explain_figures import (
    ends,
    figure,
    kwh_text,
    major,
    money_text,
    rounded_kwh_text,
    summing,
)
from gateway.multi_tariff.explain_lines import month_name
from gateway.multi_tariff.explanation import rate_in, working_of
from gateway.multi_tariff.explanation_layout import Heading, Note, Row, Total
from gateway.multi_tariff.plain_words import day_text, listed, say, within

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.multi_tariff.explanation import PriceStep, Receipt, Working
    from gateway.multi_tariff.explanation_layout import Item

_WH_PER_KWH: Final = 1000
_DEDUCTED: Final = {
    LineKind.CHANNEL_FEE: "fee_short",
    LineKind.ARREARS: "old_debt",
    LineKind.EMERGENCY: "emergency",
}
_WAYS: Final = {
    "ROUND_DOWN": "down",
    "ROUND_FLOOR": "down",
    "ROUND_UP": "up",
    "ROUND_CEILING": "up",
}
_Addend = tuple[str, Fraction]


def explain_working(receipt: Receipt) -> Iterator[Item]:
    """Show the arithmetic of a quote."""
    working = working_of(receipt)
    yield Heading(say("energy_title" if working.is_by_money else "price_title"))
    yield from _position(receipt)
    if working.is_by_money:
        yield from _by_money(receipt, working)
    else:
        yield from _by_energy(receipt, working)
    yield from _composed(receipt)


def period_name(receipt: Receipt) -> str:
    """Name the time over which the ladder counts."""
    ladder, at = receipt.table.energy.ladder, receipt.buyer.at
    if ladder.begins is None:
        return month_name(receipt)
    if ladder.begins == (1, 1) or at is None:
        return say("of_year") if at is None else str(at.year)
    has_begun = (at.month, at.day, at.hour) >= (*ladder.begins, ladder.hour)
    month, day = ladder.begins
    begun = at.date().replace(year=at.year - (not has_begun), month=month, day=day)
    return say("of_ladder_year", day=day_text(begun))


def _position(receipt: Receipt) -> Iterator[Item]:
    """Say where the counter stood, where it matters for the price."""
    energy, buyer = receipt.table.energy, receipt.buyer
    yield from _season(receipt)
    if energy.bands:
        band = _band(energy.bands, buyer.average_wh or 0)
        if buyer.average_wh is None:
            yield say("average_unknown", band=band)
        else:
            kwh = kwh_text(buyer.average_wh)
            yield say("average", months=energy.months_averaged, kwh=kwh, band=band)
    if receipt.has_steps():
        till = receipt.till()
        free = till.ladder_wh - (buyer.mtd_wh if energy.ladder.begins is None else buyer.ytd_wh)
        key = "bought_before_free" if free else "bought_before" if till.ladder_wh else "bought_first"
        yield say(key, kwh=kwh_text(till.ladder_wh), period=period_name(receipt), free=kwh_text(free))


def _season(receipt: Receipt) -> Iterator[Item]:
    """Name the season and the day's type, where prices depend on them."""
    energy, at = receipt.table.energy, receipt.buyer.at
    if energy.calendar is None or at is None:
        return
    options = energy.options
    names = []
    if len({option.season for option in options}) > 1:
        names.append(energy.calendar.season(at.date()))
    if len({option.day_type for option in options}) > 1:
        names.append(energy.calendar.day_type(at.date()))
    if names:
        yield say("season", names=", ".join(within(name) for name in names))


def _band(bands: Sequence[int | None], average_wh: int) -> str:
    """Name the band of average use."""
    least = 0
    for most in bands:
        if most is None:
            break
        if average_wh <= most:
            key = "band_between" if least else "band_up_to"
            return say(key, least=kwh_text(least), most=kwh_text(most))
        least = most
    return say("band_above", least=kwh_text(least))


def _by_money(receipt: Receipt, working: Working) -> Iterator[Item]:
    """From the tender down to what buys energy, then up the steps of the price."""
    addends = _addends(receipt, working, Fraction(-1))
    costs = [major(block.gross_minor, receipt.currency) for block in receipt.quote.blocks]
    if addends:
        whole: list[_Addend] = [(say("paid"), major(working.money, receipt.currency)), *addends]
        *texts, left = summing([amount for _, amount in whole], receipt.places)
        yield from (Row(text, amount) for (text, _), amount in zip(whole, texts, strict=True))
        yield Total(say("left_for_energy"), left)
        yield ""
    *texts, together = summing(costs, receipt.places)
    yield from _steps(receipt, texts)
    if len(costs) > 1:
        yield Total(say("energy_total", kwh=figure(receipt.quote.kwh_exact)), together)
    yield from _rounded_energy(receipt)


def _by_energy(receipt: Receipt, working: Working) -> Iterator[Item]:
    """From the energy up to what was paid for it."""
    quote, currency = receipt.quote, receipt.currency
    if working.keeps_change:
        yield from _rounded_energy(receipt)
        yield ""
    addends = _addends(receipt, working, Fraction(1))
    costs = [major(block.gross_minor, currency) for block in quote.blocks]
    *texts, together = summing([*costs, *(amount for _, amount in addends)], receipt.places)
    yield from _steps(receipt, texts[: len(costs)])
    yield from (Row(text, amount) for (text, _), amount in zip(addends, texts[len(costs) :], strict=True))
    yield Total(say("cost") if addends else say("energy_total", kwh=kwh_text(quote.energy_wh)), together)
    exact = sum(costs, sum((amount for _, amount in addends), Fraction(0)))
    booked = quote.tender.minor
    beside = list(_beside(receipt)) if working.keeps_change else []
    booked -= sum(minor for _, minor in beside)
    if exact != major(Fraction(booked), currency):
        unit = figure(major(Fraction(receipt.table.rounding.minor_unit), currency))
        yield Row(say("rounded_money", unit=f"{currency} {unit}"), money_text(booked, currency))
    if beside:
        yield from (Row(text, money_text(minor, currency)) for text, minor in beside)
        yield Total(say("paid"), money_text(quote.tender.minor, currency))


def _beside(receipt: Receipt) -> Iterator[tuple[str, int]]:
    """What is rounded by itself beside the energy, where change is kept: debts, fees, the change."""
    quote = receipt.quote
    for line in quote.lines:
        if line.kind in _DEDUCTED:
            yield say("plus", name=say(_DEDUCTED[line.kind])), line.amount.minor
    if quote.account_minor:
        text, _ = _before(Fraction(-quote.account_minor), is_kept=quote.account_minor > 0)
        yield text, -quote.account_minor
    if quote.residual_minor:
        yield say("kept"), quote.residual_minor


def _before(minor: Fraction, *, is_kept: bool) -> _Addend:
    """Name what the account gave (``is_kept``: it had change) or what it owed and is paid now."""
    return say("plus" if minor > 0 else "less", name=say("before" if is_kept else "owed_before")), minor


def _addends(receipt: Receipt, working: Working, sign: Fraction) -> list[_Addend]:
    """What lies between the tender and the cost of the energy: fees, debts, charges, change from before."""
    key = "plus" if sign > 0 else "less"
    found: list[_Addend] = []
    if working.keeps_change:
        return _priced_addends(receipt, working, sign)
    for deduction, minor in working.deducted:
        found.append((say(key, name=say(_DEDUCTED[deduction.kind])), sign * minor))
    if working.account:
        found.append(_before(-sign * working.account, is_kept=working.account > 0))
    amounts = [(text, major(minor, receipt.currency)) for text, minor in found if minor]
    return amounts + _priced_addends(receipt, working, sign)


def _priced_addends(receipt: Receipt, working: Working, sign: Fraction) -> list[_Addend]:
    """Of these, what is priced with the energy: taxes on the money, and charges with their taxes."""
    key, found = "plus" if sign > 0 else "less", []
    if working.on_tender:
        lines = [line.code for line in receipt.till().plan.lines if line.share]
        names = say("tender_tax", names=listed([within(code) for code in lines]))
        found.append((say(key, name=names), sign * working.on_tender))
    for code, is_taxed, minor in working.charges:
        name = say("with_tax", name=within(code)) if is_taxed else within(code)
        found.append((say(key, name=name), sign * minor))
    return [(text, major(minor, receipt.currency)) for text, minor in found if minor]


def _steps(receipt: Receipt, costs: Sequence[str]) -> Iterator[Item]:
    for (step, kwh), cost in zip(receipt.taken(), costs, strict=True):
        yield Row(say("step", kwh=figure(kwh), price=figure(step.price)), cost)
        if receipt.has_steps():
            yield Note(_where(receipt, step))
        if step.cap is not None:
            yield Note(say("step_preferred", cap=figure(step.cap), month=month_name(receipt)))


def _where(receipt: Receipt, step: PriceStep) -> str:
    period, begin = period_name(receipt), figure(step.begin)
    if step.end is None:
        return say("step_above", begin=begin, period=period)
    return say("step_between", begin=begin, end=figure(step.end), period=period)


def _rounded_energy(receipt: Receipt) -> Iterator[Item]:
    """Say how the energy was rounded, and what that left."""
    quote, rule = receipt.quote, receipt.table.rounding
    rest = quote.kwh_exact - Fraction(quote.energy_wh, _WH_PER_KWH)
    if not rest:
        return
    way, unit = _rounding(receipt)
    bought = rounded_kwh_text(quote.energy_wh, rule.wh_unit)
    if rule.carries:
        yield say("rounded_off_kept", kwh=figure(quote.kwh_exact), way=way, unit=unit)
        return
    yield Row(say("rounded_kwh", way=way, unit=unit), say("energy_total", kwh=bought))
    minor = _nearest(abs(rest) * receipt.taken()[-1][0].price * 10**receipt.places)
    money = money_text(minor, receipt.currency)
    if not minor:
        money = say("less_than", amount=money_text(1, receipt.currency))
    yield say("rounded_off" if rest > 0 else "rounded_on", kwh=figure(abs(rest)), money=money)


def _rounding(receipt: Receipt) -> tuple[str, str]:
    """Name the way in which the energy was rounded, and to what."""
    rule, limits = receipt.table.rounding, receipt.table.limits
    name = next(name for name, rounds in ROUNDING.items() if rounds is rule.round_energy)
    way = _WAYS.get(name, "nearest")
    unit_wh = rule.wh_unit
    if rule.carries and limits is not None and limits.multiple_wh is not None:
        unit_wh = max(unit_wh, limits.multiple_wh)
    if unit_wh == _WH_PER_KWH:
        return say(way), say("unit_kwh")
    return say(way), say("unit_near" if way == "nearest" else "unit_part", unit=kwh_text(unit_wh))


def _nearest(number: Fraction) -> int:
    return (2 * number + 1) // 2


def _composed(receipt: Receipt) -> Iterator[Item]:
    """Say what each price is made of; a tax that is inside it has digits without end, so it is only named."""
    plan, table = receipt.till().plan, receipt.table
    if len(receipt.tariff.parts) > 1 or len(plan.lines) == 1:
        return
    steps = list(dict.fromkeys(step for step, _ in receipt.taken()))
    rates = [[rate_in(plan, line, step.column, receipt.places) for line in plan.lines] for step in steps]
    inside = [share.code for share in table.shares if share.is_contained]
    if inside and not all(ends(rate) for column in rates for rate in column):
        yield say("composed_inside", names=listed([within(code) for code in inside]))
        return
    for step, column in zip(steps, rates, strict=True):
        parts = [(line.code, rate) for line, rate in zip(plan.lines, column, strict=True) if rate]
        if len(parts) > 1:
            words = [say("part_rate", price=figure(rate), name=within(code)) for code, rate in parts]
            yield say("composed", price=figure(step.price), parts=listed(words))
