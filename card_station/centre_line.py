"""The line to the centre, kept open from one question to the next: a handshake costs more than an answer.

    question ──► the kept line, or a new one ──► answer ──► kept for KEPT_S
                 broken before anything of an answer came, and it was a kept one ──► once more, over a new one

A line that lay idle may have been closed by the centre, or forgotten by a router, without our knowing: that
is no failure that anybody at the counter should see. What was sent on it may have been heard all the same. So
it is sent again only where the wire's own rule makes that harmless: what has the same nonce, or stands at the
same step, the centre does once, and says the same again. Two questions are not so:

    answer     a challenge is good for one answer; it follows another question at once, so its line is fresh
    sign_in    a password is counted as tried, and an authenticator's code is used up; it has its own new line

On a new line nothing is sent again here: what became of it is unknown, and who asked knows what that means.
"""

# mypy: allow-untyped-calls
# twisted.web's agent carries no types yet.

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.ssl import (
    Certificate,
    PrivateCertificate,
    optionsForClientTLS,
    trustRootFromCertificates,
)
from twisted.web.client import (
    Agent,
    FileBodyProducer,
    HTTPConnectionPool,
    RequestTransmissionFailed,
    ResponseDone,
    ResponseNeverReceived,
)
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer

if TYPE_CHECKING:
    from twisted.internet.interfaces import IProtocolFactory
    from twisted.python.failure import Failure
    from twisted.web.client import URI

    from card_station.gateway_client import Papers

#: Seconds for which an idle line is kept: two heartbeats, and less than the centre keeps it (90), so that it
#: is we who close it.
KEPT_S: Final = 60

#: Lines that are kept: of two, the one that was idle longest would be taken.
LINES_KEPT: Final = 1

#: Bytes of an answer: the longest, a list of credits that wait, has some ten thousand.
ANSWER_BYTES_MAX: Final = 64 * 1024

#: Questions that are never sent twice, and those that never go over a line that was idle.
_ONCE: Final = frozenset({"answer", "sign_in"})
_OVER_A_NEW_LINE: Final = frozenset({"sign_in"})


class CentreLine:
    """Asks over one line that is kept, and as many beside it as there are questions at one time."""

    def __init__(self, papers: Papers, reactor: Any, connect_s_max: float) -> None:  # noqa: ANN401 - Twisted's reactor is several interfaces at once
        self._ways = _Ways(papers, reactor, connect_s_max)
        self._pool = pool = HTTPConnectionPool(reactor)
        pool.maxPersistentPerHost, pool.cachedConnectionTimeout = LINES_KEPT, KEPT_S
        pool.retryAutomatically = False
        self._kept = Agent.usingEndpointFactory(reactor, self._ways, pool)
        self._new = Agent.usingEndpointFactory(
            reactor, self._ways, HTTPConnectionPool(reactor, persistent=False)
        )

    async def ask(self, op: str, url: bytes, body: bytes) -> tuple[int, bytes]:
        """Send a question; gives the status and the body. Raises whatever a line can come to."""
        made = self._ways.made
        coming = self._sent(self._new if op in _OVER_A_NEW_LINE else self._kept, url, body)
        # A pool hands a kept line out, or begins a new one, before it gives the promise of an answer.
        was_kept = self._ways.made == made
        try:
            return await _read(await coming)
        except (RequestTransmissionFailed, ResponseNeverReceived) as fault:
            if not was_kept or op in _ONCE or _is_cancelled(fault):
                raise
        return await _read(await self._sent(self._kept, url, body))

    async def close(self) -> None:
        """Close what is kept; a line that is in use is closed behind its answer."""
        self._pool.cachedConnectionTimeout = 0
        await self._pool.closeCachedConnections()

    @staticmethod
    def _sent(agent: Agent, url: bytes, body: bytes) -> Deferred[Any]:
        headers = Headers({"Content-Type": ["application/json"], "Accept": ["application/json"]})
        producer: Any = FileBodyProducer(BytesIO(body))  # zope's interface, not typing's
        sent: Deferred[Any] = agent.request(b"POST", url, headers, producer)
        return sent


@implementer(IAgentEndpointFactory)
class _Ways:
    """Leads to the centre: shows the station's certificate, and takes the centre's by its authority and name.

    ``made`` counts the lines that were begun.
    """

    def __init__(self, papers: Papers, reactor: Any, connect_s_max: float) -> None:  # noqa: ANN401 - see above
        self._reactor = reactor
        self._connect_s_max = connect_s_max
        self._root = trustRootFromCertificates([Certificate.loadPEM(papers.authority.encode())])
        self._mine = None
        if papers.certificate:
            self._mine = PrivateCertificate.loadPEM(papers.key + "\n" + papers.certificate)
        self.made = 0

    def endpointForURI(self, uri: URI) -> _Way:  # noqa: N802 - Twisted's name
        return _Way(self, uri.host, uri.port)

    def begin(self, host: bytes, port: int, factory: IProtocolFactory) -> Deferred[Any]:
        """Begin a line."""
        self.made += 1
        tls = optionsForClientTLS(host.decode("ascii"), trustRoot=self._root, clientCertificate=self._mine)
        plain: Any = HostnameEndpoint(self._reactor, host, port, timeout=self._connect_s_max)
        wrapped: Any = wrapClientTLS(tls, plain)  # zope's interface, not typing's
        begun: Deferred[Any] = wrapped.connect(factory)
        return begun


@implementer(IStreamClientEndpoint)
class _Way:
    def __init__(self, ways: _Ways, host: bytes, port: int) -> None:
        self._ways, self._host, self._port = ways, host, port

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[Any]:  # noqa: N803 - Twisted's name
        return self._ways.begin(self._host, self._port, protocolFactory)


async def _read(response: Any) -> tuple[int, bytes]:  # noqa: ANN401 - zope's interface
    reading = _Body()
    response.deliverBody(reading)
    return int(response.code), await reading.done


def _is_cancelled(fault: RequestTransmissionFailed | ResponseNeverReceived) -> bool:
    """Was it we who gave up waiting?"""
    return any(reason.check(CancelledError) for reason in fault.reasons)


class _Body(Protocol):
    """Reads an answer up to its limit."""

    def __init__(self) -> None:
        self._octets = b""
        self.done: Deferred[bytes] = Deferred(lambda _: self._cut())

    def dataReceived(self, octets: bytes) -> None:  # noqa: N802 - Twisted's name
        self._octets += octets
        if len(self._octets) > ANSWER_BYTES_MAX:
            self._cut()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's name
        if self.done.called:
            return
        if reason.check(ResponseDone):
            self.done.callback(self._octets)
        else:
            self.done.errback(reason)

    def _cut(self) -> None:
        if self.transport is not None:
            self.transport.abortConnection()
