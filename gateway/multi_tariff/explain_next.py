"""Preferential prices and who bears them, and what counts at the next purchase."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from gateway.core.tariff.preference import held
from gateway.core.tariff.table import TOTAL, Period
from gateway.multi_tariff.explain_figures import figure, kwh_text, money_text, percent_text
from gateway.multi_tariff.explain_lines import month_name
from gateway.multi_tariff.explain_working import period_name
from gateway.multi_tariff.explanation_layout import Heading, Row
from gateway.multi_tariff.plain_words import listed, named, say, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.core.quote import PreferenceCost
    from gateway.core.tariff.table import Preference
    from gateway.multi_tariff.explanation import Receipt
    from gateway.multi_tariff.explanation_layout import Item


def explain_preference(receipt: Receipt) -> Iterator[Item]:
    """Name each scheme, what it makes cheaper, what it saved and who bears it."""
    costs, entries = receipt.quote.preference, _held(receipt)
    month_wh = receipt.till().month_wh
    used_up = [entry for entry in entries if entry.cap_wh is not None and entry.cap_wh <= month_wh]
    if costs or used_up:
        yield Heading(say("preference_title"))
    for cost in costs:
        yield from (
            _rule(receipt, entry) for entry in entries if _counts(entry, cost) and entry not in used_up
        )
        yield Row(say("preference_saved"), money_text(cost.minor, receipt.currency))
        yield _funder(cost.funder)
    for entry in used_up:
        yield say("preference_used_up", rule=_rule(receipt, entry))


def _held(receipt: Receipt) -> list[Preference]:
    """All entries of the price sheets that the buyer has."""
    buyer = receipt.buyer
    day = None if buyer.at is None else buyer.at.date()
    sheets = [part.table.preferences for part in receipt.tariff.parts]
    return [entry for sheet in sheets for entry in held(sheet, buyer.schemes, day)]


def _counts(entry: Preference, cost: PreferenceCost) -> bool:
    is_same = (entry.scheme, entry.funder) == (cost.scheme, cost.funder)
    return is_same and entry.target in {TOTAL, *(code for code, _ in cost.of)}


def _funder(account: str) -> str:
    """Name who bears a preference: the second word of a receivable's account, ``AR:CITY:SUBSIDY``."""
    if not account:
        return say("preference_by", funder=say("utility"))
    funder = account.split(":")[1 if ":" in account else 0].replace("_", " ").capitalize()
    return say("preference_by_account", funder=funder, account=account)


def _rule(receipt: Receipt, entry: Preference) -> str:
    target = say("whole_price") if entry.target == TOTAL else say("the", name=within(entry.target))
    scheme = named(entry.scheme)
    if entry.fixed is not None:
        price = figure(entry.fixed, receipt.places)
        rule = say("preference_fixed", scheme=scheme, price=price, target=target)
    elif not entry.factor:
        rule = say("preference_free", scheme=scheme, target=target)
    else:
        rule = say("preference_factor", scheme=scheme, percent=percent_text(1 - entry.factor), target=target)
    return rule if entry.cap_wh is None else say("preference_cap", rule=rule, cap=kwh_text(entry.cap_wh))


def explain_next(receipt: Receipt) -> Iterator[Item]:
    """Say how far the counters have got and what the next kWh cost."""
    quote, table = receipt.quote, receipt.table
    yield Heading(say("next_title"))
    if quote.credit_minor is not None:
        yield say("credit_counts")
    else:
        yield from _next_prices(receipt)
    due = receipt.till().due
    charges = [
        charge.code
        for charge, units in zip(table.charges, due, strict=bool(due))
        if units and charge.period is Period.MONTH
    ]
    if charges:
        month = month_name(receipt)
        yield say("next_plus_fee", month=month, names=listed([within(code) for code in charges]))
    if quote.free_wh:
        yield say("free_given", month=month_name(receipt))


def _next_prices(receipt: Receipt) -> Iterator[Item]:
    period, after = period_name(receipt), list(islice(receipt.steps_after(), 2))
    if receipt.has_steps():
        energy, buyer = receipt.table.energy, receipt.buyer
        before_wh = buyer.mtd_wh if energy.ladder.begins is None else buyer.ytd_wh
        yield say("counted", kwh=kwh_text(before_wh + receipt.quote.counted_wh), period=period)
    step = after[0]
    price = figure(step.price)
    if step.width is not None:
        following = figure(after[1].price)
        yield say("next_step", kwh=figure(step.width), period=period, price=price, after=following)
    elif receipt.has_steps():
        yield say("next_last", period=period, price=price)
    else:
        yield say("next_flat", price=price)
    taxes = [within(line.code) for line in receipt.till().plan.lines if line.share]
    if taxes:
        yield say("next_tender_tax", names=listed(taxes))
