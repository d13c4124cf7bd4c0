"""From the fields of a credit to its 20 digits and back, under a meter's decoder key (EA11, MISTY1)."""

from __future__ import annotations

from gateway.codecs.sts.block import (
    CREDIT_CLASS,
    MANAGEMENT_CLASS,
    StsBlock,
    TokenFault,
    TokenFaultWhy,
    credit_block,
    parse_block,
    with_class,
    without_class,
)
from gateway.codecs.sts.cipher import Misty1Schedule, decrypt, encrypt
from gateway.codecs.sts.digits import bits_of, digits_of


def credit_token(schedule: Misty1Schedule, *, subclass: int, tid: int, rnd: int, amount_tenths: int) -> str:
    """Return the 20 digits of a credit in units; the faults are those of ``credit_block``."""
    block = credit_block(subclass=subclass, rnd=rnd, tid=tid, amount_tenths=amount_tenths)
    return digits_of(with_class(CREDIT_CLASS, encrypt(schedule, block)))


def open_token(schedule: Misty1Schedule, digits: str) -> StsBlock:
    """Return what the token says under this key.

    Faults: LENGTH, DIGITS and RANGE of the digits; CLASS for classes 1 (not enciphered) and 3 (reserved);
    CRC for a wrong digit or another meter's token.
    """
    token_class, cipher = without_class(bits_of(digits))
    if token_class not in (CREDIT_CLASS, MANAGEMENT_CLASS):
        raise TokenFault(TokenFaultWhy.CLASS)
    return parse_block(token_class, decrypt(schedule, cipher))
