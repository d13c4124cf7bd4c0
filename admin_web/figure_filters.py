"""Filters of a list for amounts and moments, as people write them; see ``filters.py``.

MoneyRange    name_from=12.50&name_to=100             money of the utility's currency, as minor units
EnergyRange   name_from=12.5&name_to=100              kWh, as watt-hours
MomentRange   name_from=2026-11-23T12:00&name_to=...  local minutes, both included, as UTC microseconds
MeterFilter   name=07000000016                        a meter's number in any of its forms, as the long one
NumberFilter  name=12                                 a whole number
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from admin_web.fields import NOT_AN_AMOUNT, NOT_ENERGY
from admin_web.filters import NOT_A_NUMBER, NUMBERS_REVERSED, TEXT_MAX, Box, Read, boxes_of_pair
from admin_web.spans import civil_of
from admin_web.typed import typed_count, typed_energy, typed_money
from admin_web.words import msg
from gateway.core.meter_number import MeterNumber, MeterNumberFault
from gateway.core.timeline import microseconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from admin_web.asked import Asked

NOT_A_MOMENT: Final = msg("Write the day and the time, such as 2026-11-23T12:00.")
MOMENTS_REVERSED: Final = msg("The last moment lies before the first.")

#: What is written is a whole minute, and the last one counts.
_MINUTE_US: Final = 60_000_000


@dataclass(frozen=True, slots=True)
class MoneyRange:
    """Amounts from one to another, both included, in minor units: a pair, either of which may be None."""

    name: str
    least_label: str
    most_label: str

    def read(self, asked: Asked) -> Read:
        """Read both amounts."""
        labels = self.least_label, self.most_label
        return _read(asked, self.name, ("text", labels), (_money, NOT_AN_AMOUNT, NUMBERS_REVERSED))


@dataclass(frozen=True, slots=True)
class EnergyRange:
    """Energy from one figure to another, both included, in Wh: a pair, either of which may be None."""

    name: str
    least_label: str
    most_label: str

    def read(self, asked: Asked) -> Read:
        """Read both figures."""
        labels = self.least_label, self.most_label
        return _read(asked, self.name, ("text", labels), (_energy, NOT_ENERGY, NUMBERS_REVERSED))


@dataclass(frozen=True, slots=True)
class MomentRange:
    """Minutes of the reader's zone: the first moment, and the first one behind; either may be None."""

    name: str
    first_label: str
    last_label: str

    def read(self, asked: Asked) -> Read:
        """Read both minutes."""
        labels = self.first_label, self.last_label
        found = _read(asked, self.name, ("datetime-local", labels), (_moment, NOT_A_MOMENT, MOMENTS_REVERSED))
        first, last = found.value if isinstance(found.value, tuple) else (None, None)
        return Read((first, None if last is None else last + _MINUTE_US), found.boxes)


@dataclass(frozen=True, slots=True)
class MeterFilter:
    """A meter's number of 11, 13 or 18 digits, as the long one; what is wrong with a mistyped one is said."""

    name: str
    label: str

    def read(self, asked: Asked) -> Read:
        """Read the number."""
        text = asked.first(self.name)
        pan, fault = meter_number(text)
        return Read(pan, (Box(self.name, self.label, "search", text[:TEXT_MAX], fault),))


@dataclass(frozen=True, slots=True)
class NumberFilter:
    """A whole number of 0 or more."""

    name: str
    label: str

    def read(self, asked: Asked) -> Read:
        """Read the number."""
        text = asked.first(self.name)
        number = typed_count(text, asked)
        fault = NOT_A_NUMBER if text and number is None else None
        return Read(number, (Box(self.name, self.label, "search", text[:TEXT_MAX], fault),))


def meter_number(text: str) -> tuple[str | None, str | None]:
    """Read a meter's number: its long form, or what is wrong with it; neither where nothing is written."""
    if not text:
        return None, None
    try:
        return MeterNumber.parse(text).pan, None
    except MeterNumberFault as fault:
        return None, fault.why.value


def _read(
    asked: Asked,
    name: str,
    shape: tuple[str, tuple[str, str]],
    reading: tuple[Callable[[str, Asked], int | None], str, str],
) -> Read:
    """Read a pair; ``shape`` is the boxes' kind and labels, ``reading`` reads one and names what is wrong."""
    (kind, labels), (read, fault, reversed_) = shape, reading
    written = asked.first(f"{name}_from"), asked.first(f"{name}_to")
    figures = tuple(read(text, asked) if text else None for text in written)
    faults = [
        fault if text and figure is None else None for text, figure in zip(written, figures, strict=True)
    ]
    first, last = figures
    if first is not None and last is not None and first > last:
        faults[1] = reversed_
    return Read((first, last), boxes_of_pair(name, kind, labels, written, faults))


def _money(text: str, asked: Asked) -> int | None:
    money = typed_money(text, asked)
    return None if money is None else money.minor


def _energy(text: str, asked: Asked) -> int | None:
    energy = typed_energy(text, asked)
    return None if energy is None else energy.wh


def _moment(text: str, asked: Asked) -> int | None:
    """Read a local minute; one that comes twice, when clocks are put back, is the first of both."""
    local = civil_of(text)
    return None if local is None else microseconds(local.replace(tzinfo=asked.shown.zone))
