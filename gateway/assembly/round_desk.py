"""Has meters read by their schedules: the rounds of this process, over its lines, and what is kept of them.

    schedules, groups, ways (the books) ──► Rounds ──jobs──► lines ──visits──► readings, gaps ──► kept
                                              ▲ restored at the start, changed when the office changes them

A process that stops loses nothing: what was not read is read on, or stands on the list of gaps.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import Deferred, succeed

from gateway.core.contact import ContactFault, ContactWhy
from gateway.core.line_work.group import Group, Reach
from gateway.core.line_work.slot import SlotState
from gateway.core.meter_way import LineKind
from gateway.core.reading_plan import Wants
from gateway.core.views_visit import VisitFacts
from gateway.core.views_ways import GroupReaches, Schedules
from gateway.events import event
from gateway.metering.filed_plan import PlanFault, schedule_of
from gateway.metering.pool import JOBS_MAX, PoolFullError
from gateway.metering.read_meter import read_meter
from gateway.metering.rounds import Rounds
from gateway.metering.visit import MeterVisit, VisitSlot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from twisted.python.failure import Failure

    from adapters.lines.talk import Wanted
    from gateway.assembly.line_keeping import LineKeeping
    from gateway.assembly.line_part import Lines
    from gateway.assembly.meter_access import MeterAccess
    from gateway.assembly.reading_keeper import ReadingsOfLines
    from gateway.core.line_work.call import Call, Dropped, Settled
    from gateway.core.line_work.job import Job
    from gateway.core.line_work.policy import Policy
    from gateway.core.line_work.slot import Slot
    from gateway.core.views_visit import VisitKnown
    from gateway.metering.rounds import Opened
    from gateway.metering.schedule import Schedule
    from gateway.ports import MeterTalk, Views

log = logging.getLogger("powertill.lines")

TURN_S_MAX: Final = 60
"""Seconds between two looks at the rounds at the most: by then a clock that was set is noticed."""

PLAN_EVERY_S: Final = 60
"""Seconds between two looks at what the office has changed of schedules, groups and ways."""

PLAN_PARTS: Final = 20
"""Of the time, these looks take one of so many parts at the most: a large town has many meters to ask for."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """The schedules that are on, what each wants, and over which kind of line each meter is reached."""

    schedules: tuple[Schedule, ...]
    wants: dict[str, Wants]
    kinds: dict[int, LineKind]


class RoundDesk:
    """Drives the rounds by the clock. ``keeping`` keeps where they stand, ``keeper`` what is read."""

    def __init__(  # noqa: PLR0913, PLR0917 - what rounds are joined to, here and nowhere else
        self,
        lines: Lines,
        views: Views,
        keeping: LineKeeping,
        keeper: ReadingsOfLines,
        policy: Policy,
        clock: Any,  # noqa: ANN401 - Twisted's reactor is several interfaces at once
        now: Callable[[], datetime],
    ) -> None:
        self._lines = lines
        self._views = views
        self._keeping = keeping
        self._keeper = keeper
        self._policy = policy
        self._clock = clock
        self._now = now
        self._plan = _Plan((), {}, {})
        self._rounds: Rounds | None = None
        self._timer: Any = None
        self._plan_due = 0.0
        self._is_stopped = False
        self._work: Deferred[None] = succeed(None)

    def start(self) -> None:
        """Take up what was left, and go on with it."""
        self._begin(self._restore())

    def stop(self) -> Deferred[None]:
        """Open nothing more; fires when what is under way is done with."""
        self._is_stopped = True
        self._wait_no_more()
        return self._work

    def called(self, call: Call) -> None:
        """Take it that a call has begun."""
        if self._rounds is not None:
            self._rounds.called(call)

    def settled(self, end: Settled) -> None:
        """Take what a call has left of a job."""
        if self._rounds is not None:
            now_s = self._lines.now_s()
            self._keeping.slots(self._rounds.settled(end, now_s), now_s)

    def dropped(self, dropped: Dropped) -> None:
        """Take it that nobody is called for a job any more."""
        if self._rounds is not None:
            now_s = self._lines.now_s()
            self._keeping.slots(self._rounds.dropped(dropped, now_s), now_s)

    def errand(self, job: Job, meter: int) -> ReadingErrand | None:
        """Give the errand of a meter; None where nothing of it is wanted any more."""
        rounds = self._rounds
        slots = () if rounds is None else rounds.slots_of(job).get(meter, ())
        open_ = [one for one in slots if rounds is not None and rounds.state_of(one) is SlotState.RUNNING]
        return ReadingErrand(self, job, meter, open_) if open_ else None

    def wants(self, slot: Slot) -> VisitSlot:
        """Say what is wanted of a slot."""
        return VisitSlot(self._plan.wants.get(slot.schedule, Wants.REGISTERS), slot.at_s)

    @property
    def access(self) -> MeterAccess:
        """What lets into meters."""
        return self._lines.access

    async def visit(
        self, job: Job, slots: Sequence[Slot], known: VisitKnown, talk: MeterTalk
    ) -> ContactWhy | None:
        """Read a meter, and keep what it brought; None where all of it was read."""
        wanted = {self.wants(slot): slot for slot in slots}
        model = self._lines.access.model(known.way.model)
        visit = MeterVisit(known.way.pan, model, self._policy.zone, tuple(wanted), known.before)
        ended = await read_meter(visit, talk=talk, keeper=self._keeper, now=self._now)
        read = [wanted[one.slot] for one in ended.slots if one.why is None]
        if read and self._rounds is not None:
            now_s = self._lines.now_s()
            self._keeping.slots(self._rounds.read(job, read), now_s)
        return ended.why

    async def known(self, meter: int) -> VisitKnown:
        """Say what is known of a meter; ``ContactFault`` where no way leads there any more."""
        found = await self._views.rows(VisitFacts(f"{meter:018d}"))
        if not found:
            raise ContactFault(ContactWhy.REFUSED, "no way leads to the meter any more; cure: enter its way")
        return found[0]

    # -- turns ---------------------------------------------------------------------------------------

    def _begin(self, work: Any) -> None:  # noqa: ANN401 - a coroutine
        done: Deferred[None] = Deferred()
        self._work = done
        Deferred.fromCoroutine(work).addErrback(_failed).addBoth(lambda _: self._over(done))

    def _over(self, done: Deferred[None]) -> None:
        self._wait()
        done.callback(None)

    async def _restore(self) -> None:
        self._plan = await self._planned()
        now_s = self._lines.now_s()
        rounds = Rounds(self._plan.schedules, self._policy, self._lines.new_id, now_s)
        opened = rounds.restore(await self._keeping.kept(), now_s)
        self._rounds = rounds
        self._take(opened, now_s)
        gaps = sum(1 for _ in rounds.gaps())
        event(log, "lines.rounds_taken_up", schedules=len(self._plan.schedules), gaps=gaps)
        self._look(now_s)

    async def _turn(self) -> None:
        if self._rounds is None:
            await self._restore()
            return
        if self._clock.seconds() >= self._plan_due:
            before, self._plan = self._plan, await self._planned()
            if self._plan.schedules != before.schedules:
                now_s = self._lines.now_s()
                self._take(self._rounds.change(self._plan.schedules, now_s), now_s)
        self._look(self._lines.now_s())

    def _look(self, now_s: int) -> None:
        if self._rounds is not None and self._keeping.has_room:
            room = JOBS_MAX - max((desk.jobs for desk in self._lines.desks.values()), default=0)
            self._take(self._rounds.open(now_s, max(room, 0)), now_s)

    def _take(self, opened: Opened, now_s: int) -> None:
        """Have jobs done, and what became of slots kept, in the order in which it has to be."""
        for job_id in opened.withdrawn:
            for desk in self._lines.desks.values():
                desk.withdraw(job_id)
        self._keeping.slots(opened.changes, now_s)
        self._keeping.rounds(opened.rounds)
        for job in opened.jobs:
            self._ask(job, now_s)

    def _ask(self, job: Job, now_s: int) -> None:
        kind = self._plan.kinds.get(job.meters[0], LineKind.MODEM)
        try:
            self._lines.ask(job, kind)
        except (PoolFullError, ValueError) as fault:
            # No line of this kind here, or its time has just passed: the slots are gaps, with that reason.
            event(log, "lines.job_refused", level=logging.WARNING, why=str(fault))
            assert self._rounds is not None  # noqa: S101 - it has made the job
            self._keeping.slots(self._rounds.refused(job, now_s), now_s)

    async def _planned(self) -> _Plan:
        """Read what the office wants; a schedule that cannot be carried out is left out, and said."""
        begun = self._clock.seconds()
        self._plan_due = begun + PLAN_EVERY_S
        groups: dict[str, Group] = {}
        schedules: list[Schedule] = []
        wants: dict[str, Wants] = {}
        kinds: dict[int, LineKind] = {}
        for filed in await self._views.rows(Schedules()):
            if not filed.is_on:
                continue
            if filed.group not in groups:
                groups[filed.group] = await self._group(filed.group, kinds)
            try:
                schedules.append(schedule_of(filed, groups[filed.group], self._policy.zone))
            except PlanFault as fault:
                event(log, "lines.schedule_refused", level=logging.ERROR, schedule=filed.code, why=str(fault))
                continue
            wants[filed.code] = filed.wants
        ended = self._clock.seconds()
        self._plan_due = max(self._plan_due, ended + (ended - begun) * PLAN_PARTS)
        return _Plan(tuple(schedules), wants, kinds)

    async def _group(self, code: str, kinds: dict[int, LineKind]) -> Group:
        reaches: list[Reach] = []
        after: str | None = None
        while True:
            query = GroupReaches(code=code, after=after)
            portion = await self._views.rows(query)
            for one in portion:
                reaches.append(Reach(int(one.pan), one.place, one.bus))
                kinds[int(one.pan)] = one.kind
            if len(portion) < query.limit:
                return Group(code, tuple(reaches))
            after = portion[-1].pan

    def _wait(self) -> None:
        if self._is_stopped or self._timer is not None:
            return
        due_s = None if self._rounds is None else self._rounds.due_at()
        wait_s = TURN_S_MAX if due_s is None else min(max(due_s - self._lines.now_s(), 1), TURN_S_MAX)
        self._timer = self._clock.callLater(wait_s, self._come)

    def _come(self) -> None:
        self._timer = None
        self._begin(self._turn())

    def _wait_no_more(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()


class ReadingErrand:
    """Reads a meter in a call."""

    def __init__(self, desk: RoundDesk, job: Job, meter: int, slots: Sequence[Slot]) -> None:
        self._desk = desk
        self._job = job
        self._meter = meter
        self._slots = slots
        self._known: VisitKnown | None = None

    async def ready(self) -> Wanted:
        """Say which meter it is, and what lets us in."""
        self._known = await self._desk.known(self._meter)
        return self._desk.access.wanted(self._known.way)

    async def carry_out(self, talk: MeterTalk) -> ContactWhy | None:
        """Read it; None where all of it was read."""
        assert self._known is not None, "it was made ready"  # noqa: S101 - of our own code
        return await self._desk.visit(self._job, self._slots, self._known, talk)


def _failed(failure: Failure) -> None:
    """Nothing is lost: a minute later it is looked at again."""
    event(log, "lines.rounds_failed", level=logging.ERROR, raised=failure.value)
