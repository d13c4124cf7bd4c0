"""Links of HDLC, both sides: connect, send and get APDUs, repeat what was lost (IEC 62056-46, 6.4 and 6.7).

    client                          server
    SNRM ──────────────────────────►        a window of one frame, and sizes, are agreed
         ◄────────────────────────── UA
    I(S=1) segment ────────────────►
         ◄────────────────────────── RR     each segment is acknowledged
    I segment, the last ───────────►
         ◄────────────────────────── I(S=1) the answer comes the same way
    RR ────────────────────────────►
         ◄────────────────────────── I

The server speaks only when it is asked. So the client repeats: its last frame where nothing came, RR where
its frame was acknowledged and the answer is not ready. A frame that comes twice is answered again and counts
once. ``outgoing`` holds what is to be sent, ``deadline_ms`` how long to wait for the peer before
``timed_out``; a chunk that brings something begins the wait anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from gateway.codecs.dlms.fault import PeerFault
from gateway.codecs.dlms.hdlc import Address, Frame, FrameReader, Kind, write_frame
from gateway.codecs.dlms.octets import Octets

APDU_OCTETS_MAX: Final = 65_535
"""Octets of an APDU put together of segments: what an association can agree on at most."""

INFORMATION_DEFAULT: Final = 128
"""Octets of information in a frame where nothing else was agreed (IEC 62056-46, 6.4.4.4.3.2)."""

INFORMATION_MAX: Final = 2_030
"""Octets of information in a frame of 2047 with the longest addresses and both checks."""

#: What stands before each APDU, by its direction (IEC 62056-46, 5.2.2).
REQUEST_HEAD: Final = b"\xe6\xe6\x00"
ANSWER_HEAD: Final = b"\xe6\xe7\x00"
_PARAMETERS: Final = b"\x81\x80"
_TX, _RX, _WINDOW_TX, _WINDOW_RX = 5, 6, 7, 8
_NUMBERS: Final = 8


@dataclass(frozen=True, slots=True)
class Agreed:
    """What SNRM and UA agree on: octets of information each way, and frames under way."""

    tx: int = INFORMATION_DEFAULT
    rx: int = INFORMATION_DEFAULT
    window_tx: int = 1
    window_rx: int = 1


@dataclass(frozen=True, slots=True)
class LinkOpened:
    """The link stands; APDUs can be sent."""


@dataclass(frozen=True, slots=True)
class LinkClosed:
    """The link ended as it was meant to."""


@dataclass(frozen=True, slots=True)
class LinkLost:
    """The link is gone: no answer, refused, or the peer broke the rules."""

    why: str


@dataclass(frozen=True, slots=True)
class Came:
    """A whole APDU. ``is_unasked``: pushed by the meter in a UI frame."""

    apdu: bytes
    is_unasked: bool = False

    def __repr__(self) -> str:
        """Show the size only."""
        return f"Came(<{len(self.apdu)} octets>)"


LinkEvent = LinkOpened | LinkClosed | LinkLost | Came


def read_agreed(information: bytes) -> Agreed:
    """Read the parameters of SNRM or UA; what is not said is the standard's default."""
    if not information:
        return Agreed()
    source = Octets(information)
    if source.take(2, "parameters") != _PARAMETERS:
        raise PeerFault("parameters", 0, "not 81 80, the group of sizes")
    inner = Octets(source.text("parameters"))
    source.end("parameters")
    found: dict[int, int] = {}
    while inner.left:
        of = inner.byte("parameters")
        found[of] = int.from_bytes(inner.text("parameters"), "big")
    return Agreed(
        found.get(_TX, INFORMATION_DEFAULT), found.get(_RX, INFORMATION_DEFAULT),
        found.get(_WINDOW_TX, 1), found.get(_WINDOW_RX, 1),
    )  # fmt: skip


