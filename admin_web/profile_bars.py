"""A day of a load profile as bars: drawn by the server, so that they need no JavaScript.

What only grows in the day, as the registers of energy do, is drawn as what came in each period; anything
else, such as power or voltage, as it stood.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from admin_web.cells import Amount
from admin_web.hour_bars import HEIGHT
from admin_web.line_seen_words import at_second
from gateway.core.ledger import WATT_HOURS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from admin_web.cells import Cell
    from gateway.core.meter_seen import Figure, ProfileRowKept

#: The picture's own unit: a row is so wide.
ROW_WIDTH: Final = 20

#: Units of energy: how many digits behind their point make watt-hours.
_ENERGY: Final = {"Wh": 0, "kWh": 3}

#: Moments below a picture.
_MARKS: Final = 4


@dataclass(frozen=True, slots=True)
class ProfileBar:
    """A row's bar: where it begins, how high it is (of ``HEIGHT``), its moment and what it stands for."""

    x: int
    height: int
    label: str
    cell: Cell


@dataclass(frozen=True, slots=True)
class ProfileBars:
    """A picture of one value; ``is_growth``: of what came in each period. ``most``: its highest bar."""

    item: str
    bars: Sequence[ProfileBar]
    most: Cell
    is_growth: bool

    @property
    def width(self) -> int:
        """How wide the picture is."""
        return ROW_WIDTH * max(len(self.bars), 1)

    @property
    def marks(self) -> list[str]:
        """The moments that stand below it."""
        step = max(-(-len(self.bars) // _MARKS), 1)
        return [bar.label for bar in self.bars[::step]]


def figure_cell(one: Figure) -> Cell:
    """Show a value: energy as everywhere, anything else as the meter has it."""
    return _cell(one.number, one.decimals, one.unit)


def bars_of(rows: Sequence[ProfileRowKept], begins_s: int, zone: tzinfo) -> list[ProfileBars]:
    """Draw each value of the rows behind a moment; one at the moment itself is what growth begins from."""
    columns = dict.fromkeys((one.item, one.decimals, one.unit) for row in rows for one in row.values)
    return [_drawn(rows, column, begins_s, zone) for column in columns]


def _drawn(
    rows: Sequence[ProfileRowKept], column: tuple[str, int, str], begins_s: int, zone: tzinfo
) -> ProfileBars:
    item, decimals, unit = column
    found = [
        (row.at_s, one.number) for row in rows for one in row.values
        if (one.item, one.decimals, one.unit) == column
    ]  # fmt: skip
    is_growth = unit in _ENERGY and _only_grows([number for _, number in found])
    if is_growth:
        found = [(at_s, number - old) for (at_s, number), (_, old) in zip(found[1:], found, strict=False)]
    found = [(at_s, number) for at_s, number in found if at_s > begins_s]
    most = max((number for _, number in found), default=0)
    bars = [
        ProfileBar(
            place * ROW_WIDTH,
            max(number, 0) * HEIGHT // most if most > 0 else 0,
            f"{at_second(at_s).astimezone(zone):%H:%M}",
            _cell(number, decimals, unit),
        )
        for place, (at_s, number) in enumerate(found)
    ]
    return ProfileBars(item, bars, _cell(most, decimals, unit), is_growth)


def _only_grows(numbers: Sequence[int]) -> bool:
    """Say whether no value is less than the one before, and there is more than one."""
    return len(numbers) > 1 and all(one >= before for before, one in pairwise(numbers))


def _cell(number: int, decimals: int, unit: str) -> Cell:
    left = _ENERGY.get(unit, -1) - decimals
    if left >= 0:
        return Amount(number * 10**left, WATT_HOURS)
    return f"{Decimal(number).scaleb(-decimals)} {unit}".strip()
