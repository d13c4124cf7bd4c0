"""How messages of a reader go over a serial line, as the GemPC Twin has it; bytes in, events out.

    03 06 <message> LRC    a message; LRC is the xor of all before it
    03 15 16               the other side has not understood: say it again
    50 02, 50 03           a card was pulled out, put in                       from the reader only
    80 … FF                the reader is at work, it takes longer              from the reader only

The source is what open drivers of this reader do; it says the command back before it answers (``Came`` has
either). What is not of these is ``Disturbed``, said once until something is understood again. Whatever comes,
no more than one message is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import Final

from gateway.codecs.ccid.message import BODY_MAX, HEADER, Message, read_message

SYNC, ACK, NAK = 0x03, 0x06, 0x15
MOVED: Final = 0x50
#: Say it again.
AGAIN: Final = bytes((SYNC, NAK, SYNC ^ NAK))

_HEAD: Final = 2
_SIZE_END: Final = _HEAD + 5
_AT_WORK: Final = 0x80
_GONE, _PRESENT = 0x02, 0x03


@dataclass(frozen=True, slots=True)
class Came:
    """A message, whole and with the right check byte."""

    message: Message


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """The other side wants it again."""


@dataclass(frozen=True, slots=True)
class CardMoved:
    """A card was put in, or pulled out."""

    is_present: bool


@dataclass(frozen=True, slots=True)
class AtWork:
    """The reader takes longer."""


@dataclass(frozen=True, slots=True)
class Disturbed:
    """Something came that is none of it."""

    why: str


Event = Came | NotUnderstood | CardMoved | AtWork | Disturbed


def framed(message: Message) -> bytes:
    """Give the bytes that go over the line.

    >>> framed(Message(0x65, 7)).hex(" ")
    '03 06 65 00 00 00 00 00 07 00 00 00 67'
    """
    raw = bytes((SYNC, ACK)) + message.encoded
    return raw + bytes((reduce(xor, raw),))


class Incoming:
    """What comes over a line, in any portions."""

    __slots__ = ("_held", "_is_disturbed")

    def __init__(self) -> None:
        self._held = bytearray()
        self._is_disturbed = False

    def receive(self, raw: bytes) -> list[Event]:
        """Take what came; gives what is whole by now."""
        self._held += raw
        found: list[Event] = []
        while self._held and (taken := self._next(self._held)) is not None:
            size, event = taken
            del self._held[:size]
            if isinstance(event, Disturbed) and self._is_disturbed:
                continue
            self._is_disturbed = isinstance(event, Disturbed)
            found.append(event)
        return found

    def _next(self, held: bytearray) -> tuple[int, Event] | None:
        """Say how many bytes are an event, and which; None: more have to come."""
        first = held[0]
        if first >= _AT_WORK:
            return 1, AtWork()
        if first not in {SYNC, MOVED}:
            return 1, Disturbed("a byte that begins nothing")
        if len(held) < _HEAD:
            return None
        if first == MOVED:
            known = held[1] in {_GONE, _PRESENT}
            return _HEAD, CardMoved(held[1] == _PRESENT) if known else Disturbed("a move of no card of ours")
        if held[1] == NAK:
            return self._not_understood(held)
        return self._message(held) if held[1] == ACK else (1, Disturbed("neither ACK nor NAK"))

    @staticmethod
    def _not_understood(held: bytearray) -> tuple[int, Event] | None:
        if len(held) < len(AGAIN):
            return None
        is_whole = bytes(held[: len(AGAIN)]) == AGAIN
        return len(AGAIN), NotUnderstood() if is_whole else Disturbed("a wrong check byte")

    @staticmethod
    def _message(held: bytearray) -> tuple[int, Event] | None:
        if len(held) < _SIZE_END:
            return None
        size = int.from_bytes(held[_HEAD + 1 : _SIZE_END], "little")
        if size > BODY_MAX:
            return 1, Disturbed("a message that is too long")
        end = _HEAD + HEADER + size
        if len(held) <= end:
            return None
        if reduce(xor, held[: end + 1]):
            return end + 1, Disturbed("a wrong check byte")
        return end + 1, Came(read_message(bytes(held[_HEAD:end])))
