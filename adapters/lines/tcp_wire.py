"""A connection as a wire: to a meter with an address of its own, a serial server, or one that came to us."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.endpoints import HostnameEndpoint, connectProtocol
from twisted.internet.error import ConnectError, ConnectingCancelledError, DNSLookupError, NoRouteError
from twisted.internet.error import ConnectionRefusedError as Refused
from twisted.internet.error import TimeoutError as TookTooLong
from twisted.internet.protocol import ClientFactory, Protocol, connectionDone

from gateway.core.contact import ContactFault, ContactWhy

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from twisted.internet.interfaces import IAddress
    from twisted.python.failure import Failure

    from adapters.lines.wire import Owner
    from gateway.ports import Clock, Timer

CONNECT_S_MAX: Final = 30
"""Seconds until a meter's modem has taken a connection: a cellular one may have to wake up."""

TCP_SLACK_MS: Final = 1_500
"""Milliseconds that a network adds to an answer, where the way says no other."""

CLOSE_S_MAX: Final = 5
"""Seconds for a connection to close; then it is broken off."""

_SAID: Final = (
    (Refused, "nobody listens there"),
    (NoRouteError, "there is no way there"),
    (TookTooLong, f"no answer in {CONNECT_S_MAX} s"),
)


class TcpWire(Protocol):
    """An open connection."""

    is_speed_fixed = True
    transport: Any  # Twisted's ITCPTransport, whose methods carry no types

    def __init__(self, clock: Clock, slack_ms: int = TCP_SLACK_MS) -> None:
        self._clock = clock
        self._late: Timer | None = None
        self.owner: Owner | None = None
        self.slack_ms = slack_ms
        self._is_closing = False
        self._is_over = False
        self._closed: list[Deferred[None]] = []
        #: Whoever waits for the connection.
        self.stands: Deferred[None] | None = None

    @property
    def is_over(self) -> bool:
        """True where nothing can be sent any more."""
        return self._is_over or self._is_closing

    def ms_of(self, octets: int) -> int:  # noqa: ARG002 - as every wire has it
        """Nothing: a network takes what it gets at once."""
        return 0

    def send(self, octets: bytes) -> None:
        """Send."""
        if self.transport is not None and not self.is_over:
            self.transport.write(octets)

    def change_speed(self, baud: int, *, is_hdlc: bool) -> None:
        """Do nothing: a network has no speed that a meter would know."""

    def raise_dtr(self, *, is_high: bool) -> bool:  # noqa: ARG002 - as ports have it
        """Do nothing: a modem behind a serial server is reached by its octets only."""
        return False

    def carrier(self) -> bool | None:
        """Say nothing: DCD stays at the serial server."""
        return None

    def close(self) -> Awaitable[None]:
        """Close it."""
        if self._is_over or self.transport is None:
            return succeed(None)
        closed: Deferred[None] = Deferred()
        self._closed.append(closed)
        if not self._is_closing:
            self._is_closing = True
            self.transport.loseConnection()
            self._late = self._clock.callLater(CLOSE_S_MAX, self.transport.abortConnection)
        return closed

    # Twisted's side.

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        """Send each frame at once: meters wait for the rest of one for half a second only."""
        if self.transport is not None:
            self.transport.setTcpNoDelay(True)
            self.transport.setTcpKeepAlive(True)
        stands, self.stands = self.stands, None
        if stands is not None:
            stands.callback(None)

    def dataReceived(self, octets: bytes) -> None:  # noqa: N802
        """Hand on what came."""
        if self.owner is not None and not self._is_closing:
            self.owner.came(octets)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002, N802
        """Say that the connection is over."""
        self._is_over = True
        if self._late is not None and self._late.active():
            self._late.cancel()
        for closed in self._closed:
            closed.callback(None)
        if not self._is_closing and self.owner is not None:
            self.owner.broke(ContactFault(ContactWhy.LOST, "the connection broke off"))


class _Calling(ClientFactory):
    """Makes one connection; ``done`` when it stands."""

    noisy = False

    def __init__(self, wire: TcpWire) -> None:
        self._wire = wire
        self.done: Deferred[None] = Deferred()

    def buildProtocol(self, addr: IAddress | None) -> TcpWire:  # noqa: ARG002, N802 - Twisted's
        """Give the wire, which says itself when it stands."""
        self._wire.stands = self.done
        return self._wire

    def clientConnectionFailed(self, connector: object, reason: Failure) -> None:  # noqa: ARG002, N802
        """Say why there is none."""
        self.done.errback(reason)


async def connect(reactor: Any, host: str, port: int, *, slack_ms: int = TCP_SLACK_MS) -> TcpWire:  # noqa: ANN401 - Twisted's
    """Connect; ``ContactFault`` says why there is no connection. Whoever breaks it off leaves none behind."""
    wire = TcpWire(reactor, slack_ms)
    try:
        if isIPAddress(host) or isIPv6Address(host):
            # Thousands of meters have addresses and no names; an endpoint would keep 3 KB for each.
            calling = _Calling(wire)
            connector = reactor.connectTCP(host, port, calling, timeout=CONNECT_S_MAX)
            try:
                await calling.done
            except CancelledError:
                connector.disconnect()
                raise
        else:
            await connectProtocol(HostnameEndpoint(reactor, host, port, timeout=CONNECT_S_MAX), wire)
    except (DNSLookupError, ValueError):
        # A ValueError is of a name that no name may be: Twisted says so only as it is called.
        raise ContactFault(ContactWhy.LINE, f"{host[:60]!r}: this name has no address") from None
    except (ConnectError, ConnectingCancelledError) as fault:
        said = next((said for kind, said in _SAID if isinstance(fault, kind)), "cannot be reached")
        raise ContactFault(ContactWhy.NO_ANSWER, f"{host}:{port}: {said}") from None
    return wire
