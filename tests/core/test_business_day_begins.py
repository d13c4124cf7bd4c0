"""A business day begins at the first moment that is booked in it, wherever clocks are put."""

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.timeline import business_date, day_begins

MICROSECOND = timedelta(microseconds=1)
ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu", "Africa/Cairo")


@given(
    zone=st.sampled_from(ZONES),
    day=st.dates(date(2015, 1, 1), date(2030, 12, 31)),
    hour=st.integers(0, 23),
)
def test_the_moment_is_in_the_day_and_the_one_before_it_is_not(zone, day, hour):
    cut_over = time(hour)
    begins = day_begins(day, ZoneInfo(zone), cut_over)
    assert business_date(begins, ZoneInfo(zone), cut_over) == day
    assert business_date(begins - MICROSECOND, ZoneInfo(zone), cut_over) < day
