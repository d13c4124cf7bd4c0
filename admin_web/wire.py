"""HTTP for people's browsers: connections that stay open, and a limit on everything a stranger may hold.

    idle  →  head  →  body  →  at work  →  answer  →  idle        each with a deadline of its own

No deadline is put off by a byte that comes or goes, so neither a slow sender nor a slow reader holds a
connection. A body beyond its route's cap is refused before it is kept, and one of unsaid length is refused
at once: no browser sends such a form. Only HTTP/1.1 is offered. Each answer is a line of our own
log, never with its query, which may hold names.
"""

# mypy: allow-untyped-calls
# twisted.web's requests and channels carry no types yet, and their methods are called through subclasses.

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocolNegotiationFactory
from twisted.internet.protocol import connectionDone
from twisted.web.http import RESPONSES
from twisted.web.server import Site
from zope.interface import implementer

from admin_web.wire_request import OfficeRequest
from gateway.endpoints.http_guard import TOO_LARGE, TOO_LATE, GuardedChannel, note_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twisted.internet.interfaces import IAddress
    from twisted.python.failure import Failure
    from twisted.web.http import Request
    from twisted.web.resource import IResource

    from gateway.ports import Clock, Tally

#: Connections at one time from one address: an office behind one address translator has some dozen people.
LINKS_OF_ONE_MAX: Final = 64

