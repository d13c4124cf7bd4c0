"""What a meter obeys with a password only: write, relay, clear, change of a password (C of 14, 18 to 1C).

Such a body goes on, behind the identifier where there is one, with

    PA P0 P1 P2    the password: its level, and six digits, the last two first
    C0 C1 C2 C3    whoever gives the order

A password says little: it goes over the line in the clear. So a good answer proves nothing either, and what
was ordered is read back. Source: DL/T 645-2007, clauses 7.4 and 7.10 to 7.16.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar, Final

from gateway.codecs.dlt645.fault import PeerFault, ValueFault
from gateway.codecs.dlt645.frame import BODY_MAX
from gateway.codecs.dlt645.requests import (
    Function,
    digits_of,
    identifier_bytes,
    read_identifier,
    read_time,
    time_bytes,
)

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

#: DL/T 645-2007, 5.2.5 has bodies of 50 bytes for writing. A day table of 14 slots fills 42 of them, and is
#: sent by public code with the 12 bytes before it: so we hold what is written, not the body, to the figure.
WRITTEN_MAX: Final = 50
#: Levels of passwords: 0 the highest, 9 the lowest; 98 and 99 say that a security module vouches instead.
LEVEL_MAX: Final = 0x99

_DIGITS: Final = re.compile(r"[0-9]{6}")
_OPERATOR: Final = re.compile(r"[0-9A-F]{8}")
_ALL_EVENTS: Final = "FFFFFFFF"
_RELAY_BODY: Final = 16


@dataclass(frozen=True, slots=True, repr=False)
class Password:
    """A meter's password with its level. No repr shows the digits."""

    level: int
    digits: str

    def __post_init__(self) -> None:
        """Refuse what has no place in the bytes."""
        if not 0 <= self.level <= LEVEL_MAX or not _DIGITS.fullmatch(self.digits):
            raise ValueFault("a password is a level in one byte and six digits")

    def __repr__(self) -> str:
        """Show the level only."""
        return f"Password({self.level}, ******)"

    @property
    def encoded(self) -> bytes:
        """The four bytes PA, P0, P1 and P2."""
        return bytes((self.level, *bytes.fromhex(self.digits)[::-1]))

    @classmethod
    def read(cls, raw: bytes, at: int) -> Password:
        """Read the four bytes; ``PeerFault`` where they are none. The fault does not show them."""
        if len(raw) != 4:  # noqa: PLR2004 - PA and P0 to P2
            raise PeerFault("password", at, "four bytes are wanted")
        if raw[0] > LEVEL_MAX:
            raise PeerFault("password", at, "there is no such level")
        return cls(raw[0], digits_of(raw[1:], "password", at + 1))


class RelayAction(IntEnum):
    """What the relay is to do: N1 of control 1C. Whether 1B or 1C closes depends on the maker."""

    TRIP = 0x1A
    PERMIT_CLOSING = 0x1B
    CLOSE = 0x1C
    PRE_TRIP_THEN_CLOSE = 0x1D
    PRE_TRIP_THEN_PERMIT = 0x1E
    ALARM_ON = 0x2A
    ALARM_OFF = 0x2B
    KEEP_POWERED = 0x3A
    KEEP_POWERED_NO_MORE = 0x3B


@dataclass(frozen=True, slots=True)
class Authority:
    """Who orders it, with which password. The operator is eight hex digits."""

    password: Password
    operator: str = "00000000"

    @property
    def encoded(self) -> bytes:
        """The eight bytes of it."""
        return self.password.encoded + operator_bytes(self.operator)

    @classmethod
    def read(cls, body: bytes, at: int) -> Authority:
        """Read the eight bytes at a place of a body; ``PeerFault`` where they are not there."""
        if len(body) < at + 8:
            raise PeerFault("password", len(body), "a password and an operator are wanted")
        return cls(Password.read(body[at : at + 4], at), body[at + 7 : at + 3 : -1].hex().upper())


def operator_bytes(operator: str) -> bytes:
    """Turn eight hex digits into the bytes C0 to C3; ``ValueFault`` for what is none."""
    if not _OPERATOR.fullmatch(operator):
        raise ValueFault("an operator is eight hex digits in capitals")
    return bytes.fromhex(operator)[::-1]


