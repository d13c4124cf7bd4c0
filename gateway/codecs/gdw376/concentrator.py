"""The concentrator's end: signs on, beats, is asked to forward, and answers. Simulators are built on it.

What is for another concentrator or a group is passed over. What it does not know is denied, so that nobody
waits for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gateway.codecs.gdw376.confirm import Confirm, LinkTest, Verdict, each, read_verdict, write_clock
from gateway.codecs.gdw376.fault import PeerFault, ValueFault
from gateway.codecs.gdw376.forwarding import Answered, Asked
from gateway.codecs.gdw376.frame import FROM_CONCENTRATOR, NUMBER, STARTS, Address, Frame, FrameReader
from gateway.codecs.gdw376.message import EVENTS, Afn, Message, Stamp, read

if TYPE_CHECKING:
    from datetime import datetime

#: C: a link test (function 9); user octets (8); what was asked for is not there (9).
_LINK_TEST: Final = FROM_CONCENTRATOR | STARTS | 9
_USER: Final = FROM_CONCENTRATOR | 8
_NOT_THERE: Final = FROM_CONCENTRATOR | 9
_FORWARD_FN: Final = 1


@dataclass(frozen=True, slots=True)
class ToForward:
    """A master station's octets for a meter. ``heard`` is the message they came in, for its answer."""

    asked: Asked
    heard: Message


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A master station's word on a link test: its number, and whether it is denied."""

    number: int
    verdict: Verdict


class Concentrator:
    """One concentrator on a connection: writes what it says, and reads what it hears."""

    def __init__(self, address: Address, *, events: bytes = b"") -> None:
        """Hold who it is. ``events``: EC, two counters that end each answer, where there are events."""
        if len(events) not in {0, EVENTS}:
            raise ValueFault(f"a concentrator has {EVENTS} counters of events, or says nothing of them")
        self._address = address
        self._events = events
        self._reader = FrameReader()
        self._number = 0

    def sign_on(self) -> bytes:
        """Write what a concentrator says first of all on a connection."""
        return self._test(LinkTest.SIGN_ON)

    def sign_off(self) -> bytes:
        """Write what it says before it leaves."""
        return self._test(LinkTest.SIGN_OFF)

    def beat(self, clock: datetime | None = None) -> bytes:
        """Write a heartbeat; later editions have its clock."""
        return self._test(LinkTest.HEARTBEAT, write_clock(clock) if clock else b"")

    def receive(self, chunk: bytes) -> list[ToForward | Confirmed | bytes]:
        """Give what ``chunk`` completes; bytes are an answer that goes out as it is."""
        found: list[ToForward | Confirmed | bytes] = []
        for frame in self._reader.receive(chunk):
            if isinstance(frame, Frame) and self._is_for_us(frame):
                found += self._heard(frame)
        return found

    def silence(self) -> None:
        """Note that the line fell silent: what is half here is nothing."""
        self._reader = FrameReader()

    def answer(self, forwarded: ToForward, content: bytes, clock: datetime | None = None) -> bytes:
        """Write what the meter said, or that it said nothing; ``clock`` is for the stamp, if one is due."""
        octets = Answered(forwarded.asked.port, content).octets
        return self._answer(forwarded.heard, _USER, Afn.FORWARD, (_FORWARD_FN, octets), clock)

    def deny(self, forwarded: ToForward, error: int | None = None) -> bytes:
        """Write that it is not forwarded: with a reason, unit by unit (F3), or all of it without one (F2)."""
        if error is None:
            return self._answer(forwarded.heard, _NOT_THERE, Afn.CONFIRM, (Confirm.NONE, b""))
        content = each(Afn.FORWARD, _FORWARD_FN, error)
        return self._answer(forwarded.heard, _NOT_THERE, Afn.CONFIRM, (Confirm.EACH, content))

    def confirm(self, forwarded: ToForward) -> bytes:
        """Write that it was heard, without a word of the meter."""
        return self._answer(forwarded.heard, FROM_CONCENTRATOR, Afn.CONFIRM, (Confirm.ALL, b""))

    def _test(self, test: LinkTest, content: bytes = b"") -> bytes:
        number, self._number = self._number, self._number + 1 & NUMBER
        return Message(
            _LINK_TEST, self._address, 0, Afn.LINK, test, number, content, is_to_confirm=True
        ).octets

    def _answer(
        self, heard: Message, control: int, afn: Afn, said: tuple[int, bytes], clock: datetime | None = None
    ) -> bytes:
        fn, content = said
        stamp = heard.stamp
        if stamp and clock:
            # The sender's number and life of the message, and the concentrator's own clock.
            stamp = replace(stamp, sent=Stamp.at(stamp.pfc, clock, stamp.delay_min).sent)
        return Message(
            control, self._address, heard.group, afn, fn, heard.number, content, self._events, stamp
        ).octets

    def _is_for_us(self, frame: Frame) -> bool:
        return not (frame.is_from_concentrator or frame.is_for_group) and frame.address == self._address

    def _heard(self, frame: Frame) -> list[ToForward | Confirmed | bytes]:
        try:
            message = read(frame)
            if not message.is_start:
                return self._judged(message)
            if message.afn == Afn.FORWARD and message.fn == _FORWARD_FN:
                return [ToForward(Asked.from_octets(message.content), message)]
        except PeerFault:
            if not frame.is_start:
                return []
            message = Message(frame.control, frame.address, frame.group, frame.afn, 1, frame.number)
        return [self._answer(message, _NOT_THERE, Afn.CONFIRM, (Confirm.NONE, b""))]

    def _judged(self, message: Message) -> list[ToForward | Confirmed | bytes]:
        if message.afn != Afn.CONFIRM:
            return []
        return [Confirmed(message.number, read_verdict(message.fn, message.content))]
