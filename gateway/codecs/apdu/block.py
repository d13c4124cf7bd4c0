"""Blocks of T=1 (ISO/IEC 7816-3, 11.3): what a command and its answer travel in, numbered and checked.

00 00 05 00 B0 81 00 04 30     NAD, PCB, LEN, so many bytes, LRC: the xor of all before it

PCB  0NM00000        a part of a command or an answer, number N; M: more of it follows
     100N00ee        N is wanted next; ee: 1 the check byte was wrong, 2 something else was
     11Rxxxxx        arrangements; R: the answer to one
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import Final

from gateway.codecs.apdu.agreed import PORTION_MAX
from gateway.codecs.apdu.command import PeerFault

#: Start afresh; the other side's portion; give up a chain; more time (11.3.2.3).
RESYNCH, PORTION_IS, ABORT, MORE_TIME = 0xC0, 0xC1, 0xC2, 0xC3
ANSWERING: Final = 0x20
#: Why a block is wanted again (11.3.2.2).
NO_ERROR, WRONG_CHECK, OTHER_ERROR = 0, 1, 2

_AROUND, _BODY_AT = 4, 3
_MORE: Final = 0x20
_WANTED: Final = 0x80
# How many bytes each arrangement has.
_ARRANGED: Final = {RESYNCH: 0, PORTION_IS: 1, ABORT: 0, MORE_TIME: 1}


@dataclass(frozen=True, slots=True, repr=False)
class Block:
    """A block. Its body may be secret: no repr shows it."""

    control: int
    body: bytes = b""

    def __repr__(self) -> str:
        """Show the control byte and the size."""
        return f"Block({self.control:02X}, <{len(self.body)} bytes>)"

    @property
    def is_part(self) -> bool:
        """Is it a part of a command or an answer (I-block)?"""
        return not self.control & 0x80

    @property
    def is_wanted(self) -> bool:
        """Does it say what is wanted next (R-block)?"""
        return self.control & 0xC0 == _WANTED

    @property
    def number(self) -> int:
        """The number of a part, or the one that is wanted."""
        return self.control >> (6 if self.is_part else 4) & 1

    @property
    def has_more(self) -> bool:
        """Do further parts follow?"""
        return bool(self.is_part and self.control & _MORE)

    @property
    def encoded(self) -> bytes:
        """The bytes.

        >>> part(0, bytes.fromhex("00B0810004")).encoded.hex(" ")
        '00 00 05 00 b0 81 00 04 30'
        """
        raw = bytes((0, self.control, len(self.body))) + self.body
        return raw + bytes((reduce(xor, raw),))


def part(number: int, body: bytes, *, has_more: bool = False) -> Block:
    """Make a part of a command or an answer."""
    return Block(number << 6 | (_MORE if has_more else 0), body)


def wanted(number: int, error: int = NO_ERROR) -> Block:
    """Say which number is wanted next."""
    return Block(_WANTED | number << 4 | error)


def read_block(raw: bytes) -> Block:
    """Take a block apart; raises ``PeerFault``, of "LRC" where only its check byte is wrong."""
    if len(raw) < _AROUND:
        raise PeerFault("block", len(raw), "shorter than NAD, PCB, LEN and LRC")
    if raw[2] > PORTION_MAX or len(raw) != raw[2] + _AROUND:
        raise PeerFault("block", 2, f"LEN says {raw[2]} bytes, {len(raw) - _AROUND} are there")
    if reduce(xor, raw):
        raise PeerFault("LRC", len(raw) - 1, "it does not fit")
    if raw[0]:
        raise PeerFault("block", 0, "NAD is not 00")
    block = Block(raw[1], raw[_BODY_AT:-1])
    _check_control(block)
    return block


def _check_control(block: Block) -> None:
    control = block.control
    if block.is_part:
        known = not control & 0x1F
    elif block.is_wanted:
        known = not control & 0x2C and control & 0x03 <= OTHER_ERROR and not block.body
    else:
        known = _ARRANGED.get(control & ~ANSWERING) == len(block.body)
    if not known:
        raise PeerFault("block", 1, f"PCB {control:02X} with {len(block.body)} bytes is none")
