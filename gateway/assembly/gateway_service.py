"""The gateway as one service: it starts in order, and ends so that nobody is left without an answer.

The order:
    start  tables up to date → poster → terms that are due → doors (banks, health, office)
           → sales, days, terms, notices, prices watched
    stop   watches and doors end → what is owed is said → the queue is posted → thread and database end
"""

from __future__ import annotations

import logging
import os
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.logger import globalLogPublisher

from adapters.db.opening import DatabaseFault
from adapters.db.poster import QUEUE_MAX
from adapters.keys.no_core import forbid_cores
from adapters.metrics.prometheus import PrometheusTally
from gateway.assembly.crash_points import VARIABLE, CrashPointFault, crash_points
from gateway.assembly.day_watch import build_day_watch
from gateway.assembly.issuing import Issuing, build_issuing
from gateway.assembly.key_watch import KeyWatch
from gateway.assembly.lines_built import build_lines
from gateway.assembly.listening import open_port
from gateway.assembly.logs import TwistedToLogging, start_logging
from gateway.assembly.multi_tariff import flat_pricing, stored_pricing
from gateway.assembly.notices import build_notices
from gateway.assembly.overdue_watch import OverdueWatch
from gateway.assembly.pace import set_pace
from gateway.assembly.parts import build_ledger
from gateway.assembly.prepayment import BankEntrances, Wires
from gateway.assembly.reserved_watch import ReservedWatch
from gateway.assembly.tariff_watch import TariffWatch
from gateway.assembly.terms_watch import TermsWatch
from gateway.endpoints.health import Check, Standing, health_site
from gateway.events import event

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TextIO

    from gateway.assembly.admin import AdminWeb
    from gateway.assembly.line_part import Lines
    from gateway.assembly.prepayment import Entrance
    from gateway.assembly.stations import Stations
    from gateway.config import Config
    from gateway.ports import Pricing

log = logging.getLogger("powertill.gateway")

#: Why a start may fail at once; each says so in a sentence. What is found later is told as ``trouble``.
START_FAULTS = (OSError, DatabaseFault, CrashPointFault)

#: The sub-modules that can run, each alone or with the others, in one process or several on the same books.
MODULES = ("prepayment", "metering", "multi_tariff")

#: How long a stop waits for what is owed, before it ends all the same: a supervisor gives up after 30 s.
_STOP_S_MAX = 25.0


def make_gateway(
    config: Config,
    reactor: Any,  # noqa: ANN401 - Twisted's reactor is several interfaces at once
    *,
    modules: Sequence[str] = MODULES,
    stream: TextIO | None = None,
) -> GatewayService:
    """Make the gateway's service; nothing is opened before it starts."""
    return GatewayService(config, reactor, modules, stream)


