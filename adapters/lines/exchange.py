"""Drives a protocol over a wire: sends what it wants sent, feeds in what comes, and keeps its deadlines.

    exchange = Exchange(wire, clock)
    exchange.use(machine)               what speaks: Machine, over one of the codecs
    exchange.put(machine.begin())       Out and Speed are carried out one after the other; the rest is told
    event = await exchange.next()       the next thing that the machine tells

A wire that breaks ends what is awaited with its ``ContactFault``. So does a question that does not end: a
line that chatters keeps every deadline from passing. A surprise of the machine's (a fault of ours, or of who
stores its counters) reaches whoever waits for the answer: the line's side could do nothing with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from gateway.core.contact import ContactFault, ContactWhy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from adapters.lines.wire import Wire
    from gateway.ports import Clock, Timer

QUESTION_S_MAX: Final = 300
"""Seconds of one question, however much comes: a year of daily values at 300 baud takes four minutes."""


class Out(NamedTuple):
    """Send these octets, after so many milliseconds."""

    octets: bytes
    after_ms: int = 0

    def __repr__(self) -> str:
        """Show the size only: there may be a password in it."""
        return f"Out(<{len(self.octets)} octets>, after {self.after_ms} ms)"


class Speed(NamedTuple):
    """Go on at this speed, so many milliseconds after the last octets are out."""

    baud: int
    after_ms: int
    is_hdlc: bool


class Sent(NamedTuple):
    """To be told when all that was put before it is out."""


class Machine(Protocol):
    """What speaks a protocol: octets in, ``Out``, ``Speed`` and events of its own out."""

    @property
    def wait_ms(self) -> int | None:
        """Milliseconds to wait for the next octet before ``expired``; None: nothing is awaited."""

    def receive(self, octets: bytes) -> Sequence[Any]:
        """Take what came. ``Any``: each protocol has events of its own, and its talk knows them."""

    def expired(self) -> Sequence[Any]:
        """Note that ``wait_ms`` has gone by without an octet."""


class Exchange:
    """What is under way on a wire, from its opening to ``end``."""

    __slots__ = (
        "_clock", "_fault", "_is_sending", "_machine", "_timer", "_todo", "_told", "_until", "_waiter",
        "_wire",
    )  # fmt: skip

    def __init__(self, wire: Wire, clock: Clock) -> None:
        self._wire = wire
        self._clock = clock
        self._machine: Machine | None = None
        # Lists: an empty deque takes as much memory as all the rest, and thousands are open at once.
        self._todo: list[Out | Speed | Sent] = []
        self._told: list[Any] = []
        self._waiter: Deferred[Any] | None = None
        self._timer: Timer | None = None
        #: Octets of ours are going out, or the speed is about to change: what comes does not hurry that.
        self._is_sending = False
        self._fault: ContactFault | None = None
        self._until = 0.0
        wire.owner = self

    @property
    def is_over(self) -> bool:
        """True where the wire broke, or a question did not end: nothing can be asked any more."""
        return self._fault is not None

    def use(self, machine: Machine) -> None:
        """Let this machine speak from now on."""
        self._machine = machine

    def put(self, events: Iterable[Any]) -> None:
        """Begin a question: carry out what it wants, and keep what it tells."""
        self._until = self._clock.seconds() + QUESTION_S_MAX
        self._told.clear()
        self._take(events)

    def next(self, *, within_ms: int | None = None) -> Deferred[Any]:
        """Give the next thing that is told, as soon as it is; ``ContactFault`` where nothing can come.

        ``within_ms``: where it comes later it is a ``ContactFault`` too, whatever the machine waits for.
        """
        waiter: Deferred[Any] = Deferred(self._forget)
        if self._told:
            waiter.callback(self._told.pop(0))
        elif self._fault is not None:
            waiter.errback(self._fault)
        else:
            self._waiter = waiter
            if within_ms is not None:
                timer = self._clock.callLater(within_ms / 1000, self._give_up, waiter)
                waiter.addBoth(_stopped, timer)
        return waiter

    def pause(self, ms: int) -> Deferred[None]:
        """Wait; what comes meanwhile is fed in. A wire that breaks is learnt of at the next question."""
        waiter: Deferred[None] = Deferred(lambda _: timer.cancel())
        timer = self._clock.callLater(ms / 1000, waiter.callback, None)
        return waiter

    def end(self) -> None:
        """Let the wire go: nothing of it is heard any more."""
        self._stop_timer()
        self._machine = None
        self._todo.clear()
        if self._wire.owner is self:
            self._wire.owner = None

    # The wire's side.

    def came(self, octets: bytes) -> None:
        """Take octets of the other end."""
        if self._machine is None or self._fault is not None:
            return
        if self._clock.seconds() > self._until and self._waiter is not None:
            said = f"the answer had no end after {QUESTION_S_MAX} s, though octets came"
            self._fail(ContactFault(ContactWhy.TIMEOUT, said))
            return
        machine = self._machine
        self._hear(lambda: machine.receive(octets))

    def quiet(self) -> None:
        """Learn that nothing more comes: what is waited for has ended."""
        is_awaited = self._timer is not None and not self._todo and not self._is_sending
        if is_awaited and self._machine is not None:
            self._stop_timer()
            self._expire()

    def broke(self, fault: ContactFault) -> None:
        """Learn that the wire is over."""
        self._fail(fault)

    # Steps.

    def _hear(self, machine: Callable[[], Sequence[Any]]) -> None:
        """Let the machine think; what it stumbles over ends the question that is under way."""
        try:
            events = machine()
        except Exception:
            waiter, self._waiter = self._waiter, None
            if waiter is None:
                raise
            self._stop_timer()
            waiter.errback(Failure())
            return
        self._take(events)

    def _take(self, events: Iterable[Any]) -> None:
        for event in events:
            if isinstance(event, Out | Speed | Sent):
                self._todo.append(event)
            else:
                self._told.append(event)
        if not self._is_sending:
            self._stop_timer()
            self._go_on()
        self._tell()

    def _tell(self) -> None:
        if self._told and self._waiter is not None:
            waiter, self._waiter = self._waiter, None
            waiter.callback(self._told.pop(0))

    def _go_on(self) -> None:
        """Carry out the next thing; where there is none wait for the other end."""
        if self._fault is not None or self._machine is None:
            return
        if self._todo:
            first = self._todo[0]
            if isinstance(first, Sent):
                self._told.append(self._todo.pop(0))
                self._go_on()
                self._tell()
            elif first.after_ms:
                self._is_sending = isinstance(first, Speed)
                self._timer = self._clock.callLater(first.after_ms / 1000, self._do)
            else:
                self._do()
            return
        wait_ms = self._machine.wait_ms
        if wait_ms is not None:
            self._timer = self._clock.callLater(wait_ms / 1000, self._expire)

    def _do(self) -> None:
        self._timer, self._is_sending = None, False
        done = self._todo.pop(0)
        out_ms = 0
        if isinstance(done, Speed):
            self._wire.change_speed(done.baud, is_hdlc=done.is_hdlc)
        elif isinstance(done, Out):
            self._wire.send(done.octets)
            out_ms = self._wire.ms_of(len(done.octets))
        if out_ms and self._fault is None:
            # What is waited for begins when the last octet is out.
            self._is_sending = True
            self._timer = self._clock.callLater(out_ms / 1000, self._sent)
        else:
            self._go_on()

    def _sent(self) -> None:
        self._timer, self._is_sending = None, False
        self._go_on()

    def _expire(self) -> None:
        self._timer = None
        if self._machine is not None:
            self._hear(self._machine.expired)

    def _fail(self, fault: ContactFault) -> None:
        self._stop_timer()
        self._todo.clear()
        if self._fault is None:
            self._fault = fault
        waiter, self._waiter = self._waiter, None
        if waiter is not None:
            waiter.errback(self._fault)

    def _give_up(self, waiter: Deferred[Any]) -> None:
        if self._waiter is waiter:
            self._waiter = None
            waiter.errback(ContactFault(ContactWhy.TIMEOUT, "no answer came in the time that there was"))

    def _forget(self, cancelled: Deferred[Any]) -> None:
        if self._waiter is cancelled:
            self._waiter = None

    def _stop_timer(self) -> None:
        timer, self._timer, self._is_sending = self._timer, None, False
        if timer is not None and timer.active():
            timer.cancel()


def _stopped(given: Any, timer: Timer) -> Any:  # noqa: ANN401 - what was waited for, handed on
    if timer.active():
        timer.cancel()
    return given