def write_agreed(agreed: Agreed) -> bytes:
    """Write the parameters of SNRM or UA, as every meter understands them: sizes of one octet or two."""
    written = b""
    for of, size in ((_TX, agreed.tx), (_RX, agreed.rx)):
        octets = size.to_bytes(2 if size > 0xFF else 1, "big")  # noqa: PLR2004 - what one octet holds
        written += bytes([of, len(octets)]) + octets
    for of, size in ((_WINDOW_TX, agreed.window_tx), (_WINDOW_RX, agreed.window_rx)):
        written += bytes([of, 4]) + size.to_bytes(4, "big")
    return _PARAMETERS + bytes([len(written)]) + written


class Link:
    """What both sides do: numbers, segments, and the octets to be sent."""

    __slots__ = (
        "_addresses", "_assembled", "_awaited", "_heads", "_is_open", "_last", "_reader", "_sent", "_waiting",
        "agreed", "outgoing",
    )  # fmt: skip

    def __init__(self, own: Address, peer: Address, heads: tuple[bytes, bytes], agreed: Agreed) -> None:
        if not 1 <= max(agreed.tx, agreed.rx) <= INFORMATION_MAX or min(agreed.tx, agreed.rx) < 1:
            raise ValueError(f"information of 1 to {INFORMATION_MAX} octets in a frame")
        self._addresses = (own, peer)
        self._heads = heads
        self._reader = FrameReader()
        self._is_open = False
        self._last: Frame | None = None
        self._waiting = b""
        self._reset()
        self.agreed = agreed
        self.outgoing = b""

    @property
    def reader(self) -> FrameReader:
        """The reader of frames, for its counts of noise."""
        return self._reader

    @property
    def is_open(self) -> bool:
        """True between connecting and disconnecting."""
        return self._is_open

    def take_outgoing(self) -> bytes:
        """Give the octets that are to be sent now, once."""
        taken, self.outgoing = self.outgoing, b""
        return taken

    def _reset(self) -> None:
        self._sent = self._awaited = 0
        self._assembled = bytearray()
        self._waiting = b""

    def _is_mine(self, frame: Frame) -> bool:
        own, peer = self._addresses
        return (frame.destination, frame.source) == (own, peer)

    def _put(self, kind: Kind, information: bytes = b"", *, is_segment: bool = False) -> None:
        own, peer = self._addresses
        self._last = Frame(
            peer, own, kind, information, self._sent, self._awaited, is_segment=is_segment, is_final=True
        )
        self.outgoing += write_frame(self._last)

    def _put_again(self) -> None:
        """Repeat the last frame, with the number that is awaited now."""
        if self._last is not None:
            self.outgoing += write_frame(replace(self._last, awaited=self._awaited))

    def _put_segment(self) -> None:
        """Send the next part of what waits."""
        size = self.agreed.tx
        part, self._waiting = self._waiting[:size], self._waiting[size:]
        self._put(Kind.INFORMATION, part, is_segment=bool(self._waiting))

    def _is_acknowledged(self, frame: Frame) -> bool:
        """Take N(R): True where it acknowledges the frame under way."""
        last = self._last
        if last is None or last.kind is not Kind.INFORMATION or last.sent != self._sent:
            return False
        if frame.awaited != (self._sent + 1) % _NUMBERS:
            return False
        self._sent = frame.awaited
        return True

    def _assemble(self, frame: Frame) -> bytes | None:
        """Take a part; give the APDU without its LLC head when it is whole."""
        self._awaited = (self._awaited + 1) % _NUMBERS
        self._assembled += frame.information
        if len(self._assembled) > APDU_OCTETS_MAX + len(self._heads[1]):
            raise PeerFault(
                "segments", len(self._assembled), f"more than {APDU_OCTETS_MAX} octets in one APDU"
            )
        if frame.is_segment:
            return None
        whole = bytes(self._assembled)
        self._assembled.clear()
        return self._without_head(whole)

    def _without_head(self, whole: bytes) -> bytes:
        head = self._heads[1]
        if not whole.startswith(head):
            raise PeerFault("LLC", 0, f"not {head.hex()}")
        return whole[len(head) :]


def least(ours: int, theirs: int) -> int:
    """Agree on a size; a peer that says 0 means nothing by it."""
    return max(1, min(ours, theirs)) if theirs else ours