class GatewayService(Service):
    """Runs the doors and the ledger behind them."""

    def __init__(self, config: Config, reactor: Any, modules: Sequence[str], stream: TextIO | None) -> None:  # noqa: ANN401 - see make_gateway
        self.setName("powertill")  # type: ignore[no-untyped-call]  # Twisted's service is untyped
        self._config = config
        self._reactor = reactor
        self._modules = tuple(modules)
        self._stream = stream
        self._ports: list[Any] = []  # Twisted's interfaces mean nothing to the type checker
        self._doors: list[Entrance] = []
        self.tally = PrometheusTally()
        self._trouble: str | None = None
        self._tariffs: TariffWatch | None = None
        self._issuing: Issuing | None = None
        self._admin: AdminWeb | None = None
        self._stations: Stations | None = None
        self._lines: Lines | None = None

    @property
    def _sells(self) -> bool:
        """Does prepayment run here? Else its doors and watches are another process's."""
        return "prepayment" in self._modules

    def startService(self) -> None:  # noqa: N802 - Twisted's name
        """Open the ledger and start; a failure to start ends the process with its reason."""
        super().startService()  # type: ignore[no-untyped-call]  # see above
        # Deadlines must not follow the wall clock: a clock that is set back would stop them all.
        self._reactor.seconds = time.monotonic
        set_pace()
        forbid_cores()
        self._stop_logging = start_logging(self._config.log, self.tally, self._stream)
        self._twisted_log = TwistedToLogging(self.tally)
        globalLogPublisher.addObserver(self._twisted_log)  # type: ignore[arg-type]  # zope's, not typing's
        reached = crash_points(os.environ.get(VARIABLE))
        self.ledger = build_ledger(self._config, self._reactor, _utc_now, reached, self._broken)
        self._overdue = OverdueWatch(self.ledger.views, self.ledger.poster, self._reactor, _utc_now)
        self._reserved = ReservedWatch(self.ledger.views, self.ledger.poster, self._reactor, _utc_now)
        self._days = build_day_watch(self._config, self.ledger, self._reactor, _utc_now)
        self._terms = TermsWatch(self.ledger.views, self.ledger.poster, self._reactor, _utc_now)
        files = [(key.sgc, key.krn) for key in self._config.vending_keys]
        self._keys = KeyWatch(self.ledger.views, files, self._reactor, self.tally)
        self._notices = build_notices(self._config, self.ledger, self._reactor, _utc_now, self.tally)
        self.started = Deferred.fromCoroutine(self._start(reached))
        self.started.addErrback(self._cannot_start)

    async def _start(self, reached: Callable[[str], None]) -> None:
        ledger, config = self.ledger, self._config
        registry = ledger.registry
        integrated = "multi_tariff" in self._modules
        is_flat = self._sells and not integrated
        prices = flat_pricing(config, registry) if is_flat else stored_pricing(registry)
        tally = self.tally
        await self._keys.load()
        if self._sells:
            # Before a payment is taken: what became due while the gateway was off.
            await self._terms.load()
        self._issuing = build_issuing(config, self._keys.ring, self._reactor)
        self._issuing.start()
        if integrated:
            self._tariffs = TariffWatch(ledger.views, ledger.poster, prices, self._reactor, tally)
        issuer = self._issuing.issuer
        wires = Wires(ledger.poster, prices, issuer, tally, self._reactor, _utc_now, reached)
        entrances = BankEntrances(config, wires)
        banks = config.banks if self._sells else ()
        for bank in banks:
            for door in entrances.of(bank):
                self._doors.append(door)
                self._ports.append(await open_port(self._reactor, door.listen, door.factory, bank.links_max))
                profile, at = bank.profile, door.listen
                event(log, "bank.listening", bank=bank.code, door=door.kind, profile=profile, at=at)
        if config.health_listen is not None:
            health = health_site(self._look, self.tally.text, tally=self.tally, reactor=self._reactor)
            self._ports.append(await open_port(self._reactor, config.health_listen, health))
        await self._open_stations(prices)
        self._lines = build_lines(config, self._modules, ledger, issuer, self._reactor, _utc_now)
        self._lines.reached = reached
        await self._open_admin(prices)
        if config.lines.listen is not None:
            self._ports.append(await open_port(self._reactor, config.lines.listen, self._lines.callers))
        # Until the reactor runs nobody is answered, and a signal would end us without a word.
        running: Deferred[None] = Deferred()
        self._reactor.callWhenRunning(running.callback, None)
        await running
        event(log, "gateway.started", modules=",".join(self._modules), banks=len(banks))
        # Only now: however much is open, the banks do not wait for it.
        if self._sells:
            for watch in (self._overdue, self._reserved, self._days, self._terms, self._notices):
                watch.start()
        self._keys.start()
        self._lines.start()
        if self._tariffs is not None:
            self._tariffs.start()
        ledger.start_chores()

    async def _open_stations(self, prices: Pricing) -> None:
        """Open the door of the card stations, where the configuration has one."""
        config, issuing = self._config, self._issuing
        if config.stations is None or config.admin is None or issuing is None or not self._sells:
            return
        # Only where there is such a door: what it is made of takes its time to load.
        from gateway.assembly.stations import build_stations  # noqa: PLC0415

        self._stations = stations = build_stations(
            config, config.stations, config.admin, self.ledger, issuing, prices,
            reactor=self._reactor, now=_utc_now, tally=self.tally,
        )  # fmt: skip
        at, links_max = config.stations.listen, config.stations.links_max
        self._ports.append(await open_port(self._reactor, at, stations.wire, links_max))
        event(log, "stations.listening", at=at)

    async def _open_admin(self, prices: Pricing) -> None:
        """Open the office's pages, where the configuration has any."""
        settings, issuing = self._config.admin, self._issuing
        if settings is None or issuing is None:
            return
        # Only where there are pages: what they are made of takes longer to load than all the rest.
        from gateway.assembly.admin import build_admin  # noqa: PLC0415

        admin = build_admin(
            self._config, settings, self.ledger, issuing.issuer, prices,
            reactor=self._reactor, now=_utc_now, checks=self._look, tally=self.tally,
            stations=None if self._stations is None else self._stations.heard,
            lines=self._lines if self._lines is not None and self._lines.desks else None,
        )  # fmt: skip
        self._admin = admin
        # What the pages are made of is half of all there is: it, too, is looked through no more.
        set_pace()
        self._ports.append(await open_port(self._reactor, settings.listen, admin.site, settings.links_max))
        event(log, "office.listening", at=settings.listen, origin=settings.origin)

    def stopService(self) -> Deferred[None]:  # noqa: N802 - Twisted's name
        """Say what is owed, then end; twistd waits for it."""
        super().stopService()  # type: ignore[no-untyped-call]  # see above
        stopping = Deferred.fromCoroutine(self._stop())
        stopping.addTimeout(_STOP_S_MAX, self._reactor)
        return stopping.addBoth(self._stopped)

    async def _stop(self) -> None:
        searching, telling, closing = self._overdue.stop(), self._notices.stop(), self._days.stop()
        pricing = None if self._tariffs is None else self._tariffs.stop()
        keys, beginning, giving_up = self._keys.stop(), self._terms.stop(), self._reserved.stop()
        # At once, too: calls that run have some seconds to end in.
        hanging_up = None if self._lines is None else self._lines.stop()
        for port in self._ports:
            await _as_deferred(port.stopListening())
        for draining in [Deferred.fromCoroutine(door.factory.drain()) for door in self._doors]:
            await draining
        if self._stations is not None:
            await self._stations.stop()
        if hanging_up is not None:
            await hanging_up
        await searching
        await giving_up
        await telling
        await closing
        await beginning
        await keys
        if pricing is not None:
            await pricing
        if self._admin is not None:
            await self._admin.stop()
        if self._issuing is not None:
            await self._issuing.stop()
        await self.ledger.close()

    def _stopped(self, result: object) -> None:
        event(log, "gateway.stopped", in_order=result is None)
        globalLogPublisher.removeObserver(self._twisted_log)  # type: ignore[arg-type]  # see start
        self._stop_logging()

    def _cannot_start(self, failure: Any) -> None:  # noqa: ANN401 - Twisted's Failure
        self._trouble = failure.getErrorMessage()
        log.critical("the gateway cannot start: %s", self._trouble, exc_info=failure.value)
        self._end_process()

    def _broken(self, why: str) -> None:
        """The disk fails: acknowledge nothing more; a supervisor starts us again when it is mended."""
        self._trouble = why
        log.critical("the ledger's disk fails, the gateway ends: %s", why)
        self._end_process()

    def _end_process(self) -> None:
        if not self.running:  # it ends already
            return
        if self._reactor.running:
            self._reactor.stop()
        else:
            self._reactor.callWhenRunning(self._reactor.stop)

    @property
    def trouble(self) -> str | None:
        """Why the gateway ended by itself, or None."""
        return self._trouble

    def _look(self) -> list[Check]:
        """Say how things stand, from what is in memory; the levels of the graphs are brought up to date."""
        poster = self.ledger.poster
        self.tally.level("ledger_queued", poster.queued_count)
        self.tally.level("ledger_posted", poster.posted_count)
        self.tally.level("ledger_batches", poster.batch_count)
        ledger = _ledger(poster.queued_count, self._trouble, [chore.trouble for chore in self.ledger.chores])
        tariffs = [] if self._tariffs is None else [self._tariffs.check()]
        keys = [self._keys.check(), *([] if self._issuing is None else self._issuing.checks())]
        stations = [] if self._stations is None else [self._stations.check()]
        doors = [*(door.look() for door in self._doors), *stations]
        return [ledger, *doors, *self._notices.checks(), *tariffs, *keys]


def _ledger(queued: int, trouble: str | None, chores: Sequence[str | None]) -> Check:
    if trouble is not None:
        return Check("ledger", Standing.FAILING, trouble)
    undone = [words for words in chores if words is not None]
    if undone:
        return Check("ledger", Standing.DEGRADED, undone[0])
    is_long = queued > QUEUE_MAX // 2
    return Check("ledger", Standing.DEGRADED if is_long else Standing.OK, f"{queued} commands wait")


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _as_deferred(result: object) -> Deferred[Any]:
    """Await what Twisted may have done at once."""
    return result if isinstance(result, Deferred) else _done(result)


def _done(result: object) -> Deferred[Any]:
    done: Deferred[Any] = Deferred()
    done.callback(result)
    return done
