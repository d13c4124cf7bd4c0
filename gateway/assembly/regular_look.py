"""Looks at once and then every so often, one look at a time; stopping waits for the one in work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import LoopingCall

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from twisted.python.failure import Failure


class RegularLook:
    """Calls ``look`` each ``every_s`` seconds of ``clock``; what a look raises goes to ``failed``."""

    def __init__(
        self,
        look: Callable[[], Coroutine[Any, Any, None]],
        every_s: float,
        clock: Any,  # noqa: ANN401 - Twisted's reactor is several interfaces at once
        failed: Callable[[Failure], None],
    ) -> None:
        self._look = look
        self._every_s = every_s
        self._failed = failed
        self._in_work: Deferred[None] = succeed(None)
        self._turns = LoopingCall(self._begin)
        self._turns.clock = clock

    @property
    def is_running(self) -> bool:
        """Will there be another look?"""
        return self._turns.running

    def start(self) -> None:
        """Look now, and from now on again and again."""
        self._turns.start(self._every_s)

    def stop(self) -> Deferred[None]:
        """Begin no further look; fires when the one in work is done with."""
        if self._turns.running:
            self._turns.stop()
        return self._in_work

    def _begin(self) -> Deferred[None]:
        # The loop takes the Deferred that it waits for as its own, so whoever stops us waits on another one.
        self._in_work = Deferred()
        looking = Deferred.fromCoroutine(self._look()).addErrback(self._failed)
        return looking.addCallback(self._in_work.callback)
