"""Reads the steps of a price: blocks, ladders, bands of average use, zones with a ladder on top."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from gateway.core.tariff.field import (
    REMARKS,
    TariffFault,
    known_keys,
    place_count,
    rate_of,
    record,
    rows_of,
    wh_of,
    word_of,
)
from gateway.core.tariff.reader_calendar import day_of_year, read_clock
from gateway.core.tariff.table import ENERGY, LADDER, Ladder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.core.tariff.calendar import Clock

Rates = dict[str, Fraction]
"""A price: the rate of each component by its code."""

RatedStep = tuple[int | None, Rates]
"""One step: its upper end (Wh, None: without end) and its price."""

BY_MONTH: Final = Ladder()
BY_YEAR: Final = Ladder((1, 1))

_STEPS_MAX: Final = 24
"""Most steps of a price: the largest published ones have about ten."""

_ZONES_MAX: Final = 12
"""Most zones of a day: meters of DL/T 645 know fourteen switches a day and far fewer prices."""

_MONTHS_MAX: Final = 12
"""Most months of an average: a year is what a meter's counters remember."""

_MONTHS_AVERAGED: Final = 3
"""Months of an average where the tariff names none."""

_LEAP_DAY: Final = (2, 29)
_RESET: Final = re.compile(r"([0-9]{2}-[0-9]{2})(?:T([0-9]{2}):00)?")


def read_steps(
    energy: Mapping[str, object], path: str, priced: Callable[..., Rates], formed: Rates | None
) -> tuple[list[RatedStep], Ladder]:
    """Read ``block`` (each step has its price) or ``additive_ladder`` (each adds to one price)."""
    if energy["kind"] == "block":
        rows = _ascending(energy, "blocks", path, {"rate", "sub_items"})
        steps = [(upto, priced(row, place, "rate")) for place, upto, row in rows]
        return steps, _ladder(energy.get("reset"), f"{path}.reset", BY_MONTH)
    start = priced(energy, path, "base_rate") if formed is None else formed
    ladder = _ladder(energy.get("ladder_reset"), f"{path}.ladder_reset", BY_YEAR)
    return [(upto, _added(start, add)) for upto, add in _tiers(energy, path)], ladder


def read_zones(
    energy: Mapping[str, object], path: str, priced: Callable[..., Rates]
) -> tuple[dict[str, list[RatedStep]], Ladder, Clock | None]:
    """Read ``tou_additive_ladder``: each zone's price, with the same tiers on top (none: no ladder)."""
    rows = record(energy.get("zones"), f"{path}.zones")
    if not 1 <= len(rows) <= _ZONES_MAX:
        raise TariffFault(f"{path}.zones", f"must be 1 to {_ZONES_MAX} zones")
    zones = {}
    for name, row in rows.items():
        place = f"{path}.zones.{word_of(name, f'{path}.zones')}"
        zones[name] = record(row, place)
        known_keys(zones[name], place, {"rate", "sub_items", "from", "to", "hours"} | REMARKS)
    tiers = _tiers(energy, path) if energy.get("tiers") else [(None, Fraction(0))]
    steps = {}
    for name, zone in zones.items():
        start = priced(zone, f"{path}.zones.{name}", "rate")
        steps[name] = [(upto, _added(start, add)) for upto, add in tiers]
    ladder = _ladder(energy.get("ladder_reset"), f"{path}.ladder_reset", BY_YEAR)
    return steps, ladder, read_clock(zones, f"{path}.zones")


def read_bands(
    energy: Mapping[str, object], path: str, priced: Callable[..., Rates]
) -> tuple[list[RatedStep], int]:
    """Read ``average_band``: the average use of ``months`` decides the one price of the whole purchase."""
    rows = _ascending(energy, "bands", path, {"rate", "sub_items"})
    months = place_count(energy.get("months", _MONTHS_AVERAGED), f"{path}.months", _MONTHS_MAX)
    if not months:
        raise TariffFault(f"{path}.months", "must be at least 1")
    return [(upto, priced(row, place, "rate")) for place, upto, row in rows], months


def _tiers(energy: Mapping[str, object], path: str) -> list[tuple[int | None, Fraction]]:
    rows = _ascending(energy, "tiers", path, {"add"})
    return [(upto, rate_of(row.get("add"), f"{place}.add")) for place, upto, row in rows]


def _added(start: Rates, add: Fraction) -> Rates:
    """Put a tier's surcharge on a price: on the rate itself, or as a line beside the sub-items."""
    code = ENERGY if ENERGY in start else LADDER
    return start | {code: start.get(code, Fraction(0)) + add}


def _ascending(
    energy: Mapping[str, object], key: str, path: str, known: set[str]
) -> list[tuple[str, int | None, Mapping[str, object]]]:
    """Read steps that rise and end without end."""
    rows = rows_of(energy, key, path, _STEPS_MAX)
    if not rows:
        raise TariffFault(f"{path}.{key}", "at least one step")
    found: list[tuple[str, int | None, Mapping[str, object]]] = []
    start_wh = 0
    for number, (place, row) in enumerate(rows):
        known_keys(row, place, {"upto_kwh"} | known | REMARKS)
        is_last = number == len(rows) - 1
        if (row.get("upto_kwh") is None) != is_last:
            raise TariffFault(f"{place}.upto_kwh", "null in the last step, and only there")
        upto_wh = None if is_last else wh_of(row["upto_kwh"], f"{place}.upto_kwh")
        if upto_wh is not None:
            if upto_wh <= start_wh:
                raise TariffFault(f"{place}.upto_kwh", "must be above the step before")
            start_wh = upto_wh
        found.append((place, upto_wh, row))
    return found


def _ladder(value: object, path: str, otherwise: Ladder) -> Ladder:
    """Read when the counter starts again: ``calendar_month``, ``calendar_year``, or ``MM-DDTHH:00``."""
    match value:
        case None:
            return otherwise
        case "calendar_month":
            return BY_MONTH
        case "calendar_year":
            return BY_YEAR
    found = _RESET.fullmatch(value) if isinstance(value, str) else None
    hour = int(found[2] or 0) if found else 0
    if found is None or hour > 23:  # noqa: PLR2004 - the hours of a day
        raise TariffFault(path, 'must be calendar_month, calendar_year, or a day such as "01-01T00:00"')
    _, month, day = day_of_year(found[1], path)
    if (month, day) == _LEAP_DAY:
        raise TariffFault(path, "is no day of every year")
    return Ladder((month, day), hour)
