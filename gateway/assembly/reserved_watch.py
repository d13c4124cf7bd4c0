"""Gives up purchases that were reserved for a card and never begun: once the doors are open, and each minute.

Nothing is sealed for a purchase before it is begun, so nothing of it can be on a card, and its number goes to
the next one. A station that comes back with it later is told that it is void, and writes nothing.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from gateway.assembly.regular_look import RegularLook
from gateway.core.timeline import microseconds
from gateway.core.views_stations import CardOrdersReserved
from gateway.events import event
from gateway.ports import LedgerBusy
from gateway.prepayment.step_card import GiveUpCard

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from twisted.internet.defer import Deferred
    from twisted.python.failure import Failure

    from gateway.ports import Poster, Views

log = logging.getLogger("powertill.station")

#: A customer looks for his card, a cashier counts the money: whoever needs longer begins anew.
RESERVED_MAX: Final = timedelta(minutes=10)

#: Seconds between two searches: beside ten minutes one more is nothing.
SEARCH_EVERY_S: Final = 60

TOLD: Final = "nothing was begun within ten minutes"


class ReservedWatch:
    """Searches at once and then each minute on ``clock``; one that fails is logged, and the next comes."""

    def __init__(
        self,
        views: Views,
        poster: Poster,
        clock: Any,  # noqa: ANN401 - Twisted's reactor is several interfaces at once
        now: Callable[[], datetime],
    ) -> None:
        self._views = views
        self._poster = poster
        self._now = now
        self._turns = RegularLook(self.look, SEARCH_EVERY_S, clock, _failed)

    def start(self) -> None:
        """Search now, and from now on each minute."""
        self._turns.start()

    def stop(self) -> Deferred[None]:
        """Begin no further search; fires when the one in work is done with."""
        return self._turns.stop()

    async def look(self) -> None:
        """Give up what has waited for too long."""
        before = microseconds(self._now() - RESERVED_MAX)
        orders = await self._views.rows(CardOrdersReserved(before))
        faults: list[Exception] = []
        for order in orders:
            # One that was begun meanwhile refuses it: only what is reserved is given up.
            giving = GiveUpCard(order.id, order.payment, order.by, order.station, TOLD)
            try:
                await self._poster.post(giving)
            except LedgerBusy:
                raise
            except Exception as fault:  # noqa: BLE001 - it is raised again, behind those that are not at fault
                faults.append(fault)
        if orders:
            event(log, "station.reserved_given_up", orders=len(orders) - len(faults))
        if faults:
            raise faults[0]


def _failed(failure: Failure) -> None:
    """Nothing is lost: what was not given up is found again in a minute."""
    level = logging.WARNING if failure.check(LedgerBusy) else logging.ERROR
    event(log, "station.search_failed", level=level, raised=failure.value)
