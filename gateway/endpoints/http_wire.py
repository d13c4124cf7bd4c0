"""HTTP cut down to what a door for machines needs: one request, one answer, and the line is closed.

Whoever writes has one absolute deadline for all of his request and another for reading the answer, so neither
a slow sender nor a slow reader holds a connection; a body beyond the site's cap is refused before it is kept,
and no header tells what software answers. With one request for each connection nothing can be smuggled behind
it: what follows a request is dropped unread; ``kept_wire`` keeps a line open between two. Every answer is a
line of our own log, since twisted.web's takes its dates from the reactor's clock, which is monotonic.
"""

# mypy: allow-untyped-calls
# twisted.web's requests and channels carry no types yet, and their methods are called through subclasses.

from __future__ import annotations

import logging
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocolNegotiationFactory
from twisted.internet.protocol import connectionDone
from twisted.web.http import HTTPFactory, Request, datetimeToString
from zope.interface import implementer

from gateway.endpoints.http_guard import TOO_LARGE, TOO_LATE, GuardedChannel, note_answer, said
from gateway.events import event

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twisted.internet.interfaces import IAddress
    from twisted.python.failure import Failure

    from gateway.ports import Clock, Tally

log = logging.getLogger("powertill.http")

#: Nothing is to be kept, framed, guessed at or loaded.
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Connection": "close",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@dataclass(frozen=True, slots=True)
class WireLimits:
    """What a site allows: seconds for a request and again for reading a late answer, bytes of a body,
    connections at one time, and seconds in which a refused sender is listened to without being heard.

    Closing at once on somebody who still sends makes his system throw away the refusal that he was sent.
    ``takes_chunks``: a body may come without saying how long it is; its cap holds all the same.
    """

    deadline_s: float
    body_bytes_max: int
    links_max: int
    linger_s: float = 0.0
    takes_chunks: bool = False


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A whole request. ``headers`` are by their names in small letters; no repr shows them or the body.

    ``peer`` is the address that it came from. ``certificate`` is the SHA-256, in hex, of the certificate that
    the peer has shown and has the key of, "" where it showed none.
    """

    method: bytes
    path: bytes
    query: bytes
    headers: Mapping[bytes, Sequence[bytes]]
    body: bytes
    is_secure: bool
    peer: str = ""
    certificate: str = ""

    def header(self, name: bytes) -> bytes:
        """Return a header's value, empty where it is missing; one that stands twice becomes a list."""
        return b", ".join(self.headers.get(name, ()))

    def __repr__(self) -> str:
        return f"HttpRequest({said(self.method)} {said(self.path)}, {len(self.body)} bytes)"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to a request: status code, body, the body's content type, and further headers."""

    code: int
    body: bytes
    kind: str = "text/plain; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()


