"""Keeps the ring of vending keys as the registry has it, in the running gateway.

It looks every few seconds at how far the lives of all keys have come, three numbers and the groups. Only when
these have moved are the keys read. What it gives is put in place by one assignment, so that no order is made
under half of what was approved. A look that fails leaves the ring as it was, and the health check says so.

Keys of plain files that the configuration names stay beside them. Where both name a revision the registry's
counts from its approval on: what one person alone has loaded stops no sale.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from gateway.assembly.looks import Looks
from gateway.core.key_life import in_places
from gateway.core.key_ring import KeyRevision, KeyRing, KeyState
from gateway.core.views import VendingKeys
from gateway.endpoints.health import Check, Standing
from gateway.events import event

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import tzinfo

    from twisted.internet.defer import Deferred

    from adapters.db.views import ViewReader
    from gateway.core.key_life import KeyHead, SupplyGroup, VendingKey
    from gateway.ports import Tally, Views

log = logging.getLogger("powertill.keys")

#: Seconds between two looks: a key that was withdrawn must not make tokens for long.
LOOK_EVERY_S: Final = 5


class KeyWatch:
    """Looks every few seconds; ``files`` are the keys of the configuration's plain files."""

    def __init__(
        self,
        views: Views,
        files: Iterable[tuple[str, int]],
        clock: Any,  # noqa: ANN401 - Twisted's reactor is several interfaces at once
        tally: Tally,
    ) -> None:
        self._views = views
        self._files = tuple(KeyRevision(sgc, krn) for sgc, krn in files)
        self._tally = tally
        self._head: KeyHead | None = None
        self._ring = KeyRing.of(self._files)
        self._looks = Looks(self._look, clock, every_s=LOOK_EVERY_S, log=log, name="keys.look_failed")

    def ring(self) -> KeyRing:
        """Give the keys as they stand; read by any thread."""
        return self._ring

    async def load(self) -> None:
        """Look for the first time, before the doors open; what goes wrong is raised."""
        await self._look()

    def start(self) -> None:
        """Look now, and from now on every few seconds."""
        self._looks.start()

    def stop(self) -> Deferred[None]:
        """Look no more; fires when the look in work is done with."""
        return self._looks.stop()

    def check(self) -> Check:
        """Say whether the keys are those that were approved."""
        if self._looks.trouble is not None:
            says = f"vending keys cannot be looked for: {self._looks.trouble}"
            return Check("keys", Standing.DEGRADED, says)
        return Check("keys", Standing.OK, f"approved vending keys: {self._approved()}")

    async def _look(self) -> None:
        head = await self._views.totals(VendingKeys())
        if head == self._head:
            return
        keys: list[VendingKey] = []
        page = await self._views.rows(VendingKeys())
        while page:
            keys += page
            page = await self._views.rows(VendingKeys(after=page[-1]))
        self._take(keys, head.groups)
        # Only now: what went wrong on the way is tried again at the next look.
        self._head = head

    def _take(self, keys: list[VendingKey], groups: tuple[SupplyGroup, ...]) -> None:
        before, self._ring = self._ring, ring_of(self._files, keys, groups)
        self._tally.level("vending_keys", self._approved())
        if before != self._ring:
            states = {place: one.state.value for place, one in self._ring.revisions.items()}
            said = ", ".join(f"{sgc}/{krn} {state}" for (sgc, krn), state in sorted(states.items()))
            event(log, "keys.taken", keys=said)

    def _approved(self) -> int:
        return sum(
            one.state is KeyState.APPROVED and not one.is_of_cards for one in self._ring.revisions.values()
        )


def read_ring(views: ViewReader, files: Iterable[tuple[str, int]]) -> KeyRing:
    """Read the ring as it stands at this moment, for a command; ``files`` are those of the configuration."""
    keys: list[VendingKey] = []
    page = views.rows(VendingKeys())
    while page:
        keys += page
        page = views.rows(VendingKeys(after=page[-1]))
    plain = [KeyRevision(sgc, krn) for sgc, krn in files]
    return ring_of(plain, keys, views.totals(VendingKeys()).groups)


def ring_of(
    files: Iterable[KeyRevision], keys: Sequence[VendingKey], groups: Iterable[SupplyGroup]
) -> KeyRing:
    """Join the keys of plain files and those of the registry; zones are of groups that have their own."""
    revisions = {one.place: one for one in files}
    # Ever: a revision that was withdrawn and waits for its second person anew is not the file's again.
    ever_approved = {key.revision.place for key in keys if key.approved_at is not None}
    for key in in_places(keys):
        if key.revision.place in ever_approved or key.revision.place not in revisions:
            revisions[key.revision.place] = key.revision
    zones: dict[str, tzinfo] = {group.sgc: ZoneInfo(group.timezone) for group in groups if group.timezone}
    return KeyRing.of(revisions.values(), zones)
