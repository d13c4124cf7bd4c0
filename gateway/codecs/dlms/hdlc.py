"""Frames of HDLC, format type 3, as IEC 62056-46 has them (ISO/IEC 13239, 4.1).

    7E  A0 08  02 23  21  93  BD 64  7E
    flag format dst   src ctl FCS    flag        SNRM of client 16 to the server 1, device 17

The format's first half octet is A, the next bit says that the frame is one segment of several, eleven bits
say the length without the flags. A check of the header (HCS) stands before the information, one of all (FCS)
behind it; without information there is only the FCS. The two bytes of a check come the lower one first.

An address is one, two or four octets; the lowest bit marks its last one. The reader looks at each flag as a
possible beginning: whatever noise there is, a good frame behind it is found.
"""

from __future__ import annotations

import re
from binascii import crc_hqx
from dataclasses import dataclass
from enum import Enum
from typing import Final

from gateway.codecs.dlms.fault import PeerFault

FLAG: Final = 0x7E

FRAME_MAX: Final = 0x7FF
"""Octets of a frame between the flags: eleven bits can say no more."""

_FORMAT: Final = 0xA0
_FORMAT_MASK: Final = 0xF0
_SEGMENTED: Final = 0x08
_FINAL: Final = 0x10
_CHECK_SIZE: Final = 2
_ADDRESS_SIZES: Final = frozenset({1, 2, 4})
_ADDRESS_LONG: Final = 4
_LAST: Final = 0x01
_SEVEN: Final = 0x7F
_HALF_MOST: Final = 0x3FFF
_PHYSICAL: Final = re.compile(r"[0-9]{1,5}")

#: Each octet with its bits the other way round.
_MIRROR: Final = bytes(int(f"{octet:08b}"[::-1], 2) for octet in range(256))


class Kind(Enum):
    """What a frame does, by its control octet (IEC 62056-46, 6.4.3)."""

    INFORMATION = "I"
    READY = "RR"
    NOT_READY = "RNR"
    CONNECT = "SNRM"
    DISCONNECT = "DISC"
    ACCEPTED = "UA"
    DISCONNECTED = "DM"
    REJECTED = "FRMR"
    UNNUMBERED = "UI"


_UNNUMBERED: Final = {
    0x83: Kind.CONNECT, 0x43: Kind.DISCONNECT, 0x63: Kind.ACCEPTED, 0x0F: Kind.DISCONNECTED,
    0x87: Kind.REJECTED, 0x03: Kind.UNNUMBERED,
}  # fmt: skip
_SUPERVISORY: Final = {0x01: Kind.READY, 0x05: Kind.NOT_READY}
_CONTROL: Final = {kind: control for control, kind in (_UNNUMBERED | _SUPERVISORY).items()}


@dataclass(frozen=True, slots=True)
class Address:
    """An address: a client's or a server's upper half (logical device), and a server's lower (physical one).

    ``size`` is the number of octets: one says the upper half alone, two have seven bits for each half, four
    have fourteen. Which one a meter wants is a setting of its model.
    """

    upper: int
    lower: int | None = None
    size: int = 1

    def __post_init__(self) -> None:
        """Refuse (ValueError) what does not fit so many octets."""
        most = _HALF_MOST if self.size == _ADDRESS_LONG else _SEVEN
        if self.size not in _ADDRESS_SIZES:
            raise ValueError(f"an address of {self.size} octets; it has 1, 2 or 4")
        if (self.lower is None) != (self.size == 1):
            raise ValueError("an address of one octet has the upper half alone, every other one has both")
        if not (0 <= self.upper <= most and 0 <= (self.lower or 0) <= most):
            raise ValueError(f"a half of an address of {self.size} octets is at most {most}")

    def octets(self) -> bytes:
        """Write it.

        >>> Address(16).octets().hex(), Address(1, 17, 2).octets().hex(), Address(1, 145, 4).octets().hex()
        ('21', '0223', '00020223')
        """
        halves = [self.upper] if self.lower is None else [self.upper, self.lower]
        sevens = [(half >> 7, half & _SEVEN) if self.size == _ADDRESS_LONG else (half,) for half in halves]
        flat = [seven << 1 for pair in sevens for seven in pair]
        flat[-1] |= _LAST
        return bytes(flat)


