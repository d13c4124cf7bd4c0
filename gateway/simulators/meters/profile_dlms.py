"""Profiles of a virtual DLMS meter (class 7): load profile, months, events; whole or in part.

A part is chosen by range, two moments with both included, or by entry, places from 1 on; columns may be
chosen with either (IEC 62056-6-2, 4.3.6.2.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.codecs.dlms.datum import (
    ARRAY,
    ENUM,
    STRUCTURE,
    UINT8,
    UINT32,
    UINT64,
    VISIBLE_STRING,
    Datum,
    array,
    octets,
    structure,
)
from gateway.codecs.dlms.moment import write_moment
from gateway.codecs.dlms.selection import BY_ENTRY, BY_RANGE, CLOCK_TIME, captured
from gateway.codecs.dlms.services import Done, Target
from gateway.simulators.meters.diary import EVENTS_KEPT
from gateway.simulators.meters.meter_clock import moment_of
from gateway.simulators.meters.registers import MONTHS_KEPT
from gateway.simulators.meters.things import TYPE_UNMATCHED, Holder, Thing, fault, moment_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gateway.codecs.dlms.services import Result, Selection
    from gateway.simulators.meters.house import House

_FIFO: Final = 1
_UINT32_MAX: Final = 0xFFFF_FFFF

#: A row: the shown millisecond that it is sorted by, and the values behind the moment.
Line = tuple[int, tuple[Datum, ...]]


@dataclass(frozen=True, slots=True)
class Source:
    """Where rows come from: the columns behind the moment, the rows of a house, how many there may be."""

    columns: tuple[Target, ...]
    lines: Callable[[House], Iterable[Line]]
    entries: Callable[[House], int]
    in_use: Callable[[House], int]
    period_s: Callable[[House], int]


def _thing(source: Source, reset: Callable[[House], None] | None = None) -> Thing:
    def reset_it(holder: Holder, _: Datum | None) -> Done:
        assert reset is not None, "only what can be reset has the method"  # noqa: S101 - of our own code
        reset(holder.house)
        return Done(0)

    def buffer(holder: Holder) -> Datum:
        return _rows(holder, source.lines(holder.house), None)

    columns = (CLOCK_TIME, *source.columns)
    return Thing(
        {
            2: buffer,
            3: lambda _: array(*map(captured, columns)),
            4: lambda holder: Datum(UINT32, source.period_s(holder.house)),
            5: lambda _: Datum(ENUM, _FIFO),
            6: lambda _: captured(CLOCK_TIME),
            7: lambda holder: Datum(UINT32, source.in_use(holder.house)),
            8: lambda holder: Datum(UINT32, source.entries(holder.house)),
        },
        act={} if reset is None else {1: reset_it},
        select=lambda holder, chosen: _selected(holder, source, chosen),
    )


def _rows(holder: Holder, lines: Iterable[Line], wanted: list[int] | None) -> Datum:
    """Make rows; ``wanted`` are places of columns, 0 the moment."""
    zone, has_deviation = holder.house.clock.zone, holder.words.moments_with_deviation
    rows = []
    for at, values in lines:
        moment = octets(write_moment(moment_of(at).replace(tzinfo=zone), with_deviation=has_deviation))
        cells = (moment, *values)
        rows.append(structure(*(cells if wanted is None else (cells[place] for place in wanted))))
    return array(*rows)


def _selected(holder: Holder, source: Source, chosen: Selection) -> Result:
    found = chosen.parameter
    parts = found.value if found.tag == STRUCTURE and isinstance(found.value, tuple) else ()
    if len(parts) != 4:  # noqa: PLR2004 - both selectors have four parts
        return fault(TYPE_UNMATCHED)
    if chosen.selector == BY_RANGE:
        return _by_range(holder, source, parts)
    if chosen.selector == BY_ENTRY:
        return _by_entry(holder, source, parts)
    return fault(TYPE_UNMATCHED)


def _by_range(holder: Holder, source: Source, parts: tuple[Datum, ...]) -> Result:
    sorted_by, first, last, columns = parts
    begins, ends = moment_in(holder, first), moment_in(holder, last)
    if begins is None or ends is None or sorted_by != captured(CLOCK_TIME) or columns.tag != ARRAY:
        return fault(TYPE_UNMATCHED)
    every = [captured(column) for column in (CLOCK_TIME, *source.columns)]
    wanted = None
    if isinstance(columns.value, tuple) and columns.value:
        if any(column not in every for column in columns.value):
            return fault(TYPE_UNMATCHED)
        wanted = [every.index(column) for column in columns.value]
    lines = (line for line in source.lines(holder.house) if begins <= line[0] <= ends)
    return _rows(holder, lines, wanted)


def _by_entry(holder: Holder, source: Source, parts: tuple[Datum, ...]) -> Result:
    numbers = [part.value for part in parts if isinstance(part.value, int)]
    if len(numbers) != len(parts):
        return fault(TYPE_UNMATCHED)
    first, last, left, right = numbers
    lines = list(source.lines(holder.house))[max(0, first - 1) : last or None]
    count = len(source.columns) + 1
    wanted = list(range(count))[max(0, left - 1) : right or None]
    return _rows(holder, lines, wanted)


def _number(value: int) -> Datum:
    return Datum(UINT32 if value <= _UINT32_MAX else UINT64, value)


def _load(house: House) -> Iterable[Line]:
    return (
        (row.at, (Datum(UINT8, row.status), _number(max(0, row.mean_w)), _number(row.total_wh)))
        for row in house.profile.rows()
    )


def _months(house: House) -> Iterable[Line]:
    return (
        (each.at, (_number(each.total), *map(_number, each.tariffs), _number(each.demand_w)))
        for each in reversed(house.months)
    )


def _events(house: House) -> Iterable[Line]:
    return ((each.at, (Datum(VISIBLE_STRING, each.what),)) for each in house.diary.events)


_STATUS: Final = Target.of(1, "0-0:96.10.1.255", 2)
_MEAN: Final = Target.of(3, "1-0:1.5.0.255", 2)
_TOTAL: Final = Target.of(3, "1-0:1.8.0.255", 2)

LOAD_PROFILE: Final = _thing(
    Source(
        (_STATUS, _MEAN, _TOTAL),
        _load,
        lambda house: house.build.rows_max,
        lambda house: len(house.profile),
        lambda house: house.build.period_min * 60,
    ),
    lambda house: house.profile.clear(),
)
MONTHS: Final = _thing(
    Source(
        (
            _TOTAL,
            *(Target.of(3, f"1-0:1.8.{place}.255", 2) for place in range(1, 5)),
            Target.of(4, "1-0:1.6.0.255", 2),
        ),
        _months,
        lambda _: MONTHS_KEPT,
        lambda house: len(house.months),
        lambda _: 0,
    )
)
EVENT_LOG: Final = _thing(
    Source(
        (Target.of(1, "0-0:96.11.0.255", 2),),
        _events,
        lambda _: EVENTS_KEPT,
        lambda house: len(house.diary.events),
        lambda _: 0,
    ),
    lambda house: house.clear_events(),
)
