"""The same calls as a client's HDLC link, over TCP, which needs no connecting and repeats by itself."""

from __future__ import annotations

from typing import Final

from gateway.codecs.dlms.fault import PeerFault
from gateway.codecs.dlms.link import Came, LinkClosed, LinkEvent, LinkLost, LinkOpened
from gateway.codecs.dlms.wrapper import Wrapped, WrapperReader, wrap

TCP_ANSWER_MS: Final = 10_000
"""Milliseconds for an answer over TCP: nothing is repeated here, and a cellular modem may have to wake up."""


class TcpLink:
    """One side of a connection: our port and the peer's. 16 is the public client, 1 the meter itself."""

    __slots__ = ("_own", "_peer", "_reader", "deadline_ms", "outgoing")

    def __init__(self, own: int, peer: int) -> None:
        self._own, self._peer = own, peer
        self._reader = WrapperReader()
        self.deadline_ms: int | None = None
        self.outgoing = b""

    def connect(self) -> list[LinkEvent]:
        """Begin: there is nothing to agree on."""
        return [LinkOpened()]

    def disconnect(self) -> list[LinkEvent]:
        """End: the connection is to be closed."""
        self.deadline_ms = None
        return [LinkClosed()]

    def send(self, apdu: bytes) -> None:
        """Send an APDU."""
        self.deadline_ms = TCP_ANSWER_MS
        self.outgoing += wrap(Wrapped(self._own, self._peer, apdu))

    def take_outgoing(self) -> bytes:
        """Give the octets that are to be sent now, once."""
        taken, self.outgoing = self.outgoing, b""
        return taken

    def receive(self, chunk: bytes) -> list[LinkEvent]:
        """Take what came. What is for other ports means nothing here; after another version all is lost."""
        lost: list[LinkEvent] = []
        try:
            found = self._reader.receive(chunk)
        except PeerFault as fault:
            found, self._reader.before = self._reader.before, []
            lost = [LinkLost(str(fault))]
        mine = [each for each in found if (each.source, each.destination) == (self._peer, self._own)]
        if mine or lost:
            self.deadline_ms = None
        return [*(Came(each.apdu) for each in mine), *lost]

    def timed_out(self) -> list[LinkEvent]:
        """Say that the deadline passed: the answer would be taken for the next one's, so all is lost."""
        if self.deadline_ms is None:
            return []
        self.deadline_ms = None
        return [LinkLost("no answer")]
