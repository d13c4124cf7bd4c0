"""Runs what waits for the outside, in a command that is otherwise plain: with the reactor."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any, Final, TypeVar

from twisted.internet.defer import Deferred

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from twisted.python.failure import Failure

LEAVE_S_MAX: Final = 30
"""Seconds after Ctrl-C for what is under way to be left in order: a meter's session, then a modem's call."""

_Outcome = TypeVar("_Outcome")


def waited_for(begin: Callable[[Any], Coroutine[Any, Any, _Outcome]]) -> _Outcome | Failure:
    """Run the reactor until this is done; give what came of it, or how it failed. Once in a process.

    Ctrl-C breaks it off (``CancelledError`` where it waits), and it may leave in order; a second one ends the
    process at once. KeyboardInterrupt afterwards.
    """
    from twisted.internet import reactor as installed  # noqa: PLC0415 - importing it installs it

    reactor: Any = installed
    ended: list[_Outcome | Failure] = []
    broken_off: list[Deferred[_Outcome]] = []

    def start() -> None:
        doing: Deferred[_Outcome] = Deferred.fromCoroutine(begin(reactor))
        reactor.addSystemEventTrigger("before", "shutdown", leave, doing)
        doing.addBoth(ended.append)
        doing.addBoth(lambda _: None if broken_off else reactor.stop())

    def leave(doing: Deferred[_Outcome]) -> Deferred[None] | None:
        if ended:
            return None
        broken_off.append(doing)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        left: Deferred[None] = Deferred()
        doing.addBoth(lambda _: None if left.called else left.callback(None))
        reactor.callLater(LEAVE_S_MAX, lambda: None if left.called else left.callback(None))
        doing.cancel()
        return left

    reactor.callWhenRunning(start)
    reactor.run()
    if broken_off or not ended:
        raise KeyboardInterrupt
    return ended[0]
