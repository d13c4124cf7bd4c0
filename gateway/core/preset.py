"""Preset energy: what a meter came with, so that its customer has light before he has bought anything.

His first purchase pays for it: all that he buys is priced as ever, and the token carries so much less.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Most energy that a meter comes with, in Wh: a household's month; more is no start but a purchase.
PRESET_WH_MAX = 200_000


@dataclass(frozen=True, slots=True)
class Preset:
    """So many watt-hours, and what they were worth in minor units when the meter was installed."""

    wh: int
    minor: int

    def __post_init__(self) -> None:
        """Refuse what is none."""
        if not 0 < self.wh <= PRESET_WH_MAX or self.minor < 0:
            raise ValueError(f"preset energy is 1 to {PRESET_WH_MAX} Wh")
