"""Two questions of one page at once: a list of a million rows is read while its totals are summed up."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from twisted.internet.defer import DeferredList, ensureDeferred

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from twisted.internet.defer import Deferred

OneT = TypeVar("OneT")
OtherT = TypeVar("OtherT")


async def both(
    one: Coroutine[Deferred[Any], Any, OneT], other: Coroutine[Deferred[Any], Any, OtherT]
) -> tuple[OneT, OtherT]:
    """Wait for both; where both fail, the first one's failure is the one that is raised.

    The other is waited for even so: no answer comes when nobody is there any more to hear its failure.
    """
    asked: list[Deferred[Any]] = [ensureDeferred(one), ensureDeferred(other)]
    ended = await DeferredList(asked, consumeErrors=True)
    for is_done, found in ended:
        if not is_done:
            found.raiseException()
    (_, first), (_, second) = ended
    return first, second
