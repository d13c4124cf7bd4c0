"""Reads the prices of the energy itself: which steps count in which season, day type, band and zone.

Wherever a ``rate`` stands, ``sub_items`` may stand in its place: the comprehensive price is then formed from
them, and is never entered by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Final

from gateway.core.rounding import decimal_text
from gateway.core.tariff.field import (
    REMARKS,
    NotBuilt,
    TariffFault,
    code_of,
    known_keys,
    rate_of,
    record,
    rows_of,
    signed_rate_of,
    word_of,
)
from gateway.core.tariff.reader_calendar import read_calendar
from gateway.core.tariff.reader_steps import BY_MONTH, Rates, read_bands, read_steps, read_zones
from gateway.core.tariff.table import ENERGY, EnergyTable, Option, Step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.core.tariff.calendar import Calendar, Clock
    from gateway.core.tariff.reader_steps import RatedStep
    from gateway.core.tariff.table import Ladder

_SUB_ITEMS_MAX: Final = 40
"""Most sub-items of a price: a receipt is a strip of paper."""

_PRICES_MAX: Final = 200
"""Most prices of a seasonal tariff: 24 seasons of eight day types are already more than anybody publishes."""

_PLAIN: Final = {"kind", "rates_include_tax"} | REMARKS
_KEYS: Final = {
    "flat": {"rate", "sub_items", "reset"},
    "block": {"blocks", "reset"},
    "additive_ladder": {"base_rate", "sub_items", "tiers", "ladder_reset"},
    "tou_additive_ladder": {"zones", "tiers", "ladder_reset"},
    "average_band": {"bands", "months"},
    "seasonal": {"prices"},
}


@dataclass(frozen=True, slots=True)
class _Prices:
    """The prices of one season and day type: steps per (band, zone), and how they count."""

    steps: dict[tuple[int, str], list[RatedStep]]
    ladder: Ladder = BY_MONTH
    bands: tuple[int | None, ...] = ()
    months: int = 0
    clock: Clock | None = None

    @property
    def is_plain(self) -> bool:
        """Is it one step, for which no counter matters?"""
        return all(len(steps) == 1 for steps in self.steps.values())

    @property
    def has_zones(self) -> bool:
        """Does the price depend on the time of use?"""
        return any(zone for _, zone in self.steps)


def read_energy(tariff: Mapping[str, object]) -> EnergyTable:
    """Read ``energy``, ``sub_items``, ``comprehensive_rate`` and ``calendar``."""
    calendar = read_calendar(tariff.get("calendar"))
    formed = read_sub_items(tariff, "")
    if formed is not None and "comprehensive_rate" in tariff:
        _same_total(formed, tariff["comprehensive_rate"], "comprehensive_rate")
    elif "comprehensive_rate" in tariff:
        raise TariffFault("comprehensive_rate", "is formed from sub_items, and there are none")
    energy = _energy_record(tariff, formed)
    if energy.get("kind") != "seasonal":
        return _table({("", ""): _prices(energy, "energy", formed)}, calendar)
    known_keys(energy, "energy", _PLAIN | _KEYS["seasonal"])
    if calendar is None:
        raise TariffFault("calendar", "a seasonal price needs its seasons or day types here")
    return _table(_by_season(energy, calendar), calendar)


def _energy_record(tariff: Mapping[str, object], formed: Rates | None) -> Mapping[str, object]:
    """Give the energy's record; where only sub-items stand, they are a flat price."""
    if tariff.get("energy") is not None:
        energy = record(tariff["energy"], "energy")
        is_same = energy.get("kind") == "flat" and not energy.get("sub_items")
        if formed is not None and energy.get("kind") != "additive_ladder" and not is_same:
            raise TariffFault("sub_items", "energy has a price already: put them in its place")
        return energy
    if formed is not None:
        return {"kind": "flat"}
    if tariff.get("credit_unit") == "currency":
        # The meter holds money and knows its own prices: a unit of money buys a unit of credit.
        return {"kind": "flat", "rate": "1"}
    raise TariffFault("energy", "must say what the energy costs")


def read_sub_items(row: Mapping[str, object], path: str) -> Rates | None:
    """Read ``sub_items`` as rates by code; None where there are none."""
    if not row.get("sub_items"):
        return None
    rates: Rates = {}
    for place, item in rows_of(row, "sub_items", path, _SUB_ITEMS_MAX):
        known_keys(item, place, {"code", "rate"} | REMARKS)
        code = code_of(item.get("code"), f"{place}.code")
        if code in rates:
            raise TariffFault(f"{place}.code", "two sub-items have this code")
        rates[code] = signed_rate_of(item.get("rate"), f"{place}.rate")
    if sum(rates.values()) < 0:
        place = f"{path}.sub_items" if path else "sub_items"
        raise TariffFault(place, "the comprehensive price that they form is below nothing")
    return rates


def _same_total(rates: Rates, total: object, path: str) -> None:
    """The comprehensive price may be written down for the reader, and must then be what the items form."""
    formed = sum(rates.values(), Fraction(0))
    if rate_of(total, path) != formed:
        raise TariffFault(path, f"is formed from the sub-items ({decimal_text(formed, 6)}): leave it out")


