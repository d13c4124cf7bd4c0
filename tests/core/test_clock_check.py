"""When a meter's clock is left alone, set, set later, or too far off to be set."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.clock_check import (
    FINE_S,
    INTERVAL_S,
    SET_S_MAX,
    ClockSeen,
    ClockVerdict,
    judge,
    setting_of,
    shown_in,
)

#: In the middle of a quarter-hour.
MIDDLE = datetime(2026, 11, 26, 12, 7, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("off_s", "verdict"),
    [
        (0, ClockVerdict.FINE),
        (FINE_S, ClockVerdict.FINE),
        (FINE_S + 1, ClockVerdict.SET),
        (SET_S_MAX, ClockVerdict.SET),
        (SET_S_MAX + 1, ClockVerdict.TOO_FAR),
        (86_400, ClockVerdict.TOO_FAR),
    ],
)
def test_a_clock_is_set_between_two_limits_only(sign, off_s, verdict):
    # Either way there must be room in the quarter-hour.
    now = MIDDLE - timedelta(seconds=60 * sign)
    assert judge(sign * off_s, now) is verdict


@pytest.mark.parametrize(
    ("off_s", "now"),
    [
        (40, datetime(2026, 11, 26, 23, 58, 30, tzinfo=UTC)),
        (-40, datetime(2026, 11, 27, 0, 0, 20, tzinfo=UTC)),
        (200, datetime(2026, 11, 26, 12, 12, tzinfo=UTC)),
        (-200, datetime(2026, 11, 26, 12, 17, tzinfo=UTC)),
        (100, datetime(2026, 11, 26, 12, 59, 30, tzinfo=UTC)),
    ],
)
def test_a_clock_is_not_set_over_the_end_of_a_quarter_hour(off_s, now):
    assert judge(off_s, now) is ClockVerdict.LATER


@given(st.integers(-SET_S_MAX, SET_S_MAX), st.integers(0, 86_399))
def test_what_is_set_stays_in_its_quarter_hour(off_s, second):
    now = datetime(2026, 11, 26, tzinfo=UTC) + timedelta(seconds=second)
    if judge(off_s, now) is ClockVerdict.SET:
        shown = now + timedelta(seconds=off_s)
        assert shown.timestamp() // INTERVAL_S == now.timestamp() // INTERVAL_S


@given(st.integers(-1000, 1000), st.integers(0, 60), st.integers(0, 60))
def test_how_far_a_clock_is_off_is_never_said_too_much(off_s, read_after_s, answered_after_s):
    asked = MIDDLE
    shown = asked + timedelta(seconds=read_after_s + off_s)
    seen = ClockSeen(shown, asked, asked + timedelta(seconds=read_after_s + answered_after_s))
    assert abs(seen.off_s) <= abs(off_s)
    assert abs(off_s) - abs(seen.off_s) <= read_after_s + answered_after_s + 1


@pytest.mark.parametrize(
    ("texts", "shown"),
    [
        ({"clock": "2026-11-26T12:34:56+08:00"}, "2026-11-26T12:34:56+08:00"),
        ({"clock": "2026-11-26T12:34:56"}, "2026-11-26T12:34:56+01:00"),
        ({"date": "26112604", "time": "123456"}, "2026-11-26T12:34:56+01:00"),
        ({"date": "26-11-26", "time": "12:34:56"}, "2026-11-26T12:34:56+01:00"),
    ],
)
def test_a_clock_is_read_as_each_protocol_writes_it(texts, shown):
    found = shown_in(texts, BERLIN)
    assert found is not None
    assert found.isoformat() == shown


@pytest.mark.parametrize(
    "texts",
    [
        {},
        {"time": "12:34:56"},
        {"clock": "-"},
        {"date": "26-13-26", "time": "12:34:56"},
        {"date": "26-11-26", "time": "25:00:00"},
        {"date": "-", "time": "-"},
        {"date": "26-11-26", "time": "23:59:30"},
        {"date": "26-11-27", "time": "00:00:30"},
    ],
)
def test_a_clock_that_cannot_be_told_is_not_guessed(texts):
    assert shown_in(texts, UTC) is None


@pytest.mark.parametrize(
    ("texts", "item", "text"),
    [
        ({"clock": "2026-11-26T12:00:00+00:00"}, "clock", "2026-11-26T12:07:00+00:00"),
        ({"date": "26112604", "time": "120000"}, "time", "120700"),
        ({"date": "26-11-26", "time": "12:00:00"}, "time", "12:07:00"),
    ],
)
def test_a_clock_is_written_as_the_meter_writes_it(texts, item, text):
    assert setting_of(texts, MIDDLE.replace(microsecond=5)) == (item, text)
