"""Which slots are to be read now, and what became of each: the book of rounds and its list of gaps.

It makes the jobs that a pool is offered, and takes what the pool says of them. A slot stands in this book
from when its window opens until it is over: read, lost or gone; before that it is to come, and needs no row.
Each step gives the changes, so whoever keeps them has a list of gaps that a restart does not lose:
``restore`` takes up what was kept, and ``open`` finds every moment since then for which nobody was there.

Slots that were not read are offered again whenever their schedule's window opens, the oldest first, until
the meter has forgotten them. What the pool has no room for is held back, and offered when it has.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gateway.core.line_work.call import PassedOver
from gateway.core.line_work.round_kept import RoundBegun, RoundTold
from gateway.core.line_work.slot import Slot, SlotChange, SlotState
from gateway.core.line_work.work_kind import WorkKind
from gateway.metering.job_book import JobBook
from gateway.metering.plan import Plan, ends
from gateway.metering.pool import JOBS_MAX
from gateway.metering.slot_book import SlotBook

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from gateway.core.line_work.call import Call, Dropped, Settled
    from gateway.core.line_work.job import Job
    from gateway.core.line_work.policy import Policy
    from gateway.core.line_work.round_kept import Kept, SlotKept
    from gateway.core.line_work.slot import Gap
    from gateway.metering.schedule import Round, Schedule

#: Slots that are not over, some 400 bytes each: ten days of a large town for which nobody was there. Of what
#: was missed before them only the count is kept, as lost.
SLOTS_MAX: Final = 1_000_000


@dataclass(slots=True)
class Opened:
    """What a look at the clock has brought.

    ``jobs`` are to be offered. ``changes`` and then ``rounds`` are to be kept, in this order: a round that is
    kept has all of its slots. ``withdrawn`` are jobs to be taken back from the pool before that.
    """

    jobs: list[Job] = field(default_factory=list)
    changes: list[SlotChange] = field(default_factory=list)
    rounds: list[RoundBegun] = field(default_factory=list)
    withdrawn: list[int] = field(default_factory=list)


class Rounds:
    """The rounds of some schedules, from a moment on; ``new_id`` gives each job an id of its own.

    ValueError where two schedules have one name.
    """

    def __init__(
        self, schedules: Iterable[Schedule], policy: Policy, new_id: Callable[[], int], from_s: int
    ) -> None:
        self._meters_max = policy.meters_per_call
        self._plans = {one.name: Plan(one, self._meters_max, from_s) for one in _named(schedules)}
        self._slots = SlotBook(policy.kept_days)
        self._jobs = JobBook(self._slots, new_id)
        self._next_s = self._looks_at()

    @property
    def counts(self) -> Counter[SlotState]:
        """Say how many slots came to stand where, of those that this book has had."""
        return self._slots.counts

    @property
    def is_holding(self) -> bool:
        """Are jobs held back? Then ``open`` is to be asked when the pool has room."""
        return len(self._jobs.held) > 0

    def restore(self, kept: Kept, now_s: int) -> Opened:
        """Take up what was kept, once, before the first ``open``.

        Slots whose window is still open are to be read in it, other ones become gaps. What nobody wants any
        more is gone. A schedule goes on behind its last round; one that was not carried out begins now.
        """
        opened = Opened()
        for name, plan in self._plans.items():
            last = kept.rounds.get(name)
            if last is None or last.told is RoundTold.OFF:
                opened.rounds.append(plan.begins(now_s))
            else:
                plan.go_on_behind(last.at_s)
        waiting: dict[tuple[str, int], dict[int, list[Slot]]] = {}
        for one in kept.slots:
            opened.changes += self._take_up(one, kept, now_s)
            if self.state_of(one.slot) is SlotState.WAITING:
                of_round = waiting.setdefault((one.slot.schedule, one.slot.at_s), {})
                of_round[one.slot.meter] = [one.slot]
        for (name, at_s), slots in waiting.items():
            plan = self._plans[name]
            span = plan.schedule.window.span_at(at_s)
            opened.changes += self._offer(plan, slots, (WorkKind.SCHEDULE, *span), now_s)
        for name, last in kept.rounds.items():
            if name not in self._plans and last.told is not RoundTold.OFF:
                opened.rounds.append(ends(name, now_s))
        self._next_s = self._looks_at()
        return opened

    def open(self, now_s: int, room: int = JOBS_MAX) -> Opened:
        """Give at most so many jobs whose window has opened by now, and what has become of slots."""
        opened = Opened(changes=[*self._slots.forget(now_s), *self._jobs.expired(now_s)])
        if self._next_s is not None and self._next_s <= now_s:
            begun = [(plan, self._missed(plan, now_s, opened)) for plan in self._plans.values()]
            # Gaps first: what opens with this window is none yet.
            for plan in self._plans.values():
                span = plan.window_due(now_s)
                if span is not None:
                    missing = self._slots.take_gaps(plan.schedule.name)
                    opened.changes += self._offer(plan, missing, (WorkKind.GAP, *span), now_s)
            for plan, rounds in begun:
                for one in rounds:
                    self._open_round(plan, one, now_s, opened)
            self._next_s = self._looks_at()
        opened.jobs = self._jobs.held.take(room)
        return opened

    def change(self, schedules: Iterable[Schedule], now_s: int) -> Opened:
        """Go on with these schedules: what nobody wants any more is gone, what is new begins from now on.

        A meter that has come into a group is read from its schedule's next round on. Jobs that wait for a
        number that has changed are made anew; a call that is under way ends as it was begun.
        """
        opened = Opened()
        wanted = {one.name: one for one in _named(schedules)}
        for name in self._plans.keys() - wanted.keys():
            del self._plans[name]
            opened.withdrawn += self._jobs.withdraw(name)
            opened.changes += [self._slots.go(slot) for slot in self._slots.of(name)]
            opened.rounds.append(ends(name, now_s))
        for name, schedule in wanted.items():
            plan = self._plans.get(name)
            if plan is None:
                plan = self._plans[name] = Plan(schedule, self._meters_max, now_s)
                opened.rounds.append(plan.begins(now_s))
            elif plan.schedule != schedule:
                self._replace(plan, schedule, now_s, opened)
        self._next_s = self._looks_at()
        return opened

    def due_at(self) -> int | None:
        """Say when ``open`` has something to do next; None while there is nothing to wait for."""
        moments = (self._next_s, self._slots.forgets_at(), self._jobs.held.expires_at())
        return min((moment for moment in moments if moment is not None), default=None)

    def called(self, call: Call) -> None:
        """Take it that a call has begun; jobs of somebody else are passed over, here and below."""
        self._jobs.called(call)

    def slots_of(self, job: Job) -> dict[int, tuple[Slot, ...]]:
        """Name the slots that a job is for, by meter."""
        return self._jobs.slots_of(job)

    def read(self, job: Job, slots: Iterable[Slot]) -> list[SlotChange]:
        """Take it that some slots of a job were read, while its call goes on."""
        return self._jobs.read(job, slots)

    def settled(self, end: Settled, now_s: int) -> list[SlotChange]:
        """Take what a call has left of a job: of a meter that was read all of its slots are."""
        return self._jobs.settled(end, now_s)

    def dropped(self, dropped: Dropped, now_s: int) -> list[SlotChange]:
        """Take it that nobody is called for a job, or a part of one, any more."""
        return self._jobs.give_up(dropped.job, dropped.why, now_s)

    def refused(self, job: Job, now_s: int) -> list[SlotChange]:
        """Take it that no line takes a job: its slots are gaps."""
        return self._refused([job], now_s)

    def gaps(self) -> Iterator[Gap]:
        """Give the list of gaps; those that are being tried again stand in it too."""
        return self._slots.gaps()

    def state_of(self, slot: Slot) -> SlotState | None:
        """Say where a slot stands that has opened; None where it is over, or to come."""
        return self._slots.state_of(slot)

    def _take_up(self, one: SlotKept, kept: Kept, now_s: int) -> list[SlotChange]:
        slot = one.slot
        plan, last = self._plans.get(slot.schedule), kept.rounds.get(slot.schedule)
        # Behind the last round that is kept stands what was left of one that was not written to its end.
        if plan is None or last is None or slot.meter not in plan.reaches or slot.at_s > last.at_s:
            return [SlotChange(slot, SlotState.GONE)]
        if one.is_gap:
            self._slots.enter_gap(one)
            return []
        self._slots.enter(slot)
        if plan.schedule.window.span_at(slot.at_s).closes_s > now_s:
            return []
        return [self._slots.give_up(slot, PassedOver.NOT_THERE, now_s)]

    def _missed(self, plan: Plan, now_s: int, opened: Opened) -> list[Round]:
        """Have slots be gaps whose window has passed while nobody was there; the rounds that are open."""
        due = plan.rounds_due(now_s)
        missed = [one for one in due if one.closes_s <= now_s]
        meters = len(plan.reaches)
        room = (SLOTS_MAX - len(self._slots)) // max(meters, 1)
        for place, one in enumerate(missed):
            if place < len(missed) - room or self._slots.is_forgotten(one.at_s, now_s):
                self.counts[SlotState.LOST] += meters
                opened.rounds.append(_begun(one, meters, lost=meters))
                continue
            for slot in one.slots():
                self._slots.enter(slot)
                opened.changes.append(self._slots.give_up(slot, PassedOver.NOT_THERE, now_s))
            opened.rounds.append(_begun(one, meters))
        return [one for one in due if one.closes_s > now_s]

    def _open_round(self, plan: Plan, one: Round, now_s: int, opened: Opened) -> None:
        slots = {slot.meter: [slot] for slot in one.slots()}
        opened.changes += [self._slots.enter(slot) for (slot,) in slots.values()]
        between = (WorkKind.SCHEDULE, one.opens_s, one.closes_s)
        opened.changes += self._offer(plan, slots, between, now_s)
        opened.rounds.append(_begun(one, len(slots)))

    def _offer(
        self, plan: Plan, slots: dict[int, list[Slot]], between: tuple[WorkKind, int, int], now_s: int
    ) -> list[SlotChange]:
        kind, opens_s, closes_s = between
        visits = plan.visits if len(slots) == len(plan.reaches) else plan.visits_to(slots)
        refused = self._jobs.offer(plan.spread(visits, opens_s, closes_s), kind, slots, closes_s)
        return self._refused(refused, now_s)

    def _replace(self, plan: Plan, schedule: Schedule, now_s: int, opened: Opened) -> None:
        name = schedule.name
        after = self._plans[name] = plan.replaced(schedule, now_s)
        if not plan.is_timed_as(schedule):
            opened.rounds.append(after.begins(now_s))
        withdrawn, changes, refused = self._jobs.move(after, plan.reaches)
        gone = [slot for slot in self._slots.of(name) if slot.meter not in after.reaches]
        opened.withdrawn += withdrawn
        opened.changes += changes + [self._slots.go(slot) for slot in gone] + self._refused(refused, now_s)

    def _refused(self, jobs: Sequence[Job], now_s: int) -> list[SlotChange]:
        return [change for job in jobs for change in self._jobs.give_up(job, PassedOver.NO_TIME, now_s)]

    def _looks_at(self) -> int | None:
        return min((plan.due_at() for plan in self._plans.values()), default=None)


def _begun(one: Round, meters: int, lost: int = 0) -> RoundBegun:
    return RoundBegun(one.schedule.name, one.at_s, one.opens_s, one.closes_s, meters, lost)


def _named(schedules: Iterable[Schedule]) -> tuple[Schedule, ...]:
    given = tuple(schedules)
    if len({one.name for one in given}) < len(given):
        raise ValueError("schedules: two have one name; give each its own")
    return given
