"""Runs what waits for the outside, in a command that is otherwise plain: with the reactor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from twisted.internet.defer import Deferred

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from twisted.python.failure import Failure

_Outcome = TypeVar("_Outcome")


def waited_for(begin: Callable[[Any], Coroutine[Any, Any, _Outcome]]) -> _Outcome | Failure:
    """Run the reactor until this is done; give what came of it, or how it failed. Once in a process."""
    from twisted.internet import reactor as installed  # noqa: PLC0415 - importing it installs it

    reactor: Any = installed
    ended: list[_Outcome | Failure] = []

    def start() -> None:
        doing: Deferred[_Outcome] = Deferred.fromCoroutine(begin(reactor))
        doing.addBoth(ended.append)
        doing.addBoth(lambda _: reactor.stop())

    reactor.callWhenRunning(start)
    reactor.run()
    if not ended:
        raise KeyboardInterrupt
    return ended[0]
