"""The counters a price depends on: what a sale moves, what a reversal gives back, when they begin anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.counters import (
    PAST_MONTHS_MAX,
    Counters,
    Moved,
    counted,
    day_key,
    day_of,
    given_back,
    in_period,
    month_key,
    months_between,
    past_months,
    year_key,
)

NOVEMBER = Counters(
    month=202611,
    mtd_wh=80_000,
    year=20260101,
    ytd_wh=900_000,
    bought_on=20261120,
    times=2,
    fees_month=202611,
    free_month=202610,
    days_paid=20261120,
    past_wh=(70_000, 0, 60_000),
)


def moved(wh=10_000, day=date(2026, 11, 23), **changes) -> Moved:
    usual = Moved(
        counted_wh=wh,
        month=month_key(day),
        year=day.year * 10_000 + 101,
        day=day_key(day),
        fees_before=202611,
        fees_after=202611,
        free_before=202610,
        free_after=202610,
        days_before=20261120,
        days_after=day_key(day),
    )
    return replace(usual, **changes)


def at(year: int, month: int, day: int, *clock: int) -> datetime:
    """A moment on the clocks of the tariff's zone; the caller has seen to that."""
    return datetime.combine(date(year, month, day), time(*clock), UTC)


# -- names of periods ------------------------------------------------------------------------------------


def test_a_month_is_one_ordered_number():
    assert month_key(date(2026, 11, 30)) == 202611
    assert month_key(date(2026, 12, 31)) < month_key(date(2027, 1, 1))


def test_a_day_is_one_ordered_number_that_can_be_read_back():
    assert day_key(date(2026, 11, 5)) == 20261105
    assert day_of(20261105) == date(2026, 11, 5)
    assert day_key(date(2026, 12, 31)) < day_key(date(2027, 1, 1))


def test_a_number_that_is_no_day_is_refused():
    with pytest.raises(ValueError, match="month must be in"):
        day_of(20261301)


@given(st.dates(), st.dates())
def test_the_months_between_count_over_the_turn_of_the_year(one, other):
    apart = (other.year - one.year) * 12 + other.month - one.month
    assert months_between(month_key(one), month_key(other)) == apart


def test_without_another_day_the_year_is_that_of_the_calendar():
    assert year_key(at(2026, 1, 1, 0, 0)) == 20260101
    assert year_key(at(2026, 12, 31, 23, 59)) == 20260101


@pytest.mark.parametrize(
    ("moment", "year"),
    [
        (at(2026, 6, 30, 23, 59, 59), 20250701),
        (at(2026, 7, 1, 0, 0), 20260701),
        (at(2026, 12, 31, 23, 59), 20260701),
        (at(2027, 1, 1, 0, 0), 20260701),
        (at(2027, 6, 30, 23, 59), 20260701),
    ],
)
def test_a_year_that_begins_in_july_has_the_name_of_its_first_day(moment, year):
    assert year_key(moment, (7, 1)) == year


@pytest.mark.parametrize(
    ("moment", "year"),
    [
        (at(2026, 7, 1, 5, 59, 59, 999_999), 20250701),
        (at(2026, 7, 1, 6, 0), 20260701),
        (at(2026, 7, 2, 0, 0), 20260701),
        (at(2026, 8, 1, 0, 0), 20260701),
        (at(2026, 6, 30, 23, 0), 20250701),
    ],
)
def test_a_year_begins_at_its_hour(moment, year):
    assert year_key(moment, (7, 1), hour=6) == year


@given(st.datetimes(), st.datetimes(), st.tuples(st.integers(1, 12), st.integers(1, 28)), st.integers(0, 23))
def test_a_later_moment_is_never_in_an_earlier_year(one, other, begins, hour):
    first, last = sorted([one, other])
    assert year_key(first, begins, hour) <= year_key(last, begins, hour)


# -- a counter in its period -----------------------------------------------------------------------------


def test_the_counter_goes_on_within_its_month():
    assert in_period(80_000, 202611, 202611) == 80_000


def test_a_new_month_starts_at_zero():
    assert in_period(80_000, 202612, 202701) == 0


def test_a_late_payment_of_last_month_does_not_open_the_cheap_block_again():
    assert in_period(80_000, 202612, 202611) == 80_000


# -- months that have passed -----------------------------------------------------------------------------


def test_within_the_month_no_month_has_passed():
    assert past_months(NOVEMBER, 202611) == (70_000, 0, 60_000)


def test_the_month_that_ends_becomes_the_newest_of_the_past():
    assert past_months(NOVEMBER, 202612) == (80_000, 70_000, 0, 60_000)


def test_months_without_a_purchase_count_with_nothing():
    assert past_months(NOVEMBER, 202702) == (0, 0, 80_000, 70_000, 0, 60_000)