def _priced(row: Mapping[str, object], path: str, key: str) -> Rates:
    """Read the price of a row: its sub-items, or its rate."""
    formed = read_sub_items(row, path)
    if formed is None:
        return {ENERGY: rate_of(row.get(key), f"{path}.{key}")}
    if key in row:
        _same_total(formed, row[key], f"{path}.{key}")
    return formed


def _prices(energy: Mapping[str, object], path: str, formed: Rates | None) -> _Prices:
    kind = energy.get("kind")
    if not isinstance(kind, str) or kind not in _KEYS or (kind == "seasonal" and path != "energy"):
        raise TariffFault(f"{path}.kind", f"must be one of {', '.join(sorted(_KEYS))}")
    known_keys(energy, path, _PLAIN | _KEYS[kind])
    match kind:
        case "flat":
            if formed is not None and energy.get("rate") is not None:
                _same_total(formed, energy["rate"], f"{path}.rate")
            steps: list[RatedStep] = [(None, formed or _priced(energy, path, "rate"))]
            return _Prices({(0, ""): steps})
        case "average_band":
            bands, months = read_bands(energy, path, _priced)
            of_band: dict[tuple[int, str], list[RatedStep]] = {
                (place, ""): [(None, rates)] for place, (_, rates) in enumerate(bands)
            }
            return _Prices(of_band, bands=tuple(upto for upto, _ in bands), months=months)
        case "tou_additive_ladder":
            zones, ladder, clock = read_zones(energy, path, _priced)
            return _Prices({(0, zone): steps for zone, steps in zones.items()}, ladder, clock=clock)
        case _:
            base = formed if kind == "additive_ladder" else None
            if base is not None and "base_rate" in energy:
                _same_total(base, energy["base_rate"], f"{path}.base_rate")
            steps, ladder = read_steps(energy, path, _priced, base)
            return _Prices({(0, ""): steps}, ladder)


def _by_season(energy: Mapping[str, object], calendar: Calendar) -> dict[tuple[str, str], _Prices]:
    """Read ``energy.prices``: each season and day type has exactly one."""
    found: dict[tuple[str, str], _Prices] = {}
    for path, row in rows_of(energy, "prices", "energy", _PRICES_MAX):
        known_keys(row, path, {"season", "day_type", "energy"} | REMARKS)
        seasons = _named(row, "season", path, calendar.season_names)
        day_types = _named(row, "day_type", path, calendar.day_type_names)
        prices = _prices(record(row.get("energy"), f"{path}.energy"), f"{path}.energy", None)
        for place in product(seasons, day_types):
            if place in found:
                raise TariffFault(path, f"{_when(place)} has a price already")
            found[place] = prices
    for place in product(calendar.season_names, calendar.day_type_names):
        if place not in found:
            raise TariffFault("energy.prices", f"no price for {_when(place)}")
    return found


def _named(row: Mapping[str, object], key: str, path: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Read the one season or day type that a price is for; all where it names none."""
    if row.get(key) is None:
        return names
    name = word_of(row[key], f"{path}.{key}")
    if name not in names:
        raise TariffFault(f"{path}.{key}", f"the calendar has no {key.replace('_', ' ')} of this name")
    return (name,)


def _when(place: tuple[str, str]) -> str:
    return " on ".join(part for part in place if part) or "the year"


def _table(found: Mapping[tuple[str, str], _Prices], calendar: Calendar | None) -> EnergyTable:
    """Put all prices into one table: the same components, ladder and bands in each."""
    every = list(found.values())
    counting = [prices for prices in every if not prices.is_plain]
    first, ladder = every[0], (counting or every)[0].ladder
    for what, differs in (
        ("ladder reset", any(prices.ladder != ladder for prices in counting)),
        ("bands of average use", any(prices.bands != first.bands for prices in every)),
        ("number of months averaged", any(prices.months != first.months for prices in every)),
        ("use of zones", any(prices.has_zones != first.has_zones for prices in every)),
    ):
        if differs:
            raise NotBuilt("energy.prices", f"seasons with another {what}")
    rated = [rates for one in every for steps in one.steps.values() for _, rates in steps]
    components = tuple(dict.fromkeys(code for rates in rated for code in rates))
    if ENERGY in components and len(components) > 1:
        raise TariffFault("energy", "the price is given by sub-items in one place and as a rate in another")
    options = tuple(
        Option(season, day_type, band, zone, _steps(steps, components))
        for (season, day_type), one in found.items()
        for (band, zone), steps in one.steps.items()
    )
    clocks = {place: one.clock for place, one in found.items() if one.clock is not None}
    return EnergyTable(
        components=components,
        options=options,
        ladder=ladder,
        bands=first.bands,
        months_averaged=first.months,
        calendar=calendar,
        clocks=clocks or None,
    )


def _steps(steps: list[RatedStep], components: tuple[str, ...]) -> tuple[Step, ...]:
    zero = Fraction(0)
    return tuple(Step(upto, tuple(rates.get(code, zero) for code in components)) for upto, rates in steps)
