"""Where the money went: each line of the receipt with its rule in words, down to the sum that was paid."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from gateway.core.quote import LineKind
from gateway.core.tariff.table import ENERGY, ENERGY_NET, TENDER, Period, ShareKind
from gateway.multi_tariff.explain_figures import ends, figure, kwh_text, major, money_text, percent_text
from gateway.multi_tariff.explanation import rate_in, working_of
from gateway.multi_tariff.explanation_layout import Heading, Row, Total
from gateway.multi_tariff.plain_words import MONTHS, listed, named, say, within

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.core.quote import QuoteLine
    from gateway.core.tariff.deduction import Deduction
    from gateway.core.tariff.table import Charge, Share, TariffTable
    from gateway.multi_tariff.explanation import Receipt
    from gateway.multi_tariff.explanation_layout import Item


def explain_lines(receipt: Receipt) -> Iterator[Item]:
    """Name every line with its amount; they sum to the tender, which is the last row."""
    quote, currency = receipt.quote, receipt.currency
    yield Heading(say("lines_title"))
    for line in quote.lines:
        yield Row(_of_part(receipt, line, line_text(receipt, line)), money_text(line.amount.minor, currency))
    if quote.residual_minor:
        yield Row(say("kept"), money_text(quote.residual_minor, currency))
    if quote.account_minor:
        text = say("from_account" if quote.account_minor > 0 else "account_owed")
        yield Row(text, money_text(-quote.account_minor, currency))
    yield Total(say("lines_total"), money_text(quote.tender.minor, currency))
    balancing = _balancing_name(receipt)
    if len(quote.lines) > 1:
        unit = figure(major(Fraction(receipt.table.rounding.minor_unit), currency), 0)
        if quote.credit_minor is None:
            exact = sum((block.kwh_exact for block in quote.blocks), Fraction(0))
            yield say("rounded_lines", kwh=figure(exact), unit=f"{currency} {unit}", name=balancing)
        else:
            yield say("rounded_lines_money", unit=f"{currency} {unit}", name=balancing)


def month_name(receipt: Receipt) -> str:
    """Name the month of the purchase."""
    at = receipt.buyer.at
    return say("this_month") if at is None else MONTHS[at.month - 1]


def line_text(receipt: Receipt, line: QuoteLine) -> str:
    """Say a line's rule in words."""
    match line.kind:
        case LineKind.ARREARS | LineKind.EMERGENCY:
            return _debt(receipt, line)
        case LineKind.CHANNEL_FEE:
            return _fee(receipt)
        case LineKind.CHARGE:
            charge = next(charge for charge in receipt.table.charges if charge.code == line.code)
            return charge_text(receipt, charge)
        case LineKind.TAX | LineKind.SHARE | LineKind.REBATE:
            table = _table_of(receipt, line)
            share = next(share for share in table.shares if share.code == line.code)
            return _share(receipt, share, line.part)
        case LineKind.ENERGY | LineKind.SUB_ITEM | LineKind.KWH_ITEM:
            return _priced(receipt, line)


def _table_of(receipt: Receipt, line: QuoteLine) -> TariffTable:
    return next(part.table for part in receipt.tariff.parts if part.name == line.part)


def _of_part(receipt: Receipt, line: QuoteLine, text: str) -> str:
    """Say which power type a line of a shared meter belongs to."""
    if not line.part or line.kind is LineKind.CHARGE:
        return text
    percents = {part.name: part.percent for part in receipt.tariff.parts}
    return say("line_part", line=text, part=within(line.part), percent=percents[line.part])


def _balancing_name(receipt: Receipt) -> str:
    plan = receipt.till().plan
    return named(plan.lines[plan.balancing].code)


def _priced(receipt: Receipt, line: QuoteLine) -> str:
    """Name the line; with its price where that is the same for every kWh and nothing else is in it."""
    plan, due = receipt.till().plan, receipt.till().due
    own = next(one for one in plan.lines if (one.code, one.part) == (line.code, line.part))
    rates = {rate_in(plan, own, step.column, receipt.places) for step, _ in receipt.taken()}
    name, taxes = named(line.code), _taxes_inside(receipt, line)
    codes = [charge.code for charge in receipt.table.charges]
    charges = [
        within(code) for code, rate, units in zip(codes, own.charges, due, strict=False) if rate and units
    ]
    if charges:
        return say("line_net_charges", name=name, taxes=taxes, charges=listed(charges))
    if receipt.quote.credit_minor is None and len(rates) == 1 and ends(rate := next(iter(rates))):
        return say("line_each", name=name, price=figure(rate))
    if taxes:
        return say("line_net", name=name, taxes=taxes)
    return say("line_steps", name=name) if len(rates) > 1 else name


def _taxes_inside(receipt: Receipt, line: QuoteLine) -> str:
    """Name the taxes that are taken out of this line; "" where there are none."""
    if line.kind is LineKind.KWH_ITEM:
        return ""
    return listed([within(share.code) for share in _table_of(receipt, line).shares if share.is_contained])


