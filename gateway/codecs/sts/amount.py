"""Amounts in the 16 bits of a token: in units, and in currency with a sign (IEC 62055-41, 6.3.6).

Both are a mantissa of 14 bits and an exponent, and each exponent goes on where the one before it ended:

    value = 10^e * mantissa + 2^14 * (10^0 + ... + 10^(e-1))

Units have two bits of exponent in the field itself. Currency has five and a sign: the two low ones of the
exponent stand in the field, and ``s e4 e3 e2`` in the nibble that holds RND elsewhere. What a coarse exponent
cannot show is rounded up, in favour of the customer; so a negative amount loses magnitude.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.codecs.sts.block import TokenFault, TokenFaultWhy

if TYPE_CHECKING:
    from decimal import Decimal

AMOUNT_TENTHS_MAX = 18_201_624
"""The greatest amount 16 bits can carry (IEC 62055-41, 6.3.6): 1,820,162.4 kWh in tenths."""

UNITS_OF_CURRENCY = 100_000
"""A credit in currency counts hundred-thousandths of the currency (IEC 62055-41, 6.2.2)."""

_MANTISSA_MAX: Final = 0x3FFF
_STEPS: Final[tuple[int, ...]] = tuple(10**exponent for exponent in range(32))
"""What one step of the mantissa is worth under each exponent."""

_OFFSETS: Final[tuple[int, ...]] = tuple((1 << 14) * ((10**exponent - 1) // 9) for exponent in range(33))
"""What each exponent begins with."""

_UNIT_EXPONENTS: Final = tuple(zip(range(4), _OFFSETS, _STEPS, strict=False))
_LAST_EXPONENT: Final = 31
_NEGATIVE: Final = 8

CURRENCY_MAX: Final = _STEPS[_LAST_EXPONENT] * _MANTISSA_MAX + _OFFSETS[_LAST_EXPONENT]
"""The greatest magnitude in currency, in hundred-thousandths: far more money than there is."""

_DECIMAL_EXPONENTS: Final = range(-64, 64)
"""Exponents of a decimal that are worth computing with; the greatest amount has 36 digits."""


def encode_amount(tenths: int) -> int:
    """Return the 16-bit amount field of ``tenths`` (0.1 kWh, 0.1 m3, 0.1 min), 0 to 18,201,624.

    Two bits of exponent, fourteen of mantissa; what a coarse exponent cannot show is rounded up, in favour of
    the customer (6.3.6), so book both what was paid for and ``decode_amount`` of this.
    An amount outside the range is a ``TokenFault(AMOUNT)``. Power limits are counted so too, in watts.
    """
    if not 0 <= tenths <= AMOUNT_TENTHS_MAX:
        raise TokenFault(TokenFaultWhy.AMOUNT)
    for exponent, offset, step in _UNIT_EXPONENTS:
        mantissa = -((offset - tenths) // step)
        if mantissa <= _MANTISSA_MAX:
            return exponent << 14 | mantissa
    raise AssertionError(tenths)


def decode_amount(field16: int) -> int:
    """Return the tenths of a unit that a 16-bit amount field carries."""
    exponent = field16 >> 14
    return _STEPS[exponent] * (field16 & _MANTISSA_MAX) + _OFFSETS[exponent]


def encode_currency(units: int) -> tuple[int, int]:
    """Return the nibble S&E and the 16-bit field of an amount in hundred-thousandths, negative or not.

    Rounded towards plus infinity where the exponent is coarse. A magnitude above ``CURRENCY_MAX`` is a
    ``TokenFault(CURRENCY)``.

    >>> [f"{nibble:x} {field:04x}" for nibble, field in (encode_currency(100_000), encode_currency(-100_000))]
    ['0 60aa', '8 60a9']
    """
    magnitude = abs(units)
    if magnitude > CURRENCY_MAX:
        raise TokenFault(TokenFaultWhy.CURRENCY)
    for exponent in range(_LAST_EXPONENT + 1):
        above = magnitude - _OFFSETS[exponent]
        mantissa = above // _STEPS[exponent] if units < 0 else -(-above // _STEPS[exponent])
        if mantissa <= _MANTISSA_MAX:
            sign = _NEGATIVE if units < 0 else 0
            return sign | exponent >> 2, (exponent & 3) << 14 | mantissa
    raise AssertionError(units)


def decode_currency(s_and_e: int, field16: int) -> int:
    """Return the hundred-thousandths that the nibble S&E and the 16-bit field carry."""
    exponent = (s_and_e & 7) << 2 | field16 >> 14
    magnitude = _STEPS[exponent] * (field16 & _MANTISSA_MAX) + _OFFSETS[exponent]
    return -magnitude if s_and_e & _NEGATIVE else magnitude


def currency_units(amount: Decimal) -> int:
    """Return an amount of currency in hundred-thousandths, rounded towards plus infinity.

    What is no number, or beyond any token, is a ``TokenFault(CURRENCY)``. Whole numbers throughout: the
    precision of the surrounding decimal context plays no part.
    """
    if not amount.is_finite() or amount.as_tuple().exponent not in _DECIMAL_EXPONENTS:
        raise TokenFault(TokenFaultWhy.CURRENCY)
    above, below = amount.as_integer_ratio()
    return -(-above * UNITS_OF_CURRENCY // below)
