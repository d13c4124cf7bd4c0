"""Fields of a form: what each is called, what it takes, and how what was written becomes a value.

kind      written             becomes
text      words               str; ``area`` too, over several lines made one
lines     words on lines      str with its lines
password  anything            str, as it is; never written back into the page
money     12.50 or 1,234.50   Money in the utility's currency
energy    12.5                Energy, of kWh
power     5.5                 int, watts of kW
count     12                  int, 0 or more
day       2026-11-23          date
choice    one of ``choices``  str
check     a tick              bool
file      an upload           Upload
kept      nothing to fill in  str: a value that the page itself gave

Figures are taken plain or as the page shows them (``typed.py``). A sound one is kept plain in the form, so
that a preview that is confirmed in another language means the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from admin_web.filters import NOT_A_DAY, NOT_ONE_OF_THESE, NOT_PRINTABLE, TOO_LONG
from admin_web.spans import day_of
from admin_web.typed import plain_figure, typed_count, typed_energy, typed_money, typed_power
from admin_web.words import msg
from gateway.core.person import REASON_MAX

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from admin_web.asked import Asked

FieldKind = Literal[
    "text",
    "area",
    "lines",
    "password",
    "money",
    "energy",
    "power",
    "count",
    "day",
    "choice",
    "check",
    "file",
    "kept",
]

NOTHING_WRITTEN: Final = msg("Fill this in.")
NOT_AN_AMOUNT: Final = msg(
    "This is no amount, or can be read in two ways. Write it as 1,234.50 or 1234.50, with no more decimals "
    "than the currency has."
)
NOT_ENERGY: Final = msg(
    "This is no energy in kWh, or can be read in two ways. Write it as 1,234.5 or 1234.5, with three "
    "decimals at most."
)
NOT_POWER: Final = msg(
    "This is no power in kW, or can be read in two ways. Write it as 5.5 or 1,250, with three decimals at "
    "most."
)
NOT_A_COUNT: Final = msg("Write a whole number, 0 or more.")


@dataclass(frozen=True, slots=True)
class Field:
    """A field. Its label and hint are English sentences of the catalogs; so are those of its choices.

    ``autocomplete`` is the browser's word for it (HTML 4.10.18.7), such as ``current-password``. With a
    ``heading`` a part of the form begins; it may be folded away until something is written in it.
    """

    name: str
    label: str
    kind: FieldKind = "text"
    hint: str = ""
    is_required: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    length_max: int = 100
    autocomplete: str = "off"
    heading: str = ""
    is_folded: bool = False


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
    if field.kind == "lines":
        return _lines(field, asked)
    written = " ".join(asked.field(field.name).split()) if field.kind == "area" else asked.field(field.name)
    if not written:
        return Entered(field, "", None, NOTHING_WRITTEN if field.is_required else None)
    if len(written) > field.length_max:
        return Entered(field, written[: field.length_max], None, TOO_LONG)
    if field.kind in {"money", "energy", "power", "count"}:
        return _figure(field, written, asked)
    if not written.isprintable():
        return Entered(field, "", None, NOT_PRINTABLE)
    value, fault = _value(field, written)
    return Entered(field, written, value, fault)


def _password(field: Field, asked: Asked) -> Entered:
    """Take a password as it is, spaces and all; it is written nowhere."""
    written = asked.form.fields.get(field.name, ("",))[0]
    if not written:
        return Entered(field, "", None, NOTHING_WRITTEN if field.is_required else None)
    return (
        Entered(field, "", None, TOO_LONG) if len(written) > field.length_max else Entered(field, "", written)
    )


def _lines(field: Field, asked: Asked) -> Entered:
    """Take lines as they are, without what stands around each."""
    lines = [line.strip() for line in asked.form.fields.get(field.name, ("",))[0].splitlines()]
    written = "\n".join(lines).strip()
    if not written:
        return Entered(field, "", None, NOTHING_WRITTEN if field.is_required else None)
    if len(written) > field.length_max:
        return Entered(field, written[: field.length_max], None, TOO_LONG)
    if not all(line.isprintable() for line in lines):
        return Entered(field, "", None, NOT_PRINTABLE)
    return Entered(field, written, written)


def _figure(field: Field, written: str, asked: Asked) -> Entered:
    """Read a figure, whose spaces need not be such as are printed; a wrong one stays as it was typed."""
    reads: Mapping[str, tuple[Callable[[str, Asked], object], str]] = {
        "money": (typed_money, NOT_AN_AMOUNT),
        "energy": (typed_energy, NOT_ENERGY),
        "power": (typed_power, NOT_POWER),
        "count": (typed_count, NOT_A_COUNT),
    }
    read, fault = reads[field.kind]
    value = read(written, asked)
    if value is None:
        return Entered(field, written if written.isprintable() else "", None, fault)
    return Entered(field, plain_figure(written, asked.shown.locale) or "", value)


def _value(field: Field, written: str) -> tuple[object, str | None]:
    match field.kind:
        case "day":
            return _day(written)
        case "choice":
            known = any(written == value for value, _ in field.choices)
            return (written, None) if known else (None, NOT_ONE_OF_THESE)
        case _:
            return written, None


def _day(written: str) -> tuple[object, str | None]:
    day = day_of(written)
    return day, None if day else NOT_A_DAY
