"""A modem's port behind a serial server: each TCP connection is somebody who has opened it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.protocol import Factory

from gateway.simulators.modems.tcp_wire import TcpWire

if TYPE_CHECKING:
    from gateway.simulators.modems.virtual_modem import VirtualModem


class TcpPort(Factory):
    """The port. It has room for one; another connection is closed at once, as serial servers do."""

    noisy = False

    def __init__(self, modem: VirtualModem) -> None:
        self._modem = modem
        self._is_taken = False
        modem.closed()

    def buildProtocol(self, addr: object) -> _PortWire | None:  # noqa: ARG002, N802 - whoever it is
        """Take a connection in."""
        if self._is_taken:
            return None
        self._is_taken = True
        return _PortWire(self._modem, self)

    def let_go(self) -> None:
        """Be free for the next one."""
        self._is_taken = False


class _PortWire(TcpWire):
    """Whoever has the port."""

    def __init__(self, modem: VirtualModem, port: TcpPort) -> None:
        super().__init__()
        self._modem = modem
        self._port = port

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        super().connectionMade()
        self._modem.out = self.send
        self._modem.opened()

    def dataReceived(self, octets: bytes) -> None:  # noqa: N802 - Twisted's name
        self._modem.receive(octets)

    def connectionLost(self, reason: object = None) -> None:  # noqa: N802 - Twisted's name
        super().connectionLost(reason)
        self._modem.closed()
        self._port.let_go()
