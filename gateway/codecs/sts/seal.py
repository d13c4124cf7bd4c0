"""From what a token says to its 20 digits and back, under a meter's decoder key (IEC 62055-41, 6.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.codecs.sts.amount import encode_amount
from gateway.codecs.sts.block import (
    CREDIT_CLASS,
    MANAGEMENT_CLASS,
    RESERVED_CLASS,
    TEST_CLASS,
    StsBlock,
    TokenFault,
    TokenFaultWhy,
    checked_block,
    parse_block,
    with_class,
    without_class,
)
from gateway.codecs.sts.content import UNIT_SUBCLASSES, content_of
from gateway.codecs.sts.digits import bits_of, digits_of

if TYPE_CHECKING:
    from gateway.codecs.sts.cipher import BlockCipher
    from gateway.codecs.sts.content import Content


def sealed(content: Content, cipher: BlockCipher | None) -> str:
    """Return the 20 digits of a token that says this.

    Class 1 is not enciphered, so its tokens need no ``cipher``; the others do, else ``TokenFault(KEY)``.
    """
    block = checked_block(content.token_class, content.subclass, content.body)
    if content.token_class != TEST_CLASS:
        if cipher is None:
            raise TokenFault(TokenFaultWhy.KEY)
        block = cipher.encrypt(block)
    return digits_of(with_class(content.token_class, block))


def opened(digits: str, cipher: BlockCipher | None) -> Content:
    """Return what a token of any class says.

    Faults: those of ``opened_block`` and of ``content_of``.
    """
    return content_of(opened_block(digits, cipher), "" if cipher is None else cipher.ea)


def opened_block(digits: str, cipher: BlockCipher | None) -> StsBlock:
    """Return the fields of a token of any class, cut as most bodies are.

    Faults: LENGTH, DIGITS and RANGE of the digits; RESERVED_CLASS; KEY for a token that is enciphered where
    there is no cipher; CRC for a wrong digit or another meter's token.
    """
    token_class, block = without_class(bits_of(digits))
    if token_class == RESERVED_CLASS:
        raise TokenFault(TokenFaultWhy.RESERVED_CLASS)
    if token_class != TEST_CLASS:
        if cipher is None:
            raise TokenFault(TokenFaultWhy.KEY)
        block = cipher.decrypt(block)
    return parse_block(token_class, block)


def credit_block(*, subclass: int, rnd: int, tid: int, amount_tenths: int) -> int:
    """Return the data block of a credit in units (class 0, subclass 0 to 3), still in the clear.

    A number that does not fit is a ``TokenFault``: SUBCLASS, FIELD or AMOUNT.
    """
    if subclass not in UNIT_SUBCLASSES:
        raise TokenFault(TokenFaultWhy.SUBCLASS)
    if tid >> 24 or rnd >> 4:
        raise TokenFault(TokenFaultWhy.FIELD)
    return checked_block(CREDIT_CLASS, subclass, rnd << 40 | tid << 16 | encode_amount(amount_tenths))


def credit_token(cipher: BlockCipher, *, subclass: int, tid: int, rnd: int, amount_tenths: int) -> str:
    """Return the 20 digits of a credit in units; the faults are those of ``credit_block``.

    This is ``sealed`` of a ``CreditInUnits`` by a shorter way, because a token is sold at every call.
    """
    block = credit_block(subclass=subclass, rnd=rnd, tid=tid, amount_tenths=amount_tenths)
    return digits_of(with_class(CREDIT_CLASS, cipher.encrypt(block)))


def open_token(cipher: BlockCipher, digits: str) -> StsBlock:
    """Return what an enciphered token says under this key, whatever its subclass.

    Faults: LENGTH, DIGITS and RANGE of the digits; CLASS for classes 1 (not enciphered) and 3 (reserved);
    CRC for a wrong digit or another meter's token.
    """
    token_class, block = without_class(bits_of(digits))
    if token_class not in (CREDIT_CLASS, MANAGEMENT_CLASS):
        raise TokenFault(TokenFaultWhy.CLASS)
    return parse_block(token_class, cipher.decrypt(block))
