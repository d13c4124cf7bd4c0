"""A reader of PC/SC: the card is held exclusively from its power-on to its power-off.

A context for each conversation: after a restart of pcscd the ones from before are worth nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.card_reader.pcsc_words import NO_READERS, code_of, library, lost
from gateway.codecs.card.profile import Told
from gateway.codecs.card.steps import Lost

if TYPE_CHECKING:
    from types import ModuleType

_STATUS_SIZE: Final = 2


def readers_there() -> list[str] | Lost:
    """Name the readers that PC/SC has now; NoLibrary where it is not installed."""
    scard = library()
    result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    if result:
        return lost(result, "readers")
    result, there = scard.SCardListReaders(context, [])
    scard.SCardReleaseContext(context)
    if result:
        return [] if code_of(result) == NO_READERS else lost(result, "readers")
    return [str(name) for name in there]


class PcscSlot:
    """A reader by the name that PC/SC has for it, and where it is said, its serial number.

    Never the first one that is there: a station may have two, and a new one may come before them.
    """

    def __init__(self, name: str, serial: str = "") -> None:
        self._scard = library()
        self._name = name
        self._serial = serial

    @property
    def name(self) -> str:
        """Give the name that PC/SC has for it."""
        return self._name

    def connect(self) -> PcscContact | Lost:
        """Take hold of the card that is in it."""
        scard = self._scard
        result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
        if result:
            return lost(result, "connect")
        protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        result, handle, protocol = scard.SCardConnect(
            context, self._name, scard.SCARD_SHARE_EXCLUSIVE, protocols
        )
        if result:
            scard.SCardReleaseContext(context)
            return lost(result, "connect")
        contact = PcscContact(scard, context, handle, protocol)
        trouble = self._begun(handle) or contact.introduce(self._name)
        if trouble is not None:
            contact.release()
            return trouble
        return contact

    def _begun(self, handle: int) -> Lost | None:
        """Take the card for us, and see that it is in the reader with the serial number that was said."""
        scard = self._scard
        result = scard.SCardBeginTransaction(handle)
        if result:
            return lost(result, "connect")
        if not self._serial:
            return None
        result, raw = scard.SCardGetAttrib(handle, scard.SCARD_ATTR_VENDOR_IFD_SERIAL_NO)
        if result:
            return lost(result, "the reader's serial number")
        if bytes(raw).rstrip(b"\0").decode("ascii", "replace") != self._serial:
            return Lost(Told.NO_READER, "a reader with another serial number is plugged in")
        return None


class PcscContact:
    """A card that is held."""

    def __init__(self, scard: ModuleType | Any, context: int, handle: int, protocol: int) -> None:  # noqa: ANN401
        self._scard = scard
        self._context = context
        self._handle = handle
        self._is_t0 = protocol == scard.SCARD_PROTOCOL_T0
        self.atr = b""

    @property
    def protocol(self) -> int:
        """Give the protocol that was agreed on."""
        return 0 if self._is_t0 else 1

    def introduce(self, name: str) -> Lost | None:
        """Take the answer to reset, and see that the card is in the reader that was meant."""
        result, reader, _, _, atr = self._scard.SCardStatus(self._handle)
        if result:
            return lost(result, "answer to reset")
        if reader != name:
            return Lost(Told.NO_READER, "another reader has answered")
        self.atr = bytes(atr)
        return None

    def transmit(self, raw: bytes) -> bytes | Lost:
        """Send a command. A card that leaves in the middle may be told as success without an answer."""
        scard = self._scard
        way = scard.SCARD_PCI_T0 if self._is_t0 else scard.SCARD_PCI_T1
        result, came = scard.SCardTransmit(self._handle, way, list(raw))
        if result:
            return lost(result, "command")
        if len(came) < _STATUS_SIZE:
            return Lost(Told.CARD_GONE, "command: the card did not answer")
        return bytes(came)

    def release(self) -> None:
        """Let go. The power goes off, so that nobody finds the card opened; a card that has left may fail."""
        scard = self._scard
        scard.SCardEndTransaction(self._handle, scard.SCARD_LEAVE_CARD)
        scard.SCardDisconnect(self._handle, scard.SCARD_UNPOWER_CARD)
        scard.SCardReleaseContext(self._context)
