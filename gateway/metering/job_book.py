"""The jobs that rounds have made, and the slots that each of them is for: held back, waiting or on a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core.line_work.call import PassedOver
from gateway.core.line_work.job import Job
from gateway.core.line_work.slot import SlotEvent, SlotState
from gateway.metering.held_jobs import HeldJobs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gateway.core.line_work.call import Call, Settled
    from gateway.core.line_work.group import Reach, Visit
    from gateway.core.line_work.slot import GapWhy, Slot, SlotChange
    from gateway.core.line_work.work_kind import WorkKind
    from gateway.metering.plan import Plan
    from gateway.metering.slot_book import SlotBook

    SlotsByMeter = Mapping[int, list[Slot]]


@dataclass(slots=True)
class _Offered:
    job: Job
    slots: dict[int, list[Slot]]


class JobBook:
    """Steps slots on as their jobs go. A job of somebody else is known by its id, and passed over."""

    def __init__(self, slots: SlotBook, new_id: Callable[[], int]) -> None:
        self._slots = slots
        self._new_id = new_id
        self._jobs: dict[int, _Offered] = {}
        self.held = HeldJobs()

    def offer(
        self, visits: Iterable[tuple[Visit, int]], kind: WorkKind, slots: SlotsByMeter, until_s: int
    ) -> list[Job]:
        """Make a job of each visit, which is due from a moment on, and hold it; those that were too many."""
        refused = []
        for visit, due_s in visits:
            own = {meter: slots[meter] for meter in visit.meters}
            name = own[visit.meters[0]][0].schedule
            job = Job(
                self._new_id(), kind, visit.number, visit.meters, due_s, until_s, bus=visit.bus, purpose=name
            )
            self._jobs[job.id] = _Offered(job, own)
            if self.held.is_full:
                refused.append(job)
            else:
                self.held.hold(job)
        return refused

    def slots_of(self, job: Job) -> dict[int, tuple[Slot, ...]]:
        """Name the slots that a job is for, by meter."""
        known = self._jobs.get(job.id)
        if known is None:
            return {}
        return {meter: tuple(known.slots[meter]) for meter in job.meters if meter in known.slots}

    def called(self, call: Call) -> None:
        """Take it that a call has begun."""
        for job in call.jobs:
            for slots in self.slots_of(job).values():
                for slot in slots:
                    self._slots.step(slot, SlotEvent.CALLED)

    def read(self, job: Job, slots: Iterable[Slot]) -> list[SlotChange]:
        """Take it that some slots of a job were read, while its call goes on; others are passed over."""
        known = self._jobs.get(job.id)
        changes: list[SlotChange] = []
        if known is None:
            return changes
        for slot in slots:
            if slot in known.slots.get(slot.meter, ()):
                known.slots[slot.meter].remove(slot)
                changes.append(self._slots.read(slot))
        return changes

    def settled(self, end: Settled, now_s: int) -> list[SlotChange]:
        """Take what a call has left of a job."""
        changes: list[SlotChange] = []
        left: set[int] = set()
        for meter, slots in self.slots_of(end.job).items():
            why = end.unread.get(meter)
            if why is None:
                changes += [self._slots.read(slot) for slot in slots]
            elif meter in end.given_up:
                changes += [self._slots.give_up(slot, why, now_s) for slot in slots]
            else:
                left.add(meter)
                for slot in slots:
                    self._slots.step(slot, SlotEvent.AGAIN, why)
        self._forget(end.job.id, set(end.job.meters) - left)
        return changes

    def give_up(self, job: Job, why: GapWhy, now_s: int) -> list[SlotChange]:
        """Take it that nobody is called for a job, or a part of one, any more."""
        changes = [self._slots.give_up(slot, why, now_s)
                   for slots in self.slots_of(job).values() for slot in slots]  # fmt: skip
        self._forget(job.id, job.meters)
        return changes

    def expired(self, now_s: int) -> list[SlotChange]:
        """Give up the jobs whose time was over before the pool had room."""
        over = self.held.expired(now_s)
        return [change for job in over for change in self.give_up(job, PassedOver.NO_TIME, now_s)]

    def withdraw(self, schedule: str) -> list[int]:
        """Forget the jobs of a schedule; those of them that the pool has."""
        ids = [job_id for job_id, one in self._jobs.items() if one.job.purpose == schedule]
        for job_id in ids:
            del self._jobs[job_id]
        return [job_id for job_id in ids if not self.held.let_go(job_id)]

    def move(self, plan: Plan, before: Mapping[int, Reach]) -> tuple[list[int], list[SlotChange], list[Job]]:
        """Make the jobs anew whose numbers have changed, and let the meters go that a plan has no more.

        Give the jobs to be taken back from the pool, what has become of slots, and the jobs that were too
        many. A job on a call keeps its number.
        """
        withdrawn: list[int] = []
        changes: list[SlotChange] = []
        refused: list[Job] = []
        for job_id, one in list(self._jobs.items()):
            if one.job.purpose != plan.schedule.name:
                continue
            if all(plan.reaches.get(meter) == before.get(meter) for meter in one.slots):
                continue
            is_on_call = self._is_on_call(one)
            changes += self._let_go(one, plan)
            if is_on_call and one.slots:
                continue
            del self._jobs[job_id]
            if not self.held.let_go(job_id):
                withdrawn.append(job_id)
            visits = [(visit, one.job.due_s) for visit in plan.visits_to(one.slots)]
            refused += self.offer(visits, one.job.kind, one.slots, one.job.until_s)
        return withdrawn, changes, refused

    def _let_go(self, one: _Offered, plan: Plan) -> list[SlotChange]:
        gone = [meter for meter in one.slots if meter not in plan.reaches]
        return [self._slots.go(slot) for meter in gone for slot in one.slots.pop(meter)]

    def _is_on_call(self, one: _Offered) -> bool:
        slots = (slot for slots in one.slots.values() for slot in slots)
        return any(self._slots.state_of(slot) is SlotState.RUNNING for slot in slots)

    def _forget(self, job_id: int, meters: Iterable[int]) -> None:
        known = self._jobs.get(job_id)
        if known is None:
            return
        for meter in meters:
            known.slots.pop(meter, None)
        if not known.slots:
            del self._jobs[job_id]
