"""The face of a token: 66 bits as the 20 decimal digits typed into the meter (IEC 62055-41, 6.4)."""

from __future__ import annotations

from gateway.bits import is_digits
from gateway.codecs.sts.block import TokenFault, TokenFaultWhy

TOKEN_DIGITS = 20
TOKEN_BITS = 66


def digits_of(token66: int) -> str:
    """Return the 20 digits of 66 bits, leading zeros kept; a longer number is a ``TokenFault(RANGE)``."""
    if token66 >> TOKEN_BITS:
        raise TokenFault(TokenFaultWhy.RANGE)
    return f"{token66:020d}"


def bits_of(digits: str) -> int:
    """Return the 66 bits of 20 digits.

    Twenty digits can say more than 66 bits: from 73786976294838206464 on, no token exists, and it is refused
    before anything is deciphered. Faults: LENGTH, DIGITS, RANGE. Spaces are the caller's to take out.
    """
    if len(digits) != TOKEN_DIGITS:
        raise TokenFault(TokenFaultWhy.LENGTH)
    if not is_digits(digits):
        raise TokenFault(TokenFaultWhy.DIGITS)
    token66 = int(digits)
    if token66 >> TOKEN_BITS:
        raise TokenFault(TokenFaultWhy.RANGE)
    return token66
