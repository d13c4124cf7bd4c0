"""Writes a timetable into a meter of DL/T 645-2007: the second set, holidays, then the two moments.

    look ──all there already──► nothing is written
      │
      ▼
    moments that were set before are taken back, the zones' first
      ▼
    day tables, zones, holidays ──► read back ──as written──► 04000107 ──read back──► 04000106 ──► look

Where only the day tables begin (the line ended before 04000106 was written) nothing changes: see
``tables645``. A weekend has no second set, and is written once the rates count; until then they are not all
there. A write is said once; whatever was answered, what is there is read.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from adapters.lines import tables645 as t645
from adapters.lines.sight645 import (
    HOLIDAYS,
    REST_TABLE,
    TABLES_AT,
    WORKDAYS,
    ZONES_AT,
    Sight645,
    first_day,
    has_holidays,
    has_rest,
    holds,
    judge,
)
from adapters.lines.talk import in_meter_zone
from adapters.lines.timetable_steps import (
    LEAST_AHEAD_MIN,
    check_fits,
    is_soon,
    not_as_written,
    not_seen,
)
from gateway.codecs.dlt645.timetable import ROWS_MAX, TABLES_MAX, TARIFFS_MAX
from gateway.core.contact import ContactFault, ContactWhy
from gateway.core.timetable_done import TimetableDone, TimetableSeen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from adapters.lines.sight645 import Sight
    from adapters.lines.tables645 import Placed
    from adapters.lines.talk645 import Talk645
    from gateway.core.timetable import Slots, Timetable

#: Where a meter says how many zones, day tables, slots and tariffs it is set to, and the most of each.
_MOST: Final = {"04000201": ROWS_MAX, "04000202": TABLES_MAX, "04000203": ROWS_MAX, "04000204": TARIFFS_MAX}
_NEVER: Final = "0000000000"


class _Second(NamedTuple):
    """What the second set must hold, and how many rows its tables have."""

    placed: Placed
    zone_rows: int
    slot_rows: int


class Timetable645:
    """Timetables of one meter, in a conversation."""

    def __init__(self, talk: Talk645) -> None:
        self._talk = talk
        self._sight = Sight645(talk)

    async def look(self, timetable: Timetable, switch_at: datetime) -> TimetableDone:
        """Say where the meter stands; ``ContactFault`` where that cannot be read."""
        at = in_meter_zone(switch_at, self._talk.wanted)
        return judge(await self._sight.all(timetable), timetable, at)

    async def publish(self, timetable: Timetable, switch_at: datetime) -> TimetableDone:
        """Bring it in, to begin at a moment, or in some minutes where that is past; nothing is written twice.

        ``ContactFault`` where nothing was written; in doubt, where nobody knows what is there now.
        """
        check_fits(timetable, self._talk.wanted.model)
        self._talk.check_may_write()
        at = in_meter_zone(switch_at, self._talk.wanted)
        sight = await self._sight.all(timetable)
        known, counts = judge(sight, timetable, at), holds(sight.active, timetable)
        if known.seen is TimetableSeen.ACTIVE or (known.seen is TimetableSeen.PASSIVE and not counts):
            return known
        if sight.holidays is None and timetable.special_from(sight.now.date()):
            said = "the meter has no holidays (04000205), and these rates have some"
            raise ContactFault(ContactWhy.REFUSED, said)
        second = None if counts else await self._second(sight, timetable, at)
        fault: ContactFault | None = None
        try:
            if second is None:
                fault = await self._finish(sight, timetable, at)
            else:
                fault = await self._bring(sight, second, timetable, at)
            done = await self.look(timetable, switch_at)
        except ContactFault as unseen:
            raise not_seen(fault or unseen) from None
        if done.seen is TimetableSeen.NOT_THERE:
            fault = fault or not_as_written()
        return TimetableDone(done.seen, done.begins, fault)

    # Steps.

    async def _second(self, sight: Sight, timetable: Timetable, at: datetime) -> _Second:
        """Say what the second set must be, and what it is; ``ContactFault`` where the meter has no room."""
        zones, tables = sight.active
        used = {table for _, table in zones} | {
            table for table in (sight.rest[1],) if sight.rest[0] != t645.ALL_WORK
        }
        today, first = sight.now.date(), first_day(sight, timetable, at)
        used |= {
            one.table for one in sight.holidays or () if one.day is not None and today <= one.day < first
        }
        placed = t645.placed(timetable, {number: tables[number] for number in used if number in tables})
        zone_rows, table_rows, slot_rows, tariffs = [await self._count(di) for di in _MOST]
        longest = max(map(len, placed.numbers))
        highest = max(tariff for slots in placed.numbers for _, tariff in slots)
        for what, has, most in (
            ("year zones", len(placed.zones), zone_rows),
            ("day tables", max(placed.tables), table_rows),
            ("slots of a day", longest, slot_rows),
            ("tariffs", highest, tariffs),
        ):
            if has > most:
                said = f"the meter is set to {most} {what}, and with these rates it needs {has}"
                raise ContactFault(ContactWhy.REFUSED, f"{said}; cure: 04000201 to 04000204 of the meter")
        return _Second(placed, zone_rows, slot_rows)

    async def _bring(
        self, sight: Sight, second: _Second, timetable: Timetable, at: datetime
    ) -> ContactFault | None:
        """Write what is not there; give the fault of the first write that was not answered well."""
        is_there = await self._sight.is_second(sight, second.placed)
        if not is_there or sight.moments[ZONES_AT] is not None:
            fault = await self._take_back(sight)
            if fault is not None:
                return fault
        if not is_there:
            fault = await self._write_second(sight, second)
            if fault is not None:
                return fault
        fault = await self._write_holidays(sight, timetable, second.placed.numbers, at)
        if fault is not None:
            return fault
        after = await self._sight.all(timetable)
        is_same = (after.zone_set, after.table_set) == (sight.zone_set, sight.table_set)
        is_whole = (
            is_same and await self._sight.is_second(after, second.placed) and after.moments[ZONES_AT] is None
        )
        if not is_whole or not has_holidays(after, timetable, at):
            return not_as_written()
        return await self._begin(after.now, at)

    async def _begin(self, now: datetime, at: datetime) -> ContactFault | None:
        """Set the moments: the zones' only once the day tables' was seen."""
        if is_soon(at, now):
            at = now.replace(second=0, microsecond=0) + timedelta(minutes=LEAST_AHEAD_MIN + 1)
        text = f"{at:%y%m%d%H%M}"
        fault = await self._talk.put(TABLES_AT, text)
        if fault is None and await self._sight.text(TABLES_AT) != text:
            fault = not_as_written()
        return fault or await self._talk.put(ZONES_AT, text)

    async def _finish(self, sight: Sight, timetable: Timetable, at: datetime) -> ContactFault | None:
        """Write what has no second set, now that the rates count."""
        fault = None
        if not sight.is_still and not holds(sight.passive, timetable):
            fault = await self._take_back(sight)
        numbers = {slots: number for number, slots in sight.active[1].items()}
        if fault is None and at <= sight.now and not has_rest(sight, timetable):
            word, slots = t645.rest_of(timetable)
            fault = await self._write_rest(sight.rest, word, 0 if slots is None else numbers[slots])
        return fault or await self._write_holidays(sight, timetable, numbers, at)

    async def _write_rest(self, there: tuple[int, int], word: int, table: int) -> ContactFault | None:
        """Write the weekend; while its day table is another's, no day has it."""
        writes: list[tuple[str, str]] = []
        if table and table != there[1]:
            if there[0] != t645.ALL_WORK:
                writes.append((WORKDAYS, f"{t645.ALL_WORK:02X}"))
            writes.append((REST_TABLE, str(table)))
        return await self._put((*writes, (WORKDAYS, f"{word:02X}")))

    async def _write_second(self, sight: Sight, second: _Second) -> ContactFault | None:
        _, tables = sight.passive
        prefix = f"040{2 - sight.table_set}00"
        writes = [
            (f"{prefix}{number:02X}", t645.slots_words(slots, second.slot_rows))
            for number, slots in sorted(second.placed.tables.items())
            if tables.get(number) != slots
        ]
        zones = (f"040{2 - sight.zone_set}0000", t645.zones_words(second.placed.zones, second.zone_rows))
        return await self._put((*writes, zones))

    async def _write_holidays(
        self, sight: Sight, timetable: Timetable, numbers: Mapping[Slots, int], at: datetime
    ) -> ContactFault | None:
        """Write holidays at their places; those behind the last one count once all of them stand there."""
        there, first = sight.holidays or [], first_day(sight, timetable, at)
        wanted = {day: numbers[slots] for day, slots in timetable.special_from(first).items()}
        writes = t645.holidays_to_write(there, wanted, sight.now.date(), first)
        most = max(writes, default=0)
        counted = [(HOLIDAYS, str(most))] if most > len(there) else []
        return await self._put(
            (*((f"0403{0:02X}{place:02X}", text) for place, text in writes.items()), *counted)
        )

    async def _take_back(self, sight: Sight) -> ContactFault | None:
        """Take back what was to begin, and see that nothing began meanwhile."""
        set_before = [di for di, at in sight.moments.items() if at is not None]
        fault = await self._put((di, _NEVER) for di in set_before)
        if fault is not None or not set_before:
            return fault
        sets, moments = await self._sight.sets(), [await self._sight.moment(di) for di in set_before]
        is_still = sets == (sight.zone_set, sight.table_set) and not any(moments)
        return None if is_still else not_as_written()

    async def _put(self, writes: Iterable[tuple[str, str]]) -> ContactFault | None:
        for di, text in writes:
            fault = await self._talk.put(di, text)
            if fault is not None:
                return fault
        return None

    async def _count(self, di: str) -> int:
        """How many of something a meter is set to; one that does not say it has as many as the standard."""
        said = await self._sight.text(di)
        return int(said) if said is not None and said.isdecimal() else _MOST[di]
