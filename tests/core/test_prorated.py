"""Counters in proportion to the days that are left: each figure is worked out by hand."""

from datetime import date

import pytest

from gateway.core.counters import Counters, prorated

MONTH = Counters(month=202611, mtd_wh=120_000, bought_on=20261103, times=1, fees_month=202611, past_wh=(7,))


@pytest.mark.parametrize(
    ("day", "mtd_wh"),
    [
        (date(2026, 11, 1), 120_000),  # all thirty days are left
        (date(2026, 11, 16), 60_000),  # fifteen of thirty
        (date(2026, 11, 21), 40_000),  # ten of thirty
        (date(2026, 11, 30), 4_000),  # this one alone
        (date(2026, 12, 1), 120_000),  # the month is over: whoever prices in December reads nothing of it
        (date(2026, 10, 31), 120_000),  # a counter that is ahead stays
    ],
)
def test_the_month_counts_for_the_days_that_are_left(day, mtd_wh):
    assert prorated(MONTH, day).mtd_wh == mtd_wh


def test_a_month_has_the_days_that_it_has():
    leap = Counters(month=202802, mtd_wh=29_000)
    assert prorated(leap, date(2028, 2, 29)).mtd_wh == 1_000
    december = Counters(month=202612, mtd_wh=31_000)
    assert prorated(december, date(2026, 12, 31)).mtd_wh == 1_000


def test_what_does_not_divide_is_cut_down():
    # 100 Wh for 7 of 30 days: 23.3.
    assert prorated(Counters(month=202611, mtd_wh=100), date(2026, 11, 24)).mtd_wh == 23


@pytest.mark.parametrize(
    ("begins", "day", "ytd_wh"),
    [
        (20260101, date(2026, 1, 1), 365_000),
        (20260101, date(2026, 7, 2), 183_000),  # 181 of 365 days are over
        (20260101, date(2026, 12, 31), 1_000),
        (20260701, date(2026, 12, 1), 212_000),  # from July on 153 days are over
        (20250101, date(2026, 1, 1), 365_000),  # that year is over
    ],
)
def test_the_ladder_s_year_counts_for_the_days_that_are_left(begins, day, ytd_wh):
    assert prorated(Counters(year=begins, ytd_wh=365_000), day).ytd_wh == ytd_wh


def test_nothing_else_changes():
    after = prorated(MONTH, date(2026, 11, 16))
    assert (after.month, after.bought_on, after.times, after.fees_month, after.past_wh) == (
        202611, 20261103, 1, 202611, (7,),
    )  # fmt: skip
