"""One question to one meter, sans-I/O: whoever has the line sends, feeds in what came, and watches the time.

    begin ──► Send, then wait ──► receive(bytes) ──► Answered | Refused             the end
                   ▲    │                       └──► Send: the meter has more, the next frame is asked for
                   │    └── expired() ──► Send: asked again, where that is harmless
                   └────────────────         Unanswered: the end

``wait_ms`` says how long to wait for the next byte: first for the answer, then, inside a frame, for the line
to go on.

What was only read is asked again. What changes something is sent once: where no answer comes it may have been
done all the same, and ``Unanswered.is_in_doubt`` says so. The caller reads back. A broadcast is answered by
none.

Frames of other meters, our own echo and noise are passed over and told. Timing: DL/T 645-2007, 5.3: the meter
answers in 20 to 500 ms, between two bytes are 500 ms at most; the way there may take longer and is added.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from gateway.codecs.dlt645.errors import PLAIN, Refusal, read_refusal
from gateway.codecs.dlt645.fault import PeerFault, ValueFault
from gateway.codecs.dlt645.frame import BROADCAST, Frame, FrameReader, Noise, encoded, is_for, wire_address
from gateway.codecs.dlt645.requests import SEQUENCE_MAX, Function, Read, ReadAddress, ReadNext

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Milliseconds for the first byte of an answer: DL/T 645-2007, 5.3 has 500.
ANSWER_MS: Final = 500
#: Milliseconds between two bytes of a frame: DL/T 645-2007, 5.3.
BETWEEN_MS: Final = 500
#: Milliseconds of quiet before the line is used again, so that the last meter is off it.
TURN_MS: Final = 30
#: How often what is only read is asked for: a disturbance takes one or two, a meter that is off takes all.
TRIES_MAX: Final = 3
#: Frames that are not for us, in one try: a line with a chattering meter ends as unanswered and not never.
STRAY_MAX: Final = 32

_ANY_LOW: Final = b"\xaa" * 6


class Request(Protocol):
    """What can be asked: see ``requests``, ``orders`` and ``secure``."""

    @property
    def function(self) -> Function:
        """D4 to D0 of the control byte."""
        ...

    @property
    def body(self) -> bytes:
        """The body of the frame; ``ValueFault`` where a value has no place in it."""
        ...


@dataclass(frozen=True, slots=True)
class Send:
    """Write these bytes to the line, after so many milliseconds of quiet."""

    octets: bytes
    after_ms: int = TURN_MS

    def __repr__(self) -> str:
        """Show the size only: there may be a password in it."""
        return f"Send(<{len(self.octets)} bytes>, after {self.after_ms} ms)"


@dataclass(frozen=True, slots=True)
class Answered:
    """The meter's answer, in one piece: its address, and the body behind the identifier if there is one."""

    address: str
    body: bytes

    def __repr__(self) -> str:
        """Show who and the size only."""
        return f"Answered({self.address}, <{len(self.body)} bytes>)"


@dataclass(frozen=True, slots=True)
class Refused:
    """The meter's error word. What it refused may be done in part: read back."""

    address: str
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Unanswered:
    """No answer came in all tries. ``is_in_doubt``: what was ordered may have been done."""

    tries: int
    is_in_doubt: bool


