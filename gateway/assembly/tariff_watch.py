"""Takes newly approved tariff versions into the running gateway, and leaves withdrawn ones out.

It looks every few seconds at how far the lives of all versions have come: three numbers. Only when these have
moved are the versions read. A version counts from its own moment on, so the watch has to know it in time and
no sooner; that is why an approval comes at least a minute before (``core.tariff_life.LEAD_S``).

Where an approved version cannot be read all prices stay as they are: a part of what was approved would be
prices that nobody approved. It is told three times: an event, a person's list, the health check.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from gateway.assembly.looks import Looks
from gateway.core.tariff import TariffFault
from gateway.core.tariff_life import TariffState
from gateway.core.views import TariffVersions
from gateway.endpoints.health import Check, Standing
from gateway.events import event
from gateway.multi_tariff.note_unread_tariff import NoteUnreadTariff
from gateway.multi_tariff.read_version import read_version

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred

    from gateway.core.tariff_life import TariffHead, TariffVersion
    from gateway.multi_tariff.quote_price import TariffPricing
    from gateway.multi_tariff.tariff_in_force import TariffInForce
    from gateway.ports import Poster, Tally, Views

log = logging.getLogger("powertill.tariffs")

#: Seconds between two looks: a dozen of them fit between an approval and the version's moment.
LOOK_EVERY_S: Final = 5


class TariffWatch:
    """Looks every few seconds on ``clock``."""

    def __init__(
        self,
        views: Views,
        poster: Poster,
        pricing: TariffPricing,
        clock: Any,  # noqa: ANN401 - Twisted's reactor is several interfaces at once
        tally: Tally,
    ) -> None:
        self._views = views
        self._poster = poster
        self._pricing = pricing
        self._tally = tally
        self._head: TariffHead | None = None
        # A version's body never changes, so each is read once.
        self._read: dict[tuple[str, str], TariffInForce] = {}
        self._taken: frozenset[tuple[str, str]] | None = None
        self._unread: str | None = None
        name = "tariffs.look_failed"
        self._looks = Looks(self._take_news, clock, every_s=LOOK_EVERY_S, log=log, name=name)

    def start(self) -> None:
        """Look now, and from now on every few seconds."""
        self._looks.start()

    def stop(self) -> Deferred[None]:
        """Look no more; fires when the look in work is done with."""
        return self._looks.stop()

    def check(self) -> Check:
        """Say whether the prices are those that were approved."""
        if self._unread is not None:
            return Check("tariffs", Standing.DEGRADED, self._unread)
        if self._looks.trouble is not None:
            says = f"approved versions cannot be looked for: {self._looks.trouble}"
            return Check("tariffs", Standing.DEGRADED, says)
        return Check("tariffs", Standing.OK, f"approved versions: {len(self._taken or ())}")

    async def _take_news(self) -> None:
        head = await self._views.totals(TariffVersions())
        if head != self._head:
            await self._take(await self._approved())
            # Only now: what went wrong on the way is tried again at the next look.
            self._head = head

    async def _approved(self) -> list[TariffVersion]:
        found: list[TariffVersion] = []
        page = await self._views.rows(TariffVersions())
        while page:
            found += [one for one in page if one.state is TariffState.APPROVED]
            page = await self._views.rows(TariffVersions(after=page[-1]))
        return found

    async def _take(self, versions: list[TariffVersion]) -> None:
        unread: list[NoteUnreadTariff] = []
        for version in versions:
            place = (version.power_type, version.version)
            try:
                self._read[place] = self._read.get(place) or read_version(version)
            except TariffFault as fault:
                unread.append(NoteUnreadTariff(version, str(fault).removeprefix(": ")))
        if unread:
            await self._tell(unread)
            return
        wanted = [(version.power_type, version.version) for version in versions]
        self._pricing.replace_versions([self._read[place] for place in wanted])
        self._tally.level("tariff_versions", len(wanted))
        self._unread = None
        before, self._taken = self._taken, frozenset(wanted)
        if before != self._taken:
            new = () if before is None else self._taken - before
            gone = () if before is None else before - self._taken
            event(log, "tariffs.taken", versions=len(wanted), new=_named(new), gone=_named(gone))

    async def _tell(self, unread: list[NoteUnreadTariff]) -> None:
        for note in unread:
            name = _named([(note.version.power_type, note.version.version)])
            self._unread = f"{name} cannot be read, so the prices before it go on: {note.why}"
            self._tally.count("tariff_faults")
            event(log, "tariffs.unread", level=logging.ERROR, version=name, why=note.why)
            await self._poster.post(note)


def _named(places: frozenset[tuple[str, str]] | list[tuple[str, str]] | tuple[()]) -> str:
    return ", ".join(f"{power_type}/{version}" for power_type, version in sorted(places))
