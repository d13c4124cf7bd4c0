"""What every HTTP connection of ours refuses, whoever asks: bank, station, browser.

Once something is refused nothing more is heard: what still comes is dropped, whichever part of a request it
would be, and the refusal is said once. No header tells what software answers.
"""

# mypy: allow-untyped-calls
# twisted.web's channels carry no types yet, and their methods are called through a subclass.

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from twisted.web.http import RESPONSES, HTTPChannel

from gateway.events import event

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.ports import Tally

log = logging.getLogger("powertill.http")

#: What a stranger sent, in the log.
_SAID_MAX: Final = 200

BAD_REQUEST: Final = 400
TOO_LATE: Final = 408
TOO_LARGE: Final = 413


class GuardedChannel(HTTPChannel):
    """A connection that hears nothing more once it has refused; how it says so, a subclass knows."""

    maxHeaders = 64  # noqa: N815 - Twisted's name
    transport: Any  # its interface is zope's and carries no types
    #: Refused: whatever still comes is dropped.
    is_over = False

    def refuse(self, code: int) -> None:
        """Say that the request is not read, drop what still comes, and close; once."""
        raise NotImplementedError

    def lineReceived(self, line: bytes) -> None:  # noqa: N802 - Twisted's name
        """Read a line of the head; what followed a refused line in the same segment is dropped."""
        if not self.is_over:
            super().lineReceived(line)

    def lineLengthExceeded(self, line: bytes) -> None:  # noqa: ARG002, N802 - Twisted's signature
        """Refuse a head without an end."""
        self.refuse(BAD_REQUEST)

    def rawDataReceived(self, octets: bytes) -> None:  # noqa: N802 - Twisted's name
        """Read a short body; what followed a refused head in the same segment is dropped."""
        if not self.is_over:
            super().rawDataReceived(octets)

    def say_refusal(self, code: int, kind: str, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        """Write an answer to what was not read, with the site's ``headers``."""
        head = [f"HTTP/1.1 {code} {RESPONSES[code].decode()}", f"Content-Type: {kind}"]
        head += [f"{name}: {text}" for name, text in headers]
        head += [f"Content-Length: {len(body)}", "", ""]
        self.transport.write("\r\n".join(head).encode() + body)

    def asked_for(self) -> tuple[bytes, bytes]:
        """Name the method and the path, without its query, as far as they have come."""
        method, path = getattr(self, "_command", b"-"), getattr(self, "_path", b"-")
        return method, path.partition(b"?")[0]

    def _respondToBadRequestAndDisconnect(self) -> None:  # noqa: N802 - Twisted's name
        self.refuse(BAD_REQUEST)


def note_answer(  # noqa: PLR0913 - the columns of a line
    tally: Tally, door: str, known: str, *, method: bytes, path: bytes, code: int, sent: int, peer: str
) -> None:
    """Count and log an answer; ``known`` is the path as it is counted. No header, body or query is told."""
    tally.count("http_requests", door=door, path=known, code=str(code))
    event(
        log,
        "http.request",
        door=door,
        method=said(method),
        path=said(path),
        code=code,
        sent=sent,
        peer=peer,
    )


def said(octets: bytes) -> str:
    """Write what a stranger sent for the log: cut, and one character a byte."""
    return octets[:_SAID_MAX].decode("latin-1")
