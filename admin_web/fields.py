"""Fields of a form: what each is called, what it takes, and how what was written becomes a value.

kind      written             becomes
text      words               str; ``area`` too, over several lines made one
password  anything            str, as it is; never written back into the page
money     12.50               Money in the utility's currency
energy    12.5                Energy, of kWh
count     12                  int, 0 or more
day       2026-11-23          date
choice    one of ``choices``  str
check     a tick              bool
file      an upload           Upload
kept      nothing to fill in  str: a value that the page itself gave
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from admin_web.filters import NOT_A_DAY, NOT_ONE_OF_THESE, NOT_PRINTABLE, TOO_LONG
from admin_web.spans import day_of
from admin_web.words import msg
from gateway.core.energy import Energy, EnergyFault
from gateway.core.money import Money, MoneyFault
from gateway.core.person import REASON_MAX

if TYPE_CHECKING:
    from admin_web.asked import Asked

FieldKind = Literal[
    "text", "area", "password", "money", "energy", "count", "day", "choice", "check", "file", "kept"
]

NOTHING_WRITTEN: Final = msg("Fill this in.")
NOT_AN_AMOUNT: Final = msg("Write the amount in figures, with a point before the decimals, such as 12.50.")
NOT_ENERGY: Final = msg("Write the energy in kWh, with a point before the decimals, such as 12.5.")
NOT_A_COUNT: Final = msg("Write a whole number, 0 or more.")

_COUNT_DIGITS_MAX: Final = 15


@dataclass(frozen=True, slots=True)
class Field:
    """A field. Its label and hint are English sentences of the catalogs; so are those of its choices.

    ``autocomplete`` is the browser's word for it (HTML 4.10.18.7), such as ``current-password``.
    """

    name: str
    label: str
    kind: FieldKind = "text"
    hint: str = ""
    is_required: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    length_max: int = 100
    autocomplete: str = "off"


#: Why an order is given; it stands in the diary for ever.
REASON: Final = Field(
    "reason",
    msg("Reason"),
    "area",
    hint=msg("One sentence for whoever reads the diary later."),
    length_max=REASON_MAX,
)


@dataclass(frozen=True, slots=True)
class Entered:
    """A field as it was filled in: what was written, the value it became, and what is wrong with it."""

    field: Field
    written: str
    value: object = None
    fault: str | None = None


def read_field(field: Field, asked: Asked) -> Entered:
    """Read a field of the form that was sent."""
    if field.kind == "file":
        upload = asked.form.uploads.get(field.name)
        is_there = upload is not None and bool(upload.body)
        fault = NOTHING_WRITTEN if field.is_required and not is_there else None
        return Entered(field, "", upload if is_there else None, fault)
    if field.kind == "check":
        is_ticked = asked.field(field.name) == "yes"
        return Entered(field, "yes" if is_ticked else "", is_ticked)
    if field.kind == "password":
        return _password(field, asked)
    written = " ".join(asked.field(field.name).split()) if field.kind == "area" else asked.field(field.name)
    if not written:
        return Entered(field, "", None, NOTHING_WRITTEN if field.is_required else None)
    if len(written) > field.length_max:
        return Entered(field, written[: field.length_max], None, TOO_LONG)
    if not written.isprintable():
        return Entered(field, "", None, NOT_PRINTABLE)
    value, fault = _value(field, written, asked)
    return Entered(field, written, value, fault)


def _password(field: Field, asked: Asked) -> Entered:
    """Take a password as it is, spaces and all; it is written nowhere."""
    written = asked.form.fields.get(field.name, ("",))[0]
    if not written:
        return Entered(field, "", None, NOTHING_WRITTEN if field.is_required else None)
    return (
        Entered(field, "", None, TOO_LONG) if len(written) > field.length_max else Entered(field, "", written)
    )


def _value(field: Field, written: str, asked: Asked) -> tuple[object, str | None]:
    match field.kind:
        case "money":
            return _money(written, asked)
        case "energy":
            return _energy(written)
        case "count":
            is_count = written.isascii() and written.isdigit() and len(written) <= _COUNT_DIGITS_MAX
            return (int(written), None) if is_count else (None, NOT_A_COUNT)
        case "day":
            return _day(written)
        case "choice":
            known = any(written == value for value, _ in field.choices)
            return (written, None) if known else (None, NOT_ONE_OF_THESE)
        case _:
            return written, None


def _money(written: str, asked: Asked) -> tuple[object, str | None]:
    try:
        return Money.parse(written, asked.me.currency), None
    except MoneyFault:
        return None, NOT_AN_AMOUNT


def _energy(written: str) -> tuple[object, str | None]:
    try:
        return Energy.parse_kwh(written), None
    except EnergyFault:
        return None, NOT_ENERGY


def _day(written: str) -> tuple[object, str | None]:
    day = day_of(written)
    return day, None if day else NOT_A_DAY
