"""The rounds that schedules make of groups, recurrences and windows."""

import zoneinfo
from datetime import datetime, time
from itertools import pairwise

import pytest

from gateway.core.line_work.group import Group, Reach
from gateway.core.line_work.recurrence import OnWeekdays
from gateway.core.line_work.window import Window
from gateway.metering.schedule import Schedule

BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
NIGHT = Window(time(22), time(6), BERLIN)


def at(text, zone=BERLIN):
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


def shown(moments, zone=BERLIN):
    return [datetime.fromtimestamp(moment, zone).strftime("%m-%d %H:%M") for moment in moments]


def schedule(meters=10, **given):
    group = Group("g", tuple(Reach(meter, f"n{meter}") for meter in range(meters)))
    return Schedule("s", group, **{"recurrence": OnWeekdays(), "window": NIGHT} | given)


def test_a_round_is_read_in_the_window_that_is_open_at_its_moment_or_the_next():
    one = schedule().round_after(at("2026-11-26 12:00"))
    assert shown([one.at_s, one.opens_s, one.closes_s]) == ["11-27 00:00", "11-27 00:00", "11-27 06:00"]
    one = schedule(window=Window(time(1), time(5), BERLIN)).round_after(at("2026-11-26 12:00"))
    assert shown([one.at_s, one.opens_s, one.closes_s]) == ["11-27 00:00", "11-27 01:00", "11-27 05:00"]


def starts_of(one, day=0):
    coming = one.round_after(at("2026-11-26 12:00") + day * 86_400)
    return coming, list(coming.starts(one.group.visits(250)))


@pytest.mark.parametrize("visits", [1, 7, 100, 5_000])
def test_jitter_fills_its_time_evenly(visits):
    coming, found = starts_of(schedule(visits, jitter_s=3600, seed=5))
    assert all(coming.opens_s <= start < coming.opens_s + 3600 for start in found)
    # However the hour is cut into as many parts as there are visits, some two or three stand in one.
    part = max(3600 * 2 // visits, 2)
    edges = sorted([*found, coming.opens_s, coming.opens_s + 3600])
    assert max(after - before for before, after in pairwise(edges)) <= part


def test_jitter_is_the_same_for_the_same_seed_and_another_each_night():
    first, again = (starts_of(schedule(50, jitter_s=3600, seed=5))[1] for _ in range(2))
    other = starts_of(schedule(50, jitter_s=3600, seed=6))[1]
    assert first == again != other
    night = [start - 86_400 for start in starts_of(schedule(50, jitter_s=3600, seed=5), day=1)[1]]
    assert night != first


def test_jitter_leaves_half_of_the_window_for_calls_that_have_to_be_made_again():
    coming, found = starts_of(schedule(1000, jitter_s=100_000))
    assert max(found) < coming.opens_s + 3 * 3600


def test_a_round_has_a_slot_for_each_meter():
    coming = schedule(3).round_after(at("2026-11-26 12:00"))
    assert [(slot.schedule, slot.meter, slot.at_s) for slot in coming.slots()] == [
        ("s", meter, at("2026-11-27 00:00")) for meter in range(3)
    ]


def test_a_jitter_below_nothing_is_refused():
    with pytest.raises(ValueError, match="jitter_s: -1 of s is below nothing"):
        schedule(jitter_s=-1)
