"""A modem on a port: prepared, dialled with, answered, hung up; a call is a wire.

    line = ModemLine(port, profile, clock)
    await line.prepare()                   the modem listens
    wire = await line.dial("13800138000")  ContactFault says busy, no answer, no carrier, no dial tone
    await wire.close()                     hung up, and the modem listens again: the line is free
    line.rings = answer_it                 somebody calls; ``await line.answer()`` takes the call

One call at a time. What the modem says is the codec's affair (``gateway.codecs.modem``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from twisted.internet.defer import Deferred, succeed

from gateway.codecs.modem.events import (
    Dtr,
    Ended,
    Ending,
    Faulty,
    Online,
    Ready,
    Received,
    Ringing,
    State,
    Write,
)
from gateway.codecs.modem.line import Line
from gateway.core.contact import ContactFault, ContactWhy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from twisted.python.failure import Failure

    from adapters.lines.wire import Owner, Wire
    from gateway.codecs.modem.events import Deadline, LineEvent
    from gateway.codecs.modem.profile import ModemProfile
    from gateway.ports import Clock, Timer

CALL_S_MAX: Final = 180
"""Seconds of a call to a meter: it costs by the minute, and others wait for the line."""

CALL_SLACK_MS: Final = 1_500
"""Milliseconds that modems add to an answer: error correction and buffers at both ends, GSM the most."""

CARRIER_LOOK_S: Final = 0.25
"""Seconds between two looks at DCD: a carrier that is gone is known before a frame's end is waited for."""

_CALLS: Final = (State.DIALLING, State.SETTLING, State.ONLINE)

_WHY: Final = {
    Ending.BUSY: (ContactWhy.BUSY, "the number is busy"),
    Ending.NO_ANSWER: (ContactWhy.NO_ANSWER, "the number does not answer"),
    Ending.NO_CARRIER: (ContactWhy.NO_CARRIER, "no carrier: the other end took the call without a tone"),
    Ending.NO_DIALTONE: (ContactWhy.NO_DIALTONE, "no dial tone: our own telephone line is dead"),
    Ending.REFUSED: (ContactWhy.LINE, "our modem refuses to dial"),
    Ending.SILENT: (ContactWhy.LINE, "our modem said nothing after dialling"),
    Ending.LOST: (ContactWhy.LOST, "the carrier was lost"),
    Ending.IDLE: (ContactWhy.LOST, "nothing came for too long, and the call was ended"),
    Ending.HUNG_UP: (ContactWhy.LOST, "the call was ended"),
}


class ModemPort(Protocol):
    """The port that a modem is on: a wire with two more lines."""

    owner: Owner | None

    def send(self, octets: bytes) -> None:
        """Send."""

    def raise_dtr(self, *, is_high: bool) -> bool:
        """Raise or drop DTR; False where the port has it not."""

    def carrier(self) -> bool | None:
        """Say what DCD says; None where the port has it not."""


