"""Cells: one value of a list or of an object, which knows how it is shown, printed and put into a sheet.

    a cell          shown                        in CSV                in XLSX
    str             as it is                     as it is, guarded     text
    int             1,234                        1234                  a number
    Amount          CN¥1,234.50 or 12.5 kWh      1234.50               a number with its decimals
    Share           12.5%                        12.5                  a number with its decimals
    datetime        2026-11-23 12:00:05 +08:00   the same, ISO 8601    a local date and time
    date            2026-11-23                   the same              a date
    State           a word with its colour       the word              text
    None            –                            nothing               nothing

A ``Link`` is a cell that leads somewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

from admin_web.shown import figure_of
from admin_web.told import told_or_raw
from gateway.core.ledger import WATT_HOURS

if TYPE_CHECKING:
    from admin_web.shown import Shown
    from admin_web.words import Words

Plain: TypeAlias = "str | int | Decimal | date | datetime | None"


@dataclass(frozen=True, slots=True)
class Amount:
    """Money in minor units of a currency, or watt-hours; ``entry`` is the number of its ledger entry."""

    amount: int
    unit: str
    entry: int | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, in thousandths of it."""

    per_mille: int


class Tone(Enum):
    """What a state means to whoever looks; never said by its colour alone."""

    GOOD = "good"
    WAITING = "waiting"
    BAD = "bad"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class State:
    """A state in a word (the English sentence of the catalogs), and its tone."""

    sentence: str
    tone: Tone = Tone.QUIET


@dataclass(frozen=True, slots=True)
class Code:
    """An identifier: shown in letters of one width, with a button that copies it."""

    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of the catalogs as a cell."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Heard:
    """A sentence that the gateway wrote down in English; said anew where it is known (``told.py``)."""

    text: str


@dataclass(frozen=True, slots=True)
class Counted:
    """How many of something: the English sentences for one and for many, with ``%(count)s`` in them."""

    one: str
    many: str
    count: int


@dataclass(frozen=True, slots=True)
class Called:
    """A sentence of the catalogs with a name in it, which stands in the sentence as ``%(name)s``."""

    sentence: str
    name: str


@dataclass(frozen=True, slots=True)
class Link:
    """A cell that leads somewhere; ``path`` is a place of this site."""

    cell: Cell
    path: str


Cell: TypeAlias = (
    "str | int | Amount | Share | datetime | date | State | Code | Said | Heard | Counted | Called | Link"
    " | None"
)


def kind_of(cell: Cell) -> str:
    """Name a cell's kind, as the templates and the style sheet know it."""
    if isinstance(cell, Link):
        return kind_of(cell.cell)
    if isinstance(cell, datetime):  # which is a date, too
        return "moment"
    names = {
        Amount: "amount", Share: "count", int: "count", date: "day", State: "state", Code: "code",
        type(None): "none",
    }  # fmt: skip
    return names.get(type(cell), "text")


def _said(cell: State | Said | Heard | Called, words: Words) -> str:
    """Say what is a sentence."""
    match cell:
        case Heard(text):
            return told_or_raw(words, text)
        case Called(sentence, name):
            return words.say(sentence, name=name)
        case State(sentence) | Said(sentence):
            return words.say(sentence)


def text_of(cell: Cell, words: Words, shown: Shown) -> str:
    """Write a cell for a reader."""
    match cell:
        case Link(inner, _):
            return text_of(inner, words, shown)
        case State() | Said() | Heard() | Called():
            return _said(cell, words)
        case Counted(one, many, count):
            return words.say_many(one, many, count)
        case Amount(amount, unit):
            return shown.amount(amount, unit)
        case Share(per_mille):
            return shown.percent(per_mille)
        case Code(text) | str(text):
            return text
        case datetime():
            return shown.moment(cell)
        case date():
            return shown.day(cell)
        case int():
            return shown.number(cell)
        case _:
            return "–"  # noqa: RUF001 - a dash is meant


def plain_of(cell: Cell, words: Words, shown: Shown) -> Plain:
    """Give a cell's value for a file: numbers stay numbers, a moment is local, sentences are said."""
    match cell:
        case Link(inner, _):
            return plain_of(inner, words, shown)
        case State() | Said() | Heard() | Called():
            return _said(cell, words)
        case Counted(_, _, count):
            return count
        case Amount(amount, unit):
            return figure_of(amount, unit)
        case Share(per_mille):
            return Decimal(per_mille).scaleb(-1)
        case Code(text):
            return text
        case datetime():
            return cell.astimezone(shown.zone)
        case _:
            return cell


def unit_of(cell: Cell) -> str | None:
    """Name the unit that ``plain_of`` gives an amount in: its currency, kWh, or per cent."""
    match cell:
        case Link(inner, _):
            return unit_of(inner)
        case Amount(_, unit):
            return "kWh" if unit == WATT_HOURS else unit
        case Share():
            return "%"
        case _:
            return None
