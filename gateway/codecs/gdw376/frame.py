"""Frames of Q/GDW 376.1, clause 4.3: cut out of a stream, and written.

    68   32 00   32 00   68   c9   00 02  34 12  00   02    71    00 00 01 00   85   16
    ·    L       L again ·    C    A1     A2     A3   AFN   SEQ   body          CS   ·

L has the number of octets from C to the body's end in its upper fourteen bits, and in the lower two the mark
of the protocol, 10 for this one. CS is the sum of these octets. A1 is four digits of the region, A2 the
number of the concentrator, both with the low octet first; A3 says which master station, and whether a group
is meant. What the body holds depends on AFN: see ``message``.

A connection may begin within a frame, and a serial line brings noise. So where a frame was thought to begin
and did not, one byte is passed over, and the search goes on behind it. A frame whose end has not come may be
none; ``silence`` says that nothing more comes, and what is in it is looked through.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from gateway.codecs.gdw376.fault import ValueFault

#: Octets from C to the body's end: fourteen bits could say 16383; a public library stops at 2048.
USER_MAX: Final = 2048
#: C, the address, AFN and SEQ.
USER_MIN: Final = 8

START: Final = 0x68
_END: Final = 0x16
#: The lower two bits of L, Q/GDW 376.1, 4.3: 01 is Q/GDW 130, whose frames look alike.
_MARK: Final = 0b10
_MARK_BITS: Final = 2
#: From the first 68 to C.
_HEAD: Final = 6
#: All of a frame but its user octets.
_FRAMING: Final = 8
_WAKE: Final = b"\xfe"

#: C, Q/GDW 376.1, 4.3: from the concentrator; from who starts; downward FCB, upward ACD; the function.
FROM_CONCENTRATOR: Final = 0x80
STARTS: Final = 0x40
HAS_EVENTS: Final = 0x20
FUNCTION: Final = 0x0F

#: SEQ, Q/GDW 376.1, 4.3.4: a time stamp ends the body; first and last frame; to be confirmed; the number.
HAS_STAMP: Final = 0x80
SINGLE: Final = 0x60
TO_CONFIRM: Final = 0x10
NUMBER: Final = 0x0F

_REGION: Final = re.compile(r"[0-9A-F]{4}")
_ADDRESS: Final = re.compile(r"([0-9A-Fa-f]{4})-([0-9]{1,5})", re.ASCII)
#: A2 has two octets.
_TERMINALS: Final = 0x10000


@dataclass(frozen=True, slots=True)
class Address:
    """Which concentrator: four digits of the region, and its number there.

    The digits are decimal by the standard; test equipment has letters in them. ``ValueFault`` for what is no
    address.

    >>> str(Address.from_text("0200-4660"))
    '0200-04660'
    """

    region: str
    terminal: int

    def __post_init__(self) -> None:
        if not _REGION.fullmatch(self.region) or not 0 <= self.terminal < _TERMINALS:
            raise ValueFault("a concentrator's address is four digits and a number up to 65535")

    def __str__(self) -> str:
        return f"{self.region}-{self.terminal:05d}"

    @classmethod
    def from_text(cls, text: str) -> Address:
        """Read ``region-number``, the number in decimal digits."""
        found = _ADDRESS.fullmatch(text)
        if not found:
            raise ValueFault("a concentrator's address is written as 0200-04660: region, dash, number")
        return cls(found[1].upper(), int(found[2]))

    @classmethod
    def from_wire(cls, octets: bytes) -> Address:
        """Read A1 and A2."""
        return cls(octets[1::-1].hex().upper(), int.from_bytes(octets[2:4], "little"))

    @property
    def wire(self) -> bytes:
        """A1 and A2, as they are sent."""
        return bytes.fromhex(self.region)[::-1] + self.terminal.to_bytes(2, "little")


class Frame(NamedTuple):
    """A frame that was whole. ``group`` is A3. A body may hold a password, so no repr shows it."""

    control: int
    address: Address
    group: int
    afn: int
    seq: int
    body: bytes

    def __repr__(self) -> str:
        """Show who, what and the size only."""
        return (
            f"Frame({self.control:02X}, {self.address}, AFN {self.afn:02X}, SEQ {self.seq:02X}, "
            f"<{len(self.body)} octets>)"
        )

    @property
    def is_from_concentrator(self) -> bool:
        """DIR: upward, and not of the master station."""
        return self.control & FROM_CONCENTRATOR != 0

    @property
    def is_start(self) -> bool:
        """PRM: of who starts; else it answers."""
        return self.control & STARTS != 0

    @property
    def master(self) -> int:
        """The master station's number (D7 to D1 of A3): what it asked with, 0 where nobody asked."""
        return self.group >> 1

    @property
    def is_for_group(self) -> bool:
        """D0 of A3: the number is a group's, and nobody answers."""
        return self.group & 1 != 0

    @property
    def number(self) -> int:
        """PSEQ of what starts, RSEQ of what answers it."""
        return self.seq & NUMBER

    @property
    def is_single(self) -> bool:
        """FIR and FIN: it is no part of a message in several frames."""
        return self.seq & SINGLE == SINGLE


