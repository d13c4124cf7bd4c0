"""Closes business days by itself, if the configuration wants it: so many minutes after the last cut-over.

A day that is refused stays refused until a person has done something about it, and each attempt counts the
day's postings while payments wait. So attempts grow rarer, up to one an hour, and a reason is said once.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import LoopingCall

from gateway.assembly.parts import build_calendar
from gateway.events import event
from gateway.ports import LedgerBusy
from gateway.prepayment.close_due_days import close_due_days

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from twisted.python.failure import Failure

    from gateway.assembly.parts import Ledger
    from gateway.config import Config
    from gateway.core.calendar import Calendar
    from gateway.ports import Poster, Views

log = logging.getLogger("powertill.ledger")

#: Seconds between two looks: the configuration speaks of minutes.
LOOK_EVERY_S = 60

#: Looks that are passed over behind one without success: the next one comes an hour later.
PASSED_OVER_MAX = 59


def build_day_watch(
    config: Config,
    ledger: Ledger,
    reactor: Any,  # noqa: ANN401 - Twisted's reactor is several interfaces at once
    now: Callable[[], datetime],
) -> DayWatch:
    """Build the watch as the configuration wants it."""
    minutes = config.ledger.close_after_minutes
    return DayWatch(ledger.views, ledger.poster, build_calendar(config), reactor, now, minutes=minutes)


class DayWatch:
    """Looks every minute on ``clock`` whether a day is due; ``minutes`` is None where nobody wants it."""

    def __init__(  # noqa: PLR0913 - its parts, all of them named
        self,
        views: Views,
        poster: Poster,
        calendar: Calendar,
        clock: Any,  # noqa: ANN401 - Twisted's reactor is several interfaces at once
        now: Callable[[], datetime],
        *,
        minutes: int | None,
    ) -> None:
        self._views = views
        self._poster = poster
        self._calendar = calendar
        self._now = now
        self._wait = None if minutes is None else timedelta(minutes=minutes)
        self._told: tuple[object, ...] | None = None
        self._setback, self._passes = 0, 0
        self._look: Deferred[None] = succeed(None)
        self._turns = LoopingCall(self._begin_look)
        self._turns.clock = clock

    def start(self) -> None:
        """Look now, and from now on every minute."""
        if self._wait is not None:
            self._turns.start(LOOK_EVERY_S)

    def stop(self) -> Deferred[None]:
        """Look no more; fires when the look in work is done with."""
        if self._turns.running:
            self._turns.stop()
        return self._look

    def _begin_look(self) -> Deferred[None] | None:
        if self._passes > 0:
            self._passes -= 1
            return None
        # The loop takes the Deferred that it waits for as its own, so whoever stops us waits on another one.
        self._look = Deferred()
        looking = Deferred.fromCoroutine(self._close_due()).addErrback(self._failed)
        return looking.addCallback(self._look.callback)

    async def _close_due(self) -> None:
        assert self._wait is not None  # noqa: S101 - it is not started without
        found = await close_due_days(
            self._views, poster=self._poster, calendar=self._calendar, now=self._now(), wait=self._wait
        )
        for closed in found.closed:
            event(log, "day.closed", day=closed.day, entries=closed.entries, checksum=closed.checksum)
        if found.refused is None:
            self._told, self._setback = None, 0
        elif self._is_news(*found.refused):
            day, refused = found.refused
            event(log, "day.not_closed", level=logging.ERROR, day=day, why=refused.sentence)

    def _failed(self, failure: Failure) -> None:
        """Nothing is lost: the day is still due at the next attempt."""
        if self._is_news(failure.type, failure.getErrorMessage()):
            level = logging.WARNING if failure.check(LedgerBusy) else logging.ERROR
            event(log, "day.look_failed", level=level, raised=failure.value)

    def _is_news(self, *why: object) -> bool:
        """Let the next attempt wait longer than this one did; say whether the last one said the same."""
        self._setback = self._passes = min(2 * self._setback + 1, PASSED_OVER_MAX)
        known, self._told = self._told, why
        return known != why
