"""When customers may be switched off: hours that come, on days that are named."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from gateway.core.relay_hours import RelayHours

ZONE = ZoneInfo("Asia/Shanghai")


def at(day, hour, minute=0):
    return int(datetime(2026, 11, day, hour, minute, tzinfo=ZONE).timestamp())


@pytest.mark.parametrize(
    ("moment", "opens", "closes"),
    [
        (at(23, 9), at(23, 9), at(23, 15)),
        (at(23, 7, 59), at(23, 8), at(23, 15)),
        (at(23, 15), at(24, 8), at(24, 15)),
        (at(27, 9), at(30, 8), at(30, 15)),
    ],
)
def test_nobody_is_switched_off_on_a_friday_or_late_in_the_day(moment, opens, closes):
    assert RelayHours().span_at(moment, ZONE) == (opens, closes)


@pytest.mark.parametrize("text", ["0123 08:00-15:00", "6 00:00-23:59"])
def test_hours_are_read_as_they_are_written(text):
    assert RelayHours.parse(text).text == text


@pytest.mark.parametrize(
    "text",
    [
        "", "7 08:00-15:00", "0 8:00-15:00", "0 15:00-08:00", "0 08:00-08:00", "0 25:00-26:00", "08:00-15:00",
    ],
)  # fmt: skip
def test_hours_that_never_come_are_refused(text):
    with pytest.raises(ValueError, match=r"hour|relays"):
        RelayHours.parse(text)


def test_no_day_is_no_time():
    with pytest.raises(ValueError, match="weekdays"):
        RelayHours(frozenset(), time(8), time(9))
