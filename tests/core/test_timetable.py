"""Timetables of rates: what is one, what is none and why, and when two count the same."""

import json
from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.timetable import (
    TIMETABLE_CHARS_MAX,
    DayTable,
    Season,
    SpecialDay,
    Timetable,
    TimetableFault,
    timetable_read,
)
from gateway.core.timetable_limits import TimetableLimits, Weekend, Weeks, misfit, weekend_of

WEEK = [1, 1, 1, 1, 1, 2, 2]
TABLE = {
    "tariffs": 2,
    "seasons": [{"from": "03-01", "week": WEEK}, {"from": "11-01", "week": [2] * 7}],
    "days": {"1": [["00:00", 2], ["06:30", 1], ["22:00", 2]], "2": [["00:00", 2]]},
    "special_days": {"2027-02-06": 2, "2027-02-14": 1},
}
NIGHT, DAY = ((0, 2),), ((0, 2), (390, 1), (1320, 2))


def read(**changed):
    return timetable_read(json.dumps(TABLE | changed))


def test_a_timetable_is_read_as_it_was_written():
    found = read()
    assert found.tariffs == 2
    assert found.seasons[0] == Season(3, 1, tuple(WEEK))
    assert found.days[0] == DayTable(1, DAY)
    assert found.special_days == (SpecialDay(date(2027, 2, 6), 2), SpecialDay(date(2027, 2, 14), 1))
    assert json.loads(found.stored()) == TABLE
    assert timetable_read(found.stored()) == found


@pytest.mark.parametrize(
    ("changed", "path", "why"),
    [
        ({"tariffs": 0}, "tariffs", "from 1 to 63"),
        ({"tariffs": "2"}, "tariffs", "a whole number"),
        ({"tariffs": True}, "tariffs", "a whole number"),
        ({"colour": 1}, "colour", "no such field"),
        ({"seasons": []}, "seasons", "1 to 14 seasons"),
        ({"seasons": [{"from": "02-29", "week": WEEK}]}, "seasons[0].from", "in each year"),
        ({"seasons": [{"from": "13-01", "week": WEEK}]}, "seasons[0].from", "in each year"),
        ({"seasons": [{"from": "1-1", "week": WEEK}]}, "seasons[0].from", "MM-DD"),
        ({"seasons": [{"from": "01-01", "week": [1]}]}, "seasons[0].week", "seven"),
        ({"seasons": [{"from": "01-01", "week": [3] * 7}]}, "seasons[0].week", "no day table 3; days: 1, 2"),
        ({"seasons": [{"from": "01-01"}]}, "seasons[0]", "a season is"),
        ({"seasons": [{"from": f"{month:02d}-01", "week": WEEK} for month in (2, 1)]}, "seasons", "order"),
        ({"seasons": {}}, "seasons", "a list"),
        ({"days": {}}, "days", "1 to 8 day tables"),
        ({"days": {"9": [["00:00", 1]]}}, "days.9", "from 1 to 8"),
        ({"days": {"x": [["00:00", 1]]}}, "days.x", "named by numbers"),
        ({"days": {"1": []}}, "days.1", "1 to 14 slots"),
        ({"days": {"1": [["24:00", 1]]}}, "days.1[0]", "such as"),
        ({"days": {"1": [["00:00"]]}}, "days.1[0]", "such as"),
        ({"days": {"1": [["08:00", 1], ["08:00", 2]]}}, "days.1", "one after the other"),
        ({"days": {"1": [["08:00", 3]]}}, "days.1, 08:00", "no tariff 3; tariffs: 1 to 2"),
        ({"days": {"1": [[f"{hour:02d}:00", 1] for hour in range(15)]}}, "days.1", "1 to 14 slots"),
        ({"special_days": {"2027-02-30": 1}}, "special_days.2027-02-30", "YYYY-MM-DD"),
        ({"special_days": {"20270214": 1}}, "special_days.20270214", "YYYY-MM-DD"),
        ({"special_days": {"1999-01-01": 1}}, "special_days.1999-01-01", "2000 to 2099"),
        ({"special_days": {"2027-01-01": 7}}, "special_days.2027-01-01", "no day table 7"),
        ({"special_days": []}, "special_days", "an object"),
    ],
)
def test_what_is_no_timetable_is_refused_with_its_field(changed, path, why):
    with pytest.raises(TimetableFault) as caught:
        read(**changed)
    assert caught.value.path == path
    assert why in caught.value.why


@pytest.mark.parametrize("text", ["", "[]", "7", "[" * 9000, "{" + " " * TIMETABLE_CHARS_MAX])
def test_a_text_that_holds_none_is_refused(text):
    with pytest.raises(TimetableFault):
        timetable_read(text)


def test_more_special_days_than_any_meter_holds_are_refused():
    days = {
        f"20{year}-{month:02d}-{day:02d}": 1
        for year, month, day in product((27,), range(1, 13), range(1, 29))
    }
    with pytest.raises(TimetableFault, match="254 special days at most"):
        read(special_days=days)


