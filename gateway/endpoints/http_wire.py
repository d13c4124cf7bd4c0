"""HTTP cut down to what a door for machines needs: one short request, one answer, and the line is closed.

The whole connection has one absolute deadline, so neither a slow sender nor a slow reader holds it; bodies
beyond 1 KiB are refused before they are read, and no header tells what software answers. Every answer is
a line of our own log, since twisted.web's takes its dates from the reactor's clock, which is monotonic.
"""

# mypy: allow-untyped-calls
# twisted.web's requests and channels carry no types yet, and their methods are called through subclasses.

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.protocol import connectionDone
from twisted.web.http import HTTPChannel, HTTPFactory, Request, datetimeToString

from gateway.events import event

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twisted.internet.interfaces import IAddress, IReactorTime
    from twisted.python.failure import Failure

    from gateway.ports import Tally

log = logging.getLogger("powertill.http")

DEADLINE_S: Final = 10.0
"""From the connection to the last byte of the answer; a request of ours takes milliseconds."""

BODY_BYTES_MAX: Final = 1024
"""Nothing here reads a body; some clients send a short one all the same."""

LINKS_MAX: Final = 32
"""Connections at one time: a watcher, a scraper and a few curious people."""

_SAID_MAX: Final = 200

#: Nothing is to be kept, framed, guessed at or loaded.
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Connection": "close",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

_TOO_LARGE: Final = b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to a request: status code, body, and the body's content type."""

    code: int
    body: bytes
    kind: str = "text/plain; charset=utf-8"


class OneAnswerSite(HTTPFactory):
    """Serves a few paths to GET and HEAD. ``pages`` make their answers at once, from what is in memory.

    Anything else is 404, another method 405, a page that fails 500 (logged with its traceback).
    """

    noisy = False

    def __init__(
        self, door: str, pages: Mapping[str, Callable[[], Answer]], *, tally: Tally, reactor: IReactorTime
    ) -> None:
        # The deadline is ours; an idle time-out besides would only be a second, laxer one.
        super().__init__(timeout=None, reactor=reactor)  # type: ignore[arg-type]  # None is documented
        self.door = door
        self.tally = tally
        self.links_open = 0
        self._pages = dict(pages)

    def startFactory(self) -> None:  # noqa: N802 - Twisted's name
        """Do not start the clock of twisted.web's own access log."""

    def buildProtocol(self, addr: IAddress | None) -> Any:  # noqa: ANN401, N802 - Twisted's signature
        """Make the channel; None (the connection is closed) beyond the limit."""
        if self.links_open >= LINKS_MAX:
            self.tally.count("http_cut", door=self.door, reason="full")
            return None
        return super().buildProtocol(addr)

    def answer(self, method: bytes, path: bytes) -> Answer:
        """Find the answer to a request."""
        if method not in {b"GET", b"HEAD"}:
            return Answer(405, b"only GET and HEAD\n")
        page = self._pages.get(path.decode("latin-1"))
        if page is None:
            return Answer(404, b"nothing here\n")
        try:
            return page()
        except Exception as fault:  # noqa: BLE001 - the door's one catch-all
            event(log, "http.fault", level=logging.ERROR, raised=fault, door=self.door, path=_said(path))
            return Answer(500, b"system error\n")

    def log(self, request: Request) -> None:
        """Write the access log's line; called by twisted.web with each answer."""
        self.note(request.method, request.path, request.code, request.sentLength, request.getClientAddress())

    def note(self, method: bytes, path: bytes, code: int, sent: int, peer: IAddress) -> None:
        """Count and log an answer."""
        known = path.decode("latin-1") if path.decode("latin-1") in self._pages else "other"
        self.tally.count("http_requests", door=self.door, path=known, code=str(code))
        event(
            log,
            "http.request",
            door=self.door,
            method=_said(method),
            path=_said(path),
            code=code,
            sent=sent,
            peer=getattr(peer, "host", "local"),
        )


class _OneAnswerRequest(Request):
    """A request that is answered as soon as it is complete."""

    def __init__(self, channel: _OneAnswerChannel, _queued: object = None) -> None:
        super().__init__(channel, queued=False, parsePOSTFormSubmission=False)

    def process(self) -> None:
        """Answer."""
        answer = self.channel.factory.answer(self.method, self.path)
        self.setResponseCode(answer.code)
        for name, value in _HEADERS.items():
            self.setHeader(name, value)
        self.setHeader("Date", datetimeToString())
        self.setHeader("Content-Type", answer.kind)
        self.setHeader("Content-Length", str(len(answer.body)))
        if answer.code == 405:  # noqa: PLR2004 - "method not allowed" names those that are (RFC 9110, 15.5.6)
            self.setHeader("Allow", "GET, HEAD")
        self.write(answer.body)
        self.finish()


class _OneAnswerChannel(HTTPChannel):
    """A connection: its deadline runs from the first moment, and after one request nothing is heard."""

    maxHeaders = 64  # noqa: N815 - Twisted's name
    totalHeadersSize = 8192  # noqa: N815 - Twisted's name
    requestFactory = _OneAnswerRequest  # type: ignore[assignment]  # noqa: N815 - a maker of requests
    transport: Any  # its interface is zope's and carries no types
    _is_over = False
    _deadline: Any = None  # likewise

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        """Start the deadline."""
        super().connectionMade()
        self.factory.links_open += 1
        self._deadline = self.factory.reactor.callLater(DEADLINE_S, self._cut)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's name
        """Stop the deadline."""
        self.factory.links_open -= 1
        if self._deadline.active():
            self._deadline.cancel()
        super().connectionLost(reason)

    def dataReceived(self, octets: bytes) -> None:  # noqa: N802 - Twisted's name
        """Hear a request, and nothing after a refusal."""
        if not self._is_over:
            super().dataReceived(octets)

    def rawDataReceived(self, octets: bytes) -> None:  # noqa: N802 - Twisted's name
        """Read a short body; what followed a refused head in the same segment is dropped."""
        if not self._is_over:
            super().rawDataReceived(octets)

    def allHeadersReceived(self) -> None:  # noqa: N802 - Twisted's name
        """Refuse a body that is too long, or that does not say how long it is (None)."""
        if self.length is None or self.length > BODY_BYTES_MAX:
            self._is_over = True
            request = self.requests[-1]
            self.transport.write(_TOO_LARGE)
            self.factory.note(self._command, self._path, 413, 0, request.getClientAddress())
            self.loseConnection()
            return
        super().allHeadersReceived()

    def checkPersistence(self, request: Request, version: bytes) -> bool:  # noqa: ARG002, N802 - Twisted's
        """One request for each connection: nothing can be smuggled behind it."""
        return False

    def _cut(self) -> None:
        self._is_over = True
        self.factory.tally.count("http_cut", door=self.factory.door, reason="deadline")
        event(log, "http.deadline", door=self.factory.door, peer=str(self.transport.getPeer()))
        self.transport.abortConnection()


# twisted.web's own maker of channels also speaks HTTP/2, which nobody needs here.
OneAnswerSite.protocol = _OneAnswerChannel  # type: ignore[assignment]  # any maker of channels will do


def _said(octets: bytes) -> str:
    return octets[:_SAID_MAX].decode("latin-1")
