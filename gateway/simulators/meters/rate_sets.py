"""The rates that are set in a meter: two sets of them, which of them counts, and when the other one begins.

In DL/T 645 the year zones and the day tables of a set begin each at a moment of their own; in DLMS they
begin together. Special days and (DL/T 645) weekends have no second set: what is written of them counts at
once, by the day tables that count on that day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gateway.simulators.meters.tariff_times import TARIFFS, TariffTimes, whole_day

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from gateway.simulators.meters.tariff_times import Slots

#: DL/T 645-2007, 04000205.
SPECIAL_DAYS_MAX: Final = 254
#: 04000801: a bit for each day from Sunday on, 1 for a workday.
ALL_WORK: Final = 0x7F

_STATE: Final = "these are no rates of a house"
_YEAR: Final = 10_000


class RateSets:
    """Two sets: ``zones`` and ``tables`` say whose count, the others begin at ``…_at`` (None: never).

    ``special`` are (day as YYYYMMDD, day table), 0000 for each year; the first ``special_count`` count.
    ``weekend`` is the word of workdays, and the day table of the other days.
    """

    __slots__ = ("sets", "special", "special_count", "tables", "tables_at", "weekend", "zones", "zones_at")

    def __init__(self, times: TariffTimes) -> None:
        self.sets = (times, times)
        self.zones = self.tables = 0
        self.zones_at: int | None = None
        self.tables_at: int | None = None
        self.special: tuple[tuple[int, int], ...] = ()
        self.special_count = 0
        self.weekend = (ALL_WORK, 1)

    @property
    def moments(self) -> tuple[int, ...]:
        """Shown moments at which something of the other set begins."""
        return tuple(at for at in (self.zones_at, self.tables_at) if at is not None)

    def slots_on(self, day: datetime) -> Slots:
        """The slots of a day: a special day's, a weekend's, or the season's."""
        return whole_day(self.sets[self.tables].table(self._table_on(day)))

    def write(self, times: TariffTimes, place: int) -> None:
        """Write one of the two sets; what counts of it changes at once."""
        self.sets = (times, self.sets[1]) if place == 0 else (self.sets[0], times)

    def switch(self, at: int | None, shown: int) -> None:
        """Let all of the other set begin, at a shown moment or (None, or past) at once."""
        self.zones_at = self.tables_at = shown if at is None else at
        self.begin(shown)

    def stay(self) -> None:
        """Let the other set not begin."""
        self.zones_at = self.tables_at = None

    def begin_zones_at(self, at: int | None) -> None:
        """Let the zones of the other set begin at a shown moment; None: never."""
        self.zones_at = at

    def begin_tables_at(self, at: int | None) -> None:
        """Let the day tables of the other set begin at a shown moment; None: never."""
        self.tables_at = at

    def begin(self, shown: int) -> bool:
        """Let begin what is due; say whether something did."""
        is_zones = self.zones_at is not None and self.zones_at <= shown
        is_tables = self.tables_at is not None and self.tables_at <= shown
        if is_zones:
            self.zones, self.zones_at = 1 - self.zones, None
        if is_tables:
            self.tables, self.tables_at = 1 - self.tables, None
        return is_zones or is_tables

    def write_special(self, place: int, day: int, table: int) -> None:
        """Write the special day at a place, whether it counts or not."""
        found = [*self.special, *[(0, 0)] * (place + 1 - len(self.special))]
        found[place] = (day, table)
        self.special = tuple(found)

    def count_special(self, count: int) -> None:
        """Say how many of the special days count."""
        self.special_count = count

    def set_special(self, days: tuple[tuple[int, int], ...]) -> None:
        """Write all special days; they count."""
        self.special, self.special_count = days, len(days)

    def set_weekend(self, word: int, table: int) -> None:
        """Write which days are workdays, and the day table of the others."""
        self.weekend = (word, table)

    def plain(self) -> dict[str, Any]:
        """Give them in values that JSON has."""
        return {
            "times": [{"zones": each.zones, "tables": each.tables} for each in self.sets],
            "running": self.tables,
            "switch_at": self.tables_at,
            "zones_running": self.zones,
            "zones_switch_at": self.zones_at,
            "special": self.special,
            "special_count": self.special_count,
            "weekend": self.weekend,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take what ``plain`` gave; errors of the kinds that broken values make where it did not give it."""
        running = (state["zones_running"], state["running"])
        moments = (state["zones_switch_at"], state["switch_at"])
        is_moments = all(type(at) in {int, type(None)} for at in moments)
        if not is_moments or any(one not in {0, 1} for one in running):
            raise ValueError(_STATE)
        first, second = map(_times, state["times"])
        self.sets = (first, second)
        self.zones, self.tables = running
        self.zones_at, self.tables_at = moments
        self.special = tuple((int(day), int(table)) for day, table in state["special"])
        self.special_count = int(state["special_count"])
        word, table = map(int, state["weekend"])
        self.weekend = (word, table)
        if not 0 <= self.special_count <= SPECIAL_DAYS_MAX or len(self.special) > SPECIAL_DAYS_MAX:
            raise ValueError(_STATE)

    def _table_on(self, day: datetime) -> int:
        within = 100 * day.month + day.day
        for one, table in self.special[: self.special_count]:
            if one in (within, _YEAR * day.year + within):
                return table
        word, table = self.weekend
        if not word >> day.isoweekday() % 7 & 1:
            return table
        return self.sets[self.zones].week_on(day)[day.weekday()]


def _times(row: Mapping[str, Any]) -> TariffTimes:
    zones = tuple((int(day), _week(week)) for day, week in row["zones"])
    tables = tuple(tuple((int(minute), int(tariff)) for minute, tariff in slots) for slots in row["tables"])
    if any(not 1 <= tariff <= TARIFFS for slots in tables for _, tariff in slots):
        raise ValueError(_STATE)
    return TariffTimes(zones, tables)


def _week(days: list[int]) -> tuple[int, int, int, int, int, int, int]:
    monday, tuesday, wednesday, thursday, friday, saturday, sunday = map(int, days)
    return monday, tuesday, wednesday, thursday, friday, saturday, sunday
