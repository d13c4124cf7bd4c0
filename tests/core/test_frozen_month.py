"""Of which moment a copy of the registers is."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.frozen_month import COPIES, settled_at, stamp_of
from tests.virtual_meters import local


@pytest.mark.parametrize(
    ("ddhh", "shown", "moments"),
    [
        ("0100", (2026, 11, 26, 12), [(2026, 11, 1), (2026, 10, 1)]),
        ("0100", (2026, 11, 1, 0), [(2026, 11, 1), (2026, 10, 1)]),
        ("0100", (2027, 1, 15, 0), [(2027, 1, 1), (2026, 12, 1)]),
        ("2806", (2027, 3, 28, 5), [(2027, 2, 28, 6), (2027, 1, 28, 6)]),
        ("2806", (2027, 3, 28, 6), [(2027, 3, 28, 6), (2027, 2, 28, 6)]),
        ("9999", (2026, 11, 26, 12), [None, None]),
        ("2900", (2026, 11, 26, 12), [None, None]),
        ("0124", (2026, 11, 26, 12), [None, None]),
        ("-", (2026, 11, 26, 12), [None, None]),
    ],
)
def test_settlements_follow_from_their_day_and_the_clock(ddhh, shown, moments):
    found = [settled_at(ddhh, local(*shown), copy.back) for copy in COPIES]
    assert found == [None if at is None else local(*at) for at in moments]


@given(st.datetimes(local(2020, 1, 1), local(2040, 1, 1)), st.integers(1, 28), st.integers(0, 23))
def test_a_settlement_is_the_last_one_before_the_moment(shown, day, hour):
    last, before = (settled_at(f"{day:02d}{hour:02d}", shown, back) for back in (1, 2))
    assert last is not None
    assert before is not None
    assert before < last <= shown
    assert ((shown - last).days <= 31, 28 <= (last - before).days <= 31) == (True, True)


@pytest.mark.parametrize("text", ["26-11-01,00:00", "2611010000", "26-11-01 00:00:00", " 26.11.01 00:00"])
def test_moments_of_copies_are_read_as_meters_write_them(text):
    assert stamp_of(text, UTC) == datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "-", "26-13-01,00:00", "26-11-01", "26-11-01,24:61"])
def test_what_is_no_moment_is_none(text):
    assert stamp_of(text, UTC) is None
