"""The tariff's calendar: seasons, day types, holidays, and the zones of a day.

Seasons are named by their first day; the last one of a year goes on over New Year. A day is of the type that
its weekday has, unless a holiday says otherwise. Zones cover all 24 hours once.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which season and which type a day has.

    ``seasons`` are ((month, day), name) in the year's order; ``day_types`` the type of each weekday, Monday
    first (() where all days are alike). ``holidays`` name single days (yyyy, mm, dd), or days of every year
    (0, mm, dd), and their type.
    """

    seasons: tuple[tuple[tuple[int, int], str], ...] = ()
    day_types: tuple[str, ...] = ()
    holidays: Mapping[tuple[int, int, int], str] | None = None

    def season(self, day: date) -> str:
        """Name the season of a day; "" where there are none."""
        if not self.seasons:
            return ""
        begun = bisect_right(self.seasons, (day.month, day.day), key=lambda season: season[0])
        return self.seasons[begun - 1][1]  # before the first one of the year the last one still lasts

    def day_type(self, day: date) -> str:
        """Name the type of a day; "" where there are none."""
        if not self.day_types:
            return ""
        holidays = self.holidays or {}
        own = holidays.get((day.year, day.month, day.day), holidays.get((0, day.month, day.day)))
        return self.day_types[day.weekday()] if own is None else own

    @property
    def season_names(self) -> tuple[str, ...]:
        """Each season once; ("",) where there are none."""
        return tuple(dict.fromkeys(name for _, name in self.seasons)) or ("",)

    @property
    def day_type_names(self) -> tuple[str, ...]:
        """Each day type once; ("",) where there are none."""
        return tuple(dict.fromkeys((*self.day_types, *(self.holidays or {}).values()))) or ("",)


@dataclass(frozen=True, slots=True)
class Clock:
    """The zones of one day: (first minute of the day, name), the first one at minute 0."""

    zones: tuple[tuple[int, str], ...]

    def zone(self, moment: datetime) -> str:
        """Name the zone of a local moment."""
        minute = moment.hour * 60 + moment.minute
        return self.zones[bisect_right(self.zones, minute, key=lambda zone: zone[0]) - 1][1]
