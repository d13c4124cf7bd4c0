"""The poster: a queue in front of the posting batch, with at most one batch in flight per ledger.

When a batch ends, everything that queued meanwhile is the next one; there is no timer. The waiters are
answered only after the commit.
"""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from adapters.db.posting_batch import LedgerBroken
from gateway.events import event
from gateway.ports import LedgerBusy, OutcomeUnknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.db.posting_batch import PostingBatch
    from gateway.core.books import Command
    from gateway.core.outcome import Content

    #: The commands of a batch with those who wait for them.
    _Taken = list[tuple[Command, Deferred[Content]]]
    RunElsewhere = Callable[..., Deferred[Any]]

log = logging.getLogger("powertill.ledger")

#: Larger batches gain nothing: 500 payments already spread one fsync thin, and more would only wait longer.
BATCH_MAX = 500

#: What may wait: about two seconds of full load. Beyond it an early "busy" is kinder than a late answer.
QUEUE_MAX = 10_000


class QueuedPoster:
    """Implements ``ports.Poster``: posts commands in batches, each on ``run_elsewhere`` (a thread).

    ``on_broken`` is called once when the disk under the ledger fails; after that every post is refused.
    ``on_posted`` may be set to what is to be called after each batch, before its waiters are answered.
    """

    def __init__(
        self,
        batch: PostingBatch,
        run_elsewhere: RunElsewhere,
        on_broken: Callable[[str], None] = lambda _why: None,
        batch_max: int = BATCH_MAX,
    ) -> None:
        self._batch = batch
        self._run_elsewhere = run_elsewhere
        self._on_broken = on_broken
        self._batch_max = batch_max
        self._queue: deque[tuple[Command, Deferred[Content]]] = deque()
        self._running: _Taken | None = None
        self._is_closed = False
        self._idle: list[Deferred[None]] = []
        self.on_posted: Callable[[], None] = lambda: None
        self.posted_count = 0
        self.batch_count = 0

    @property
    def queued_count(self) -> int:
        """How many commands wait for their batch."""
        return len(self._queue)

    def post(self, command: Command) -> Deferred[Content]:
        """Queue a command; fires with its content once that is durable. See ``ports.Poster``."""
        waiter: Deferred[Content] = Deferred()
        if self._is_closed or len(self._queue) >= QUEUE_MAX:
            waiter.errback(
                LedgerBusy("the ledger is closing" if self._is_closed else "the ledger's queue is full")
            )
            return waiter
        self._queue.append((command, waiter))
        if self._running is None:
            self._start()
        return waiter

    def close(self) -> Deferred[None]:
        """Take nothing more; fires when everything queued has been answered and the connection is closed."""
        self._is_closed = True
        idle: Deferred[None] = Deferred()
        if self._running is not None:
            self._idle.append(idle)
        else:
            idle.callback(None)
        return idle.addCallback(lambda _: self._run_elsewhere(self._batch.close))

    def _start(self) -> None:
        taken = [self._queue.popleft() for _ in range(min(self._batch_max, len(self._queue)))]
        self._running = taken
        done = self._run_elsewhere(self._batch.run, [command for command, _ in taken])
        done.addCallbacks(self._answer, self._fail, callbackArgs=(taken,), errbackArgs=(taken,))
        done.addBoth(self._next, taken)

    def _answer(self, outcomes: list[Any], taken: _Taken) -> None:
        self.batch_count += 1
        self.posted_count += len(taken)
        # What has queued meanwhile is written while these are answered. Where nothing has, the next batch
        # waits for all the answers: what they bring is then one batch, and not a batch of the first.
        if self._queue:
            self._start()
        self.on_posted()
        for (_, waiter), outcome in zip(taken, outcomes, strict=True):
            if isinstance(outcome, Exception):
                waiter.errback(outcome)
            else:
                waiter.callback(outcome)

    def _fail(self, failure: Failure, taken: _Taken) -> None:
        """The batch itself failed: its waiters learn it, and a broken disk ends the ledger."""
        event(log, "ledger.batch_failed", level=logging.ERROR, raised=failure.value, commands=len(taken))
        why = failure.getErrorMessage() if failure.check(LedgerBroken) else None
        if why is not None:
            failure = Failure(OutcomeUnknown("the ledger's disk failed; ask again with the same key"))
        for _, waiter in taken:
            waiter.errback(Failure(failure.value, failure.type, failure.getTracebackObject()))
        if why is not None:
            self._end_broken(why)

    def _end_broken(self, why: str) -> None:
        """Refuse what waits: a disk that has failed once might acknowledge and still forget."""
        self._is_closed = True
        waiting, self._queue = self._queue, deque()
        for _, waiter in waiting:
            waiter.errback(LedgerBusy("the ledger is closing"))
        self._on_broken(why)

    def _next(self, _result: object, answered: _Taken) -> None:
        if self._running is not answered:
            return  # the next one was begun before the answers
        self._running = None
        if self._queue:
            self._start()
            return
        idle, self._idle = self._idle, []
        for waiter in idle:
            waiter.callback(None)


def run_here(function: Callable[..., Any], *arguments: Any) -> Deferred[Any]:  # noqa: ANN401 - any function's
    """Run in the caller's own thread: for tools and tests that have no reactor."""
    try:
        return succeed(function(*arguments))
    except Exception:  # noqa: BLE001 - handed on to the waiters as it is
        failed: Deferred[Any] = Deferred()
        failed.errback(Failure())
        return failed
