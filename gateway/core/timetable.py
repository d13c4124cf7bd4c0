"""A timetable of rates, as meters hold it: which tariff counts at which minute of which day.

    seasons       from this day of each year on, a day table for each day of the week
    day tables    from this minute of the day on, this tariff
    special days  a day of a year (a holiday, a workday between) with a day table of its own

    {"tariffs": 2,
     "seasons": [{"from": "01-01", "week": [1, 1, 1, 1, 1, 2, 2]}],
     "days": {"1": [["00:00", 2], ["06:00", 1], ["22:00", 2]], "2": [["00:00", 2]]},
     "special_days": {"2027-01-01": 2}}

Before the first season of a year counts the last one, as before the first slot of a day counts its last one.
Two timetables by which each minute has the same tariff are equal in what counts (``rates``), whatever their
tables are called: a meter is read back so.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Limits of DL/T 645-2007, annex A.5: no meter holds more. A model says what it holds (``timetable_limits``).
SEASONS_MAX: Final = 14
DAY_TABLES_MAX: Final = 8
SLOTS_MAX: Final = 14
TARIFFS_MAX: Final = 63
SPECIAL_DAYS_MAX: Final = 254

TIMETABLE_CHARS_MAX: Final = 32_768
"""Characters of a timetable as it is kept: the fullest one has some 7,000."""

YEARS: Final = range(2000, 2100)
"""Years of special days, and of switch moments: meters keep two digits of them."""

DAY_MINUTES: Final = 1440
WEEK_LENGTH: Final = 7

_MONTH_DAYS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_NEW_YEAR: Final = 101
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_MONTH_DAY: Final = re.compile(r"([0-9]{2})-([0-9]{2})")
_NUMBER: Final = re.compile(r"[1-9][0-9]?")

#: (minute of the day, tariff), the first at 0, no two neighbours of the same tariff.
Slots = tuple[tuple[int, int], ...]
#: Slots of Monday to Sunday.
Days = tuple[Slots, ...]
_Counts = TypeVar("_Counts")


class TimetableFault(ValueError):  # noqa: N818 - the fault of what was written
    """What was written is no timetable: ``path`` is the field, ``why`` says what it must be."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}" if path else why)
        self.path = path
        self.why = why


@dataclass(frozen=True, slots=True, order=True)
class Season:
    """From this day of each year on; ``week`` are the day tables of Monday to Sunday."""

    month: int
    day: int
    week: tuple[int, ...]


@dataclass(frozen=True, slots=True, order=True)
class DayTable:
    """From each minute of the day on, the tariff that stands beside it."""

    number: int
    slots: Slots


@dataclass(frozen=True, slots=True, order=True)
class SpecialDay:
    """One day of one year that is as a day table says, whatever its season and its day of the week."""

    day: date
    table: int


