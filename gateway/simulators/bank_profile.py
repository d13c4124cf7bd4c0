"""A bank profile as the bank's own side reads it: how to write requests and know their answers.

The gateway's door reads the same file. Only what a caller needs is read here: processing codes, the
places of the meter number and of the sign-on's signature, amounts, and the fields by which an answer
is matched to its request.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import schemas
from gateway.codecs.iso8583.framing import Framing
from gateway.codecs.iso8583.message import MessageSpec
from gateway.codecs.iso8583.subfields import SubFieldLayout
from gateway.codecs.iso8583.tables import TableFault, choice, rows, section, whole, word

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What a place for a number can name.
NAMES = frozenset({"meter", "customer", "either"})
#: The kinds of order that a processing code tells apart.
ORDERS = ("inquiry", "payment", "query")

# A meter number has 11 or 13 digits, its long form 18 (IEC 62055-41, 6.1.2); anything else is taken for a
# customer's account number. A mistyped check digit must go out as it is, so it is not looked at.
_METER_DIGITS = frozenset({11, 13, 18})
_FIELD_MAX = 128
_AMOUNT = 4
_EXPONENT_MAX = 4
_CODE_DIGITS = 2


@dataclass(frozen=True, slots=True)
class Place:
    """Where a number stands in a message: the tag of a field, and what the number names."""

    field: int
    tag: str
    names: str


@dataclass(frozen=True, slots=True)
class SignaturePlace:
    """Where a signed sign-on carries its three parts."""

    field: int
    access_key: str
    time: str
    signature: str


@dataclass(frozen=True, slots=True)
class BankProfile:
    """One bank's interface, compiled. ``exponents``: decimals of an amount on the wire, by DE49.

    ``offer_place`` is the field, and the tag in it or "", where an inquiry names an amount.
    """

    name: str
    spec: MessageSpec
    framing: Framing
    layouts: Mapping[int, SubFieldLayout]
    processing: Mapping[str, str]
    meter_places: tuple[Place, ...]
    offer_place: tuple[int, str]
    matching: tuple[int, ...]
    exponents: Mapping[str, int]
    signature: SignaturePlace | None

    @classmethod
    def named(cls, name: str) -> Self:
        """Read a profile of ours by its name, or any profile by the path of its JSON file."""
        if name.endswith(".json"):
            return cls.from_table(json.loads(Path(name).read_text(encoding="utf-8")))
        return cls.from_table(schemas.load(f"iso8583/{name}.json"))

    @classmethod
    def from_table(cls, table: Mapping[str, object]) -> Self:
        """Compile a profile; TableFault names the entry that is wrong."""
        door = section(table, "door", "profile")
        layouts = section(table, "subfields", "profile")
        exponents = section(door, "amount_exponent", "door") if "amount_exponent" in door else {}
        return cls(
            name=word(table, "name", "profile"),
            spec=MessageSpec.from_table(section(table, "message", "profile")),
            framing=Framing.from_table(section(table, "framing", "profile")),
            layouts={
                int(number): SubFieldLayout.from_table(int(number), section(layouts, number, "subfields"))
                for number in layouts
            },
            processing=_processing(section(door, "processing", "door")),
            meter_places=tuple(_place(row) for row in rows(door, "meter", "door")),
            offer_place=_offer_place(door),
            matching=tuple(_field(number, "door.matching") for number in rows(door, "matching", "door")),
            exponents={
                currency: whole(digits, f"door.amount_exponent.{currency}", least=0, most=_EXPONENT_MAX)
                for currency, digits in exponents.items()
            },
            signature=_signature(section(door, "sign_on", "door")),
        )

    def meter_place(self, number: str) -> Place:
        """Find where this number goes: a meter's or a customer's. ValueError where there is no place."""
        wanted = "meter" if number.isdigit() and len(number) in _METER_DIGITS else "customer"
        for place in self.meter_places:
            if place.names in {wanted, "either"}:
                return place
        raise ValueError(f"the profile {self.name} has no place for the number of a {wanted}")

    def tags_of(self, field: int, text: str) -> dict[str, str]:
        """Read the sub-fields of a field's text, known and unknown ones alike."""
        found = self.layouts[field].parse(text)
        return found.values | found.unknown


def _processing(table: Mapping[str, object]) -> dict[str, str]:
    """Take the first code of each order: the others are what other banks send for the same."""
    codes = {}
    for order in ORDERS:
        listed = rows(table, order, "door.processing") if order in table else []
        if not listed:
            continue
        match listed[0]:
            case str() as code if len(code) == _CODE_DIGITS and code.isdigit():
                codes[order] = code
            case _:
                raise TableFault(f"door.processing.{order}", "must be codes of two digits")
    return codes


def _place(row: object) -> Place:
    match row:
        case {"field": number, "tag": str() as tag, "names": names}:
            return Place(_field(number, "door.meter.field"), tag, choice(names, NAMES, "door.meter.names"))
        case _:
            raise TableFault("door.meter", "must be places with field, tag and names")


def _offer_place(door: Mapping[str, object]) -> tuple[int, str]:
    if "offer_amount" not in door:
        return _AMOUNT, ""
    table, where = section(door, "offer_amount", "door"), "door.offer_amount"
    return _field(table.get("field"), f"{where}.field"), word(table, "tag", where, "")


def _signature(sign_on: Mapping[str, object]) -> SignaturePlace | None:
    if "signature" not in sign_on:
        return None
    table, where = section(sign_on, "signature", "door.sign_on"), "door.sign_on.signature"
    return SignaturePlace(
        _field(table.get("field"), f"{where}.field"),
        word(table, "access_key", where),
        word(table, "time", where),
        word(table, "signature", where),
    )


def _field(number: object, where: str) -> int:
    return whole(number, where, least=2, most=_FIELD_MAX)
