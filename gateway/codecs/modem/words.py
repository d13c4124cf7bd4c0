"""What a modem answers: result codes in words or numbers, and lines of information (ITU-T V.250, 5.7.1).

    CR LF CONNECT 9600 CR LF        in words (V1)
    12 CR                           the same as a number (V0)

Words are matched leniently, since makers differ: NO DIALTONE and NO DIAL TONE, CONNECT with anything behind.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

LINE_MAX: Final = 256
"""Octets of a line that is kept: identification texts are shorter; of what is longer the rest is dropped."""


class Code(Enum):
    """A result code. Each but RING and CONNECT ends a command."""

    OK = "OK"
    CONNECT = "CONNECT"
    RING = "RING"
    NO_CARRIER = "NO CARRIER"
    ERROR = "ERROR"
    NO_DIALTONE = "NO DIALTONE"
    BUSY = "BUSY"
    NO_ANSWER = "NO ANSWER"
    DELAYED = "DELAYED"
    BLACKLISTED = "BLACKLISTED"


#: The numbers of V0; from 5 on makers' additions, as tcpser and others have them: the speeds of CONNECT.
_RATES: Final = {
    5: 1200, 10: 2400, 11: 4800, 12: 9600, 13: 14_400, 14: 19_200, 18: 57_600, 19: 115_200, 24: 7200,
    25: 12_000, 28: 38_400,
}  # fmt: skip
_NUMBERS: Final = {
    0: Code.OK, 1: Code.CONNECT, 2: Code.RING, 3: Code.NO_CARRIER, 4: Code.ERROR, 6: Code.NO_DIALTONE,
    7: Code.BUSY, 8: Code.NO_ANSWER,
}  # fmt: skip
_NUMBER_OF: Final = {code: number for number, code in _NUMBERS.items()}
_RATE_NUMBER: Final = {rate: number for number, rate in _RATES.items()}
#: One octet at a time: the LF behind a CR belongs to no line, and so do other empty ones.
_END: Final = re.compile(rb"[\r\n]")
_WORDS: Final = re.compile(
    rb"(OK|CONNECT|RING|NO CARRIER|ERROR|NO DIAL ?TONE|BUSY|NO ANSWER|DELAYED|BLACKLISTED)$|"
    rb"(CONNECT) ?(\d{2,6})?|(RING)\b|(\+CM[ES] ERROR)\b"
)


@dataclass(frozen=True, slots=True)
class Result:
    """A result code; ``rate`` in bit/s where CONNECT says one."""

    code: Code
    rate: int | None = None


def read_result(line: bytes, *, in_numbers: bool = False) -> Result | None:
    """Read a line without its CR and LF; None for one that is no result.

    >>> read_result(b"CONNECT 9600/ARQ")
    Result(code=<Code.CONNECT: 'CONNECT'>, rate=9600)
    """
    text = line.strip().upper()
    if in_numbers and text.isdigit() and len(text) <= 2:  # noqa: PLR2004 - no code has more digits
        number = int(text)
        if number in _RATES:
            return Result(Code.CONNECT, _RATES[number])
        return Result(_NUMBERS[number]) if number in _NUMBERS else None
    found = _WORDS.match(text)
    if found is None:
        return None
    if found[2]:
        return Result(Code.CONNECT, int(found[3]) if found[3] else None)
    if found[5]:
        return Result(Code.ERROR)
    word = (found[1] or found[4]).decode("ascii").replace("DIAL TONE", "DIALTONE")
    return Result(Code(word))


def write_result(result: Result, *, in_numbers: bool = False) -> bytes:
    """Write a result as a modem does; in numbers, what has none is an ERROR or a bare CONNECT."""
    if in_numbers:
        number = _RATE_NUMBER.get(result.rate or 0, _NUMBER_OF.get(result.code, _NUMBER_OF[Code.ERROR]))
        return b"%d\r" % number
    words = result.code.value + (f" {result.rate}" if result.rate else "")
    return b"\r\n" + words.encode("ascii") + b"\r\n"


class LineReader:
    """Cuts what a modem says into lines, one at a time: behind CONNECT there are no lines any more."""

    __slots__ = ("_at", "_chunk", "_line")

    def __init__(self) -> None:
        self._line = b""
        self._chunk = b""
        self._at = 0

    def feed(self, chunk: bytes) -> None:
        """Take what came. What came before it was read to its end, or taken back."""
        self._chunk, self._at = self._chunk[self._at :] + chunk, 0

    def next_line(self) -> bytes | None:
        """Give the next line that is not empty; None when more must come."""
        while self._at < len(self._chunk):
            end = _END.search(self._chunk, self._at)
            until = len(self._chunk) if end is None else end.start()
            self._line += self._chunk[self._at : min(until, self._at + LINE_MAX - len(self._line))]
            self._at = until if end is None else end.end()
            if end is not None and self._line:
                line, self._line = self._line, b""
                return line
        return None

    def take_rest(self) -> bytes:
        """Give what came behind the last line, and begin anew."""
        rest = self._chunk[self._at :]
        self._line, self._chunk, self._at = b"", b"", 0
        return rest
