"""Write a comparison for the customer: what both purchases brought, and the causes with their kWh."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from gateway.core.quote import LineKind
from gateway.core.rounding import round_half_up
from gateway.core.tariff.preference import held
from gateway.multi_tariff.compare_quotes import CauseKind, got
from gateway.multi_tariff.explain_figures import figure, kwh_text, money_text, percent_text, rounded_to
from gateway.multi_tariff.explanation import working_of
from gateway.multi_tariff.explanation_layout import PAPER_COLUMNS, Row, Total, laid_out
from gateway.multi_tariff.plain_words import day_text, listed, named, say, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.core.tariff.table import Share
    from gateway.multi_tariff.compare_quotes import Cause, Comparison
    from gateway.multi_tariff.compare_worlds import World
    from gateway.multi_tariff.explanation import Receipt
    from gateway.multi_tariff.explanation_layout import Item

_PLACES: Final = 3
"""Decimals of an effect: a watt-hour."""

_LINES: Final = {
    CauseKind.ARREARS: LineKind.ARREARS,
    CauseKind.EMERGENCY: LineKind.EMERGENCY,
    CauseKind.FEE: LineKind.CHANNEL_FEE,
}


def compare_text(comparison: Comparison, columns: int = PAPER_COLUMNS) -> list[str]:
    """Write the comparison in so many columns; the causes' figures sum to the difference below them."""
    return laid_out(_items(comparison), columns)


def effect_texts(comparison: Comparison) -> list[str]:
    """Write each cause's effect, and the difference as the last: rounded so that they sum on the page."""
    *parts, total = rounded_to([cause.kwh for cause in comparison.causes], _PLACES)
    return [_signed(text) for text in (*parts, total)]


def _items(comparison: Comparison) -> Iterator[Item]:
    first, second = comparison.first, comparison.second
    word = "same_energy" if not comparison.kwh else "less_energy" if comparison.kwh < 0 else "more_energy"
    yield say("compare_title", word=say(word))
    yield ""
    for key, receipt in (("first_bought", first), ("then_bought", second)):
        tender = f"{receipt.currency} {money_text(receipt.quote.tender.minor, receipt.currency)}"
        at = receipt.buyer.at
        yield Row(say(key, money=tender, day="" if at is None else day_text(at.date())), _bought(receipt))
        if receipt.quote.free_wh:
            yield say("with_free", kwh=kwh_text(receipt.quote.free_wh))
    *effects, total = effect_texts(comparison)
    yield ""
    unit = first.currency if first.table.holds_money else "kWh"
    for cause, effect in zip(comparison.causes, effects, strict=True):
        yield Row(cause_text(comparison, cause), f"{effect} {unit}")
    yield Total(say("difference"), f"{total} {unit}")


def _bought(receipt: Receipt) -> str:
    if receipt.quote.credit_minor is not None:
        return f"{receipt.currency} {money_text(receipt.quote.credit_minor, receipt.currency)}"
    return say("energy_total", kwh=figure(got(receipt)))


def _signed(text: str) -> str:
    return text if text.startswith("-") else f"+{text}"


def cause_text(comparison: Comparison, cause: Cause) -> str:
    """Say one cause, with both sides' figures."""
    first, second = comparison.first, comparison.second
    match cause.kind:
        case CauseKind.AMOUNT:
            return say(
                "cause_amount",
                then=_money(second, second.quote.tender.minor),
                first=_money(first, first.quote.tender.minor),
            )
        case CauseKind.ACCOUNT:
            return say(
                "cause_account",
                then=_money(second, second.quote.account_minor),
                first=_money(first, first.quote.account_minor),
            )
        case CauseKind.ARREARS | CauseKind.EMERGENCY | CauseKind.FEE:
            kind = _LINES[cause.kind]
            return say(
                f"cause_{cause.kind.value}",
                then=_money(second, _of(second, kind)),
                first=_money(first, _of(first, kind)),
            )
        case CauseKind.CHARGES:
            return _charges(first, second)
        case CauseKind.TAXES | CauseKind.RATES | CauseKind.RULES | CauseKind.VERSION:
            return _version(comparison, cause)
        case CauseKind.SEASON | CauseKind.BAND | CauseKind.LADDER | CauseKind.FREE | CauseKind.PREFERENCE:
            return _circumstance(comparison, cause)
        case CauseKind.ROUNDING:
            return say("cause_rounding")


def _money(receipt: Receipt, minor: int) -> str:
    return money_text(minor, receipt.currency)


