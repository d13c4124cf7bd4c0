"""Meters that connect by themselves: who they are, and their lines for whoever wants to speak with one.

    came(wire) ──► asked who it is, in each of the models' protocols ──► here, until it goes
                                                    nobody says so ──► the connection is closed
    wire = here.lend("000000000161")    the conversation's own
    await wire.close()                  given back: the connection stays

A meter that comes a second time has lost its first connection, which is closed: routers forget lines, and the
meter knows before we do. What a meter says while nobody speaks with it (a heartbeat) is passed over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.protocol import Factory, connectionDone

from adapters.lines.open_talk import talk_with
from adapters.lines.talk import Wanted
from adapters.lines.tcp_wire import TCP_SLACK_MS, TcpWire
from gateway.codecs.meter_model.model import MeterProtocol
from gateway.core.contact import ContactFault, ContactWhy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from twisted.internet.interfaces import IAddress
    from twisted.python.failure import Failure

    from adapters.lines.wire import Owner, Wire
    from gateway.codecs.meter_model.model import MeterModel
    from gateway.ports import Clock

CALLERS_MAX: Final = 20_000
"""Connections at one time: as many descriptors as a process may have, and more than a town has meters."""

ASKED_S_MAX: Final = 60
"""Seconds until a caller has said who he is, in one of the protocols; then the connection is closed."""

ANYBODY: Final = "A" * 12
"""The address of whoever is alone on a line (DL/T 645-2007, 7.3); other protocols have none for it."""

_HAS_ANYBODY: Final = {MeterProtocol.DLT645_2007, MeterProtocol.DLT645_1997}


async def who_is_there(
    wire: Wire, clock: Clock, models: Sequence[MeterModel], now: Callable[[], datetime]
) -> tuple[str, MeterModel]:
    """Ask in one protocol after the other who is there; ``ContactFault`` where nobody says it."""
    last = ContactFault(ContactWhy.TIMEOUT, "no model was named to ask in")
    for model in models:
        address = ANYBODY if model.protocol in _HAS_ANYBODY else ""
        talk = talk_with(wire, clock, Wanted(model, address, now))
        try:
            return await talk.identify(), model
        except ContactFault as fault:
            if fault.why is ContactWhy.LOST:
                raise
            last = fault
        finally:
            await talk.leave()
    raise last


class MetersHere(Factory):
    """The connections of meters that came by themselves; ``came`` and ``gone`` are told of each."""

    noisy = False

    def __init__(self, clock: Clock, models: Sequence[MeterModel], now: Callable[[], datetime]) -> None:
        self._clock = clock
        self._models = models
        self._now = now
        self._lines: dict[str, _Line] = {}
        self._count = 0
        self.came: Callable[[str, MeterModel], None] | None = None
        self.gone: Callable[[str], None] | None = None

    @property
    def numbers(self) -> tuple[str, ...]:
        """Who is here."""
        return tuple(self._lines)

    def lend(self, number: str) -> Wire:
        """Give the line of a meter, for one conversation; ``ContactFault`` where there is none free."""
        line = self._lines.get(number)
        if line is None:
            raise ContactFault(ContactWhy.NO_ANSWER, "the meter has not connected")
        return line.lend()

    def buildProtocol(self, addr: IAddress | None) -> TcpWire | None:  # noqa: ARG002, N802 - Twisted's
        """Take a connection, unless there are too many."""
        if self._count >= CALLERS_MAX:
            return None
        self._count += 1
        wire = _Caller(self._clock, self)
        wire.factory = self
        return wire

    def ask(self, wire: _Caller) -> None:
        """Ask a new caller who he is."""
        asking = Deferred.fromCoroutine(who_is_there(wire, self._clock, self._models, self._now))
        late = self._clock.callLater(ASKED_S_MAX, asking.cancel)

        def in_time(given: Any) -> Any:  # noqa: ANN401 - who it is or why not, handed on
            if late.active():
                late.cancel()
            return given

        def known(said: tuple[str, MeterModel]) -> None:
            self._enter(wire, *said)

        def unknown(failure: Failure) -> None:
            wire.close()
            # What is neither is a fault of ours, and goes to the log.
            failure.trap(ContactFault, CancelledError)

        asking.addBoth(in_time)
        asking.addCallbacks(known, unknown)

    def went(self) -> None:
        """Count a connection that is over."""
        self._count -= 1

    def forget(self, number: str, line: _Line) -> None:
        """Learn that a meter's connection is over."""
        if self._lines.get(number) is line:
            del self._lines[number]
            if self.gone is not None:
                self.gone(number)

    def _enter(self, wire: _Caller, number: str, model: MeterModel) -> None:
        if wire.is_over:
            return
        before, line = self._lines.get(number), _Line(self, number, wire)
        self._lines[number] = line
        if before is not None:
            before.drop()
        if self.came is not None:
            self.came(number, model)


class _Caller(TcpWire):
    """A connection that somebody made to us."""

    def __init__(self, clock: Clock, here: MetersHere) -> None:
        super().__init__(clock, TCP_SLACK_MS)
        self._here = here

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        """Ask who it is."""
        super().connectionMade()
        self._here.ask(self)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802
        """Count it."""
        super().connectionLost(reason)
        self._here.went()


class _Line:
    """The line of one meter that is here: idle, or lent."""

    def __init__(self, here: MetersHere, number: str, wire: TcpWire) -> None:
        self._here = here
        self._number = number
        self.wire = wire
        self._lent: _Lent | None = None
        wire.owner = self

    def lend(self) -> Wire:
        """Lend it."""
        if self._lent is not None:
            raise ContactFault(ContactWhy.BUSY, "somebody speaks with this meter")
        self._lent = _Lent(self)
        return self._lent

    def take_back(self, lent: _Lent) -> None:
        """Take it back."""
        if self._lent is lent:
            self._lent = None

    def drop(self) -> None:
        """Close it: the meter has a newer one."""
        self.wire.close()
        self.broke(ContactFault(ContactWhy.LOST, "the meter has connected anew"))

    def came(self, octets: bytes) -> None:
        """Hand on what came to whoever has it lent; else it is a heartbeat."""
        if self._lent is not None and self._lent.owner is not None:
            self._lent.owner.came(octets)

    def quiet(self) -> None:
        """Do nothing: a connection does not know it."""

    def broke(self, fault: ContactFault) -> None:
        """Learn that the connection is over."""
        lent, self._lent = self._lent, None
        self._here.forget(self._number, self)
        if lent is not None and lent.owner is not None:
            lent.owner.broke(fault)


class _Lent:
    """A line as a wire, for one conversation."""

    is_speed_fixed = True

    def __init__(self, line: _Line) -> None:
        self.owner: Owner | None = None
        self._line = line
        self._is_back = False

    @property
    def slack_ms(self) -> int:
        """As the connection's."""
        return self._line.wire.slack_ms

    def ms_of(self, octets: int) -> int:
        """As the connection's."""
        return self._line.wire.ms_of(octets)

    def send(self, octets: bytes) -> None:
        """Send."""
        if not self._is_back:
            self._line.wire.send(octets)

    def change_speed(self, baud: int, *, is_hdlc: bool) -> None:
        """Do nothing: a network has no speed."""

    def close(self) -> Awaitable[None]:
        """Give it back; the connection stays."""
        self._is_back, self.owner = True, None
        self._line.take_back(self)
        return succeed(None)
