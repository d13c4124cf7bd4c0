"""What a meter of DL/T 645-2007 has of rates: read as it stands, and held against a timetable."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from adapters.lines import tables645 as t645
from adapters.lines.timetable_steps import LEAST_AHEAD_MIN, begins_fully, is_right_moment
from gateway.codecs.dlt645.timetable import TABLES_MAX
from gateway.core.contact import ContactFault, ContactWhy
from gateway.core.timetable import SPECIAL_DAYS_MAX, plain_seasons
from gateway.core.timetable_done import TimetableDone, TimetableSeen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.lines.tables645 import Holiday, Placed, Zones
    from adapters.lines.talk645 import Talk645
    from gateway.core.timetable import Slots, Timetable

ZONES_AT, TABLES_AT = "04000106", "04000107"
HOLIDAYS: Final = "04000205"
WORKDAYS, REST_TABLE = "04000801", "04000802"
_DATE, _TIME, _STATUS = "04000101", "04000102", "04000503"
#: Bits of status word 3: which set of day tables, and of year zones, counts (DL/T 645-2007, annex C).
_TABLE_SET, _ZONE_SET = 0, 5


class Sight(NamedTuple):
    """What a meter has: its own time, which sets count, moments, zones and day tables of both sets.

    ``rest`` is the word of workdays and the day table of the others; ``holidays`` is None where it has none.
    """

    now: datetime
    zone_set: int
    table_set: int
    moments: dict[str, datetime | None]
    zones: tuple[Zones, Zones]
    tables: tuple[dict[int, Slots], dict[int, Slots]]
    rest: tuple[int, int]
    holidays: list[Holiday] | None

    @property
    def active(self) -> tuple[Zones, Mapping[int, Slots]]:
        """What counts."""
        return self.zones[self.zone_set], self.tables[self.table_set]

    @property
    def passive(self) -> tuple[Zones, Mapping[int, Slots]]:
        """What may begin."""
        return self.zones[1 - self.zone_set], self.tables[1 - self.table_set]

    @property
    def is_still(self) -> bool:
        """Will nothing begin by itself?"""
        return not any(self.moments.values())

    @property
    def begins(self) -> datetime | None:
        """When both begin; None where not both do, or not together."""
        first, last = self.moments.values()
        return first if first == last else None


class Sight645:
    """Looks at one meter, in a conversation."""

    def __init__(self, talk: Talk645) -> None:
        self._talk = talk

    async def all(self, timetable: Timetable) -> Sight:
        """Read it all; ``ContactFault`` where that cannot be read, or there is no second set."""
        now = await self._now()
        zone_set, table_set = await self.sets()
        moments = {di: await self.moment(di) for di in (ZONES_AT, TABLES_AT)}
        rest, holidays = await self._rest(), await self._holidays()
        zones = tuple([t645.zones_in(await self._must(f"040{one}0000")) for one in (1, 2)])
        beside = {one.table for one in holidays or () if one.day is not None and one.day >= now.date()}
        beside |= {rest[1]} - {0}
        tables: tuple[dict[int, Slots], dict[int, Slots]] = ({}, {})
        for of_zones, of_tables in ((zone_set, table_set), (1 - zone_set, 1 - table_set)):
            tables[of_tables].update(await self._tables(of_tables, zones[of_zones], beside, timetable))
        return Sight(now, zone_set, table_set, moments, (zones[0], zones[1]), tables, rest, holidays)

    async def _tables(
        self, one: int, zones: Zones, beside: set[int], timetable: Timetable
    ) -> dict[int, Slots]:
        """Read the day tables of a set that are named; where they count as ours, all until ours are found."""
        found: dict[int, Slots] = {}
        for number in sorted({table for _, table in zones} | beside):
            await self._add_table(found, one, number)
        ours = t645.slots_used(timetable)
        if _seasons_in(zones, found) != t645.seasons_of(timetable):
            return found
        for number in range(1, TABLES_MAX + 1):
            if number not in found and not ours <= set(found.values()):
                await self._add_table(found, one, number)
        return found

    async def _add_table(self, found: dict[int, Slots], one: int, number: int) -> None:
        text = await self.text(f"040{one + 1}00{number:02X}")
        if text is not None:
            found[number] = t645.slots_in(text)

    async def is_second(self, sight: Sight, placed: Placed) -> bool:
        """Is the second set as it must be before it may begin?"""
        zones, _ = sight.passive
        tables = sight.tables[1 - sight.table_set]
        if plain_seasons(zones) != plain_seasons(placed.zones):
            return False
        for number in placed.tables:
            if number not in tables:
                await self._add_table(tables, 1 - sight.table_set, number)
        return all(tables.get(number) == slots for number, slots in placed.tables.items())

    async def _now(self) -> datetime:
        """The meter's own time; ours where it says none."""
        ours = self._talk.wanted.now()
        said = f"{(await self.text(_DATE) or '')[:6]}{await self.text(_TIME)}"
        try:
            return datetime.strptime(said, "%y%m%d%H%M%S").replace(tzinfo=ours.tzinfo)
        except ValueError:
            return ours

    async def sets(self) -> tuple[int, int]:
        """Which set of year zones, and which of day tables, counts."""
        word = await self._must(_STATUS)
        try:
            bits = int(word, 16)
        except ValueError:
            raise ContactFault(ContactWhy.GARBLED, f"status word 3 is {word[:8]!r}") from None
        return bits >> _ZONE_SET & 1, bits >> _TABLE_SET & 1

    async def moment(self, di: str) -> datetime | None:
        """Read when something begins; None: never."""
        try:
            at = datetime.strptime(await self._must(di), "%y%m%d%H%M")  # noqa: DTZ007 - it gets the meter's zone
        except ValueError:
            return None
        return at.replace(tzinfo=self._talk.wanted.now().tzinfo)

    async def _rest(self) -> tuple[int, int]:
        word, table = await self.text(WORKDAYS), await self.text(REST_TABLE)
        try:
            return int(word or "", 16) & t645.ALL_WORK, int(table or "")
        except ValueError:
            return t645.ALL_WORK, 0

    async def _holidays(self) -> list[Holiday] | None:
        count = await self.text(HOLIDAYS)
        if count is None or not count.isdecimal():
            return None
        places = range(1, min(int(count), SPECIAL_DAYS_MAX) + 1)
        return [t645.holiday_in(await self.text(f"040300{place:02X}") or "") for place in places]

    async def text(self, di: str) -> str | None:
        """What stands behind an identifier; None where the meter has it not. ``ContactFault``: not read."""
        found = await self._talk.read([di])
        if found.read:
            return found.read[0].text
        fault = found.missing[0][1]
        if fault.why is ContactWhy.REFUSED:
            return None
        raise fault

    async def _must(self, di: str) -> str:
        text = await self.text(di)
        if text is None:
            raise ContactFault(ContactWhy.REFUSED, f"the meter has no {di}, and so no second set of rates")
        return text


