"""The SOAP door's wire: HTTP requests of one bank, each on a connection of its own.

    bytes → one request → conversation → answer or fault, and the line is closed

Everything has a deadline: the request (head and body together), the decision, and the reading of the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twisted.internet.defer import Deferred

from gateway.endpoints.http_wire import Answer, OneRequestSite, WireLimits
from gateway.endpoints.soap_conversation import PATH, SoapConversation
from gateway.endpoints.soap_fault import SoapFault

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from gateway.endpoints.http_wire import HttpRequest
    from gateway.endpoints.soap_conversation import SoapDoor

BODY_BYTES_MAX: Final = 64 * 1024
"""A request of the contract has one KiB; toolkits that repeat namespaces at every element need a few."""

LINGER_S: Final = 1.0
"""How long a refused sender may go on sending what nobody reads, so that he comes to read the refusal."""

_REQUEST_TIMEOUT: Final = 408
_PAYLOAD_TOO_LARGE: Final = 413


class CollectionSite(OneRequestSite):
    """Serves the contract ``Collection`` to one bank."""

    def __init__(self, door: SoapDoor) -> None:
        limits = WireLimits(
            door.limits.frame_deadline_s, BODY_BYTES_MAX, door.limits.links_max, LINGER_S, takes_chunks=True
        )
        super().__init__(f"soap.{door.bank}", limits, tally=door.tally, reactor=door.clock)
        self.bank_door = door
        self.in_flight = 0
        self._conversation = SoapConversation(door)
        self._drained: Deferred[None] | None = None

    def hear(self, request: HttpRequest) -> Answer | Deferred[Answer]:
        """Answer a request, or promise to."""
        is_busy = self.in_flight >= self.bank_door.limits.in_flight_max
        said = self._conversation.hear(request, is_busy=is_busy)
        return said if isinstance(said, Answer) else self._awaited(said)

    def refusal(self, code: int) -> Answer:
        """Say why a request was not even read, as a fault like every other."""
        if code == _PAYLOAD_TOO_LARGE:
            sentence, cure = "the request is too long", f"send at most {BODY_BYTES_MAX} bytes"
            return self._conversation.refused(SoapFault("Client.TooLarge", sentence, cure, http=code))
        if code == _REQUEST_TIMEOUT:
            within_s = self.limits.deadline_s
            sentence, cure = "the request was not whole in time", f"send all of it within {within_s:g} s"
            return self._conversation.refused(SoapFault("Client.Timeout", sentence, cure, http=code))
        sentence, cure = "the request is not HTTP", "let an HTTP library send it, with at most 8 KiB of head"
        return self._conversation.refused(SoapFault("Client.Http", sentence, cure, http=code))

    def known_path(self, path: str) -> str:
        """Return the one path that is served, or ``other``."""
        return path if path == PATH else "other"

    def answering(self) -> None:
        """Tell the crash points."""
        self.bank_door.posting.reached("door.answering")

    def answered(self) -> None:
        """Tell the crash points."""
        self.bank_door.posting.reached("door.answered")

    def channel_lost(self) -> None:
        """Be told that a connection has ended."""
        if self._drained is not None and not self._drained.called and not self.channels:
            self._drained.callback(None)

    async def drain(self) -> None:
        """Hear nothing more; done when whoever is owed an answer has it, or has gone."""
        drained = self._drained = self._drained or Deferred()
        for channel in list(self.channels):
            channel.leave()
        self.channel_lost()
        await drained

    def _awaited(self, coming: Coroutine[Any, Any, Answer]) -> Deferred[Answer]:
        """Wait for a decision as long as the bank does; a late one is stored and said when it asks again."""
        door = self.bank_door
        promised: Deferred[Answer] = Deferred()
        asked_at = door.clock.seconds()
        self.in_flight += 1

        def arrived(answer: Answer) -> None:
            if promised.called:
                return
            timer.cancel()
            door.tally.took("answer", door.clock.seconds() - asked_at, bank=door.bank)
            self._keep(promised, answer)

        def overdue() -> None:
            self._keep(promised, self._conversation.overdue())

        timer = door.clock.callLater(door.limits.reply_deadline_s, overdue)
        Deferred.fromCoroutine(coming).addCallback(arrived)
        return promised

    def _keep(self, promised: Deferred[Answer], answer: Answer) -> None:
        self.in_flight -= 1
        promised.callback(answer)
