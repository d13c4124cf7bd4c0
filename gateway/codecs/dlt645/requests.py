"""What a meter is asked and told: requests as values, written into frames and read from them (both ends).

| C  | request | body |
| -- | ------- | ---- |
| 11 | ``Read`` | identifier, and for load records a number of blocks and from when on |
| 12 | ``ReadNext`` | identifier, number of the frame |
| 13 | ``ReadAddress`` | nothing; to the address ``ANY`` |
| 15 | ``WriteAddress`` | the new address; to ``ANY``, behind the meter's button |
| 08 | ``SetTime`` | second to year; to ``BROADCAST``, answered by none |
| 16 | ``Freeze`` | minute, hour, day, month; 99 leaves one open |
| 17 | ``ChangeBaud`` | a byte whose meaning differs between makers: kept as it is |
| 1D | ``ChoosePulse`` | what the multi-purpose terminal gives out |

What needs a password is in ``orders``, what needs a security module in ``secure``.
Source: DL/T 645-2007, clause 7. Bytes of a number go lowest first, so a time goes from its smallest part up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar, Final

from gateway.codecs.dlt645.fault import PeerFault, ValueFault
from gateway.codecs.dlt645.frame import wire_address

if TYPE_CHECKING:
    from datetime import tzinfo

#: A sequence number is one byte, and the first frame has none: so many follow at most.
SEQUENCE_MAX: Final = 255
#: Blocks of load records in one request: one byte.
BLOCKS_MAX: Final = 255

_CENTURY: Final = 2000
_IDENTIFIER: Final = re.compile(r"[0-9A-F]{8}")
_SINCE: Final = re.compile(r"[0-9]{10}")
_FREEZE: Final = re.compile(r"[0-9]{8}")


class Function(IntEnum):
    """D4 to D0 of the control byte in DL/T 645-2007."""

    SECURE = 0x03
    SET_TIME = 0x08
    READ = 0x11
    READ_NEXT = 0x12
    READ_ADDRESS = 0x13
    WRITE = 0x14
    WRITE_ADDRESS = 0x15
    FREEZE = 0x16
    CHANGE_BAUD = 0x17
    CHANGE_PASSWORD = 0x18
    CLEAR_DEMAND = 0x19
    CLEAR_METER = 0x1A
    CLEAR_EVENTS = 0x1B
    RELAY = 0x1C
    CHOOSE_PULSE = 0x1D


def identifier_bytes(di: str) -> bytes:
    """Turn ``00010000`` into bytes of the line, DI0 first; ``ValueFault`` for what is none."""
    if not _IDENTIFIER.fullmatch(di):
        raise ValueFault("an identifier is eight hex digits in capitals")
    return bytes.fromhex(di)[::-1]


def read_identifier(body: bytes) -> str:
    """Give the identifier that a body begins with; ``PeerFault`` where it is too short."""
    if len(body) < 4:  # noqa: PLR2004 - DI0 to DI3
        raise PeerFault("identifier", len(body), "four bytes are wanted")
    return body[3::-1].hex().upper()


def packed(number: int) -> int:
    """Give the byte with the two digits of a number."""
    return number // 10 << 4 | number % 10


def digits_of(raw: bytes, field: str, at: int) -> str:
    """Give the digits of some bytes, the last byte's first; ``PeerFault`` where there are none."""
    digits = raw[::-1].hex()
    if not digits.isdecimal():
        raise PeerFault(field, at, "there are no decimal digits")
    return digits


def time_bytes(moment: datetime) -> bytes:
    """Write second, minute, hour, day, month and year, as the meter's clock is to show them.

    The moment is aware and in the meter's own zone: a meter knows no other. ``ValueFault`` otherwise.
    """
    if moment.tzinfo is None or not _CENTURY <= moment.year < _CENTURY + 100:
        raise ValueFault("a moment for a meter has a zone, and is of this century")
    parts = (moment.second, moment.minute, moment.hour, moment.day, moment.month, moment.year - _CENTURY)
    return bytes(packed(part) for part in parts)


