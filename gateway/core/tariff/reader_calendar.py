"""Reads a tariff's calendar and the hours of its zones; overlaps and gaps are refused with their path."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final

from gateway.core.tariff.calendar import Calendar, Clock
from gateway.core.tariff.field import (
    REMARKS,
    TariffFault,
    choice,
    known_keys,
    listed,
    record,
    rows_of,
    word_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_SEASONS_MAX: Final = 24
"""Most changes of season in a year: two a month, more than any published calendar has."""

_HOLIDAYS_MAX: Final = 400
"""Most holidays of a calendar: some twenty a year for twenty years ahead."""

_SPANS_MAX: Final = 48
"""Most spans of a day's zones: a meter's clock switches each half hour at the most."""

_DAY_MINUTES: Final = 24 * 60
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY: Final = re.compile(r"(?:([0-9]{4})-)?([0-9]{2})-([0-9]{2})")
_HOUR: Final = re.compile(r"([0-9]{2}):([0-9]{2})")
_LEAP_YEAR: Final = 2024
"""A day of every year is looked up in a leap year, so that 29 February is one."""


def read_calendar(value: object) -> Calendar | None:
    """Read ``calendar``: seasons, day types, holidays; None where there is none."""
    if value is None:
        return None
    fields = record(value, "calendar")
    known_keys(fields, "calendar", {"seasons", "day_types", "holidays"} | REMARKS)
    day_types = _day_types(fields.get("day_types"))
    return Calendar(_seasons(fields), day_types, _holidays(fields, day_types))


def _seasons(fields: Mapping[str, object]) -> tuple[tuple[tuple[int, int], str], ...]:
    seasons: dict[tuple[int, int], str] = {}
    for path, row in rows_of(fields, "seasons", "calendar", _SEASONS_MAX):
        known_keys(row, path, {"name", "from"} | REMARKS)
        _, month, day = day_of_year(row.get("from"), f"{path}.from")
        if (month, day) in seasons:
            raise TariffFault(f"{path}.from", "two seasons begin on this day")
        seasons[month, day] = word_of(row.get("name"), f"{path}.name")
    return tuple(sorted(seasons.items()))


def _day_types(value: object) -> tuple[str, ...]:
    """Read {type: [weekdays]}; each weekday has one type."""
    if value is None:
        return ()
    of_day: dict[str, str] = {}
    for name, days in record(value, "calendar.day_types").items():
        path = f"calendar.day_types.{word_of(name, 'calendar.day_types')}"
        for number, day in enumerate(listed(days, path, len(_WEEKDAYS))):
            weekday = choice(day, f"{path}[{number}]", _WEEKDAYS)
            if weekday in of_day:
                raise TariffFault(f"{path}[{number}]", f"{weekday} is of the type {of_day[weekday]} already")
            of_day[weekday] = name
    lacking = [day for day in _WEEKDAYS if day not in of_day]
    if lacking:
        raise TariffFault("calendar.day_types", f"no type for {', '.join(lacking)}")
    return tuple(of_day[day] for day in _WEEKDAYS)


def _holidays(fields: Mapping[str, object], day_types: tuple[str, ...]) -> dict[tuple[int, int, int], str]:
    holidays: dict[tuple[int, int, int], str] = {}
    for path, row in rows_of(fields, "holidays", "calendar", _HOLIDAYS_MAX):
        known_keys(row, path, {"date", "as"} | REMARKS)
        if not day_types:
            raise TariffFault(path, "a holiday is a day of another type: name the types in day_types")
        day = day_of_year(row.get("date"), f"{path}.date")
        if day in holidays:
            raise TariffFault(f"{path}.date", "this day stands here twice")
        # A type of its own is welcome: prices must then be given for it as for any other.
        holidays[day] = word_of(row.get("as"), f"{path}.as")
    return holidays


def day_of_year(value: object, path: str) -> tuple[int, int, int]:
    """Read ``MM-DD`` (year 0) or ``YYYY-MM-DD``."""
    match = _DAY.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise TariffFault(path, 'must be a day, such as "07-01" or "2026-07-01"')
    year, month, day = int(match[1] or 0), int(match[2]), int(match[3])
    try:
        date(year or _LEAP_YEAR, month, day)
    except ValueError:
        raise TariffFault(path, "is no day of the calendar") from None
    return year, month, day


def whole_day(value: object, path: str) -> date:
    """Read ``YYYY-MM-DD``."""
    year, month, day = day_of_year(value, path)
    if not year:
        raise TariffFault(path, "must name the year too")
    return date(year, month, day)


def read_clock(zones: Mapping[str, Mapping[str, object]], path: str) -> Clock | None:
    """Read the zones' hours: each ``from`` and ``to``, or ``hours`` as a list of both; None: no hours at all.

    A span that ends before it begins goes over midnight. A zone may have no hours: it is the rest of the day.
    """
    spans = [span for name, zone in zones.items() for span in _spans(name, zone, f"{path}.{name}")]
    if not spans:
        return None
    resting = [name for name in zones if all(name != owner for _, _, owner, _ in spans)]
    if len(resting) > 1:
        raise TariffFault(f"{path}.{resting[1]}", f"has no hours, and {resting[0]} is the rest of the day")
    minute, found = 0, []
    for first, last, name, place in _in_order(spans):
        if first < minute:
            raise TariffFault(place, "overlaps another zone: zones cover the 24 hours once")
        if first > minute:
            if not resting:
                raise TariffFault(place, "there is a gap before this span: zones cover the 24 hours once")
            found.append((minute, resting[0]))
        found.append((first, name))
        minute = last
    if minute != _DAY_MINUTES:
        if not resting:
            raise TariffFault(path, "the zones leave the end of the day out: they cover the 24 hours once")
        found.append((minute, resting[0]))
    return Clock(tuple(found))


def _in_order(spans: list[tuple[int, int, str, str]]) -> list[tuple[int, int, str, str]]:
    """Cut spans that go over midnight in two, and sort all of them."""
    cut = []
    for start, end, name, place in spans:
        ends = [(start, end)] if start < end else [(start, _DAY_MINUTES), (0, end)]
        cut += [(first, last, name, place) for first, last in ends if first < last]
    return sorted(cut)


def _spans(name: str, zone: Mapping[str, object], path: str) -> list[tuple[int, int, str, str]]:
    if "hours" in zone:
        found = []
        for number, span in enumerate(listed(zone["hours"], f"{path}.hours", _SPANS_MAX)):
            place = f"{path}.hours[{number}]"
            match listed(span, place, 2):
                case (start, end):
                    found.append((_minute(start, f"{place}[0]"), _minute(end, f"{place}[1]"), name, place))
                case _:
                    raise TariffFault(place, "must be the two ends of a span")
        return found
    if "from" not in zone and "to" not in zone:
        return []
    start, end = _minute(zone.get("from"), f"{path}.from"), _minute(zone.get("to"), f"{path}.to")
    return [(start, end, name, f"{path}.from")]


def _minute(value: object, path: str) -> int:
    match = _HOUR.fullmatch(value) if isinstance(value, str) else None
    minute = int(match[1]) * 60 + int(match[2]) if match else -1
    if match is None or int(match[2]) >= 60 or minute > _DAY_MINUTES:  # noqa: PLR2004 - minutes of an hour
        raise TariffFault(path, 'must be a time of the day, such as "07:30"; the end of a day is "24:00"')
    return minute
