"""A town whose meters are read over telephone lines, on a clock that leaps from event to event.

It does what a pool says, seeded chance says how calls end, and whatever it sees against the rules it raises.
"""

import zoneinfo
from collections import Counter
from datetime import datetime, time, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random

from gateway.core.contact import ContactWhy
from gateway.core.line_work.call import CallEnded
from gateway.core.line_work.group import Group, Reach
from gateway.core.line_work.job import Job
from gateway.core.line_work.policy import Policy
from gateway.core.line_work.recurrence import OnDayOfMonth, OnWeekdays
from gateway.core.line_work.slot import SlotState
from gateway.core.line_work.window import Window
from gateway.core.line_work.work_kind import WorkKind
from gateway.metering.pool import LinePool
from gateway.metering.rounds import Rounds
from gateway.metering.schedule import Schedule

ZONE = zoneinfo.ZoneInfo("Asia/Shanghai")
BEGINS_S = int(datetime(2026, 11, 1, tzinfo=ZONE).timestamp())
DAY_S = 86_400
NIGHT = Window(time(0, 10), time(8, 0), ZONE)
BUS_METERS = 250
MONTHLY_DAYS = 28
DIALS = {ContactWhy.BUSY, ContactWhy.NO_ANSWER, ContactWhy.NO_CARRIER, ContactWhy.NO_DIALTONE}


