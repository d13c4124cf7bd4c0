"""Cuts the stream into what the present state waits for; any chunking gives the same pieces.

What a byte means depends on where the dialogue is: ``/`` begins a line, or stands in a value. So whoever
reads says what it ``Wants``, takes one piece, and may want another afterwards. Everything else is passed
over: an optical head echoes what we send, a modem adds words of its own.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Final, NamedTuple

from gateway.bits import crc16_modbus
from gateway.codecs.iec62056_21.characters import ACK, ETX, NAK, SEVEN_BITS, SOH, STX, check_character
from gateway.codecs.iec62056_21.commands import Command, command_of
from gateway.codecs.iec62056_21.fault import PeerFault

#: Characters of a line that identifies: a maker, a speed, escapes and sixteen more, twice over.
LINE_MAX: Final = 80
#: Characters of one block: a month of quarter hours with eight channels, some 80 bytes a row, in one block.
BLOCK_MAX: Final = 262_144

_LINE_START: Final = re.compile(rb"/")
_BLOCK_START: Final = re.compile(rb"[\x01\x02]")
_ANSWER_START: Final = re.compile(rb"[\x01\x02\x06\x15]")
_OPTION_START: Final = re.compile(rb"[/\x01\x06]")
_BLOCK_END: Final = re.compile(rb"[\x03\x04]")
_TELEGRAM_END: Final = re.compile(rb"(?:^|\n)!([0-9A-Fa-f]{0,4})\r?\n")
#: What an end of a telegram has at most: a line end, ``!``, four digits, a line end.
_TELEGRAM_TAIL: Final = 8
_OPTION: Final = re.compile(rb"\x06([0-9])([0-9A-Z])([0-9])\r?\n")
_OPTION_SIZE: Final = 6


class Wants(Enum):
    """What may come now."""

    LINE = "a request or an identification"
    OPTION = "an option, or a new request"
    BLOCK = "a block"
    ANSWER = "a block, ACK or NAK"
    PUSHED = "a block, or lines up to an exclamation mark"


class Line(NamedTuple):
    """A line from ``/`` on, without its end."""

    text: str


class Mark(NamedTuple):
    """ACK or NAK alone."""

    is_good: bool


class Chosen(NamedTuple):
    """The three characters of an option."""

    text: str


class Block(NamedTuple):
    """A block behind SOH or STX; ``is_last``: it ended in ETX, not in EOT. Its text may be a password."""

    is_command: bool
    text: str
    is_last: bool
    is_whole: bool

    def __repr__(self) -> str:
        """Show its form and size only."""
        return f"Block(<{len(self.text)} characters>, whole: {self.is_whole}, last: {self.is_last})"


class Telegram(NamedTuple):
    """Lines that were pushed, up to ``!``, and what stood behind it: a CRC-16 in hex, or nothing."""

    text: str
    crc: str

    def is_crc_right(self, identification: str) -> bool | None:
        """Check the CRC-16 from ``/`` to ``!`` (DSMR P1, 5.2.12); None where there is none."""
        covered = f"{identification}\r\n\r\n{self.text}!".encode("ascii")
        return f"{crc16_modbus(covered, 0):04X}" == self.crc.upper() if self.crc else None


class TooLong(NamedTuple):
    """What began did not end within its limit, and was thrown away."""

    what: Wants


Piece = Line | Mark | Chosen | Block | Telegram | TooLong


class Reader:
    """One line's stream, seven bits of each character."""

    __slots__ = ("_buffer", "_searched", "passed_over")

    def __init__(self) -> None:
        self._buffer = bytearray()
        # How far the end of what has begun was looked for already: so that each byte is looked at once.
        self._searched = 0
        self.passed_over = 0

    @property
    def is_midway(self) -> bool:
        """True while something has begun and not ended."""
        return bool(self._buffer)

    def feed(self, chunk: bytes) -> None:
        """Take in what came."""
        self._buffer += chunk.translate(SEVEN_BITS)

    def drop(self) -> None:
        """Forget what has begun: the line fell silent in it, or the speed changes."""
        self.passed_over += len(self._buffer)
        self._cut(len(self._buffer))

    def next(self, wants: Wants) -> Piece | None:
        """Give the next piece of what is wanted; None: not enough yet."""
        match wants:
            case Wants.LINE:
                return self._line()
            case Wants.OPTION:
                return self._option()
            case Wants.BLOCK:
                return self._framed() if self._begin(_BLOCK_START) else None
            case Wants.ANSWER:
                return self._answer()
            case Wants.PUSHED:
                return self._pushed()

    def _cut(self, count: int) -> bytes:
        cut = bytes(self._buffer[:count])
        del self._buffer[:count]
        self._searched = 0
        return cut

    def _begin(self, start: re.Pattern[bytes]) -> bool:
        """Pass over what comes before the beginning; False where there is none yet."""
        found = start.search(self._buffer)
        before = found.start() if found else len(self._buffer)
        if before:
            self.passed_over += before
            self._cut(before)
        return found is not None

    def _line(self) -> Piece | None:
        if not self._begin(_LINE_START):
            return None
        end = self._buffer.find(b"\n", 0, LINE_MAX + 1)
        if end >= 0:
            return Line(self._cut(end + 1).rstrip(b"\r\n").decode("ascii"))
        return self._limited(LINE_MAX, Wants.LINE)

    def _option(self) -> Piece | None:
        while self._begin(_OPTION_START):
            if self._buffer[0] == SOH:
                return self._framed()
            if self._buffer[0] != ACK:
                return self._line()
            found = _OPTION.match(self._buffer)
            if found:
                text = b"".join(found.groups()).decode("ascii")
                self._cut(found.end())
                return Chosen(text)
            if len(self._buffer) < _OPTION_SIZE and b"\n" not in self._buffer:
                return None
            self.passed_over += 1
            self._cut(1)
        return None

    def _answer(self) -> Piece | None:
        if not self._begin(_ANSWER_START):
            return None
        if self._buffer[0] in {ACK, NAK}:
            return Mark(self._cut(1)[0] == ACK)
        return self._framed()

    def _framed(self) -> Piece | None:
        found = _BLOCK_END.search(self._buffer, max(1, self._searched))
        if found is None:
            self._searched = len(self._buffer)
            return self._limited(BLOCK_MAX, Wants.BLOCK)
        if len(self._buffer) <= found.end():
            self._searched = found.start()
            return self._limited(BLOCK_MAX, Wants.BLOCK)
        if found.end() >= BLOCK_MAX:
            return self._thrown_away(found.end(), Wants.BLOCK)
        raw = self._cut(found.end() + 1)
        is_whole = check_character(raw[1:-1]) == raw[-1]
        return Block(raw[0] == SOH, raw[1:-2].decode("ascii"), raw[-2] == ETX, is_whole)

    def _pushed(self) -> Piece | None:
        # Line ends between the identification and what follows are of neither.
        blank = len(self._buffer) - len(self._buffer.lstrip(b"\r\n"))
        self._cut(blank)
        if not self._buffer:
            return None
        if self._buffer[0] == STX:
            return self._framed()
        found = _TELEGRAM_END.search(self._buffer, max(0, self._searched - _TELEGRAM_TAIL))
        if found is None:
            self._searched = len(self._buffer)
            return self._limited(BLOCK_MAX, Wants.PUSHED)
        if found.end() > BLOCK_MAX:
            return self._thrown_away(found.end(), Wants.PUSHED)
        crc = found[1].decode("ascii")
        text = self._cut(found.end())[: found.start(1) - 1].decode("ascii")
        return Telegram(text, crc)

    def _limited(self, most: int, wants: Wants) -> TooLong | None:
        return self._thrown_away(most, wants) if len(self._buffer) > most else None

    def _thrown_away(self, count: int, wants: Wants) -> TooLong:
        self.passed_over += count
        self._cut(count)
        return TooLong(wants)


def command_in(piece: Piece) -> Command | None:
    """Give the command of a whole block; None where the piece is none, or cannot be read."""
    if not isinstance(piece, Block) or not piece.is_command or not piece.is_whole:
        return None
    try:
        return command_of(piece.text)
    except PeerFault:
        return None
