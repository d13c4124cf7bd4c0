"""Which slots are to be read now, and what became of each: the book of rounds and its list of gaps.

It makes the jobs that a pool is offered, and takes what the pool says of them. A slot stands in this book
from when its window opens until it is read or lost; before that it is to come, and needs no row. Each step
gives the changes, so whoever keeps them has a list of gaps that a restart does not lose.

Slots that were not read are offered again whenever their schedule's window opens, the oldest first, until
the meter has forgotten them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from heapq import heapify, heappop, heappush, heapreplace
from typing import TYPE_CHECKING, Final

from gateway.core.line_work.call import PassedOver
from gateway.core.line_work.group import Reach, visits_of
from gateway.core.line_work.job import Job
from gateway.core.line_work.slot import SLOT_STEPS, Gap, GapWhy, Slot, SlotChange, SlotEvent, SlotState
from gateway.core.line_work.work_kind import WorkKind
from gateway.metering.schedule import Round, Schedule, starts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gateway.core.line_work.call import Call, Dropped, Settled
    from gateway.core.line_work.group import Visit
    from gateway.core.line_work.policy import Policy

_SECONDS_A_DAY: Final = 86_400


@dataclass(slots=True)
class _Standing:
    """Where a slot that is not over stands; ``gap_since_s`` from when on it is a gap, 0 if it never was."""

    state: SlotState
    why: GapWhy | None = None
    gap_since_s: int = 0


class Rounds:
    """The rounds of some schedules, from a moment on; ``new_id`` gives each job an id of its own."""

    def __init__(
        self, schedules: Iterable[Schedule], policy: Policy, new_id: Callable[[], int], from_s: int
    ) -> None:
        self._policy = policy
        self._new_id = new_id
        self._schedules = tuple(schedules)
        if len({schedule.name for schedule in self._schedules}) < len(self._schedules):
            raise ValueError("schedules: two have one name; give each its own")
        self._visits = [one.group.visits(policy.meters_per_call) for one in self._schedules]
        self._reaches: list[dict[int, Reach]] = [
            {reach.meter: reach for reach in one.group.reaches} for one in self._schedules
        ]
        first = [one.round_after(from_s - 1) for one in self._schedules]
        self._coming = [(one.opens_s, place, one) for place, one in enumerate(first)]
        heapify(self._coming)
        self._windows = [
            (one.window.span_after(from_s).opens_s, place) for place, one in enumerate(self._schedules)
        ]
        heapify(self._windows)
        self._open: dict[Slot, _Standing] = {}
        self._gaps: dict[str, dict[Slot, None]] = {one.name: {} for one in self._schedules}
        self._ages: list[tuple[int, Slot]] = []
        self._jobs: dict[int, dict[int, list[Slot]]] = {}
        self.counts: Counter[SlotState] = Counter()

    def open(self, now_s: int) -> tuple[list[Job], list[SlotChange]]:
        """Give the jobs whose window has opened by now, and the slots that have become gaps or were lost."""
        changes = list(self._forget(now_s))
        jobs: list[Job] = []
        # Gaps first: what opens with this window is none yet.
        while self._windows[0][0] <= now_s:
            jobs += self._offer_gaps(*self._windows[0], now_s)
        while self._coming[0][0] <= now_s:
            _, place, coming = self._coming[0]
            if coming.closes_s > now_s:
                jobs += self._open_round(place, coming)
            else:
                changes += self._miss_round(coming, now_s)
            after = coming.schedule.round_after(coming.at_s)
            heapreplace(self._coming, (after.opens_s, place, after))
        return jobs, changes

    def due_at(self) -> int:
        """Say when ``open`` has something to do next."""
        return min(self._coming[0][0], self._windows[0][0], *(at_s for at_s, _ in self._ages[:1]))

    def called(self, call: Call) -> None:
        """Take it that a call has begun; jobs of somebody else are passed over."""
        for job in call.jobs:
            for slot in self._slots_of(job):
                self._step(slot, SlotEvent.CALLED)

    def settled(self, end: Settled, now_s: int) -> list[SlotChange]:
        """Take what a call has left of a job."""
        known = self._jobs.get(end.job.id)
        if known is None:
            return []
        changes = []
        for meter in end.job.meters:
            why = end.unread.get(meter)
            if why is None:
                changes += [self._read(slot) for slot in known[meter]]
            elif meter in end.given_up:
                changes += [self._give_up(slot, why, now_s) for slot in known[meter]]
            else:
                for slot in known[meter]:
                    self._step(slot, SlotEvent.AGAIN).why = why
        self._forget_meters(end.job.id, [meter for meter in end.job.meters if not _is_left(end, meter)])
        return changes

    def dropped(self, dropped: Dropped, now_s: int) -> list[SlotChange]:
        """Take it that nobody is called for a job, or a part of one, any more."""
        changes = [self._give_up(slot, dropped.why, now_s) for slot in self._slots_of(dropped.job)]
        self._forget_meters(dropped.job.id, dropped.job.meters)
        return changes

    def gaps(self) -> Iterator[Gap]:
        """Give the list of gaps, schedule by schedule; those that are being tried again stand in it too."""
        for slot, standing in self._open.items():
            if standing.gap_since_s:
                yield Gap(slot, standing.state, standing.gap_since_s, standing.why)

    def state_of(self, slot: Slot) -> SlotState | None:
        """Say where a slot stands that has opened; None where it is over, or to come."""
        standing = self._open.get(slot)
        return None if standing is None else standing.state

    def _miss_round(self, coming: Round, now_s: int) -> Iterator[SlotChange]:
        """Have the slots of a round be gaps at once: nobody was there while its window was open."""
        for slot in coming.slots():
            self._enter(slot)
            yield self._give_up(slot, PassedOver.NOT_THERE, now_s)

    def _open_round(self, place: int, coming: Round) -> Iterator[Job]:
        name, at_s = coming.schedule.name, coming.at_s
        visits = self._visits[place]
        for visit, due_s in zip(visits, coming.starts(visits), strict=True):
            slots = {meter: [Slot(name, meter, at_s)] for meter in visit.meters}
            for (slot,) in slots.values():
                self._enter(slot)
            yield self._job(WorkKind.SCHEDULE, visit, slots, (due_s, coming.closes_s))

    def _offer_gaps(self, opens_s: int, place: int, now_s: int) -> list[Job]:
        """Offer the gaps of a schedule again, all that one call can fetch in one job."""
        schedule, reaches = self._schedules[place], self._reaches[place]
        heapreplace(self._windows, (schedule.window.span_after(opens_s).opens_s, place))
        span = schedule.window.span_at(opens_s)
        if not self._gaps[schedule.name] or span.closes_s <= now_s:
            return []
        missing: dict[int, list[Slot]] = {}
        for slot in self._gaps[schedule.name]:
            missing.setdefault(slot.meter, []).append(slot)
        self._gaps[schedule.name] = {}
        visits = visits_of([reaches[meter] for meter in missing], self._policy.meters_per_call)
        jobs = []
        for visit, due_s in zip(visits, starts(schedule, *span, len(visits)), strict=True):
            slots = {meter: missing[meter] for meter in visit.meters}
            for slot in (one for slots_of_meter in slots.values() for one in slots_of_meter):
                self._step(slot, SlotEvent.OPENED)
            jobs.append(self._job(WorkKind.GAP, visit, slots, (due_s, span.closes_s)))
        return jobs

    def _job(
        self, kind: WorkKind, visit: Visit, slots: dict[int, list[Slot]], between: tuple[int, int]
    ) -> Job:
        job_id = self._new_id()
        self._jobs[job_id] = slots
        name = slots[visit.meters[0]][0].schedule
        return Job(job_id, kind, visit.number, visit.meters, *between, bus=visit.bus, purpose=name)

    def _slots_of(self, job: Job) -> list[Slot]:
        known = self._jobs.get(job.id)
        return [] if known is None else [slot for meter in job.meters for slot in known[meter]]

    def _forget_meters(self, job_id: int, meters: Iterable[int]) -> None:
        known = self._jobs.get(job_id)
        if known is None:
            return
        for meter in meters:
            del known[meter]
        if not known:
            del self._jobs[job_id]

    def _enter(self, slot: Slot) -> None:
        self._open[slot] = _Standing(SLOT_STEPS[SlotState.TO_COME, SlotEvent.OPENED])
        self.counts[SlotState.WAITING] += 1

    def _step(self, slot: Slot, event: SlotEvent) -> _Standing:
        standing = self._open[slot]
        after = SLOT_STEPS[standing.state, event]
        self.counts[standing.state] -= 1
        self.counts[after] += 1
        standing.state = after
        return standing

    def _read(self, slot: Slot) -> SlotChange:
        self._step(slot, SlotEvent.READ)
        del self._open[slot]
        return SlotChange(slot, SlotState.READ)

    def _give_up(self, slot: Slot, why: GapWhy, now_s: int) -> SlotChange:
        """Put a slot on the list of gaps; the reason of an earlier call stays where there was none since."""
        standing = self._step(slot, SlotEvent.GIVEN_UP)
        if standing.why is None or not isinstance(why, PassedOver):
            standing.why = why
        old_s = slot.at_s + self._policy.kept_days * _SECONDS_A_DAY
        if now_s >= old_s:
            return self._lose(slot)
        self._gaps[slot.schedule][slot] = None
        if not standing.gap_since_s:
            standing.gap_since_s = now_s
            heappush(self._ages, (old_s, slot))
        return SlotChange(slot, SlotState.GAP, standing.why)

    def _forget(self, now_s: int) -> Iterator[SlotChange]:
        """Take off the list the gaps that meters have forgotten; one that is tried just now has its try."""
        while self._ages and self._ages[0][0] <= now_s:
            _, slot = heappop(self._ages)
            if self.state_of(slot) is SlotState.GAP:
                del self._gaps[slot.schedule][slot]
                yield self._lose(slot)

    def _lose(self, slot: Slot) -> SlotChange:
        standing = self._step(slot, SlotEvent.TOO_OLD)
        del self._open[slot]
        return SlotChange(slot, SlotState.LOST, standing.why)


def _is_left(end: Settled, meter: int) -> bool:
    return meter in end.unread and meter not in end.given_up
