"""The meter's side of an HDLC link: it answers (``link`` has the picture)."""

from __future__ import annotations

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


class ServerLink(Link):
    """The meter's side: answers SNRM and DISC by itself, gives requests, sends one answer to each."""

    __slots__ = ()

    def __init__(self, server: Address, client: Address, agreed: Agreed | None = None) -> None:
        super().__init__(server, client, (ANSWER_HEAD, REQUEST_HEAD), agreed or Agreed())

    def send(self, apdu: bytes) -> None:
        """Answer the request that came."""
        self._waiting = self._heads[0] + apdu
        self._put_segment()

    def receive(self, chunk: bytes) -> list[LinkEvent]:
        """Take what came. What is not for this meter is met with silence."""
        events: list[LinkEvent] = []
        for frame in self._reader.receive(chunk):
            if not self._is_mine(frame):
                continue
            try:
                events += self._heard(frame)
            except PeerFault as fault:
                self._is_open = False
                self._put(Kind.REJECTED)
                events.append(LinkLost(str(fault)))
        return events

    def _heard(self, frame: Frame) -> list[LinkEvent]:
        match frame.kind:
            case Kind.CONNECT:
                said = read_agreed(frame.information)
                self._reset()
                self.agreed = Agreed(least(self.agreed.tx, said.rx), least(self.agreed.rx, said.tx))
                self._is_open = True
                self._put(Kind.ACCEPTED, write_agreed(self.agreed))
                return [LinkOpened()]
            case Kind.DISCONNECT:
                was_open, self._is_open = self._is_open, False
                self._put(Kind.ACCEPTED if was_open else Kind.DISCONNECTED)
                return [LinkClosed()] if was_open else []
        if not self._is_open:
            self._put(Kind.DISCONNECTED)
            return []
        return self._came(frame)

    def _came(self, frame: Frame) -> list[LinkEvent]:
        is_new = self._is_acknowledged(frame)
        if frame.kind is Kind.READY:
            if is_new and self._waiting:
                self._put_segment()
            else:
                self._put_again()
            return []
        if frame.kind is not Kind.INFORMATION:
            return []
        if frame.sent != self._awaited:
            self._put_again()
            return []
        apdu = self._assemble(frame)
        if apdu is None:
            self._put(Kind.READY)
            return []
        # Until there is an answer a repeated request is met with what acknowledges it.
        own, peer = self._addresses
        self._last = Frame(peer, own, Kind.READY, awaited=self._awaited)
        return [Came(apdu)]