def _of(receipt: Receipt, kind: LineKind) -> int:
    return sum(line.amount.minor for line in receipt.quote.lines if line.kind is kind)


def _charges(first: Receipt, second: Receipt) -> str:
    """Name the fixed charges of both, with their taxes."""
    sums, names = [], {}
    for receipt in (second, first):
        charges = working_of(receipt).charges
        total = sum((minor for _, _, minor in charges), Fraction(0))
        sums.append(_money(receipt, round_half_up(total.numerator, total.denominator)))
        for code, is_taxed, _ in charges:
            names[code] = say("with_tax", name=within(code)) if is_taxed else within(code)
    name = listed(list(names.values()))
    return say("cause_charges", names=name[:1].upper() + name[1:], then=sums[0], first=sums[1])


def _version(comparison: Comparison, cause: Cause) -> str:
    first, second = comparison.first, comparison.second
    sentence = say(f"cause_{cause.kind.value}", then=_since(second), first=_since(first))
    if cause.kind is CauseKind.TAXES:
        changed = _taxes(cause)
        return say("cause_detail", sentence=sentence, detail=listed(changed)) if changed else sentence
    prices = _first_prices(cause)
    return say("cause_detail", sentence=sentence, detail=prices) if prices else sentence


def _since(receipt: Receipt) -> str:
    version = receipt.quote.version
    if receipt.since is None:
        return version
    return say("version_since", version=version, day=day_text(receipt.since))


def _taxes(cause: Cause) -> list[str]:
    """Name the taxes and levies that changed, with both percentages."""
    before, after = (
        {share.code: share for share in world.tariff.table.shares} for world in (cause.before, cause.after)
    )
    found = []
    for code in dict.fromkeys((*before, *after)):
        was, now = _percent(before.get(code)), _percent(after.get(code))
        if was != now:
            found.append(say("tax_changed", name=named(code), then=now, first=was))
    return found


def _percent(share: Share | None) -> str:
    if share is None:
        return "0"
    inside = share.is_contained
    return percent_text(share.factor / (1 - share.factor) if inside else share.factor)


def _first_prices(cause: Cause) -> str:
    before, after = cause.before.first_step(), cause.after.first_step()
    if before is None or after is None or before.price == after.price:
        return ""
    return say("price_changed", then=figure(after.price), first=figure(before.price))


def _circumstance(comparison: Comparison, cause: Cause) -> str:
    """Say what is different about the customer or the moment."""
    first, second = comparison.first.buyer, comparison.second.buyer
    prices = _first_prices(cause)
    match cause.kind:
        case CauseKind.SEASON:
            sentence = say("cause_season", then=_season(comparison.second), first=_season(comparison.first))
        case CauseKind.BAND:
            averages = [
                "?" if one.average_wh is None else kwh_text(one.average_wh) for one in (second, first)
            ]
            sentence = say("cause_band", then=averages[0], first=averages[1])
        case CauseKind.LADDER:
            by_month = comparison.second.table.energy.ladder.begins is None
            then, before = ((one.mtd_wh if by_month else one.ytd_wh) for one in (second, first))
            key = "cause_ladder_month" if by_month else "cause_ladder_year"
            sentence = say(key, then=kwh_text(then), first=kwh_text(before))
        case CauseKind.FREE:
            then, before = comparison.second.quote.free_wh, comparison.first.quote.free_wh
            return say("cause_free", then=kwh_text(then), first=kwh_text(before))
        case _:
            sentence = _preferences(cause.before, cause.after)
    return say("cause_detail", sentence=sentence, detail=prices) if prices else sentence


def _season(receipt: Receipt) -> str:
    at, calendar = receipt.buyer.at, receipt.table.energy.calendar
    if at is None or calendar is None:
        return "?"
    day = at.date()
    words = [word for word in (calendar.season(day), calendar.day_type(day)) if word]
    return f"{day_text(day)} ({', '.join(words)})"


def _preferences(before: World, after: World) -> str:
    was, now = (
        {
            entry.scheme
            for part in world.tariff.parts
            for entry in held(part.table.preferences, world.buyer.schemes, world.preference_day)
        }
        for world in (before, after)
    )
    if was - now and not now - was:
        return say("cause_preference_ended", names=listed(sorted(named(scheme) for scheme in was - now)))
    if now - was and not was - now:
        return say("cause_preference_begun", names=listed(sorted(named(scheme) for scheme in now - was)))
    return say("cause_preference")
