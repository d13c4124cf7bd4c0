"""Rounds over a restart: no slot is forgotten and none is counted twice, whenever the gateway stops."""

import zoneinfo
from dataclasses import replace
from datetime import datetime, time
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.contact import ContactWhy
from gateway.core.line_work.call import Call, PassedOver, Settled
from gateway.core.line_work.group import Group, Reach
from gateway.core.line_work.policy import Policy
from gateway.core.line_work.recurrence import EveryMinutes, OnWeekdays
from gateway.core.line_work.round_kept import Kept, RoundBegun, RoundTold, SlotKept
from gateway.core.line_work.slot import Slot, SlotChange, SlotState
from gateway.core.line_work.window import Window
from gateway.core.line_work.work_kind import WorkKind
from gateway.metering import held_jobs
from gateway.metering import rounds as rounds_file
from gateway.metering.rounds import Rounds
from gateway.metering.schedule import Schedule
from tests.kept_rounds import KeptInMemory, Place

ZONE = zoneinfo.ZoneInfo("Europe/Berlin")
DAY_S = 86_400
BEGIN_S = int(datetime(2026, 11, 1, tzinfo=ZONE).timestamp())
OPENS_S, CLOSES_S = BEGIN_S + 3600, BEGIN_S + 5 * 3600
NIGHT = Window(time(1), time(5), ZONE)
REACHES = (Reach(1, "c1", "b1"), Reach(2, "c1", "b1"), Reach(3, "n3"))
NIGHTLY = Schedule("s", Group("g", REACHES), OnWeekdays(), NIGHT)
POLICY = Policy(ZONE)


def rounds_at(now_s, *schedules, policy=POLICY):
    return Rounds(schedules, policy, count(1).__next__, now_s)


def round_kept(day=0, **changes):
    at_s = BEGIN_S + day * DAY_S
    return RoundBegun("s", at_s, at_s + 3600, at_s + 5 * 3600, 3)._replace(**changes)


def slot(meter, day=0):
    return Slot("s", meter, BEGIN_S + day * DAY_S)


def test_what_waited_is_read_in_its_window_where_that_is_open_still():
    now_s = OPENS_S + 3600
    rounds = rounds_at(now_s, NIGHTLY)
    kept = Kept([SlotKept(slot(2), is_gap=False, since_s=OPENS_S)], {"s": round_kept()})
    assert rounds.restore(kept, now_s).changes == []
    (job,) = rounds.open(now_s).jobs
    assert (job.kind, job.meters, job.until_s) == (WorkKind.SCHEDULE, (2,), CLOSES_S)


def test_what_waited_is_a_gap_where_its_window_has_closed():
    rounds = rounds_at(CLOSES_S, NIGHTLY)
    kept = Kept([SlotKept(slot(2), is_gap=False, since_s=OPENS_S)], {"s": round_kept()})
    assert rounds.restore(kept, CLOSES_S).changes == [(slot(2), SlotState.GAP, PassedOver.NOT_THERE)]
    assert rounds.open(CLOSES_S).jobs == []
    assert rounds.due_at() == OPENS_S + DAY_S


def test_gaps_stay_gaps_with_their_reason_and_are_tried_in_the_window_that_is_open():
    now_s = OPENS_S + DAY_S + 60
    rounds = rounds_at(now_s, NIGHTLY)
    kept = Kept([SlotKept(slot(3), is_gap=True, since_s=7, why=ContactWhy.BUSY)], {"s": round_kept(1)})
    assert rounds.restore(kept, now_s).changes == []
    assert [(gap.since_s, gap.why) for gap in rounds.gaps()] == [(7, ContactWhy.BUSY)]
    (job,) = rounds.open(now_s).jobs
    assert (job.kind, job.meters) == (WorkKind.GAP, (3,))


