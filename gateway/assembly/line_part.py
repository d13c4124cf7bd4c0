"""The lines of one process, and what works them: pools, crews, watches, rounds.

    [[line]] rows ──► a pool for each kind of line (modem, network, meters that call in) ──► LineDesk ──► Crew
                                                         ▲ jobs
            orders over lines (RemoteWatch) ─────────────┤
            tests that somebody waits for (LineTesting) ─┘

Lines belong to the process that has them in its configuration. What is sent over them is done by the
sub-module that runs: prepayment credits, metering relays, multi_tariff timetables.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import replace
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.python.threadpool import ThreadPool

from adapters.lines.crew import CallersHere, Crew, ModemHere, NetworkHere
from adapters.lines.dial_in import MetersHere
from adapters.lines.serial_wire import SerialWire
from adapters.lines.tcp_wire import connect
from adapters.lines.way import MODEM_BAUD, PROFILES
from gateway.assembly.booked_errand import BookedErrand
from gateway.assembly.line_desk import LineDesk
from gateway.assembly.line_keeping import LineKeeping
from gateway.assembly.line_standings import standing_of
from gateway.assembly.line_test import LineTesting
from gateway.assembly.meter_access import MeterAccess
from gateway.assembly.parts import on_thread
from gateway.assembly.reading_keeper import ReadingsOfLines
from gateway.assembly.remote_errands import CarryingCredit, CarryingPlain, RemoteErrand
from gateway.assembly.remote_watch import RemoteWatch
from gateway.assembly.round_desk import RoundDesk
from gateway.codecs.meter_model.model import LineFormat
from gateway.core.contact import ContactWhy
from gateway.core.line_work.call_made import CallMade
from gateway.core.line_work.cost import LineRate
from gateway.core.line_work.policy import Policy, Wait
from gateway.core.meter_way import LineKind
from gateway.core.timeline import microseconds
from gateway.events import event
from gateway.metering.pool import LinePool, PoolFullError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from twisted.python.failure import Failure

    from adapters.db.line_book import LineBook
    from adapters.lines.crew import Errand, LineHere
    from adapters.lines.modem_line import ModemPort
    from gateway.assembly.parts import Ledger
    from gateway.assembly.timetable_watch import TimetableWatch
    from gateway.config import Config
    from gateway.config.line_settings import LineSettings, LinesSettings
    from gateway.core.line_standing import LineStanding
    from gateway.core.line_work.call import Call, CallEnded, Dropped, Settled
    from gateway.core.line_work.job import Job
    from gateway.core.line_work.work_kind import WorkKind
    from gateway.core.remote_order import RemoteKind
    from gateway.core.views_remote_due import DueOrder

log = logging.getLogger("powertill.gateway")

FORGET_EVERY_S: Final = 3_600
"""Seconds between two looks for what is older than it is kept: a portion of a day's rows each time."""

HERE_S: Final = 15
"""Seconds between two looks whether a meter has come by itself: a customer who has paid waits no longer."""

LOOKS_MAX: Final = 86_400
"""Such looks from noon to noon, which are no calls: one each second at the most."""

_FORMATS: Final = {
    "8N1": LineFormat(MODEM_BAUD, 8, "none", 1),
    "7E1": LineFormat(MODEM_BAUD, 7, "even", 1),
}


