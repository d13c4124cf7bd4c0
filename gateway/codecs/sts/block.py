"""The 64-bit data block inside an STS token, and how it becomes 66 bits (IEC 62055-41, 6.3, 6.4).

    subclass 4 | RND 4 | TID 24 | amount or other field 16 | CRC 16      enciphered as one block
    class 2                                                              beside it, in the clear

The CRC is computed over 56 bits: six zero bits, the class, and the 48 bits of the block above the CRC. It is
CRC-16/MODBUS and travels low octet first. Because that register is exactly one word wide, taking in a word of
the message is one look-up: ``register = step[register ^ word]``, with both sides kept low octet first.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from enum import Enum
from functools import cache

from gateway.bits import crc16_modbus, swapped16

CREDIT_CLASS = 0
MANAGEMENT_CLASS = 2

AMOUNT_TENTHS_MAX = 18_201_624
"""The greatest amount 16 bits can carry (IEC 62055-41, 6.3.6): 1,820,162.4 kWh in tenths."""

_OFFSETS = (0, 16_384, 180_224, 1_818_624)
"""What the exponents 0 to 3 begin with: each continues where the one before it ended."""

_STEPS = (1, 10, 100, 1_000)
"""What one step of the mantissa is worth under each exponent."""

_MANTISSA_MAX = 0x3FFF
_UNIT_SUBCLASSES = range(4)
_CURRENCY_SUBCLASSES = range(4, 8)
_CLASS_BITS = 3 << 27
"""Bits 28 and 27 of the token: the class hides here, and what it displaces goes to the top (6.4)."""


class TokenFaultWhy(Enum):
    """Why something is no token, or cannot become one."""

    LENGTH = "a token has exactly 20 digits"
    DIGITS = "a token has decimal digits only"
    RANGE = "the number is greater than 66 bits can hold"
    CLASS = "tokens of this class carry no enciphered block"
    SUBCLASS = "this subclass carries no credit in units"
    CRC = "the check sum is wrong: a mistyped digit, or the token of another key"
    FIELD = "RND has 4 bits and TID has 24"
    AMOUNT = "the amount must be from 0 to 18,201,624 tenths of a unit"


class TokenFault(ValueError):  # noqa: N818 - the fault of what came in, not an error of ours
    """The token, or what should become one, breaks a rule of IEC 62055-41; ``why`` names it."""

    def __init__(self, why: TokenFaultWhy) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True, slots=True)
class StsBlock:
    """An opened token of class 0 or 2 whose check sum is right; ``field16`` of a credit is its amount."""

    token_class: int
    subclass: int
    rnd: int
    tid: int
    field16: int
    crc: int


def encode_amount(tenths: int) -> int:
    """Return the 16-bit amount field of ``tenths`` (0.1 kWh, 0.1 m3, 0.1 min), 0 to 18,201,624.

    Two bits of exponent, fourteen of mantissa; what a coarse exponent cannot show is rounded up, in favour of
    the customer (6.3.6), so book both what was paid for and ``decode_amount`` of this.
    An amount outside the range is a ``TokenFault(AMOUNT)``.
    """
    if not 0 <= tenths <= AMOUNT_TENTHS_MAX:
        raise TokenFault(TokenFaultWhy.AMOUNT)
    for exponent, (offset, step) in enumerate(zip(_OFFSETS, _STEPS, strict=True)):
        mantissa = -((offset - tenths) // step)
        if mantissa <= _MANTISSA_MAX:
            return exponent << 14 | mantissa
    raise AssertionError(tenths)


def decode_amount(field16: int) -> int:
    """Return the tenths of a unit that a 16-bit amount field carries."""
    exponent = field16 >> 14
    return _STEPS[exponent] * (field16 & _MANTISSA_MAX) + _OFFSETS[exponent]


def sts_crc(octets: bytes) -> int:
    """Return the check sum of the 56 bits in ``octets`` as the block carries it: low octet first (6.3.7)."""
    return swapped16(crc16_modbus(octets))


def credit_block(*, subclass: int, rnd: int, tid: int, amount_tenths: int) -> int:
    """Return the data block of a credit in units (class 0, subclass 0 to 3), still in the clear.

    A number that does not fit is a ``TokenFault``: SUBCLASS, FIELD or AMOUNT.
    """
    if subclass not in _UNIT_SUBCLASSES:
        raise TokenFault(TokenFaultWhy.SUBCLASS)
    if tid >> 24 or rnd >> 4:
        raise TokenFault(TokenFaultWhy.FIELD)
    field16 = encode_amount(amount_tenths)
    high = subclass << 28 | rnd << 24 | tid
    start, step = _crc_tables()
    crc = step[step[step[start[CREDIT_CLASS] ^ high >> 16] ^ high & 0xFFFF] ^ field16]
    return high << 32 | field16 << 16 | crc


def parse_block(token_class: int, block: int) -> StsBlock:
    """Return the fields of a deciphered block; a wrong check sum is a ``TokenFault(CRC)``."""
    subclass = block >> 60
    octets = bytes((token_class,)) + (block >> 16).to_bytes(6, "big")
    if token_class == CREDIT_CLASS and subclass in _CURRENCY_SUBCLASSES:
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
