"""Runs one coroutine on the reactor, which runs once in a process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def on_reactor(measure: Callable[[Any], Awaitable[Any]]) -> Any:
    """Give what the coroutine gives; what it raises is raised here."""
    from twisted.internet import reactor as installed  # noqa: PLC0415 - importing it installs it

    reactor: Any = installed
    ended: list[Any] = []

    def begin() -> None:
        done: Deferred[Any] = Deferred.fromCoroutine(measure(reactor))
        done.addBoth(ended.append)
        done.addBoth(lambda _: reactor.stop())

    reactor.callWhenRunning(begin)
    reactor.run()
    (result,) = ended
    if hasattr(result, "raiseException"):
        result.raiseException()
    return result