def test_before_the_first_season_counts_the_last_one():
    assert read().rates == (
        (101, (NIGHT,) * 7),
        (301, (DAY,) * 5 + (NIGHT,) * 2),
        (1101, (NIGHT,) * 7),
    )


def test_what_changes_nothing_does_not_make_it_another():
    same = read(
        days={
            "3": [["06:30", 1], ["12:00", 1], ["22:00", 2]],
            "5": [["00:00", 2], ["11:00", 2]],
        },
        seasons=[
            {"from": "01-01", "week": [5] * 7},
            {"from": "03-01", "week": [3] * 5 + [5] * 2},
            {"from": "11-01", "week": [5] * 7},
            {"from": "12-01", "week": [5] * 7},
        ],
        special_days={},
    )
    assert same.counts_as(read())
    assert not same.counts_as(read(seasons=[{"from": "01-01", "week": WEEK}]))


def test_special_days_count_from_a_day_on():
    found = read()
    assert found.special_from(date(2027, 2, 7)) == {date(2027, 2, 14): DAY}
    assert found.special_from(date(2027, 2, 6)) == {date(2027, 2, 6): NIGHT, date(2027, 2, 14): DAY}


FULL = TimetableLimits(14, 8, 14, 4, 254, Weeks.ANY)


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        (FULL, ""),
        (TimetableLimits(1, 8, 14, 4, 254, Weeks.ANY), "it holds 1 seasons, and this timetable has 2"),
        (TimetableLimits(14, 1, 14, 4, 254, Weeks.ANY), "1 day tables"),
        (TimetableLimits(14, 8, 2, 4, 254, Weeks.ANY), "2 slots of a day"),
        (TimetableLimits(14, 8, 14, 1, 254, Weeks.ANY), "counts tariff 2"),
        (TimetableLimits(14, 8, 14, 4, 1, Weeks.ANY), "1 special days"),
        (TimetableLimits(14, 8, 14, 4, 254, Weeks.NONE), "all days of its week are alike"),
        (TimetableLimits(14, 8, 14, 4, 254, Weeks.WEEKEND), ""),
    ],
)
def test_a_model_that_cannot_hold_it_is_told_with_the_reason(limits, why):
    said = misfit(read(), limits)
    assert (said == "") == (why == "")
    assert why in said


def test_a_weekend_is_the_fewer_days_with_one_table_in_all_seasons():
    assert weekend_of(read()) == Weekend(frozenset({5, 6}), 2)
    assert weekend_of(read(seasons=[{"from": "01-01", "week": [1] * 7}])) == Weekend(frozenset(), 0)
    uneven = read(seasons=[{"from": "01-01", "week": WEEK}, {"from": "06-01", "week": [2, 1, 1, 1, 1, 2, 2]}])
    assert weekend_of(uneven) is None
    assert "one day table for its weekends" in misfit(uneven, TimetableLimits(14, 8, 14, 4, 9, Weeks.WEEKEND))


@st.composite
def timetables(draw):
    tariffs = draw(st.integers(1, 4))
    slots = st.dictionaries(st.integers(0, 1439), st.integers(1, tariffs), min_size=1, max_size=14)
    days = [
        DayTable(number, tuple(sorted(draw(slots).items())))
        for number in sorted(draw(st.sets(st.integers(1, 8), min_size=1)))
    ]
    table = st.sampled_from([one.number for one in days])
    begins = sorted(draw(st.sets(st.tuples(st.integers(1, 12), st.integers(1, 28)), min_size=1, max_size=14)))
    seasons = [Season(month, day, tuple(draw(table) for _ in range(7))) for month, day in begins]
    special = st.dictionaries(st.dates(date(2000, 1, 1), date(2099, 12, 31)), table, max_size=5)
    kept = tuple(SpecialDay(*one) for one in sorted(draw(special).items()))
    return Timetable(tariffs, tuple(seasons), tuple(days), kept)


@given(timetables(), st.integers(0, 1439), st.dates(date(2027, 1, 1), date(2027, 12, 31)))
def test_what_counts_is_the_same_by_the_plain_rates_as_by_the_tables(one, minute, day):
    assert timetable_read(one.stored()) == one

    def last(rows, at):
        before = [row for row in rows if row[0] <= at]
        return (before or rows)[-1][1]

    at = 100 * day.month + day.day
    table = last([(100 * each.month + each.day, each.week) for each in one.seasons], at)[day.weekday()]
    slots = next(each.slots for each in one.days if each.number == table)
    assert last(last(one.rates, at)[day.weekday()], minute) == last(slots, minute)
    assert one.rates[0][0] == 101
    assert all(each != other for (_, each), (_, other) in zip(one.rates, one.rates[1:], strict=False))
