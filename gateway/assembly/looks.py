"""Looks every few seconds: what a watch does that waits for news in the books."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import LoopingCall

from gateway.events import event

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from twisted.python.failure import Failure


class Looks:
    """Calls ``look`` again and again on ``clock``.

    The clock must be monotonic: a wall clock set back would stop it. A look that fails is told once, as the
    event ``name``, and is in ``trouble`` until one succeeds.
    """

    def __init__(
        self,
        look: Callable[[], Coroutine[Deferred[Any], Any, None]],
        clock: Any,  # noqa: ANN401 - Twisted's reactor is several interfaces at once
        *,
        every_s: float,
        log: logging.Logger,
        name: str,
    ) -> None:
        self._take_news = look
        self._every_s = every_s
        self._log = log
        self._name = name
        self.trouble: str | None = None
        self._look: Deferred[None] = succeed(None)
        self._turns = LoopingCall(self._begin)
        self._turns.clock = clock

    def start(self) -> None:
        """Look now, and from now on every few seconds."""
        self._turns.start(self._every_s)

    def stop(self) -> Deferred[None]:
        """Look no more; fires when the look in work is done with."""
        if self._turns.running:
            self._turns.stop()
        return self._look

    def _begin(self) -> Deferred[None]:
        # The loop takes the Deferred that it waits for as its own, so whoever stops us waits on another one.
        self._look = Deferred()
        looking = Deferred.fromCoroutine(self._take_news()).addCallbacks(self._succeeded, self._failed)
        return looking.addCallback(self._look.callback)

    def _succeeded(self, _: None) -> None:
        self.trouble = None

    def _failed(self, failure: Failure) -> None:
        if self.trouble is None:
            event(self._log, self._name, level=logging.WARNING, raised=failure.value)
        self.trouble = failure.getErrorMessage()
