"""A timetable as DL/T 645-2007 has it: year zones, day tables, weekends and holidays, and at which numbers.

    year zones   04010000, 04020000     MMDDNN: from this day on, day table NN of the set that counts
    day tables   04010001…8, 04020001…8
    weekend      04000801 (a bit for each day from Sunday on, 1 is a workday), 04000802 its day table
    holidays     04030001…FE, YYMMDDNN; 04000205 says how many of them count

The zones of the second set begin at 04000106, its day tables at 04000107: two writes, and the line may end
between them. So new rates never take the number of a day table that counts now with other slots: those stand
in the second set as they are. Where only the day tables begin, all is as it was before.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

from gateway.codecs.dlt645.fault import PeerFault
from gateway.codecs.dlt645.timetable import TABLES_MAX, DaySlot, YearZone, read_day_slots, read_year_zones
from gateway.core.contact import ContactFault, ContactWhy
from gateway.core.timetable import plain_seasons, plain_slots
from gateway.core.timetable_limits import weekend_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gateway.core.timetable import Slots, Timetable

ALL_WORK: Final = 0x7F
"""The word of workdays that has no weekend."""

#: (month × 100 + day, day table) in their order.
Zones = tuple[tuple[int, int], ...]

_CENTURY: Final = 2000
_SUNDAY: Final = 6
_NOTHING: Final = "-"
_WEEK: Final = 7
_NO_DAY: Final = "00010101"
"""A holiday that is long over: what stands at a place that is not wanted any more."""


class Holiday(NamedTuple):
    """A holiday at its place; ``day`` is None where nobody has written one."""

    day: date | None
    table: int


class Placed(NamedTuple):
    """A timetable with the numbers that its day tables have in one meter.

    ``tables`` is all that the second set must hold: ours, and those that count now. ``numbers`` are ours.
    """

    zones: Zones
    tables: Mapping[int, Slots]
    numbers: Mapping[Slots, int]


def zones_in(words: str) -> Zones:
    """Read year zones; rows that say the last one again, or nothing, fill a table up."""
    try:
        found = read_year_zones(_rows(words))
    except PeerFault as fault:
        raise ContactFault(ContactWhy.GARBLED, f"year zones: {fault}") from None
    return tuple(dict.fromkeys((100 * one.month + one.day, one.table) for one in found))


def slots_in(words: str) -> Slots:
    """Read a day table."""
    try:
        found = read_day_slots(_rows(words))
    except PeerFault as fault:
        raise ContactFault(ContactWhy.GARBLED, f"day table: {fault}") from None
    if not found:
        raise ContactFault(ContactWhy.GARBLED, "a day table without slots")
    return plain_slots({(one.minute, one.tariff) for one in found})


def holiday_in(text: str) -> Holiday:
    """Read a holiday; what is no date is none."""
    try:
        day = date(_CENTURY + int(text[:2]), int(text[2:4]), int(text[4:6]))
        return Holiday(day, int(text[6:8]))
    except ValueError:
        return Holiday(None, 0)


def zones_words(zones: Zones, rows: int) -> str:
    """Write year zones, filled up with the last one."""
    return _filled([YearZone(day // 100, day % 100, table).digits for day, table in zones], rows)


def slots_words(slots: Slots, rows: int) -> str:
    """Write a day table, filled up with its last slot."""
    return _filled([DaySlot(minute, tariff).digits for minute, tariff in slots], rows)


def holiday_text(day: date, table: int) -> str:
    """Write a holiday.

    >>> holiday_text(date(2027, 2, 6), 3)
    '27020603'
    """
    return f"{day:%y%m%d}{table:02d}"


def workdays(days: Iterable[int]) -> int:
    """Make the word of workdays, given the days of the weekend (Monday is 0).

    >>> f"{workdays([5, 6]):02X}", f"{workdays([]):02X}"
    ('3E', '7F')
    """
    return ALL_WORK & ~sum(1 << (0 if day == _SUNDAY else day + 1) for day in days)


def seasons_of(timetable: Timetable) -> tuple[tuple[int, Slots], ...]:
    """What counts on the days of a season that are no weekend, made plain."""
    return plain_seasons((day, timetable.slots_of(table)) for day, table in _workday_zones(timetable))


def placed(timetable: Timetable, counting: Mapping[int, Slots]) -> Placed:
    """Give each day table a number, beside those that count now; ``ContactFault`` where there is no room.

    A table that counts now with the same slots is the same table.
    """
    numbers = {slots: number for number, slots in counting.items()}
    free = [number for number in range(1, TABLES_MAX + 1) if number not in counting]
    for slots in sorted(slots_used(timetable)):
        if slots not in numbers:
            if not free:
                said = (
                    f"{len(counting)} day tables count now, and beside them there is no room for these rates"
                )
                raise ContactFault(ContactWhy.REFUSED, f"{said}; cure: share day tables, or go in two steps")
            numbers[slots] = free.pop(0)
    zones = tuple((day, numbers[timetable.slots_of(table)]) for day, table in _workday_zones(timetable))
    return Placed(zones, {number: slots for slots, number in numbers.items()} | dict(counting), numbers)


def slots_used(timetable: Timetable) -> set[Slots]:
    """What counts on some day: of a season, of a weekend, of a special one."""
    tables = {table for one in timetable.seasons for table in one.week}
    return {timetable.slots_of(one) for one in tables | {each.table for each in timetable.special_days}}


def rest_of(timetable: Timetable) -> tuple[int, Slots | None]:
    """Give the word of workdays, and what counts on the other days; None where there are none."""
    weekend = weekend_of(timetable)
    if weekend is None or not weekend.days:
        return ALL_WORK, None
    return workdays(weekend.days), timetable.slots_of(weekend.table)


def holidays_to_write(
    there: Sequence[Holiday], wanted: Mapping[date, int], today: date, first: date
) -> dict[int, str]:
    """Say what to write at which place (from 1) so that ``wanted`` count from the day ``first`` on.

    Those between today and then stay. What is over makes room, and what is not wanted is written over.
    """
    left = dict(wanted)
    free, bad = [], []
    for place, one in enumerate(there, 1):
        if one.day is None or one.day < today:
            free.append(place)
        elif one.day >= first:
            if left.get(one.day) == one.table:
                del left[one.day]
            else:
                bad.append(place)
    ours = [holiday_text(*one) for one in sorted(left.items())]
    places = [*bad, *free, *range(len(there) + 1, len(there) + 1 + len(ours))]
    return dict(zip(places, ours, strict=False)) | dict.fromkeys(bad[len(ours) :], _NO_DAY)


def _workday_zones(timetable: Timetable) -> Zones:
    """The day table of each season's days that are no weekend. What has other weeks does not come here."""
    weekend = weekend_of(timetable)
    rest = frozenset() if weekend is None else weekend.days
    workday = next(day for day in range(_WEEK) if day not in rest)
    return tuple((100 * one.month + one.day, one.week[workday]) for one in timetable.seasons)


def _filled(rows: list[str], count: int) -> str:
    return " ".join(rows + [rows[-1]] * (count - len(rows)))


def _rows(words: str) -> list[str]:
    return [word for word in words.split() if word != _NOTHING]
