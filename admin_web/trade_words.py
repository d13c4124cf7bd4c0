"""What the books' own words are called on pages: kinds of entries, notices, troubles.

The books name things by short words that never change; whoever reads a page wants a phrase. A word that is
not here yet (a newer kind) is shown as it is. What meters and sales are called stands in ``file_words.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.cells import Called, Code, Link, Said
from admin_web.words import msg
from gateway.core.counter import station_of
from gateway.core.ledger import EntryKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from admin_web.cells import Cell

ENTRY_KINDS: Final[Mapping[str, str]] = {
    EntryKind.SALE.value: msg("Sale: paid, and the credit went out at once"),
    EntryKind.HOLD.value: msg("Hold: paid, and the credit waits"),
    EntryKind.POST.value: msg("Post: the waiting credit went out"),
    EntryKind.VOID.value: msg("Void: the waiting credit was given back"),
    EntryKind.REVERSE.value: msg("Reversal of an entry"),
    EntryKind.DEPOSIT.value: msg("Deposit to a bank's float"),
    EntryKind.CLAIM.value: msg("Claim: reversed after the token was out"),
    EntryKind.CLAIM_UPHELD.value: msg("End of a claim: the bank pays after all"),
    EntryKind.CLAIM_CONCEDED.value: msg("End of a claim: written off"),
    EntryKind.READING.value: msg("A meter was read"),
    EntryKind.PRESET.value: msg("Preset energy: a first purchase will pay for it"),
    EntryKind.LEAVING.value: msg("A meter left: what was left in it is taken back"),
    EntryKind.OPENING.value: msg("Opening arrears: owed from before"),
    EntryKind.FEE.value: msg("Fee: owed, or paid at once"),
    EntryKind.DEBT.value: msg("Debt: paid at a counter"),
    EntryKind.REFUND.value: msg("Refund: paid out from a drawer"),
    EntryKind.CASH_OUT.value: msg("Beginning of a shift: cash out of the safe"),
    EntryKind.HAND_IN.value: msg("End of a shift: the drawer was counted and handed in"),
    EntryKind.TAKEN_OFF.value: msg("Taken off its card: the credit waits again"),
    EntryKind.TRANSFER.value: msg("Transfer: what was taken back went out for the new meter"),
    EntryKind.RESET.value: msg("Reset for selling: the meter has what was sold"),
    EntryKind.REISSUE.value: msg("Reset for selling: lost tokens were made once more"),
    EntryKind.MANAGEMENT.value: msg("Management token, without money or energy"),
}

NOTICE_KINDS: Final[Mapping[str, str]] = {
    "token_issued": msg("Notice: the token is out"),
    "credit_waiting": msg("Notice: a credit waits"),
    "credit_delivered": msg("Notice: a credit is in its meter"),
}

TROUBLE_KINDS: Final[Mapping[str, str]] = {
    "undelivered": msg("A notice could not be delivered"),
    "no_token": msg("No token can be made"),
    "reversed_before_payment": msg("Reversed before the payment came"),
    "reversed_after_token": msg("Reversed after the token was out"),
    "credit_overdue": msg("A credit has waited for too long"),
    "unread_tariff": msg("A tariff cannot be read"),
    "counter_ahead": msg("A meter has taken more than was sold"),
    "remote_refused": msg("A meter refused an order over its line"),
    "remote_unarrived": msg("A credit has not reached its meter"),
    "terms_not_begun": msg("A change of terms could not begin"),
    "reference_reused": msg("A reference was used for another payment"),
    "tokens_too_fast": msg("Too many tokens for one meter"),
    "advice_refused": msg("The customer has paid, and the payment was refused"),
}


#: Lines of a price whose code is a word of its own; others are named by ``plain_words.named``.
LINE_NAMES: Final = (msg("VAT"),)


def entry_kind(kind: str) -> Cell:
    """Say what an entry is."""
    return _said(ENTRY_KINDS, kind)


def notice_kind(kind: str) -> str:
    """Give the sentence of a notice's kind, or the kind itself."""
    return NOTICE_KINDS.get(kind, kind)


def trouble_kind(kind: str) -> str:
    """Give the sentence of a trouble's kind, or the kind itself."""
    return TROUBLE_KINDS.get(kind, kind)


def _said(sentences: Mapping[str, str], word: str) -> Cell:
    sentence = sentences.get(word)
    return Code(word) if sentence is None else Said(sentence)


def taken_by(name: str) -> Cell:
    """Say who took a sale's money: a bank by its code, or one of our counters by its station's."""
    station = station_of(name)
    return name if station is None else Called(msg("Counter %(name)s"), station)


def taken_link(name: str) -> Link:
    """Say the same, with the page of the bank, or the shifts of the counter."""
    station = station_of(name)
    path = f"/banks/{name}" if station is None else f"/shifts?station={station}&state="
    return Link(taken_by(name), path)
