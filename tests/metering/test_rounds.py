"""The book of rounds: every slot stands somewhere, and what was not read is a gap with its reason."""

import zoneinfo
from collections import Counter
from dataclasses import replace
from datetime import datetime, time
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.contact import ContactWhy
from gateway.core.line_work.call import Call, CallEnded, Dropped, PassedOver, Settled
from gateway.core.line_work.group import Group, Reach
from gateway.core.line_work.policy import Policy
from gateway.core.line_work.recurrence import OnWeekdays
from gateway.core.line_work.slot import SLOT_STEPS, Slot, SlotEvent, SlotState
from gateway.core.line_work.window import Window
from gateway.core.line_work.work_kind import WorkKind
from gateway.metering.pool import LinePool
from gateway.metering.rounds import Rounds
from gateway.metering.schedule import Schedule
from tests.reading_town import BEGINS_S, DAY_S, Places, Town
from tests.reading_town import ZONE as SHANGHAI

ZONE = zoneinfo.ZoneInfo("Europe/Berlin")
BEGIN_S = int(datetime(2026, 11, 1, tzinfo=ZONE).timestamp())
OPENS_S, CLOSES_S = BEGIN_S + 3600, BEGIN_S + 5 * 3600
WINDOW = Window(time(1), time(5), ZONE)
OVER = {SlotState.READ, SlotState.LOST, SlotState.GONE}
REACHES = (Reach(1, "c1", "b1"), Reach(2, "c1", "b1"), Reach(3, "n3"))


def rounds_of(from_s=BEGIN_S, **given):
    one = Schedule("s", Group("g", REACHES), OnWeekdays(), WINDOW)
    return Rounds([one], Policy(ZONE, **given), count(1).__next__, from_s)


