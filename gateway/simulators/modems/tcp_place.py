"""A meter somewhere in the network, as the place of a number: the call is a connection to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twisted.internet.endpoints import HostnameEndpoint, connectProtocol
from twisted.internet.error import ConnectError, DNSLookupError

from gateway.simulators.modems.tcp_wire import TcpWire

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from gateway.simulators.modems.address import Address
    from gateway.simulators.modems.call import Call

CONNECT_S_MAX: Final = 10
"""Seconds to connect: on one machine it takes none, and a modem waits for a carrier for fifty."""


class TcpPlace:
    """Connects to an address whenever it is called. A number where nobody listens is not answered."""

    __slots__ = ("_address", "_reactor")

    def __init__(self, reactor: Any, address: Address) -> None:  # noqa: ANN401 - several interfaces at once
        self._reactor = reactor
        self._address = address

    def __call__(self, call: Call) -> None:
        """Connect, and answer when the connection is there."""
        host, port = self._address
        endpoint = HostnameEndpoint(self._reactor, host, port, timeout=CONNECT_S_MAX)

        def not_there(failure: Failure) -> None:
            failure.trap(ConnectError, DNSLookupError)
            call.unanswered()

        connectProtocol(endpoint, _MeterWire(call)).addErrback(not_there)


class _MeterWire(TcpWire):
    """The connection of one call."""

    def __init__(self, call: Call) -> None:
        super().__init__()
        self._call = call

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        super().connectionMade()
        self._call.answered(self.send, self.hang_up)

    def dataReceived(self, octets: bytes) -> None:  # noqa: N802 - Twisted's name
        self._call.from_far(octets)

    def connectionLost(self, reason: object = None) -> None:  # noqa: N802 - Twisted's name
        super().connectionLost(reason)
        self._call.far_hung_up()