def _share(receipt: Receipt, share: Share, part: str) -> str:
    name = named(share.code)
    if share.kind is ShareKind.TAX and (share.is_contained or not ends(share.factor)):
        percent = percent_text(share.factor / (1 - share.factor))
        return say("line_inside" if share.is_contained else "line_inside_paid", name=name, percent=percent)
    rebates = {other.code for other in receipt.table.shares if other.factor < 0}
    codes = _present(receipt, share, part)
    parts = listed([_part_name(receipt, code) for code in codes if code not in rebates])
    if any(code in rebates for code in codes):
        others = listed([_part_name(receipt, code) for code in codes if code in rebates])
        parts = say("less_parts", parts=parts, others=others)
    key = "line_rebate" if share.factor < 0 else "line_share"
    return say(key, name=name, percent=percent_text(abs(share.factor)), parts=parts)


def _present(receipt: Receipt, share: Share, part: str) -> Sequence[str]:
    """The lines of a base that are on this receipt: no tax is due on a fee that is paid."""
    there = {line.code for line in receipt.quote.lines} | {ENERGY, TENDER}
    return [code for code in share.base or _all_before(receipt, share, part) if code in there]


def _all_before(receipt: Receipt, share: Share, part: str) -> Sequence[str]:
    """The lines that a share without a base is taken of: all that is priced before it, and taxed."""
    untaxed = {charge.code for charge in receipt.table.charges if not charge.is_taxed}
    codes = [line.code for line in receipt.till().plan.lines if line.part == part]
    before = codes[: codes.index(share.code)]
    tables = {one.name: one.table for one in receipt.tariff.parts}
    own = {ENERGY_NET, *tables[part].energy.components}
    return list(dict.fromkeys(ENERGY if code in own else code for code in before if code not in untaxed))


def _part_name(receipt: Receipt, code: str) -> str:
    if code == TENDER and not _has_deductions(receipt):
        return say("lines_total")[:1].lower() + say("lines_total")[1:]
    name = within(code)
    return name if name.isupper() or code == TENDER else say("the", name=name)


def _has_deductions(receipt: Receipt) -> bool:
    kinds = {LineKind.ARREARS, LineKind.EMERGENCY, LineKind.CHANNEL_FEE}
    return bool(receipt.quote.account_minor) or any(line.kind in kinds for line in receipt.quote.lines)


def charge_text(receipt: Receipt, charge: Charge) -> str:
    """Say what a fixed charge is for: the months or days, and the contracted power."""
    buyer = receipt.buyer
    amount = charge.amount * (1000 if charge.is_per_watt else 1)
    texts = {"name": named(charge.code), "amount": figure(amount, receipt.places)}
    texts["kw"] = kwh_text(buyer.contract_w)
    key = "charge_days" if charge.period is Period.DAY else "charge_month"
    if charge.period is Period.DAY:
        texts["days"] = say("one_day") if buyer.days_due == 1 else say("days", count=buyer.days_due)
    else:
        texts["months"] = _months(month_name(receipt), buyer.months_due - 1 if charge.accrues else 0)
    return say(f"{key}_power" if charge.is_per_watt else key, **texts)


def _months(month: str, missed: int) -> str:
    if missed <= 0:
        return month
    if missed == 1:
        return say("month_missed_one", month=month)
    return say("month_missed", month=month, count=missed)


def _fee(receipt: Receipt) -> str:
    channel = receipt.buyer.channel
    fees = {fee.channel: fee for fee in receipt.table.channel_fees}
    fee = fees.get(channel, fees.get(""))
    assert fee is not None  # noqa: S101 - the line is there
    parts = []
    if fee.amount:
        parts.append(say("fee_amount", amount=figure(fee.amount, receipt.places)))
    if fee.share:
        parts.append(say("fee_share", percent=percent_text(fee.share)))
    return say("fee_channel" if channel else "fee", channel=channel, rule=listed(parts))


def _debt(receipt: Receipt, line: QuoteLine) -> str:
    """Say which part of the payment a debt takes, and what is left of it."""
    is_arrears = line.kind is LineKind.ARREARS
    owed = receipt.buyer.arrears_minor if is_arrears else receipt.buyer.emergency_minor
    word, left = say("old_debt" if is_arrears else "emergency"), owed - line.amount.minor
    deduction, exact = _deducted(receipt, line)
    currency = receipt.currency
    texts = {"debt": word, "owed": money_text(owed, currency), "left": money_text(left, currency)}
    if not left:
        return say("debt_all", **texts)
    if exact == deduction.ceiling:
        return say("debt_instalment", **texts)
    return say("debt_share", percent=percent_text(deduction.share), **texts)


def _deducted(receipt: Receipt, line: QuoteLine) -> tuple[Deduction, Fraction]:
    return next(one for one in working_of(receipt).deducted if one[0].kind is line.kind)
