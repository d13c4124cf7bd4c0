"""Line loss: what was fed against what is seen to be used; what is not known is named, and never guessed."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.line_loss import MeterMissing, MeterSpan, Unknown, line_loss

DAY = 86_400
ONE = Fraction(1)


def feeder(begin, end, pan="f", multiplier=ONE):
    return MeterSpan(pan, Fraction(multiplier), begin, end, is_feeder=True)


def customer(begin, end, pan="c", multiplier=ONE):
    return MeterSpan(pan, Fraction(multiplier), begin, end, is_feeder=False)


def loss(*meters, days=30):
    return line_loss("F1", 0, days * DAY, meters)


def test_a_loss_is_what_was_fed_and_is_not_seen_to_be_used():
    found = loss(feeder(0, 1000, multiplier=100), customer(0, 60_000), customer(5, 35_005, multiplier=1))
    assert (found.fed_wh, found.used_wh, found.loss_wh, found.per_mille) == (100_000, 95_000, 5000, 50)
    assert (found.meters, found.is_partial, found.is_negative) == (2, False, False)


def test_several_meters_may_feed_a_place_and_multipliers_may_be_no_whole_numbers():
    found = loss(feeder(0, 10), feeder(0, 5), customer(0, 7, multiplier=Fraction(3, 2)))
    assert (found.fed_wh, found.used_wh) == (15, 10)


def test_a_customer_whose_meter_is_not_known_is_left_out_and_named():
    found = loss(
        feeder(0, 1000),
        customer(0, 900),
        customer(None, 5, "b"),
        customer(5, None, "e"),
        customer(None, None, "n"),
        customer(900_000, 5, "back"),
    )
    assert (found.loss_wh, found.meters, found.is_partial) == (100, 1, True)
    assert found.missing == (
        MeterMissing("b", Unknown.BEGIN, is_feeder=False),
        MeterMissing("e", Unknown.END, is_feeder=False),
        MeterMissing("n", Unknown.BOTH, is_feeder=False),
        MeterMissing("back", Unknown.BACK, is_feeder=False),
    )


@pytest.mark.parametrize("feeders", [[], [feeder(0, None)], [feeder(0, 1000), feeder(None, 5, "g")]])
def test_without_all_that_is_fed_there_is_no_loss(feeders):
    found = loss(*feeders, customer(0, 900))
    assert (found.fed_wh, found.loss_wh, found.per_mille, found.is_negative) == (None, None, None, False)
    assert found.used_wh == 900


def test_a_loss_below_nothing_is_said():
    found = loss(feeder(0, 1000), customer(0, 1100))
    assert (found.loss_wh, found.per_mille, found.is_negative) == (-100, -100, True)


def test_nothing_fed_has_no_thousandths():
    found = loss(feeder(7, 7), customer(0, 0))
    assert (found.loss_wh, found.per_mille) == (0, None)


def test_a_register_that_rolled_over_counts_on():
    found = loss(feeder(99_999_000, 1000), customer(99_999_900, 1900))
    assert (found.fed_wh, found.used_wh) == (2000, 2000)


@pytest.mark.parametrize(("begin_s", "end_s"), [(0, 0), (5, 4)])
def test_a_span_that_runs_backwards_is_none(begin_s, end_s):
    with pytest.raises(ValueError, match="earlier moment first"):
        line_loss("F1", begin_s, end_s, [])


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 10**6), st.integers(0, 10**6)), max_size=20),
    st.integers(1, 400),
)
def test_what_is_fed_is_used_or_lost(meters, multiplier):
    spans = [
        MeterSpan(str(n), Fraction(multiplier), begin, begin + step, is_feeder)
        for n, (is_feeder, begin, step) in enumerate(meters)
    ]
    found = loss(*spans)
    if any(one.is_feeder for one in spans):
        assert found.fed_wh == found.used_wh + found.loss_wh
        assert found.fed_wh == multiplier * sum(step for is_feeder, _, step in meters if is_feeder)
        if found.per_mille is not None:
            assert abs(2 * (found.per_mille * found.fed_wh - 1000 * found.loss_wh)) <= found.fed_wh
    else:
        assert found.loss_wh is None
    assert found.meters == sum(not one.is_feeder for one in spans)
