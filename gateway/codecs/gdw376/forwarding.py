"""Transparent forwarding, AFN 10H F1 (Q/GDW 376.1, 5.16): octets for a meter, and what it said.

    1f     6b          bc         0a          10 00    68 61 10 …   00 × 16
    port   its line    message    byte        k        content      PW
                       time-out   time-out

    1f     14 00   68 61 10 …
    port   k       content          no content at all: the meter said nothing

The port's line is an octet: speed (D7 to D5), stop bits (D4), parity (D3: there is one, D2: odd), data bits
(D1, D0). The message time-out is in seconds where D7 is set, else in 10 ms; the byte time-out is in 10 ms.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from gateway.codecs.gdw376.fault import PeerFault, ValueFault

#: The port of power line carriers; the others are serial ports of the concentrator.
CARRIER: Final = 31
PORT_MAX: Final = 31
#: Octets to a meter at once: the smaller of two public concentrators keeps 768. A DL/T 645 frame has 212.
CONTENT_MAX: Final = 768
#: Seconds that a concentrator waits for a meter, if nothing else is set; published exchanges have 40 and 60.
MESSAGE_S: Final = 30
#: Seconds that fit into the seven bits of a message time-out.
MESSAGE_S_MAX: Final = 127
#: Milliseconds that a concentrator waits for the next byte of a meter: what published exchanges have.
BYTE_MS: Final = 100
BYTE_MS_MAX: Final = 2550
#: Milliseconds that the way to the concentrator and back takes at most, over a cellular network.
SLACK_MS: Final = 10_000

#: PW, Q/GDW 376.1, 4.3.4.6: sixteen octets, all zero where nothing is agreed on.
PASSWORD: Final = 16
NO_PASSWORD: Final = bytes(PASSWORD)

_SPEEDS: Final = (300, 600, 1200, 2400, 4800, 7200, 9600, 19200)
_PARITIES: Final = {"none": 0b00, "even": 0b10, "odd": 0b11}
#: Parity bits as read: where D3 says that there is none, D2 says nothing.
_PARITY_OF: Final = ("none", "none", "even", "odd")
_BITS: Final = (5, 6, 7, 8)
_STOPS: Final = (1, 2)

#: Milliseconds.
_UNIT: Final = 10
_SECOND: Final = 1000
_IN_SECONDS: Final = 0x80
_COUNT: Final = 0x7F
#: Port, line, two time-outs and k; of an answer port and k.
_ASKED_HEAD: Final = 6
_ANSWERED_HEAD: Final = 3


@dataclass(frozen=True, slots=True)
class Line:
    """How a port of a concentrator speaks to meters; DL/T 645 has 2400 baud, 8E1. ``ValueFault`` otherwise.

    >>> f"{Line().octet:02x}", Line.from_octet(0xCB)
    ('6b', Line(baud=9600, bits=8, parity='even', stop=1))
    """

    baud: int = 2400
    bits: int = 8
    parity: str = "even"
    stop: int = 1

    def __post_init__(self) -> None:
        if self.baud not in _SPEEDS or self.bits not in _BITS:
            raise ValueFault("a concentrator's port has 300 to 19200 baud and 5 to 8 bits")
        if self.parity not in _PARITIES or self.stop not in _STOPS:
            raise ValueFault("a port's parity is none, even or odd, with 1 or 2 stop bits")

    @property
    def octet(self) -> int:
        """The control octet of the request."""
        parity = _PARITIES[self.parity]
        return _SPEEDS.index(self.baud) << 5 | (self.stop - 1) << 4 | parity << 2 | _BITS.index(self.bits)

    @classmethod
    def from_octet(cls, octet: int) -> Line:
        """Read the control octet: each of the 256 means something."""
        parity = _PARITY_OF[octet >> 2 & 0b11]
        return cls(_SPEEDS[octet >> 5], _BITS[octet & 0b11], parity, _STOPS[octet >> 4 & 1])


@dataclass(frozen=True, slots=True)
class Route:
    """The way from a concentrator to its meters, and how long it takes. ``ValueFault`` for what cannot be.

    ``message_s``: how long the concentrator waits for the meter; ``byte_ms``: for its next byte;
    ``slack_ms``: what the way to the concentrator and back adds.
    """

    port: int = CARRIER
    line: Line = field(default_factory=Line)
    message_s: int = MESSAGE_S
    byte_ms: int = BYTE_MS
    slack_ms: int = SLACK_MS

    def __post_init__(self) -> None:
        if not 1 <= self.port <= PORT_MAX:
            raise ValueFault(f"a concentrator's port is 1 to {PORT_MAX}; {CARRIER} is the carrier's")
        if not 1 <= self.message_s <= MESSAGE_S_MAX:
            raise ValueFault(f"a concentrator waits 1 to {MESSAGE_S_MAX} s for a meter")
        if not _UNIT <= self.byte_ms <= BYTE_MS_MAX or self.byte_ms % _UNIT:
            raise ValueFault(f"the time between two bytes is 10 to {BYTE_MS_MAX} ms, in steps of 10")
        if self.slack_ms < 0:
            raise ValueFault("the way to a concentrator takes no less than 0 ms")

    @property
    def wait_ms(self) -> int:
        """Milliseconds until an answer must be here."""
        return self.message_s * _SECOND + self.slack_ms


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be forwarded. The content may hold a meter's password, so no repr shows it.

    An empty ``password``: the concentrator's dialect has no PW at all.
    """

    port: int
    line: Line
    message_ms: int
    byte_ms: int
    content: bytes = field(repr=False)
    password: bytes = field(default=NO_PASSWORD, repr=False)

    @property
    def octets(self) -> bytes:
        """The content of the message; ``ValueFault`` where it does not fit."""
        if not 1 <= len(self.content) <= CONTENT_MAX:
            raise ValueFault(f"1 to {CONTENT_MAX} octets go to a meter at once")
        if len(self.password) not in {0, PASSWORD}:
            raise ValueFault(f"a concentrator's password has {PASSWORD} octets, or is left out")
        head = (self.port, self.line.octet, _wait_octet(self.message_ms), self.byte_ms // _UNIT)
        return bytes(head) + len(self.content).to_bytes(2, "little") + self.content + self.password

    @classmethod
    def from_octets(cls, octets: bytes) -> Asked:
        """Read what a master station wants forwarded; ``PeerFault`` where it is not as long as it says."""
        if len(octets) < _ASKED_HEAD:
            raise PeerFault("forward", len(octets), f"a request begins with {_ASKED_HEAD} octets")
        port, line, wait, between = octets[:4]
        end = _ASKED_HEAD + int.from_bytes(octets[4:6], "little")
        password = octets[end:]
        if end > len(octets) or len(password) not in {0, PASSWORD}:
            raise PeerFault("k", 4, "the content is not as long as it says")
        message_ms = (wait & _COUNT) * (_SECOND if wait & _IN_SECONDS else _UNIT)
        content = octets[_ASKED_HEAD:end]
        return cls(port, Line.from_octet(line), message_ms, between * _UNIT, content, password)


@dataclass(frozen=True, slots=True)
class Answered:
    """What came from the meter, as it came; empty where it said nothing."""

    port: int
    content: bytes = field(repr=False)

    @property
    def octets(self) -> bytes:
        """The content of the message."""
        return bytes((self.port,)) + len(self.content).to_bytes(2, "little") + self.content

    @classmethod
    def from_octets(cls, octets: bytes) -> Answered:
        """Read an answer. ``PeerFault`` where it is shorter than it says.

        What stands behind is passed over: there are concentrators that append event counters unannounced.
        """
        if len(octets) < _ANSWERED_HEAD:
            raise PeerFault("forward", len(octets), f"an answer begins with {_ANSWERED_HEAD} octets")
        end = _ANSWERED_HEAD + int.from_bytes(octets[1:3], "little")
        if end > len(octets):
            raise PeerFault("k", 1, "the content is shorter than it says")
        return cls(octets[0], octets[_ANSWERED_HEAD:end])


def _wait_octet(ms: int) -> int:
    seconds, rest = divmod(ms, _SECOND)
    return seconds | _IN_SECONDS if not rest else ms // _UNIT
