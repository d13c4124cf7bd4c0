"""A line that stays open for its peer's next request, so that not each one costs a handshake.

    request ──► answer ──► idle, so long at most ──► request ──► …          one at a time

Everything that holds for one request (``http_wire``) holds for each: its deadline begins with its first byte,
its cap and its answer are its own. What comes before the answer to the request before is dropped unread, and
the line is closed behind that answer: whatever was smuggled behind a request is never taken for one.

A line stays only for whoever the site keeps it for. All others are closed behind their answer, as is whoever
is refused before he was heard, so a stranger holds a connection no longer than at a door that keeps none.
"""

# mypy: allow-untyped-calls
# twisted.web's channels carry no types yet, and their methods are called through a subclass.

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twisted.web.http import HTTPChannel

from gateway.endpoints.http_wire import OneRequestChannel, OneRequestSite, shown_certificate

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.web.http import Request

    from gateway.endpoints.http_wire import Answer, WireLimits
    from gateway.ports import Clock, Tally

REQUESTS_MAX: Final = 1_000
"""Requests on one line: only a handshake proves that the peer has the key of his certificate still, so that
is proved again some times in a busy day."""

CLOSE_S: Final = 2.0
"""Seconds for a polite close of an idle line: behind TLS it waits for the peer, who may be gone."""


class KeptLineSite(OneRequestSite):
    """A site that keeps lines; ``idle_s`` is how long one may be silent between two requests."""

    def __init__(self, door: str, limits: WireLimits, idle_s: float, *, tally: Tally, reactor: Clock) -> None:
        super().__init__(door, limits, tally=tally, reactor=reactor)
        self.idle_s = idle_s

    def keeps(self, certificate: str, answer: Answer, count: int) -> bool:
        """Is a line kept behind this answer, for whom? ``count`` other lines are kept for him already."""
        raise NotImplementedError

    def kept_for(self, certificate: str) -> int:
        """Count the lines that are kept for one who has shown this certificate."""
        return sum(one.kept_for == certificate for one in self.channels if isinstance(one, _KeptChannel))


class _KeptChannel(OneRequestChannel):
    """A connection that hears one request after another."""

    factory: KeptLineSite
    #: The certificate of whoever the line is kept for, "" as long as it is not.
    kept_for = ""
    _count = 0
    _is_wanted = False
    _is_idle = False
    _is_crowded = False
    _is_leaving = False

    def leave(self) -> None:
        """Hear nothing more: an answer that is owed is the line's last."""
        self._is_leaving = True
        super().leave()

    def dataReceived(self, octets: bytes) -> None:  # noqa: N802 - Twisted's name
        """Hear a request, whose deadline begins here; what comes before an answer makes that the last."""
        if self.is_heard:
            self._is_crowded = True
        elif self._is_idle and not self.is_over:
            self._is_idle = False
            self._deadline.cancel()
            self.start_deadline()
        super().dataReceived(octets)

    def checkPersistence(self, request: Request, version: bytes) -> bool:  # noqa: N802 - Twisted's name
        """Note what the peer wants; whether the line stays is said with the answer."""
        self._count += 1
        self._is_wanted = HTTPChannel.checkPersistence(self, request, version)
        return False

    def stays(self, answer: Answer) -> bool:
        """Keep the line where all agree: the peer, the site, and nothing came behind the request."""
        # What came in one piece with the request stands in Twisted's two buffers.
        has_more = self._is_crowded or bool(self._buffer) or any(self._dataBuffer)
        is_well = self._is_wanted and not (has_more or self._is_leaving or self._count >= REQUESTS_MAX)
        self.kept_for, site, certificate = "", self.factory, shown_certificate(self.transport)
        self.persistent = is_well and site.keeps(certificate, answer, site.kept_for(certificate))
        if self.persistent:
            self.kept_for = certificate
        return self.persistent

    def requestDone(self, request: Request) -> None:  # noqa: N802 - Twisted's name
        """Wait for the next request; the time for reading this answer ends with the wait."""
        self.is_heard = not self.persistent
        super().requestDone(request)
        if self.persistent:
            self._is_idle = True
            self._deadline.cancel()
            self._later(self.factory.idle_s, self._end)

    def _end(self) -> None:
        """Nobody asks any more: close, so that the peer knows it before he asks again."""
        self.is_over = True
        self.loseConnection()
        self._later(CLOSE_S, self.transport.abortConnection)

    def _later(self, wait_s: float, then: Callable[[], object]) -> None:
        clock: Any = self.factory.reactor  # its interface is zope's and carries no types
        self._deadline = clock.callLater(wait_s, then)


KeptLineSite.protocol = _KeptChannel  # type: ignore[assignment]  # any maker of channels will do
