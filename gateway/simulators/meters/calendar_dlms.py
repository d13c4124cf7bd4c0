"""The activity calendar of a virtual DLMS meter (class 20): written passive, then activated.

    seasons   name, first day, week       weeks   name, day of Monday … of Sunday       days   number, slots

What is written is kept as it came, so that it is read back the same; the set that is not active is made of
it, as soon as its parts fit together. ``activate`` refuses one that does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.codecs.dlms.axdr import read, write
from gateway.codecs.dlms.datum import ARRAY, OCTET_STRING, UINT8, UINT16, Datum, array, octets, structure
from gateway.codecs.dlms.moment import write_moment
from gateway.codecs.dlms.services import Done
from gateway.simulators.meters.meter_clock import moment_of
from gateway.simulators.meters.rate_sets import RateSets
from gateway.simulators.meters.tariff_times import ALL_DAY, DAY_TABLES, TARIFFS, TariffTimes
from gateway.simulators.meters.things import (
    NO_MOMENT,
    OTHER_REASON,
    TYPE_UNMATCHED,
    Holder,
    Thing,
    moment_in,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.simulators.meters.house import House
    from gateway.simulators.meters.tariff_times import Slots, Week, Zones

ROWS_MAX: Final = 14
"""Seasons and slots of a day: what a meter of DL/T 645 has, and these are the same houses."""

_NAME, _SEASONS, _WEEKS, _DAYS = range(4)
_SCRIPT: Final = bytes.fromhex("00000a0064ff")
_WEEKDAYS: Final = 7
_HOURS, _MINUTES = 24, 60


class _Unfit(ValueError):  # noqa: N818 - the fault of what was written
    """Parts that make no calendar."""


def _key(part: int, place: int) -> str:
    return f"calendar {part} {place}"


def _kept(house: House, part: int, place: int) -> Datum:
    """What was written of a set, or what the set says where nobody has written it."""
    raw = (house.notes or {}).get(_key(part, place))
    if raw is not None:
        return read(raw)
    return _said(house.rates.sets[place])[part]


def _said(times: TariffTimes) -> tuple[Datum, Datum, Datum, Datum]:
    """A set as DLMS has it: each zone is a season with a week of its own."""
    seasons, weeks = [], []
    for place, (first, week) in enumerate(times.zones):
        name = octets(bytes((place + 1,)))
        moment = b"\xff\xff" + bytes((first // 100, first % 100)) + b"\xff" + b"\0" * 4 + b"\x80\0\0"
        seasons.append(structure(name, octets(moment), name))
        weeks.append(structure(name, *(Datum(UINT8, table) for table in week)))
    days = [
        structure(
            Datum(UINT8, number + 1), array(*(_action(minute, tariff) for minute, tariff in slots or ALL_DAY))
        )
        for number, slots in enumerate(times.tables)
    ]
    return octets(b"1"), array(*seasons), array(*weeks), array(*days)


def _action(minute: int, tariff: int) -> Datum:
    start = bytes((minute // _MINUTES, minute % _MINUTES, 0, 0))
    return structure(octets(start), octets(_SCRIPT), Datum(UINT16, tariff))


def _made(house: House, place: int) -> TariffTimes:
    """Make a set of its parts; ``_Unfit`` where they do not fit together."""
    weeks = dict(map(_week, _rows(_kept(house, _WEEKS, place), 1 + _WEEKDAYS)))
    seasons = [_season(row, weeks) for row in _rows(_kept(house, _SEASONS, place), 3)]
    days = dict(map(_day, _rows(_kept(house, _DAYS, place), 2)))
    zones: Zones = tuple(sorted(seasons))
    if not zones or any(table not in days for _, week in zones for table in week):
        raise _Unfit
    tables = tuple(days.get(number, ()) for number in range(1, max(days) + 1))
    return TariffTimes(zones, tables)


def _rows(found: Datum, width: int) -> list[tuple[Datum, ...]]:
    rows = found.value
    if found.tag != ARRAY or not isinstance(rows, tuple) or not 1 <= len(rows) <= ROWS_MAX:
        raise _Unfit
    parts = [row.value for row in rows if isinstance(row.value, tuple)]
    if len(parts) != len(rows) or any(len(part) != width for part in parts):
        raise _Unfit
    return parts


def _text(found: Datum, size: int | None = None) -> bytes:
    raw = found.value
    if found.tag != OCTET_STRING or not isinstance(raw, bytes) or size not in (None, len(raw)):
        raise _Unfit
    return raw


def _whole(found: Datum, most: int) -> int:
    if not isinstance(found.value, int) or not 1 <= found.value <= most:
        raise _Unfit
    return found.value


def _week(parts: tuple[Datum, ...]) -> tuple[bytes, Week]:
    days = [_whole(part, DAY_TABLES) for part in parts[1:]]
    monday, tuesday, wednesday, thursday, friday, saturday, sunday = days
    return _text(parts[0]), (monday, tuesday, wednesday, thursday, friday, saturday, sunday)


def _season(parts: tuple[Datum, ...], weeks: dict[bytes, Week]) -> tuple[int, Week]:
    """A season begins on the same day of each year: a month and a day are wanted."""
    start = _text(parts[1], 12)
    week = weeks.get(_text(parts[2]))
    if week is None or not (1 <= start[2] <= 12 and 1 <= start[3] <= 31):  # noqa: PLR2004 - a day of a year
        raise _Unfit
    return 100 * start[2] + start[3], week


def _day(parts: tuple[Datum, ...]) -> tuple[int, Slots]:
    number = _whole(parts[0], DAY_TABLES)
    slots = []
    for start, _, selector in _rows(parts[1], 3):
        hour, minute = _text(start, 4)[:2]
        if hour >= _HOURS or minute >= _MINUTES:
            raise _Unfit
        slots.append((hour * _MINUTES + minute, _whole(selector, TARIFFS)))
    return number, tuple(sorted(slots))


def _active(part: int) -> Callable[[Holder], Datum]:
    return lambda holder: _kept(holder.house, part, holder.house.rates.tables)


def _passive(part: int) -> Callable[[Holder], Datum]:
    return lambda holder: _kept(holder.house, part, 1 - holder.house.rates.tables)


def _set_passive(part: int) -> Callable[[Holder, Datum], int]:
    def set_part(holder: Holder, value: Datum) -> int:
        house, place = holder.house, 1 - holder.house.rates.tables
        if value.tag != (OCTET_STRING if part == _NAME else ARRAY):
            return TYPE_UNMATCHED
        house.notes = {**(house.notes or {}), _key(part, place): write(value)}
        house.changes += 1
        try:
            made = _made(house, place)
        except _Unfit:
            # The other parts are to come; until then this set is not to be activated.
            return 0
        house.set_rates(lambda rates: rates.write(made, place))
        return 0

    return set_part


def _activation(holder: Holder) -> Datum:
    at = holder.house.rates.tables_at
    if at is None:
        return octets(NO_MOMENT)
    moment = moment_of(at).replace(tzinfo=holder.house.clock.zone)
    return octets(write_moment(moment, with_deviation=holder.words.moments_with_deviation))


def _set_activation(holder: Holder, value: Datum) -> int:
    house = holder.house
    if value.value == NO_MOMENT:
        house.set_rates(RateSets.stay)
        return 0
    at = moment_in(holder, value)
    if at is None:
        return TYPE_UNMATCHED
    if not _is_fit(house):
        return OTHER_REASON
    house.set_rates(lambda rates: rates.switch(at, house.shown))
    return 0


def _activate(holder: Holder, _: Datum | None) -> Done:
    if not _is_fit(holder.house):
        return Done(OTHER_REASON)
    house = holder.house
    house.set_rates(lambda rates: rates.switch(None, house.shown))
    return Done(0)


def _is_fit(house: House) -> bool:
    try:
        _made(house, 1 - house.rates.tables)
    except _Unfit:
        return False
    return True


CALENDAR: Final = Thing(
    {
        **{2 + part: _active(part) for part in range(4)},
        **{6 + part: _passive(part) for part in range(4)},
        10: _activation,
    },
    {**{6 + part: _set_passive(part) for part in range(4)}, 10: _set_activation},
    {1: _activate},
)
