"""Empties the outbox where nobody is to be told: without ``[notify]`` its rows would only grow in number.

They are taken out undelivered, and counted. Whoever configures a receiver later hears of what is sold from
then on; what was sold before is in the journal, not here.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import LoopingCall

from adapters.db.opening import DatabaseFault
from adapters.db.outbox import PAGE_MAX
from gateway.events import event

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.db.outbox import Outbox
    from gateway.endpoints.health import Check
    from gateway.ports import Tally

    RunElsewhere = Callable[..., Deferred[Any]]

log = logging.getLogger("powertill.outbox")

#: Seconds between two sweeps: at full load some twenty thousand rows lie there, a few megabytes.
SWEEP_EVERY_S: Final = 10.0


class OutboxSweep:
    """Sweeps at once and then at intervals on ``clock``; each page is a short transaction of its own."""

    def __init__(
        self,
        outbox: Outbox,
        run_elsewhere: RunElsewhere,
        clock: Any,  # noqa: ANN401 - Twisted's reactor is several interfaces at once
        tally: Tally,
    ) -> None:
        self._outbox = outbox
        self._run_elsewhere = run_elsewhere
        self._tally = tally
        self._sweep: Deferred[None] = succeed(None)
        self._turns = LoopingCall(self._begin)
        self._turns.clock = clock

    def start(self) -> None:
        """Sweep now, and from now on at intervals."""
        self._turns.start(SWEEP_EVERY_S)

    def ring(self) -> None:
        """Nobody waits for these rows, so there is no haste."""

    async def stop(self) -> None:
        """Begin no further page, and wait for the one in work."""
        if self._turns.running:
            self._turns.stop()
        await self._sweep

    def checks(self) -> list[Check]:
        """There is nothing to look at: nobody waits."""
        return []

    def _begin(self) -> Deferred[None]:
        # The loop takes the Deferred that it waits for as its own, so whoever stops us waits on another one.
        self._sweep = Deferred()
        return Deferred.fromCoroutine(self._swept()).addBoth(self._sweep.callback)

    async def _swept(self) -> None:
        try:
            found = PAGE_MAX
            while found == PAGE_MAX and self._turns.running:
                found = await self._run_elsewhere(self._outbox.discard, PAGE_MAX)
                self._tally.count("notices", found, outcome="unwanted")
        except DatabaseFault as fault:
            event(log, "outbox.unreachable", level=logging.WARNING, why=str(fault))
        except Exception as fault:  # noqa: BLE001 - one sweep of many: the next one finds what is left
            event(log, "outbox.sweep_failed", level=logging.ERROR, raised=fault)
