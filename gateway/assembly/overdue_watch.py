"""Looks for sales that nobody finished: once the doors are open, and every hour from then on."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from gateway.assembly.regular_look import RegularLook
from gateway.events import event
from gateway.ports import LedgerBusy
from gateway.prepayment.resume_sales import Waits, resume_sales

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from twisted.internet.defer import Deferred
    from twisted.python.failure import Failure

    from gateway.ports import Poster, Views

log = logging.getLogger("powertill.gateway")

#: How long a paid credit may wait before a person is asked to look: a bank's day and a night.
CREDIT_WAIT_MAX = timedelta(hours=24)

#: How long one for a card meter may: whoever paid by telephone comes to a station at the next shopping.
CARD_CREDIT_WAIT_MAX = timedelta(days=14)

#: Seconds between two searches. After a wait of a day an hour is soon enough for a person's list, and even a
#: search through many thousand sales is then nothing beside the payments of that hour.
SEARCH_EVERY_S = 3_600


class OverdueWatch:
    """Searches at once and then hourly on ``clock``; a search that fails is logged, and the next comes."""

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
        self._turns = RegularLook(self._look, SEARCH_EVERY_S, clock, _failed)

    def start(self) -> None:
        """Search now, and from now on every hour."""
        self._turns.start()

    def stop(self) -> Deferred[None]:
        """Begin no further page; fires when the one in work is done with."""
        return self._turns.stop()

    async def _look(self) -> None:
        found = await resume_sales(
            self._views,
            poster=self._poster,
            now=self._now(),
            wait_max=Waits(CREDIT_WAIT_MAX, CARD_CREDIT_WAIT_MAX),
            goes_on=lambda: self._turns.is_running,
        )
        event(
            log,
            "sales.looked_through",
            open_sales=found.open_count,
            overdue=found.overdue_count,
            noted=found.noted_count,
        )


def _failed(failure: Failure) -> None:
    """Nothing is lost: what was not noted is found again in an hour."""
    # A busy ledger has better things to do; anything else somebody must look at.
    level = logging.WARNING if failure.check(LedgerBusy) else logging.ERROR
    event(log, "sales.search_failed", level=level, raised=failure.value)
