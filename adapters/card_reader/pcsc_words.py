"""What PC/SC says, as the dialogue is told it; the codes are those of pcsc-lite's ``pcsclite.h``."""

from __future__ import annotations

from typing import Any, Final

from gateway.codecs.card.profile import Told
from gateway.codecs.card.steps import Lost

CANCELLED: Final = 0x80100002
UNKNOWN_READER: Final = 0x80100009
TIMEOUT: Final = 0x8010000A
NO_READERS: Final = 0x8010002E

_CODE: Final = 0xFFFFFFFF
_TOLD: Final = {
    0x80100003: (Told.NO_READER, "the reader was lost"),  # the service was restarted meanwhile
    UNKNOWN_READER: (Told.NO_READER, "there is no such reader"),
    0x8010000B: (Told.BUSY, "another program has the card in hand"),
    0x8010000C: (Told.CARD_GONE, "no card is in the reader"),
    0x8010000F: (Told.CARD_FAULT, "the card speaks neither T=0 nor T=1"),
    0x80100013: (Told.NO_READER, "the line to the reader is disturbed"),
    # The card has gone, and the service has not noticed yet: it looks every 0.4 seconds.
    0x80100016: (Told.CARD_GONE, "the card did not answer"),
    0x80100017: (Told.NO_READER, "the reader was unplugged"),
    0x8010001D: (Told.NO_READER, "the service of the readers (pcscd) is not running"),
    0x8010001E: (Told.NO_READER, "the service of the readers (pcscd) has ended"),
    NO_READERS: (Told.NO_READER, "there is no reader at all"),
    0x8010002F: (Told.NO_READER, "the line to the reader is disturbed"),
    0x80100066: (Told.CARD_FAULT, "the card does not answer its reset"),
    0x80100067: (Told.CARD_GONE, "the card has no power"),
    0x80100068: (Told.BUSY, "another program has reset the card"),
    0x80100069: (Told.CARD_GONE, "the card was pulled out"),
    0x8010006A: (Told.NO_READER, "this user may not use the readers"),
}


class NoLibrary(Exception):  # noqa: N818 - said to the operator as it is
    """The part of Powertill for card stations is not installed."""


def library() -> Any:  # noqa: ANN401 - pyscard has no types
    """Give pyscard's calls as they are; NoLibrary where it is not installed.

    Its classes above them are not used: their monitor of cards is one thread for all, which ends for good
    when the service is restarted.
    """
    try:
        from smartcard import scard  # noqa: PLC0415 - most machines have no reader, and not this library either
    except ImportError:
        raise NoLibrary("pyscard is not installed; cure: pip install powertill[station]") from None
    return scard


def code_of(result: int) -> int:
    """Give a result as it stands in ``pcsclite.h``; pyscard gives some of them signed."""
    return result & _CODE


def lost(result: int, what: str) -> Lost:
    """Say what a result means for a conversation."""
    told, meaning = _TOLD.get(code_of(result), (Told.NO_READER, "the reader gave up"))
    return Lost(told, f"{what}: {meaning} ({code_of(result):08X})")
