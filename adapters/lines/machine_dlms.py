"""A link and an association of DLMS as a machine for the exchange; a counter is stored before it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.lines.exchange import Out
from gateway.codecs.dlms.client import Client
from gateway.codecs.dlms.link import Came, LinkLost, LinkOpened
from gateway.codecs.dlms.link_client import ClientLink
from gateway.codecs.dlms.security import COUNTER_MAX
from gateway.core.contact import ContactFault, ContactWhy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.codecs.dlms.access import Access
    from gateway.codecs.dlms.link import LinkEvent
    from gateway.codecs.dlms.link_tcp import TcpLink

STRAY_MS: Final = 10_000
"""Milliseconds for the answer where what came was none: the late one to a question that was given up."""

STORED_AHEAD: Final = 32
"""Counters that are stored ahead: a disk takes some ten milliseconds each time, and all others wait for it.
A conversation that breaks off leaves as many unused, of four milliards."""


class DlmsMachine:
    """One link with one association in it; a new one for each attempt.

    ``store`` is given a counter behind those of what is sealed, before it goes out.
    """

    def __init__(
        self, link: ClientLink | TcpLink, access: Access, slack_ms: int, store: Callable[[int], None]
    ) -> None:
        self._link = link
        self._sealing = access.sealing
        self._slack_ms = slack_ms
        self._store = store
        self._stored = -1 if access.sealing is None else access.sealing.counter
        self.client = Client(access)
        #: True while the link stands.
        self.is_linked = False
        self._lost: ContactFault | None = None

    @property
    def wait_ms(self) -> int | None:
        """As the link's, and what the way there takes; something that was no answer is not waited behind."""
        waiting = STRAY_MS if self._is_astray else self._link.deadline_ms
        return None if waiting is None else waiting + self._slack_ms

    def connect(self) -> list[Any]:
        """Begin the link."""
        return self._told(self._link.connect())

    def disconnect(self) -> list[Any]:
        """End the link."""
        return self._told(self._link.disconnect() or [])

    def ask(self, say: Callable[[Client], None]) -> list[Any]:
        """Let the client say something; ``ContactFault`` where it cannot, or the link was lost meanwhile."""
        if self._lost is not None:
            raise self._lost
        try:
            say(self.client)
        except ValueError as fault:
            raise ContactFault(ContactWhy.REFUSED, f"this cannot be asked: {fault}") from None
        return self._told([])

    def receive(self, octets: bytes) -> list[Any]:
        """Take what came."""
        return self._told(self._link.receive(octets))

    def expired(self) -> list[Any]:
        """Note that nothing came."""
        if self._is_astray:
            return [self._lose(ContactWhy.GARBLED, "what the meter sent was no answer to what it was asked")]
        return self._told(self._link.timed_out(), why=self._silence)

    @property
    def _is_astray(self) -> bool:
        """True where the link has brought something, and the client still waits for its answer."""
        return self.is_linked and self._link.deadline_ms is None and self.client.is_busy

    @property
    def _silence(self) -> ContactWhy:
        is_noisy = isinstance(self._link, ClientLink) and self._link.reader.garbled
        return ContactWhy.CHECKSUM if is_noisy else ContactWhy.TIMEOUT

    def _told(self, events: Sequence[LinkEvent], why: ContactWhy = ContactWhy.LOST) -> list[Any]:
        told: list[Any] = []
        for event in events:
            if isinstance(event, LinkLost):
                told.append(self._lose(why, f"the link to the meter is lost: {event.why}"))
            elif not isinstance(event, Came):
                self.is_linked = isinstance(event, LinkOpened)
                told.append(event)
            elif not event.is_unasked:
                # What a meter pushes is nobody's answer, and nothing here waits for it.
                told += self.client.receive(event.apdu)
        return [*told, *self._out()]

    def _lose(self, why: ContactWhy, said: str) -> ContactFault:
        self.is_linked, self._lost = False, ContactFault(why, said)
        return self._lost

    def _out(self) -> list[Out]:
        """Give what is to be sent now."""
        apdus = self.client.take_outgoing() if self.is_linked else []
        if apdus and self._sealing is not None and self._sealing.counter > self._stored:
            following = self._sealing.counter
            self._stored = max(following, min(following + STORED_AHEAD, COUNTER_MAX))
            self._store(self._stored)
        for apdu in apdus:
            self._link.send(apdu)
        octets = self._link.take_outgoing()
        return [Out(octets)] if octets else []
