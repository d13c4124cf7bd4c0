"""In which business day a moment is booked, and when such a day is over for every bank."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.calendar import Calendar
from gateway.core.timeline import moment_of
from tests.builders import ZONE

MONDAY = date(2026, 11, 23)
PLAIN = Calendar(ZONE, time(0, 0))
EARLY = Calendar(ZONE, time(0, 0), {"bank:west": time(22, 0), "bank:north": time(6, 30)})


def local(day: int, hour: int, minute=0, zone=ZONE):
    return datetime(2026, 11, day, hour, minute, tzinfo=zone)


@pytest.mark.parametrize(
    ("channel", "moment", "day"),
    [
        ("bank:east", local(23, 23, 59), "2026-11-23"),
        ("bank:east", local(24, 0), "2026-11-24"),
        ("bank:west", local(23, 21, 59), "2026-11-23"),
        ("bank:west", local(23, 22), "2026-11-24"),
        ("bank:north", local(23, 6, 29), "2026-11-22"),
        ("bank:north", local(23, 6, 30), "2026-11-23"),
    ],
)
def test_each_channel_goes_over_at_its_own_hour(channel, moment, day):
    assert EARLY.day(channel, moment, None) == day


def test_a_closed_day_takes_nothing_and_its_successor_does():
    assert PLAIN.day("bank:east", local(23, 12), "2026-11-23") == "2026-11-24"
    assert PLAIN.day("bank:east", local(20, 12), "2026-11-23") == "2026-11-24"
    assert PLAIN.day("bank:east", local(25, 12), "2026-11-23") == "2026-11-25"


def test_a_day_is_over_when_the_last_channel_has_gone_over():
    assert PLAIN.ends(MONDAY) == local(24, 0)
    assert EARLY.ends(MONDAY) == local(24, 6, 30)
    assert Calendar(ZONE, time(18, 0), {"bank:west": time(22, 0)}).ends(MONDAY) == local(23, 22)


def test_a_day_begins_when_the_first_channel_goes_over():
    span = EARLY.span(MONDAY)
    assert moment_of(span.begins_us) == local(22, 22)
    assert moment_of(span.ends_us) == local(24, 6, 30)
    assert span.day == "2026-11-23"


@pytest.mark.parametrize("month", [3, 10])
def test_a_cut_over_in_the_hour_of_summer_time_ends_the_day_when_no_clock_says_it_any_more(month):
    zone = ZoneInfo("Europe/Berlin")
    calendar = Calendar(zone, time(2, 30))
    sunday = {3: date(2026, 3, 29), 10: date(2026, 10, 25)}[month]
    saturday = sunday - timedelta(days=1)
    ends = calendar.ends(saturday)
    assert calendar.day("", ends, None) == sunday.isoformat()
    hours = [ends + timedelta(minutes=minutes) for minutes in range(0, 180, 5)]
    assert min(calendar.day("", moment, None) for moment in hours) > saturday.isoformat()


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)),  # noqa: DTZ001 - the zone is chosen below
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati", "UTC"]),
    st.lists(st.times().map(lambda one: one.replace(second=0, microsecond=0)), min_size=1, max_size=3),
)
def test_a_moment_lies_within_the_span_of_its_business_day(moment, zone, cut_overs):
    calendar = Calendar(ZoneInfo(zone), cut_overs[0], {f"bank:{n}": one for n, one in enumerate(cut_overs)})
    at = moment.replace(tzinfo=UTC)
    for channel in ("", *calendar.own):
        day = date.fromisoformat(calendar.day(channel, at, None))
        span = calendar.span(day)
        assert moment_of(span.begins_us) <= at < moment_of(span.ends_us)
