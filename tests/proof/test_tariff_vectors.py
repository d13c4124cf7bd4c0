"""The runner of golden tariff cases says what differs, and never falls over a case."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from gateway.proof.case import Verdict
from gateway.proof.tariff_vectors import run

DOCUMENT = json.loads((Path(__file__).parents[1] / "vectors/tariffs.json").read_text())
OUTCOMES = {case.name.partition("-")[0]: case for case in run(DOCUMENT)}


def outcome(number, key, value):
    """Run one golden case with one expected figure changed."""
    vector = copy.deepcopy(DOCUMENT["cases"][number])
    vector["expected"][key] = value
    [case] = run({"cases": [vector]})
    return case


@pytest.mark.parametrize("name", ["S1", "S2", "S3", "S4", "S5", "S6", "S10"])
def test_published_purchases_are_priced_to_the_last_digit(name):
    assert OUTCOMES[name].verdict is Verdict.PASSED, OUTCOMES[name]


@pytest.mark.parametrize(
    ("name", "key"), [("S7", "free_basic"), ("S8", "purchase_limits"), ("S9", "sub_items")]
)
def test_what_is_not_built_is_skipped_by_its_key(name, key):
    assert OUTCOMES[name].verdict is Verdict.SKIPPED
    assert key in OUTCOMES[name].reason


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("kwh_exact", "252.327106"),
        ("kwh", "252.4"),
        ("mtd_after", "332.4"),
        ("must_not_equal_kwh", "252.3"),
        ("lines", [{"code": "ENERGY_NET", "amount": "869.58"}, {"code": "VAT", "amount": "130.42"}]),
        ("blocks", [{"kwh_exact": "20.000000"}]),
        ("blocks", [{"gross": "68.517001"}, {"gross": "931.483000"}]),
    ],
)
def test_each_figure_is_compared(key, value):
    assert outcome(0, key, value).verdict is Verdict.FAILED


def test_an_expectation_which_nobody_compares_is_skipped_and_not_passed():
    assert outcome(0, "residual_to_account", "0.49").verdict is Verdict.SKIPPED


@pytest.mark.parametrize(
    "document",
    [{}, {"cases": {}}, {"cases": [1]}, {"cases": [{}]}, {"cases": [{"tariff": []}]},
     {"cases": [{**DOCUMENT["cases"][0], "payment": {"amount": 1000.0}}]},
     {"cases": [{**DOCUMENT["cases"][0], "payment": {}}]},
     {"cases": [{**DOCUMENT["cases"][0], "steps": []}]}],
)
def test_a_case_that_is_no_case_fails_alone(document):
    [case] = run(document)
    assert case.verdict is Verdict.FAILED
