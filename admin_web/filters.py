"""Filters of a list: what a visitor wrote into the address, read; a wrong value is said beside its field.

TextFilter    name=...                    words that can be printed, up to a length
ChoiceFilter  name=...                    one of a few
DayFilter     name=2026-11-23             a day of the books
DayRange      name_from=...&name_to=...   days, both included
NumberRange   name_from=...&name_to=...   whole numbers, both included
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from admin_web.spans import day_of
from admin_web.words import msg

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from admin_web.asked import Asked

#: Letters of a search: a name or a number, not a page.
TEXT_MAX: Final = 100

_NUMBER_DIGITS_MAX: Final = 15

NOT_A_DAY: Final = msg("Write the day as year, month and day, such as 2026-11-23.")
NOT_A_NUMBER: Final = msg("Write a whole number.")
NOT_ONE_OF_THESE: Final = msg("Choose one of the list.")
DAYS_REVERSED: Final = msg("The last day lies before the first.")
NUMBERS_REVERSED: Final = msg("The greatest number is less than the least.")
TOO_LONG: Final = msg("This is too long.")
NOT_PRINTABLE: Final = msg("There is something in it that cannot be printed.")


@dataclass(frozen=True, slots=True)
class Box:
    """One field as the template shows it: its name, label and type, what was written, and what is wrong."""

    name: str
    label: str
    kind: str
    written: str
    fault: str | None = None
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """What a filter found: its value (None: not set) and its boxes."""

    value: object
    boxes: tuple[Box, ...]

    @property
    def is_sound(self) -> bool:
        """Is nothing wrong?"""
        return all(box.fault is None for box in self.boxes)


class Filter(Protocol):
    """Reads its part of an address."""

    @property
    def name(self) -> str:
        """What its value is found by."""

    def read(self, asked: Asked) -> Read:
        """Read it."""


@dataclass(frozen=True, slots=True)
class TextFilter:
    """Words; None where nothing was written."""

    name: str
    label: str
    length_max: int = TEXT_MAX

    def read(self, asked: Asked) -> Read:
        """Read the words."""
        text = asked.first(self.name)
        if not text.isprintable():  # no database keeps a NUL, so none has to be asked for one
            return Read(None, (Box(self.name, self.label, "search", "", NOT_PRINTABLE),))
        fault = TOO_LONG if len(text) > self.length_max else None
        return Read(text or None, (Box(self.name, self.label, "search", text[: self.length_max], fault),))


@dataclass(frozen=True, slots=True)
class ChoiceFilter:
    """One of a few: ``choices`` are pairs of value and English sentence; nothing is all of them.

    ``usual`` is chosen where the address says nothing of it; "all" is then said by an empty value.
    """

    name: str
    label: str
    choices: tuple[tuple[str, str], ...]
    usual: str = ""

    def read(self, asked: Asked) -> Read:
        """Read the choice."""
        text = asked.first(self.name) if self.name in asked.query else self.usual
        known = not text or any(text == value for value, _ in self.choices)
        fault = None if known else NOT_ONE_OF_THESE
        return Read(
            text if text and known else None,
            (Box(self.name, self.label, "choice", text, fault, self.choices),),
        )


@dataclass(frozen=True, slots=True)
class DayFilter:
    """A day; where none is written, ``usual`` of what was asked."""

    name: str
    label: str
    usual: Callable[[Asked], date] | None = None

    def read(self, asked: Asked) -> Read:
        """Read the day."""
        text = asked.first(self.name)
        if not text:
            day = self.usual(asked) if self.usual else None
            return Read(day, (Box(self.name, self.label, "date", day.isoformat() if day else ""),))
        day = day_of(text)
        return Read(day, (Box(self.name, self.label, "date", text[:TEXT_MAX], None if day else NOT_A_DAY),))


@dataclass(frozen=True, slots=True)
class DayRange:
    """Days from one to another, both included: a pair, either of which may be None.

    ``usual`` gives the pair where neither is written, or None. ``may_be_open``: days that were taken out on
    purpose stay out.
    """

    name: str
    first_label: str
    last_label: str
    usual: Callable[[Asked], tuple[date, date] | None] | None = None
    may_be_open: bool = False

    def read(self, asked: Asked) -> Read:
        """Read both days."""
        written = asked.first(f"{self.name}_from"), asked.first(f"{self.name}_to")
        is_asked = self.may_be_open and f"{self.name}_from" in asked.query
        usual = None if any(written) or is_asked or self.usual is None else self.usual(asked)
        if usual is not None:
            written = usual[0].isoformat(), usual[1].isoformat()
        days = day_of(written[0]), day_of(written[1])
        faults = [
            NOT_A_DAY if text and day is None else None for text, day in zip(written, days, strict=True)
        ]
        if days[0] and days[1] and days[0] > days[1]:
            faults[1] = DAYS_REVERSED
        return Read(
            days, boxes_of_pair(self.name, "date", (self.first_label, self.last_label), written, faults)
        )


@dataclass(frozen=True, slots=True)
class NumberRange:
    """Whole numbers from one to another, both included: a pair, either of which may be None."""

    name: str
    least_label: str
    most_label: str

    def read(self, asked: Asked) -> Read:
        """Read both numbers."""
        written = asked.first(f"{self.name}_from"), asked.first(f"{self.name}_to")
        numbers = _number(written[0]), _number(written[1])
        faults = [
            NOT_A_NUMBER if text and number is None else None
            for text, number in zip(written, numbers, strict=True)
        ]
        if numbers[0] is not None and numbers[1] is not None and numbers[0] > numbers[1]:
            faults[1] = NUMBERS_REVERSED
        return Read(
            numbers, boxes_of_pair(self.name, "number", (self.least_label, self.most_label), written, faults)
        )


def read_all(filters: tuple[Filter, ...], asked: Asked) -> Mapping[str, Read]:
    """Read every filter of a list."""
    return {one.name: one.read(asked) for one in filters}


def boxes_of_pair(
    name: str, kind: str, labels: tuple[str, str], written: tuple[str, str], faults: list[str | None]
) -> tuple[Box, ...]:
    """Make the two boxes of a range; each pair holds what belongs to its two ends."""
    ends = zip(("from", "to"), labels, written, faults, strict=True)
    return tuple(
        Box(f"{name}_{end}", label, kind, text[:TEXT_MAX], fault) for end, label, text, fault in ends
    )


def _number(text: str) -> int | None:
    digits = text.removeprefix("-")
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= _NUMBER_DIGITS_MAX
    return int(text) if is_number else None
