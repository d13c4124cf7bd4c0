"""The ISO 8583 door's wire: one TCP link of a bank, and the factory that accepts them.

    bytes → frames → conversation → answer

One bad message never drops the link. A stream that cannot be cut into messages any more is closed. Everything
has a deadline: a frame that has begun, a link that says nothing, an answer that is awaited.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.tcp import Connection
from zope.interface import implementer

from gateway.codecs.iso8583.framing import FrameFault, FrameReader
from gateway.endpoints.bank_conversation import Conversation
from gateway.events import event

if TYPE_CHECKING:
    from typing import Any

    from twisted.internet.interfaces import IAddress
    from twisted.python.failure import Failure

    from gateway.codecs.iso8583.framing import Frame
    from gateway.endpoints.bank_door import BankDoor
    from gateway.ports import Timer

log = logging.getLogger("powertill.bank")

#: How often a link looks for answers that are overdue and for silence.
_SWEEP_S = 1.0


class BankLinkFactory(Factory):
    """Accepts a bank's connections, up to its limit, and ends them in good order."""

    noisy = False

    def __init__(self, door: BankDoor) -> None:
        self.door = door
        self.links: set[BankLink] = set()
        self._unsent: list[tuple[BankLink, bytes]] = []

    def buildProtocol(self, addr: IAddress | None) -> Protocol | None:  # noqa: N802 - Twisted's name
        """Make the link; None (the connection is closed) beyond the limit."""
        if len(self.links) >= self.door.limits.links_max:
            self.door.tally.count("links_refused", bank=self.door.bank)
            event(log, "bank.link_refused", bank=self.door.bank, peer=str(addr))
            return None
        return BankLink(self)

    def send_soon(self, link: BankLink, octets: bytes) -> None:
        """Send at the end of the reactor's turn, with what the other links say in it.

        A batch answers many links in one turn. Their transports would ask the system twice more for each
        answer: to be told that there is room, and not to be told any longer. There nearly always is.
        """
        if not self._unsent:
            # Before the reactor looks at its connections again: so what is sent is sent before one is closed.
            self.door.clock.callLater(0, self._send)
        self._unsent.append((link, octets))

    def _send(self) -> None:
        unsent, self._unsent = self._unsent, []
        for link, octets in unsent:
            link.send(octets)

    async def drain(self) -> None:
        """Hear nothing more; done when every link has said what it owes."""
        for waiting in [link.drain() for link in list(self.links)]:
            await waiting


