"""Writes a timetable into a meter of DLMS: the passive calendar, the special days, then the moment.

    look ──all there already──► nothing is written
      │
      ▼
    a moment that was set before is taken back: what is written is never half of what begins
      ▼
    passive calendar, special days ──► read back ──as written──► the moment, or (it is past) activate ──► look

Special days have no passive set, and count at once: so only those are written that lie behind the moment, and
the meter's own before it stay. A write is said once; whatever was answered, what is there is read.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from adapters.lines.calendar_dlms import (
    Calendar,
    NoCalendar,
    date_in,
    day_octets,
    read_calendar,
    read_special,
    written_days,
    written_seasons,
    written_special,
    written_weeks,
)
from adapters.lines.items_dlms import value_in
from adapters.lines.talk import in_meter_zone
from adapters.lines.timetable_steps import (
    begins_fully,
    check_fits,
    is_right_moment,
    is_soon,
    not_as_written,
    not_seen,
)
from gateway.codecs.dlms.classes import method, target
from gateway.codecs.dlms.datum import INT8, Datum, octets
from gateway.codecs.dlms.fault import PeerFault
from gateway.codecs.dlms.moment import read_moment, write_moment
from gateway.codecs.dlms.services import Asked
from gateway.core.contact import ContactFault, ContactWhy
from gateway.core.timetable_done import TimetableDone, TimetableSeen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.lines.talk_dlms import TalkDlms
    from gateway.codecs.dlms.services import Target
    from gateway.core.timetable import Slots, Timetable

_CALENDAR: Final = "activity calendar"
_PARTS: Final = ("season_profile", "week_profile_table", "day_profile_table")
_MOMENT: Final = target(_CALENDAR, "activate_passive_calendar_time")
_SPECIAL: Final = target("special days table", "entries")
_ACTIVATE: Final = method(_CALENDAR, "activate_passive_calendar")
_NO_MOMENT: Final = bytes.fromhex("ffffffffffffffffff800000")
_NAME_CHARS: Final = 8


class _Sight(NamedTuple):
    """What a meter has; None: it is no calendar. ``special`` is None where it has no such table."""

    active: Calendar | None
    passive: Calendar | None
    begins: datetime | None
    special: list[tuple[bytes, int]] | None


class TimetableDlms:
    """Timetables of one meter, in a conversation."""

    def __init__(self, talk: TalkDlms) -> None:
        self._talk = talk

    async def look(self, timetable: Timetable, switch_at: datetime) -> TimetableDone:
        """Say where the meter stands; ``ContactFault`` where that cannot be read."""
        return self._judge(await self._sight(), timetable, in_meter_zone(switch_at, self._talk.wanted))

    async def publish(self, timetable: Timetable, switch_at: datetime) -> TimetableDone:
        """Bring it in, to begin at a moment, or at once where that is past; nothing is written twice.

        ``ContactFault`` where nothing was written; in doubt, where nobody knows what is there now.
        """
        check_fits(timetable, self._talk.wanted.model)
        at = in_meter_zone(switch_at, self._talk.wanted)
        sight = await self._sight()
        known = self._judge(sight, timetable, at)
        is_whole = known.seen is TimetableSeen.ACTIVE
        if is_whole or (known.seen is TimetableSeen.PASSIVE and not self._counts(sight.active, timetable)):
            return known
        if sight.special is None and timetable.special_from(self._day_of(sight, timetable, at)):
            said = "the meter has no special days table, and these rates have some"
            raise ContactFault(ContactWhy.REFUSED, said)
        fault = await self._bring(sight, timetable, at)
        try:
            done = await self.look(timetable, switch_at)
        except ContactFault as unseen:
            raise not_seen(fault or unseen) from None
        if done.seen is TimetableSeen.NOT_THERE or fault is not None:
            return TimetableDone(done.seen, done.begins, fault or not_as_written())
        return done

    # Steps.

    async def _bring(self, sight: _Sight, timetable: Timetable, at: datetime) -> ContactFault | None:
        """Write what is not there; the fault of the first write that was not answered well."""
        if self._counts(sight.active, timetable):
            is_other = self._other_begins(sight, timetable)
            fault = await self._take_back() if is_other else None
            return fault or await self._set_special(sight, timetable, at)
        try:
            fault = await self._write(sight, timetable, at)
            if fault is None and not self._is_written(await self._sight(), timetable, at):
                fault = not_as_written()
        except ContactFault as unseen:
            return unseen
        return fault or await self._begin(at)

    async def _write(self, sight: _Sight, timetable: Timetable, at: datetime) -> ContactFault | None:
        if not self._counts(sight.passive, timetable):
            fault = await self._take_back() if sight.begins is not None else None
            for one, value in _passive(timetable):
                fault = fault or await self._set(one, value)
            if fault is not None:
                return fault
        return await self._set_special(sight, timetable, at)

    async def _set_special(self, sight: _Sight, timetable: Timetable, at: datetime) -> ContactFault | None:
        day = self._day_of(sight, timetable, at)
        calendar = self._to_count(sight, timetable)
        if self._has_special(sight, timetable, day, calendar):
            return None
        # Those of days that are over are left out, so that the table does not grow for ever.
        today = self._talk.wanted.now().date()
        kept = [one for one in sight.special or () if today <= (date_in(one[0]) or date.min) < day]
        numbers = {slots: number for number, slots in calendar.days.items()}
        ours = [(day_octets(one), numbers[slots]) for one, slots in timetable.special_from(day).items()]
        return await self._set(_SPECIAL, written_special(kept + ours))

    async def _take_back(self) -> ContactFault | None:
        """Take back a moment that was set, before the passive calendar is no whole one any more."""
        fault = await self._set(_MOMENT, octets(_NO_MOMENT))
        if fault is None and (await self._sight()).begins is not None:
            return not_as_written()
        return fault

    async def _begin(self, at: datetime) -> ContactFault | None:
        """Set the moment; where it is past, or almost, let the calendar begin at once."""
        if is_soon(at, self._talk.wanted.now()):
            return await self._talk.order(lambda client: client.act([_ACTIVATE], [Datum(INT8, 0)]))
        words = self._talk.wanted.model.dlms
        return await self._set(_MOMENT, octets(write_moment(at, with_deviation=words.moments_with_deviation)))

    async def _set(self, one: Target, value: Datum) -> ContactFault | None:
        return await self._talk.order(lambda client: client.set([Asked(one)], [value]))

    # What is there.

    async def _sight(self) -> _Sight:
        active, passive = (
            [target(_CALENDAR, f"{part}_{which}") for part in _PARTS] for which in ("active", "passive")
        )
        results = await self._talk.values([*active, *passive, _MOMENT, _SPECIAL])
        found = {one: value_in(results, one, "the meter's calendar") for one in (*active, *passive, _MOMENT)}
        try:
            special = read_special(value_in(results, _SPECIAL, "special days"))
        except NoCalendar:
            special = [(_NO_MOMENT[:5], 0)]
        except ContactFault as fault:
            if fault.why is not ContactWhy.REFUSED:
                raise
            special = None
        return _Sight(
            _calendar(*(found[one] for one in active)),
            _calendar(*(found[one] for one in passive)),
            self._moment(found[_MOMENT]),
            special,
        )

    def _moment(self, found: Datum) -> datetime | None:
        """Read when the passive calendar begins, as the meter's clock shows it; None: never."""
        ahead = (self._talk.wanted.now().utcoffset() or timedelta()) // timedelta(minutes=1)
        try:
            moment = read_moment(found.value if isinstance(found.value, bytes) else b"", ahead)
        except PeerFault:
            return None
        return in_meter_zone(moment.at, self._talk.wanted)

    def _judge(self, sight: _Sight, timetable: Timetable, at: datetime) -> TimetableDone:
        day = self._day_of(sight, timetable, at)
        if self._counts(sight.active, timetable):
            whole = self._has_special(sight, timetable, day, self._to_count(sight, timetable))
            whole = whole and not self._other_begins(sight, timetable)
            return TimetableDone(TimetableSeen.ACTIVE if whole else TimetableSeen.PASSIVE)
        is_due = is_right_moment(sight.begins, at, self._talk.wanted.now())
        if is_due and self._is_written(sight, timetable, at):
            return TimetableDone(TimetableSeen.PASSIVE, sight.begins)
        return TimetableDone(TimetableSeen.NOT_THERE)

    def _is_written(self, sight: _Sight, timetable: Timetable, at: datetime) -> bool:
        """Is all there that must be before the moment is set?"""
        if not self._counts(sight.passive, timetable):
            return False
        day = self._day_of(sight, timetable, at)
        return self._has_special(sight, timetable, day, self._to_count(sight, timetable))

    def _counts(self, calendar: Calendar | None, timetable: Timetable) -> bool:
        """Are the seasons the same, and has it a day table for each special day that is still to come?"""
        if calendar is None or calendar.rates != timetable.rates:
            return False
        special = timetable.special_from(self._talk.wanted.now().date())
        return set(special.values()) <= set(calendar.days.values())

    def _to_count(self, sight: _Sight, timetable: Timetable) -> Calendar:
        """Give the calendar that counts, or will: the meter's own, or ours as it is written."""
        for one in (sight.active, sight.passive):
            if one is not None and self._counts(one, timetable):
                return one
        return Calendar(
            timetable.rates, {one.number: timetable.slots_of(one.number) for one in timetable.days}
        )

    def _day_of(self, sight: _Sight, timetable: Timetable, at: datetime) -> date:
        """The day from which on special days must be there: today, once its moment is past and it counts."""
        now = self._talk.wanted.now()
        is_over = at <= now and self._counts(sight.active, timetable)
        return now.date() if is_over else begins_fully(max(at, now))

    def _other_begins(self, sight: _Sight, timetable: Timetable) -> bool:
        """Do other rates wait for their moment? They would take the place of these."""
        return sight.begins is not None and not self._counts(sight.passive, timetable)

    def _has_special(self, sight: _Sight, timetable: Timetable, day: date, by: Calendar) -> bool:
        """Has it the special days from a day on, by the tables that count then, and no other ones?"""
        found: dict[date, Slots | None] = {}
        for raw, table in sight.special or ():
            one = date_in(raw)
            if one is None or one in found:
                return False
            if one >= day:
                found[one] = by.days.get(table)
        return found == timetable.special_from(day)


def _passive(timetable: Timetable) -> Iterator[tuple[Target, Datum]]:
    """The parts of the passive calendar; its name is a digest, for whoever looks at the meter."""
    name = sha256(timetable.stored().encode()).hexdigest()[:_NAME_CHARS]
    yield target(_CALENDAR, "calendar_name_passive"), octets(name.encode())
    parts = (written_seasons(timetable), written_weeks(timetable), written_days(timetable))
    for part, value in zip(_PARTS, parts, strict=True):
        yield target(_CALENDAR, f"{part}_passive"), value


def _calendar(seasons: Datum, weeks: Datum, days: Datum) -> Calendar | None:
    try:
        return read_calendar(seasons, weeks, days)
    except NoCalendar:
        return None
