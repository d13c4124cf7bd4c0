"""Begins the changes of terms that are due: before the doors open, and in the moment in which a day begins.

It looks every few seconds when the next change begins, and sooner where that is nearer: so a sale before the
moment is priced by the old terms, and one behind it by the new ones. What became due while the gateway was
off is begun before the first payment is taken. A look that fails is told once, and the next one comes.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import Deferred, succeed

from gateway.core.timeline import microseconds
from gateway.core.views_points import DuePoint, DuePoints
from gateway.events import event
from gateway.prepayment.begin_terms import begin_due_terms

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from twisted.python.failure import Failure

    from gateway.ports import Poster, Views

log = logging.getLogger("powertill.gateway")

#: Seconds between two looks: a change that is approved a minute before its day must not be missed.
LOOK_EVERY_S: Final = 5

#: Seconds until a change that was refused is tried again: a person mends its prices, which takes hours.
REFUSED_FOR_S: Final = 3_600

_MICROSECONDS: Final = 1_000_000


class TermsWatch:
    """Looks on ``clock``, which must be monotonic; ``now`` is the wall's, by which days begin."""

    def __init__(
        self,
        views: Views,
        poster: Poster,
        clock: Any,  # noqa: ANN401 - Twisted's reactor is several interfaces at once
        now: Callable[[], datetime],
    ) -> None:
        self._views = views
        self._poster = poster
        self._clock = clock
        self._now = now
        self._is_stopped = False
        self._timer: Any = None  # Twisted's interfaces mean nothing to the type checker
        self._look: Deferred[None] = succeed(None)
        self._refused: frozenset[DuePoint] = frozenset()
        self._refused_until = 0.0
        self._trouble: str | None = None

    async def load(self) -> None:
        """Begin what became due before the start, before the doors open; what goes wrong is told."""
        await Deferred.fromCoroutine(self._begin_due()).addErrback(self._failed)

    def start(self) -> None:
        """Look now, and from now on again and again."""
        self._turn()

    def stop(self) -> Deferred[None]:
        """Look no more; fires when the look in work is done with."""
        self._is_stopped = True
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        return self._look

    def _turn(self) -> None:
        look: Deferred[None] = Deferred()
        self._look = look
        looking: Deferred[Any] = Deferred.fromCoroutine(self._begin_due()).addErrback(self._failed)
        looking.addCallback(self._wait).addCallback(look.callback)

    def _wait(self, seconds: float) -> None:
        if not self._is_stopped:
            self._timer = self._clock.callLater(seconds, self._turn)

    async def _begin_due(self) -> float:
        """Begin what is due; say in how many seconds to look again."""
        if self._clock.seconds() >= self._refused_until:
            self._refused = frozenset()
        now = self._now()
        found = await begin_due_terms(
            self._views,
            poster=self._poster,
            now=now,
            passed_over=self._refused,
            goes_on=lambda: not self._is_stopped,
        )
        for number in found.begun:
            event(log, "terms.begun", point=number)
        for one, refusal in found.refused:
            event(log, "terms.not_begun", level=logging.WARNING, point=one.number, why=refusal.sentence)
        self._pass_over([one for one, _ in found.refused])
        self._trouble = None
        following = await self._views.totals(DuePoints(until_us=microseconds(now)))
        if following is None:
            return LOOK_EVERY_S
        return min(LOOK_EVERY_S, max(0, following - microseconds(self._now())) / _MICROSECONDS)

    def _pass_over(self, refused: list[DuePoint]) -> None:
        if refused and not self._refused:
            self._refused_until = self._clock.seconds() + REFUSED_FOR_S
        self._refused |= frozenset(refused)

    def _failed(self, failure: Failure) -> float:
        """Nothing is lost: what is due is found at the next look."""
        if self._trouble is None:
            event(log, "terms.look_failed", level=logging.WARNING, raised=failure.value)
        self._trouble = failure.getErrorMessage()
        return LOOK_EVERY_S