class Lines:
    """The lines of this process, and whoever has work for them."""

    def __init__(
        self,
        settings: LinesSettings,
        policy: Policy,
        clock: Any,  # noqa: ANN401 - Twisted's reactor is several interfaces at once
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._now = now
        self._carrying: dict[RemoteKind, CarryingCredit | CarryingPlain] = {}
        self._due: dict[int, DueOrder] = {}
        self._errand: Callable[[DueOrder], Errand] | None = None
        self._ids = count(1)
        self.access = MeterAccess(settings.access, lambda: now().astimezone(policy.zone))
        models = [self.access.model(name) for name in settings.models_calling]
        self.callers = MetersHere(clock, models, lambda: now().astimezone(policy.zone))
        self.tests = LineTesting(self, lambda: now().astimezone(policy.zone))
        self.desks: dict[LineKind, LineDesk] = {}
        self.rows: dict[LineKind, Sequence[LineSettings]] = {}
        for kind in LineKind:
            rows = [row for row in settings.lines if row.kind is kind for _ in range(row.at_once)]
            if rows:
                self._build(kind, rows, policy)
        self.watch: RemoteWatch | None = None
        self.reached: Callable[[str], None] = lambda _point: None
        self.rounds: RoundDesk | None = None
        self.timetables: TimetableWatch | None = None
        self._thread: ThreadPool | None = None
        self._forgetting: LoopingCall | None = None
        self.keeping: LineKeeping | None = None

    def _build(self, kind: LineKind, rows: Sequence[LineSettings], policy: Policy) -> None:
        here: dict[int, LineHere] = {place: self._line(row) for place, row in enumerate(rows)}
        reserved = frozenset(place for place, row in enumerate(rows) if row.is_reserved)
        crew = Crew(here, self, self._clock)
        if kind is LineKind.CALLS_IN:
            policy = _for_callers(policy)
        desk = LineDesk(LinePool(here, reserved, policy), crew, self._clock, self.now_s)
        desk.settled, desk.dropped = self._settled, self._dropped
        desk.called, desk.ended = partial(self._called, rows), partial(self._ended, rows)
        self.desks[kind] = desk
        self.rows[kind] = rows

    def _line(self, row: LineSettings) -> LineHere:
        if row.kind is LineKind.NETWORK:
            return NetworkHere(self._clock)
        if row.kind is LineKind.CALLS_IN:
            return CallersHere(self.callers)
        return ModemHere(partial(_modem_port, self._clock, row), PROFILES[row.modem], self._clock)

    def now_s(self) -> int:
        """Give the moment, in whole seconds since 1970 UTC."""
        return microseconds(self._now()) // 1_000_000

    def new_id(self) -> int:
        """Give a job an id of its own."""
        return next(self._ids)

    def of(self, job: Job, meter: int) -> Errand | None:
        """Give the errand of a meter in a job: an order's, a test's, or a visit of the rounds."""
        due = self._due.get(job.id)
        if due is not None and self._errand is not None:
            return BookedErrand(self._errand(due))
        errand: Errand | None = self.tests.errand(job)
        if errand is None and self.rounds is not None:
            errand = self.rounds.errand(job, meter)
        return None if errand is None else BookedErrand(errand)

    def send(self, kinds: frozenset[RemoteKind], ledger: Ledger) -> None:
        """Have orders of these kinds sent over the lines."""
        self.watch = RemoteWatch(
            kinds, ledger.views, ledger.poster, self.ask_order, lambda name: self.access.model(name).credit,
            self._clock, self._now, self.new_id, self.withdraw,
        )  # fmt: skip
        self._errand = lambda due: RemoteErrand(
            due, self.access, self._carrying[due.order.kind].of(due), ledger.poster, ledger.views,
            self.reached,
        )  # fmt: skip

    def carry(self, kinds: frozenset[RemoteKind], carrying: CarryingCredit | CarryingPlain) -> None:
        """Say what carries orders of these kinds out."""
        self._carrying |= dict.fromkeys(kinds, carrying)

    def keep(self, book: LineBook) -> None:
        """Have what the lines see kept, on a thread of its own."""
        self._thread = ThreadPool(minthreads=1, maxthreads=1, name="lines")
        self._thread.start()
        self.keeping = LineKeeping(book, on_thread(self._clock, self._thread), self._clock)

    def read(self, config: Config, ledger: Ledger) -> None:
        """Have meters read by their schedules."""
        assert self.keeping is not None, "it is kept"  # noqa: S101 - as it is built
        keeper = ReadingsOfLines(ledger.poster, self.keeping, self._clock, config.readings.day_wh_max)
        policy = Policy(config.utility.zone)
        self.rounds = RoundDesk(
            self, ledger.views, self.keeping, keeper, policy, self._clock, self._now
        )  # fmt: skip

    def ask(self, job: Job, kind: LineKind) -> None:
        """Have a job done over the lines of a kind; PoolFullError where there is none here, or no room."""
        desk = self.desks.get(kind)
        if desk is None:
            raise PoolFullError("no line of this process leads there")
        desk.ask(job)

    def withdraw(self, job_id: int) -> None:
        """Take a job of an order back; one on a call ends, and is not tried again."""
        self._due.pop(job_id, None)
        for desk in self.desks.values():
            desk.withdraw(job_id)

    def ask_order(self, job: Job, due: DueOrder) -> None:
        """Have a job of an order done over the lines of its meter's kind."""
        self._due[job.id] = due
        try:
            self.ask(job, due.way.kind)
        except PoolFullError:
            # Another process may have such lines; here it is looked at again later.
            del self._due[job.id]
            raise

    def start(self) -> None:
        """Begin to look for work."""
        for part in (self.timetables, self.watch, self.rounds):
            if part is not None:
                part.start()
        if self.keeping is not None:
            self._forgetting = LoopingCall(self._forget, self.keeping)
            self._forgetting.clock = self._clock
            self._forgetting.start(FORGET_EVERY_S, now=False)

    def lines(self) -> Sequence[LineStanding]:
        """Say how each line stands, by name."""
        return [one for kind, desk in self.desks.items() for one in standing_of(kind, self.rows[kind], desk)]

    def waiting(self) -> Mapping[WorkKind, int]:
        """Say how many jobs of each kind wait or are on a call."""
        return Counter(kind for desk in self.desks.values() for kind in desk.kinds())

    def stop(self) -> Deferred[None]:
        """Begin nothing more; fires when the calls have ended, if need be broken off, and are written."""
        return Deferred.fromCoroutine(self._stop())

    def _forget(self, keeping: LineKeeping) -> Deferred[None]:
        """Take out what is older than it is kept; what fails is tried an hour later."""
        return Deferred.fromCoroutine(keeping.forget(self.now_s())).addErrback(_not_forgotten)

    async def _stop(self) -> None:
        if self._forgetting is not None and self._forgetting.running:
            self._forgetting.stop()
        # All at once: their waits, each with its limit, must not add up.
        stopping = [part.stop() for part in (self.timetables, self.watch, self.rounds) if part is not None]
        stopping += [desk.stop() for desk in self.desks.values()]
        try:
            for one in stopping:
                await one
            if self.keeping is not None:
                await self.keeping.stop()
        finally:
            # A thread that is not stopped would keep the process alive for ever.
            if self._thread is not None:
                self._thread.stop()

    def _called(self, rows: Sequence[LineSettings], call: Call) -> None:
        self.tests.called(call, rows[call.line].name)
        if self.rounds is not None:
            self.rounds.called(call)

    def _ended(self, rows: Sequence[LineSettings], call: Call, end: CallEnded) -> None:
        """Note a call, with what it cost."""
        row, first = rows[call.line], call.jobs[0]
        is_not_there = row.kind is LineKind.CALLS_IN and end.why is ContactWhy.NO_ANSWER
        if self.keeping is None or is_not_there:
            return
        meters = sum(len(job.meters) for job in call.jobs)
        cost = LineRate(row.cost_call_minor, row.cost_minute_minor).cost(end.seconds, end.why)
        made = CallMade(
            row.name, call.number, first.bus, first.kind, meters, len(end.read), end.why, end.seconds,
            call.at_s, cost,
        )  # fmt: skip
        self.keeping.call(made)

    def _settled(self, end: Settled) -> None:
        if end.again is None:
            self._due.pop(end.job.id, None)
        for one in (self.watch, self.rounds, self.tests):
            if one is not None:
                one.settled(end)

    def _dropped(self, dropped: Dropped) -> None:
        self._due.pop(dropped.job.id, None)
        for one in (self.watch, self.rounds, self.tests):
            if one is not None:
                one.dropped(dropped)


def _not_forgotten(failure: Failure) -> None:
    event(log, "lines.not_forgotten", level=logging.WARNING, raised=failure.value)


def _for_callers(policy: Policy) -> Policy:
    """Give the figures for meters that come by themselves: to look whether one is here costs nothing."""
    waits = {**policy.waits, ContactWhy.NO_ANSWER: Wait(HERE_S, is_try=False)}
    return replace(
        policy, waits=waits, number_rest_s=1, calls_per_number=LOOKS_MAX, calls_per_meter=LOOKS_MAX,
        urgent_calls_per_number=LOOKS_MAX,
    )  # fmt: skip


async def _modem_port(reactor: Any, row: LineSettings) -> ModemPort:  # noqa: ANN401 - see Lines
    """Open the port of a modem: a serial one, or a place of a terminal server."""
    if not row.port.startswith("/"):
        host, _, port = row.port.rpartition(":")
        if host and port.isdigit():
            return await connect(reactor, host.strip("[]"), int(port))
    wire = SerialWire(row.port, _FORMATS[row.format])
    wire.open(reactor)
    return wire