@dataclass(frozen=True, slots=True)
class Timetable:
    """A whole timetable, in order; tariffs are 1 to ``tariffs``. ``TimetableFault`` says what is wrong."""

    tariffs: int
    seasons: tuple[Season, ...]
    days: tuple[DayTable, ...]
    special_days: tuple[SpecialDay, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what no meter could count by."""
        _within("tariffs", self.tariffs, TARIFFS_MAX)
        _check_tables(self.days, self.tariffs)
        numbers = {one.number for one in self.days}
        _check_seasons(self.seasons, numbers)
        _check_special(self.special_days, numbers)

    @property
    def rates(self) -> tuple[tuple[int, Days], ...]:
        """What counts, by season: (month × 100 + day, slots of each day of the week), the first at 101."""
        return plain_seasons(
            (100 * one.month + one.day, tuple(self.slots_of(table) for table in one.week))
            for one in self.seasons
        )

    def special_from(self, day: date) -> dict[date, Slots]:
        """What counts on the special days from one day on; those before are over, or none of ours."""
        return {one.day: self.slots_of(one.table) for one in self.special_days if one.day >= day}

    def counts_as(self, other: Timetable) -> bool:
        """Has each minute the same tariff by the other's seasons? Special days are compared by themselves."""
        return self.rates == other.rates

    def slots_of(self, table: int) -> Slots:
        """The slots of a day table, made plain: the first at 0, and none that changes nothing."""
        slots = next(one.slots for one in self.days if one.number == table)
        return plain_slots(slots)

    def stored(self) -> str:
        """Write it as it is kept; ``timetable_read`` reads it."""
        kept: dict[str, Any] = {
            "tariffs": self.tariffs,
            "seasons": [
                {"from": f"{one.month:02d}-{one.day:02d}", "week": list(one.week)} for one in self.seasons
            ],
            "days": {
                str(one.number): [[time_text(minute), tariff] for minute, tariff in one.slots]
                for one in self.days
            },
            "special_days": {one.day.isoformat(): one.table for one in self.special_days},
        }
        return json.dumps(kept, separators=(",", ":"))


def plain_slots(slots: Iterable[tuple[int, int]]) -> Slots:
    """Make slots of a day plain: in order, the first at 0, and none that changes nothing.

    >>> plain_slots([(360, 1), (480, 1), (1320, 2)])
    ((0, 2), (360, 1), (1320, 2))
    """
    found = sorted(slots)
    if found[0][0] != 0:
        found.insert(0, (0, found[-1][1]))
    return tuple(one for place, one in enumerate(found) if place == 0 or one[1] != found[place - 1][1])


def plain_seasons(seasons: Iterable[tuple[int, _Counts]]) -> tuple[tuple[int, _Counts], ...]:
    """Make seasons (month × 100 + day, what counts) plain: the first at 101, and none that changes nothing.

    >>> plain_seasons([(301, "summer"), (601, "summer"), (1101, "winter")])
    ((101, 'winter'), (301, 'summer'), (1101, 'winter'))
    """
    found = sorted(seasons, key=lambda one: one[0])
    if found and found[0][0] != _NEW_YEAR:
        found.insert(0, (_NEW_YEAR, found[-1][1]))
    return tuple(one for place, one in enumerate(found) if place == 0 or one[1] != found[place - 1][1])


def time_text(minute: int) -> str:
    """Write a minute of the day.

    >>> time_text(390)
    '06:30'
    """
    return f"{minute // 60:02d}:{minute % 60:02d}"


def timetable_read(text: str) -> Timetable:
    """Read a timetable as it is kept or sent in; ``TimetableFault`` names the field and what it must be."""
    if len(text) > TIMETABLE_CHARS_MAX:
        raise TimetableFault("", f"it is longer than {TIMETABLE_CHARS_MAX} characters")
    try:
        table = json.loads(text)
    except (ValueError, RecursionError):
        raise TimetableFault("", "it is no JSON") from None
    if not isinstance(table, dict):
        _refuse("", "it is an object of tariffs, seasons, days and special_days")
    unknown = sorted(set(table) - {"tariffs", "seasons", "days", "special_days"})
    if unknown:
        _refuse(str(unknown[0])[:40], "there is no such field; cure: tariffs, seasons, days, special_days")
    return Timetable(
        _whole("tariffs", table.get("tariffs")),
        tuple(_season(f"seasons[{place}]", one) for place, one in enumerate(_list("seasons", table))),
        tuple(sorted(_day_table(key, one) for key, one in _object("days", table).items())),
        tuple(sorted(_special(key, one) for key, one in _object("special_days", table).items())),
    )


def _check_tables(days: tuple[DayTable, ...], tariffs: int) -> None:
    if not 1 <= len(days) <= DAY_TABLES_MAX:
        _refuse("days", f"a timetable has 1 to {DAY_TABLES_MAX} day tables")
    if [one.number for one in days] != sorted({one.number for one in days}):
        _refuse("days", "day tables stand in the order of their numbers, each once")
    for one in days:
        path = f"days.{one.number}"
        _within(path, one.number, DAY_TABLES_MAX)
        if not 1 <= len(one.slots) <= SLOTS_MAX:
            _refuse(path, f"a day table has 1 to {SLOTS_MAX} slots")
        starts = [minute for minute, _ in one.slots]
        if starts != sorted(set(starts)) or not 0 <= starts[0] <= starts[-1] < DAY_MINUTES:
            _refuse(path, "slots begin one after the other, from 00:00 to 23:59")
        for minute, tariff in one.slots:
            if not 1 <= tariff <= tariffs:
                _refuse(
                    f"{path}, {time_text(minute)}", f"there is no tariff {tariff}; tariffs: 1 to {tariffs}"
                )


def _check_seasons(seasons: tuple[Season, ...], numbers: set[int]) -> None:
    if not 1 <= len(seasons) <= SEASONS_MAX:
        _refuse("seasons", f"a timetable has 1 to {SEASONS_MAX} seasons")
    for place, one in enumerate(seasons):
        path = f"seasons[{place}]"
        if not 1 <= one.month <= len(_MONTH_DAYS) or not 1 <= one.day <= _MONTH_DAYS[one.month - 1]:
            _refuse(f"{path}.from", "a season begins on a day that is in each year, such as 03-01")
        if len(one.week) != WEEK_LENGTH:
            _refuse(f"{path}.week", "a week has the day tables of Monday to Sunday: seven")
        _check_known(f"{path}.week", one.week, numbers)
    begins = [(one.month, one.day) for one in seasons]
    if begins != sorted(set(begins)):
        _refuse("seasons", "seasons begin one after the other, in the order of the year")


def _check_special(special: tuple[SpecialDay, ...], numbers: set[int]) -> None:
    if len(special) > SPECIAL_DAYS_MAX:
        _refuse("special_days", f"a timetable has {SPECIAL_DAYS_MAX} special days at most")
    if [one.day for one in special] != sorted({one.day for one in special}):
        _refuse("special_days", "special days stand in their order, each once")
    for one in special:
        if one.day.year not in YEARS:
            _refuse(f"special_days.{one.day}", f"its year is from {YEARS[0]} to {YEARS[-1]}")
        _check_known(f"special_days.{one.day}", (one.table,), numbers)


def _check_known(path: str, tables: Iterable[int], numbers: set[int]) -> None:
    for table in tables:
        if table not in numbers:
            known = ", ".join(map(str, sorted(numbers)))
            _refuse(path, f"there is no day table {table}; days: {known}")


def _within(path: str, value: int, most: int) -> None:
    if not 1 <= value <= most:
        _refuse(path, f"it is from 1 to {most}")


def _season(path: str, one: object) -> Season:
    if not isinstance(one, dict) or set(one) != {"from", "week"}:
        _refuse(path, 'a season is {"from": "MM-DD", "week": [day tables of Monday to Sunday]}')
    begins = _MONTH_DAY.fullmatch(one["from"]) if isinstance(one["from"], str) else None
    if begins is None:
        _refuse(f"{path}.from", "it is a month and a day as MM-DD")
    week = one["week"]
    if not isinstance(week, list):
        _refuse(f"{path}.week", "it is the list of the day tables of Monday to Sunday")
    return Season(int(begins[1]), int(begins[2]), tuple(_whole(f"{path}.week", table) for table in week))


def _day_table(key: str, rows: object) -> DayTable:
    path = f"days.{key[:40]}"
    if not _NUMBER.fullmatch(key):
        _refuse(path, f"day tables are named by numbers from 1 to {DAY_TABLES_MAX}")
    if not isinstance(rows, list):
        _refuse(path, 'it is a list of slots such as ["06:00", 2]')
    return DayTable(int(key), tuple(_slot(f"{path}[{place}]", row) for place, row in enumerate(rows)))


def _slot(path: str, row: object) -> tuple[int, int]:
    is_pair = isinstance(row, list) and len(row) == 2 and isinstance(row[0], str)  # noqa: PLR2004 - when, what
    found = _TIME.fullmatch(row[0]) if is_pair and isinstance(row, list) else None
    if found is None or not isinstance(row, list):
        _refuse(path, 'a slot is its beginning and its tariff, such as ["06:00", 2]')
    return 60 * int(found[1]) + int(found[2]), _whole(path, row[1])


def _special(key: str, table: object) -> SpecialDay:
    path = f"special_days.{key[:40]}"
    try:
        day = date.fromisoformat(key)
    except ValueError:
        _refuse(path, "a special day is a date as YYYY-MM-DD")
    if day.isoformat() != key:
        _refuse(path, "a special day is a date as YYYY-MM-DD")
    return SpecialDay(day, _whole(path, table))


def _whole(path: str, value: object) -> int:
    if type(value) is not int:
        _refuse(path, "a whole number goes there")
    return value


def _list(name: str, table: Mapping[str, object]) -> list[object]:
    found = table.get(name)
    if not isinstance(found, list):
        _refuse(name, "it is a list")
    return found


def _object(name: str, table: Mapping[str, object]) -> dict[str, object]:
    found = table.get(name, {})
    if not isinstance(found, dict):
        _refuse(name, "it is an object")
    return found


def _refuse(path: str, why: str) -> NoReturn:
    raise TimetableFault(path, why)
