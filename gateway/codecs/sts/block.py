"""The 64-bit data block inside an STS token, and how it becomes 66 bits (IEC 62055-41, 6.3, 6.4).

    subclass 4 | body 44 | CRC 16      enciphered as one block in classes 0 and 2
    class 2                            beside it, in the clear

Most bodies are RND 4 | TID 24 | amount or other field 16. The CRC is computed over 56 bits: six zero bits,
the class, and the 48 bits of the block above the CRC. It is CRC-16/MODBUS, low octet first. Because
that register is exactly one word wide, taking in a word of the message is one look-up:
``register = step[register ^ word]``, with both sides kept low octet first.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from enum import Enum
from functools import cache

from gateway.bits import crc16_modbus, swapped16

CREDIT_CLASS = 0
TEST_CLASS = 1
MANAGEMENT_CLASS = 2
RESERVED_CLASS = 3

BODY_BITS = 44

CURRENCY_SUBCLASSES = range(4, 8)
"""Subclasses of class 0 that carry currency: their check sum is another one, CRC_C."""

_CLASS_BITS = 3 << 27
"""Bits 28 and 27 of the token: the class hides here, and what it displaces goes to the top (6.4)."""


class TokenFaultWhy(Enum):
    """Why something is no token, or cannot become one."""

    LENGTH = "a token has exactly 20 digits"
    DIGITS = "a token has decimal digits only"
    RANGE = "the number is greater than 66 bits can hold"
    CLASS = "tokens of this class carry no enciphered block"
    RESERVED_CLASS = "class 3 is reserved: no token has it"
    SUBCLASS = "this subclass carries no credit in units"
    RESERVED = "this subclass is reserved by the standard and carries nothing that is known"
    PROPRIETARY = "this subclass is the meter maker's own, and what it carries is his secret"
    KEY = "this token can be read only with the meter's key"
    CRC = "the check sum is wrong: a mistyped digit, or the token of another key"
    FIELD = "RND has 4 bits and TID has 24"
    VALUE = "a number is outside what its place in the token may hold"
    PADDING = "bits that must be 0 are not"
    UNSEEN = "only the two extended reads that were seen are made; the meaning of others is not known here"
    AMOUNT = "the amount must be from 0 to 18,201,624 tenths of a unit"
    CURRENCY = "the amount of currency is no number, or more than a token can carry"


class TokenFault(ValueError):  # noqa: N818 - the fault of what came in, not an error of ours
    """The token, or what should become one, breaks a rule of IEC 62055-41; ``why`` names it."""

    def __init__(self, why: TokenFaultWhy) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True, slots=True)
class StsBlock:
    """An opened token whose check sum is right, cut as most are; a credit's ``field16`` is its amount."""

    token_class: int
    subclass: int
    rnd: int
    tid: int
    field16: int
    crc: int

    @property
    def body(self) -> int:
        """The 44 bits between subclass and check sum."""
        return self.rnd << 40 | self.tid << 16 | self.field16


def sts_crc(octets: bytes) -> int:
    """Return the check sum of the 56 bits in ``octets`` as the block carries it: low octet first (6.3.7)."""
    return swapped16(crc16_modbus(octets))


def checked_block(token_class: int, subclass: int, body: int) -> int:
    """Return the data block of a body of 44 bits, with the check sum of its class and subclass.

    Its fields are the caller's to check: here they fit.
    """
    high = subclass << BODY_BITS | body
    start, step = _crc_tables()
    crc = step[step[step[start[token_class] ^ high >> 32] ^ high >> 16 & 0xFFFF] ^ high & 0xFFFF]
    if token_class == CREDIT_CLASS and subclass in CURRENCY_SUBCLASSES:
        # CRC_C takes one octet more: a meter in units does not take a credit in currency for its own.
        crc = swapped16(crc16_modbus(b"\x01", swapped16(crc)))
    return high << 16 | crc


def parse_block(token_class: int, block: int) -> StsBlock:
    """Return the fields of a deciphered block; a wrong check sum is a ``TokenFault(CRC)``."""
    subclass = block >> 60
    octets = bytes((token_class,)) + (block >> 16).to_bytes(6, "big")
    if token_class == CREDIT_CLASS and subclass in CURRENCY_SUBCLASSES:
        octets += b"\x01"  # A credit in currency is told from one in units by its check sum, CRC_C.
    crc = block & 0xFFFF
    if sts_crc(octets) != crc:
        raise TokenFault(TokenFaultWhy.CRC)
    rnd, tid, field16 = block >> 56 & 0xF, block >> 32 & 0xFF_FFFF, block >> 16 & 0xFFFF
    return StsBlock(token_class, subclass, rnd, tid, field16, crc)


def with_class(token_class: int, cipher: int) -> int:
    """Return the 66 bits of a token: the class takes bits 28 and 27, and those go to the top (6.4)."""
    displaced = cipher >> 27 & 3
    return displaced << 64 | cipher & ~_CLASS_BITS | token_class << 27


def without_class(token66: int) -> tuple[int, int]:
    """Return the class of a token and its 64 enciphered bits: ``with_class`` backwards."""
    cipher = token66 & 0xFFFF_FFFF_FFFF_FFFF & ~_CLASS_BITS | token66 >> 64 << 27
    return token66 >> 27 & 3, cipher


@cache
def _crc_tables() -> tuple[tuple[int, ...], array[int]]:
    """Return the register after the class octet, for each class, and the step that takes in one word.

    A step is linear over xor, so the table doubles with each of the sixteen bits.
    """
    step = array("H", (0,))
    for bit in range(16):
        alone = swapped16(crc16_modbus((1 << bit).to_bytes(2, "big"), start=0))
        step.extend(array("H", (alone ^ word for word in step)))
    return tuple(sts_crc(bytes((token_class,))) for token_class in range(4)), step
