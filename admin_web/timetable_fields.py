"""A timetable as a person types it, and back: a line for each season, day table and special day.

seasons        04-01: 2            all days of the week have day table 2
10-01: 1 1 1 1 1 3 3    Monday to Sunday
day tables     1: 00:00 4, 07:00 2     from midnight tariff 4, from seven tariff 2
special days   2027-02-06 3
2027-02-06..2027-02-12 3    each day from one to the other
"""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from admin_web.fields import Field
from admin_web.words import msg
from gateway.core.timetable import SPECIAL_DAYS_MAX, TARIFFS_MAX, TIMETABLE_CHARS_MAX, WEEK_LENGTH, time_text

if TYPE_CHECKING:
    from admin_web.forms import Filled
    from gateway.core.timetable import Timetable

TARIFFS: Final = Field(
    "tariffs",
    msg("Number of tariffs"),
    "count",
    hint=msg("Tariffs are 1 to this number. Most meters have four."),
    heading=msg("Rates"),
    length_max=len(str(TARIFFS_MAX)),
)
DAYS: Final = Field(
    "days",
    msg("Day tables"),
    "lines",
    hint=msg(
        "One on each line: its number, then from which time on which tariff counts, such as "
        "1: 00:00 4, 07:00 2, 22:00 4"
    ),
    length_max=4_000,
)
SEASONS: Final = Field(
    "seasons",
    msg("Seasons"),
    "lines",
    hint=msg(
        "One on each line: the month and day on which it begins, then the day tables of Monday to Sunday, "
        "such as 10-01: 1 1 1 1 1 2 2; one number for all days."
    ),
    length_max=1_000,
)
SPECIAL: Final = Field(
    "special_days",
    msg("Special days"),
    "lines",
    hint=msg(
        "Holidays and workdays between them, one on each line: 2027-01-01 2, or 2027-02-06..2027-02-12 2 for "
        "several. Those before the moment are left as the meter has them."
    ),
    is_required=False,
    length_max=TIMETABLE_CHARS_MAX // 4,
)

NOT_DAYS: Final = msg("Write each day table as 1: 00:00 4, 07:00 2 on a line of its own, each number once.")
NOT_SEASONS: Final = msg("Write each season as 10-01: 1 1 1 1 1 2 2 or 10-01: 1 on a line of its own.")
NOT_SPECIAL: Final = msg(
    "Write each special day as 2027-01-01 2, or 2027-02-06..2027-02-12 2, on a line of its own, no day twice."
)

_DAY: Final = re.compile(r"([1-9][0-9]?): *(.+)")
_SLOT: Final = re.compile(r"([0-9]{1,2}:[0-9]{2}) +([0-9]{1,2})")
_SEASON: Final = re.compile(r"([0-9]{2}-[0-9]{2}): *([0-9]+(?: +[0-9]+)*)")
_DATE: Final = r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
_SPECIAL: Final = re.compile(rf"{_DATE}(?: *\.\. *{_DATE})? *:? +([0-9]+)")


class _Unread(ValueError):  # noqa: N818 - the fault of what was typed
    """A line that is not of its form."""


def typed(timetable: Timetable) -> dict[str, str]:
    """Give a timetable as it is typed, by field."""
    return {
        "tariffs": str(timetable.tariffs),
        "days": "\n".join(
            f"{one.number}: " + ", ".join(f"{time_text(minute)} {tariff}" for minute, tariff in one.slots)
            for one in timetable.days
        ),
        "seasons": "\n".join(
            f"{one.month:02d}-{one.day:02d}: " + " ".join(map(str, _week(one.week)))
            for one in timetable.seasons
        ),
        "special_days": "\n".join(f"{one.day} {one.table}" for one in timetable.special_days),
    }


def body_in(filled: Filled) -> tuple[Filled, str]:
    """Read what was typed as the body of a version: the form with what is wrong, or the body behind it."""
    table: dict[str, Any] = {"tariffs": filled.optional("tariffs", int)}
    for name, read, wrong in (
        ("days", _days, NOT_DAYS),
        ("seasons", _seasons, NOT_SEASONS),
        ("special_days", _special, NOT_SPECIAL),
    ):
        text = filled.optional(name, str) or ""
        try:
            table[name] = read([line for line in text.split("\n") if line.strip()])
        except _Unread:
            filled = filled.refused(wrong, name)
    return filled, json.dumps(table) if filled.is_sound else ""


def field_of(detail: str) -> str | None:
    """Say which field a refusal of the body is about, by the path that it begins with."""
    found = re.match(r"[a-z_]+", detail)
    return found[0] if found and found[0] in {"tariffs", "days", "seasons", "special_days"} else None


def _days(lines: list[str]) -> dict[str, list[list[object]]]:
    found: dict[str, list[list[object]]] = {}
    for line in lines:
        day = _DAY.fullmatch(line.strip())
        slots = [_SLOT.fullmatch(part.strip()) for part in day[2].split(",")] if day else []
        if day is None or day[1] in found or not all(slots):
            raise _Unread
        found[day[1]] = [[slot[1].rjust(5, "0"), int(slot[2])] for slot in slots if slot]
    return found


def _seasons(lines: list[str]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for line in lines:
        season = _SEASON.fullmatch(line.strip())
        if season is None:
            raise _Unread
        week = [int(table) for table in season[2].split()]
        found.append({"from": season[1], "week": week * WEEK_LENGTH if len(week) == 1 else week})
    return found


def _special(lines: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in lines:
        special = _SPECIAL.fullmatch(line.strip())
        if special is None:
            raise _Unread
        for day in _span(special[1], special[2] or special[1]):
            if day in found:
                raise _Unread
            found[day] = int(special[3])
    return dict(sorted(found.items()))


def _span(first: str, last: str) -> list[str]:
    try:
        begins, ends = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        raise _Unread from None
    days = (ends - begins).days + 1
    if not 1 <= days <= SPECIAL_DAYS_MAX:
        raise _Unread
    return [(begins + timedelta(days=number)).isoformat() for number in range(days)]


def _week(week: tuple[int, ...]) -> tuple[int, ...]:
    return week[:1] if len(set(week)) == 1 else week
