"""What makes the digits: the one place where the keepers of keys meet the codec.

A vending key becomes a meter's decoder key, the decoder key is made ready once, and with it any number of
tokens is made. Nothing here is shown: what holds a key says so in stars.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gateway.codecs.sts import keys
from gateway.codecs.sts.block import CURRENCY_SUBCLASSES, TokenFault, TokenFaultWhy
from gateway.codecs.sts.cipher import EA_STA, KEY_OCTETS, cipher_of
from gateway.codecs.sts.content import UNIT_SUBCLASSES, CreditInCurrency, Management
from gateway.codecs.sts.key_change import KeyChange, sections_of
from gateway.codecs.sts.seal import credit_token, sealed
from gateway.codecs.sts.sta import SAMPLE_TABLES
from gateway.core.token import IssuerRefusal, IssuerRefusalWhy, TokenDigits
from gateway.core.token_order import CREDIT_CLASS, MANAGEMENT_CLASS

if TYPE_CHECKING:
    from gateway.codecs.sts.cipher import BlockCipher
    from gateway.codecs.sts.content import Content
    from gateway.codecs.sts.sta import StaTables
    from gateway.core.token import StsIdentity
    from gateway.core.token_order import KeyChangeOrder, TokenOrder

STA: Final = EA_STA

_REFUSALS: Final = {
    TokenFaultWhy.SUBCLASS: IssuerRefusalWhy.KIND,
    TokenFaultWhy.VALUE: IssuerRefusalWhy.KIND,
    TokenFaultWhy.AMOUNT: IssuerRefusalWhy.AMOUNT,
    TokenFaultWhy.CURRENCY: IssuerRefusalWhy.AMOUNT,
}


@dataclass(frozen=True, slots=True)
class ReadyKey:
    """A decoder key, made ready to encipher; the key itself is what a key change carries."""

    decoder_key: bytes = field(repr=False)
    cipher: BlockCipher = field(repr=False)


def check_value(vending_key: bytes) -> str:
    """Return the check value by which people compare keys: 6 hex digits, from which no key can be found."""
    return keys.key_check_value(vending_key)


def decoder_key(identity: StsIdentity, dkga: str, vending_key: bytes) -> bytes:
    """Derive the key that this meter holds.

    IssuerRefusal: KIND for an algorithm that does not make keys of this meter's, WRONG_KEY for a vending key
    of a length that is not its.
    """
    if dkga not in keys.OCTETS_OF_DKGA or (dkga == "02" and identity.ea != STA):
        raise IssuerRefusal(IssuerRefusalWhy.KIND)
    if len(vending_key) != keys.OCTETS_OF_DKGA[dkga]:
        raise IssuerRefusal(IssuerRefusalWhy.WRONG_KEY)
    return keys.decoder_key(
        dkga,
        vending_key,
        base_date=identity.base_date,
        ea=identity.ea,
        ti=identity.ti,
        sgc=identity.sgc,
        krn=identity.krn,
        kt=identity.kt,
        pan=identity.pan,
    )


def decoder_key_octets(ea: str) -> int:
    """How long the decoder key of an encryption algorithm is: so much of the HMAC is it."""
    return KEY_OCTETS[ea]


def decoder_key_message(identity: StsIdentity) -> bytes:
    """Return what DKGA04 takes the HMAC-SHA-256 of, for a module that keeps the vending key to itself."""
    return keys.dkga04_message(
        base_date=identity.base_date,
        ea=identity.ea,
        ti=identity.ti,
        sgc=identity.sgc,
        krn=identity.krn,
        kt=identity.kt,
        pan=identity.pan,
    )


def ready(identity: StsIdentity, key: bytes, tables: StaTables | None) -> ReadyKey:
    """Make a decoder key ready; where an EA07 meter's tables are None, the sample tables are taken."""
    return ReadyKey(key, cipher_of(identity.ea, key, tables or SAMPLE_TABLES))


def token(order: TokenOrder, key: ReadyKey) -> TokenDigits:
    """Make one token; IssuerRefusal: KIND and AMOUNT. A random number beyond its bits is a TokenFault."""
    try:
        if order.token_class == CREDIT_CLASS and order.subclass in UNIT_SUBCLASSES:
            digits = credit_token(
                key.cipher,
                subclass=order.subclass,
                tid=order.tid,
                rnd=order.rnd,
                amount_tenths=order.value,
            )
        else:
            digits = sealed(_content(order), key.cipher)
    except TokenFault as fault:
        if fault.why not in _REFUSALS:
            raise
        raise IssuerRefusal(_REFUSALS[fault.why]) from None
    return TokenDigits(digits)


def _content(order: TokenOrder) -> Content:
    if order.token_class == CREDIT_CLASS and order.subclass in CURRENCY_SUBCLASSES:
        return CreditInCurrency(order.subclass, order.tid, order.value)
    if order.token_class == MANAGEMENT_CLASS:
        return Management(order.subclass, order.rnd, order.tid, order.value)
    raise IssuerRefusal(IssuerRefusalWhy.KIND)


def key_change(order: KeyChangeOrder, old: ReadyKey, new: ReadyKey) -> tuple[TokenDigits, ...]:
    """Make the tokens that carry the new key to the meter, under its old one, in the order of entry."""
    meter = order.new
    change = KeyChange(
        new.decoder_key, meter.sgc, order.ken, meter.krn, meter.kt, meter.ti, is_rolled=order.clears_ids
    )
    sections = sections_of(change, says_sgc=order.says_sgc)
    return tuple(TokenDigits(sealed(section, old.cipher)) for section in sections)
