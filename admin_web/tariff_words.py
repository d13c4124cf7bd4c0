"""A tariff's body as rows that can be read: each value with the way to it in words, and differences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from admin_web.cells import State, Tone
from admin_web.tariff_units import with_unit
from admin_web.told import told_or_raw
from admin_web.words import msg
from gateway.core.tariff_life import Standing
from gateway.core.tariff_rules import TariffRefusal
from gateway.multi_tariff.plain_words import named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from admin_web.asked import Asked
    from admin_web.words import Words
    from gateway.core.tariff_rules import TariffRefused, TariffStep

STANDINGS: Final[Mapping[Standing, State]] = {
    Standing.DRAFT: State(msg("draft, waits for a second person"), Tone.WAITING),
    Standing.LAPSED: State(msg("draft, lapsed"), Tone.QUIET),
    Standing.APPROVED: State(msg("approved, its moment is to come"), Tone.GOOD),
    Standing.IN_FORCE: State(msg("in force"), Tone.GOOD),
    Standing.REPLACED: State(msg("replaced"), Tone.QUIET),
    Standing.WITHDRAWN: State(msg("withdrawn"), Tone.QUIET),
}

#: What the names of the format mean; any other stands as it is.
_NAMES: Final[Mapping[str, str]] = {
    "name": msg("Title"),
    "note": msg("Note"),
    "currency": msg("Currency"),
    "timezone": msg("Civil time"),
    "energy": msg("Price of energy"),
    "kind": msg("Kind of price"),
    "rate": msg("Rate"),
    "base_rate": msg("Basic rate"),
    "blocks": msg("Block"),
    "tiers": msg("Step"),
    "bands": msg("Band"),
    "upto_kwh": msg("up to"),
    "add": msg("on top of the basic rate"),
    "reset": msg("Counted anew with each"),
    "ladder_reset": msg("The ladder begins anew on"),
    "rates_include_tax": msg("The rates include tax"),
    "fixed_charges": msg("Charge"),
    "channel_fees": msg("Fee of the channel"),
    "code": msg("Code"),
    "amount": msg("Amount"),
    "amount_per_kw": msg("Amount for each kW of the contracted power"),
    "period": msg("Period"),
    "per": msg("For each"),
    "taxes": msg("Tax"),
    "inclusive": msg("Included in the prices"),
    "base": msg("Taken on"),
    "taken_on": msg("Taken on"),
    "per_kwh_items": msg("Item for each kWh"),
    "percent_items": msg("Percentage"),
    "percent": msg("Part"),
    "arrears": msg("Old debts"),
    "emergency_credit": msg("Emergency credit"),
    "mode": msg("How it is taken"),
    "cap": msg("At most"),
    "order": msg("Taken when"),
    "fixed_rate": msg("Fixed rate"),
    "instalment": msg("Instalment"),
    "free_basic": msg("Free energy"),
    "kwh": msg("Energy"),
    "free_kwh": msg("Free energy"),
    "counts_towards_blocks": msg("Counts in the blocks"),
    "issued": msg("Given"),
    "preferential": msg("Preferential price"),
    "scheme": msg("Scheme"),
    "funder": msg("Paid for by"),
    "valid": msg("Valid"),
    "rebate": msg("Rebate"),
    "factor": msg("Factor"),
    "cap_kwh": msg("Up to"),
    "stacks": msg("Together with others"),
    "sub_items": msg("Sub-item"),
    "sub_item": msg("Sub-item"),
    "comprehensive_rate": msg("Rate in all"),
    "purchase_limits": msg("Limits of a purchase"),
    "min_kwh": msg("Least energy"),
    "max_kwh": msg("Most energy"),
    "kwh_multiple": msg("In multiples of"),
    "max_per_day": msg("Purchases a day"),
    "rounding": msg("Rounding"),
    "kwh_dp": msg("Decimals of energy"),
    "kwh_mode": msg("Energy is rounded"),
    "money_dp": msg("Decimals of money"),
    "money_mode": msg("Money is rounded"),
    "balancing_line": msg("The line that takes the difference"),
    "residual_policy": msg("What is left of the money"),
    "calendar": msg("Calendar"),
    "seasons": msg("Season"),
    "season": msg("Season"),
    "day_types": msg("Kind of day"),
    "holidays": msg("Holiday"),
    "zones": msg("Zone of the day"),
    "hours": msg("Hours"),
    "from": msg("From"),
    "to": msg("Until"),
    "total": msg("In all"),
    "prices": msg("Price"),
}

#: What the words of the format mean.
_WORDS: Final[Mapping[str, str]] = {
    "flat": msg("one rate"),
    "block": msg("blocks, each with a rate of its own"),
    "additive_ladder": msg("a basic rate with steps on top"),
    "average_band": msg("one rate by the average of the months before"),
    "seasonal": msg("by season"),
    "calendar_month": msg("calendar month"),
    "calendar_year": msg("calendar year"),
    "month": msg("month"),
    "day": msg("day"),
    "percent_of_tender": msg("a part of what is paid"),
    "full_first": msg("all of it first"),
    "before_energy": msg("before the energy"),
    "outstanding": msg("what is owed"),
    "absorb": msg("goes into the balancing line"),
    "carry_to_account": msg("stays on the customer's account"),
    "ROUND_DOWN": msg("down"),
    "ROUND_HALF_UP": msg("half up"),
    "ROUND_UP": msg("up"),
    "ROUND_HALF_EVEN": msg("half to even"),
    "ENERGY": msg("energy"),
}

#: Between the parts of the way to a value.
_WAY: Final = " › "  # noqa: RUF001 - an arrow is meant


@dataclass(frozen=True, slots=True)
class BodyRow:
    """A value: its path in the format, and in words; ``before`` is what another body has there."""

    path: str
    label: str
    text: str
    before: str | None = None


def body_rows(asked: Asked, body: Mapping[str, Any]) -> list[tuple[str, list[BodyRow]]]:
    """Give the values of a body, by its parts."""
    parts = []
    for name, value in body.items():
        rows = [
            BodyRow(path, label or asked.words.say(msg("Value")), text)
            for path, label, text in _leaves(asked, body, value, (name, ()))
        ]
        if rows:
            parts.append((_named(asked, name), rows))
    return parts


def differences(asked: Asked, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[BodyRow]:
    """Give what is another value now, what is new, and what is gone (its text is empty)."""
    old = {path: (label, text) for path, label, text in _all(asked, before)}
    new = {path: (label, text) for path, label, text in _all(asked, after)}
    return [
        BodyRow(path, (new.get(path) or old[path])[0], new.get(path, ("", ""))[1], old.get(path, ("", ""))[1])
        for path in dict.fromkeys((*new, *old))
        if old.get(path, ("", ""))[1] != new.get(path, ("", ""))[1]
    ]


def _all(asked: Asked, body: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for name, value in body.items():
        for path, label, text in _leaves(asked, body, value, (name, ())):
            yield path, _WAY.join(part for part in (_named(asked, name), label) if part), text


def _leaves(
    asked: Asked,
    body: Mapping[str, Any],
    value: Any,  # noqa: ANN401 - JSON
    at: tuple[str, tuple[str, ...]],
) -> Iterator[tuple[str, str, str]]:
    """Walk through a value; ``at`` is its path, and the way in words. A list of plain values is one text."""
    path, way = at
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(asked, body, inner, (f"{path}.{name}", (*way, _named(asked, name))))
    elif isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
        for number, inner in enumerate(value, start=1):
            said = (*way[:-1], f"{way[-1]} {number}") if way else (str(number),)
            yield from _leaves(asked, body, inner, (f"{path}[{number - 1}]", said))
    else:
        text = with_unit(asked, body, path, value)
        yield path, _WAY.join(way), text or _text(asked, path.rpartition(".")[2], value)


def _named(asked: Asked, name: str) -> str:
    return asked.words.say(_NAMES[name]) if name in _NAMES else name


def _text(asked: Asked, name: str, value: object) -> str:
    match value:
        case None:
            return asked.words.say(msg("no end")) if name == "upto_kwh" else asked.words.say(msg("none"))
        case bool():
            return asked.words.say(msg("yes")) if value else asked.words.say(msg("no"))
        case list():
            return ", ".join(_text(asked, name, one) for one in value) or asked.words.say(msg("none"))
        case str() if value in _WORDS and name not in {"code", "name", "note"}:
            return asked.words.say(_WORDS[value])
        case _:
            return str(value)


def refusal_said(asked: Asked, refused: TariffRefused) -> str:
    """Say why a step was not taken; what is wrong in a body has its path, and its reader's own words."""
    detail = told_or_raw(asked.words, refused.detail)
    said = asked.words.say(refused.reason.sentence)
    if refused.reason is TariffRefusal.BAD_BODY and detail:
        said = detail
    elif detail:
        said = f"{said} ({detail})"
    return f"{refused.path}: {said}" if refused.path.startswith("body") else said


def warnings_said(asked: Asked, step: TariffStep) -> str:
    """Say what is to be known of a step that was taken."""
    said = (asked.words.say(one.value) for one in step.warnings)
    return " ".join(f"{one[:1].upper()}{one[1:]}." for one in said)


def line_said(words: Words, code: str) -> str:
    """Name a line of a price; of a meter's lesser power type (``ENERGY.shop``) with that."""
    own, _, power_type = code.partition(".")
    name = words.say(named(own))
    return f"{name} ({power_type})" if power_type else name
