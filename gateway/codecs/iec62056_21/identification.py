r"""Who is spoken to and how: the request, the identification, the option (IEC 62056-21, 6.3.1 to 6.3.3).

    / ? 00123456 ! CR LF          who is there? (no address: whoever is)
    / ISk 5 \2 MT382-1004 CR LF   maker, speed, what else it knows, identification
    ACK 0 5 1 CR LF               normal protocol, that speed, programming

| mode | the speed's character | then |
| ---- | --------------------- | ---- |
| A | any other | the read-out comes at once, at 300 baud |
| B | A to I | the read-out comes at once, at that speed |
| C | 0 to 9 | the option says what is wanted, and the speed changes |
| D | 3 | the meter speaks by itself, at 2400 baud; nothing is asked |
| E | 0 to 9, and ``\2`` behind it | as C, or DLMS over HDLC from then on |

A maker's third letter in lower case says that the meter answers after 20 ms instead of 200.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from gateway.codecs.iec62056_21.fault import PeerFault, ValueFault

#: IEC 62056-21, 6.3.1: characters of an address in the request.
ADDRESS_MAX: Final = 32
#: IEC 62056-21, 6.3.2 has 16 for the identification; meters with escapes before it were seen with a few more.
IDENT_MAX: Final = 32
#: The speed at which everybody begins: IEC 62056-21, 6.3.
SPEED_AT_FIRST: Final = 300
#: The speed of mode D: IEC 62056-21, 6.4.4.
SPEED_MODE_D: Final = 2400

SPEEDS_C: Final = {"0": 300, "1": 600, "2": 1200, "3": 2400, "4": 4800, "5": 9600, "6": 19200}
SPEEDS_B: Final = {"A": 600, "B": 1200, "C": 2400, "D": 4800, "E": 9600, "F": 19200}

_REQUEST: Final = re.compile(r"/\?([^/!\r\n]*)!")
_IDENTIFICATION: Final = re.compile(r"/([A-Za-z]{3})([ -~])((?:\\[ -~])*)([^/!]*)")
_ADDRESS: Final = re.compile(r"[0-9A-Za-z ]*")


class Purpose(Enum):
    """What the option wants: its last character."""

    READ_OUT = "0"
    PROGRAM = "1"
    BINARY = "2"


class Mode(Enum):
    """Which of the protocol's modes a meter offers by its identification."""

    A = "A"
    B = "B"
    C = "C"
    E = "E"


@dataclass(frozen=True, slots=True)
class Identification:
    """What a meter says of itself: its maker, the speed it offers, what else it knows, and its own words."""

    maker: str
    speed_char: str
    ident: str
    escapes: str = ""

    def __post_init__(self) -> None:
        """Refuse what could not be read again."""
        found = _IDENTIFICATION.fullmatch(self.text)
        read_again = found.groups() if found else ()
        said = (self.maker, self.speed_char, self.escapes, self.ident)
        if read_again != said or len(self.ident) > IDENT_MAX:
            raise ValueFault(f"a maker of three letters, a character, and at most {IDENT_MAX} more")

    @property
    def text(self) -> str:
        """The line without its end."""
        return f"/{self.maker}{self.speed_char}{self.escapes}{self.ident}"

    @property
    def mode(self) -> Mode:
        """The mode that is offered."""
        if self.speed_char.isdigit():
            return Mode.E if "\\2" in self.escapes else Mode.C
        return Mode.B if self.speed_char in SPEEDS_B else Mode.A

    @property
    def speed(self) -> int:
        """Baud that are offered; a digit that the standard keeps for later stays at the first speed."""
        return (SPEEDS_C | SPEEDS_B).get(self.speed_char, SPEED_AT_FIRST)

    @property
    def reaction_ms(self) -> int:
        """Milliseconds that both sides leave between a message and its answer (IEC 62056-21, 6.3.2, tr)."""
        return 20 if self.maker[2].islower() else 200


@dataclass(frozen=True, slots=True)
class Option:
    """What the centre chose: protocol (0 normal, 2 HDLC), speed, and purpose (6 to 9 are makers')."""

    protocol: str
    speed_char: str
    purpose: str

    @property
    def text(self) -> str:
        """The three characters of it."""
        return self.protocol + self.speed_char + self.purpose


def request_text(address: str) -> str:
    """Write the request without its end; ``ValueFault`` for what is no address.

    >>> request_text("00123456")
    '/?00123456!'
    """
    if len(address) > ADDRESS_MAX or not _ADDRESS.fullmatch(address):
        raise ValueFault(f"an address is at most {ADDRESS_MAX} letters and digits")
    return f"/?{address}!"


def read_request(line: str) -> str:
    """Give the address that is asked for; ``PeerFault`` where the line is no request."""
    found = _REQUEST.fullmatch(line)
    if found is None or len(found[1]) > ADDRESS_MAX:
        raise PeerFault("request", 0, "it is not /?address!")
    return found[1]


def is_meant(asked: str, own: str) -> bool:
    """Say whether an address means a meter: none means all, and zeros before it do not count.

    >>> is_meant("", "7"), is_meant("0007", "7"), is_meant("17", "7")
    (True, True, False)
    """
    return not asked or asked.lstrip("0") == own.lstrip("0")


def read_identification(line: str) -> Identification:
    r"""Read an identification without its end; ``PeerFault`` where it is none.

    >>> read_identification(r"/AUX5\2SX330").mode
    <Mode.E: 'E'>
    """
    found = _IDENTIFICATION.fullmatch(line)
    if found is None or len(found[4]) > IDENT_MAX:
        raise PeerFault("identification", 0, "it is not a maker, a speed and a few words")
    return Identification(found[1], found[2], found[4], found[3])