def test_rounds_that_were_missed_are_gaps_and_the_one_that_is_open_is_read():
    now_s = OPENS_S + 3 * DAY_S + 60
    rounds = rounds_at(now_s, NIGHTLY)
    rounds.restore(Kept([], {"s": round_kept(0)}), now_s)
    opened = rounds.open(now_s)
    gaps = [change for change in opened.changes if change.state is SlotState.GAP]
    assert gaps == [
        SlotChange(slot(meter, day), SlotState.GAP, PassedOver.NOT_THERE)
        for day in (1, 2)
        for meter in (1, 2, 3)
    ]
    assert [(one.at_s, one.meters, one.lost) for one in opened.rounds] == [
        (BEGIN_S + day * DAY_S, 3, 0) for day in (1, 2, 3)
    ]
    assert [job.kind for job in opened.jobs] == [WorkKind.GAP] * 2 + [WorkKind.SCHEDULE] * 2


def test_of_rounds_that_meters_have_forgotten_only_the_count_is_kept():
    now_s = OPENS_S + 5 * DAY_S - 60
    rounds = rounds_at(now_s, NIGHTLY, policy=Policy(ZONE, kept_days=2))
    rounds.restore(Kept([], {"s": round_kept(0)}), now_s)
    opened = rounds.open(now_s)
    assert [(one.at_s, one.lost) for one in opened.rounds] == [
        (BEGIN_S + day * DAY_S, lost) for day, lost in ((1, 3), (2, 3), (3, 3), (4, 0))
    ]
    assert {change.slot.at_s for change in opened.changes} == {BEGIN_S + 4 * DAY_S}


def test_more_that_was_missed_than_the_book_holds_is_lost_the_oldest_first(monkeypatch):
    monkeypatch.setattr(rounds_file, "SLOTS_MAX", 6)
    now_s = OPENS_S + 5 * DAY_S - 60
    rounds = rounds_at(now_s, NIGHTLY)
    rounds.restore(Kept([], {"s": round_kept(0)}), now_s)
    assert [one.lost for one in rounds.open(now_s).rounds] == [3, 3, 0, 0]


def test_a_schedule_that_is_new_begins_now_and_says_so():
    now_s = OPENS_S + 60
    rounds = rounds_at(now_s, NIGHTLY)
    (begins,) = rounds.restore(Kept(), now_s).rounds
    assert (begins.schedule, begins.at_s, begins.meters, begins.told) == ("s", now_s - 1, 0, RoundTold.BEGUN)
    assert rounds.open(now_s).rounds == []
    assert rounds.due_at() == OPENS_S + DAY_S


def test_a_schedule_that_was_off_begins_now_and_what_was_meanwhile_is_no_gap():
    now_s = OPENS_S + 9 * DAY_S + 60
    rounds = rounds_at(now_s, NIGHTLY)
    off = RoundBegun("s", BEGIN_S, BEGIN_S, BEGIN_S, 0, told=RoundTold.OFF)
    assert rounds.restore(Kept([], {"s": off}), now_s).rounds[0].told is RoundTold.BEGUN
    assert rounds.open(now_s).changes == []


def test_the_slots_of_a_schedule_that_is_no_more_are_gone():
    rounds = rounds_at(CLOSES_S)
    kept = Kept([SlotKept(slot(2), is_gap=True, since_s=OPENS_S)], {"s": round_kept()})
    opened = rounds.restore(kept, CLOSES_S)
    assert opened.changes == [(slot(2), SlotState.GONE, None)]
    assert [one.told for one in opened.rounds] == [RoundTold.OFF]
    assert rounds.due_at() is None


def test_the_slots_of_a_meter_that_has_left_the_group_are_gone():
    rounds = rounds_at(CLOSES_S, NIGHTLY)
    kept = Kept([SlotKept(slot(9), is_gap=True, since_s=OPENS_S)], {"s": round_kept()})
    assert rounds.restore(kept, CLOSES_S).changes == [(slot(9), SlotState.GONE, None)]


# -- while it runs ---------------------------------------------------------------------------------------


def changed(rounds, now_s=OPENS_S, **changes):
    return rounds.change([replace(NIGHTLY, **changes)], now_s)


