"""What is said of cards, and of the purchases on their way to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from admin_web.cells import Amount, Code, Heard, Link, Said, State, Tone
from admin_web.words import msg
from gateway.core.card import CardKind, CardState
from gateway.core.card_order import CardOrderState
from gateway.core.ledger import WATT_HOURS
from gateway.core.timeline import moment_of
from gateway.office.card_lines import kinds_of_card

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.diary_changes import Telling
    from gateway.core.card_order import CardOrder
    from gateway.core.views_cards import CardOrderRow

CARD_STATES: Final[Mapping[CardState, State]] = {
    CardState.BLANK: State(msg("without keys"), Tone.QUIET),
    CardState.PERSONALISED: State(msg("may be issued"), Tone.GOOD),
    CardState.ISSUED: State(msg("with its customer"), Tone.GOOD),
    CardState.LOST: State(msg("lost"), Tone.BAD),
    CardState.BLOCKED: State(msg("lost and blocked"), Tone.BAD),
    CardState.DAMAGED: State(msg("damaged"), Tone.BAD),
    CardState.REPLACED: State(msg("replaced by another"), Tone.QUIET),
    CardState.RETURNED: State(msg("returned to us"), Tone.WAITING),
    CardState.CLEARED: State(msg("cleared, may be issued"), Tone.GOOD),
    CardState.SCRAPPED: State(msg("taken out of use"), Tone.QUIET),
}

ORDER_STATES: Final[Mapping[CardOrderState, State]] = {
    CardOrderState.QUOTED: State(msg("quoted"), Tone.QUIET),
    CardOrderState.RESERVED: State(msg("reserved, nothing written yet"), Tone.WAITING),
    CardOrderState.WRITING: State(msg("being written"), Tone.WAITING),
    CardOrderState.WRITTEN: State(msg("written"), Tone.GOOD),
    CardOrderState.IN_DOUBT: State(msg("in doubt"), Tone.BAD),
    CardOrderState.CONFIRMED: State(msg("on the card"), Tone.GOOD),
    CardOrderState.VOID: State(msg("given up, nothing written"), Tone.QUIET),
    CardOrderState.REISSUED: State(msg("waits for the new card"), Tone.WAITING),
    CardOrderState.CLEARING: State(msg("Being taken off the card"), Tone.WAITING),
}

ORDER_KINDS: Final[Mapping[CardKind, str]] = {
    CardKind.OPEN: msg("the meter's first card"),
    CardKind.PURCHASE: msg("purchase"),
    CardKind.SUPPLEMENT: msg("on a card in the place of another"),
}

#: What kinds of cards are called; one that is not here goes by the name in its own table.
KIND_TITLES: Final[Mapping[str, str]] = {
    "gdw365": msg("Q/GDW 365 user card"),
    "powertill-cpu": msg("Powertill CPU card"),
    "sle4442": msg("SLE4442 memory card"),
}

#: Why a purchase is in doubt, or was given up: what a station says of its card or reader.
TOLD: Final[Mapping[str, str]] = {
    "busy": msg("another program had the card"),
    "card_fault": msg("the card did not answer, or not as a card does"),
    "card_gone": msg("the card was pulled out"),
    "few_tries": msg("the card has too few tries left"),
    "garbled": msg("the card's records could not be read"),
    "locked": msg("the card has locked itself"),
    "mismatch": msg("the card holds something else than was written"),
    "no_keys": msg("the keys of the card were not at hand"),
    "no_reader": msg("the reader was not there"),
    "not_authorised": msg("the card did not let the station write"),
    "not_genuine": msg("the card is not genuine"),
    "not_issued": msg("nobody has this card"),
    "other_card": msg("it was another card"),
    "reader_stuck": msg("the reader did not come back"),
    "stopped": msg("it was stopped"),
    "too_late": msg("it took too long"),
    "unfit": msg("it does not fit on the card"),
    "worn_out": msg("the card is worn out"),
    "wrong_code": msg("the card's code was not right"),
    "wrong_mac": msg("the card did not take the seal"),
    "the payment was taken back": msg("the payment was taken back"),
    "the card has become another customer's": msg("the card has become another customer's"),
}

#: How readers stand, as stations say it.
READER_STATES: Final[Mapping[str, str]] = {
    "free": msg("ready"),
    "busy": msg("at work"),
    "suspect": msg("does not answer: plug it out and in again"),
    "closed": msg("switched off"),
    "no_reader": msg("not plugged in"),
    "empty": msg("without a card"),
    "card": msg("with a card"),
    "mute": msg("with a card that does not answer"),
}


def card_path(serial: str) -> str:
    """Name the page of a card, whose serial number is hex."""
    return f"/cards/{serial}"


def card_cell(serial: str) -> Link:
    """Name a card, with its page."""
    return Link(Code(serial), card_path(serial))


def kind_titles() -> dict[str, str]:
    """Name the kinds of cards that there are, for people."""
    return {one.name: KIND_TITLES.get(one.name, one.title) for one in kinds_of_card()}


def kind_title(profile: str) -> Said:
    """Name a kind of card for people; a kind that is not known is its name."""
    return Said(kind_titles().get(profile, profile))


def why_cell(told: str) -> Cell:
    """Say why a purchase is in doubt or void; what is not known stands as it was told, nothing as nothing."""
    if not told:
        return None
    return Said(TOLD[told]) if told in TOLD else Heard(told)


def amount_cell(profile: str, amount: int, currency: str) -> Amount:
    """Say what a purchase puts on its kind of card: money or energy."""
    is_money = any(one.is_money for one in kinds_of_card() if one.name == profile)
    return Amount(amount, currency if is_money else WATT_HOURS)


def purchase_lines(asked: Asked, rows: Iterable[CardOrderRow]) -> list[tuple[Cell, ...]]:
    """Give purchases as lines of a table: when, number, amount, card, state, why, station, sale."""
    return [
        (
            moment_of(row.order.at_us),
            row.order.number,
            amount_cell(row.order.profile, row.order.amount, asked.me.currency),
            card_cell(row.order.serial),
            ORDER_STATES[row.order.state],
            why_cell(row.order.told),
            Code(row.order.station),
            Link(Code(str(row.receipt_no)), f"/sales/{row.sale_id}"),
        )
        for row in rows
    ]


def stands_at(order: CardOrder) -> tuple[State, str]:
    """Say where a purchase stands, and at which station that was."""
    return ORDER_STATES[order.state], order.station


def state_told(value: str, telling: Telling) -> str:
    """Say a card's state as an amendment keeps it."""
    return telling.words.say(CARD_STATES[CardState(value)].sentence)


def order_state_told(value: str, telling: Telling) -> str:
    """Say a purchase's state as an amendment keeps it."""
    return telling.words.say(ORDER_STATES[CardOrderState(value)].sentence)


def order_kind_told(value: str, telling: Telling) -> str:
    """Say a purchase's kind as an amendment keeps it."""
    return telling.words.say(ORDER_KINDS[CardKind(value)])


def why_told(value: str, telling: Telling) -> str:
    """Say why a purchase is in doubt or void, as an amendment keeps it."""
    return telling.words.say(TOLD[value]) if value in TOLD else value


def amount_told(row: Mapping[str, Any], telling: Telling) -> str:
    """Say what a purchase puts on its card, as an amendment keeps it; ``Any`` because that is JSON."""
    amount = amount_cell(row["profile"], row["amount"], telling.currency)
    return telling.shown.amount(amount.amount, amount.unit)
