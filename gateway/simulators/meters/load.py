"""What a house takes from the grid, in whole watts: always the same, or by the hour of the day.

Below nothing it gives: its roof makes more than it takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LOAD_W_MAX: Final = 1_000_000
"""Watts of one meter: what is above is a factory with transformers before its meter."""

_HOURS: Final = 24
_WHOLE: Final = 1000

FLAT: Final = (_WHOLE,)
#: Thousandths of the mean, by the hour: quiet at night, up at breakfast, highest in the evening.
HOME: Final = (
    420, 380, 360, 360, 400, 560, 900, 1200, 1100, 900, 800, 850,
    1000, 950, 850, 850, 1000, 1350, 1900, 2100, 2000, 1700, 1200, 870,
)  # fmt: skip
SHOP: Final = (
    300, 300, 300, 300, 300, 300, 350, 600, 1200, 1600, 1800, 1900,
    1900, 1800, 1800, 1800, 1800, 1900, 1900, 1600, 900, 500, 350, 300,
)  # fmt: skip
#: A roof with panels: at noon it gives more than the house takes.
SOLAR: Final = (
    700, 650, 600, 600, 650, 800, 700, 300, -200, -900, -1500, -1900,
    -2000, -1800, -1300, -700, 0, 700, 1500, 1900, 1800, 1500, 1100, 900,
)  # fmt: skip
CURVES: Final = {"constant": FLAT, "home": HOME, "shop": SHOP, "solar": SOLAR}


@dataclass(frozen=True, slots=True)
class Load:
    """So many watts, times the thousandths of the hour. ``ValueError`` for what no house takes."""

    watts: int
    curve: tuple[int, ...] = FLAT

    def __post_init__(self) -> None:
        """Refuse what does not fit."""
        if abs(self.watts) > LOAD_W_MAX:
            raise ValueError(f"a load of {LOAD_W_MAX} W at most, taken or given")
        if len(self.curve) not in {1, _HOURS}:
            raise ValueError("a curve has one figure, or one for each of 24 hours")

    def at(self, hour: int) -> int:
        """Watts in that hour of the meter's day."""
        return self.watts * self.curve[hour % len(self.curve)] // _WHOLE