@dataclass(frozen=True, slots=True)
class Stray:
    """A frame that is no answer to what was asked: the address it came from, and why it is none."""

    address: str
    why: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A broadcast is out; nobody answers it."""


Event = Send | Answered | Refused | Unanswered | Stray | Sent | Noise

#: What may be asked again, since the meter does nothing for it but answer.
_HARMLESS: Final = frozenset({Function.READ, Function.READ_NEXT, Function.READ_ADDRESS})
#: What may go to all meters at once (DL/T 645-2007, 7.9 and 7.8); the rest must be answered.
_FOR_ALL: Final = frozenset({Function.SET_TIME, Function.FREEZE})


class Dialogue:
    """A question, its tries, and an answer put together from all its frames."""

    def __init__(self, address: str, request: Request, *, slack_ms: int = 0, tries: int = TRIES_MAX) -> None:
        """Hold what is asked; ``ValueFault`` where it cannot be. ``slack_ms`` is what the way there takes."""
        if not 1 <= tries <= TRIES_MAX:
            raise ValueFault(f"a question has 1 to {TRIES_MAX} tries")
        self._address = wire_address(address)
        self._is_broadcast = self._address == wire_address(BROADCAST)
        if self._is_broadcast and request.function not in _FOR_ALL:
            raise ValueFault("only the time and a freeze go to all meters")
        if request.function is Function.SET_TIME and not self._is_broadcast:
            raise ValueFault("the time of one meter is written behind 04000101 and 04000102")
        self._asked: Request = request
        self._first = request
        self._octets = encoded(address, request.function, request.body)
        self._tries_max = tries if request.function in _HARMLESS else 1
        self._slack_ms = slack_ms
        self._reader = FrameReader()
        self._parts: list[bytes] = []
        self._tries = 0
        self._strays = 0
        self._is_over = False

    @property
    def wait_ms(self) -> int | None:
        """Milliseconds to wait for the next byte before ``expired``; None when it is over."""
        if self._is_over:
            return None
        return (BETWEEN_MS if self._reader.is_midframe else ANSWER_MS) + self._slack_ms

    def begin(self) -> list[Event]:
        """Ask for the first time."""
        if self._is_broadcast:
            self._is_over = True
            return [Send(self._octets), Sent()]
        return [self._send()]

    def receive(self, chunk: bytes) -> list[Event]:
        """Take in what came; bytes behind the end are not ours any more and are left alone."""
        return [] if self._is_over else self._take(self._reader.receive(chunk))

    def expired(self) -> list[Event]:
        """Note that ``wait_ms`` is over: what is half here is looked at, then the question is asked again."""
        if self._is_over:
            return []
        events = self._take(self._reader.silence())
        if self.wait_ms is None or any(isinstance(event, Send) for event in events):
            return events
        return [*events, self._again()]

    def _send(self) -> Send:
        self._tries += 1
        self._strays = 0
        return Send(self._octets)

    def _again(self) -> Event:
        if self._tries < self._tries_max:
            return self._send()
        self._is_over = True
        return Unanswered(self._tries, is_in_doubt=self._first.function not in _HARMLESS)

    def _take(self, found: Iterable[Frame | Noise]) -> list[Event]:
        events: list[Event] = []
        for one in found:
            if self._is_over:
                break
            if isinstance(one, Noise):
                events.append(one)
                continue
            why = self._why_stray(one)
            if why:
                self._strays += 1
                events.append(Stray(one.address, why))
                if self._strays > STRAY_MAX:
                    events.append(self._again())
            else:
                events.append(self._answer(one))
        return events

    def _why_stray(self, frame: Frame) -> str:
        """Say why a frame is no answer to the question, or nothing where it is one."""
        if not frame.is_from_meter:
            return "it is a question: our own echo, or somebody else's"
        if not is_for(self._address, frame.wire_address) and frame.wire_address != self._address:
            return "it is another meter's"
        if frame.function != self._asked.function:
            return "it answers another question"
        return ""

    def _answer(self, frame: Frame) -> Event:
        try:
            if frame.is_refusal:
                refusal = read_refusal(frame, plain=PLAIN)
                self._is_over = True
                return Refused(frame.address, refusal)
            part = self._part(frame)
        except PeerFault as fault:
            # What answers wrongly to a read may do better next time; the deadline asks again.
            return Stray(frame.address, str(fault))
        self._parts.append(part)
        # An order is answered in one frame; only what is read may go on.
        if frame.is_continued and isinstance(self._first, Read):
            return self._ask_next(frame)
        self._is_over = True
        return Answered(frame.address, b"".join(self._parts))

    def _part(self, frame: Frame) -> bytes:
        """Give what a frame adds to the answer; ``PeerFault`` where it is of another identifier or number."""
        asked = self._asked
        if isinstance(asked, ReadAddress):
            if frame.body != frame.wire_address:
                raise PeerFault("address", 0, "the meter says another address than it answers with")
            return frame.body
        if not isinstance(asked, Read | ReadNext):
            return frame.body
        if frame.body[:4] != asked.body[:4]:
            raise PeerFault("identifier", 0, "it is another one than was asked for")
        if isinstance(asked, Read):
            return frame.body[4:]
        if frame.body[-1] != asked.number or len(frame.body) <= 4:  # noqa: PLR2004 - DI0 to DI3
            raise PeerFault("number", len(frame.body) - 1, "it is another one than was asked for")
        return frame.body[4:-1]

    def _ask_next(self, frame: Frame) -> Event:
        if len(self._parts) > SEQUENCE_MAX or not isinstance(self._first, Read):
            self._is_over = True
            return Unanswered(self._tries, is_in_doubt=False)
        self._asked = ReadNext(self._first.di, len(self._parts))
        self._address = frame.wire_address
        self._octets = encoded(frame.address, self._asked.function, self._asked.body)
        self._tries = 0
        return self._send()
