"""Windows, recurrences, groups and figures, and what makes no sense of them."""

import zoneinfo
from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.line_work.group import Group, Reach, Visit
from gateway.core.line_work.job import Job
from gateway.core.line_work.policy import Policy
from gateway.core.line_work.recurrence import EveryMinutes, OnDayOfMonth, OnWeekdays
from gateway.core.line_work.spread import drawn, evenly, mixed
from gateway.core.line_work.window import Window
from gateway.core.line_work.work_kind import WorkKind

BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
NIGHT = Window(time(22), time(6), BERLIN)
FRIDAYS = Window(time(22), time(6), BERLIN, frozenset({4}))
SWALLOWED = Window(time(2, 30), time(3, 10), BERLIN)
MOVED = Window(time(2, 10), time(2, 50), BERLIN)


def at(text, zone=BERLIN):
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


def shown(moments, zone=BERLIN):
    return [datetime.fromtimestamp(moment, zone).strftime("%m-%d %H:%M") for moment in moments]


def job(**given):
    return Job(
        **{"id": 1, "kind": WorkKind.GAP, "number": "n", "meters": (1,), "due_s": 100, "until_s": 200} | given
    )


@pytest.mark.parametrize(
    ("window", "asked", "left", "after"),
    [
        (NIGHT, "2026-11-26 12:00", ["11-26 22:00", "11-27 06:00"], "11-26 22:00"),
        (NIGHT, "2026-11-26 23:00", ["11-26 23:00", "11-27 06:00"], "11-27 22:00"),
        (NIGHT, "2026-11-27 00:00", ["11-27 00:00", "11-27 06:00"], "11-27 22:00"),
        (NIGHT, "2026-11-27 06:00", ["11-27 22:00", "11-28 06:00"], "11-27 22:00"),
        (NIGHT, "2026-11-26 22:00", ["11-26 22:00", "11-27 06:00"], "11-27 22:00"),
        # Friday's night is Saturday's morning too (the 27th is a Friday).
        (FRIDAYS, "2026-11-28 03:00", ["11-28 03:00", "11-28 06:00"], "12-04 22:00"),
        (Window(time(), time(), BERLIN), "2026-11-26 12:00", ["11-26 12:00", "11-27 00:00"], "11-27 00:00"),
        # Clocks are put forward on 29 March at 02:00, and back on 25 October at 03:00.
        (SWALLOWED, "2026-03-28 12:00", ["03-30 02:30", "03-30 03:10"], "03-30 02:30"),
        (MOVED, "2026-03-28 12:00", ["03-29 03:10", "03-29 03:50"], "03-29 03:10"),
    ],
)  # fmt: skip
def test_a_window_opens_and_closes_as_clocks_show_it(window, asked, left, after):
    assert shown(window.span_at(at(asked))) == left
    assert shown([window.span_after(at(asked)).opens_s]) == [after]