class Places:
    """Who lives where: concentrators with all of their meters, and meters with a number of their own."""

    def __init__(self, buses: int, daily: int, monthly: int):
        behind = buses * BUS_METERS
        bussed = [(meter, meter // BUS_METERS) for meter in range(behind)]
        self.on_buses = tuple(Reach(meter, f"c{bus}", f"bus{bus}") for meter, bus in bussed)
        self.daily = tuple(Reach(meter, f"m{meter}") for meter in range(behind, behind + daily))
        own = range(behind + daily, behind + daily + monthly)
        self.monthly = tuple(Reach(meter, f"m{meter}") for meter in own)
        self.all = self.on_buses + self.daily + self.monthly

    def schedules(self) -> list[Schedule]:
        each_day = OnWeekdays()
        found = [
            Schedule("buses", Group("buses", self.on_buses), each_day, NIGHT, 4 * 3600, 1),
            Schedule("daily", Group("daily", self.daily), each_day, NIGHT, 4 * 3600, 2),
        ]
        for day in range(1, MONTHLY_DAYS + 1):
            group = Group(f"monthly {day}", self.monthly[day - 1 :: MONTHLY_DAYS])
            found.append(Schedule(group.name, group, OnDayOfMonth(day), NIGHT, 4 * 3600, 100 + day))
        return found

    def slots(self, days: int) -> int:
        """Count the slots of so many days from the first of a month on, in the simplest way."""
        monthly = sum(len(self.monthly[day::MONTHLY_DAYS]) for day in range(min(days, MONTHLY_DAYS)))
        return days * (len(self.on_buses) + len(self.daily)) + monthly


class Troubles:
    """What is dead from when to when: numbers, meters behind concentrators, lines; one line is deaf."""

    def __init__(self, places: Places, lines: int, days: int, dice: Random):
        self.dice, self.days = dice, days
        own = [reach.number for reach in places.daily + places.monthly]
        heads = sorted({reach.number for reach in places.on_buses})
        self.numbers = {number: self._some_time(1, 14) for number in dice.sample(own, len(own) // 100)}
        self.numbers |= {number: self._some_time(1, 3) for number in dice.sample(heads, len(heads) // 20)}
        behind = [reach.meter for reach in places.on_buses]
        self.meters = {meter: self._some_time(1, 14) for meter in dice.sample(behind, len(behind) // 200)}
        self.refuse = set(dice.sample(behind, len(behind) // 5_000))
        dead = [(line, self._some_time(1 / 24, 1 / 4)) for line in range(lines) for _ in range(days // 8)]
        self.lines = [[span for one, span in dead if one == line] for line in range(lines)]
        self.deaf = {lines - 1: self._some_time(1, 2)}

    def _some_time(self, least_days: float, most_days: float) -> tuple[int, int]:
        begins_s = BEGINS_S + self.dice.randrange(self.days * DAY_S)
        return begins_s, begins_s + int(self.dice.uniform(least_days, most_days) * DAY_S)

    def is_line_dead(self, line: int, now_s: int) -> bool:
        return any(begins_s <= now_s < ends_s for begins_s, ends_s in self.lines[line])

    def is_in(self, spans: dict, what: object, now_s: int) -> bool:
        begins_s, ends_s = spans.get(what, (0, 0))
        return begins_s <= now_s < ends_s


class Town:
    """The pool, the rounds and the world, from event to event."""

    def __init__(self, places: Places, policy: Policy, *, lines: int, reserved: int, days: int, seed: int):
        self.dice = Random(seed)
        self.places, self.policy, self.ends_s = places, policy, BEGINS_S + days * DAY_S
        self.ids, self.turns = count(1), count()
        self.reserved = frozenset(range(reserved))
        self.troubles = Troubles(places, lines, days, self.dice)
        self.pool = LinePool(range(lines), self.reserved, policy)
        self.rounds = Rounds(places.schedules(), policy, lambda: next(self.ids), BEGINS_S)
        self.events: list[tuple] = []
        self.watch = Watch(self)
        self.told: Counter = Counter()
        self.whys: Counter = Counter()
        self.now_s = BEGINS_S

    def at(self, moment_s: int, event, *told) -> None:
        heappush(self.events, (moment_s, next(self.turns), event, told))

    def order(self, kind: WorkKind, a_day: int) -> None:
        """Have somebody want something of a meter at once, at moments drawn."""
        days = (self.ends_s - BEGINS_S) // DAY_S
        for _ in range(a_day * days):
            self.at(BEGINS_S + self.dice.randrange(days * DAY_S), self._ordered, kind)

    def run(self) -> None:
        """Go on until the last window of the last day has closed and nobody is called any more."""
        while True:
            due = [
                moment for moment in (self.rounds.due_at(),) if moment is not None and moment < self.ends_s
            ]
            due += [moment for moment in (self.pool.due_at(),) if moment is not None]
            due += [self.events[0][0]] if self.events else []
            if not due or (not self.pool.jobs and not self.events and min(due) >= self.ends_s):
                return
            assert min(due) > self.now_s or self.events, "time stands still"
            self.now_s = max(self.now_s, min(due))
            self._turn()

    def _turn(self) -> None:
        while self.events and self.events[0][0] <= self.now_s:
            _, _, event, told = heappop(self.events)
            event(*told)
        due_s = self.rounds.due_at()
        if due_s is not None and due_s <= self.now_s < self.ends_s:
            opened = self.rounds.open(self.now_s)
            self._note(opened.changes)
            for job in opened.jobs:
                self.pool.offer(job, self.now_s)
        turn = self.pool.next(self.now_s)
        for one in turn.dropped:
            self.told[f"{one.job.kind.name} dropped"] += 1
            self.watch.is_over(one.job)
            self._note(self.rounds.dropped(one, self.now_s))
        for line in turn.probes:
            self.at(self.now_s + 5, self._probed, line)
        for call in turn.calls:
            self.rounds.called(call)
            end = self._called(call)
            self.watch.begun(call, self.now_s + end.seconds)
            self.at(self.now_s + end.seconds, self._ended, call.line, end)
        self.watch.turned()

    def _ordered(self, kind: WorkKind) -> None:
        reach = self.places.all[self.dice.randrange(len(self.places.all))]
        until_s = self.now_s + 4 * 3600
        job = Job(next(self.ids), kind, reach.number, (reach.meter,), self.now_s, until_s, reach.bus)
        self.told[f"{kind.name} ordered"] += 1
        if kind is WorkKind.URGENT:
            self.watch.ordered(job)
        self.pool.offer(job, self.now_s)

    def _probed(self, line: int) -> None:
        is_dead = self.troubles.is_line_dead(line, self.now_s)
        self.told["probes"] += 1
        self.pool.line_probed(line, is_good=not is_dead, now_s=self.now_s)

    def _ended(self, line: int, end: CallEnded) -> None:
        self.watch.ended(line)
        self.told[f"calls {end.why.value if end.why else 'good'}"] += 1
        for settled in self.pool.ended(line, end, self.now_s):
            kind = settled.job.kind
            if settled.again is None:
                self.told[f"{kind.name} {'given up' if settled.unread else 'done'}"] += 1
            self._note(self.rounds.settled(settled, self.now_s))

    def _note(self, changes) -> None:
        for _, state, why in changes:
            self.told[state] += 1
            if state not in {SlotState.WAITING, SlotState.READ}:
                self.whys[state, why] += 1

    def _called(self, call) -> CallEnded:
        """Draw how a call ends, and how long it takes: the line, the number, then meter by meter."""
        dice, troubles, now_s = self.dice, self.troubles, self.now_s
        if troubles.is_line_dead(call.line, now_s):
            return CallEnded(ContactWhy.NO_DIALTONE, 3)
        if troubles.is_in(troubles.numbers, call.number, now_s):
            return CallEnded(ContactWhy.NO_ANSWER, 50)
        if troubles.is_in(troubles.deaf, call.line, now_s):
            return CallEnded(ContactWhy.NO_CARRIER, 55)
        dial, luck = dice.randint(20, 30), dice.random()
        for share, why, seconds in (
            (0.05, ContactWhy.BUSY, 8),
            (0.07, ContactWhy.NO_ANSWER, 50),
            (0.09, ContactWhy.NO_CARRIER, 55),
            (0.092, ContactWhy.LINE, 10),
        ):
            if luck < share:
                return CallEnded(why, seconds)
        is_lost = luck > 0.97
        return self._asked(call, dial, dice.uniform(0, call.limit_s) if is_lost else None)

    def _asked(self, call, dial: int, lost_after: float | None) -> CallEnded:
        dice, troubles = self.dice, self.troubles
        # A concentrator has the values of its meters already; a meter has to be asked item by item.
        least, most = (1.5, 4.5) if call.jobs[0].bus else (5, 20)
        spent = float(dial)
        read: list[int] = []
        reasons: dict[int, ContactWhy] = {}
        for meter in dict.fromkeys(meter for job in call.jobs for meter in job.meters):
            spent += least + (most - least) * dice.random()
            if lost_after is not None and spent > lost_after:
                return CallEnded(ContactWhy.LOST, int(spent) + 1, frozenset(read), reasons)
            if spent > call.limit_s - 4:
                return CallEnded(ContactWhy.TIMEOUT, call.limit_s, frozenset(read), reasons)
            if troubles.is_in(troubles.meters, meter, self.now_s):
                reasons[meter] = ContactWhy.TIMEOUT
            elif meter in troubles.refuse:
                reasons[meter] = ContactWhy.AUTH
            else:
                read.append(meter)
        return CallEnded(None, int(spent) + 3, frozenset(read), reasons)


class Watch:
    """Looks at each call as a stranger would, with counts of its own, and raises at what may not be."""

    def __init__(self, town: Town):
        self.town = town
        self.lines: dict[int, tuple] = {}
        self.taken: set = set()
        self.days: Counter = Counter()
        self.urgent: dict[int, int] = {}
        self.waits: list[int] = []
        self.day = 0

    def begun(self, call, ends_s: int) -> None:
        now_s, policy = self.town.now_s, self.town.policy
        head = call.jobs[0]
        is_urgent = head.kind is WorkKind.URGENT
        taken = {call.number, *(meter for job in call.jobs for meter in job.meters)} | ({head.bus} - {""})
        assert call.line not in self.lines
        assert self.taken.isdisjoint(taken), "a number, a bus or a meter on two calls"
        assert is_urgent or call.line not in self.town.reserved
        assert {job.kind for job in call.jobs} == {head.kind}
        assert all(job.number == call.number and job.due_s <= now_s < job.until_s for job in call.jobs)
        assert ends_s - now_s <= (900 if head.bus else 180)
        self._count(call, now_s, policy)
        self.lines[call.line] = (ends_s, taken, call)
        self.taken |= taken
        for job in call.jobs:
            if (latest_s := self.urgent.pop(job.id, None)) is not None:
                assert now_s <= latest_s, f"urgent job {job.id} waited {now_s - latest_s} s longer"
                self.waits.append(now_s - job.due_s)

    def _count(self, call, now_s: int, policy: Policy) -> None:
        """Count from noon to noon, but not what did not even get a dial tone."""
        day = (datetime.fromtimestamp(now_s, ZONE) - timedelta(hours=12)).date().toordinal()
        if day != self.day:
            self.day, self.days = day, Counter()
        if self.town.troubles.is_line_dead(call.line, now_s):
            return
        is_urgent = call.jobs[0].kind is WorkKind.URGENT
        meters = {meter for job in call.jobs for meter in job.meters}
        self.days.update([(call.number, is_urgent), *meters])
        most = policy.urgent_calls_per_number if is_urgent else policy.calls_per_number
        assert self.days[call.number, is_urgent] <= most
        assert is_urgent or max(self.days[meter] for meter in meters) <= policy.calls_per_meter

    def ended(self, line: int) -> None:
        _, taken, _ = self.lines.pop(line)
        self.taken -= taken

    def ordered(self, job: Job) -> None:
        """Note until when an urgent job may wait: for the call that has what it needs, else for any line."""
        needs = {job.number, *job.meters} | ({job.bus} - {""})
        now_s = self.town.now_s
        blocking = [ends_s for ends_s, taken, _ in self.lines.values() if taken & needs]
        # Others that are ordered in this very second take a free line each.
        taken = len(self.lines) + len(self.town.pool.lines_out) + len(self.urgent)
        is_free = taken < len(self.town.troubles.lines)
        running = [ends_s for ends_s, _, _ in self.lines.values()]
        self.urgent[job.id] = max(blocking or ([now_s] if is_free else running), default=now_s)

    def is_over(self, job: Job) -> None:
        self.urgent.pop(job.id, None)

    def turned(self) -> None:
        """See that no urgent job waits for longer than it may."""
        now_s = self.town.now_s
        assert all(latest_s >= now_s for latest_s in self.urgent.values())
