"""The tariff of a golden case in other people's spellings, and that no meaning is made up."""

from __future__ import annotations

import copy

import pytest

from gateway.core.tariff import Tariff, TariffFault
from gateway.proof.tariff_spelling import in_our_words

PLAIN: dict = {
    "currency": "CNY",
    "timezone": "Asia/Shanghai",
    "energy": {"kind": "flat", "rate": "0.50"},
    "rounding": {"kwh_dp": 1, "kwh_mode": "ROUND_DOWN", "money_dp": 2, "money_mode": "ROUND_HALF_UP"},
}


@pytest.mark.parametrize(
    ("key", "theirs", "ours"),
    [
        ("arrears", None, None),
        ("arrears", {"mode": "full", "cap": "0.90"}, {"mode": "full_first", "cap": "0.90"}),
        ("arrears", {"mode": "fixed", "amount": "25"}, {"mode": "instalment", "amount": "25"}),
        (
            "arrears",
            {"mode": "percent_of_tender", "percent": "0.30", "cap": "75.00"},
            {"mode": "instalment", "percent": "0.30", "amount": "75.00"},
        ),
        ("arrears", {"mode": "full", "cap": "1"}, {"mode": "full_first", "cap": "1"}),
        ("arrears", {"mode": "full", "order": "first"}, {"mode": "full_first", "order": "before_energy"}),
        ("energy", {"kind": "block", "reset": "year"}, {"kind": "block", "reset": "calendar_year"}),
        ("energy", {"reset": "01-01T00:00:00"}, {"reset": "01-01T00:00"}),
        ("energy", {"reset": "30_days"}, {"reset": "30_days"}),
        ("taxes", [{"code": "VAT", "base": "ENERGY"}], [{"code": "VAT", "base": ["ENERGY"]}]),
        ("rebate", {"code": "R", "base": "TENDER"}, {"code": "R", "base": ["TENDER"]}),
        ("rounding", {"kwh_dp": "1", "kwh_mode": "DOWN"}, {"kwh_dp": 1, "kwh_mode": "ROUND_DOWN"}),
        ("rounding", {"balancing_line": "ENERGY_NET"}, {"balancing_line": "ENERGY"}),
        ("purchase_limits", {"max_per_day": "1"}, {"max_per_day": 1}),
        ("free_basic", {"kwh": "60", "scheme": None}, {"kwh": "60"}),
    ],
)
def test_a_spelling_is_put_into_our_words(key, theirs, ours):
    assert in_our_words({key: theirs}).get(key) == ours


@pytest.mark.parametrize("odd", [7, "text", [1], True])
@pytest.mark.parametrize("key", ["arrears", "energy", "taxes", "rebate", "rounding", "purchase_limits"])
def test_what_is_no_record_is_left_for_the_reader_to_refuse(key, odd):
    with pytest.raises(TariffFault):
        Tariff.from_mapping(in_our_words({**PLAIN, key: odd}), "v")


def test_the_case_itself_stays_as_it_was():
    case = {**PLAIN, "arrears": {"mode": "full", "cap": None}}
    before = copy.deepcopy(case)
    in_our_words(case)
    assert case == before


def test_what_is_sold_by_is_held_to_one_spelling():
    with pytest.raises(TariffFault, match=r"arrears\.mode"):
        Tariff.from_mapping({**PLAIN, "arrears": {"mode": "full"}}, "v")