@dataclass(frozen=True, slots=True, repr=False)
class Write:
    """Write what stands behind an identifier. It may be a password, so no repr shows it."""

    function: ClassVar[Function] = Function.WRITE
    di: str
    authority: Authority
    content: bytes

    def __repr__(self) -> str:
        """Show where it goes and its size only."""
        return f"Write({self.di}, <{len(self.content)} bytes>)"

    @property
    def body(self) -> bytes:
        """The body of its frame."""
        if not 0 < len(self.content) <= WRITTEN_MAX:
            raise ValueFault(
                f"{len(self.content)} bytes to write, 1 to {WRITTEN_MAX} can be; cure: a table a frame"
            )
        return identifier_bytes(self.di) + self.authority.encoded + self.content

    @classmethod
    def from_body(cls, body: bytes) -> Write:
        """Read an order; ``PeerFault`` where it is none. Makers' own blocks may be longer than ours."""
        return cls(read_identifier(body), Authority.read(body, 4), body[12:BODY_MAX])


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """Give a level another password. The old one is of the same level or a higher one."""

    function: ClassVar[Function] = Function.CHANGE_PASSWORD
    di: str
    old: Password
    new: Password

    @property
    def body(self) -> bytes:
        """The body of its frame."""
        return identifier_bytes(self.di) + self.old.encoded + self.new.encoded

    @classmethod
    def from_body(cls, body: bytes) -> ChangePassword:
        """Read an order; ``PeerFault`` where it is none."""
        _sized(body, 12)
        return cls(read_identifier(body), Password.read(body[4:8], 4), Password.read(body[8:], 8))


@dataclass(frozen=True, slots=True)
class Clear:
    """Clear the demand, the meter or its records of events; for events of one kind its identifier is said."""

    function: Function
    authority: Authority
    di: str = _ALL_EVENTS

    @property
    def body(self) -> bytes:
        """The body of its frame."""
        if self.function is Function.CLEAR_EVENTS:
            return self.authority.encoded + identifier_bytes(self.di)
        return self.authority.encoded

    @classmethod
    def from_body(cls, function: Function, body: bytes) -> Clear:
        """Read an order; ``PeerFault`` where it is none."""
        if function is Function.CLEAR_EVENTS:
            _sized(body, 12)
            return cls(function, Authority.read(body, 0), read_identifier(body[8:]))
        _sized(body, 8)
        return cls(function, Authority.read(body, 0))


@dataclass(frozen=True, slots=True)
class Relay:
    """Trip, close or alarm. After ``valid_until``, by its own time, the meter does not obey any more.

    Ten minutes ahead are enough: a frame that was delayed for longer does nothing.

    ``duration`` is N2: what it means depends on the action and the maker; 0 where nothing else is known. The
    meter's answer says that it has understood. Whether it has obeyed is in status word 3 (04000503, bit 4:
    open).
    """

    function: ClassVar[Function] = Function.RELAY
    action: RelayAction
    authority: Authority
    valid_until: datetime
    duration: int = 0

    @property
    def body(self) -> bytes:
        """The body of its frame."""
        if not 0 <= self.duration <= 0xFF:  # noqa: PLR2004 - a byte
            raise ValueFault("the duration of a relay's order is one byte")
        return self.authority.encoded + bytes((self.action, self.duration)) + time_bytes(self.valid_until)

    @classmethod
    def from_body(cls, body: bytes, zone: tzinfo) -> Relay:
        """Read an order in the meter's zone; ``PeerFault`` where it is none."""
        _sized(body, _RELAY_BODY)
        authority = Authority.read(body, 0)
        try:
            action = RelayAction(body[8])
        except ValueError:
            raise PeerFault("action", 8, "there is no such action") from None
        return cls(action, authority, read_time(body[10:], zone, "valid until", 10), body[9])


def _sized(body: bytes, count: int) -> None:
    if len(body) != count:
        raise PeerFault("order", min(len(body), count), f"{count} bytes are wanted, {len(body)} are there")
