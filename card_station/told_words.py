"""What a card or reader that does not do as it should is called in words, with the cure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from card_station.words import msg
from gateway.codecs.card.profile import Told

if TYPE_CHECKING:
    from collections.abc import Mapping

SENTENCES: Final[Mapping[Told, str]] = {
    Told.BUSY: msg("another program has the card in hand; close it and read the card again"),
    Told.CARD_FAULT: msg("the card does not answer as it should; clean it, turn it round, put it in again"),
    Told.CARD_GONE: msg("no card is in the reader, or it was pulled out; put it in and leave it there"),
    Told.FEW_TRIES: msg("the card has too few tries left, so it is left alone; call who keeps the keys"),
    Told.GARBLED: msg("what is on the card cannot be read; put it in again"),
    Told.LOCKED: msg("the card is locked for ever; issue a new one"),
    Told.MISMATCH: msg("what was written was not read back as it should be; put the card in again"),
    Told.NO_KEYS: msg("the centre does not answer for this card's keys; try again in a moment"),
    Told.NO_READER: msg("the reader does not answer; see whether it is plugged in"),
    Told.NOT_AUTHORISED: msg("the centre does not let this be done with the card; read the card again"),
    Told.NOT_GENUINE: msg("the card is not genuine; keep it, and call the supervisor"),
    Told.NOT_ISSUED: msg("the card has nothing of ours on it; take another one"),
    Told.OTHER_CARD: msg("this is another card than the one that is meant; put the right one in"),
    Told.READER_STUCK: msg("the reader hangs; plug it out and in again"),
    Told.STOPPED: msg("it was stopped before the card was changed"),
    Told.TOO_LATE: msg("it took too long; put the card in again"),
    Told.UNFIT: msg("the purchase does not fit on this kind of card"),
    Told.WORN_OUT: msg("the card is worn out; issue a new one"),
    Told.WRONG_CODE: msg("the card does not take its code; do not try again, call who keeps the keys"),
    Told.WRONG_MAC: msg("a seal on the card is wrong; keep the card, and call the supervisor"),
}


def sentence_of(said: str) -> str:
    """Give the sentence of ``card_gone: …`` or of the word alone; what is none of these stays as it is.

    >>> sentence_of("locked: tries"), sentence_of("the payment was taken back")
    ('the card is locked for ever; issue a new one', 'the payment was taken back')
    """
    word = said.partition(":")[0]
    known = next((one for one in Told if one.value == word), None)
    return said if known is None else SENTENCES[known]
