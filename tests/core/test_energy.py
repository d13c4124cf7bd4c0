"""Energy is whole watt-hours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.energy import WH_LIMIT, Energy, EnergyFault


@pytest.mark.parametrize(
    ("text", "wh"),
    [("252.3", 252300), ("0", 0), ("10", 10000), ("0.001", 1), ("-1.5", -1500), ("1.500000", 1500)],
)
def test_kwh_text_becomes_watt_hours(text, wh):
    assert Energy.parse_kwh(text) == Energy(wh)


@pytest.mark.parametrize("text", ["", ".", "5.", ".5", "1,5", "+5", "1e3", "NaN", " 5", "0.0001", "9" * 30])
def test_text_that_is_no_energy_is_refused(text):
    with pytest.raises(EnergyFault):
        Energy.parse_kwh(text)


@pytest.mark.parametrize("wh", [True, 1.0, "1", None])
def test_only_a_plain_integer_is_energy(wh):
    with pytest.raises(TypeError):
        Energy(wh)


def test_energy_that_no_ledger_column_holds_is_refused():
    with pytest.raises(EnergyFault):
        Energy(WH_LIMIT + 1)


@pytest.mark.parametrize(
    ("wh", "dp", "text"),
    [
        (252300, 1, "252.3"),
        (252399, 1, "252.3"),
        (5, 3, "0.005"),
        (999, 0, "0"),
        (-1500, 1, "-1.5"),
        (-5, 1, "0.0"),
    ],
)
def test_more_than_there_is_is_never_shown(wh, dp, text):
    assert Energy(wh).kwh_text(dp) == text


def test_kwh_have_at_most_three_decimals():
    with pytest.raises(ValueError, match="0 to 3"):
        Energy(1).kwh_text(4)


@given(st.integers(-(10**15), 10**15))
def test_what_is_written_to_the_watt_hour_is_read_back(wh):
    assert Energy.parse_kwh(Energy(wh).kwh_text(3)) == Energy(wh)


@pytest.mark.parametrize(("wh", "tenths"), [(0, 0), (1, 1), (100, 1), (101, 2), (252300, 2523)])
def test_a_token_carries_tenths_rounded_up(wh, tenths):
    assert Energy(wh).tenths_ceil() == tenths


@given(st.integers(0, 10**9))
def test_tenths_come_back_as_they_were(tenths):
    assert Energy.from_tenths(tenths).tenths_ceil() == tenths


def test_a_token_carries_no_negative_energy():
    with pytest.raises(EnergyFault):
        Energy(-1).tenths_ceil()


def test_energy_adds_subtracts_and_compares_as_its_numbers_do():
    assert Energy(5) + Energy(7) - Energy(2) == Energy(10)
    assert -Energy(5) < Energy(4)
