"""DL/T 645-1997, the edition before: its frames are the same, its functions and identifiers are not.

    01 read   02 read subsequent   03 read again   04 write   08 time   0A address   0C baud   0F password
    10 clear

Identifiers have two bytes (``9010`` is what 2007 calls ``00010000``). **03 is harmless here, and moves money
in 2007**: so an edition is never guessed from an answer, and each has requests of its own. Here only reading
is built.

Which edition a meter has is found by asking: 2007's *read address*, then 2007's ``00010000``, then 1997's
``9010``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from gateway.codecs.dlt645.errors import PLAIN_1997, Refusal, read_refusal
from gateway.codecs.dlt645.fault import PeerFault, ValueFault
from gateway.codecs.dlt645.frame import ERROR, FROM_METER, MORE, Frame, encoded, is_for, wire_address

if TYPE_CHECKING:
    from collections.abc import Mapping

_IDENTIFIER_BYTES: Final = 2
_IDENTIFIER: Final = re.compile(r"[0-9A-F]{4}")


class Function1997(IntEnum):
    """D4 to D0 of the control byte in DL/T 645-1997."""

    READ = 0x01
    READ_NEXT = 0x02
    READ_AGAIN = 0x03
    WRITE = 0x04
    SET_TIME = 0x08
    SET_ADDRESS = 0x0A
    CHANGE_BAUD = 0x0C
    CHANGE_PASSWORD = 0x0F
    CLEAR_DEMAND = 0x10


_READING: Final = frozenset({Function1997.READ, Function1997.READ_NEXT, Function1997.READ_AGAIN})


@dataclass(frozen=True, slots=True)
class Answer1997:
    """What was read: the identifier, the bytes behind it, and whether the meter has more."""

    address: str
    di: str
    body: bytes
    is_continued: bool


def ask(address: str, di: str, function: Function1997 = Function1997.READ) -> bytes:
    """Write a frame that reads an identifier, reads on, or reads again; ``ValueFault`` for anything else."""
    if not _IDENTIFIER.fullmatch(di):
        raise ValueFault("an identifier of the edition of 1997 is four hex digits in capitals")
    if function not in _READING:
        raise ValueFault("of the edition of 1997 only reading is built")
    return encoded(address, function, bytes.fromhex(di)[::-1])


def read_question(frame: Frame) -> tuple[Function1997, str]:
    """Read, as a meter does, what is asked and of which identifier; ``PeerFault`` where it makes no sense."""
    if frame.is_from_meter or frame.function not in _READING or len(frame.body) != _IDENTIFIER_BYTES:
        raise PeerFault("question", 0, "it does not read an identifier")
    return Function1997(frame.function), frame.body[::-1].hex().upper()


def answer(address: str, question: tuple[Function1997, str], body: bytes, *, has_more: bool = False) -> bytes:
    """Write a meter's answer."""
    function, di = question
    control = FROM_METER | function | (MORE if has_more else 0)
    return encoded(address, control, bytes.fromhex(di)[::-1] + body)


def refuse(address: str, question: tuple[Function1997, str], word: int) -> bytes:
    """Write a meter's error word."""
    return encoded(address, FROM_METER | ERROR | question[0], bytes((word,)))


def read_answer(frame: Frame, address: str, di: str) -> Answer1997 | Refusal:
    """Read the answer to a question; ``PeerFault`` where it is another meter's, or of something else."""
    if not frame.is_from_meter or not is_for(wire_address(address), frame.wire_address):
        raise PeerFault("address", 0, "it is no answer of this meter")
    if frame.function not in _READING:
        raise PeerFault("control", 0, "it answers another question")
    if frame.is_refusal:
        return read_refusal(frame, plain=PLAIN_1997)
    if frame.body[1::-1].hex().upper() != di:
        raise PeerFault("identifier", 0, "it is another one than was asked for")
    return Answer1997(frame.address, di, frame.body[2:], frame.is_continued)


def same_in_2007(table: Mapping[str, object], di: str) -> str | None:
    """Give the identifier of 2007 that means the same, by the table's ``same_as``; None where none does."""
    known = table.get("same_as")
    found = known.get(di) if isinstance(known, dict) else None
    return found if isinstance(found, str) else None
