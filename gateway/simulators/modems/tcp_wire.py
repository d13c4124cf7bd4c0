"""What a TCP connection is where it stands for a serial cable or a telephone: quick, and never full."""

from __future__ import annotations

from typing import Any, Final

from twisted.internet.interfaces import IPushProducer
from twisted.internet.protocol import Protocol
from zope.interface import implementer

WAITING_OCTETS_MAX: Final = 64 * 1024
"""Octets that wait for the other end to fetch them; more are lost, as on a line without RTS/CTS."""


@implementer(IPushProducer)
class TcpWire(Protocol):
    """A connection. Where its peer fetches nothing, octets are lost instead of kept for ever."""

    #: Twisted's transports are several interfaces at once.
    transport: Any

    def __init__(self) -> None:
        self._is_full = False
        self._is_open = False

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        """Send small pieces at once."""
        self._is_open = True
        self.transport.setTcpNoDelay(True)
        self.transport.bufferSize = WAITING_OCTETS_MAX
        self.transport.registerProducer(self, True)  # noqa: FBT003 - Twisted's own: it pushes

    def send(self, octets: bytes) -> None:
        """Send, unless too much waits already."""
        if self._is_open and not self._is_full:
            self.transport.write(octets)

    def hang_up(self) -> None:
        """End it, behind what was sent."""
        if self._is_open:
            self._is_open = False
            # A producer that is paused would keep the connection open.
            self.transport.unregisterProducer()
            self.transport.loseConnection()

    def connectionLost(self, reason: object = None) -> None:  # noqa: ARG002, N802 - however it ended
        """Note the end."""
        self._is_open = False

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's name
        """Lose what comes: Twisted says that too much waits."""
        self._is_full = True

    def resumeProducing(self) -> None:  # noqa: N802 - Twisted's name
        """Send again."""
        self._is_full = False

    def stopProducing(self) -> None:  # noqa: N802 - Twisted's name
        """Send no more."""
        self._is_full = True
