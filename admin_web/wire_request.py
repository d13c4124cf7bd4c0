"""A request of a browser on the wire: what every answer carries, and what no page is for."""

# mypy: allow-untyped-calls
# twisted.web's requests carry no types yet, and their methods are called through a subclass.

from __future__ import annotations

import logging
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote_to_bytes

from twisted.web.http import RESPONSES
from twisted.web.server import Request

from admin_web.heard import METHODS, is_for
from gateway.events import event

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twisted.python.failure import Failure

    from admin_web.cookies import Cookie
    from admin_web.wire import OfficeChannel

log = logging.getLogger("powertill.http")

_BAD_REQUEST: Final = 400
_NOT_ALLOWED: Final = 405
_MISDIRECTED: Final = 421
_FAULT: Final = 500


class OfficeRequest(Request):
    """A request; its headers are those of every answer, and its body is kept in memory, for it is short."""

    channel: OfficeChannel
    content: BytesIO

    #: The path as it is counted: its route's.
    known_path = "other"

    def __init__(self, channel: OfficeChannel, _queued: object = None, **_more: object) -> None:
        super().__init__(channel, queued=False, parsePOSTFormSubmission=False)

    def gotLength(self, length: int | None) -> None:  # noqa: ARG002, N802 - Twisted's signature
        """Keep the body in memory."""
        self.content = BytesIO()

    def parseCookies(self) -> None:  # noqa: N802 - Twisted's name
        """Leave the cookies to ``admin_web.cookies``."""

    def setHeader(self, name: Any, value: Any) -> None:  # noqa: ANN401, N802 - Twisted's signature
        """Set a header; which software answers is nobody's affair."""
        if name not in {b"server", b"Server"}:
            super().setHeader(name, value)

    def process(self) -> None:
        """Have it answered, unless it was refused while its last bytes came."""
        channel = self.channel
        if channel.is_over:
            return
        channel.at_work()
        for name, text in channel.site.headers:
            self.setHeader(name, text)
        status = self._misdirected()
        if status:
            self._say_plainly(status)
        else:
            super().process()

    def _misdirected(self) -> int:
        """Refuse what no page is for: another site's name, a method we have not, a path that is no text."""
        if not is_for(self.channel.site.origin, self.getHeader("host") or ""):
            return _MISDIRECTED
        if self.method not in METHODS:
            return _NOT_ALLOWED
        try:
            unquote_to_bytes(self.path).decode()
        except UnicodeDecodeError:
            return _BAD_REQUEST
        return 0

    def add_cookies(self, cookies: Iterable[Cookie]) -> None:
        """Set cookies with this answer."""
        for cookie in cookies:
            self.responseHeaders.addRawHeader("Set-Cookie", cookie.header())

    @property
    def is_gone(self) -> bool:
        """Has whoever asked gone?"""
        return bool(self._disconnected or self.finished)

    def _say_plainly(self, status: int) -> None:
        body = RESPONSES.get(status, b"refused") + b"\n"
        self.setResponseCode(status)
        self.setHeader(b"Content-Type", b"text/plain; charset=utf-8")
        self.setHeader(b"Content-Length", b"%d" % len(body))
        self.write(body)
        self.finish()

    def write(self, octets: bytes) -> None:
        """Write a piece of the answer; with the first the reader's time begins."""
        if not self.startedWriting:
            self.channel.answering()
        super().write(octets)

    def processingFailed(self, reason: Failure) -> Failure:  # noqa: N802 - Twisted's name
        """Say no more than that it failed: the door's own catch-all failed as well."""
        event(log, "http.fault", level=logging.ERROR, raised=reason.value, door=self.channel.site.door)
        if not self.startedWriting:
            self._say_plainly(_FAULT)
        return reason
