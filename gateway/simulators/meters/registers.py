"""What a meter has counted: Wh by tariff, and what is kept of it at the end of a month and of each period.

A single remainder of watt-milliseconds is before all tariffs, as one disk drives all drums: so the tariffs
together are the total, always.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from gateway.simulators.meters.meter_clock import MINUTE_MS
from gateway.simulators.meters.purse import WMS_PER_WH
from gateway.simulators.meters.tariff_times import TARIFFS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MONTHS_KEPT: Final = 12
"""Settlements that can be read back: DL/T 645-2007 has twelve."""

ROWS_MAX: Final = 35_136
"""Rows of a load profile: a leap year of quarter-hours, 1.1 MB."""

CLOCK_SET: Final = 0x20
"""In the status of a row: the clock was set in it (VDEW specification of load profile meters)."""

DISTURBED: Final = 0x04
"""Likewise: the row is not of a whole period."""

_COLUMNS: Final = 4


@dataclass(frozen=True, slots=True)
class Counted:
    """Registers at a moment (shown milliseconds): Wh of T1 to T4 and given back, the greatest demand in W."""

    at: int
    tariffs: tuple[int, ...]
    reverse: int
    demand_w: int
    demand_at: int

    @property
    def total(self) -> int:
        """Wh taken in all tariffs."""
        return sum(self.tariffs)


class Registers:
    """The drums of a meter."""

    __slots__ = ("demand_at", "demand_w", "rest", "reverse", "reverse_rest", "tariffs")

    def __init__(self) -> None:
        self.tariffs = [0] * TARIFFS
        self.reverse = 0
        self.rest = 0
        self.reverse_rest = 0
        self.demand_w = 0
        self.demand_at = 0

    @property
    def total(self) -> int:
        """Wh taken in all tariffs."""
        return sum(self.tariffs)

    def count(self, wms: int, tariff: int) -> None:
        """Count what was taken, or given where it is below 0, in watt-milliseconds."""
        if wms >= 0:
            whole, self.rest = divmod(self.rest + wms, WMS_PER_WH)
            self.tariffs[tariff - 1] += whole
        else:
            whole, self.reverse_rest = divmod(self.reverse_rest - wms, WMS_PER_WH)
            self.reverse += whole

    def demand(self, watts: int, at: int) -> None:
        """Keep the greatest mean of a period, and when it ended."""
        if watts > self.demand_w:
            self.demand_w, self.demand_at = watts, at

    def counted(self, at: int) -> Counted:
        """Give a copy."""
        return Counted(at, tuple(self.tariffs), self.reverse, self.demand_w, self.demand_at)


class Row(NamedTuple):
    """A row of a load profile: when its period ended (shown milliseconds), status, mean W, total Wh."""

    at: int
    status: int
    mean_w: int
    total_wh: int


class Profile:
    """The last rows, oldest first; 32 bytes each, none before the first one comes."""

    __slots__ = ("_cells", "rows_max")

    def __init__(self, rows_max: int) -> None:
        if not 0 <= rows_max <= ROWS_MAX:
            raise ValueError(f"a load profile has at most {ROWS_MAX} rows")
        self.rows_max = rows_max
        self._cells: array[int] | None = None

    def __len__(self) -> int:
        return 0 if self._cells is None else len(self._cells) // _COLUMNS

    def add(self, row: Row) -> None:
        """Add a row, and forget the oldest one where there are too many."""
        if self.rows_max == 0:
            return
        cells = self._cells
        if cells is None:
            cells = self._cells = array("q")
        if len(cells) >= _COLUMNS * self.rows_max:
            del cells[: len(cells) - _COLUMNS * (self.rows_max - 1)]
        cells.extend((row.at // MINUTE_MS, row.status, row.mean_w, row.total_wh))

    def row(self, place: int) -> Row:
        """Give a row by its place, 0 the oldest."""
        cells = self._cells
        if cells is None or not 0 <= place < len(self):
            raise IndexError(place)
        minutes, status, mean_w, total_wh = cells[_COLUMNS * place : _COLUMNS * (place + 1)]
        return Row(minutes * MINUTE_MS, status, mean_w, total_wh)

    def between(self, begins: int, ends: int) -> Iterator[Row]:
        """Give the rows of a span of shown milliseconds, both ends included."""
        return (row for row in self.rows() if begins <= row.at <= ends)

    def rows(self) -> Iterator[Row]:
        """Give all rows, oldest first."""
        return (self.row(place) for place in range(len(self)))

    def clear(self) -> None:
        """Forget all rows."""
        self._cells = None

    def plain(self) -> list[int]:
        """Give all cells, for a file."""
        return [] if self._cells is None else list(self._cells)

    def refill(self, cells: Sequence[int]) -> None:
        """Take the cells of a file; ``ValueError`` where they are no rows."""
        if len(cells) % _COLUMNS or len(cells) > _COLUMNS * ROWS_MAX:
            raise ValueError("cells that make no rows of a load profile")
        self._cells = array("q", cells[-_COLUMNS * self.rows_max :]) if cells and self.rows_max else None
