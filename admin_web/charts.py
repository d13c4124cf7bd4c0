"""A chart: lines or bars over days, drawn by uPlot from what stands in the page, with its table beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from admin_web.shown import decimals_of, figure_of
from admin_web.words import msg

if TYPE_CHECKING:
    from datetime import date

    from admin_web.cells import Amount
    from admin_web.shown import Shown
    from admin_web.words import Words


@dataclass(frozen=True, slots=True)
class Series:
    """A line of a chart: its English name, and an amount for each day (None: not known)."""

    label: str
    amounts: tuple[Amount | None, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Amounts over days, all of one unit; the caption is an English sentence. ``is_bars`` draws columns."""

    caption: str
    days: tuple[date, ...]
    series: tuple[Series, ...]
    unit: str
    is_bars: bool = False

    def __post_init__(self) -> None:
        """Each line has an amount for each day, or a None."""
        if any(len(one.amounts) != len(self.days) for one in self.series):
            raise ValueError("a line of a chart has an amount for each day")

    def drawn(self, words: Words, shown: Shown) -> str:
        """Give what the browser draws it from: floats, for the eye; the table has the figures exactly."""
        lines: list[Any] = [
            [None if one is None else float(figure_of(one.amount, one.unit)) for one in line.amounts]
            for line in self.series
        ]
        return json.dumps({
            "days": [day.isoformat() for day in self.days],
            "labels": [words.say(line.label) for line in self.series],
            "lines": lines,
            "day": words.say(msg("Day")),
            "unit": shown.unit(self.unit),
            "decimals": decimals_of(self.unit),
            "locale": str(shown.locale).replace("_", "-"),
            "bars": self.is_bars,
        })  # fmt: skip

    @property
    def rows(self) -> list[tuple[date, list[Amount | None]]]:
        """The table: a line for each day."""
        return [(day, [line.amounts[place] for line in self.series]) for place, day in enumerate(self.days)]