#: Of the addresses that proxies add to a request (RFC 7239, 5.2 has the story) the last is our own proxy's.
_FORWARDED: Final = "x-forwarded-for"


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds: with nothing asked, for a head, for a body, for making an answer and for reading it.

    An answer may be a list of a million rows, so its reader has long; each still has an end.
    """

    idle_s: float = 75.0
    head_s: float = 10.0
    body_s: float = 30.0
    work_s: float = 60.0
    answer_s: float = 900.0
    linger_s: float = 2.0


@dataclass(frozen=True, slots=True)
class Links:
    """How many connections there may be, and from one address.

    ``behind_proxy``: all of them come from a proxy on this machine, which says for whom; the browser's
    address is then what it says, and connections are its own to count.
    """

    at_once: int = 256
    of_one: int = LINKS_OF_ONE_MAX
    behind_proxy: bool = False

    def peer(self, request: Request) -> str:
        """Say where a request came from."""
        host = getattr(request.getClientAddress(), "host", "local")
        if not self.behind_proxy:
            return host
        said = (request.getHeader(_FORWARDED) or "").rpartition(",")[2].strip()
        try:
            return str(ip_address(said))
        except ValueError:
            return host


class OfficeChannel(GuardedChannel):
    """A connection of a browser."""

    totalHeadersSize = 16384  # noqa: N815 - Twisted's name
    requestFactory = OfficeRequest  # type: ignore[assignment]  # noqa: N815 - a maker of requests
    site: OfficeSite
    _timer: Any = None  # its interface is zope's and carries no types
    _waits_for = "idle"

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        """Begin to wait for a request."""
        super().connectionMade()
        self.site.channels.add(self)
        self._wait("head", self.site.deadlines.head_s)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's name
        """Stop waiting."""
        self.site.channels.discard(self)
        self.site.channel_gone()
        self._stop()
        super().connectionLost(reason)

    def dataReceived(self, octets: bytes) -> None:  # noqa: N802 - Twisted's name
        """Hear bytes; the first of a further request begin its deadline."""
        if self.is_over:
            return
        if self._waits_for == "idle":
            self._wait("head", self.site.deadlines.head_s)
        super().dataReceived(octets)

    def allHeadersReceived(self) -> None:  # noqa: N802 - Twisted's name
        """Refuse a body that is too long for its path, or does not say how long it is."""
        target: Any = self._path  # octets by now, whatever its type says
        path = target.partition(b"?")[0].decode("latin-1")
        if self.length is None or self.length > self.site.body_bytes_max(path):
            self.refuse(TOO_LARGE)
            return
        self._wait("body", self.site.deadlines.body_s)
        super().allHeadersReceived()

    def requestDone(self, request: Request) -> None:  # noqa: N802 - Twisted's name
        """Wait for the next request; it may have come already."""
        self._wait("idle", self.site.deadlines.idle_s)
        super().requestDone(request)

    def at_work(self) -> None:
        """A whole request is there: whoever makes the answer has so long."""
        self._wait("work", self.site.deadlines.work_s)

    def answering(self) -> None:
        """The answer begins: whoever reads it has so long."""
        self._wait("answer", self.site.deadlines.answer_s)

    def leave(self) -> None:
        """Close, unless an answer is still owed; then close behind it."""
        if self._waits_for in {"work", "answer"}:
            self.persistent = False
        else:
            self.is_over = True
            self.transport.loseConnection()

    def refuse(self, code: int) -> None:
        """Say that the request is not read, drop what still comes, and close a little later; once.

        Closing at once on somebody who still sends makes his system throw away what he was told.
        """
        if self.is_over:
            return
        self.is_over = True
        body = RESPONSES[code] + b"\n"
        headers = (*self.site.headers, ("Connection", "close"))
        self.say_refusal(code, "text/plain; charset=utf-8", headers, body)
        self.site.note(*self.asked_for(), code, len(body), self.getPeer())
        self._wait("linger", self.site.deadlines.linger_s)

    def _wait(self, what: str, seconds: float) -> None:
        self._stop()
        self._waits_for = what
        self._timer = self.site.reactor.callLater(seconds, self._late)

    def _stop(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def _late(self) -> None:
        """Whoever was waited for is late: a slow sender is told, all others are cut."""
        self.site.tally.count("http_cut", door=self.site.door, reason="deadline")
        if self._waits_for in {"head", "body"} and not self.is_over:
            self.refuse(TOO_LATE)
            return
        self.is_over = True
        self.transport.abortConnection()


@implementer(IProtocolNegotiationFactory)
class OfficeSite(Site):
    """The site: its limits, its headers, and how it is noted what was answered."""

    noisy = False
    displayTracebacks = False  # noqa: N815 - Twisted's name
    reactor: Any  # its interface is zope's and carries no types

    def __init__(  # noqa: PLR0913 - everything is handed in
        self,
        root: IResource,
        *,
        headers: Sequence[tuple[str, str]],
        origin: str,
        body_bytes_max: Callable[[str], int],
        tally: Tally,
        reactor: Clock,
        deadlines: Deadlines = Deadlines(),
        links: Links = Links(),
    ) -> None:
        super().__init__(root, requestFactory=OfficeRequest, timeout=None, reactor=reactor)
        self.door = "office"
        self.headers = tuple(headers)
        self.body_bytes_max = body_bytes_max
        self.origin = origin
        self.tally = tally
        self.deadlines = deadlines
        self.links = links
        self.channels: set[OfficeChannel] = set()
        self._when_empty: list[Deferred[None]] = []

    def acceptableProtocols(self) -> list[bytes]:  # noqa: N802 - Twisted's name
        """Say what is spoken behind TLS (ALPN, RFC 7301)."""
        return [b"http/1.1"]

    def startFactory(self) -> None:  # noqa: N802 - Twisted's name
        """Do not start the clock of twisted.web's own access log."""

    def stopFactory(self) -> None:  # noqa: N802 - Twisted's name
        """Nor stop it."""

    def buildProtocol(self, addr: IAddress | None) -> Any:  # noqa: ANN401, N802 - Twisted's signature
        """Make a channel; None (the connection is closed) beyond the limits."""
        host, links = getattr(addr, "host", None), self.links
        of_one = sum(1 for one in self.channels if getattr(one.getPeer(), "host", None) == host)
        is_full = len(self.channels) >= links.at_once
        if is_full or (of_one >= links.of_one and not links.behind_proxy):
            self.tally.count("http_cut", door=self.door, reason="full")
            return None
        return super().buildProtocol(addr)

    def close_idle(self) -> None:
        """Close whatever connection has nothing under way: the gateway is stopping."""
        for channel in tuple(self.channels):
            channel.leave()

    def drain(self) -> Deferred[None]:
        """Close what is idle; fires when the last answer that is owed has gone, or nobody reads it."""
        self.close_idle()
        drained: Deferred[None] = Deferred()
        self._when_empty.append(drained)
        self.channel_gone()
        return drained

    def channel_gone(self) -> None:
        """Be told that a connection has ended."""
        if not self.channels:
            waiting, self._when_empty = self._when_empty, []
            for one in waiting:
                one.callback(None)

    def log(self, request: Request) -> None:
        """Write the access log's line; called by twisted.web with each answer."""
        known = getattr(request, "known_path", "other")
        peer = self.links.peer(request)
        self.note(request.method, request.path, request.code, request.sentLength, peer, known)

    def note(  # noqa: PLR0913, PLR0917 - the columns of a line
        self, method: bytes, path: bytes, code: int, sent: int, peer: str, known: str = "other"
    ) -> None:
        """Count and log an answer."""
        note_answer(self.tally, self.door, known, method=method, path=path, code=code, sent=sent, peer=peer)


# twisted.web's own maker of channels also speaks HTTP/2, which nobody needs here.
OfficeSite.protocol = OfficeChannel  # type: ignore[assignment]  # any maker of channels will do
