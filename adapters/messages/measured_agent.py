"""An HTTP agent for a receiver that is not trusted: it hears so much of an answer, and unpacks nothing.

Twisted's own reads a head without an end, and treq's unpacks what is packed: 64 KiB can be packed so that
they become 64 MiB in one step, and packed twice so that they become more than any machine has.
"""

# mypy: allow-untyped-calls
# twisted.web's agent and Twisted's wrappers carry no types yet.

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.web.client import Agent, BrowserLikePolicyForHTTPS
from twisted.web.iweb import IAgent, IAgentEndpointFactory
from zope.interface import implementer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IProtocolFactory
    from twisted.web.client import URI, HTTPConnectionPool
    from twisted.web.http_headers import Headers

#: Bytes that a receiver may send for each request, head and body together: far more than an answer that
#: anybody wrote on purpose. The piece that goes beyond is heard (64 KiB at most), and nothing after it.
HEARD_BYTES_MAX: Final = 32_768


@implementer(IAgent)
class MeasuredAgent:
    """Asks for nothing packed, and hands on a packed body as it came."""

    def __init__(
        self,
        reactor: Any,  # noqa: ANN401 - Twisted's reactor is several interfaces at once
        connect_timeout_s: float,
        pool: HTTPConnectionPool,
    ) -> None:
        self._agent = Agent.usingEndpointFactory(reactor, _Endpoints(reactor, connect_timeout_s), pool)

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        bodyProducer: Any = None,  # noqa: ANN401, N803 - Twisted's signature
    ) -> Deferred[Any]:
        """Ask. See ``IAgent``."""
        if headers is not None:
            headers.removeHeader(b"Accept-Encoding")
        asked: Deferred[Any] = self._agent.request(method, uri, headers, bodyProducer)
        return asked.addCallback(_as_it_came)


@implementer(IAgentEndpointFactory)
class _Endpoints:
    """Leads to a URI's host as Twisted's own agent would, with the receiver's bytes counted."""

    def __init__(self, reactor: Any, connect_timeout_s: float) -> None:  # noqa: ANN401 - see above
        self._reactor = reactor
        self._connect_timeout_s = connect_timeout_s
        self._policy = BrowserLikePolicyForHTTPS()

    def endpointForURI(self, uri: URI) -> _MeasuredEndpoint:  # noqa: N802 - Twisted's name
        endpoint: Any = HostnameEndpoint(self._reactor, uri.host, uri.port, timeout=self._connect_timeout_s)
        if uri.scheme != b"http":  # whatever else a configuration could come to say is not sent in the clear
            endpoint = wrapClientTLS(self._policy.creatorForNetloc(uri.host, uri.port), endpoint)
        return _MeasuredEndpoint(endpoint)


@implementer(IStreamClientEndpoint)
class _MeasuredEndpoint:
    def __init__(self, endpoint: Any) -> None:  # noqa: ANN401 - one of Twisted's endpoints
        self._endpoint = endpoint

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[Any]:  # noqa: N803 - Twisted's signature
        connected: Deferred[Any] = self._endpoint.connect(_MeasuredFactory(protocolFactory))
        # The pool keeps the protocol that speaks HTTP, not the one around it.
        return connected.addCallback(lambda measured: measured.wrappedProtocol)


class _Measured(ProtocolWrapper):
    """Counts what is heard since we last spoke, and cuts whoever says too much."""

    _left = HEARD_BYTES_MAX

    def write(self, octets: bytes) -> None:
        self._left = HEARD_BYTES_MAX
        super().write(octets)

    def writeSequence(self, octets: Iterable[bytes]) -> None:  # noqa: N802 - Twisted's name
        self._left = HEARD_BYTES_MAX
        super().writeSequence(octets)

    def dataReceived(self, octets: bytes) -> None:  # noqa: N802 - Twisted's name
        is_cut = self._left < 0
        self._left -= len(octets)
        if not is_cut:
            super().dataReceived(octets)
        if self._left < 0:
            self.abortConnection()


class _MeasuredFactory(WrappingFactory[_Measured]):
    protocol = _Measured
    noisy = False


def _as_it_came(response: Any) -> Any:  # noqa: ANN401 - whatever the agent answers
    response.headers.removeHeader(b"Content-Encoding")
    return response
