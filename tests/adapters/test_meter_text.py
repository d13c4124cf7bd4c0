"""Lists of a meter as texts of its row, and back."""

from hypothesis import given
from hypothesis import strategies as st

from adapters.db.meter_text import (
    codes_of,
    codes_text,
    proportions_of,
    proportions_text,
    whole_numbers_of,
    whole_numbers_text,
)
from gateway.core.counters import PAST_MONTHS_MAX

codes = st.from_regex(r"[A-Za-z][A-Za-z0-9_/+-]{0,39}", fullmatch=True)


def test_nothing_is_the_empty_text():
    assert (whole_numbers_text(()), codes_text(()), proportions_text(())) == ("", "", "")
    assert (whole_numbers_of(""), codes_of(""), proportions_of("")) == ((), (), ())


def test_the_texts_are_those_of_the_page():
    assert whole_numbers_text((12_000, 0, 84_500)) == "12000,0,84500"
    assert codes_text(("POOR", "STAFF")) == "POOR,STAFF"
    assert proportions_text((("A", 70), ("B", 30))) == "A=70,B=30"


@given(st.lists(st.integers(0, 2**53), max_size=PAST_MONTHS_MAX).map(tuple))
def test_whole_numbers_are_read_back(numbers):
    assert whole_numbers_of(whole_numbers_text(numbers)) == numbers


@given(st.lists(codes, max_size=8).map(tuple))
def test_codes_are_read_back(listed):
    assert codes_of(codes_text(listed)) == listed


@given(st.lists(st.tuples(codes, st.integers(1, 99)), max_size=4).map(tuple))
def test_proportions_are_read_back(parts):
    assert proportions_of(proportions_text(parts)) == parts
