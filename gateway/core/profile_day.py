"""A day of a load profile: which rows are of it, each moment once, and whether it is whole.

A row is named by the moment at which its period ended, so a day's rows are those after its beginning, up to
and with its end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from gateway.core.meter_seen import Figure, ProfileRowKept

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import tzinfo

    from gateway.core.contact import ProfileRow

PERIOD_LEAST: Final = timedelta(minutes=1)
"""The shortest period of a load profile: the first row of a day is at the earliest so long after it began."""

#: IEC 62056-6-1: status registers; a column of them is the meter's word on its row.
_STATUS: Final = "-0:96.10."


@dataclass(frozen=True, slots=True)
class ProfileDay:
    """The day before a moment, as a clock in ``zone`` has it."""

    at_s: int
    zone: tzinfo

    @property
    def ends(self) -> datetime:
        """When it ends: the moment of its last row."""
        return datetime.fromtimestamp(self.at_s, self.zone)

    @property
    def begins(self) -> datetime:
        """When it begins: the same time of day, a day before; where clocks change it is longer or shorter."""
        return self.ends - timedelta(days=1)

    @property
    def first(self) -> datetime:
        """From when on rows are asked for."""
        return self.begins + PERIOD_LEAST

    def rows(
        self, pan: str, rows: Iterable[ProfileRow], names: Mapping[str, str]
    ) -> tuple[ProfileRowKept, ...]:
        """Give its rows, the oldest first; of two of one moment the first.

        ``names``: where a value stands → what the model calls it. A moment without an offset that comes
        twice, in the hour that a zone has twice, is of its second time.
        """
        begins_s, kept = int(self.begins.timestamp()), dict[int, ProfileRowKept]()
        for row in rows:
            at_s = self._moment(row, kept)
            if at_s is not None and begins_s < at_s <= self.at_s:
                values, status = _values(row, names)
                kept.setdefault(at_s, ProfileRowKept(pan, at_s, values, status))
        return tuple(kept[at_s] for at_s in sorted(kept))

    def _moment(self, row: ProfileRow, kept: dict[int, ProfileRowKept]) -> int | None:
        try:
            at = datetime.fromisoformat(row.moment)
        except ValueError:
            return None
        if at.tzinfo is not None:
            return int(at.timestamp())
        first, second = (int(at.replace(tzinfo=self.zone, fold=fold).timestamp()) for fold in (0, 1))
        return second if first in kept and second > first else first


def _values(row: ProfileRow, names: Mapping[str, str]) -> tuple[tuple[Figure, ...], str]:
    """Give a row's numbers, and the meter's word on it."""
    words = [one for one in row.values if _STATUS in one.at]
    status = row.status or " ".join(one.text for one in words)
    figures = tuple(
        Figure(names.get(one.at, one.item), one.number, one.decimals, one.unit)
        for one in row.values
        if one.number is not None and one not in words
    )
    return figures, status


def moment_text(at_s: int, zone: tzinfo = UTC) -> str:
    """Write a moment to the minute, for a sentence."""
    return datetime.fromtimestamp(at_s, zone).strftime("%Y-%m-%d %H:%M")
