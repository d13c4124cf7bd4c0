"""A telephone exchange on a test's clock: a modem that is listened to, a line that dials, a meter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.task import Clock

from gateway.codecs.modem.events import Dtr, Online, Ready, Received, State, Write
from gateway.codecs.modem.line import Line
from gateway.simulators.modems.book import Entry
from gateway.simulators.modems.exchange import TelephoneExchange
from gateway.simulators.modems.places import InProcess
from gateway.simulators.modems.virtual_modem import VirtualModem

if TYPE_CHECKING:
    from gateway.codecs.modem.events import Deadline

NUMBER = "5551234"


def pass_time(clock: Clock, seconds: float = 0.0) -> None:
    """Let time go by from call to call; in one leap everything that is due would be done at its end."""
    until = clock.seconds() + seconds
    while (due := moments(clock)) and min(due) <= until:
        clock.advance(max(0.0, min(due) - clock.seconds()))
    clock.advance(max(0.0, until - clock.seconds()))


def moments(clock: Clock) -> list[float]:
    """Give the moments at which something is due."""
    calls: list[Any] = list(clock.getDelayedCalls())
    return [call.getTime() for call in calls]


class Echo:
    """A meter that says back what it was told, in angle brackets, and remembers it."""

    def __init__(self) -> None:
        self.heard = b""
        self.out = lambda octets: None

    def receive(self, octets: bytes) -> None:
        self.heard += octets
        self.out(b"<" + octets + b">")


class Telephone:
    """An exchange with one modem of ours. ``said``: what it said last; ``records``: calls that are over."""

    def __init__(self, *entries: Entry, line=None, ring_s: float = 1.0) -> None:
        self.clock = Clock()
        self.records: list = []
        self.meters: list[Echo] = []
        self.exchange = TelephoneExchange(self.clock, entries, ring_s=ring_s, noted=self.records.append)
        self.modem = VirtualModem(self.exchange, self.clock, line)
        self.said = b""
        self.modem.out = self._hear

    def answering(self, number: str = NUMBER, **more) -> Telephone:
        """Put a meter at a number."""
        self.exchange.enter(Entry(number, InProcess(self._meter), **more))
        return self

    def typed(self, octets: bytes, seconds: float = 0.0) -> bytes:
        """Type octets, let time go by, and give what the modem has said meanwhile."""
        self.said = b""
        self.modem.receive(octets)
        pass_time(self.clock, seconds)
        return self.said

    def after(self, seconds: float) -> bytes:
        """Give what the modem says in so many seconds."""
        return self.typed(b"", seconds)

    def online(self) -> Telephone:
        """Call the meter."""
        self.typed(b"ATE0\r")
        assert self.typed(b"ATDT" + NUMBER.encode() + b"\r", 1.0) == b"\r\nCONNECT 9600\r\n"
        return self

    def _meter(self) -> Echo:
        self.meters.append(Echo())
        return self.meters[-1]

    def _hear(self, octets: bytes) -> None:
        self.said += octets


class VirtualPort:
    """The port of a virtual modem, as the gateway's lines want it; ``has_lines``: DTR and DCD are wired."""

    def __init__(self, telephone: Telephone, *, has_lines: bool = False) -> None:
        self.owner = None
        self._modem = telephone.modem
        self._has_lines = has_lines
        self._modem.out = self._came

    def send(self, octets: bytes) -> None:
        self._modem.receive(octets)

    def raise_dtr(self, *, is_high: bool) -> bool:
        if self._has_lines:
            self._modem.dtr(is_high=is_high)
        return self._has_lines

    def carrier(self) -> bool | None:
        return self._modem.has_carrier if self._has_lines else None

    def _came(self, octets: bytes) -> None:
        if self.owner is not None:
            self.owner.came(octets)


class DrivenLine:
    """Our side of a modem on the same clock, as whoever has the port drives it."""

    def __init__(self, telephone: Telephone, profile) -> None:
        self.line = Line(profile)
        self.events: list = []
        self._telephone = telephone
        self._timer: Any = None
        self._seen: Deadline | None = None
        telephone.modem.out = lambda octets: self._take(self.line.receive(octets))
        telephone.modem.carrier = lambda is_there: self._take(self.line.carrier(is_there=is_there))

    def start(self) -> DrivenLine:
        self.line.start()
        self._take([])
        return self.until(Ready)

    def dial(self, number: str = NUMBER) -> None:
        self.line.dial(number)
        self._take([])

    def send(self, octets: bytes) -> None:
        if self.line.state is State.ONLINE:
            self.line.send(octets)
            self._take([])

    def answer(self) -> None:
        self.line.answer()
        self._take([])

    def hang_up(self) -> None:
        if self.line.state in (State.ONLINE, State.SETTLING, State.DIALLING):
            self._take(self.line.hang_up())

    def until(self, *wanted: type) -> DrivenLine:
        """Let time go by until one of these has come; nothing takes five minutes."""
        clock = self._telephone.clock
        limit = clock.seconds() + 300
        while not any(isinstance(event, wanted) for event in self.events):
            due = moments(clock)
            assert due, f"nothing will happen any more: {self.line.state}, {self.events}"
            clock.advance(max(0.0, min(due) - clock.seconds()))
            assert clock.seconds() < limit, self.events
        return self

    @property
    def received(self) -> bytes:
        return b"".join(event.octets for event in self.events if isinstance(event, Received))

    @property
    def is_online(self) -> bool:
        return any(isinstance(event, Online) for event in self.events)

    def taken(self) -> list:
        """Give the events so far that are no octets, once."""
        taken, self.events = self.events, []
        return [event for event in taken if not isinstance(event, Received)]

    def _take(self, events: list) -> None:
        self.events += events
        for action in self.line.take_actions():
            if isinstance(action, Write):
                self._telephone.modem.receive(action.octets)
            elif isinstance(action, Dtr):
                self._telephone.modem.dtr(is_high=action.is_high)
        if self.line.deadline != self._seen:
            self._seen = self.line.deadline
            if self._timer is not None and self._timer.active():
                self._timer.cancel()
            self._timer = None
            if self._seen is not None:
                self._timer = self._telephone.clock.callLater(self._seen.ms / 1000, self._expire)

    def _expire(self) -> None:
        self._take(self.line.timed_out())
