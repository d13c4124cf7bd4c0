"""What stands behind an identifier of DL/T 645, as a text: several values are written one behind the other.

    000100.52                a number with its decimals      000000 031500 ...   rows of a day table
    0.4211 2611260930        a demand and when it was        0010                a word of bits, in hex

Bytes that are all FF are a value that the meter has not got: ``-``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import schemas
from gateway.codecs.dlt645.fault import ValueFault
from gateway.codecs.dlt645.formats import Quantity
from gateway.codecs.dlt645.items import Items
from gateway.core.contact import ContactFault, ContactWhy, ItemRead

if TYPE_CHECKING:
    from gateway.codecs.dlt645.formats import Part, Value
    from gateway.codecs.dlt645.items import Item

NOTHING: Final = "-"
"""A value that the meter has not got."""


@cache
def items_2007() -> Items:
    """Give the identifiers of the edition of 2007."""
    return Items.from_table(schemas.load("meters/dlt645-2007.json"))


@cache
def items_1997() -> Items:
    """Give the identifiers of the edition of 1997."""
    return Items.from_table(schemas.load("meters/dlt645-1997.json"))


def item_read(item: str, found: Item, body: bytes) -> ItemRead:
    """Read the bytes behind an identifier; ``PeerFault`` where they are not of its format."""
    fields = found.decode(body)
    parts = [found.parts[place % len(found.parts)] for place in range(len(fields))]
    text = " ".join(_text_of(part, field.value) for part, field in zip(parts, fields, strict=True))
    first = fields[0].value
    if isinstance(first, Quantity):
        return ItemRead(item, found.di, text, first.units, first.decimals, first.unit)
    return ItemRead(item, found.di, text)


def content_of(found: Item, text: str) -> bytes:
    """Write a text as the bytes behind an identifier; ``ContactFault`` says what does not fit."""
    words = text.split()
    try:
        values = [_value_of(found.parts[place % len(found.parts)], word) for place, word in enumerate(words)]
        return found.encode(values)
    except ValueFault as fault:
        raise ContactFault(ContactWhy.REFUSED, f"{found.di} ({found.name}): {fault}") from None


def _text_of(part: Part, value: Value) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, Quantity):
        return value.text
    if isinstance(value, int):
        return f"{value:0{2 * part.width}X}"
    return value or NOTHING


def _value_of(part: Part, word: str) -> Value:
    if word == NOTHING:
        return None
    if part.kind in {"digits", "text"}:
        return word
    if part.kind == "bits":
        if len(word) > 2 * part.width or not set(word) <= set("0123456789abcdefABCDEF"):
            raise ValueFault(f"{part.name}: {2 * part.width} hex digits go there")
        return int(word, 16)
    whole, _, behind = word.removeprefix("-").partition(".")
    digits = whole + behind
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= 2 * part.width + part.decimals
    if not is_number or len(behind) > part.decimals:
        raise ValueFault(f"{part.name}: a number with {part.decimals} decimals at most goes there")
    units = int(whole + behind.ljust(part.decimals, "0"))
    return Quantity(-units if word.startswith("-") else units, part.decimals, part.unit)