@implementer(IPushProducer)
class BankLink(Protocol):
    """One connection of a bank."""

    #: Twisted's transport interfaces mean nothing to the type checker.
    transport: Any

    def __init__(self, factory: BankLinkFactory) -> None:
        self._factory = factory
        self._door = factory.door
        self._conversation = Conversation(factory.door)
        self._reader = FrameReader(factory.door.profile.framing)
        self._is_closed = False
        self._is_draining = False
        self._in_flight: dict[int, tuple[float, Frame]] = {}
        self._serial = 0
        self._heard_at = 0.0
        self._frame_deadline: Timer | None = None
        self._sweep: Timer | None = None
        self._drained: Deferred[None] | None = None
        self._sends_at_once = False

    # -- the connection ------------------------------------------------------------------------------

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        """Begin to watch the clock."""
        door = self._door
        self._factory.links.add(self)
        door.tally.level("links", len(self._factory.links), bank=door.bank)
        self._heard_at = door.clock.seconds()
        self._sweep = door.clock.callLater(_SWEEP_S, self._look_around)
        # Not under TLS, which hands out its connection's own methods: they would send in the clear.
        self._sends_at_once = isinstance(self.transport, Connection)
        if hasattr(self.transport, "setTcpNoDelay"):
            self.transport.setTcpNoDelay(1)
            self.transport.setTcpKeepAlive(1)
        # A peer that never reads must not grow our memory: while its answers pile up it is not heard.
        self.transport.registerProducer(self, True)  # noqa: FBT003 - Twisted's signature
        event(log, "bank.link_up", bank=door.bank, peer=str(self.transport.getPeer()))

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's name
        """Forget the link; what was posted stays posted, the bank will ask again."""
        self._is_closed = True
        door = self._door
        self._factory.links.discard(self)
        door.tally.level("links", len(self._factory.links), bank=door.bank)
        for timer in (self._sweep, self._frame_deadline):
            if timer is not None and timer.active():
                timer.cancel()
        why = reason.getErrorMessage()
        event(log, "bank.link_down", bank=door.bank, unanswered=len(self._in_flight), why=why)
        self._finish_draining(is_over=True)

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's name
        """Hear no more while the peer does not read its answers."""
        self.transport.pauseProducing()

    def resumeProducing(self) -> None:  # noqa: N802 - Twisted's name
        """Hear again."""
        if not self._is_draining:
            self.transport.resumeProducing()

    def stopProducing(self) -> None:  # noqa: N802 - Twisted's name
        """Nothing to stop: answers end with the connection."""

    def drain(self) -> Deferred[None]:
        """Hear nothing more; fires when every answer that is owed has been given, then closes."""
        self._is_draining = True
        if self._drained is None:
            self._drained = Deferred()
            self.transport.pauseProducing()
            self._finish_draining()
        return self._drained

    def _finish_draining(self, *, is_over: bool = False) -> None:
        drained = self._drained
        if drained is None or drained.called or (self._in_flight and not is_over):
            return
        if not self._is_closed:
            self.transport.unregisterProducer()
            self.transport.loseConnection()
        drained.callback(None)

    def _abort(self, reason: str) -> None:
        self._is_closed = True
        self._door.tally.count("links_cut", bank=self._door.bank, reason=reason)
        event(log, "bank.link_cut", bank=self._door.bank, reason=reason)
        self.transport.abortConnection()

    def _look_around(self) -> None:
        """Answer what is overdue, and close a link that has been silent for too long."""
        door, now = self._door, self._door.clock.seconds()
        self._sweep = door.clock.callLater(_SWEEP_S, self._look_around)
        for serial, (asked_at, frame) in list(self._in_flight.items()):
            if now - asked_at >= door.limits.reply_deadline_s:
                # Its fate is decided elsewhere and stored: the bank asks again and gets the one answer.
                door.tally.count("answers_overdue", bank=door.bank)
                self._answer(self._conversation.overdue(frame.payload), serial)
        if now - self._heard_at >= door.limits.idle_deadline_s and not self._in_flight:
            self._abort("idle")

    # -- bytes in ------------------------------------------------------------------------------------

    def dataReceived(self, octets: bytes) -> None:  # noqa: N802 - Twisted's name
        """Cut the stream into frames and hear each of them."""
        if self._is_closed or self._is_draining:
            return
        self._heard_at = self._door.clock.seconds()
        fault = None
        try:
            frames = self._reader.receive(octets)
        except FrameFault as found:
            fault, frames = found, list(found.frames)
        for frame in frames:
            self._hear(frame)
        if fault is not None:
            event(log, "bank.stream_broken", bank=self._door.bank, at=fault.at, why=fault.why)
            self._abort("framing")
            return
        self._watch_half_frame(has_moved=bool(frames))

    def _watch_half_frame(self, *, has_moved: bool) -> None:
        """A frame that has begun must end in time, however slowly its bytes drip."""
        timer = self._frame_deadline
        if timer is not None and timer.active() and (has_moved or not self._reader.is_midframe):
            timer.cancel()
            timer = None
        if self._reader.is_midframe and (timer is None or not timer.active()):
            deadline_s = self._door.limits.frame_deadline_s
            self._frame_deadline = self._door.clock.callLater(deadline_s, self._abort, "half frame")

    def _hear(self, frame: Frame) -> None:
        door = self._door
        if self._is_closed:  # frames of one chunk go on arriving after the link was closed
            return
        if frame.is_too_long:
            door.tally.count("messages_refused", bank=door.bank, reason="too long")
            event(log, "bank.frame_too_long", bank=door.bank)
            return
        is_busy = len(self._in_flight) >= door.limits.in_flight_max
        answer = self._conversation.hear(frame.payload, is_busy=is_busy)
        if answer is None or isinstance(answer, bytes):
            self._say(frame, answer)
            return
        self._serial += 1
        self._in_flight[self._serial] = (door.clock.seconds(), frame)
        answer.addCallback(self._answer, self._serial).addErrback(self._surprised)

    # -- bytes out -----------------------------------------------------------------------------------

    def _answer(self, payload: bytes | None, serial: int) -> None:
        entry = self._in_flight.pop(serial, None)
        if entry is None:  # its deadline has passed and "ask again" was said
            return
        asked_at, frame = entry
        self._say(frame, payload)
        self._door.tally.took("answer", self._door.clock.seconds() - asked_at, bank=self._door.bank)
        self._finish_draining()

    def _say(self, frame: Frame, payload: bytes | None) -> None:
        if payload is None or self._is_closed:
            return
        framing = self._door.profile.framing
        header = framing.answer_header(frame.header) if frame.header else None
        self._door.reached("door.answering")
        octets = framing.wrap(payload, header)
        if self._sends_at_once:
            self._factory.send_soon(self, octets)
        else:
            self.send(octets)
        self._door.reached("door.answered")

    def send(self, octets: bytes) -> None:
        """Send, as far as the peer takes it; the transport keeps the rest."""
        if self._is_closed:
            return
        if self._sends_at_once:
            sent = self.transport.writeSomeData(octets)
            if sent == len(octets):
                return
            # Only the transport knows from now on what still waits before the next answer.
            self._sends_at_once = False
            # A lost connection gives no number; the transport will find out for itself.
            octets = octets[sent:] if isinstance(sent, int) else octets
        self.transport.write(octets)

    def _surprised(self, failure: Failure) -> None:
        """An answer could not be written at all: our fault; the bank's own time-out remains."""
        self._door.tally.count("faults", bank=self._door.bank)
        event(log, "bank.unsaid", level=logging.ERROR, raised=failure.value, bank=self._door.bank)