class House:
    """The book and a pool of one line, which is told how each call ends."""

    def __init__(self, **given):
        self.rounds = rounds_of(**given)
        self.pool = LinePool([0], frozenset(), Policy(ZONE, **given))
        self.changes = []

    def night(self, day, ends):
        """Live through a window; ``ends`` says by number how calls end, each with (why, reasons)."""
        now_s = OPENS_S + day * DAY_S
        opened = self.rounds.open(now_s)
        self.changes += opened.changes
        kinds = [(job.kind, job.number, job.meters) for job in opened.jobs]
        for job in opened.jobs:
            self.pool.offer(job, now_s)
        while self.pool.jobs:
            turn = self.pool.next(now_s)
            for one in turn.dropped:
                self.changes += self.rounds.dropped(one, now_s)
            for call in turn.calls:
                self.call(call, ends, now_s + 60)
            now_s = now_s + 60 if turn.calls or turn.dropped else self.pool.due_at()
        return kinds

    def call(self, call, ends, now_s):
        self.rounds.called(call)
        why, reasons = ends.get(call.number, (None, {}))
        meters = {meter for job in call.jobs for meter in job.meters}
        end = CallEnded(why, 60, frozenset() if why else frozenset(meters - set(reasons)), reasons)
        for settled in self.pool.ended(call.line, end, now_s):
            self.changes += self.rounds.settled(settled, now_s)

    def told(self):
        said, self.changes = self.changes, []
        return [
            (slot.meter, (slot.at_s - BEGIN_S) // DAY_S, state.value, why)
            for slot, state, why in said
            if state is not SlotState.WAITING
        ]


def test_every_step_of_a_slot_is_in_the_table_and_each_state_is_reached():
    assert {before for before, _ in SLOT_STEPS} == set(SlotState) - OVER
    assert set(SLOT_STEPS.values()) == set(SlotState) - {SlotState.TO_COME}
    assert {event for _, event in SLOT_STEPS} == set(SlotEvent)


def test_a_night_in_which_all_is_well_reads_every_slot():
    house = House()
    assert house.rounds.due_at() == OPENS_S
    assert house.night(0, {}) == [(WorkKind.SCHEDULE, "c1", (1, 2)), (WorkKind.SCHEDULE, "n3", (3,))]
    assert house.told() == [(meter, 0, "read", None) for meter in (1, 2, 3)]
    assert house.rounds.due_at() == OPENS_S + DAY_S
    assert list(house.rounds.gaps()) == []


def test_what_is_not_read_is_a_gap_with_its_reason_and_goes_first_the_next_night():
    house = House()
    ends = {"c1": (None, {2: ContactWhy.TIMEOUT}), "n3": (ContactWhy.NO_ANSWER, {})}
    house.night(0, ends)
    assert house.told() == [
        (1, 0, "read", None), (2, 0, "gap", ContactWhy.TIMEOUT), (3, 0, "gap", ContactWhy.NO_ANSWER),
    ]  # fmt: skip
    assert [(gap.slot.meter, gap.state, gap.why) for gap in house.rounds.gaps()] == [
        (2, SlotState.GAP, ContactWhy.TIMEOUT), (3, SlotState.GAP, ContactWhy.NO_ANSWER),
    ]  # fmt: skip
    assert house.night(1, {}) == [
        (WorkKind.GAP, "c1", (2,)), (WorkKind.GAP, "n3", (3,)),
        (WorkKind.SCHEDULE, "c1", (1, 2)), (WorkKind.SCHEDULE, "n3", (3,)),
    ]  # fmt: skip
    assert (2, 0, "read", None) in house.told()
    assert list(house.rounds.gaps()) == []


def test_gaps_of_several_days_of_one_meter_are_one_job():
    house = House()
    for day in range(3):
        house.night(day, {"n3": (ContactWhy.REFUSED, {})})
    assert len(list(house.rounds.gaps())) == 3
    house.told()
    assert house.night(3, {})[0] == (WorkKind.GAP, "n3", (3,))
    assert [(meter, day) for meter, day, *_ in house.told() if meter == 3] == [(3, 0), (3, 1), (3, 2), (3, 3)]


def test_a_gap_that_the_meter_has_forgotten_is_lost_with_its_reason():
    house = House(kept_days=2)
    dead: dict = {"n3": (ContactWhy.AUTH, {})}
    for day in range(2):
        house.night(day, dead)
    house.told()
    assert house.rounds.due_at() == BEGIN_S + 2 * DAY_S
    house.night(2, dead)
    assert house.told()[0] == (3, 0, "lost", ContactWhy.AUTH)
    assert [gap.slot.at_s for gap in house.rounds.gaps()] == [BEGIN_S + DAY_S, BEGIN_S + 2 * DAY_S]


def test_a_gap_that_nobody_was_called_for_is_lost_with_the_reason_why_not():
    rounds = rounds_of(kept_days=1)
    jobs = rounds.open(OPENS_S).jobs
    rounds.dropped(Dropped(jobs[1], PassedOver.NO_TIME), OPENS_S + 60)
    slot = Slot("s", 3, BEGIN_S)
    assert rounds.state_of(slot) is SlotState.GAP
    assert rounds.open(BEGIN_S + DAY_S).changes == [(slot, SlotState.LOST, PassedOver.NO_TIME)]
    assert rounds.state_of(slot) is None


def test_a_window_that_passed_while_nobody_was_there_leaves_gaps():
    rounds = rounds_of()
    opened = rounds.open(OPENS_S + DAY_S)
    assert [(slot.at_s, state, why) for slot, state, why in opened.changes] == [
        (BEGIN_S, SlotState.GAP, PassedOver.NOT_THERE)
    ] * 3 + [(BEGIN_S + DAY_S, SlotState.WAITING, None)] * 3
    # The window that is open now does for them too.
    assert [job.kind for job in opened.jobs] == [WorkKind.GAP] * 2 + [WorkKind.SCHEDULE] * 2
    assert +rounds.counts == Counter({SlotState.WAITING: 6})
    assert [(one.at_s, one.meters, one.lost) for one in opened.rounds] == [
        (BEGIN_S, 3, 0), (BEGIN_S + DAY_S, 3, 0),
    ]  # fmt: skip


def test_a_slot_that_waits_for_another_try_is_no_gap_and_the_last_reason_counts():
    rounds = rounds_of()
    pool = LinePool([0], frozenset(), Policy(ZONE))
    jobs = rounds.open(OPENS_S).jobs
    pool.offer(jobs[1], OPENS_S)
    (call,) = pool.next(OPENS_S).calls
    slot = Slot("s", 3, BEGIN_S)
    assert rounds.state_of(slot) is SlotState.WAITING
    rounds.called(call)
    assert rounds.state_of(slot) is SlotState.RUNNING
    (settled,) = pool.ended(0, CallEnded(ContactWhy.BUSY, 8), OPENS_S + 8)
    assert rounds.settled(settled, OPENS_S + 8) == []
    assert rounds.state_of(slot) is SlotState.WAITING
    (dropped,) = pool.next(CLOSES_S).dropped
    assert rounds.dropped(dropped, CLOSES_S) == [(slot, SlotState.GAP, ContactWhy.BUSY)]


def test_jobs_of_somebody_else_are_none_of_its_business():
    rounds = rounds_of()
    ours = rounds.open(OPENS_S).jobs
    theirs = replace(ours[0], id=1_000)
    before = Counter(rounds.counts)
    rounds.called(Call(0, (theirs,), 900, OPENS_S))
    assert rounds.settled(Settled(theirs, {}, {}), OPENS_S) == []
    assert rounds.dropped(Dropped(theirs, PassedOver.NO_TIME), OPENS_S) == []
    assert rounds.counts == before


def test_two_schedules_of_one_name_are_refused():
    one = Schedule("s", Group("g", REACHES), OnWeekdays(), WINDOW)
    with pytest.raises(ValueError, match="schedules: two have one name"):
        Rounds([one, one], Policy(ZONE), count(1).__next__, BEGIN_S)


def test_a_gap_whose_try_is_under_way_when_it_grows_too_old_has_that_try():
    rounds = rounds_of(kept_days=1)
    jobs = rounds.open(OPENS_S).jobs
    rounds.called(Call(0, (jobs[1],), 180, OPENS_S))
    assert rounds.open(BEGIN_S + DAY_S).changes == []
    settled = Settled(jobs[1], {3: ContactWhy.LOST}, {3: ContactWhy.LOST})
    slot = Slot("s", 3, BEGIN_S)
    assert rounds.settled(settled, BEGIN_S + DAY_S) == [(slot, SlotState.LOST, ContactWhy.LOST)]


class AccountedTown(Town):
    """A town that counts every slot at each turn, by the calendar and by what it was told."""

    def __init__(self, *given, **named):
        super().__init__(*given, **named)
        self.over = {}
        self.looked = 0

    def _note(self, changes):
        super()._note(changes)
        for slot, state, why in changes:
            if state is SlotState.WAITING:
                assert slot not in self.over
            elif state is SlotState.GAP:
                assert why is not None
                assert slot not in self.over
            else:
                assert self.over.setdefault(slot, (state, why)) == (state, why)

    def _turn(self):
        super()._turn()
        if self.looked % 100 == 0:
            self.account()
        self.looked += 1

    def account(self):
        begun = set()
        for one in self.places.schedules():
            coming = one.round_after(BEGINS_S - 1)
            while coming.opens_s <= self.now_s and coming.opens_s < self.ends_s:
                begun |= set(coming.slots())
                coming = one.round_after(coming.at_s)
        standing = {slot: self.rounds.state_of(slot) for slot in begun - self.over.keys()}
        assert None not in standing.values()
        assert all(self.rounds.state_of(slot) is None for slot in self.over)
        ends = Counter(state for state, _ in self.over.values())
        assert +self.rounds.counts == Counter(standing.values()) + ends
        on_call = {job.id for call in self.pool.running.values() for job in call.jobs}
        running = sum(
            len(slots)
            for job_id in on_call
            for slots in self.rounds.slots_of(self.pool.jobs[job_id]).values()
        )
        assert self.rounds.counts[SlotState.RUNNING] == running


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(2, 5), st.sampled_from([1, 60, 700]), st.integers(1, 3))
def test_every_slot_stands_in_one_place_at_any_moment_however_few_lines_there_are(
    seed, lines, daily, kept_days
):
    town = AccountedTown(
        Places(1, daily, 56),
        Policy(SHANGHAI, kept_days=kept_days),
        lines=lines,
        reserved=1,
        days=4,
        seed=seed,
    )
    town.order(WorkKind.URGENT, 30)
    town.order(WorkKind.ON_DEMAND, 10)
    town.run()
    town.account()
    counts = town.rounds.counts
    assert counts[SlotState.WAITING] == counts[SlotState.RUNNING] == 0
    assert sum(counts.values()) == town.places.slots(4)
    assert all(gap.why is not None and gap.state is SlotState.GAP for gap in town.rounds.gaps())
