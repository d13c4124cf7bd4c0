"""The card stations' wire: HTTPS requests, one after another on a line that a station keeps open.

    bytes → one request → conversation → answer, and the line waits for the next

Everything has a deadline: the request (head and body together), the decision, the wait for the next. Who asks
is looked up anew with each request, so a certificate that is taken back is dead on an open line as well. What
TLS asks of a station's certificate the fuse box sets; which certificate was shown comes with the request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twisted.internet.defer import Deferred

from gateway.endpoints.http_wire import WireLimits
from gateway.endpoints.kept_wire import KeptLineSite
from gateway.endpoints.station_conversation import PATH, StationConversation
from gateway.endpoints.station_said import busy, faulty

if TYPE_CHECKING:
    from gateway.endpoints.http_wire import Answer, HttpRequest
    from gateway.endpoints.station_needs import StationDoor

BODY_BYTES_MAX: Final = 64 * 1024
"""A question has some hundred bytes; a request for a certificate four thousand."""

LINGER_S: Final = 1.0
"""How long a refused sender may go on sending what nobody reads, so that he comes to read the refusal."""

LINES_KEPT_MAX: Final = 4
"""Lines that are kept for one station: its program keeps one, and two more may end beside it."""

_DONE: Final = 200
_PAYLOAD_TOO_LARGE: Final = 413
_REQUEST_TIMEOUT: Final = 408


class StationSite(KeptLineSite):
    """Serves the questions of ``schemas/station/station.json``."""

    def __init__(self, door: StationDoor) -> None:
        limits = WireLimits(door.limits.request_deadline_s, BODY_BYTES_MAX, door.limits.links_max, LINGER_S)
        idle_s = door.limits.idle_deadline_s
        super().__init__("stations", limits, idle_s, tally=door.tally, reactor=door.clock)
        self._station_door = door
        self._conversation = StationConversation(door)
        self.in_flight = 0
        self._drained: Deferred[None] | None = None

    def hear(self, request: HttpRequest) -> Deferred[Answer]:
        """Promise an answer: a late one is stored and said when the station asks again."""
        door = self._station_door
        promised: Deferred[Answer] = Deferred()
        self.in_flight += 1

        def arrived(answer: Answer) -> None:
            if not promised.called:
                timer.cancel()
                self._keep(promised, answer)

        def overdue() -> None:
            self._keep(promised, busy("no answer yet; ask the same again"))

        timer = door.clock.callLater(door.limits.reply_deadline_s, overdue)
        Deferred.fromCoroutine(self._conversation.hear(request)).addCallback(arrived)
        return promised

    def _keep(self, promised: Deferred[Answer], answer: Answer) -> None:
        self.in_flight -= 1
        promised.callback(answer)

    def keeps(self, certificate: str, answer: Answer, count: int) -> bool:
        """Keep a line for a station that stands in the books: whoever does not is denied, or enrols."""
        return bool(certificate) and answer.code == _DONE and count < LINES_KEPT_MAX

    def refusal(self, code: int) -> Answer:
        """Say why a request was not even read."""
        if code == _PAYLOAD_TOO_LARGE:
            return faulty("body", f"send at most {BODY_BYTES_MAX} bytes, and say how many", code)
        if code == _REQUEST_TIMEOUT:
            return faulty("request", f"send all of it within {self.limits.deadline_s:g} s", code)
        return faulty("request", "is not HTTP; its head has at most 8 KiB", code)

    def known_path(self, path: str) -> str:
        """Return the path of a question, or ``other``."""
        asked = self._conversation.named(path.encode("latin-1"))
        return asked if asked == "other" else PATH + asked

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