@implementer(IProtocolNegotiationFactory)
class OneRequestSite(HTTPFactory):
    """A site whose connections serve one request each; what is said to it, a subclass says."""

    noisy = False

    def __init__(self, door: str, limits: WireLimits, *, tally: Tally, reactor: Clock) -> None:
        # The deadline is ours; an idle time-out besides would only be a second, laxer one.
        super().__init__(timeout=None, reactor=reactor)  # type: ignore[arg-type]  # a Clock is all it needs
        self.door = door
        self.limits = limits
        self.tally = tally
        self.channels: set[OneRequestChannel] = set()

    def hear(self, request: HttpRequest) -> Answer | Deferred[Answer]:
        """Answer a request, now or later; it must not raise."""
        raise NotImplementedError

    def refusal(self, code: int) -> Answer:
        """Say why a request was not even read: 400 it is no HTTP, 408 it is too slow, 413 it is too long."""
        reason = {TOO_LATE: b"too slow", TOO_LARGE: b"too long"}.get(code, b"not HTTP")
        return Answer(code, reason + b"\n")

    def known_path(self, path: str) -> str:
        """Return the path as it is counted: ``other`` where it is none of ours."""
        raise NotImplementedError

    def answering(self) -> None:
        """Be told that an answer's bytes are about to be sent."""

    def answered(self) -> None:
        """Be told that an answer's bytes were handed to the system."""

    def channel_lost(self) -> None:
        """Be told that a connection has ended."""

    def acceptableProtocols(self) -> list[bytes]:  # noqa: N802 - Twisted's name
        """Say what is spoken behind TLS, for a client that offers it (ALPN, RFC 7301)."""
        return [b"http/1.1"]

    def startFactory(self) -> None:  # noqa: N802 - Twisted's name
        """Do not start the clock of twisted.web's own access log."""

    def buildProtocol(self, addr: IAddress | None) -> Any:  # noqa: ANN401, N802 - Twisted's signature
        """Make the channel; None (the connection is closed) beyond the limit."""
        if len(self.channels) >= self.limits.links_max:
            self.tally.count("http_cut", door=self.door, reason="full")
            return None
        return super().buildProtocol(addr)

    def log(self, request: Request) -> None:
        """Write the access log's line; called by twisted.web with each answer."""
        self.note(request.method, request.path, request.code, request.sentLength, request.getClientAddress())

    def note(self, method: bytes, path: bytes, code: int, sent: int, peer: IAddress) -> None:
        """Count and log an answer; neither a header nor a body stands in the line."""
        known = self.known_path(path.decode("latin-1"))
        host = getattr(peer, "host", "local")
        note_answer(self.tally, self.door, known, method=method, path=path, code=code, sent=sent, peer=host)


class _OneRequest(Request):
    """A request that is handed to the site as soon as it is complete."""

    channel: OneRequestChannel
    content: BytesIO

    def __init__(self, channel: OneRequestChannel, _queued: object = None) -> None:
        super().__init__(channel, queued=False, parsePOSTFormSubmission=False)
        self._held = 0

    def gotLength(self, length: int | None) -> None:  # noqa: ARG002, N802 - Twisted's signature
        """Keep the body in memory, never in a file: it is short, or it is refused."""
        self.content = BytesIO()

    def handleContentChunk(self, octets: bytes) -> None:  # noqa: N802 - Twisted's name
        """Keep a piece of the body; a body that did not say how long it is may still be too long."""
        self._held += len(octets)
        if self._held > self.channel.factory.limits.body_bytes_max:
            self.channel.refuse(TOO_LARGE)
        elif not self.channel.is_over:
            super().handleContentChunk(octets)

    def process(self) -> None:
        """Have it answered."""
        channel = self.channel
        if channel.is_over:  # it was refused while its last bytes came
            return
        _, _, query = self.uri.partition(b"?")
        request = HttpRequest(
            self.method,
            self.path,
            query,
            {name.lower(): values for name, values in self.requestHeaders.getAllRawHeaders()},
            self.content.read(),
            self.isSecure(),
            getattr(self.getClientAddress(), "host", "local"),
            shown_certificate(channel.transport),
        )
        channel.is_heard = True
        answer = channel.factory.hear(request)
        if isinstance(answer, Deferred):
            channel.wait_for_answer()
            answer.addCallback(self._say_late).addErrback(self._unsaid)
        else:
            self._say(answer)

    def _say_late(self, answer: Answer) -> None:
        if not self._disconnected:  # whoever has gone asks again; what was decided is stored
            self.channel.start_deadline()
            self._say(answer)

    def _unsaid(self, failure: Failure) -> None:
        """An answer could not be written at all: our fault; the connection's deadline remains."""
        event(log, "http.unsaid", level=logging.ERROR, raised=failure.value, path=said(self.path))

    def _say(self, answer: Answer) -> None:
        factory = self.channel.factory
        self.setResponseCode(answer.code)
        for name, text in (*_HEADERS.items(), *answer.headers):
            self.setHeader(name, text)
        if self.channel.stays(answer):
            self.setHeader("Connection", "keep-alive")
        self.setHeader("Date", datetimeToString())
        self.setHeader("Content-Type", answer.kind)
        self.setHeader("Content-Length", str(len(answer.body)))
        factory.answering()
        self.write(answer.body)
        self.finish()
        factory.answered()


