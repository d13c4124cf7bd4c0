"""Which tariff counts when: a year of zones, each with a day table, each with slots. Set twice in a meter.

The first set counts while the second is written; which of them counts, and when, ``rate_sets`` knows.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

TARIFFS: Final = 4
"""T1 to T4; a meter of DL/T 645 could have 63, and nobody sells by more than four."""

DAY_TABLES: Final = 8
_DAY_MIN: Final = 1440
_MONTH: Final = 100

#: (minute of the day, tariff) in their order.
Slots = tuple[tuple[int, int], ...]
#: Day tables of Monday to Sunday.
Week = tuple[int, int, int, int, int, int, int]
#: (month × 100 + day, the week from then on) in their order.
Zones = tuple[tuple[int, Week], ...]

ALL_DAY: Final[Slots] = ((0, 1),)
#: Night, morning, the evening's peak, evening: what a meter has when nobody has said anything else.
SAME_ALL_WEEK: Final[Week] = (1, 1, 1, 1, 1, 1, 1)
USUAL: Final[Slots] = ((0, 4), (360, 3), (480, 2), (1080, 1), (1320, 3))


@dataclass(frozen=True, slots=True)
class TariffTimes:
    """One set: year zones, and day tables 1 to 8 (the first at place 0; a table without slots counts T1)."""

    zones: Zones = ((101, SAME_ALL_WEEK),)
    tables: tuple[Slots, ...] = (USUAL,)

    def table(self, number: int) -> Slots:
        """The day table of a number, without slots where there is none."""
        return self.tables[number - 1] if 1 <= number <= len(self.tables) else ()

    def with_table(self, number: int, slots: Slots) -> TariffTimes:
        """The same with another day table."""
        tables = [*self.tables, *[()] * (number - len(self.tables))]
        tables[number - 1] = slots
        return TariffTimes(self.zones, tuple(tables))

    def with_zones(self, zones: Zones) -> TariffTimes:
        """The same with other year zones."""
        return TariffTimes(zones, self.tables)

    def week_on(self, day: datetime) -> Week:
        """The week of a day's season. Before the first zone of a year counts the last one."""
        if not self.zones:
            return SAME_ALL_WEEK
        at = bisect_right(self.zones, day.month * _MONTH + day.day, key=lambda zone: zone[0]) - 1
        return self.zones[at][1]


def whole_day(slots: Slots) -> Slots:
    """The slots of a whole day. Before its first slot counts what counts in the evening."""
    found = slots or ALL_DAY
    return found if found[0][0] == 0 else ((0, found[-1][1]), *found)


def same_all_week(table: int) -> Week:
    """A week whose days are all as one table says."""
    return (table,) * 7


def slot_at(slots: Slots, minute: int) -> tuple[int, int]:
    """Give the tariff of a minute, and the minute at which it ends."""
    at = bisect_right(slots, (minute, TARIFFS + 1)) - 1
    ends = slots[at + 1][0] if at + 1 < len(slots) else _DAY_MIN
    return slots[at][1], ends
