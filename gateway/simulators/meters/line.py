"""A line to virtual meters over Twisted: what comes is heard, what they say goes out after its time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast
from typing import Protocol as Shape

from twisted.internet.protocol import Factory, Protocol, connectionDone

from gateway.simulators.meters.bus import Bus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twisted.internet.interfaces import IAddress
    from twisted.python.failure import Failure

    from gateway.ports import Clock, Timer
    from gateway.simulators.meters.bus import Answer
    from gateway.simulators.meters.face import Face
    from gateway.simulators.meters.wired import WiredMeter

_SECOND_MS: Final = 1000


def _kept_nowhere() -> bool:
    """Most meters are not kept in a file."""
    return True


class Speaker:
    """The meters of a line and the time: whoever has octets gives them here, and gets what is to be sent.

    ``say`` sends octets. ``keep`` is called before what was ordered is confirmed; where it gives False the
    meters could not be kept, and nothing is confirmed.
    """

    __slots__ = ("_bus", "_keep", "_push", "_say", "_time", "_wait")

    def __init__(
        self, faces: Sequence[Face], time: Clock, say: Callable[[bytes], None],
        keep: Callable[[], bool] = _kept_nowhere,
    ) -> None:  # fmt: skip
        self._bus = Bus(faces)
        self._time = time
        self._say = say
        self._keep = keep
        self._wait: Timer | None = None
        self._push: list[Timer] = []
        for face in faces:
            if face.push_ms is not None:
                self._push_later(face, face.push_ms)

    def hear(self, octets: bytes) -> bool:
        """Take what came; False where a meter will hear no more, and the line is to be given up."""
        answer = self._bus.receive(octets)
        if not self._keep():
            return False
        self._after(answer)
        return not self._bus.is_lost

    def stop(self) -> None:
        """The line is gone."""
        for call in (self._wait, *self._push):
            if call is not None and call.active():
                call.cancel()
        self._wait, self._push = None, []
        self._bus.line_lost()

    def _after(self, answer: Answer | None) -> None:
        """Send an answer when its time has come, and wait for what follows."""
        if answer is not None:
            if answer.after_ms:
                self._time.callLater(answer.after_ms / _SECOND_MS, self._say, answer.octets)
            else:
                self._say(answer.octets)
        if self._wait is not None and self._wait.active():
            self._wait.cancel()
        wait_ms = self._bus.wait_ms
        self._wait = None if wait_ms is None else self._time.callLater(wait_ms / _SECOND_MS, self._expired)

    def _expired(self) -> None:
        self._wait = None
        self._after(self._bus.expired())

    def _push_later(self, face: Face, push_ms: int) -> None:
        def push() -> None:
            self._push.remove(call)
            self._say(face.push())
            self._push_later(face, push_ms)

        call = self._time.callLater(push_ms / _SECOND_MS, push)
        self._push.append(call)


class _Wire(Shape):
    """The part of a transport that a line uses."""

    def write(self, octets: bytes, /) -> None:
        """Send."""

    def loseConnection(self) -> None:  # noqa: N802 - Twisted's name
        """Hang up."""

    def registerProducer(self, producer: object, streaming: bool) -> None:  # noqa: FBT001, N802 - likewise
        """Tell who writes."""

    def pauseProducing(self) -> None:  # noqa: N802 - likewise
        """Read no more for now."""

    def resumeProducing(self) -> None:  # noqa: N802 - likewise
        """Read on."""


class _NoFaster:
    """Who asks and does not take the answers is heard again when he has taken them: nothing piles up."""

    __slots__ = ("_wire",)

    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted calls it
        self._wire.pauseProducing()

    def resumeProducing(self) -> None:  # noqa: N802 - Twisted calls it
        self._wire.resumeProducing()

    def stopProducing(self) -> None:  # noqa: N802 - Twisted calls it
        """The connection is gone."""


class MeterLine(Protocol):
    """A connection to the meters of a line."""

    def __init__(self, line: LineFactory) -> None:
        self._line = line
        self._wire: _Wire | None = None
        self._speaker: Speaker | None = None

    def connectionMade(self) -> None:  # noqa: N802 - Twisted calls it
        """Begin, unless somebody else speaks with these meters who may be the only one."""
        line, wire = self._line, cast("_Wire", self.transport)
        if line.is_for_one and line.callers:
            wire.loseConnection()
            return
        line.callers += 1
        wire.registerProducer(_NoFaster(wire), streaming=True)
        self._wire = wire
        self._speaker = Speaker([meter.face() for meter in line.meters], line.time, self._say, line.keep)
        if line.hello:
            wire.write(line.hello)

    def dataReceived(self, octets: bytes) -> None:  # noqa: N802 - Twisted calls it
        """Hear."""
        if self._speaker is not None and not self._speaker.hear(octets) and self._wire is not None:
            self._wire.loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002, N802 - Twisted calls it
        """End."""
        if self._speaker is not None:
            self._line.callers -= 1
            self._speaker.stop()
            self._speaker = self._wire = None

    def _say(self, octets: bytes) -> None:
        if self._wire is not None:
            self._wire.write(octets)


class LineFactory(Factory):
    """Makes a line for each caller. ``hello`` is said when it stands: it tells who has dialled in.

    ``is_for_one``: the meters have a single line, and a second caller is sent off.
    """

    noisy = False

    def __init__(
        self, meters: Sequence[WiredMeter], time: Clock, *, hello: bytes = b"",
        is_for_one: bool = False, keep: Callable[[], bool] = _kept_nowhere,
    ) -> None:  # fmt: skip
        self.meters = meters
        self.time = time
        self.hello = hello
        self.is_for_one = is_for_one
        self.keep = keep
        self.callers = 0

    def buildProtocol(self, addr: IAddress | None) -> MeterLine:  # noqa: ARG002, N802 - Twisted calls it
        """Make a line."""
        return MeterLine(self)
