"""What tokens say, as typed values, and the 44 bits in which they say it (IEC 62055-41, 6.2).

    0.0-3   credit in units       RND 4 | TID 24 | amount 16          electricity, water, gas, time
    0.4-7   credit in currency    S&E 4 | TID 24 | amount 16          of the same, in hundred-thousandths
    1.0     meter test            control 36 | manufacturer 8         not enciphered
    1.1     meter test            control 28 | manufacturer 16
    1.2-15  other tests           44 bits as they are
    2.0-10  management            RND 4 | TID 24 | field 16           but 3, 4, 8 and 9: ``key_section``

Reserved and proprietary subclasses are refused by name. Validity is established in the constructors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from gateway.codecs.sts.amount import decode_amount, decode_currency, encode_amount, encode_currency
from gateway.codecs.sts.block import (
    BODY_BITS,
    CREDIT_CLASS,
    CURRENCY_SUBCLASSES,
    MANAGEMENT_CLASS,
    RESERVED_CLASS,
    TEST_CLASS,
    StsBlock,
    TokenFault,
    TokenFaultWhy,
)
from gateway.codecs.sts.key_section import (
    FirstSection,
    FourthSection,
    KeySection,
    SecondSection,
    SgcSection,
    ThirdSection,
    refuse_beyond,
)

UNIT_SUBCLASSES: Final = range(4)

POWER_LIMIT, CLEAR_CREDIT, TARIFF_RATE, CLEAR_TAMPER, PHASE_UNBALANCE, WATER_FACTOR = 0, 1, 2, 5, 6, 7
EXTENDED = 10
"""Subclasses of class 2 that have a token id and 16 bits of their own (6.2.3; the last: STS 202-5)."""

MANAGEMENT_SUBCLASSES: Final = frozenset(
    {POWER_LIMIT, CLEAR_CREDIT, TARIFF_RATE, CLEAR_TAMPER, PHASE_UNBALANCE, WATER_FACTOR, EXTENDED}
)
WATTS_SUBCLASSES: Final = frozenset({POWER_LIMIT, PHASE_UNBALANCE})
"""Their 16 bits are watts, written as an amount is."""

_PROPRIETARY: Final = range(11, 16)
_EXTENDED_READ: Final = 2

SEEN_READS: Final = frozenset({0, 0xFC0_0000_0000})
"""The two bodies of an extended read (1.2, STS 202-5) that were seen in published tokens."""


@dataclass(frozen=True, slots=True)
class CreditInUnits:
    """Class 0, subclass 0 to 3: so many ``tenths`` of a unit. What the token carries may be a little more."""

    subclass: int
    rnd: int
    tid: int
    tenths: int

    token_class: ClassVar[int] = CREDIT_CLASS

    def __post_init__(self) -> None:
        """Refuse what has no place in the token: SUBCLASS, FIELD, AMOUNT."""
        if self.subclass not in UNIT_SUBCLASSES:
            raise TokenFault(TokenFaultWhy.SUBCLASS)
        _refuse_fields(self.rnd, self.tid)
        encode_amount(self.tenths)

    @property
    def body(self) -> int:
        """The 44 bits."""
        return self.rnd << 40 | self.tid << 16 | encode_amount(self.tenths)


@dataclass(frozen=True, slots=True)
class CreditInCurrency:
    """Class 0, subclass 4 to 7: so many ``units`` of 1e-5 of the currency, negative ones too."""

    subclass: int
    tid: int
    units: int

    token_class: ClassVar[int] = CREDIT_CLASS

    def __post_init__(self) -> None:
        """Refuse what has no place in the token: VALUE, FIELD, CURRENCY."""
        refuse_beyond((self.subclass, CURRENCY_SUBCLASSES.start, CURRENCY_SUBCLASSES.stop - 1))
        _refuse_fields(0, self.tid)
        encode_currency(self.units)

    @property
    def body(self) -> int:
        """The 44 bits."""
        s_and_e, field16 = encode_currency(self.units)
        return s_and_e << 40 | self.tid << 16 | field16


@dataclass(frozen=True, slots=True)
class MeterTest:
    """Class 1, subclass 0 or 1: which tests and displays to begin, for meters of one maker or (0) of all.

    ``control`` has 36 bits in subclass 0 and 28 in subclass 1; all of them set means everything. What each
    bit means was not verified. ``manufacturer`` is the code of 2 or 4 digits as a binary number, of which
    only 0 was seen in published tokens.
    """

    subclass: int
    control: int
    manufacturer: int

    token_class: ClassVar[int] = TEST_CLASS

    def __post_init__(self) -> None:
        """Refuse what has no place in the token."""
        refuse_beyond((self.subclass, 0, 1))
        refuse_beyond((self.control, 0, (1 << BODY_BITS - self._maker_bits) - 1))
        refuse_beyond((self.manufacturer, 0, (1 << self._maker_bits) - 1))

    @property
    def _maker_bits(self) -> int:
        return 16 if self.subclass else 8

    @property
    def body(self) -> int:
        """The 44 bits."""
        return self.control << self._maker_bits | self.manufacturer


@dataclass(frozen=True, slots=True)
class OtherTest:
    """Class 1, subclass 2 to 15: 44 bits as they are; subclass 2 is the extended read of STS 202-5."""

    subclass: int
    bits: int

    token_class: ClassVar[int] = TEST_CLASS

    def __post_init__(self) -> None:
        """Refuse what has no place in the token."""
        refuse_beyond((self.subclass, 2, 15), (self.bits, 0, (1 << BODY_BITS) - 1))

    @property
    def body(self) -> int:
        """The 44 bits; of an extended read only those that were seen, else ``TokenFault(UNSEEN)``."""
        if self.subclass == _EXTENDED_READ and self.bits not in SEEN_READS:
            raise TokenFault(TokenFaultWhy.UNSEEN)
        return self.bits


@dataclass(frozen=True, slots=True)
class Management:
    """Class 2 with an id of its own; ``value`` is in watts for both limits, else the 16 bits as they are."""

    subclass: int
    rnd: int
    tid: int
    value: int

    token_class: ClassVar[int] = MANAGEMENT_CLASS

    def __post_init__(self) -> None:
        """Refuse what has no place in the token: VALUE, FIELD, AMOUNT."""
        if self.subclass not in MANAGEMENT_SUBCLASSES:
            raise TokenFault(TokenFaultWhy.VALUE)
        _refuse_fields(self.rnd, self.tid)
        if self.subclass in WATTS_SUBCLASSES:
            encode_amount(self.value)
        else:
            refuse_beyond((self.value, 0, 0xFFFF))

    @property
    def field16(self) -> int:
        """The 16 bits."""
        return encode_amount(self.value) if self.subclass in WATTS_SUBCLASSES else self.value

    @property
    def body(self) -> int:
        """The 44 bits."""
        return self.rnd << 40 | self.tid << 16 | self.field16


Content = CreditInUnits | CreditInCurrency | MeterTest | OtherTest | Management | KeySection


def content_of(block: StsBlock, ea: str) -> Content:
    """Return what an opened token says; the third section of a key change is not the same for EA07 and EA11.

    Faults: RESERVED, RESERVED_CLASS, PROPRIETARY; VALUE and PADDING for bits that no issuer sets.
    """
    match block.token_class:
        case 0:
            return _credit_of(block)
        case 1:
            return _test_of(block)
        case 2:
            return _management_of(block, ea)
        case _:
            assert block.token_class == RESERVED_CLASS  # noqa: S101 - a class has two bits
            raise TokenFault(TokenFaultWhy.RESERVED_CLASS)


def _credit_of(block: StsBlock) -> Content:
    if block.subclass in UNIT_SUBCLASSES:
        return CreditInUnits(block.subclass, block.rnd, block.tid, decode_amount(block.field16))
    if block.subclass in CURRENCY_SUBCLASSES:
        return CreditInCurrency(block.subclass, block.tid, decode_currency(block.rnd, block.field16))
    raise TokenFault(TokenFaultWhy.RESERVED)


def _test_of(block: StsBlock) -> Content:
    if block.subclass == 0:
        return MeterTest(0, block.body >> 8, block.body & 0xFF)
    if block.subclass == 1:
        return MeterTest(1, block.body >> 16, block.body & 0xFFFF)
    return OtherTest(block.subclass, block.body)


def _management_of(block: StsBlock, ea: str) -> Content:
    match block.subclass:
        case FirstSection.subclass:
            return FirstSection.of_body(block.body)
        case SecondSection.subclass:
            return SecondSection.of_body(block.body)
        case ThirdSection.subclass:
            return ThirdSection.of_body(block.body) if ea == "11" else SgcSection.of_body(block.body)
        case FourthSection.subclass if ea == "11":
            return FourthSection.of_body(block.body)
        case subclass if subclass in MANAGEMENT_SUBCLASSES:
            value = decode_amount(block.field16) if subclass in WATTS_SUBCLASSES else block.field16
            return Management(subclass, block.rnd, block.tid, value)
        case subclass if subclass in _PROPRIETARY:
            raise TokenFault(TokenFaultWhy.PROPRIETARY)
        case _:  # The fourth section, which an EA07 key has no use for.
            raise TokenFault(TokenFaultWhy.RESERVED)


def _refuse_fields(rnd: int, tid: int) -> None:
    if tid >> 24 or rnd >> 4:
        raise TokenFault(TokenFaultWhy.FIELD)
