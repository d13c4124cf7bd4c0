"""What a card reader is to whoever has a conversation to hold: a slot by its name, and a card's contacts.

All of it blocks, and is called in the reader's own thread. What a reader or card does wrong comes back as
``Lost``; nothing is raised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from gateway.ports import Clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.codecs.card.steps import Lost


class Contact(Protocol):
    """A card that has power and is held by nobody else, until ``release``."""

    @property
    def atr(self) -> bytes:
        """Give the answer to reset."""

    @property
    def protocol(self) -> int:
        """Give the protocol that was agreed on: 0 or 1, of T=0 and T=1."""

    def transmit(self, raw: bytes) -> bytes | Lost:
        """Send a command; the answer has its status word at least."""

    def release(self) -> None:
        """Take the power off and let go, whatever has happened."""


class Slot(Protocol):
    """A place for one card."""

    @property
    def name(self) -> str:
        """Give the name by which the configuration knows it."""

    def connect(self) -> Contact | Lost:
        """Take hold of the card that is in it."""


class Loop(Clock, Protocol):
    """The reactor, as far as a reader needs it."""

    def callFromThread(self, callable: Callable[..., object], *args: object) -> object:  # noqa: A002, N802
        """Call in the reactor's thread (Twisted's name and signature)."""
