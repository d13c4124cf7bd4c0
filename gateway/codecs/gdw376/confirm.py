"""Confirming and denying, AFN 00H (Q/GDW 376.1, 5.1), and the link test, AFN 02H (5.3).

    a concentrator signs on:      AFN 02 F1                       confirmed by F1, or by F3:
    its heartbeat:                AFN 02 F3   33 30 14 12 d2 20   02   00 00 04 00   00
                                              its clock           AFN  which unit    ERR: 0 is right

F1 confirms all that was said, F2 denies all of it, F3 goes unit by unit, F4 is a security module's no. For
ERR the edition of 2009 has 0 (right), 1 (another error) and 2 (a meter's address twice); later ones have
more. A clock is in later editions alone, and a maker sends one octet of field strength instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, IntEnum
from typing import Final

from gateway.codecs.gdw376.fault import PeerFault
from gateway.codecs.gdw376.message import Afn, identifier

#: What F3 says of a unit that is confirmed.
RIGHT: Final = 0
_UNIT: Final = 5
_CLOCK: Final = 6
_CENTURY: Final = 2000


class Confirm(IntEnum):
    """The functions of AFN 00H."""

    ALL = 1
    NONE = 2
    EACH = 3
    SECURITY = 4


class Confirms(Enum):
    """How a master station confirms a link test: concentrators were seen with either."""

    ALL = "all"
    EACH = "each"


class LinkTest(IntEnum):
    """The functions of AFN 02H."""

    SIGN_ON = 1
    SIGN_OFF = 2
    HEARTBEAT = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """What AFN 00H says: confirmed or denied. ``afn`` is what it speaks of, where it says so (F3).

    ``error`` is the number that F3 gives as the reason, and None where there is none.
    """

    is_denied: bool
    afn: int | None = None
    error: int | None = None


def read_verdict(fn: int, content: bytes) -> Verdict:
    """Read a confirmation or a denial; ``PeerFault`` where it is neither.

    Of several units the first that is denied counts.
    """
    if fn in {Confirm.ALL, Confirm.NONE, Confirm.SECURITY}:
        return Verdict(fn != Confirm.ALL)
    if fn != Confirm.EACH:
        raise PeerFault("DT", 2, f"F{fn} neither confirms nor denies")
    if len(content) <= _UNIT or len(content) % _UNIT != 1:
        raise PeerFault("F3", len(content), "it has an AFN, and five octets for each unit")
    errors = [error for error in content[_UNIT::_UNIT] if error != RIGHT]
    return Verdict(bool(errors), content[0], errors[0] if errors else None)


def each(afn: int, fn: int, error: int = RIGHT) -> bytes:
    """Give the content of F3 for one unit.

    >>> each(Afn.LINK, LinkTest.SIGN_ON).hex()
    '020000010000'
    """
    return bytes((afn, *identifier(fn), error))


def confirmation(confirms: Confirms, test: LinkTest) -> tuple[Confirm, bytes]:
    """Give the function and the content that confirm a link test."""
    if confirms is Confirms.ALL:
        return Confirm.ALL, b""
    return Confirm.EACH, each(Afn.LINK, test)


def write_clock(when: datetime) -> bytes:
    """Write a concentrator's clock (format A.1: second, minute, hour, day, weekday and month, year).

    >>> write_clock(datetime(2020, 12, 12, 14, 30, 33)).hex()
    '33301412d220'
    """
    octets = bytearray.fromhex(when.strftime("%S%M%H%d%m%y"))
    octets[4] |= when.isoweekday() << 5
    return bytes(octets)


def read_clock(content: bytes) -> datetime | None:
    """Read a heartbeat's clock, in the concentrator's own zone; None where it has none, or one that stands.

    >>> read_clock(bytes.fromhex("33301412d220"))
    datetime.datetime(2020, 12, 12, 14, 30, 33)
    """
    if len(content) != _CLOCK:
        return None
    octets = bytearray(content)
    octets[4] &= 0x1F
    digits = octets.hex()
    if not digits.isdecimal():
        return None
    second, minute, hour, day, month, year = (int(digits[at : at + 2]) for at in range(0, 2 * _CLOCK, 2))
    try:
        # The zone is the concentrator's, and known to whoever owns it.
        return datetime(_CENTURY + year, month, day, hour, minute, second)  # noqa: DTZ001
    except ValueError:
        return None
