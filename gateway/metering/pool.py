"""The pool of lines: which line calls whom next. It decides, and does nothing: no clock, no port, no log.

    offer(job) ──► waiting ──next──► on a call ──ended──► done
                     ▲  │               │  └─► given up for now: tries used up, or the same would come again
                     │  └─ expired      │
                     └──────────────────┘ tried again, after the wait that its outcome asks for

What holds:

- A line, a number, a bus and a meter are on one call at a time.
- The kind of work decides, then how long a job has been due: no number starves behind its like.
- Jobs of one kind for one bus or meter go in one call, as far as its time reaches.
- A reserved line takes urgent work only, and no other work is begun while urgent work could be. So urgent
  work waits for one running call at the most: its own number's, or the first of all lines to end.
- A call that begins before ``until_s`` may end after it.

Whoever drives it calls ``next`` when something has changed or ``due_at`` has come, does what the turn says,
and reports by ``ended`` and ``line_probed``. Each step costs the logarithm of what waits.
"""

from __future__ import annotations

from dataclasses import replace
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final

from gateway.core.contact import ContactWhy
from gateway.core.line_work.call import Call, CallEnded, Dropped, PassedOver, Settled, Turn
from gateway.core.line_work.work_kind import WorkKind
from gateway.metering.pool_counts import CallCounts, meters_of
from gateway.metering.pool_lines import Lines
from gateway.metering.pool_queue import Waiting

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.core.line_work.job import Job
    from gateway.core.line_work.policy import Policy
    from gateway.metering.pool_queue import Row

#: Jobs that wait or are on a call: a night's visits of a large town, some 300 bytes each.
JOBS_MAX: Final = 200_000


class PoolFullError(Exception):
    """So many jobs wait that one more is refused; it is to be offered again when some are done."""


