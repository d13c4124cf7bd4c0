"""A reader that is no more than a place in this process: cards are put in and pulled out by a call."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from gateway.codecs.card.profile import Told
from gateway.codecs.card.steps import Lost
from gateway.simulators.card.cells import CardGone

if TYPE_CHECKING:
    from gateway.simulators.card.faults import VirtualCard


class VirtualSlot:
    """A place for one card, as a reader's is: whoever holds a card does so alone, and loses it with it."""

    def __init__(self, name: str, card: VirtualCard | None = None) -> None:
        self.name = name
        self._card = card
        self._lock = Lock()
        self._held: VirtualContact | None = None

    def insert(self, card: VirtualCard) -> None:
        """Put a card in, in the place of what was in it."""
        with self._lock:
            self._card = card

    def remove(self) -> None:
        """Pull the card out."""
        with self._lock:
            self._card = None

    def has(self, card: VirtualCard) -> bool:
        """Is this card still in it?"""
        with self._lock:
            return self._card is card

    def connect(self) -> VirtualContact | Lost:
        """Take hold of the card that is in it."""
        with self._lock:
            if self._card is None:
                return Lost(Told.CARD_GONE, "connect: no card is in the reader")
            if self._held is not None:
                return Lost(Told.BUSY, "connect: another program has the card in hand")
            self._held = VirtualContact(self, self._card)
            return self._held

    def let_go(self) -> None:
        """Nobody holds the card any more."""
        with self._lock:
            self._held = None


class VirtualContact:
    """A card that is held."""

    def __init__(self, slot: VirtualSlot, card: VirtualCard) -> None:
        self._slot = slot
        self._card = card
        self.atr = card.reset()
        self.protocol = card.protocol

    def transmit(self, raw: bytes) -> bytes | Lost:
        """Send a command to the card."""
        try:
            if self._slot.has(self._card):
                return self._card.transmit(raw)
        except CardGone:
            self._slot.remove()
        return Lost(Told.CARD_GONE, "command: the card was pulled out")

    def release(self) -> None:
        """Let go."""
        self._slot.let_go()