class Noise(NamedTuple):
    """Bytes that were no frame: how many, and why the first that looked like one was none."""

    skipped: int
    why: str


def encoded(frame: Frame) -> bytes:
    """Give the bytes to send; ``ValueFault`` for a frame that is too long, or has what no octet holds."""
    user = USER_MIN + len(frame.body)
    if user > USER_MAX:
        raise ValueFault(f"a frame of {user} octets, at most {USER_MAX} go into one: send less")
    head = (frame.control, *frame.address.wire, frame.group, frame.afn, frame.seq)
    if not all(0 <= octet <= 0xFF for octet in head):  # noqa: PLR2004 - what an octet holds
        raise ValueFault("the control, group, AFN and SEQ of a frame are one octet each")
    octets = bytes(head) + frame.body
    length = (user << _MARK_BITS | _MARK).to_bytes(2, "little")
    return bytes((START, *length, *length, START)) + octets + bytes((sum(octets) & 0xFF, _END))


class FrameReader:
    """Cuts one connection's stream. Any chunking gives the same frames; it keeps less than one frame."""

    __slots__ = ("_rest", "_skipped", "_why")

    def __init__(self) -> None:
        self._rest = b""
        self._skipped = 0
        self._why = ""

    @property
    def is_midframe(self) -> bool:
        """True while what may be the beginning of a frame is here."""
        return bool(self._rest)

    def receive(self, chunk: bytes) -> list[Frame | Noise]:
        """Give the frames that ``chunk`` completes, each behind the noise that was before it."""
        events: list[Frame | Noise] = []
        self._rest = self._cut(self._rest + chunk if self._rest else chunk, events)
        return events

    def silence(self) -> list[Frame | Noise]:
        """Note that nothing more comes: what is incomplete is no frame, and its inside is looked at."""
        events: list[Frame | Noise] = []
        while self._rest:
            self._pass_over(self._rest[:1], "the line fell silent inside a frame")
            self._rest = self._cut(self._rest[1:], events)
        self._tell_noise(events)
        return events

    def _cut(self, stream: bytes, events: list[Frame | Noise]) -> bytes:
        """Cut the frames out of a stream, and give what may be the beginning of the next."""
        find, size = stream.find, len(stream)
        told, at = 0, find(START)
        while at >= 0:
            user = _user_octets(stream, at)
            end = at + _FRAMING + user
            if user and end > size:
                break
            why = _why_none(stream, at, end) if user else ""
            if user and not why:
                if at > told or self._skipped:
                    self._pass_over(stream[told:at], "")
                    self._tell_noise(events)
                events.append(_frame(stream[at + _HEAD : end - 2]))
                told, at = end, find(START, end)
            else:
                self._why = self._why or why
                at = find(START, at + 1)
        kept = size if at < 0 else at
        self._pass_over(stream[told:kept], "")
        return stream[kept:]

    def _pass_over(self, passed: bytes, why: str) -> None:
        # Serial lines are woken up by FE before a frame, and that is no noise.
        self._skipped += len(passed) - passed.count(_WAKE)
        self._why = self._why or why

    def _tell_noise(self, events: list[Frame | Noise]) -> None:
        if self._skipped:
            events.append(Noise(self._skipped, self._why or "there is no frame in it"))
        self._skipped, self._why = 0, ""


def frames_of(stream: bytes) -> list[Frame]:
    """Give the frames of a whole stream, such as a recording; what is no frame is left out."""
    reader = FrameReader()
    return [event for event in reader.receive(stream) + reader.silence() if isinstance(event, Frame)]


def _user_octets(stream: bytes, at: int) -> int:
    """Give the user octets that a frame beginning here announces: 0 where none can begin.

    As long as its head may still become one, the fewest that a frame has.
    """
    head = stream[at : at + _HEAD]
    first, second = head[1:3], head[3:5]
    if not first.startswith(second) or head[5:] not in {b"", bytes((START,))}:
        return 0
    if first and first[0] & 0b11 != _MARK:
        return 0
    if len(first) < 2:  # noqa: PLR2004 - L has two octets
        return USER_MIN
    user = int.from_bytes(first, "little") >> _MARK_BITS
    return user if USER_MIN <= user <= USER_MAX else 0


def _why_none(stream: bytes, at: int, end: int) -> str:
    """Say why what ends here is no frame; nothing where it is one (Q/GDW 376.1, 4.3)."""
    if stream[end - 1] != _END:
        return "it does not end in 16"
    if sum(stream[at + _HEAD : end - 2]) & 0xFF != stream[end - 2]:
        return "the check sum is wrong"
    return ""


def _frame(user: bytes) -> Frame:
    return Frame(user[0], Address.from_wire(user[1:5]), user[5], user[6], user[7], user[8:])
