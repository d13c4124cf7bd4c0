"""Writes an answer that is longer than memory should hold: the next piece when the last was taken."""

# mypy: allow-untyped-calls
# twisted.web's requests carry no types yet.

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from gateway.events import event

if TYPE_CHECKING:
    from admin_web.answers import Download
    from admin_web.wire_request import OfficeRequest

log = logging.getLogger("powertill.office")


@implementer(IPushProducer)
class _Tap:
    """Closed by the connection while its buffer is full; whoever writes waits until it is opened."""

    def __init__(self) -> None:
        self._opened: Deferred[None] | None = None
        self.is_gone = False

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's name
        """Close."""
        if self._opened is None:
            self._opened = Deferred()

    def resumeProducing(self) -> None:  # noqa: N802 - Twisted's name
        """Open."""
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.callback(None)

    def stopProducing(self) -> None:  # noqa: N802 - Twisted's name
        """Nobody reads any more."""
        self.is_gone = True
        self.resumeProducing()

    async def flowing(self) -> None:
        """Wait until more may be written."""
        if self._opened is not None:
            await self._opened


async def write_pieces(request: OfficeRequest, download: Download) -> None:
    """Write a file to whoever asked for it; when he has gone, no further piece is made.

    A fault after the first piece cuts the connection: a file that ends too soon must not look whole.
    """
    request.setHeader("Content-Type", download.kind)
    request.setHeader("Content-Disposition", disposition(download.file_name))
    tap, pieces = _Tap(), download.pieces
    request.registerProducer(tap, True)  # noqa: FBT003 - Twisted's signature
    gone: Any = request.notifyFinish()  # Twisted's Deferred carries no type here
    gone.addErrback(lambda _: tap.stopProducing())
    try:
        async for piece in pieces:
            await tap.flowing()
            if tap.is_gone:
                break
            request.write(piece)
    except Exception as fault:  # noqa: BLE001 - nothing can be said any more, only noted
        event(log, "office.cut", level=logging.ERROR, raised=fault, file=download.file_name)
        request.channel.transport.abortConnection()
        await gone  # until the connection has ended, so that nobody writes an end
    finally:
        await pieces.aclose()
        if not tap.is_gone:
            request.unregisterProducer()


def disposition(file_name: str) -> str:
    r"""Name the file for the browser (RFC 6266): in ASCII, and in full.

    >>> disposition("ledger 2026.csv")
    "attachment; filename=\"ledger 2026.csv\"; filename*=UTF-8''ledger%202026.csv"
    """
    plain = "".join(
        letter if letter.isascii() and letter.isprintable() and letter not in '"\\' else "_"
        for letter in file_name
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name)}"
