"""What a model of meters can hold of a timetable, and why it cannot hold one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.core.timetable import Timetable


class Weeks(Enum):
    """How a meter tells the days of a week from each other."""

    NONE = "none"
    """All days of a season are alike."""
    WEEKEND = "weekend"
    """Some days of the week, in all seasons the same, have one day table (DL/T 645: 04000801 and …02)."""
    ANY = "any"


class Weekend(NamedTuple):
    """Days of the week (Monday is 0) that have one day table in all seasons."""

    days: frozenset[int]
    table: int


@dataclass(frozen=True, slots=True)
class TimetableLimits:
    """How many of each a model holds."""

    seasons: int
    days: int
    slots: int
    tariffs: int
    special_days: int
    weeks: Weeks


def misfit(timetable: Timetable, limits: TimetableLimits) -> str:
    """Say why a model cannot hold it; "" where it can."""
    return next(_misfits(timetable, limits), "")


def _misfits(timetable: Timetable, limits: TimetableLimits) -> Iterator[str]:
    longest = max(len(one.slots) for one in timetable.days)
    tariff = max(tariff for one in timetable.days for _, tariff in one.slots)
    for what, has, most in (
        ("seasons", len(timetable.seasons), limits.seasons),
        ("day tables", len(timetable.days), limits.days),
        ("slots of a day", longest, limits.slots),
        ("special days", len(timetable.special_days), limits.special_days),
    ):
        if has > most:
            yield f"it holds {most} {what}, and this timetable has {has}"
    if tariff > limits.tariffs:
        yield f"it has tariffs 1 to {limits.tariffs}, and this timetable counts tariff {tariff}"
    if limits.weeks is Weeks.ANY:
        return
    ordinary = [frozenset(one.week) for one in timetable.seasons]
    if limits.weeks is Weeks.NONE and any(len(tables) > 1 for tables in ordinary):
        yield "all days of its week are alike, and those of this timetable are not"
    if limits.weeks is Weeks.WEEKEND and weekend_of(timetable) is None:
        yield (
            "it has one day table for its weekends, the same in all seasons, and one for the other days of a "
            "season; cure: make the weeks so"
        )


def weekend_of(timetable: Timetable) -> Weekend | None:
    """Split weeks into a weekend, which all seasons share, and the other days; None where they do not split.

    A timetable without a weekend has one of no days.
    """
    uneven = [one.week for one in timetable.seasons if len(set(one.week)) > 1]
    if not uneven:
        return Weekend(frozenset(), 0)
    week = uneven[0]
    # The fewer days are the weekend: two rest days, and not five workdays.
    for table in sorted(set(week), key=lambda one: (week.count(one), one)):
        days = frozenset(day for day, one in enumerate(week) if one == table)
        if _splits(timetable, days, table):
            return Weekend(days, table)
    return None


def _splits(timetable: Timetable, days: frozenset[int], table: int) -> bool:
    for season in timetable.seasons:
        others = {one for day, one in enumerate(season.week) if day not in days}
        if len(others) != 1 or any(season.week[day] != table for day in days):
            return False
    return True
