"""Rounding by name agrees with the decimal arithmetic whose names it uses."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.rounding import ROUNDING, decimal_text


@given(st.sampled_from(sorted(ROUNDING)), st.integers(-(10**6), 10**6))
def test_each_rounding_is_that_of_decimal(name, eighths):
    wanted = (Decimal(eighths) / 8).quantize(Decimal(1), rounding=name)
    assert ROUNDING[name](eighths, 8) == int(wanted)


@pytest.mark.parametrize(
    ("exact", "places", "text"),
    [
        (Fraction(1, 3), 6, "0.333333"),
        (Fraction(2, 3), 2, "0.67"),
        (Fraction(5, 2), 0, "3"),
        (Fraction(-1, 8), 2, "-0.13"),
        (Fraction(0), 2, "0.00"),
    ],
)
def test_a_ratio_is_written_with_so_many_decimals(exact, places, text):
    assert decimal_text(exact, places) == text
