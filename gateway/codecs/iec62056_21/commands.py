"""Commands of the programming mode and blocks of text (IEC 62056-21, 6.3.5 and 6.5).

SOH P 0 STX (seed) ETX BCC            the meter asks for a password
SOH P 1 STX (password) ETX BCC        here it is; P 2: what an algorithm made of it and the seed
SOH R 1 STX 1.8.0() ETX BCC           read; R 2 formatted, R 3 in parts, R 5 and R 6 load profiles
SOH W 1 STX C003(data) ETX BCC        write; W 2 formatted, W 3 in parts
SOH E 2 STX address(data) ETX BCC     execute
SOH B 0 ETX BCC                       the end
STX 1.8.0(000123.4*kWh) ETX BCC       an answer; it ends in EOT instead where more parts follow
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from gateway.codecs.iec62056_21.characters import EOT, ETX, SOH, STX, check_character
from gateway.codecs.iec62056_21.fault import PeerFault, ValueFault

#: What is sent at once: meters take a line; load profile questions and tables of makers stay far below.
COMMAND_MAX: Final = 1024

READS: Final = frozenset({"R1", "R2", "R3", "R4", "R5", "R6"})
WRITES: Final = frozenset({"W1", "W2", "W3", "W4", "W5"})
EXECUTES: Final = frozenset({"E2", "E3", "E4", "E5"})
PASSWORDS: Final = frozenset({"P1", "P2"})
BREAK: Final = "B0"
CHALLENGE: Final = "P0"
_KINDS: Final = READS | WRITES | EXECUTES | PASSWORDS | {BREAK, CHALLENGE}

_TEXT: Final = re.compile(r"[ -~\r\n]*")
_KIND: Final = re.compile(r"[A-Z][0-9]")
_ERROR: Final = re.compile(r"\(?(ER[A-Z0-9 ]{0,12}|ERROR[A-Z0-9 ]{0,12})\)?")


@dataclass(frozen=True, slots=True, repr=False)
class Command:
    """A command and its text, ``address(data)``. It may be a password, so no repr shows the text."""

    kind: str
    text: str = ""

    def __repr__(self) -> str:
        """Show the kind and the size only."""
        return f"Command({self.kind}, <{len(self.text)} characters>)"

    @property
    def encoded(self) -> bytes:
        """The bytes to send; ``ValueFault`` for what cannot be said.

        >>> Command("B0").encoded.hex()
        '0142300371'
        """
        if self.kind not in _KINDS:
            raise ValueFault(f"a command is one of {', '.join(sorted(_KINDS))}")
        if len(self.text) > COMMAND_MAX or not _TEXT.fullmatch(self.text):
            raise ValueFault(f"a command has at most {COMMAND_MAX} characters that can be printed")
        text = bytes((STX,)) + self.text.encode("ascii") if self.kind != BREAK else b""
        covered = self.kind.encode("ascii") + text + bytes((ETX,))
        return bytes((SOH,)) + covered + bytes((check_character(covered),))

    @property
    def inner(self) -> str:
        """What stands between the outer parentheses, such as the seed; without them all of it."""
        begin, end = self.text.find("("), self.text.rfind(")")
        return self.text[begin + 1 : end] if 0 <= begin < end else self.text


def command_of(head_text: str) -> Command:
    """Read what stood behind SOH; ``PeerFault`` where it is no command."""
    kind, rest = head_text[:2], head_text[2:]
    if not _KIND.fullmatch(kind) or (rest and rest[0] != "\x02"):
        raise PeerFault("command", 0, "it is not a letter, a digit and a text behind STX")
    return Command(kind, rest[1:])


def block(text: str, *, has_more: bool = False) -> bytes:
    """Write an answer; ``ValueFault`` for characters that cannot be in one."""
    if not _TEXT.fullmatch(text):
        raise ValueFault("an answer has characters that can be printed")
    covered = text.encode("ascii") + bytes((EOT if has_more else ETX,))
    return bytes((STX,)) + covered + bytes((check_character(covered),))


def error_of(text: str) -> str | None:
    """Give the error that an answer says, such as ``ER01``; None where it is none.

    >>> error_of("(ER01)"), error_of("1.8.0(ER)")
    ('ER01', None)
    """
    found = _ERROR.fullmatch(text.strip())
    return found[1] if found else None
