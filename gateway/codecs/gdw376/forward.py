"""The master station's end: carries octets to a concentrator's meters, and keeps its connection alive.

    Forward(route, access, address=…)     one connection to one concentrator
    forward.send(frame of a meter)        Send: write it out
    forward.receive(what came)            Carried: what the meter said; or Failed, and why
    forward.expired()                     ``wait_ms`` has gone by since ``Send``: Failed
    concentrator signs on, or beats       Send: its confirmation; and LinkTested

One thing is on its way at a time, and it goes out once: whether it is asked again is for who speaks to the
meter to say. None of the three failures proves that the meter did nothing; whether a concentrator denies
before it has tried the meter, or after, is its own. Without ``address`` it is learnt from the first link
test, as when a concentrator dials in. What else it reports by itself (events, figures) is not taken, and
not confirmed either, so that it stays with the concentrator.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gateway.codecs.gdw376.confirm import Confirms, LinkTest, confirmation, read_clock, read_verdict
from gateway.codecs.gdw376.events import Carried, Event, Failed, Failure, Heard, LinkTested, Send, Stray
from gateway.codecs.gdw376.fault import PeerFault, ValueFault
from gateway.codecs.gdw376.forwarding import CARRIER, NO_PASSWORD, PASSWORD, Answered, Asked, Route
from gateway.codecs.gdw376.frame import NUMBER, STARTS, Address, Frame, FrameReader, Noise
from gateway.codecs.gdw376.message import DELAY_MIN_MAX, Afn, Message, Stamp, read

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

#: Frames that are no answer, while one is awaited: a chattering concentrator ends as silent and not never.
STRAY_MAX: Final = 32
#: A master station's number has seven bits; 0 is for what concentrators start.
MASTER_MAX: Final = 127
#: The number that published exchanges have.
MASTER: Final = 2

#: C of what we send: a request of user octets (function 11), and the state of the link (11) as an answer.
_REQUEST: Final = STARTS | 11
_LINK_STATE: Final = 11
_FORWARD_FN: Final = 1
_WAKE: Final = b"\xfe"
_PFC: Final = 0xFF


@dataclass(frozen=True, slots=True)
class Access:
    """How a concentrator is spoken to. ``ValueFault`` for what cannot be.

    ``password``: PW, sixteen octets; empty where the dialect has none. ``master``: our number as a master
    station. ``delay_min``: how old a stamped message may get on its way (0: as old as it likes).
    """

    password: bytes = field(default=NO_PASSWORD, repr=False)
    master: int = MASTER
    confirms: Confirms = Confirms.EACH
    delay_min: int = 5

    def __post_init__(self) -> None:
        if len(self.password) not in {0, PASSWORD}:
            raise ValueFault(f"a concentrator's password has {PASSWORD} octets, or is left out")
        if not 1 <= self.master <= MASTER_MAX:
            raise ValueFault(f"a master station's number is 1 to {MASTER_MAX}")
        if not 0 <= self.delay_min <= DELAY_MIN_MAX:
            raise ValueFault(f"a message lives 0 to {DELAY_MIN_MAX} minutes")


class Forward:
    """One connection to one concentrator, and what is on its way over it."""

    def __init__(self, route: Route, access: Access, *, address: Address | None = None, pfc: int = 0) -> None:
        """Hold how the meters are reached.

        ``pfc``: the number of the next message. Who connects to the same concentrator again goes on where
        the last connection was, so that a late answer is not taken for one to another question.
        """
        self._route = route
        self._access = access
        self._address = address
        self._pfc = pfc & _PFC
        self._reader = FrameReader()
        self._sent: Message | None = None
        self._is_heard = False
        self._strays = 0

    @property
    def address(self) -> Address | None:
        """The concentrator; None until it has said who it is."""
        return self._address

    @property
    def pfc(self) -> int:
        """The number of the next message."""
        return self._pfc

    @property
    def wait_ms(self) -> int | None:
        """Milliseconds from ``Send`` to ``expired``; None while nothing is on its way.

        What comes meanwhile need not begin it anew: the answer comes in one piece, or not at all.
        """
        return None if self._sent is None else self._route.wait_ms

    def send(self, octets: bytes, when: datetime | None = None) -> list[Event]:
        """Send octets to a meter, once.

        ``when``, the time of day in the concentrator's zone, stamps the message: it dies when it is older
        than ``delay_min``, so the concentrator's clock must be right. ``ValueFault`` while another is on its
        way, before the concentrator is known, or where it does not fit.
        """
        if self._sent is not None:
            raise ValueFault("something is on its way to a meter: wait for its end")
        if self._address is None:
            raise ValueFault("the concentrator is not known: wait until it signs on, or give its address")
        message = self._message(self._address, octets, when)
        out = Send(message.octets)
        # A half frame of before would swallow the answer.
        events = self._take(self._reader.silence())
        self._sent, self._is_heard, self._strays = message, False, 0
        self._pfc = self._pfc + 1 & _PFC
        return [*events, out]

    def receive(self, chunk: bytes) -> list[Event]:
        """Take in what came."""
        return self._take(self._reader.receive(chunk))

    def expired(self) -> list[Event]:
        """Note that ``wait_ms`` is over: what is half here is looked through once more."""
        events = self._take(self._reader.silence())
        return [*events, self._given_up()] if self._sent else events

    def _message(self, address: Address, octets: bytes, when: datetime | None) -> Message:
        route, access = self._route, self._access
        # The module of a carrier port takes a frame alone, without the octets that wake up a line.
        content = octets.lstrip(_WAKE) if route.port == CARRIER else octets
        message_ms = route.wait_ms - route.slack_ms
        asked = Asked(route.port, route.line, message_ms, route.byte_ms, content, access.password)
        return Message(
            _REQUEST,
            address,
            access.master << 1,
            Afn.FORWARD,
            _FORWARD_FN,
            self._pfc & NUMBER,
            asked.octets,
            stamp=Stamp.at(self._pfc, when, access.delay_min) if when else None,
        )

    def _take(self, found: Iterable[Frame | Noise]) -> list[Event]:
        events: list[Event] = []
        for one in found:
            if isinstance(one, Noise):
                events.append(one)
                continue
            heard = self._heard(one)
            events += heard
            if self._sent and isinstance(heard[-1], Stray):
                self._strays += 1
                if self._strays > STRAY_MAX:
                    events.append(self._given_up())
        return events

    def _heard(self, frame: Frame) -> list[Event]:
        """Give what a frame means, at least one event."""
        if not frame.is_from_concentrator:
            return [Stray(frame.address, "it is a master station's: our own echo, or somebody else's")]
        if self._address is not None and frame.address != self._address:
            return [Stray(frame.address, "it is another concentrator's")]
        try:
            message = read(frame)
            if message.is_start:
                return self._started(message)
            return [self._answered(message)]
        except PeerFault as fault:
            return [Stray(frame.address, str(fault))]

    def _started(self, message: Message) -> list[Event]:
        """Confirm a link test; what else a concentrator starts stays with it."""
        if message.afn != Afn.LINK or message.fn not in set(LinkTest):
            return [Stray(message.address, f"AFN {message.afn:02X} F{message.fn} is not taken from it")]
        test = LinkTest(message.fn)
        self._address = message.address
        fn, content = confirmation(self._access.confirms, test)
        # A3 as it came: what a concentrator starts has no master station's number, nor has its answer.
        answer = Message(
            _LINK_STATE, message.address, message.group, Afn.CONFIRM, fn, message.number, content
        )
        return [Send(answer.octets), LinkTested(test, message.address, read_clock(message.content))]

    def _answered(self, message: Message) -> Event:
        sent = self._sent
        if sent is None or message.number != sent.number:
            return Stray(message.address, "it answers nothing that is on its way")
        # Both ends of every published exchange count alike, so a late answer of sixteen messages ago shows.
        if sent.stamp and message.stamp and message.stamp.pfc != sent.stamp.pfc:
            return Stray(message.address, "it answers an older message of the same number")
        if message.afn == Afn.CONFIRM:
            return self._judged(message)
        if message.afn != Afn.FORWARD or message.fn != _FORWARD_FN:
            return Stray(message.address, "it answers another question")
        answered = Answered.from_octets(message.content)
        if answered.port != self._route.port:
            return Stray(message.address, "it is of another port")
        return self._end(Carried(answered.content) if answered.content else Failed(Failure.SILENT))

    def _judged(self, message: Message) -> Event:
        verdict = read_verdict(message.fn, message.content)
        if verdict.afn not in {None, Afn.FORWARD}:
            return Stray(message.address, "it confirms or denies another question")
        if verdict.is_denied:
            return self._end(Failed(Failure.DENIED, verdict.error))
        # What the meter says may still come; after a broadcast nothing does.
        self._is_heard = True
        return Heard()

    def _given_up(self) -> Event:
        return self._end(Failed(Failure.SILENT if self._is_heard else Failure.TIMED_OUT))

    def _end(self, event: Event) -> Event:
        self._sent = None
        return event
