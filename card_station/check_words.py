"""How a card compares with the books, in words: one line a field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from card_station.words import msg
from gateway.codecs.card.profile import PROFILES, Credit, profile_named
from gateway.core.card import CardState
from gateway.core.card_check import CheckedField

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from card_station.words import Words

NAMES: Final[Mapping[CheckedField, str]] = {
    CheckedField.PROFILE: msg("Kind of card"),
    CheckedField.KEY_VERSION: msg("Version of its keys"),
    CheckedField.SYSTEM: msg("Number of the utility"),
    CheckedField.STATE: msg("State in the stock"),
    CheckedField.METER_NO: msg("Meter"),
    CheckedField.CUSTOMER_NO: msg("Customer"),
    CheckedField.COUNT: msg("Number of the last purchase"),
    CheckedField.AMOUNT: msg("Last purchase"),
    CheckedField.WHOLE: msg("Records"),
    CheckedField.RETURNED_METER_NO: msg("Last in the meter"),
    CheckedField.RETURNED_CUSTOMER_NO: msg("That meter's customer"),
    CheckedField.RETURNED_COUNT: msg("Purchases the meter has taken"),
    CheckedField.RETURNED_REMAINING: msg("Left in the meter then"),
}

STATES: Final[Mapping[CardState, str]] = {
    CardState.BLANK: msg("blank, without keys"),
    CardState.PERSONALISED: msg("new, with keys"),
    CardState.ISSUED: msg("with its customer"),
    CardState.LOST: msg("reported lost"),
    CardState.BLOCKED: msg("blocked"),
    CardState.DAMAGED: msg("damaged"),
    CardState.REPLACED: msg("replaced by a newer one"),
    CardState.RETURNED: msg("given back"),
    CardState.CLEARED: msg("cleared, for the next customer"),
    CardState.SCRAPPED: msg("scrapped"),
}

_SAME: Final = msg("the same")
_DIFFERS: Final = msg("differs")
_AMOUNTS: Final = frozenset({CheckedField.AMOUNT, CheckedField.RETURNED_REMAINING})


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A field by its name, on the card and in the books; ``verdict`` "" where one side says nothing."""

    name: str
    on_card: str
    in_books: str
    verdict: str
    differs: bool


def check_lines(
    said: Iterable[Mapping[str, Any]], profile: str, words: Words, currency: str
) -> list[CheckLine]:
    """Put the centre's comparison in words; a field without a name here is named by its code."""
    return [_line(one, profile, words, currency) for one in said]


def _line(one: Mapping[str, Any], profile: str, words: Words, currency: str) -> CheckLine:
    field = next((known for known in CheckedField if known.value == one["field"]), None)
    name = one["field"] if field is None else words.say(NAMES[field])
    on_card, in_books = (_value(field, one[side], profile, words, currency) for side in ("card", "books"))
    agrees = one.get("agrees")
    if field is CheckedField.WHOLE:
        on_card = words.say(msg("not whole"))
    verdict = "" if agrees is None else words.say(_SAME if agrees else _DIFFERS)
    return CheckLine(name, on_card, in_books, verdict, differs=agrees is False)


def _value(field: CheckedField | None, text: str, profile: str, words: Words, currency: str) -> str:
    if field is CheckedField.STATE:
        state = next((known for known in CardState if known.value == text), None)
        return text if state is None else words.say(STATES[state])
    if field in _AMOUNTS and _is_amount(text) and profile in PROFILES:
        is_money = profile_named(profile).credit is Credit.MONEY
        return words.money(int(text), currency) if is_money else words.kwh(int(text))
    return text


def _is_amount(text: str) -> bool:
    return text.removeprefix("-").isdecimal() and text.isascii()