def test_a_late_payment_lets_no_month_pass():
    assert past_months(NOVEMBER, 202610) == (70_000, 0, 60_000)


def test_before_the_first_purchase_there_is_no_past():
    assert past_months(Counters(), 202611) == ()


def test_a_year_of_months_is_remembered_and_no_more():
    full = replace(NOVEMBER, past_wh=tuple(range(1, PAST_MONTHS_MAX + 1)))
    assert past_months(full, 202612) == (80_000, *range(1, PAST_MONTHS_MAX))


@pytest.mark.parametrize("month", [202711, 202712, 209912])
def test_whoever_comes_back_after_years_has_a_past_of_nothing_but_the_last_month(month):
    past = past_months(NOVEMBER, month)
    assert len(past) == PAST_MONTHS_MAX
    assert sum(past) == (80_000 if month == 202711 else 0)


# -- a sale moves them -----------------------------------------------------------------------------------


def test_the_first_sale_begins_all_counters():
    first = counted(Counters(), moved(10_000, fees_before=0, free_before=0, free_after=202611))
    assert first == Counters(202611, 10_000, 20260101, 10_000, 20261123, 1, 202611, 202611, 20261123, ())


def test_a_sale_of_the_same_month_adds_to_month_and_year():
    after = counted(NOVEMBER, moved(10_000))
    assert (after.month, after.mtd_wh, after.year, after.ytd_wh) == (202611, 90_000, 20260101, 910_000)
    assert after.past_wh == NOVEMBER.past_wh


def test_a_new_month_begins_anew_and_the_year_goes_on():
    after = counted(NOVEMBER, moved(10_000, date(2026, 12, 1)))
    assert (after.month, after.mtd_wh, after.year, after.ytd_wh) == (202612, 10_000, 20260101, 910_000)
    assert after.past_wh == (80_000, 70_000, 0, 60_000)


def test_a_new_year_begins_anew():
    after = counted(NOVEMBER, moved(10_000, date(2027, 1, 1)))
    assert (after.month, after.mtd_wh, after.year, after.ytd_wh) == (202701, 10_000, 20270101, 10_000)


def test_purchases_are_counted_by_the_day():
    once = counted(NOVEMBER, moved())
    assert (once.bought_on, once.times) == (20261123, 1)
    assert counted(once, moved()).times == 2
    assert counted(once, moved(day=date(2026, 11, 24))).times == 1


def test_a_payment_that_travelled_over_midnight_moves_nothing_back():
    first = counted(NOVEMBER, moved(10_000, date(2027, 1, 1), fees_after=202701, free_after=202701))
    late = counted(first, moved(5_000, date(2026, 12, 31)))
    assert late == replace(first, mtd_wh=15_000, ytd_wh=15_000, times=2)


# -- a reversal moves them back --------------------------------------------------------------------------


def test_an_undone_sale_gives_month_year_and_times_back():
    assert given_back(counted(NOVEMBER, moved()), moved()) == replace(NOVEMBER, bought_on=20261123, times=0)


def test_the_fees_of_an_undone_sale_are_owed_again():
    paid = moved(day=date(2026, 12, 5), fees_after=202612)
    assert given_back(counted(NOVEMBER, paid), paid).fees_month == 202611


def test_fees_that_a_later_sale_has_paid_since_stay_paid():
    first, then = moved(fees_before=202610), moved(day=date(2026, 12, 1), fees_after=202612)
    assert given_back(counted(counted(NOVEMBER, first), then), first).fees_month == 202612


def test_a_sale_that_paid_no_fees_gives_none_back():
    assert given_back(counted(NOVEMBER, moved()), moved()).fees_month == 202611


def test_free_energy_that_never_left_may_be_had_again():
    freed = moved(free_after=202611)
    assert given_back(counted(NOVEMBER, freed), freed).free_month == 202610


def test_the_days_that_an_undone_sale_paid_are_owed_again_whatever_was_sold_behind_it_that_day():
    first, then = moved(), moved(days_before=20261123)
    assert given_back(counted(NOVEMBER, first), first).days_paid == 20261120
    after = given_back(counted(counted(NOVEMBER, first), then), first)
    assert (after.days_paid, after.bought_on, after.times) == (20261120, 20261123, 1)


def test_a_sale_of_before_daily_charges_were_counted_gives_no_day_back():
    of_before = moved(days_before=0, days_after=0)
    assert given_back(counted(NOVEMBER, of_before), of_before).days_paid == 20261120
    assert given_back(Counters(days_paid=0), of_before).days_paid == 0


def test_an_undone_sale_of_last_month_leaves_this_month_and_is_taken_out_of_the_past():
    first, then = moved(10_000), moved(7_000, date(2026, 12, 1))
    after = given_back(counted(counted(NOVEMBER, first), then), first)
    assert (after.mtd_wh, after.ytd_wh) == (7_000, 907_000)
    assert after.past_wh == (80_000, 70_000, 0, 60_000)