def read_time(raw: bytes, zone: tzinfo, field: str, at: int) -> datetime:
    """Read what ``time_bytes`` wrote, in the meter's zone; ``PeerFault`` where it is no time."""
    digits = digits_of(raw, field, at)
    try:
        parts = [int(digits[place : place + 2]) for place in range(0, 12, 2)]
        year, month, day, hour, minute, second = parts
        return datetime(_CENTURY + year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        raise PeerFault(field, at, "there is no such time") from None


@dataclass(frozen=True, slots=True)
class Read:
    """Read an identifier; for load records so many blocks, from ``YYMMDDhhmm`` on where it is said."""

    function: ClassVar[Function] = Function.READ
    di: str
    blocks: int | None = None
    since: str = ""

    @property
    def body(self) -> bytes:
        """The body of its frame."""
        if self.blocks is None and not self.since:
            return identifier_bytes(self.di)
        if self.blocks is None or not 0 < self.blocks <= BLOCKS_MAX:
            raise ValueFault(f"load records are asked for in 1 to {BLOCKS_MAX} blocks")
        since = b""
        if self.since:
            if not _SINCE.fullmatch(self.since):
                raise ValueFault("the beginning of load records is YYMMDDhhmm")
            since = bytes.fromhex(self.since)[::-1]
        return identifier_bytes(self.di) + bytes((self.blocks,)) + since

    @classmethod
    def from_body(cls, body: bytes) -> Read:
        """Read a request; ``PeerFault`` where it is none."""
        di, rest = read_identifier(body), body[4:]
        if len(rest) not in {0, 1, 6}:
            raise PeerFault("read", len(body), "an identifier, a number of blocks and a time may be there")
        since = digits_of(rest[1:], "since", 5) if len(rest) > 1 else ""
        return cls(di, rest[0] if rest else None, since)


@dataclass(frozen=True, slots=True)
class ReadNext:
    """Read the next frame of an answer that was too long for one: the first that follows is number 1."""

    function: ClassVar[Function] = Function.READ_NEXT
    di: str
    number: int

    @property
    def body(self) -> bytes:
        """The body of its frame."""
        if not 0 < self.number <= SEQUENCE_MAX:
            raise ValueFault(f"frames that follow have numbers from 1 to {SEQUENCE_MAX}")
        return identifier_bytes(self.di) + bytes((self.number,))

    @classmethod
    def from_body(cls, body: bytes) -> ReadNext:
        """Read a request; ``PeerFault`` where it is none."""
        di = read_identifier(body)
        if len(body) != 5 or body[4] == 0:  # noqa: PLR2004 - DI0 to DI3 and a number
            raise PeerFault("number", 4, "one byte, from 1 on, is wanted")
        return cls(di, body[4])


@dataclass(frozen=True, slots=True)
class ReadAddress:
    """Ask the only meter of a line who it is."""

    function: ClassVar[Function] = Function.READ_ADDRESS

    @property
    def body(self) -> bytes:
        """Nothing."""
        return b""

    @classmethod
    def from_body(cls, body: bytes) -> ReadAddress:
        """Read a request; ``PeerFault`` where it is none."""
        _only(body, 0, "read address")
        return cls()


@dataclass(frozen=True, slots=True)
class WriteAddress:
    """Give the only meter of a line another address."""

    function: ClassVar[Function] = Function.WRITE_ADDRESS
    address: str

    @property
    def body(self) -> bytes:
        """The body of its frame."""
        raw = wire_address(self.address)
        if b"\xaa" in raw:
            raise ValueFault("a meter's own address leaves no digit open")
        return raw

    @classmethod
    def from_body(cls, body: bytes) -> WriteAddress:
        """Read a request; ``PeerFault`` where it is none."""
        _only(body, 6, "address")
        return cls(digits_of(body, "address", 0))


@dataclass(frozen=True, slots=True)
class SetTime:
    """Set the clocks of all meters of a line; those that are wrong by more than five minutes do not obey.

    Once a day, and never within five minutes of midnight: the meter settles then (DL/T 645-2007, 7.9).
    """

    function: ClassVar[Function] = Function.SET_TIME
    moment: datetime

    @property
    def body(self) -> bytes:
        """The body of its frame."""
        return time_bytes(self.moment)

    @classmethod
    def from_body(cls, body: bytes, zone: tzinfo) -> SetTime:
        """Read a request in the meter's zone; ``PeerFault`` where it is none."""
        _only(body, 6, "time")
        return cls(read_time(body, zone, "time", 0))


@dataclass(frozen=True, slots=True)
class Freeze:
    """Keep a copy of the counters: now (99999999), or at ``MMDDhhmm``, in which 99 leaves a part open."""

    function: ClassVar[Function] = Function.FREEZE
    when: str = "99999999"

    @property
    def body(self) -> bytes:
        """The body of its frame."""
        if not _FREEZE.fullmatch(self.when):
            raise ValueFault("a freeze is at MMDDhhmm, with 99 for what is left open")
        return bytes.fromhex(self.when)[::-1]

    @classmethod
    def from_body(cls, body: bytes) -> Freeze:
        """Read a request; ``PeerFault`` where it is none."""
        _only(body, 4, "freeze")
        return cls(digits_of(body, "freeze", 0))


@dataclass(frozen=True, slots=True)
class ChangeBaud:
    """Speak at another speed from the next frame on.

    What the byte means differs between makers: not for a meter whose maker has not said it.
    """

    function: ClassVar[Function] = Function.CHANGE_BAUD
    word: int

    @property
    def body(self) -> bytes:
        """The body of its frame."""
        return bytes((self.word,))

    @classmethod
    def from_body(cls, body: bytes) -> ChangeBaud:
        """Read a request; ``PeerFault`` where it is none."""
        _only(body, 1, "baud word")
        return cls(body[0])


@dataclass(frozen=True, slots=True)
class ChoosePulse:
    """Choose what the multi-purpose terminal gives out: 0 seconds, 1 demand period, 2 change of time slot."""

    function: ClassVar[Function] = Function.CHOOSE_PULSE
    output: int

    @property
    def body(self) -> bytes:
        """The body of its frame."""
        return bytes((self.output,))

    @classmethod
    def from_body(cls, body: bytes) -> ChoosePulse:
        """Read a request; ``PeerFault`` where it is none."""
        _only(body, 1, "output")
        return cls(body[0])


def _only(body: bytes, count: int, field: str) -> None:
    if len(body) != count:
        raise PeerFault(field, min(len(body), count), f"{count} bytes are wanted, {len(body)} are there")