def test_a_schedule_that_is_switched_off_gives_its_jobs_back_and_its_slots_are_gone():
    rounds = rounds_at(BEGIN_S, NIGHTLY)
    jobs = rounds.open(OPENS_S).jobs
    opened = rounds.change([], OPENS_S)
    assert sorted(opened.withdrawn) == [job.id for job in jobs]
    assert {(change.slot.meter, change.state) for change in opened.changes} == {
        (meter, SlotState.GONE) for meter in (1, 2, 3)
    }
    assert [one.told for one in opened.rounds] == [RoundTold.OFF]
    assert rounds.settled(Settled(jobs[0], {}, {}), OPENS_S) == []


def test_a_number_that_has_changed_makes_the_job_anew_and_leaves_the_others():
    rounds = rounds_at(BEGIN_S, NIGHTLY)
    jobs = rounds.open(OPENS_S).jobs
    moved = Group("g", (*REACHES[:2], Reach(3, "n4")))
    opened = changed(rounds, group=moved)
    assert opened.withdrawn == [jobs[1].id]
    assert opened.changes == opened.rounds == []
    (job,) = rounds.open(OPENS_S).jobs
    assert (job.number, job.meters, job.until_s) == ("n4", (3,), CLOSES_S)


def test_a_job_on_a_call_keeps_its_number_and_the_meter_that_left_is_gone():
    rounds = rounds_at(BEGIN_S, NIGHTLY)
    jobs = rounds.open(OPENS_S).jobs
    rounds.called(Call(0, (jobs[0],), 900, OPENS_S))
    opened = changed(rounds, group=Group("g", (Reach(1, "c9", "b1"), REACHES[2])))
    assert opened.withdrawn == []
    assert opened.changes == [(slot(2), SlotState.GONE, None)]
    assert rounds.settled(Settled(jobs[0], {}, {}), OPENS_S) == [(slot(1), SlotState.READ, None)]


def test_a_job_on_a_call_whose_meters_have_all_left_is_taken_back():
    rounds = rounds_at(BEGIN_S, NIGHTLY)
    jobs = rounds.open(OPENS_S).jobs
    rounds.called(Call(0, (jobs[1],), 900, OPENS_S))
    opened = changed(rounds, group=Group("g", REACHES[:2]))
    assert opened.withdrawn == [jobs[1].id]
    assert opened.changes == [(slot(3), SlotState.GONE, None)]


def test_a_meter_that_is_new_in_the_group_is_read_from_the_next_round_on():
    rounds = rounds_at(BEGIN_S, NIGHTLY)
    rounds.open(OPENS_S)
    opened = changed(rounds, group=Group("g", (*REACHES, Reach(4, "n4"))))
    assert (opened.withdrawn, opened.changes, opened.rounds) == ([], [], [])
    assert rounds.open(OPENS_S + DAY_S).rounds[0].meters == 4


def test_a_schedule_with_other_days_begins_now():
    rounds = rounds_at(BEGIN_S, NIGHTLY)
    (begins,) = changed(rounds, BEGIN_S + 60, recurrence=EveryMinutes(60)).rounds
    assert begins.told is RoundTold.BEGUN
    assert [one.at_s for one in rounds.open(OPENS_S + 1).rounds] == [OPENS_S]


# -- what the pool has no room for -----------------------------------------------------------------------


def test_jobs_are_held_back_until_there_is_room_the_most_pressing_first():
    rounds = rounds_at(BEGIN_S, NIGHTLY)
    (first,) = rounds.open(OPENS_S, room=1).jobs
    assert rounds.is_holding
    assert rounds.open(OPENS_S + 1, room=0).jobs == []
    (second,) = rounds.open(OPENS_S + 2, room=5).jobs
    assert (first.number, second.number) == ("c1", "n3")
    assert not rounds.is_holding


def test_a_job_that_is_held_back_until_its_window_closes_is_a_gap():
    rounds = rounds_at(BEGIN_S, NIGHTLY)
    rounds.open(OPENS_S, room=1)
    assert rounds.due_at() == CLOSES_S
    assert rounds.open(CLOSES_S, room=0).changes == [(slot(3), SlotState.GAP, PassedOver.NO_TIME)]