class LinePool:
    """Lines, and the jobs that wait for them; all moments are seconds since 1970 UTC and never go back."""

    def __init__(self, lines: Iterable[int], reserved: frozenset[int], policy: Policy) -> None:
        self.policy = policy
        self._lines = Lines(lines, reserved, policy)
        self._counts = CallCounts(policy)
        self._jobs: dict[int, Job] = {}
        self._on_call: set[int] = set()
        self._withdrawn: set[int] = set()
        self._waiting = Waiting(policy, self._counts, self._is_current)
        self._untils: list[tuple[int, int]] = []
        self._rather_not: dict[int, int] = {}
        self._busy: set[str | int] = set()
        self._parked: dict[str | int, list[str]] = {}

    @property
    def jobs(self) -> Mapping[int, Job]:
        """Give the jobs that wait or are on a call, by their ids."""
        return self._jobs

    @property
    def running(self) -> Mapping[int, Call]:
        """Give the calls that are under way, by their lines."""
        return self._lines.running

    @property
    def lines_out(self) -> frozenset[int]:
        """Name the lines that are out of service."""
        return self._lines.out

    def offer(self, job: Job, now_s: int) -> None:
        """Take a job; PoolFullError where too many wait, ValueError if it is known or its time is over."""
        if job.id in self._jobs:
            raise ValueError(f"id: job {job.id} is in the pool already; give each its own")
        if job.until_s <= now_s:
            raise ValueError(f"until_s: the time of job {job.id} is over; offer it before")
        if len(self._jobs) >= JOBS_MAX:
            raise PoolFullError(f"{JOBS_MAX} jobs wait already; offer job {job.id} again when some are done")
        self._jobs[job.id] = job
        heappush(self._untils, (job.until_s, job.id))
        self._turn_day(now_s)
        self._waiting.add(job, job.due_s, now_s)

    @property
    def room(self) -> int:
        """Say how many more jobs are taken."""
        return max(JOBS_MAX - len(self._jobs), 0)

    def withdraw(self, job_id: int, now_s: int) -> bool:
        """Take a job back; True where it waited, and is out.

        One that is on a call is told at its end, as every other, and not tried again. One that is not here
        has been told already.
        """
        job = self._jobs.get(job_id)
        if job is None:
            return False
        if job_id in self._on_call:
            self._withdrawn.add(job_id)
            return False
        self._drop(job_id)
        self._waiting.place_number(job.number, now_s)
        return True

    def next(self, now_s: int) -> Turn:
        """Say what is to be done now; the calls in it count as begun."""
        self._turn_day(now_s)
        dropped = self._expire(now_s)
        self._waiting.look(now_s)
        calls = self._begin_calls(now_s, dropped)
        return Turn(tuple(calls), self._lines.probes(now_s), tuple(dropped))

    def ended(self, line: int, end: CallEnded, now_s: int) -> tuple[Settled, ...]:
        """Take a call's end, and say what it has left of each of its jobs.

        ValueError where the line is on no call, or a meter was not read and no reason is given.
        """
        call = self._lines.running.get(line)
        if call is None:
            raise ValueError(f"line: {line} is on no call; an end is reported once")
        unread = [end.unread_of(job) for job in call.jobs]
        del self._lines.running[line]
        self._lines.ended(line, end.why, now_s)
        self._turn_day(now_s)
        if end.why is ContactWhy.NO_DIALTONE:
            self._counts.not_dialled(call)
        rest_s = self._rest_s(call, end.why)
        settled = tuple(
            self._settle(job, missed, call.line, now_s) for job, missed in zip(call.jobs, unread, strict=True)
        )
        self._waiting.ended(call.number, now_s + rest_s, now_s)
        self._release(call, now_s)
        return settled

    def line_faulty(self, line: int, now_s: int) -> None:
        """Take a line out that was seen to be faulty; ValueError while it is on a call."""
        self._lines.faulty(line, now_s)

    def line_probed(self, line: int, *, is_good: bool, now_s: int) -> None:
        """Take what a probe has shown: a good line is back in service, another is looked at later."""
        self._lines.probed(line, is_good=is_good, now_s=now_s)

    def due_at(self) -> int | None:
        """Say when ``next`` has something to do by the clock alone; None: not before something changes."""
        while self._untils and not self._expires(*self._untils[0]):
            heappop(self._untils)
        until_s = self._untils[0][0] if self._untils else None
        moments = (until_s, self._waiting.due_at(), self._lines.due_at())
        return min((moment for moment in moments if moment is not None), default=None)

    def _is_current(self, job: Job) -> bool:
        return self._jobs.get(job.id) is job

    def _expires(self, until_s: int, job_id: int) -> bool:
        """Say whether a job waits whose time ends then: one on a call is settled at its end."""
        job = self._jobs.get(job_id)
        return job is not None and job.until_s == until_s and job_id not in self._on_call

    def _turn_day(self, now_s: int) -> None:
        if self._counts.turn(now_s):
            self._waiting.forget_idle(now_s)

    def _expire(self, now_s: int) -> list[Dropped]:
        expired = []
        while self._untils and self._untils[0][0] <= now_s:
            until_s, job_id = heappop(self._untils)
            if self._expires(until_s, job_id):
                job = self._drop(job_id)
                is_spent = self._counts.of_number(job.number, job.kind) >= self.policy.calls_of(job.kind)
                expired.append(Dropped(job, PassedOver.CALLS_SPENT if is_spent else PassedOver.NO_TIME))
                self._waiting.place_number(job.number, now_s)
        return expired

    def _drop(self, job_id: int) -> Job:
        self._rather_not.pop(job_id, None)
        return self._jobs.pop(job_id)

    def _begin_calls(self, now_s: int, dropped: list[Dropped]) -> list[Call]:
        calls: list[Call] = []
        while self._lines.has_free:
            row = self._waiting.first()
            if row is None:
                break
            job = row.ready[0][3]
            # Work stands in the order of its kinds: behind one that is not urgent none is.
            if job.kind is not WorkKind.URGENT and not self._lines.has_free_for_all:
                break
            if (taken := self._taken_by_another(job)) is not None:
                self._waiting.pass_over(row)
                self._parked.setdefault(taken, []).append(job.number)
            elif job.kind is not WorkKind.URGENT and self._counts.are_spent(job.meters):
                dropped.append(Dropped(self._leave_out_spent(row, now_s), PassedOver.CALLS_SPENT))
            else:
                calls.append(self._begin(row, now_s))
        return calls

    def _begin(self, row: Row, now_s: int) -> Call:
        head = self._waiting.begin(row)
        jobs, meters = [head], len(head.meters)
        while (rider := self._waiting.rider(row, head.kind)) is not None:
            meters += len(rider.meters)
            if meters > self.policy.meters_per_call or not self._may_ride(head, rider):
                break
            self._waiting.ride(row)
            jobs.append(rider)
        is_urgent = head.kind is WorkKind.URGENT
        line = self._lines.take(is_urgent=is_urgent, rather_not=self._rather_not.get(head.id))
        call = Call(line, tuple(jobs), self.policy.call_s(head), now_s)
        self._lines.running[line] = call
        self._counts.begun(call)
        for job in jobs:
            self._on_call.add(job.id)
            self._busy.update(job.meters)
        if head.bus:
            self._busy.add(head.bus)
        return call

    def _may_ride(self, head: Job, rider: Job) -> bool:
        """Say whether a job of the same number and kind can be done in the same call."""
        is_same = rider.bus == head.bus if head.bus else rider.meters == head.meters
        is_spent = head.kind is not WorkKind.URGENT and self._counts.are_spent(rider.meters)
        return is_same and not is_spent and self._busy.isdisjoint(rider.meters)

    def _taken_by_another(self, job: Job) -> str | int | None:
        """Name the bus or the meter of a job that is on another number's call."""
        if job.bus and job.bus in self._busy:
            return job.bus
        if self._busy.isdisjoint(job.meters):
            return None
        return next(meter for meter in job.meters if meter in self._busy)

    def _leave_out_spent(self, row: Row, now_s: int) -> Job:
        """Drop the meters of a number's first job that had all of their calls; the others wait on."""
        since_s, job = row.ready[0][1], self._waiting.begin(row)
        row.is_called = False
        fresh = tuple(meter for meter in job.meters if not self._counts.is_spent(meter))
        if not fresh:
            self._waiting.place(row, now_s)
            return self._drop(job.id)
        left = self._jobs[job.id] = replace(job, meters=fresh)
        self._waiting.add(left, since_s, now_s)
        return replace(job, meters=tuple(meter for meter in job.meters if self._counts.is_spent(meter)))

    def _settle(self, job: Job, unread: Mapping[int, ContactWhy], line: int, now_s: int) -> Settled:
        """Decide what becomes of a job: what was not read is tried again, or given up for now."""
        self._on_call.discard(job.id)
        is_withdrawn = job.id in self._withdrawn
        self._withdrawn.discard(job.id)
        rather_not = self._rather_not.get(job.id)
        self._drop(job.id)
        if not unread:
            return Settled(job, {}, {})
        left = self._left(job, {meter: why for meter, why in unread.items() if self.policy.waits[why]}, now_s)
        if left is None or is_withdrawn:
            return Settled(job, unread, unread)
        again, from_s = left
        self._jobs[job.id] = again
        heappush(self._untils, (job.until_s, job.id))
        wait = self.policy.waits[again.last] if again.last else None
        if wait is not None and wait.by_another_line:
            rather_not = line
        if rather_not is not None:
            self._rather_not[job.id] = rather_not
        self._waiting.add(again, from_s, now_s)
        given_up = {meter: why for meter, why in unread.items() if self.policy.waits[why] is None}
        return Settled(job, unread, given_up, again)

    def _left(self, job: Job, unread: Mapping[int, ContactWhy], now_s: int) -> tuple[Job, int] | None:
        """Say what of a job is tried again, and from when on; None where nothing is."""
        if not unread:
            return None
        why = next(iter(unread.values()))
        wait = self.policy.waits[why]
        from_s = now_s + (self.policy.wait_of(why, job) or 0)
        tries = job.tries + (wait is None or wait.is_try)
        if tries >= self.policy.tries_of(job.kind) or from_s >= job.until_s:
            return None
        return replace(job, meters=tuple(unread), tries=tries, last=why), from_s

    def _rest_s(self, call: Call, why: ContactWhy | None) -> int:
        """Say how long a number is left alone, but for urgent work."""
        wait = None if why is None else self.policy.waits[why]
        if why is ContactWhy.NO_DIALTONE:
            return 0
        if why is None or wait is None or not wait.is_dialling:
            return self.policy.number_rest_s
        return self.policy.wait_of(why, call.jobs[0]) or 0

    def _release(self, call: Call, now_s: int) -> None:
        freed: list[str | int] = [*meters_of(call)]
        if call.jobs[0].bus:
            freed.append(call.jobs[0].bus)
        self._busy.difference_update(freed)
        if self._parked:
            for taken in freed:
                for number in self._parked.pop(taken, ()):
                    self._waiting.place_number(number, now_s)