def server_address(wanted: str, logical: int, physical: int, size: int) -> Address:
    """Give a meter's address on its line: the lower half is the number that is wanted, else ``physical``.

    ValueError for one that does not fit so many octets, or has no place: none is passed over, since another
    meter would obey.

    >>> server_address("17", 1, 16, 2)
    Address(upper=1, lower=17, size=2)
    """
    if wanted and size == 1:
        raise ValueError("an address of one octet has no place for one; leave it out")
    if wanted and not _PHYSICAL.fullmatch(wanted):
        raise ValueError(f"{wanted[:40]!r} is no physical address; cure: its digits")
    if size == 1:
        return Address(logical)
    return Address(logical, int(wanted) if wanted else physical, size)


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame. ``sent`` is N(S) and ``awaited`` N(R), where the kind has them."""

    destination: Address
    source: Address
    kind: Kind
    information: bytes = b""
    sent: int = 0
    awaited: int = 0
    is_segment: bool = False
    is_final: bool = True

    def __repr__(self) -> str:
        """Show the size of the information only."""
        numbers = f"N(S)={self.sent}, N(R)={self.awaited}"
        return f"Frame({self.kind.value}, {numbers}, <{len(self.information)} octets>)"


def check(octets: bytes) -> bytes:
    """Make the check of octets: CRC-16/X-25, the lower byte first (ISO/IEC 13239, 4.2.5.2).

    The library's CRC goes from the highest bit on and this one from the lowest, so the bits are turned.

    >>> check(b"123456789").hex()
    '6e90'
    """
    turned = crc_hqx(octets.translate(_MIRROR), 0xFFFF) ^ 0xFFFF
    return bytes([_MIRROR[turned & 0xFF], _MIRROR[turned >> 8]])[::-1]


def write_frame(frame: Frame) -> bytes:
    """Write a frame with its flags. ValueError where the information is too long: our own fault."""
    head = frame.destination.octets() + frame.source.octets() + bytes([_control(frame)])
    size = 2 + len(head) + _CHECK_SIZE + (len(frame.information) + _CHECK_SIZE if frame.information else 0)
    if size > FRAME_MAX:
        raise ValueError(f"a frame of {size} octets, {FRAME_MAX} are the most")
    segment = _SEGMENTED if frame.is_segment else 0
    body = bytes([_FORMAT | segment | size >> 8, size & 0xFF]) + head
    if frame.information:
        body += check(body) + frame.information
    return bytes([FLAG]) + body + check(body) + bytes([FLAG])


def read_frame(raw: bytes) -> Frame:
    """Read a frame with its flags; PeerFault says what is wrong with it."""
    if len(raw) < _CHECK_SIZE + 2 or raw[0] != FLAG or raw[-1] != FLAG:
        raise PeerFault("frame", 0, "no flag before and behind it")
    body = raw[1:-1]
    size = _size(body, 0)
    if size != len(body):
        raise PeerFault("format", 1, f"a length of {size} for {len(body)} octets")
    return _read_body(body)


def _size(octets: bytes | bytearray, at: int) -> int | None:
    """Read the length of a frame whose format field is at this place; None where that is none."""
    if octets[at] & _FORMAT_MASK != _FORMAT:
        return None
    return (octets[at] & 0x07) << 8 | octets[at + 1]


def _read_body(body: bytes) -> Frame:
    if check(body[:-_CHECK_SIZE]) != body[-_CHECK_SIZE:]:
        raise PeerFault("FCS", len(body) - _CHECK_SIZE, "the check does not fit the frame")
    destination, at = _address(body, 2)
    source, at = _address(body, at)
    if at >= len(body) - _CHECK_SIZE:
        raise PeerFault("control", at, "cut short")
    control, at = body[at], at + 1
    information = b""
    if at < len(body) - _CHECK_SIZE:
        # IEC 62056-46, 6.4.1.6: with information the header has a check of its own.
        if check(body[:at]) != body[at : at + _CHECK_SIZE]:
            raise PeerFault("HCS", at, "the check does not fit the header")
        information = body[at + _CHECK_SIZE : -_CHECK_SIZE]
    kind, sent, awaited = _meaning(control, at - 1)
    return Frame(
        destination, source, kind, information, sent, awaited,
        is_segment=bool(body[0] & _SEGMENTED), is_final=bool(control & _FINAL),
    )  # fmt: skip


def _address(body: bytes, at: int) -> tuple[Address, int]:
    """Read an address: up to the octet whose lowest bit is set."""
    sevens: list[int] = []
    for octet in body[at : at + _ADDRESS_LONG]:
        sevens.append(octet >> 1)
        if octet & _LAST:
            break
    size = len(sevens)
    end = at + size
    if size not in _ADDRESS_SIZES or not body[end - 1] & _LAST:
        raise PeerFault("address", at, "neither one, two nor four octets")
    if size == 1:
        return Address(sevens[0]), end
    if size == 2:  # noqa: PLR2004 - one octet for each half
        return Address(sevens[0], sevens[1], 2), end
    return Address(sevens[0] << 7 | sevens[1], sevens[2] << 7 | sevens[3], 4), end


def _control(frame: Frame) -> int:
    final = _FINAL if frame.is_final else 0
    if frame.kind is Kind.INFORMATION:
        return frame.awaited << 5 | final | frame.sent << 1
    control = _CONTROL[frame.kind] | final
    return control | frame.awaited << 5 if frame.kind in (Kind.READY, Kind.NOT_READY) else control


def _meaning(control: int, at: int) -> tuple[Kind, int, int]:
    """Give the kind, N(S) and N(R) of a control octet."""
    if not control & 0x01:
        return Kind.INFORMATION, control >> 1 & 7, control >> 5
    supervisory = _SUPERVISORY.get(control & 0x0F)
    if supervisory is not None:
        return supervisory, 0, control >> 5
    kind = _UNNUMBERED.get(control & ~_FINAL)
    if kind is None:
        raise PeerFault("control", at, f"{control:02x} is no frame of this profile")
    return kind, 0, 0


class FrameReader:
    """Finds the frames in a stream. Any chunking gives the same ones.

    What is no frame is passed over octet by octet: ``garbled`` counts frames whose check failed, ``noise``
    octets that belonged to none. At most one frame is kept.
    """

    __slots__ = ("_buffer", "garbled", "noise")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.garbled = 0
        self.noise = 0

    @property
    def is_midframe(self) -> bool:
        """True while part of a frame is here; the deadline between octets runs then."""
        return len(self._buffer) > 1

    def receive(self, chunk: bytes) -> list[Frame]:
        """Give the frames that the chunk completes."""
        self._buffer += chunk
        frames: list[Frame] = []
        while (frame := self._next()) is not None:
            if isinstance(frame, Frame):
                frames.append(frame)
        return frames

    def reset(self) -> None:
        """Forget a frame that was begun and does not go on: its line was silent for too long."""
        self.noise += len(self._buffer)
        self._buffer.clear()

    def _next(self) -> Frame | bool | None:
        """Give the next frame, True for octets passed over, None when more must come."""
        buffer = self._buffer
        begun = buffer.find(FLAG)
        if begun:
            self._drop(len(buffer) if begun < 0 else begun)
        if len(buffer) < 3:  # noqa: PLR2004 - the flag and the format
            return None if len(buffer) < 2 or buffer[1] & _FORMAT_MASK == _FORMAT else self._pass()  # noqa: PLR2004
        size = _size(buffer, 1)
        if size is None or size < 2 + 2 + 1 + _CHECK_SIZE:
            return self._pass()
        if len(buffer) < size + 2:
            return None
        if buffer[size + 1] != FLAG:
            return self._pass()
        try:
            frame = _read_body(bytes(buffer[1 : size + 1]))
        except PeerFault:
            self.garbled += 1
            return self._pass()
        # The flag behind this frame may be the one before the next.
        del buffer[: size + 1]
        return frame

    def _pass(self) -> bool:
        """Pass over a flag that begins no frame. Two flags in a row are no noise."""
        if self._buffer[1] == FLAG:
            del self._buffer[0]
        else:
            self._drop(1)
        return True

    def _drop(self, count: int) -> None:
        self.noise += count
        del self._buffer[:count]
