"""The station's program: its journal, its reader, its line to the centre and its desk, joined and run.

start   journal ──► what was unfinished is noted ──► reader, watch, desk ──► what is owed is told
every half minute: hello; a certificate that ends soon is renewed
stop    the conversation with a card ends at its next step; the journal has what stood
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall, deferLater
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool
from twisted.web.server import Site

from adapters.card_reader.pcsc import PcscSlot
from adapters.card_reader.pcsc_watch import PcscWatch
from adapters.card_reader.reader import CardReader
from adapters.card_reader.serial import SerialSlot
from adapters.card_reader.serial_watch import SerialWatch
from card_station.centre import Ok
from card_station.conversation import why_of
from card_station.desk import Desk
from card_station.desk_guard import Guard, token_in
from card_station.desk_site import DeskSite
from card_station.gateway_client import GatewayClient
from card_station.identity import RENEW_AT_MOST, kept, request_of, third_of_life
from card_station.journal import Journal
from card_station.sale import Counter
from gateway.core.timeline import microseconds
from gateway.events import event

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from datetime import datetime
    from pathlib import Path

    from twisted.python.failure import Failure

    from adapters.card_reader.pcsc_watch import Seen
    from adapters.card_reader.serial_line import LinePlan
    from card_station.identity import Folder
    from card_station.purchase import Purchase

#: Seconds between two signs of life; the office takes a station that was silent for three of them for gone.
HELLO_S: Final = 30
_log = logging.getLogger("powertill.station")


@dataclass(frozen=True, slots=True)
class StationPlan:
    """What a station is made of: ``reader_serial`` "" where the reader says none.

    ``line``: the serial line that the reader is on; None where PC/SC knows it.
    """

    centre: str
    folder: Folder
    journal: Path
    reader: str
    reader_serial: str
    desk_port: int
    language: str
    version: str
    line: LinePlan | None = None


class StationService(Service):
    """The station. Starting it may raise JournalFault, IdentityFault or NoLibrary, with a sentence."""

    def __init__(self, plan: StationPlan, reactor: Any, now: Callable[[], datetime]) -> None:  # noqa: ANN401 - Twisted's reactor is several interfaces at once
        self._plan = plan
        self._reactor = reactor
        self._now = now
        self._pool = ThreadPool(1, 1, "journal")
        self._hellos: LoopingCall | None = None

    def startService(self) -> None:  # noqa: N802 - Twisted's name
        """Start: nothing is sold before what was unfinished is noted."""
        plan = self._plan
        slot = PcscSlot(plan.reader, plan.reader_serial) if plan.line is None else SerialSlot(plan.line)
        papers = plan.folder.papers()
        self._journal = journal = Journal(plan.journal)
        if journal.cut:
            event(_log, "station.journal_cut", level=logging.WARNING, octets=journal.cut)
        self._pool.start()
        self._client = GatewayClient(plan.centre, papers, self._reactor)
        self._counter = Counter(
            self._client,
            journal,
            note=self._note,
            pause=self._pause,
            nonce=lambda: secrets.token_urlsafe(18),
        )
        self._reader = CardReader(slot, self._reactor)
        self._desk = Desk(
            self._counter, self._client, self._reader, lambda: journal.purchases, self._spawn,
            greet=self._said_hello, language=plan.language,
        )  # fmt: skip
        if isinstance(slot, SerialSlot):
            self._watch: PcscWatch | SerialWatch = SerialWatch(slot, self._told, self._reactor)
        else:
            self._watch = PcscWatch([plan.reader], self._told, self._reactor)
        self._port = self._listening()
        self.running = True
        self._spawn(self._begin())

    def _listening(self) -> Any:  # noqa: ANN401 - a port of the reactor's
        """Open the desk, and write down its address where the station's user finds it."""
        folder, port = self._plan.folder.path, self._plan.desk_port
        guard = Guard(token_in(folder / "desk.token"), port)
        kept(folder / "desk.url", f"http://127.0.0.1:{port}{guard.opening}\n")
        site = Site(DeskSite(self._desk, guard).resource())
        site.displayTracebacks = False
        return self._reactor.listenTCP(port, site, interface="127.0.0.1")

    def stopService(self) -> Deferred[None]:  # noqa: N802 - Twisted's name
        """Stop at the next step of what is under way; Twisted waits for it."""
        self.running = False
        return Deferred.fromCoroutine(self._stopped())

    async def _stopped(self) -> None:
        if self._hellos is not None and self._hellos.running:
            self._hellos.stop()
        await self._port.stopListening()
        await self._reader.close()
        await self._watch.stop()
        await self._client.close()
        self._pool.stop()
        self._journal.close()

    async def _begin(self) -> None:
        await self._counter.settling.resume()
        self._hellos = LoopingCall(self._hello)
        self._hellos.clock = self._reactor
        self._hellos.start(HELLO_S)
        for one in self._journal.purchases:
            self._spawn(self._settled(one))

    async def _settled(self, purchase: Purchase, tries: int | None = None) -> None:
        await self._counter.settling.settle(purchase, tries=tries)

    def _hello(self) -> Deferred[None]:
        # A disk that is full for an hour must not end the half minutes of the months behind it.
        return Deferred.fromCoroutine(self._said_hello()).addErrback(self._failed)

    async def _said_hello(self) -> None:
        """Say that we are there, and hear what the centre says of us."""
        desk, hello = self._desk, self._desk.hello
        clock_us = microseconds(self._now())
        request = {
            "version": self._plan.version,
            "readers": [{"name": self._plan.reader, "state": desk.presence}],
            "unfinished": len(self._journal.purchases),
            "clock_us": clock_us,
        }
        answer = await self._client.ask("hello", request)
        hello.is_there, hello.why = isinstance(answer, Ok), why_of(answer)
        if not isinstance(answer, Ok):
            return
        said = answer.content
        self._counter.station = hello.station = said["station"]
        hello.name, hello.branch = said["name"], said["branch"]
        hello.currency, hello.zone = said["currency"], said["zone"]
        hello.certificate_ends_us = said["certificate_ends_us"]
        # The centre is there again: what it did not hear at the counter is told now, and not only at a start.
        for one in self._journal.purchases:
            self._spawn(self._settled(one, tries=1))
        desk.ask_again()
        left = timedelta(microseconds=hello.certificate_ends_us - clock_us)
        if left < RENEW_AT_MOST and left < third_of_life(self._plan.folder.papers().certificate):
            await self._renew()

    async def _renew(self) -> None:
        folder = self._plan.folder
        answer = await self._client.ask("renew", {"csr": request_of(folder.key())})
        if isinstance(answer, Ok):
            folder.keep(answer.content["certificate"])
            await self._client.show(folder.papers())
            event(_log, "station.renewed")
        else:
            event(_log, "station.not_renewed", level=logging.WARNING, why=why_of(answer))

    def _told(self, _name: str, seen: Seen) -> None:
        self._desk.presence = seen.presence.value

    async def _note(self, purchase: Purchase) -> None:
        await deferToThreadPool(self._reactor, self._pool, self._journal.write, purchase)

    async def _pause(self, seconds: float) -> None:
        await deferLater(self._reactor, seconds)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        Deferred.fromCoroutine(work).addErrback(self._failed)

    @staticmethod
    def _failed(failure: Failure) -> None:
        event(_log, "station.fault", level=logging.CRITICAL, raised=failure.value)
