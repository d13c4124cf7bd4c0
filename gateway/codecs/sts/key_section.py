"""The sections of a key change: what each token of the set carries (IEC 62055-41, 6.2.7 to 6.2.9).

    2.3  first    KEN high 4 | KRN 4 | RO 1 | 3KCT 1 | KT 2 | key 32
    2.4  second   KEN low 4 | TI 8 | key 32
    2.8  third    EA11: SGC low 12 | key 32        EA07: SGC 24 | 20 zero bits
    2.9  fourth   EA11: SGC high 12 | key 32

An EA07 key has 64 bits: the first section brings its high half, the second its low one, and the third, where
the first announces it (3KCT), the supply group. An EA11 key has 128 bits, in the order first, third, fourth,
second; the bit 3KCT stays 0. The parts of the key are in no repr.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from gateway.codecs.sts.block import MANAGEMENT_CLASS, TokenFault, TokenFaultWhy

_WORD = 0xFFFF_FFFF
_LAST_SGC = 999_999
_LAST_TI = 99
_PADDING_BITS = 20


@dataclass(frozen=True, slots=True)
class FirstSection:
    """``ken_high``: upper nibble of the new key's expiry number; ``is_rolled`` (RO): the meter forgets ids.

    ``says_sgc`` (3KCT): an EA07 meter waits for a third section with its supply group.
    """

    ken_high: int
    krn: int
    is_rolled: bool
    says_sgc: bool
    kt: int
    key_part: int = field(repr=False)

    token_class: ClassVar[int] = MANAGEMENT_CLASS
    subclass: ClassVar[int] = 3

    def __post_init__(self) -> None:
        """Refuse what has no place in the section."""
        refuse_beyond((self.ken_high, 0, 15), (self.krn, 1, 9), (self.kt, 0, 3), (self.key_part, 0, _WORD))

    @property
    def body(self) -> int:
        """The 44 bits."""
        flags = self.is_rolled << 3 | self.says_sgc << 2 | self.kt
        return self.ken_high << 40 | self.krn << 36 | flags << 32 | self.key_part

    @classmethod
    def of_body(cls, body: int) -> FirstSection:
        """Read the 44 bits."""
        is_rolled, says_sgc = bool(body >> 35 & 1), bool(body >> 34 & 1)
        return cls(body >> 40, body >> 36 & 15, is_rolled, says_sgc, body >> 32 & 3, body & _WORD)


@dataclass(frozen=True, slots=True)
class SecondSection:
    """``ken_low``: lower nibble of the new key's expiry number; ``ti``: the new tariff index, 0 to 99."""

    ken_low: int
    ti: int
    key_part: int = field(repr=False)

    token_class: ClassVar[int] = MANAGEMENT_CLASS
    subclass: ClassVar[int] = 4

    def __post_init__(self) -> None:
        """Refuse what has no place in the section."""
        refuse_beyond((self.ken_low, 0, 15), (self.ti, 0, _LAST_TI), (self.key_part, 0, _WORD))

    @property
    def body(self) -> int:
        """The 44 bits."""
        return self.ken_low << 40 | self.ti << 32 | self.key_part

    @classmethod
    def of_body(cls, body: int) -> SecondSection:
        """Read the 44 bits."""
        return cls(body >> 40, body >> 32 & 0xFF, body & _WORD)


@dataclass(frozen=True, slots=True)
class ThirdSection:
    """Of EA11: the lower 12 bits of the new supply group code."""

    sgc_low: int
    key_part: int = field(repr=False)

    token_class: ClassVar[int] = MANAGEMENT_CLASS
    subclass: ClassVar[int] = 8

    def __post_init__(self) -> None:
        """Refuse what has no place in the section."""
        refuse_beyond((self.sgc_low, 0, 0xFFF), (self.key_part, 0, _WORD))

    @property
    def body(self) -> int:
        """The 44 bits."""
        return self.sgc_low << 32 | self.key_part

    @classmethod
    def of_body(cls, body: int) -> ThirdSection:
        """Read the 44 bits."""
        return cls(body >> 32, body & _WORD)


@dataclass(frozen=True, slots=True)
class FourthSection:
    """Of EA11: the upper 12 bits of the new supply group code."""

    sgc_high: int
    key_part: int = field(repr=False)

    token_class: ClassVar[int] = MANAGEMENT_CLASS
    subclass: ClassVar[int] = 9

    def __post_init__(self) -> None:
        """Refuse what has no place in the section."""
        refuse_beyond((self.sgc_high, 0, 0xFFF), (self.key_part, 0, _WORD))

    @property
    def body(self) -> int:
        """The 44 bits."""
        return self.sgc_high << 32 | self.key_part

    @classmethod
    def of_body(cls, body: int) -> FourthSection:
        """Read the 44 bits."""
        return cls(body >> 32, body & _WORD)


@dataclass(frozen=True, slots=True)
class SgcSection:
    """Of EA07, the third where there is one: the new supply group code as a number, nothing of the key."""

    sgc: int

    token_class: ClassVar[int] = MANAGEMENT_CLASS
    subclass: ClassVar[int] = 8

    def __post_init__(self) -> None:
        """Refuse what has no place in the section."""
        refuse_beyond((self.sgc, 0, _LAST_SGC))

    @property
    def body(self) -> int:
        """The 44 bits."""
        return self.sgc << _PADDING_BITS

    @classmethod
    def of_body(cls, body: int) -> SgcSection:
        """Read the 44 bits; the last 20 must be 0, else ``TokenFault(PADDING)``."""
        if body & (1 << _PADDING_BITS) - 1:
            raise TokenFault(TokenFaultWhy.PADDING)
        return cls(body >> _PADDING_BITS)


KeySection = FirstSection | SecondSection | ThirdSection | FourthSection | SgcSection


def refuse_beyond(*fields: tuple[int, int, int]) -> None:
    """Raise ``TokenFault(VALUE)`` where a number is not between its least and its most."""
    for number, least, most in fields:
        if not least <= number <= most:
            raise TokenFault(TokenFaultWhy.VALUE)
