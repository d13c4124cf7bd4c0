"""How a kind of modem is spoken to: its commands at the start, its times, and how it hangs up.

Times are in milliseconds. A step that is not required may fail: modems differ in what they know.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

COMMAND_MS: Final = 3_000
"""Milliseconds for the answer to a command: ATZ, the slowest, takes two seconds."""

COMMAND_OCTETS_MAX: Final = 120
"""Octets of a command line: modems of V.250 take some hundred at least."""

#: V.250, 6.3.1: a comma waits for a moment, W for the next dial tone.
_NUMBER: Final = re.compile(r"[+]?[0-9*#,W]{1,40}")


def is_dialled(number: str) -> bool:
    """Is it a number that a modem dials?"""
    return _NUMBER.fullmatch(number) is not None


class HangUp(Enum):
    """How a call is ended."""

    DTR = "dtr"
    """By the line DTR: for ports that have it wired (&D2)."""
    ESCAPE = "escape"
    """By silence, +++, silence and ATH."""


@dataclass(frozen=True, slots=True)
class Step:
    """A command of the start; ``wanted``: beginnings of a line of information of which one must come."""

    command: str
    is_required: bool = True
    wanted: tuple[str, ...] = ()
    answer_ms: int = COMMAND_MS

    def __post_init__(self) -> None:
        """Refuse (ValueError) a command that is none, or two."""
        if not self.command.isascii() or not self.command.isprintable():
            raise ValueError("a command is printable ASCII on one line")
        if not self.command.upper().startswith("AT") or len(self.command) > COMMAND_OCTETS_MAX:
            raise ValueError(f"a command begins with AT and has {COMMAND_OCTETS_MAX} characters at most")


@dataclass(frozen=True, slots=True)
class ModemProfile:
    """A kind of modem and line. ``connect_ms`` exceeds S7: the modem says NO ANSWER itself.

    ``has_carrier_line``: the port's DCD tells when the carrier is lost; else NO CARRIER in the text does,
    where silence follows it.
    """

    name: str
    steps: tuple[Step, ...]
    dial: str = "ATDT"
    connect_ms: int = 70_000
    settle_ms: int = 700
    guard_ms: int = 1_200
    escape_ms: int = 2_500
    drain_ms: int = 300
    dtr_low_ms: int = 1_000
    idle_ms: int = 20_000
    hang_up: HangUp = HangUp.ESCAPE
    has_carrier_line: bool = False

    def dial_command(self, number: str) -> bytes:
        """Make the command that dials; ValueError for what is no telephone number, which is not said."""
        if not is_dialled(number):
            raise ValueError("a telephone number has up to forty digits, * # and pauses (, or W)")
        return f"{self.dial}{number}\r".encode("ascii")


#: A modem on a telephone line. The meter's modem often knows no error correction: its handshake would be
#: taken for a part of the first frame, so it is switched off.
PSTN: Final = ModemProfile(
    "pstn",
    (
        Step("AT&F", is_required=False),
        Step("ATE0V1Q0X4"),
        Step("AT&C1&D2"),
        Step("ATS0=0"),
        Step("ATS7=60"),
        Step("AT&K0", is_required=False),
        Step("AT\\N0", is_required=False),
        Step("ATM0L0", is_required=False),
    ),
)

#: Circuit-switched data over GSM: the card is ready, the network has us, and the bearer is 9600 bit/s, V.32,
#: not transparent. ``D`` goes without a semicolon, which would make it a call to speak.
GSM_CSD: Final = ModemProfile(
    "gsm_csd",
    (
        Step("ATZ", is_required=False),
        Step("ATE0V1Q0X4"),
        Step("AT&C1&D2", is_required=False),
        Step("ATS0=0"),
        Step("AT+CPIN?", wanted=("+CPIN: READY",)),
        Step("AT+CREG?", wanted=("+CREG: 0,1", "+CREG: 0,5")),
        Step("AT+CSQ", is_required=False),
        Step("AT+CBST=7,0,1", is_required=False),
    ),
    dial="ATD",
    connect_ms=70_000,
)