class ModemLine:
    """A modem and its line. No number that was dialled is in a message: it is a customer's."""

    def __init__(
        self, port: ModemPort, profile: ModemProfile, clock: Clock, *, slack_ms: int = CALL_SLACK_MS
    ) -> None:
        self._port = port
        self._profile = profile
        self._clock = clock
        self._slack_ms = slack_ms
        self._line = Line(profile)
        self._deadline: Deadline | None = None
        self._timer: Timer | None = None
        self._looking: Timer | None = None
        self._ready: list[Deferred[None]] = []
        self._dialled: Deferred[Wire] | None = None
        self._call: _Call | None = None
        #: The call that the line had last, until it begins another.
        self._last: _Call | None = None
        self._call_s = CALL_S_MAX
        self._is_gone = False
        #: Why the line cannot be used; "" where it can.
        self.fault = ""
        #: Told when somebody calls.
        self.rings: Callable[[], None] | None = None
        port.owner = self

    @property
    def is_gone(self) -> bool:
        """True where the port is gone: another one is to be opened."""
        return self._port.owner is not self or self._is_gone

    @property
    def is_free(self) -> bool:
        """True where a call can be made or taken."""
        return self._line.state is State.IDLE

    def prepare(self) -> Deferred[None]:
        """Get the modem ready, at first and after a fault; ``ContactFault`` where it does not listen."""
        ready: Deferred[None] = Deferred()
        self._ready.append(ready)
        if self._line.state in (State.OFF, State.FAULTY):
            self.fault = ""
            self._line.start()
            self._went([])
        elif self.is_free:
            self._tell_ready()
        return ready

    def dial(self, number: str, *, call_s: int = CALL_S_MAX) -> Deferred[Wire]:
        """Call a number; the call is a wire for so many seconds. ``ContactFault`` where there is none."""
        return self._begin(lambda: self._line.dial(number), call_s)

    def answer(self, *, call_s: int = CALL_S_MAX) -> Deferred[Wire]:
        """Take the call that rings."""
        return self._begin(self._line.answer, call_s)

    def stop(self) -> None:
        """Let the port go; whoever waits is told."""
        self._port.owner = None
        self.broke(ContactFault(ContactWhy.LINE, "the line was stopped"))

    # The port's side.

    def came(self, octets: bytes) -> None:
        """Take octets of the modem."""
        self._went(self._line.receive(octets))

    def quiet(self) -> None:
        """Do nothing: a port does not know it."""

    def broke(self, fault: ContactFault) -> None:
        """Learn that the port is gone."""
        for timer in (self._timer, self._looking):
            if timer is not None and timer.active():
                timer.cancel()
        self.fault, self._is_gone = str(fault), True
        self._line, self._deadline = Line(self._profile), None
        self._line.state = State.FAULTY
        self._end_call(fault)
        self._tell_ready(fault)

    # A call's side.

    def carry(self, octets: bytes) -> None:
        """Carry octets to the other end."""
        if self._line.state is State.ONLINE:
            self._line.send(octets)
            self._went([])

    def release(self) -> Deferred[None]:
        """End whatever call there is; done when the line is free, or faulty, which it says itself."""
        freed: Deferred[None] = Deferred()
        self._ready.append(freed)
        if self._line.state in _CALLS:
            self._went(self._line.hang_up())
        elif self.is_free or self.fault:
            self._tell_ready()
        return freed.addErrback(_passed_over)

    def end(self, call: _Call) -> Deferred[None]:
        """End this call; where it is over, and the line has gone on to another, that one is left alone."""
        return self.release() if call is self._last else succeed(None)

    # Steps.

    def _begin(self, say: Callable[[], None], call_s: int) -> Deferred[Wire]:
        dialled: Deferred[Wire] = Deferred(lambda _: self._give_up())
        try:
            say()
        except ValueError as fault:
            why = ContactFault(ContactWhy.LINE, f"{fault}{': ' + self.fault if self.fault else ''}")
            dialled.errback(why)
            return dialled
        self._dialled, self._call_s, self._last = dialled, call_s, None
        self._went([])
        return dialled

    def _give_up(self) -> None:
        self._dialled = None
        if self._line.state in (State.DIALLING, State.SETTLING):
            self._went(self._line.hang_up())

    def _went(self, events: Iterable[LineEvent]) -> None:
        """Do what the codec wants done, keep its deadline, and say what happened."""
        for action in self._line.take_actions():
            if isinstance(action, Write):
                self._port.send(action.octets)
            elif isinstance(action, Dtr):
                self._port.raise_dtr(is_high=action.is_high)
        if self._line.deadline != self._deadline:
            self._deadline = self._line.deadline
            if self._timer is not None and self._timer.active():
                self._timer.cancel()
            if self._deadline is not None:
                self._timer = self._clock.callLater(self._deadline.ms / 1000, self._timed_out)
        for event in events:
            self._told(event)

    def _timed_out(self) -> None:
        self._went(self._line.timed_out())

    def _told(self, event: LineEvent) -> None:
        match event:
            case Ready():
                self._tell_ready()
            case Ringing():
                if self.rings is not None:
                    self.rings()
            case Online():
                self._online()
            case Received(octets):
                if self._call is not None:
                    self._call.came(octets)
            case Ended(ending):
                self._ended(ending)
            case Faulty(why):
                self.fault = why
                fault = ContactFault(ContactWhy.LINE, f"the modem: {why}")
                self._end_call(fault)
                self._tell_ready(fault)

    def _online(self) -> None:
        dialled, self._dialled = self._dialled, None
        limit = self._clock.callLater(self._call_s, self._too_long)
        self._call = self._last = _Call(self, self._slack_ms, limit)
        if self._profile.has_carrier_line:
            self._looking = self._clock.callLater(CARRIER_LOOK_S, self._look)
        if dialled is None:
            self.release()
        else:
            dialled.callback(self._call)

    def _look(self) -> None:
        """Look whether the carrier is there."""
        if self._call is None:
            return
        if self._port.carrier() is False:
            self._went(self._line.carrier(is_there=False))
        if self._call is not None:
            self._looking = self._clock.callLater(CARRIER_LOOK_S, self._look)

    def _too_long(self) -> None:
        self._end_call(ContactFault(ContactWhy.LOST, f"the call was ended after {self._call_s} s"))
        self.release()

    def _ended(self, ending: Ending) -> None:
        why, said = _WHY[ending]
        fault = ContactFault(why, said)
        dialled, self._dialled = self._dialled, None
        if dialled is not None:
            dialled.errback(fault)
        self._end_call(fault)

    def _end_call(self, fault: ContactFault) -> None:
        dialled, self._dialled = self._dialled, None
        if dialled is not None:
            dialled.errback(fault)
        call, self._call = self._call, None
        if call is not None:
            call.over(fault)

    def _tell_ready(self, fault: ContactFault | None = None) -> None:
        waiting, self._ready = self._ready, []
        for ready in waiting:
            if fault is None:
                ready.callback(None)
            else:
                ready.errback(fault)


class _Call:
    """A call as a wire."""

    is_speed_fixed = True

    def __init__(self, line: ModemLine, slack_ms: int, limit: Timer) -> None:
        self.owner: Owner | None = None
        self.slack_ms = slack_ms
        self._line: ModemLine | None = line
        self._limit = limit

    def ms_of(self, octets: int) -> int:  # noqa: ARG002 - as every wire has it
        """Nothing: modems buffer, and the slack has it."""
        return 0

    def send(self, octets: bytes) -> None:
        """Carry octets to the other end."""
        if self._line is not None:
            self._line.carry(octets)

    def change_speed(self, baud: int, *, is_hdlc: bool) -> None:
        """Do nothing: modems keep the speed that they agreed on."""

    def close(self) -> Awaitable[None]:
        """Hang up."""
        line, self._line = self._line, None
        if line is None:
            return succeed(None)
        if self._limit.active():
            self._limit.cancel()
        self.owner = None
        return line.end(self)

    def came(self, octets: bytes) -> None:
        """Hand on what came."""
        if self.owner is not None:
            self.owner.came(octets)

    def over(self, fault: ContactFault) -> None:
        """Say that the call is over."""
        if self._limit.active():
            self._limit.cancel()
        if self._line is not None and self.owner is not None:
            self.owner.broke(fault)


def _passed_over(failure: Failure) -> None:
    failure.trap(ContactFault)