def test_a_night_on_which_clocks_are_put_back_is_an_hour_longer():
    spans = [NIGHT.span_at(at(f"2026-{day} 12:00")) for day in ("10-23", "10-24", "03-28")]
    assert [(span.closes_s - span.opens_s) // 3600 for span in spans] == [8, 9, 7]


@given(st.integers(0, 2**31), st.times(), st.times(), st.frozensets(st.integers(0, 6), min_size=1))
def test_what_is_left_of_a_window_is_never_nothing_and_the_next_one_lies_behind(
    at_s, opens, closes, weekdays
):
    window = Window(opens.replace(tzinfo=None), closes, BERLIN, weekdays)
    span, after = window.span_at(at_s), window.span_after(at_s)
    assert at_s <= span.opens_s < span.closes_s
    assert at_s < after.opens_s < after.closes_s
    assert span.opens_s in {at_s, after.opens_s}


def test_a_window_without_a_weekday_or_with_a_zone_of_its_own_is_refused():
    for weekdays in ((), (7,)):
        with pytest.raises(ValueError, match=r"weekdays: .* must be some of 0"):
            Window(time(1), time(2), BERLIN, frozenset(weekdays))
    with pytest.raises(ValueError, match="opens, closes: times of a window"):
        Window(time(1, tzinfo=UTC), time(2), BERLIN)


@pytest.mark.parametrize(
    ("recurrence", "begins", "moments"),
    [
        (OnWeekdays(), "2026-10-24 12:00", ["10-25 00:00", "10-26 00:00", "10-27 00:00"]),
        (OnWeekdays(frozenset({0, 3})), "2026-11-26 00:00", ["11-30 00:00", "12-03 00:00", "12-07 00:00"]),
        (OnDayOfMonth(1), "2026-11-01 00:00", ["12-01 00:00", "01-01 00:00", "02-01 00:00"]),
        (OnDayOfMonth(31), "2026-01-15 00:00", ["01-31 00:00", "02-28 00:00", "03-31 00:00"]),
        (EveryMinutes(15), "2026-11-26 23:40", ["11-26 23:45", "11-27 00:00", "11-27 00:15"]),
        (EveryMinutes(720), "2026-11-26 00:00", ["11-26 12:00", "11-27 00:00", "11-27 12:00"]),
    ],
)
def test_a_recurrence_names_its_moments(recurrence, begins, moments):
    found, moment = [], at(begins)
    for _ in moments:
        moment = recurrence.after(moment, BERLIN)
        found.append(moment)
    assert shown(found) == moments


def test_days_on_which_clocks_change_have_more_or_fewer_quarters_of_an_hour():
    counts = []
    for day in ("2026-03-29", "2026-06-01", "2026-10-25"):
        moment, end_s, count = at(f"{day} 00:00") - 1, at(f"{day} 23:59"), 0
        while (moment := EveryMinutes(15).after(moment, BERLIN)) <= end_s:
            count += 1
        counts.append(count)
    assert counts == [92, 96, 100]


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: OnWeekdays(frozenset()), "weekdays: .*name one at least"),
        (lambda: OnDayOfMonth(0), "day: 0 is no day of a month"),
        (lambda: OnDayOfMonth(32), "day: 32 is no day of a month"),
        (lambda: EveryMinutes(7), "minutes: a day is no multiple of 7"),
        (lambda: EveryMinutes(0), "minutes: a day is no multiple of 0"),
        (lambda: Group("g", (Reach(1, "n1"), Reach(1, "n2"))), "a meter is twice in the group g"),
        (lambda: Policy(BERLIN, tries=0), "tries: 0 leaves nothing"),
        (lambda: Policy(BERLIN, waits={}), "waits: auth, busy, .* have none"),
        (lambda: job(number=""), "number: job 1 has none"),
        (lambda: job(meters=()), "meters: job 1 has none"),
        (lambda: job(until_s=100), "until_s: job 1 ends at 100, before it is due"),
    ],
)
def test_what_makes_no_sense_is_refused(made, said):
    with pytest.raises(ValueError, match=said):
        made()


def test_meters_of_one_bus_are_visited_together_and_others_alone():
    reaches = [
        Reach(1, "c1", "b1"),
        Reach(2, "n2"),
        Reach(3, "c1", "b1"),
        Reach(4, "c1", "b1"),
        Reach(5, "n2"),
    ]
    assert Group("g", tuple(reaches)).visits(2) == (
        Visit("c1", "b1", (1, 3)), Visit("c1", "b1", (4,)), Visit("n2", "", (2,)), Visit("n2", "", (5,)),
    )  # fmt: skip


def test_what_is_spread_is_the_same_on_every_machine():
    # Computed apart from this code: the fractional parts of multiples of the golden ratio, of an hour.
    assert [evenly(place, 0, 3600) for place in range(5)] == [2224, 849, 3074, 1699, 324]
    assert [drawn(7, turn, 61) for turn in range(4)] == [13, 58, 31, 35]
    # The first output of splitmix64 from the seed 0, as its authors' code gives it.
    assert mixed(0x9E3779B97F4A7C15) == 0xE220A8397B1DCDAF


@given(st.integers(0, 2**70), st.integers(0, 10**6), st.integers(1, 10**5))
def test_what_is_drawn_lies_within_its_width(key, turn, width):
    assert 0 <= drawn(key, turn, width) < width
    assert 0 <= evenly(turn, key, width) < width
