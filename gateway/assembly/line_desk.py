"""Drives the pool of lines: has calls made when they are due, and hands on what became of each job.

    ask(job) ──► pool ──next──► crew.call(call) ──► pool.ended ──► told(settled)
                   ▲                                   │
                   └──────── the clock, at due_at ◄────┘

The moment is the wall clock's, in whole seconds; the clock that waits is monotonic, so one that is set back
delays a look by no more than ``LOOK_S_MAX``.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import CancelledError, Deferred

from gateway.core.contact import ContactWhy
from gateway.core.line_work.call import CallEnded
from gateway.events import event

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from twisted.python.failure import Failure

    from gateway.core.line_work.call import Call, Dropped, Settled
    from gateway.core.line_work.job import Job
    from gateway.core.line_work.work_kind import WorkKind
    from gateway.metering.pool import LinePool
    from gateway.ports import Clock, LineCrew, Timer

log = logging.getLogger("powertill.gateway")

LOOK_S_MAX: Final = 60
"""Seconds between two looks at the pool at the most: by then a wall clock that was set is noticed."""

STOP_S_MAX: Final = 10
"""Seconds that a stop leaves the calls that run; then they are broken off. A stop may take 25 in all."""

BREAK_S_MAX: Final = 8
"""Seconds that broken-off calls have to hang up: the meter is left, and a modem obeys or is given up."""


class LineDesk:
    """The desk over the lines of one process. ``now_s``: seconds since 1970 UTC.

    ``settled`` is told what a call has left of each job, ``dropped`` of what nobody is called for any more.
    """

    def __init__(self, pool: LinePool, crew: LineCrew, clock: Clock, now_s: Callable[[], int]) -> None:
        self._pool = pool
        self._crew = crew
        self._clock = clock
        self._now_s = now_s
        self._timer: Timer | None = None
        self._running: dict[int, Deferred[None]] = {}
        self._is_stopped = False
        self._is_looking = False
        self._is_to_look = False
        self._over: Deferred[None] | None = None
        self.settled: Callable[[Settled], None] = _nobody
        self.dropped: Callable[[Dropped], None] = _nobody
        self.called: Callable[[Call], None] = _nobody
        self.ended: Callable[[Call, CallEnded], None] = _nobody_at_all

    def ask(self, job: Job) -> None:
        """Have a job done; ValueError and PoolFullError as the pool's."""
        self._pool.offer(job, self._now_s())
        self.look()

    @property
    def jobs(self) -> int:
        """Say how many jobs wait or are on a call."""
        return len(self._pool.jobs)

    def kinds(self) -> list[WorkKind]:
        """Name the kind of each of them."""
        return [job.kind for job in self._pool.jobs.values()]

    @property
    def running(self) -> Mapping[int, Call]:
        """Give the calls that are under way, by their lines."""
        return self._pool.running

    @property
    def lines_out(self) -> frozenset[int]:
        """Name the lines that are out of service."""
        return self._pool.lines_out

    def withdraw(self, job_id: int) -> None:
        """Take a job back that waits; one on a call ends, and is not tried again."""
        self._pool.withdraw(job_id, self._now_s())

    def look(self) -> None:
        """See what is to be done now, begin it, and come again when something is due."""
        if self._is_looking:
            # A call that ended as it began: thousands of those, one within the other, would be too deep.
            self._is_to_look = True
            return
        if self._is_stopped:
            return
        self._wait_no_more()
        self._is_looking, self._is_to_look = True, False
        try:
            self._turn()
        finally:
            self._is_looking = False
            self._wait()

    def stop(self) -> Deferred[None]:
        """Begin nothing more; fires when the calls that run have ended, or were broken off."""
        self._is_stopped = True
        self._wait_no_more()
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        await self._over_within(STOP_S_MAX)
        if self._running:
            event(log, "lines.broken_off", level=logging.WARNING, calls=len(self._running))
            for work in list(self._running.values()):
                work.cancel()
            await self._over_within(BREAK_S_MAX)
        if self._running:
            event(log, "lines.not_hung_up", level=logging.ERROR, calls=len(self._running))

    async def _over_within(self, seconds: int) -> None:
        """Wait until no call runs, so long at the most."""
        if not self._running:
            return
        over = self._over = Deferred()
        late = self._clock.callLater(seconds, over.callback, None)
        await over
        self._over = None
        if late.active():
            late.cancel()

    def _turn(self) -> None:
        turn = self._pool.next(self._now_s())
        for dropped in turn.dropped:
            _tell(self.dropped, dropped)
        for call in turn.calls:
            _tell(self.called, call)
            self._begin(call.line, self._call(call))
        for line in turn.probes:
            self._begin(line, self._look_at(line))

    def _begin(self, line: int, work: Coroutine[Any, Any, None]) -> None:
        def over(_: object) -> None:
            del self._running[line]
            if self._over is not None and not self._running:
                self._over.callback(None)
            self.look()

        begun = self._running[line] = Deferred.fromCoroutine(work)
        begun.addErrback(_failed, line)
        begun.addBoth(over)

    async def _call(self, call: Call) -> None:
        end = CallEnded(ContactWhy.LINE, 0)
        try:
            end = await self._crew.call(call)
        except CancelledError:
            # Broken off, since we end.
            end = CallEnded(ContactWhy.LOST, max(self._now_s() - call.at_s, 0))
        finally:
            # A fault of ours counts as one of the line: it must not be called over again without end.
            _tell(self.ended, call, end)
            for settled in self._pool.ended(call.line, end, self._now_s()):
                _tell(self.settled, settled)

    async def _look_at(self, line: int) -> None:
        is_good = False
        try:
            is_good = await self._crew.look_at(line)
        finally:
            self._pool.line_probed(line, is_good=is_good, now_s=self._now_s())

    def _wait(self) -> None:
        due_s = self._now_s() if self._is_to_look else self._pool.due_at()
        if due_s is not None and not self._is_stopped and self._timer is None:
            wait_s = min(max(due_s - self._now_s(), 0), LOOK_S_MAX)
            self._timer = self._clock.callLater(wait_s, self._come)

    def _come(self) -> None:
        self._timer = None
        self.look()

    def _wait_no_more(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()


def _failed(failure: Failure, line: int) -> None:
    """Say that a call failed in a way that no call does, unless we broke it off."""
    if not failure.check(CancelledError):
        event(log, "lines.failed", level=logging.ERROR, line=line, raised=failure.value)


def _tell(told: Callable[..., None], *what: object) -> None:
    """Tell somebody; a fault of his is not the pool's, whose other calls and jobs go on."""
    try:
        told(*what)
    except Exception as fault:  # noqa: BLE001 - around one unit of a loop, logged
        event(log, "lines.telling_failed", level=logging.ERROR, raised=fault)


def _nobody(_told: object) -> None:
    """Hear nothing."""


def _nobody_at_all(_call: object, _end: object) -> None:
    """Hear nothing of it either."""
