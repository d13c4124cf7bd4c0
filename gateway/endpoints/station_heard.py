"""What stations told of themselves last, in memory: the office looks at it, a restart forgets it.

Bounded by the stations that have a certificate: nobody else is heard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.core.station_status import StationStatus


class StationsHeard:
    """Keeps of each station what it said last."""

    def __init__(self) -> None:
        self._last: dict[str, StationStatus] = {}

    def hear(self, status: StationStatus) -> None:
        """Take in what a station says of itself."""
        self._last[status.station] = status

    def statuses(self) -> Mapping[str, StationStatus]:
        """Give what each station said last, by its code; one that is silent since the start is not there."""
        return self._last

    def status(self, station: str) -> StationStatus | None:
        """Give what one station said last."""
        return self._last.get(station)