def test_what_is_held_back_is_bounded_and_the_rest_are_gaps(monkeypatch):
    monkeypatch.setattr(held_jobs, "HELD_MAX", 1)
    rounds = rounds_at(BEGIN_S, NIGHTLY)
    opened = rounds.open(OPENS_S)
    assert len(opened.jobs) == 1
    assert opened.changes[-1] == (slot(3), SlotState.GAP, PassedOver.NO_TIME)


# -- all of it, at random --------------------------------------------------------------------------------

ALWAYS = Group("always", REACHES)
SOMETIMES = (Reach(11, "c1", "b1"), Reach(12, "n12"), Reach(13, "n13"))
DAILY = Schedule("daily", ALWAYS, OnWeekdays(), NIGHT, 1800, 1)
OFTEN = Schedule("often", ALWAYS, EveryMinutes(240), Window(time(), time(), ZONE), 600, 2)
OTHER = Schedule("other", Group("some", SOMETIMES), EveryMinutes(480), NIGHT, 600, 3)

#: Which meters the third schedule has, each with its number; None: it is not carried out.
OTHERS = st.none() | st.lists(
    st.tuples(st.sampled_from(SOMETIMES), st.sampled_from("xy")), unique_by=lambda one: one[0].meter
)
LIVES = st.tuples(
    st.sampled_from([1, 600, 7_200, 40_000, 130_000]),  # seconds that it runs
    st.sampled_from([0, 1, 900, 20_000, 100_000, 400_000]),  # and that it is down
    st.integers(0, 12),  # notes that were not written when it stopped
    OTHERS,  # a change while it runs
    OTHERS,  # and one while it is down
)


def schedules_with(others):
    if others is None:
        return [DAILY, OFTEN]
    reaches = tuple(one._replace(number=one.number + letter) for one, letter in others)
    return [DAILY, OFTEN, replace(OTHER, group=Group("some", reaches))]


def account(place, begun_s):
    """See that each slot of each round that has opened is read, lost, gone or open, and no two of them."""
    table: KeptInMemory = place.table
    assert all(table.left(*key) == 0 for key in table.rounds)
    assert table.slots.keys().isdisjoint(table.over)
    for schedule in (DAILY, OFTEN):
        coming = schedule.round_after(begun_s - 1)
        while coming.opens_s < place.now_s:
            row = table.rounds[schedule.name, coming.at_s]
            stand = [one in table.slots or one in table.over for one in coming.slots()]
            assert sum(stand) + row.lost == len(REACHES)
            coming = schedule.round_after(coming.at_s)
    for one, why in [*((kept.slot, kept.why) for kept in table.slots.values() if kept.is_gap)]:
        assert why is not None, one


@settings(max_examples=150)
@given(st.integers(0, 10**6), st.lists(LIVES, min_size=1, max_size=8))
def test_every_slot_has_one_place_whenever_the_gateway_stops_and_whatever_it_had_not_written(seed, lives):
    place = Place(schedules_with(None), Policy(ZONE, kept_days=4), BEGIN_S, seed)
    place.write(2)
    for runs_s, down_s, forgets, live_change, down_change in lives:
        place.live(place.now_s + runs_s // 2)
        place.change(schedules_with(live_change))
        place.live(place.now_s + runs_s - runs_s // 2)
        place.stop(forgets)
        place.now_s += down_s
        place.schedules = schedules_with(down_change)
        place.start()
    place.live(place.now_s + 60)
    place.stop(0)
    account(place, BEGIN_S)


@pytest.mark.parametrize("forgets", range(12))
def test_a_stop_between_any_two_notes_of_a_round_that_opens_loses_none(forgets):
    place = Place([DAILY, OFTEN], POLICY, BEGIN_S, 1)
    place.write(2)
    place.live(OPENS_S + 1)
    place.stop(forgets)
    place.start()
    place.live(OPENS_S + 600)
    place.stop(0)
    account(place, BEGIN_S)
