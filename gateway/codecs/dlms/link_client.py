"""The client's side of an HDLC link: it asks, repeats and polls (``link`` has the picture)."""

from __future__ import annotations

from typing import Final

from gateway.codecs.dlms.fault import PeerFault
from gateway.codecs.dlms.hdlc import Address, Frame, Kind
from gateway.codecs.dlms.link import (
    ANSWER_HEAD,
    REQUEST_HEAD,
    Agreed,
    Came,
    Link,
    LinkClosed,
    LinkEvent,
    LinkLost,
    LinkOpened,
    least,
    read_agreed,
    write_agreed,
)

ANSWER_MS: Final = 5_000
"""Milliseconds for an answer: a meter takes half a second, a GSM route some seconds more."""

TRIES_MAX: Final = 3
"""Times that a frame is sent before the link is given up."""

POLL_MS: Final = 500
"""Milliseconds before a meter that took the request, and has no answer ready, is asked for it again."""

POLLS_MAX: Final = 60
"""Times that it may say so: half a minute, and the time of the frames."""


class ClientLink(Link):
    """The side that asks. ``connect``, then ``send`` one APDU and wait, then ``disconnect``."""

    __slots__ = ("_polls", "_tries", "deadline_ms")

    def __init__(self, client: Address, server: Address, agreed: Agreed | None = None) -> None:
        super().__init__(client, server, (REQUEST_HEAD, ANSWER_HEAD), agreed or Agreed())
        self._tries = 0
        self._polls = 0
        self.deadline_ms: int | None = None

    def connect(self) -> list[LinkEvent]:
        """Begin the link anew: SNRM with what we would like to agree on."""
        self._reset()
        self._is_open = False
        self._ask(Kind.CONNECT, write_agreed(self.agreed))
        return []

    def send(self, apdu: bytes) -> None:
        """Send an APDU. ValueError before the link stands, or while one is under way: our own fault."""
        if not self._is_open or self.deadline_ms is not None:
            raise ValueError("the link does not stand, or an answer is awaited")
        self._waiting = self._heads[0] + apdu
        self._tries, self._polls, self.deadline_ms = 1, 0, ANSWER_MS
        self._put_segment()

    def disconnect(self) -> None:
        """End the link: DISC."""
        self._ask(Kind.DISCONNECT)

    def receive(self, chunk: bytes) -> list[LinkEvent]:
        """Take what came; give what it means. Frames of other stations, and repeated ones, mean nothing."""
        events: list[LinkEvent] = []
        for frame in self._reader.receive(chunk):
            if not self._is_mine(frame):
                continue
            if frame.kind is Kind.UNNUMBERED:
                if frame.information.startswith(self._heads[1]):
                    events.append(Came(frame.information[len(self._heads[1]) :], is_unasked=True))
                continue
            if self.deadline_ms is None:
                continue
            try:
                events += self._heard(frame)
            except PeerFault as fault:
                events += self._lose(str(fault))
        return events

    def timed_out(self) -> list[LinkEvent]:
        """Say that the deadline passed: ask again, or give the link up."""
        self._reader.reset()
        if self.deadline_ms is None:
            return []
        if self._tries >= TRIES_MAX:
            return self._lose(f"no answer, asked {self._tries} times")
        self._tries, self.deadline_ms = self._tries + 1, ANSWER_MS
        self._put_again()
        return []

    def _ask(self, kind: Kind, information: bytes = b"") -> None:
        self._tries, self.deadline_ms = 1, ANSWER_MS
        self._put(kind, information)

    def _lose(self, why: str) -> list[LinkEvent]:
        self._is_open, self.deadline_ms = False, None
        self._reset()
        return [LinkLost(why)]

    def _heard(self, frame: Frame) -> list[LinkEvent]:
        asked = None if self._last is None else self._last.kind
        if asked in (Kind.CONNECT, Kind.DISCONNECT):
            return self._answered(asked, frame)
        match frame.kind:
            case Kind.INFORMATION:
                return self._came(frame)
            case Kind.READY | Kind.NOT_READY:
                return self._acknowledged(frame)
            case Kind.DISCONNECTED | Kind.REJECTED:
                return self._lose(f"the meter answered {frame.kind.value}")
        return []

    def _answered(self, asked: Kind, frame: Frame) -> list[LinkEvent]:
        """Take the answer to SNRM or DISC."""
        if frame.kind not in (Kind.ACCEPTED, Kind.DISCONNECTED):
            return []
        if asked is Kind.DISCONNECT:
            self._is_open, self.deadline_ms = False, None
            return [LinkClosed()]
        if frame.kind is Kind.DISCONNECTED:
            return self._lose("the meter answered DM")
        said = read_agreed(frame.information)
        # What the meter takes is what we may send; nothing of it makes a frame longer than we know.
        self.agreed = Agreed(least(self.agreed.tx, said.rx), least(self.agreed.rx, said.tx))
        self._is_open, self.deadline_ms = True, None
        return [LinkOpened()]

    def _came(self, frame: Frame) -> list[LinkEvent]:
        self._is_acknowledged(frame)
        if frame.sent != self._awaited:
            # A repeated segment: the meter did not get our RR.
            self._put(Kind.READY)
            return []
        if self._waiting:
            return self._lose("the meter answered before it had the whole request")
        apdu = self._assemble(frame)
        self._tries, self.deadline_ms = 1, ANSWER_MS
        if apdu is None:
            self._put(Kind.READY)
            return []
        self.deadline_ms = None
        return [Came(apdu)]

    def _acknowledged(self, frame: Frame) -> list[LinkEvent]:
        """Go on with the next segment, or wait: the deadline asks again by RR."""
        if self._is_acknowledged(frame) and self._waiting:
            self._tries = 1
            self._put_segment()
            return []
        if self._last is not None and self._last.kind is Kind.INFORMATION and frame.awaited != self._sent:
            return []
        self._polls += 1
        if self._polls > POLLS_MAX:
            return self._lose(f"the meter had no answer ready after {POLLS_MAX} polls")
        own, peer = self._addresses
        self._tries, self.deadline_ms = 0, POLL_MS
        self._last = Frame(peer, own, Kind.READY, awaited=self._awaited)
        return []
