"""May a reading stand: its moment, its registers, a register that rolls over, what it can have counted."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.fitting import REGISTER_WH_MAX, Fitting, Ratio
from gateway.core.reading import CREDIT_WH_MAX, Reading, ReadingState, Shown, Source, StatusWord, Sums, Told
from gateway.core.reading_rules import (
    DAY_WH_MAX,
    REGISTER_DIGITS,
    KnownMeter,
    ReadingFault,
    allowed_wh,
    judge,
    rolled_over,
)
from gateway.core.timeline import microseconds
from tests.builders import NOON, identity

PAN = identity(1).pan
DAY_US = 86_400_000_000
NOW_US = microseconds(NOON)
THEN_US = NOW_US - 30 * DAY_US


def shown(kwh, at_us=NOW_US, **more):
    rates = tuple((name, more.pop(name) * 1_000) for name in list(more) if name.startswith("rate_"))
    return Shown(PAN, at_us, (("total", kwh * 1_000), *rates), **more)


def kept(one, state=ReadingState.ACCEPTED, id_=1):
    return Reading(id_, one.taken_us, one, Told(Source.MANUAL), "li", state, Sums())


def known(kwh=1_000, **changes):
    last = kept(shown(kwh, THEN_US, rate_1=kwh // 2))
    return replace(KnownMeter(PAN, "", last=last, stored=(last,)), **changes)


FITTING = Fitting(PAN, "A1-1", "2026-11-01", (("total", 12_000),))


def test_what_a_meter_counted_since_it_was_read_last_is_told():
    judged = judge(shown(1_200, rate_1=600), known(), NOW_US)
    assert (judged.fault, judged.counted_wh, judged.turned) == (None, 200_000, ())


def test_the_first_reading_of_a_meter_counts_nothing():
    assert judge(shown(99_999), KnownMeter(PAN, ""), NOW_US).counted_wh == 0


def test_the_first_reading_of_a_meter_that_was_fitted_here_counts_from_then():
    judged = judge(shown(30), KnownMeter(PAN, "", fitting=FITTING), NOW_US)
    assert judged.counted_wh == 18_000


@pytest.mark.parametrize(
    ("one", "meter", "fault"),
    [
        (shown(1_200, NOW_US + 1), known(), ReadingFault.FUTURE),
        (shown(1_200, THEN_US - 1), known(), ReadingFault.BEFORE_LAST),
        (shown(1_200, THEN_US), known(), ReadingFault.OTHER_VALUE),
        (shown(999), known(), ReadingFault.BACKWARDS),
        (shown(1_100, rate_1=499), known(), ReadingFault.BACKWARDS),
        (shown(50_000), known(), ReadingFault.TOO_MUCH),
        (shown(1_001), known(is_removed=True), ReadingFault.NOT_IN_USE),
        (shown(12, microseconds(NOON.replace(month=10))), KnownMeter(PAN, "", fitting=FITTING),
         ReadingFault.BEFORE_FITTED),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(one, meter, fault):
    assert judge(one, meter, NOW_US).fault is fault


def test_the_register_that_runs_backwards_is_named():
    assert judge(shown(1_100, rate_1=499), known(), NOW_US).register == "rate_1"


def test_the_same_moment_and_figures_are_the_same_reading():
    meter = known()
    assert judge(meter.last.shown, meter, NOW_US).same is meter.last
    assert judge(meter.last.shown, meter, NOW_US).fault is None


def test_the_stored_reading_is_named_where_another_is_offered():
    meter = known()
    assert judge(shown(1_001, THEN_US), meter, NOW_US).same is meter.last


def test_a_doubtful_reading_keeps_no_right_one_of_its_moment_out():
    doubtful = kept(shown(10, NOW_US), ReadingState.DOUBTFUL, 2)
    meter = replace(known(), stored=(doubtful,))
    assert judge(shown(1_200), meter, NOW_US).fault is None


def test_what_a_meter_may_count_follows_its_contracted_power():
    meter = known(contract_w=1_000)
    assert allowed_wh(meter, THEN_US, NOW_US, DAY_WH_MAX) == 30 * 24_000
    assert judge(shown(1_720), meter, NOW_US).fault is None
    assert judge(shown(1_721), meter, NOW_US).fault is ReadingFault.TOO_MUCH


def test_two_readings_of_one_hour_may_be_a_day_apart_by_their_dates():
    assert allowed_wh(known(), NOW_US - 1, NOW_US, DAY_WH_MAX) == DAY_WH_MAX


def test_what_counts_behind_transformers_is_multiplied_before_it_is_judged():
    fitting = replace(FITTING, current=Ratio(100, 5))
    meter = known(fitting=fitting, contract_w=10_000)
    assert judge(shown(1_360), meter, NOW_US).fault is None
    assert judge(shown(1_361), meter, NOW_US).fault is ReadingFault.TOO_MUCH


def test_a_meter_that_was_fitted_elsewhere_is_compared_with_its_fitting():
    meter = known(fitting=FITTING, fitted_us=NOW_US - DAY_US)
    assert judge(shown(20), meter, NOW_US).counted_wh == 8_000


def test_a_register_that_was_set_anew_begins_with_the_next_reading():
    judged = judge(shown(3), known(anew_after=1), NOW_US)
    assert (judged.fault, judged.counted_wh) == (None, 0)


@given(st.sampled_from(list(REGISTER_DIGITS)), st.integers(0, 500_000), st.integers(0, 500_000), st.data())
def test_a_register_of_any_number_of_digits_rolls_over(digits, left_wh, after_wh, data):
    size_wh = 10**digits * 1_000
    before_wh = size_wh - 1 - left_wh
    counted = rolled_over(before_wh, after_wh, 2_000_000)
    assert counted == size_wh - before_wh + after_wh
    assert (before_wh + counted) % size_wh == after_wh
    # And it does so in a reading, where so much can have been used.
    last = kept(Shown(PAN, THEN_US, (("total", before_wh),)))
    one = Shown(PAN, NOW_US, (("total", after_wh),))
    judged = judge(one, KnownMeter(PAN, "", last=last), NOW_US)
    assert (judged.fault, judged.counted_wh, judged.turned) == (None, counted, ("total",))


@given(st.integers(0, REGISTER_WH_MAX), st.integers(0, REGISTER_WH_MAX), st.integers(0, 10**9))
def test_what_rolled_over_counted_no_more_than_it_can(before_wh, after_wh, most_wh):
    counted = rolled_over(before_wh, after_wh, most_wh)
    if counted is not None:
        assert 0 < counted <= most_wh
        assert after_wh < before_wh


def test_a_slip_of_the_pen_is_no_roll_over():
    assert judge(shown(10), known(9_990), NOW_US).fault is ReadingFault.BACKWARDS
    assert judge(shown(10), known(99_990), NOW_US).counted_wh == 20_000


def test_a_register_that_rolls_over_while_another_does_not():
    last = kept(Shown(PAN, THEN_US, (("total", 99_990_000), ("rate_1", 40_000_000))))
    one = Shown(PAN, NOW_US, (("total", 20_000), ("rate_1", 40_020_000)))
    assert judge(one, KnownMeter(PAN, "", last=last), NOW_US).turned == ("total",)


@pytest.mark.parametrize(
    "changes",
    [
        {"registers": ()},
        {"registers": (("rate_1", 1),)},
        {"registers": (("total", -1),)},
        {"registers": (("total", REGISTER_WH_MAX + 1),)},
        {"registers": (("total", 1), ("night", 1))},
        {"status": (StatusWord.RELAY_OPEN, StatusWord.RELAY_OPEN)},
        {"credit_wh": CREDIT_WH_MAX + 1},
        {"credits": -1},
    ],
)
def test_what_no_meter_shows_is_no_reading(changes):
    with pytest.raises(ValueError, match=r"."):
        replace(shown(1), **changes)


@pytest.mark.parametrize("changes", [{"reader": "x" * 65}, {"note": "a\nb"}, {"reason": "x" * 121}])
def test_what_cannot_be_printed_is_told_of_no_reading(changes):
    with pytest.raises(ValueError, match=r"."):
        replace(Told(Source.MANUAL), **changes)
