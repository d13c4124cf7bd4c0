"""Time of use in a meter: year zones name a day table, day tables name a tariff (DL/T 645-2007, annex A.5).

    year zones  04010000   MMDDNN × 14    from this day on, day table NN
    day tables  04010001…8 hhmmNN × 14    from this time on, tariff NN
    second set  04020000…8                is written while the first serves; 04000106 and …07 say when it does

A meter has as many rows as 04000201 to 04000204 say. What is written is read back before its day comes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from gateway.codecs.dlt645.fault import PeerFault, ValueFault

if TYPE_CHECKING:
    from collections.abc import Callable

#: 04000201 and 04000203: year zones of a set, and slots of a day.
ROWS_MAX: Final = 14
#: 04000202: day tables of a set.
TABLES_MAX: Final = 8
#: 04000204.
TARIFFS_MAX: Final = 63

_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_HOUR_MINUTES: Final = 60
_DAY_MINUTES: Final = 24 * _HOUR_MINUTES

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True, order=True)
class YearZone:
    """From this day of each year on, days are as this day table says."""

    month: int
    day: int
    table: int

    def __post_init__(self) -> None:
        """Refuse a day that is in no year, and a table that no meter has."""
        if not 1 <= self.month <= len(_DAYS) or not 1 <= self.day <= _DAYS[self.month - 1]:
            raise ValueFault("a year zone begins on a day of a year")
        if not 1 <= self.table <= TABLES_MAX:
            raise ValueFault(f"day tables are 1 to {TABLES_MAX}")

    @property
    def digits(self) -> str:
        """MMDDNN, as the format ``year_zone`` writes it."""
        return f"{self.month:02d}{self.day:02d}{self.table:02d}"


@dataclass(frozen=True, slots=True, order=True)
class DaySlot:
    """From this minute of the day on, this tariff."""

    minute: int
    tariff: int

    def __post_init__(self) -> None:
        """Refuse a minute that is in no day, and a tariff that no meter has."""
        if not 0 <= self.minute < _DAY_MINUTES:
            raise ValueFault("a slot begins at a minute of the day")
        if not 1 <= self.tariff <= TARIFFS_MAX:
            raise ValueFault(f"tariffs are 1 to {TARIFFS_MAX}")

    @property
    def digits(self) -> str:
        """HhmmNN, as the format ``day_slot`` writes it."""
        return f"{self.minute // _HOUR_MINUTES:02d}{self.minute % _HOUR_MINUTES:02d}{self.tariff:02d}"


def table_values(rows: list[YearZone] | list[DaySlot]) -> list[str]:
    """Give the rows as values for ``Item.encode``. ``ValueFault`` unless they are 1 to 14, in order."""
    if not 1 <= len(rows) <= ROWS_MAX:
        raise ValueFault(f"a table has 1 to {ROWS_MAX} rows")
    starts = [row.digits[:4] for row in rows]
    if sorted(set(starts)) != starts:
        raise ValueFault("rows of a table begin one after the other")
    return [row.digits for row in rows]


def read_year_zones(values: list[str]) -> list[YearZone]:
    """Read year zones from decoded values; ``PeerFault`` at the row that is none."""
    return _rows(values, YearZone)


def read_day_slots(values: list[str]) -> list[DaySlot]:
    """Read slots of a day from decoded values; ``PeerFault`` at the row that is none."""
    return _rows(values, _slot)


def _slot(hour: int, minute: int, tariff: int) -> DaySlot:
    if minute >= _HOUR_MINUTES:
        raise ValueFault("there is no such minute")
    return DaySlot(_HOUR_MINUTES * hour + minute, tariff)


def _rows(values: list[str], row: Callable[[int, int, int], _Row]) -> list[_Row]:
    rows = []
    for at, text in enumerate(values):
        try:
            first, second, last = (int(text[place : place + 2]) for place in (0, 2, 4))
            rows.append(row(first, second, last))
        except ValueError as fault:
            raise PeerFault("row of a table", 3 * at, str(fault)) from None
    return rows
