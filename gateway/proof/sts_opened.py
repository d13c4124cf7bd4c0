"""Runs the STS vectors in which a token is opened, or must be refused for its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.codecs.sts.amount import currency_units, encode_amount, encode_currency
from gateway.codecs.sts.block import (
    CREDIT_CLASS,
    CURRENCY_SUBCLASSES,
    MANAGEMENT_CLASS,
    TokenFault,
    TokenFaultWhy,
    without_class,
)
from gateway.codecs.sts.content import WATTS_SUBCLASSES, MeterTest, content_of
from gateway.codecs.sts.digits import bits_of
from gateway.codecs.sts.key_section import (
    FirstSection,
    FourthSection,
    SecondSection,
    SgcSection,
    ThirdSection,
)
from gateway.codecs.sts.seal import opened, opened_block
from gateway.proof.case import Case, compared, failed
from gateway.proof.sts_given import (
    VectorFault,
    cipher,
    code,
    decimal,
    derived_key,
    digits,
    has,
    hex_number,
    octets,
    whole,
)

if TYPE_CHECKING:
    from gateway.codecs.sts.block import StsBlock
    from gateway.codecs.sts.cipher import BlockCipher
    from gateway.codecs.sts.content import Content
    from gateway.codecs.sts.sta import StaTables
    from gateway.proof.sts_given import Entry

_FACE: Final = frozenset({TokenFaultWhy.LENGTH, TokenFaultWhy.DIGITS, TokenFaultWhy.RANGE})
_SUBCLASS: Final = frozenset({TokenFaultWhy.RESERVED, TokenFaultWhy.PROPRIETARY})
_SUM: Final = frozenset({TokenFaultWhy.CRC})
#: A digit that was changed may make a number that is too great, or another class.
_CHANGED: Final = _SUM | {TokenFaultWhy.RANGE, TokenFaultWhy.RESERVED_CLASS}

_REASONS: Final = {
    **dict.fromkeys(("crc", "check sum", "checksum", "key", "meter"), _SUM),
    **dict.fromkeys(("changed", "typed", "typo", "altered", "corrupt", "swapped"), _CHANGED),
    # "Single digit error" as well as "21 digits": which of the two, the token shows by itself.
    "digit": _FACE | _CHANGED,
    "format": _FACE,
    **dict.fromkeys(("length", "too long", "too short"), frozenset({TokenFaultWhy.LENGTH})),
    **dict.fromkeys(("range", "66", "too large", "overflow"), frozenset({TokenFaultWhy.RANGE})),
    **dict.fromkeys(("numeric", "letter"), frozenset({TokenFaultWhy.DIGITS})),
    **dict.fromkeys(("subclass", "sub-class"), _SUBCLASS),
    "proprietary": frozenset({TokenFaultWhy.PROPRIETARY}),
    "reserved": frozenset({TokenFaultWhy.RESERVED, TokenFaultWhy.RESERVED_CLASS}),
    "class": _SUBCLASS | {TokenFaultWhy.RESERVED_CLASS},
    "padding": frozenset({TokenFaultWhy.PADDING}),
    "value": frozenset({TokenFaultWhy.VALUE}),
}
"""Words in the free text of ``reason``, and the faults that answer to them."""

_HEX_FIELDS: Final = frozenset(
    {"field16", "crc", "control", "body", "key_part", "nkho", "nklo", "nkmo1", "nkmo2"}
)
_AMOUNTS: Final = frozenset({"value", "amount"})
_CODES: Final = {"sgc": 6, "ti": 2, "mfr": 0}


def decode(name: str, entry: Entry, operators: StaTables | None) -> Case:
    """Open a token and compare every field that is expected."""
    expect = entry.get("expect")
    if not isinstance(expect, dict):
        raise VectorFault("expect must be an object")
    token = digits(entry.get("token"))
    schedule = _schedule(entry, token, operators)
    block = opened_block(token, schedule)
    content = content_of(block, "" if schedule is None else schedule.ea)
    said = {**_of_block(block), **_of_content(content)}
    wanted: dict[str, object] = {}
    made: dict[str, object] = {}
    for field in expect:
        if field in said and has(expect, field):
            wanted[field], made[field] = _expected(expect, field), said[field]
        elif field in _AMOUNTS and has(expect, field):
            # An amount is rounded on its way in; its bits are what the token has to show.
            wanted[field], made[field] = _bits(expect, field, block), (block.rnd, block.field16)
    if not wanted:
        return failed(name, f"one of {', '.join(said)}", f"only {', '.join(map(str, expect)) or 'nothing'}")
    return compared(name, wanted, made)


def decode_reject(name: str, entry: Entry, operators: StaTables | None) -> Case:
    """Refuse a token, for the reason that is named."""
    given = entry.get("reason")
    reason = given if isinstance(given, str) else ""
    allowed = {why for word, whys in _REASONS.items() if word in reason.lower() for why in whys}
    token = digits(entry.get("token"))
    try:
        content = opened(token, _schedule(entry, token, operators))
    except TokenFault as fault:
        fits = not allowed or fault.why in allowed
        return compared(name, f"refused: {reason}", f"refused: {reason if fits else fault.why.value}")
    return failed(name, f"refused: {reason}", f"accepted as {type(content).__name__}")


def _schedule(entry: Entry, token: str, operators: StaTables | None) -> BlockCipher | None:
    """Return the cipher, or None where the token needs none: class 1, and what is refused before."""
    try:
        token_class, _ = without_class(bits_of(token))
    except TokenFault:
        return None
    if token_class not in (CREDIT_CLASS, MANAGEMENT_CLASS):
        return None
    key = derived_key(entry)
    return cipher(entry, octets(entry, "decoder_key") if key is None else key, operators)


def _of_block(block: StsBlock) -> dict[str, object]:
    """Return an opened block under the names of the format."""
    return {
        **dict.fromkeys(("cls", "class", "token_class"), block.token_class),
        "subclass": block.subclass,
        **dict.fromkeys(("rnd_or_se", "rnd", "s_and_e"), block.rnd),
        "tid": block.tid,
        "field16": block.field16,
        "crc": block.crc,
        "body": block.body,
    }


def _of_content(content: Content) -> dict[str, object]:
    """Return what only this kind of token says, under the names of the standard."""
    match content:
        case MeterTest():
            return {"control": content.control, "mfr": content.manufacturer}
        case FirstSection():
            flags = {"ro": content.is_rolled, **dict.fromkeys(("three_kct", "3kct"), content.says_sgc)}
            numbers = {"kenho": content.ken_high, "krn": content.krn, "kt": content.kt}
            return {**numbers, **flags, "nkho": content.key_part}
        case SecondSection():
            return {"kenlo": content.ken_low, "ti": content.ti, "nklo": content.key_part}
        case ThirdSection():
            return {"sgclo": content.sgc_low, "nkmo2": content.key_part}
        case FourthSection():
            return {"sgcho": content.sgc_high, "nkmo1": content.key_part}
        case SgcSection():
            return {"sgc": content.sgc}
        case _:
            return {}


def _bits(expect: Entry, field: str, block: StsBlock) -> tuple[int, int]:
    """Return the nibble and the 16 bits that carry an expected amount in this kind of token."""
    if block.token_class == CREDIT_CLASS and block.subclass in CURRENCY_SUBCLASSES:
        return encode_currency(currency_units(decimal(expect, field)))
    if block.token_class == CREDIT_CLASS or block.subclass in WATTS_SUBCLASSES:
        return block.rnd, encode_amount(whole(expect, field))
    return block.rnd, whole(expect, field)


def _expected(expect: Entry, field: str) -> int:
    """Read an expected number; the format writes fields of bits in hex digits."""
    value = expect[field]
    if isinstance(value, bool):
        return int(value)
    if field in _HEX_FIELDS:
        return hex_number(expect, field)
    if field in _CODES:
        return int(code(expect, field, _CODES[field]))
    return whole(expect, field)
