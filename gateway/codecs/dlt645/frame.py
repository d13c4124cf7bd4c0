"""Frames of DL/T 645-2007, clause 5 (those of -1997 are the same): cut out of a stream, and written.

    fe fe fe fe   68   61 01 00 00 00 00   68   11   04   33 33 34 33   14   16
    wake-up       ·    address             ·    C    L    body + 33H    CS   ·

The address is of twelve digits, the last two first. CS is the sum of all bytes from the first 68 to the
body's end. Each byte of the body has 33H added, so that no run of zeros is on the line; the rest of a frame
has not.

Lines are noisy, a modem's own words and the echo of what we sent are on them. So where a frame was thought to
begin and did not, one byte is passed over, and the search goes on behind it: a 68 too many costs nothing. A
frame whose end has not come may be none; ``silence`` says that nothing more comes, and what is in it is
looked through.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from gateway.codecs.dlt645.fault import ValueFault

#: DL/T 645-2007, 5.2.5: a body has 200 bytes at most. A longer one is noise.
BODY_MAX: Final = 200
#: DL/T 645-2007, 5.2: one to four bytes FE wake the line up before a frame.
WAKE_MAX: Final = 4

#: What goes to every meter, and is answered by none.
BROADCAST: Final = "999999999999"
#: What any meter answers; for a line with one meter on it.
ANY: Final = "A" * 12

START: Final = 0x68
_END: Final = 0x16
#: All of a frame but its body.
_FRAMING: Final = 12
#: From the first 68 to the body.
_HEAD: Final = 10
_WAKE: Final = b"\xfe"
_WIDTH: Final = 6

PLUS_33: Final = bytes((byte + 0x33) & 0xFF for byte in range(256))
MINUS_33: Final = bytes((byte - 0x33) & 0xFF for byte in range(256))

_ADDRESS: Final = re.compile(r"A*[0-9]*")
_ADDRESS_DIGITS: Final = 12

#: C: from the meter (D7), an error (D6), more frames follow (D5), the function (D4-D0).
FROM_METER: Final = 0x80
ERROR: Final = 0x40
MORE: Final = 0x20
FUNCTION: Final = 0x1F
# Only a meter reports an error or has more to send, and never both in one frame.
_CONTROLS: Final = bytes((byte & 0xE0) in {0x00, 0x80, 0xA0, 0xC0} for byte in range(256))


class Frame(NamedTuple):
    """A frame that was whole: the address as on the line (last digits first), C, and the body without 33H.

    A body may hold a password, so no repr shows it.
    """

    wire_address: bytes
    control: int
    body: bytes

    def __repr__(self) -> str:
        """Show who, what and the size only."""
        return f"Frame({self.address}, {self.control:02X}, <{len(self.body)} bytes>)"

    @property
    def address(self) -> str:
        """The twelve digits as they are printed on the meter; wildcards are ``A``."""
        return self.wire_address[::-1].hex().upper()

    @property
    def function(self) -> int:
        """What is asked for or answered: D4 to D0 of C."""
        return self.control & FUNCTION

    @property
    def is_from_meter(self) -> bool:
        """D7: an answer, no request."""
        return self.control & FROM_METER != 0

    @property
    def is_refusal(self) -> bool:
        """D6: the meter says what was wrong instead of an answer."""
        return self.control & ERROR != 0

    @property
    def is_continued(self) -> bool:
        """D5: the meter has more, to be asked for with the function *read subsequent*."""
        return self.control & MORE != 0


class Noise(NamedTuple):
    """Bytes that were no frame: how many, and why the first that looked like one was none."""

    skipped: int
    why: str


def wire_address(address: str) -> bytes:
    """Turn twelve digits (``A`` for each digit that is left open, from the left) into bytes of the line.

    Fewer digits are filled up with zeros. ``ValueFault`` for anything else.

    >>> wire_address("000000000161").hex()
    '610100000000'
    """
    filled = address.upper().rjust(_ADDRESS_DIGITS, "0")
    if len(filled) != _ADDRESS_DIGITS or not _ADDRESS.fullmatch(filled) or filled.count("A") % 2:
        raise ValueFault("an address is twelve digits, of which pairs from the left may be AA")
    return bytes.fromhex(filled)[::-1]


def encoded(address: str, control: int, body: bytes = b"", *, wake: int = WAKE_MAX) -> bytes:
    """Give the bytes to send, behind so many bytes FE; ``ValueFault`` for what does not fit.

    >>> encoded("161", 0x11, bytes.fromhex("00000100"), wake=0).hex()
    '68610100000000681104333334331416'
    """
    if len(body) > BODY_MAX:
        raise ValueFault(f"a body of {len(body)} bytes, at most {BODY_MAX} go into a frame")
    if not 0 <= wake <= WAKE_MAX or not 0 <= control < len(_CONTROLS) or not _CONTROLS[control]:
        raise ValueFault(f"a control byte that exists, and at most {WAKE_MAX} bytes to wake the line")
    head = bytes((START, *wire_address(address), START, control, len(body)))
    frame = head + body.translate(PLUS_33)
    return _WAKE * wake + frame + bytes((sum(frame) & 0xFF, _END))


def is_for(asked: bytes, own: bytes) -> bool:
    """Say whether an address of the line means a meter: the same, or with wildcards in the high digits.

    >>> is_for(wire_address("AAAAAAAA0161"), wire_address("161"))
    True
    """
    low = asked.rstrip(b"\xaa")
    return own.startswith(low) and len(asked) == len(own)


class FrameReader:
    """Cuts one line's stream. Any chunking gives the same frames; it keeps less than one frame."""

    __slots__ = ("_rest", "_skipped", "_why")

    def __init__(self) -> None:
        self._rest = b""
        self._skipped = 0
        self._why = ""

    @property
    def is_midframe(self) -> bool:
        """True while what may be the beginning of a frame is here; the pause between bytes counts then."""
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
        """Cut the frames out of a stream, and give what may be the beginning of the next.

        This is the one loop that every byte of a thousand lines goes through: so it calls what it needs of
        ``bytes`` alone, and looks at the sum last.
        """
        find, size = stream.find, len(stream)
        told, at = 0, find(START)
        while at >= 0:
            if at + _HEAD > size:
                if at + _WIDTH + 1 >= size or stream[at + _WIDTH + 1] == START:
                    break
                at = find(START, at + 1)
                continue
            end = at + _FRAMING + stream[at + 9]
            is_head = (
                stream[at + 7] == START and _CONTROLS[stream[at + 8]] and end - at <= BODY_MAX + _FRAMING
            )
            if is_head and end > size:
                break
            if is_head and stream[end - 1] == _END and sum(stream[at : end - 2]) & 0xFF == stream[end - 2]:
                if at > told or self._skipped:
                    self._pass_over(stream[told:at], "")
                    self._tell_noise(events)
                body = stream[at + 10 : end - 2].translate(MINUS_33)
                events.append(Frame(stream[at + 1 : at + 7], stream[at + 8], body))
                told, at = end, find(START, end)
            else:
                if is_head and not self._why:
                    self._why = (
                        "the check sum is wrong" if stream[end - 1] == _END else "it does not end in 16"
                    )
                at = find(START, at + 1)
        kept = size if at < 0 else at
        self._pass_over(stream[told:kept], "")
        return stream[kept:]

    def _pass_over(self, passed: bytes, why: str) -> None:
        # What wakes the line up is no noise.
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