def shown_certificate(transport: Any) -> str:  # noqa: ANN401 - zope's interfaces
    """Give the SHA-256 of the certificate that the other side of a TLS connection has shown, in hex."""
    asked = getattr(transport, "getPeerCertificate", None)
    found = None if asked is None else asked()
    return "" if found is None else found.digest("sha256").replace(b":", b"").decode().lower()


class OneRequestChannel(GuardedChannel):
    """A connection: its deadline runs from the first moment, and after one request nothing is heard."""

    totalHeadersSize = 8192  # noqa: N815 - Twisted's name
    requestFactory = _OneRequest  # type: ignore[assignment]  # noqa: N815 - a maker of requests
    #: A request was taken; the door decides when it is answered.
    is_heard = False
    _deadline: Any = None  # its interface is zope's and carries no types
    _linger: Any = None  # likewise

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        """Start the deadline."""
        super().connectionMade()
        self.factory.channels.add(self)
        self.start_deadline()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's name
        """Stop the deadline."""
        self.factory.channels.discard(self)
        for timer in (self._deadline, self._linger):
            if timer is not None and timer.active():
                timer.cancel()
        super().connectionLost(reason)
        self.factory.channel_lost()

    def leave(self) -> None:
        """Hear nothing more: close, unless an answer is still owed; that closes it then."""
        if not self.is_heard:
            self.is_over = True
            self.transport.abortConnection()

    def start_deadline(self) -> None:
        """Give whoever is there so much time from now, for his request or for reading his answer."""
        self._deadline = self.factory.reactor.callLater(self.factory.limits.deadline_s, self._cut)

    def wait_for_answer(self) -> None:
        """Stop the deadline while the door is at work: it has a deadline of its own."""
        self._deadline.cancel()

    def dataReceived(self, octets: bytes) -> None:  # noqa: N802 - Twisted's name
        """Hear a request, and nothing after it or after a refusal."""
        if not (self.is_over or self.is_heard):
            super().dataReceived(octets)

    def allHeadersReceived(self) -> None:  # noqa: N802 - Twisted's name
        """Refuse a body that says that it is too long, or does not say how long (None) where it must."""
        limits = self.factory.limits
        is_too_long = not limits.takes_chunks if self.length is None else self.length > limits.body_bytes_max
        if is_too_long:
            self.refuse(TOO_LARGE)
            return
        super().allHeadersReceived()

    def checkPersistence(self, request: Request, version: bytes) -> bool:  # noqa: ARG002, N802 - Twisted's
        """One request for each connection: nothing can be smuggled behind it."""
        return False

    def stays(self, answer: Answer) -> bool:  # noqa: ARG002 - of whoever keeps a line
        """Does the line stay open behind this answer, which is about to be sent?"""
        return False

    def refuse(self, code: int) -> None:
        """Say that the request is not read, drop what still comes, and close; once."""
        if self.is_over:
            return
        self.is_over = True
        answer = self.factory.refusal(code)
        self.say_refusal(code, answer.kind, _HEADERS.items(), answer.body)
        self.factory.note(*self.asked_for(), code, len(answer.body), self.getPeer())
        if self.factory.limits.linger_s:
            self._linger = self.factory.reactor.callLater(self.factory.limits.linger_s, self.loseConnection)
        else:
            self.loseConnection()

    def _cut(self) -> None:
        """Cut at the deadline; where the site lingers, whoever is still sending is told why before."""
        self.factory.tally.count("http_cut", door=self.factory.door, reason="deadline")
        event(log, "http.deadline", door=self.factory.door, peer=str(self.transport.getPeer()))
        linger_s = self.factory.limits.linger_s
        if linger_s and not (self.is_over or self.is_heard):
            self.refuse(TOO_LATE)
            # Behind TLS a polite close waits for the peer, who may never have begun to speak it.
            self._deadline = self.factory.reactor.callLater(2 * linger_s, self.transport.abortConnection)
            return
        self.is_over = True
        self.transport.abortConnection()


# twisted.web's own maker of channels also speaks HTTP/2, which nobody needs here.
OneRequestSite.protocol = OneRequestChannel  # type: ignore[assignment]  # any maker of channels will do
