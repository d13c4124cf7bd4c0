"""A day hour by hour as bars: drawn by the server, so that they need no JavaScript.

The table beside them has the figures exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from admin_web.cells import Amount
from gateway.core.ledger import WATT_HOURS
from gateway.core.timeline import microseconds, moment_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, tzinfo

    from gateway.core.views_watch import HourFigures

_HOUR_US: Final = timedelta(hours=1) // timedelta(microseconds=1)
_HOURS: Final = 24

#: The picture's own units: an hour is so wide, the highest bar so high.
HOUR_WIDTH: Final = 20
HEIGHT: Final = 100


@dataclass(frozen=True, slots=True)
class Bar:
    """An hour's bar: where it begins, how high it is (of ``HEIGHT``), its label and its figure."""

    x: int
    height: int
    label: str
    amount: Amount


@dataclass(frozen=True, slots=True)
class HourBars:
    """A picture of one unit; ``most`` is what its highest bar stands for."""

    bars: Sequence[Bar]
    most: Amount

    @property
    def width(self) -> int:
        """How wide the picture is."""
        return HOUR_WIDTH * len(self.bars)


@dataclass(frozen=True, slots=True)
class Hour:
    """A line of the table: an hour that has sales, how many, their money and their energy."""

    label: str
    count: int
    paid: Amount
    energy: Amount


def bars_of(figures: Sequence[HourFigures], day: date, zone: tzinfo, currency: str) -> list[HourBars]:
    """Draw the day: a picture for each currency, the utility's own in any case, and one of the energy."""
    hours = _hours(figures, day, zone)
    currencies = dict.fromkeys((currency, *(one.currency for one in figures)))
    drawn = []
    for unit in currencies:
        sums = {one.begins_us: one.minor for one in figures if one.currency == unit}
        drawn.append(_drawn(hours, sums, unit, zone))
    energy: dict[int, int] = {}
    for one in figures:
        energy[one.begins_us] = energy.get(one.begins_us, 0) + one.energy_wh
    return [*drawn, _drawn(hours, energy, WATT_HOURS, zone)]


def table_of(figures: Iterable[HourFigures], zone: tzinfo) -> list[Hour]:
    """Give the table, of the hours in which something was sold."""
    return [
        Hour(
            _label(one.begins_us, zone),
            one.count,
            Amount(one.minor, one.currency),
            Amount(one.energy_wh, WATT_HOURS),
        )
        for one in figures
    ]


def _hours(figures: Iterable[HourFigures], day: date, zone: tzinfo) -> list[int]:
    """Give the civil day's hours, and those around it in which the business day has sales, too."""
    midnight = microseconds(datetime(day.year, day.month, day.day, tzinfo=zone))
    first = midnight - midnight % _HOUR_US
    civil = {first + number * _HOUR_US for number in range(_HOURS)}
    return sorted(civil | {one.begins_us for one in figures})


def _drawn(hours: Sequence[int], sums: dict[int, int], unit: str, zone: tzinfo) -> HourBars:
    most = max(sums.values(), default=0)
    bars = [
        Bar(
            number * HOUR_WIDTH,
            sums.get(begins_us, 0) * HEIGHT // most if most else 0,
            _label(begins_us, zone),
            Amount(sums.get(begins_us, 0), unit),
        )
        for number, begins_us in enumerate(hours)
    ]
    return HourBars(bars, Amount(most, unit))


def _label(begins_us: int, zone: tzinfo) -> str:
    return f"{moment_of(begins_us).astimezone(zone):%H:%M}"
