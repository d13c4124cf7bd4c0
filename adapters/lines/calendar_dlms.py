"""A timetable as DLMS has it: activity calendar (class 20) and special days table (class 11).

    seasons   name, first day of twelve octets, name of its week
    weeks     name, day table of Monday … Sunday
    days      number, slots: begin of four octets, script, number of the tariff
    special   index, date of five octets, day table

IEC 62056-6-2, 4.5.3 and 4.5.4. What is read is compared by what counts at each minute, whatever a meter calls
its parts.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

from gateway.codecs.dlms.datum import (
    ARRAY,
    OCTET_STRING,
    STRUCTURE,
    UINT8,
    UINT16,
    Datum,
    array,
    octets,
    structure,
)
from gateway.core.timetable import plain_seasons, plain_slots

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.core.timetable import Days, Slots, Timetable

#: The script table that switches tariffs, which the standard names (0-0:10.0.100.255).
_TARIFF_SCRIPTS: Final = bytes.fromhex("00000a0064ff")
_EACH_YEAR: Final = b"\xff\xff"
_ANY: Final = b"\xff"
_MIDNIGHT: Final = bytes(4)
_NO_OFFSET: Final = bytes.fromhex("800000")
_MOMENT, _DATE, _TIME = 12, 5, 4
_SEASON, _WEEK, _DAY, _SLOT, _SPECIAL = 3, 8, 2, 3, 3
_HOURS, _MINUTES = 24, 60
_MONTHS, _MONTH_DAYS = range(1, 13), range(1, 32)


class NoCalendar(ValueError):  # noqa: N818 - what stands there is none
    """What the meter has is no calendar that could count, or one of another form."""


class Calendar(NamedTuple):
    """What counts by a calendar: by season, and each of its day tables by number."""

    rates: tuple[tuple[int, Days], ...]
    days: Mapping[int, Slots]


def written_seasons(timetable: Timetable) -> Datum:
    """Write the seasons; each has the week of ``written_weeks`` that it shares with others alike."""
    names = _week_names(timetable)
    rows = []
    for place, one in enumerate(timetable.seasons, 1):
        begins = _EACH_YEAR + bytes((one.month, one.day)) + _ANY + _MIDNIGHT + _NO_OFFSET
        rows.append(structure(octets(bytes((place,))), octets(begins), octets(names[one.week])))
    return array(*rows)


def written_weeks(timetable: Timetable) -> Datum:
    """Write the weeks, each once."""
    rows = []
    for week, name in _week_names(timetable).items():
        rows.append(structure(octets(name), *(Datum(UINT8, table) for table in week)))
    return array(*rows)


def written_days(timetable: Timetable) -> Datum:
    """Write the day tables."""
    return array(
        *(
            structure(Datum(UINT8, one.number), array(*(_slot(*slot) for slot in one.slots)))
            for one in timetable.days
        )
    )


def written_special(days: Iterable[tuple[bytes, int]]) -> Datum:
    """Write special days, each as its five octets and its day table."""
    rows = (
        structure(Datum(UINT16, index), octets(day), Datum(UINT8, table))
        for index, (day, table) in enumerate(days, 1)
    )
    return array(*rows)


def day_octets(day: date) -> bytes:
    """Write a date.

    >>> day_octets(date(2027, 2, 6)).hex()
    '07eb0206ff'
    """
    return day.year.to_bytes(2, "big") + bytes((day.month, day.day)) + _ANY


def read_calendar(seasons: Datum, weeks: Datum, days: Datum) -> Calendar:
    """Read a calendar; ``NoCalendar`` where its parts do not fit together."""
    tables = dict(_read_day(row) for row in _rows(days, _DAY))
    named = {_text(row[0]): tuple(_whole(part) for part in row[1:]) for row in _rows(weeks, _WEEK)}
    found = []
    for _, begins, week in _rows(seasons, _SEASON):
        said, name = _text(begins, _MOMENT), _text(week)
        if name not in named or said[2] not in _MONTHS or said[3] not in _MONTH_DAYS:
            raise NoCalendar("a season without its week, or without its day of the year")
        if not tables.keys() >= set(named[name]):
            raise NoCalendar("a week with a day that there is no table of")
        found.append((100 * said[2] + said[3], tuple(tables[table] for table in named[name])))
    if not found:
        raise NoCalendar("there are no seasons")
    return Calendar(plain_seasons(found), tables)


def read_special(found: Datum) -> list[tuple[bytes, int]]:
    """Read special days as their octets and their tables; ``NoCalendar`` where they are none."""
    return [(_text(day, _DATE), _whole(table)) for _, day, table in _rows(found, _SPECIAL)]


def date_in(day: bytes) -> date | None:
    """Read a date of one year; None for one of each year, or of a weekday."""
    try:
        return date(int.from_bytes(day[:2], "big"), day[2], day[3])
    except ValueError:
        return None


def _week_names(timetable: Timetable) -> dict[tuple[int, ...], bytes]:
    weeks = dict.fromkeys(one.week for one in timetable.seasons)
    return {week: bytes((place,)) for place, week in enumerate(weeks, 1)}


def _slot(minute: int, tariff: int) -> Datum:
    begins = bytes((minute // _MINUTES, minute % _MINUTES, 0, 0))
    return structure(octets(begins), octets(_TARIFF_SCRIPTS), Datum(UINT16, tariff))


def _read_day(row: tuple[Datum, ...]) -> tuple[int, Slots]:
    slots = []
    for begins, _, tariff in _rows(row[1], _SLOT):
        said = _text(begins, _TIME)
        if said[0] >= _HOURS or said[1] >= _MINUTES:
            raise NoCalendar("a slot that begins at no minute of the day")
        slots.append((_MINUTES * said[0] + said[1], _whole(tariff)))
    if not slots:
        raise NoCalendar("a day table without slots")
    return _whole(row[0]), plain_slots(slots)


def _rows(found: Datum, width: int) -> list[tuple[Datum, ...]]:
    rows = found.value if found.tag == ARRAY and isinstance(found.value, tuple) else None
    if rows is None:
        raise NoCalendar("a part that is no array")
    parts = [row.value for row in rows if row.tag == STRUCTURE and isinstance(row.value, tuple)]
    if len(parts) != len(rows) or any(len(part) != width for part in parts):
        raise NoCalendar(f"a row that has not {width} parts")
    return parts


def _text(found: Datum, size: int | None = None) -> bytes:
    if (
        found.tag != OCTET_STRING
        or not isinstance(found.value, bytes)
        or size not in (None, len(found.value))
    ):
        raise NoCalendar("a name or a moment that is no octets of its size")
    return found.value


def _whole(found: Datum) -> int:
    if type(found.value) is not int:
        raise NoCalendar("a number that is none")
    return found.value