def test_an_undone_sale_is_found_behind_months_without_a_purchase():
    first, then = moved(10_000), moved(7_000, date(2027, 2, 1))
    after = given_back(counted(counted(NOVEMBER, first), then), first)
    assert (after.mtd_wh, after.ytd_wh) == (7_000, 7_000)
    assert after.past_wh == (0, 0, 80_000, 70_000, 0, 60_000)


def test_a_sale_whose_month_is_forgotten_changes_no_past():
    first, then = moved(10_000), moved(7_000, date(2028, 1, 1))
    before = counted(counted(NOVEMBER, first), then)
    assert given_back(before, first) == before


def test_an_undone_sale_of_yesterday_leaves_today_s_purchases():
    before = counted(counted(NOVEMBER, moved()), moved(day=date(2026, 11, 24)))
    assert given_back(before, moved()).times == 1


def test_nothing_is_given_back_below_zero():
    after = given_back(replace(NOVEMBER, times=0, bought_on=20261123), moved(5_000_000))
    assert (after.mtd_wh, after.ytd_wh, after.times) == (0, 0, 0)


# -- any counters, any sales -----------------------------------------------------------------------------

energies = st.integers(0, 10**9)
days = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@st.composite
def standing(draw):
    """Counters that any history may have led to, and the day on which they stood so."""
    day = draw(days)
    return Counters(
        month=month_key(day),
        mtd_wh=draw(energies),
        year=day.year * 10_000 + 101,
        ytd_wh=draw(energies),
        bought_on=day_key(day),
        times=draw(st.integers(1, 9)),
        fees_month=draw(st.sampled_from([0, month_key(day)])),
        free_month=draw(st.sampled_from([0, month_key(day)])),
        days_paid=draw(st.sampled_from([0, day_key(day)])),
        past_wh=tuple(draw(st.lists(energies, max_size=PAST_MONTHS_MAX))),
    )


def sale_on(counters: Counters, day: date, wh: int) -> Moved:
    """What a sale of that day moves, which pays its month's fees and brings its month's free energy."""
    month = max(month_key(day), counters.month)
    return Moved(
        counted_wh=wh,
        month=month,
        year=max(day.year * 10_000 + 101, counters.year),
        day=max(day_key(day), counters.bought_on),
        fees_before=counters.fees_month,
        fees_after=month,
        free_before=counters.free_month,
        free_after=month,
        days_before=counters.days_paid,
        days_after=max(day_key(day), counters.days_paid),
    )


@given(standing(), energies)
def test_what_was_counted_and_given_back_in_one_period_is_as_if_it_had_never_been(before, wh):
    sale = sale_on(before, day_of(before.bought_on), wh)
    assert given_back(counted(before, sale), sale) == before


@given(standing(), st.lists(st.tuples(days, energies), max_size=6))
def test_no_counter_ever_goes_back_and_none_grows_beyond_its_months(counters, purchases):
    for day, wh in purchases:
        after = counted(counters, sale_on(counters, day, wh))
        assert after.month >= counters.month
        assert after.year >= counters.year
        assert after.bought_on >= counters.bought_on
        assert after.fees_month >= counters.fees_month
        assert after.free_month >= counters.free_month
        assert after.days_paid >= counters.days_paid
        assert len(after.past_wh) <= PAST_MONTHS_MAX
        counters = after


@given(standing(), days, energies)
def test_a_late_sale_as_its_own_clock_has_it_moves_no_period_back(before, day, wh):
    own = moved(wh, day, fees_after=0, free_after=0)
    after = counted(before, own)
    periods = ("month", "year", "bought_on", "fees_month", "free_month", "days_paid")
    assert all(getattr(after, name) >= getattr(before, name) for name in periods)


@given(standing(), st.lists(st.tuples(days, energies), min_size=1, max_size=6), st.data())
def test_one_sale_undone_leaves_the_energy_of_the_others(counters, purchases, data):
    """Month, year and remembered months hold what the sales that stand have counted, and nothing else."""
    sales, begun = [], replace(counters, mtd_wh=0, ytd_wh=0, past_wh=(0,) * len(counters.past_wh))
    after = begun
    for day, wh in purchases:
        sales.append(sale_on(after, day, wh))
        after = counted(after, sales[-1])
    undone = data.draw(st.sampled_from(sales))
    left = given_back(after, undone)
    sales.remove(undone)
    assert left.mtd_wh == sum(one.counted_wh for one in sales if one.month == left.month)
    assert left.ytd_wh == sum(one.counted_wh for one in sales if one.year == left.year)
    for place, past_wh in enumerate(left.past_wh, start=1):
        assert past_wh == sum(
            one.counted_wh for one in sales if months_between(one.month, left.month) == place
        )
