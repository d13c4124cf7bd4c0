"""How card stations stand, as columns of their list: when one was heard, its readers, what is unfinished."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from admin_web.card_words import READER_STATES
from admin_web.cells import Code, Counted, Link, State, Tone
from admin_web.listing import Column
from admin_web.words import msg, msg_many
from gateway.core.timeline import microseconds, moment_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from gateway.core.station_status import StationStatus
    from gateway.core.views_staff import StationRow

ON_LINE: Final = State(msg("on line"), Tone.GOOD)
SILENT: Final = State(msg("silent"), Tone.BAD)

_UNFINISHED: Final = msg_many("%(count)s unfinished purchase", "%(count)s unfinished purchases")


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard of the stations, at the moment in which the page is made."""

    statuses: Mapping[str, StationStatus]
    asked: Asked
    now_us: int

    @classmethod
    def of(cls, asked: Asked) -> Heard:
        """Ask for it."""
        return cls(asked.office.stations.statuses(), asked, microseconds(asked.office.now()))

    def columns(self) -> tuple[Column[StationRow], ...]:
        """Give the columns; none as long as no card station has called."""
        if not self.statuses:
            return ()
        return (
            Column("line", msg("Card station"), self._line),
            Column("heard", msg("Last heard"), self._at, "moment"),
            Column("readers", msg("Readers"), self._readers),
            Column("unfinished", msg("Unfinished"), self._unfinished),
            Column("version", msg("Version"), self._version, is_usual=False),
            Column("address", msg("Address"), self._address, is_usual=False),
        )

    def _of(self, row: StationRow) -> StationStatus | None:
        return self.statuses.get(row.station.code)

    def _line(self, row: StationRow) -> Cell:
        one = self._of(row)
        if one is None:
            return None
        return SILENT if one.is_silent(self.now_us) else ON_LINE

    def _at(self, row: StationRow) -> Cell:
        one = self._of(row)
        return None if one is None else moment_of(one.heard_us)

    def _readers(self, row: StationRow) -> Cell:
        one, say = self._of(row), self.asked.words.say
        if one is None:
            return None
        return ", ".join(f"{it.name}: {say(READER_STATES.get(it.state, it.state))}" for it in one.readers)

    def _unfinished(self, row: StationRow) -> Cell:
        one = self._of(row)
        if one is None:
            return None
        path = f"/card-orders?station={row.station.code}"
        return Link(Counted(*_UNFINISHED, one.unfinished), path) if one.unfinished else 0

    def _version(self, row: StationRow) -> Cell:
        one = self._of(row)
        return None if one is None else one.version

    def _address(self, row: StationRow) -> Cell:
        one = self._of(row)
        return None if one is None else Code(one.address)