def judge(sight: Sight, timetable: Timetable, at: datetime) -> TimetableDone:
    """Say where a meter stands with a timetable that is to begin at a moment."""
    is_full = has_holidays(sight, timetable, at)
    if holds(sight.active, timetable):
        stays = sight.is_still or holds(sight.passive, timetable)
        is_whole = stays and is_full and has_rest(sight, timetable)
        return TimetableDone(TimetableSeen.ACTIVE if is_whole else TimetableSeen.PASSIVE)
    is_due = is_right_moment(sight.begins, at, sight.now)
    if is_due and is_full and holds(sight.passive, timetable):
        return TimetableDone(TimetableSeen.PASSIVE, sight.begins)
    return TimetableDone(TimetableSeen.NOT_THERE)


def holds(a_set: tuple[Zones, Mapping[int, Slots]], timetable: Timetable) -> bool:
    """Does a set count as the timetable, with a day table for each weekend and special day?"""
    zones, tables = a_set
    if _seasons_in(zones, tables) != t645.seasons_of(timetable):
        return False
    return t645.slots_used(timetable) <= set(tables.values())


def has_rest(sight: Sight, timetable: Timetable) -> bool:
    """Has it the weekend that is to count?"""
    word, slots = t645.rest_of(timetable)
    return sight.rest[0] == word and (slots is None or sight.active[1].get(sight.rest[1]) == slots)


def has_holidays(sight: Sight, timetable: Timetable, at: datetime) -> bool:
    """Has it the special days that must be there by now, by the tables that count then, and no other ones?"""
    first = first_day(sight, timetable, at)
    _, tables = sight.active if holds(sight.active, timetable) else sight.passive
    found: dict[date, Slots | None] = {}
    for one in sight.holidays or ():
        if one.day is not None and one.day >= first:
            if one.day in found:
                return False
            found[one.day] = tables.get(one.table)
    return found == timetable.special_from(first)


def first_day(sight: Sight, timetable: Timetable, at: datetime) -> date:
    """The day from which on holidays must be there: today, once its moment is past and it counts."""
    if at <= sight.now and holds(sight.active, timetable):
        return sight.now.date()
    soonest = sight.now + timedelta(minutes=LEAST_AHEAD_MIN)
    return begins_fully(max(at, soonest))


def _seasons_in(zones: Zones, tables: Mapping[int, Slots]) -> tuple[tuple[int, Slots | None], ...]:
    return plain_seasons((day, tables.get(table)) for day, table in zones)
