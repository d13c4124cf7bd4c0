"""Has the timetables that are published ordered for their meters: portion by portion, once a minute.

What stands already is not ordered once more (``order_timetables.py``), so this may be asked again and again.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from adapters.lines.timetables import timetables_of
from gateway.assembly.regular_look import RegularLook
from gateway.core.remote_ended import RemoteEnded
from gateway.core.remote_order import RemoteEvent
from gateway.core.timeline import microseconds
from gateway.core.views_remote_due import TimetableNow
from gateway.core.views_timetables_due import WANTING_MAX, TimetablesDue, TimetableWanting
from gateway.events import event
from gateway.multi_tariff.order_timetables import OrderTimetables
from gateway.multi_tariff.send_timetable import send_timetable
from gateway.ports import LedgerBusy

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from twisted.internet.defer import Deferred
    from twisted.python.failure import Failure

    from gateway.core.views_remote_due import DueOrder
    from gateway.ports import MeterTalk, Poster, Views

log = logging.getLogger("powertill.lines")

ORDER_EVERY_S: Final = 60
"""Seconds between two looks at what is published: meters change their rates days ahead."""


class TimetableWatch:
    """Orders what is published, at once and then each minute on ``clock``."""

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
        self._turns = RegularLook(self.look, ORDER_EVERY_S, clock, _failed)

    def start(self) -> None:
        """Look now, and from now on each minute."""
        self._turns.start()

    def stop(self) -> Deferred[None]:
        """Begin no further look; fires when the one in work is done with."""
        return self._turns.stop()

    async def send(self, due: DueOrder, talk: MeterTalk) -> RemoteEnded:
        """Carry out an order in a conversation."""
        found = await self._views.rows(TimetableNow(due.order.ask))
        if not found:
            return RemoteEnded(RemoteEvent.REFUSE, f"no timetable {due.order.ask} is kept any more")
        return await send_timetable(due.order, found[0], talk=talk, timetables_of=timetables_of)

    async def look(self) -> None:
        """Order what is wanting of each version that meters should have now; cancel what waits in vain."""
        now_us = microseconds(self._now())
        for version in await self._views.rows(TimetablesDue(now_us)):
            await self._order(version.reference, now_us)

    async def _order(self, reference: str, now_us: int) -> None:
        after = ""
        while True:
            pans = await self._views.rows(TimetableWanting(reference, now_us, after))
            if pans:
                await self._poster.post(OrderTimetables(reference, tuple(pans)))
            if len(pans) < WANTING_MAX:
                return
            after = pans[-1]


def _failed(failure: Failure) -> None:
    """Nothing is lost: what was not ordered is found again in a minute."""
    level = logging.WARNING if failure.check(LedgerBusy) else logging.ERROR
    event(log, "lines.timetables_failed", level=level, raised=failure.value)
