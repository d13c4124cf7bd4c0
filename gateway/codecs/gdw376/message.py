"""What a frame says: a function, what belongs to it, and what may stand behind (Q/GDW 376.1, 4.3.4).

    AFN 10   SEQ e0   00 00  01 00   1f 14 00 68 …   4f 00     00 06 50 23 21 05
    forward  single   DA     DT F1   content         EC        Tp

DA says whom it is about, and is always the concentrator itself here (p0). DT names the function by a bit of
a group. EC, two counters of events, stands behind what a concentrator answers where bit D5 of C is set; the
time stamp Tp where bit D7 of SEQ is. A password (PW) stands behind what changes or forwards something; where
the content ends before it only the function knows, so it is read there (``forwarding``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from gateway.codecs.gdw376.fault import PeerFault, ValueFault
from gateway.codecs.gdw376.frame import (
    FROM_CONCENTRATOR,
    HAS_EVENTS,
    HAS_STAMP,
    NUMBER,
    SINGLE,
    STARTS,
    TO_CONFIRM,
    Address,
    Frame,
    encoded,
)

if TYPE_CHECKING:
    from datetime import datetime

#: Functions by DT: eight in each of 31 groups.
FN_MAX: Final = 248
#: A minute is the unit, an octet the place.
DELAY_MIN_MAX: Final = 255

#: EC, Q/GDW 376.1, 4.3.4.6.3: one counter of important events, one of the others.
EVENTS: Final = 2

_IDENTIFIER: Final = 4
_STAMP: Final = 6
_GROUP: Final = 8
_OCTET: Final = 0xFF


class Afn(IntEnum):
    """What a frame is for (Q/GDW 376.1, 4.3.4), as far as we speak of it."""

    CONFIRM = 0x00
    LINK = 0x02
    FORWARD = 0x10


@dataclass(frozen=True, slots=True)
class Stamp:
    """Tp: the number of the message that started the exchange, when its sender sent it, and its life.

    ``pfc`` counts from 0 to 255; its lower four bits are the number in SEQ. ``sent`` is second, minute, hour
    and day by the sender's clock, in BCD as on the wire. ``delay_min``: a receiver drops the message
    when more minutes have gone by its own clock; 0 is no limit.
    """

    pfc: int
    sent: bytes
    delay_min: int = 0

    @classmethod
    def at(cls, pfc: int, when: datetime, delay_min: int) -> Stamp:
        """Stamp a message with the time of day in the concentrator's zone."""
        if not 0 <= delay_min <= DELAY_MIN_MAX:
            raise ValueFault(f"a message lives 0 to {DELAY_MIN_MAX} minutes")
        return cls(pfc & _OCTET, bytes.fromhex(when.strftime("%S%M%H%d")), delay_min)

    @classmethod
    def from_wire(cls, octets: bytes) -> Stamp:
        """Read the six octets."""
        return cls(octets[0], octets[1:5], octets[5])

    @property
    def wire(self) -> bytes:
        """The six octets."""
        return bytes((self.pfc, *self.sent, self.delay_min))


@dataclass(frozen=True, slots=True)
class Message:
    """A frame that says one thing of the concentrator itself. ``content`` may end in a password: no repr.

    ``control`` without the bit that says whether ``events`` are there; ``group`` is A3.
    """

    control: int
    address: Address
    group: int
    afn: int
    fn: int
    number: int
    content: bytes = b""
    events: bytes = b""
    stamp: Stamp | None = None
    is_to_confirm: bool = False

    def __repr__(self) -> str:
        """Show who, what and the size only."""
        return (
            f"Message({self.control:02X}, {self.address}, AFN {self.afn:02X} F{self.fn}, "
            f"number {self.number}, <{len(self.content)} octets>)"
        )

    @property
    def is_upward(self) -> bool:
        """DIR: a concentrator says it."""
        return self.control & FROM_CONCENTRATOR != 0

    @property
    def is_start(self) -> bool:
        """PRM: it begins an exchange, and answers nothing."""
        return self.control & STARTS != 0

    @property
    def frame(self) -> Frame:
        """The frame that says it."""
        control = self.control | (HAS_EVENTS if self.events else 0)
        seq = (
            SINGLE
            | (HAS_STAMP if self.stamp else 0)
            | (TO_CONFIRM if self.is_to_confirm else 0)
            | self.number & NUMBER
        )
        behind = self.events + (self.stamp.wire if self.stamp else b"")
        body = identifier(self.fn) + self.content + behind
        return Frame(control, self.address, self.group, self.afn, seq, body)

    @property
    def octets(self) -> bytes:
        """The bytes to send; ``ValueFault`` where they are too many."""
        return encoded(self.frame)


def read(frame: Frame) -> Message:
    """Read a frame. ``PeerFault`` where it is a part of a message, or says another thing than one of p0."""
    if not frame.is_single:
        raise PeerFault("SEQ", 0, "it is a part of a message in several frames, and none of ours is so long")
    fn = function_of(frame.body[:_IDENTIFIER])
    # D5 is the frame count bit downward, and means nothing where a concentrator starts.
    has_events = frame.is_from_concentrator and not frame.is_start and frame.control & HAS_EVENTS != 0
    stamp_octets = _STAMP if frame.seq & HAS_STAMP else 0
    end = len(frame.body) - stamp_octets
    content_end = end - (EVENTS if has_events else 0)
    if content_end < _IDENTIFIER:
        raise PeerFault("body", len(frame.body), "it ends before its event counters and time stamp")
    return Message(
        frame.control & ~HAS_EVENTS if has_events else frame.control,
        frame.address,
        frame.group,
        frame.afn,
        fn,
        frame.number,
        frame.body[_IDENTIFIER:content_end],
        frame.body[content_end:end],
        Stamp.from_wire(frame.body[end:]) if stamp_octets else None,
        frame.seq & TO_CONFIRM != 0,
    )


def identifier(fn: int) -> bytes:
    """Give DA of the concentrator itself and DT of a function.

    >>> identifier(3).hex(), identifier(9).hex()
    ('00000400', '00000101')
    """
    if not 1 <= fn <= FN_MAX:
        raise ValueFault(f"a function is F1 to F{FN_MAX}")
    group, bit = divmod(fn - 1, _GROUP)
    return bytes((0, 0, 1 << bit, group))


def function_of(octets: bytes) -> int:
    """Read DA and DT; ``PeerFault`` for other points than the concentrator, and for several functions."""
    if len(octets) < _IDENTIFIER:
        raise PeerFault("identifier", len(octets), "it has four octets")
    if octets[:2] != b"\0\0":
        raise PeerFault("DA", 0, "it is of a measuring point, and we speak of the concentrator alone")
    bits, group = octets[2], octets[3]
    if bits.bit_count() != 1 or group > (FN_MAX - 1) // _GROUP:
        raise PeerFault("DT", 2, "it names no function, or several")
    return group * _GROUP + bits.bit_length()
