"""Moments, business days, and the year of a day without one."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.timeline import business_date, microseconds, moment_of, newest_date

SHANGHAI = ZoneInfo("Asia/Shanghai")


@given(st.integers(0, 7_258_118_400_000_000))
def test_a_moment_survives_its_microseconds(at_us):
    assert microseconds(moment_of(at_us)) == at_us


def test_a_naive_moment_is_no_moment():
    with pytest.raises(TypeError):
        microseconds(datetime(2026, 11, 23))  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize(
    ("hour_utc", "cut_over", "day"),
    [
        (15, time(0, 0), 23),  # 23:00 in Shanghai
        (16, time(0, 0), 24),  # midnight in Shanghai
        (13, time(22, 0), 23),  # 21:00, before the cut-over
        (14, time(22, 0), 24),  # 22:00, the next day has begun
    ],
)
def test_the_business_day_begins_at_the_cut_over_in_the_utilitys_zone(hour_utc, cut_over, day):
    moment = datetime(2026, 11, 23, hour_utc, tzinfo=UTC)
    assert business_date(moment, SHANGHAI, cut_over) == date(2026, 11, day)


@pytest.mark.parametrize(
    ("cut_over", "at_23_50", "at_00_10", "at_00_40"),
    [
        (time(23, 0), 24, 24, 24),
        (time(0, 0), 23, 24, 24),
        (time(0, 30), 23, 23, 24),
        (time(11, 59), 23, 23, 23),
        (time(12, 0), 24, 24, 24),
    ],
)
def test_a_day_is_named_after_the_civil_day_that_most_of_it_lies_in(cut_over, at_23_50, at_00_10, at_00_40):
    before = datetime(2026, 11, 23, 23, 50, tzinfo=SHANGHAI)
    moments = (before, before + timedelta(minutes=20), before + timedelta(minutes=50))
    found = [business_date(moment, SHANGHAI, cut_over).day for moment in moments]
    assert found == [at_23_50, at_00_10, at_00_40]


@pytest.mark.parametrize(
    ("today", "month", "day", "found"),
    [
        (date(2026, 11, 23), 11, 23, date(2026, 11, 23)),
        (date(2026, 11, 23), 11, 24, date(2026, 11, 24)),  # a zone ahead
        (date(2026, 11, 23), 11, 26, date(2025, 11, 26)),
        (date(2027, 1, 1), 12, 31, date(2026, 12, 31)),
        (date(2026, 12, 31), 1, 1, date(2027, 1, 1)),
        (date(2026, 8, 1), 1, 5, date(2026, 1, 5)),  # a very late repeat is no payment of next year
        (date(2027, 3, 1), 2, 29, date(2024, 2, 29)),
    ],
)
def test_a_day_without_a_year_is_the_newest_that_can_be_meant(today, month, day, found):
    assert newest_date(month, day, today) == found


@pytest.mark.parametrize(("month", "day"), [(13, 1), (0, 1), (2, 30), (11, 0)])
def test_a_day_that_no_calendar_has_is_refused(month, day):
    with pytest.raises(ValueError, match="there is no day"):
        newest_date(month, day, date(2026, 11, 23))


def test_zones_do_not_change_the_moment():
    ahead = timezone(timedelta(hours=8))
    assert microseconds(datetime(2026, 11, 23, 12, tzinfo=ahead)) == microseconds(
        datetime(2026, 11, 23, 4, tzinfo=UTC)
    )
