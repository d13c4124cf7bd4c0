"""The runner of golden tariff cases says what differs, and passes nothing that it did not compare."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path

import pytest

from gateway.proof.case import Verdict
from gateway.proof.tariff_vectors import run

VECTORS = Path(__file__).parents[1] / "vectors"
DOCUMENT = json.loads((VECTORS / "tariffs.json").read_text())
OWN = json.loads((VECTORS / "tariffs_own.json").read_text())
CASES = {case["id"].partition("-")[0]: case for case in DOCUMENT["cases"] + OWN["cases"]}
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
# A list of purchases to be refused, and a figure that must not come out, hold for other values too.
MAY_DIFFER = {"rejections", "must_not_equal_kwh"}


def verdict_of(case):
    [outcome] = run({"cases": [case]})
    return outcome


def changed(case, way, value):
    """Copy a case with one place of it set to another value."""
    copied = copy.deepcopy(case)
    place = copied
    for step in way[:-1]:
        place = place[step]
    place[way[-1]] = value
    return copied


def expected_places(case):
    """Yield the way to everything that a case expects, in all its steps."""
    steps = [(["steps", number], step) for number, step in enumerate(case.get("steps", []))]
    for way, step in steps or [([], case)]:
        for key, value in step["expected"].items():
            if key not in MAY_DIFFER and not key.endswith(("_published", "_tolerance", "note")):
                yield [*way, "expected", key], value


def leaves(way, value):
    if not isinstance(value, dict | list):
        yield way, value
        return
    for key, child in value.items() if isinstance(value, dict) else enumerate(value):
        yield from leaves([*way, key], child)


def other_figure(text):
    """Give the figure with another last digit."""
    return text[:-1] + str((int(text[-1]) + 1) % 10)


FIGURES = [
    pytest.param(name, way, other_figure(leaf), id=f"{name}-{'.'.join(map(str, way))}")
    for name, case in CASES.items()
    for place, value in expected_places(case)
    for way, leaf in leaves(place, value)
    if isinstance(leaf, str) and NUMBER.fullmatch(leaf)
]
LISTS = [
    pytest.param(name, way, value[:-1], id=f"{name}-{'.'.join(map(str, way))}")
    for name, case in CASES.items()
    for way, value in expected_places(case)
    if isinstance(value, list)
]


@pytest.mark.parametrize("name", CASES)
def test_golden_purchases_are_priced_to_the_last_digit(name):
    assert verdict_of(CASES[name]).verdict is Verdict.PASSED, verdict_of(CASES[name])


@pytest.mark.parametrize(("name", "way", "value"), FIGURES)
def test_another_last_digit_of_any_expected_figure_fails(name, way, value):
    assert verdict_of(changed(CASES[name], way, value)).verdict is Verdict.FAILED


@pytest.mark.parametrize(("name", "way", "value"), LISTS)
def test_a_row_that_is_missing_fails(name, way, value):
    assert verdict_of(changed(CASES[name], way, value)).verdict is Verdict.FAILED


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("S1", "must_not_equal_kwh", "252.3"),
        ("S1", "must_not_equal_kwh", ["1", "252.3"]),
        ("S1", "credit_to_meter", "1000.00"),
        ("S1", "refused", "below the charges"),
        ("S7", "tokens", []),
        ("S8", "rejections", [{"kwh": "500", "reason": "below 20"}]),
        ("S8", "rejections", [{"kwh": "10", "reason": "below 30"}]),
        ("S8", "rejections", [{"kwh": "510", "reason": "not a multiple of 10"}]),
        ("S8", "rejections", [{"amount": "0.01", "reason": "above 3000"}]),
    ],
)
def test_what_a_case_expects_in_other_words_is_compared_too(name, key, value):
    if key == "refused":
        assert verdict_of(changed(CASES[name], ["expected", key], value)).verdict is not Verdict.PASSED
        return
    assert verdict_of(changed(CASES[name], ["expected", key], value)).verdict is Verdict.FAILED


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("S1", "lines", [{"code": "ENERGY", "amount": "869.57"}, {"code": "VAT", "amount": "130.43"}]),
        ("S1", "lines_tolerance", "as it is"),
        ("S1", "kwh_published", "252.4"),
        ("S1", "note", "what people say"),
        ("S1", "residual_to_account", "0.00"),
        ("S1", "credit_to_meter", None),
        ("S1", "blocks", [{"block": 1, "kwh": "20"}, {"block": "2", "rate": "4.00936"}]),
        ("S7", "tokens", [{"type": "fbe", "kwh": "60"}, {"type": "STS credit", "kwh": "134.3"}]),
        ("S8", "tiers", [{"rate": "0.4883"}, {"rate": "0.5383"}]),
        (
            "O4",
            "lines",
            [
                {"code": "METER_CREDIT", "amount": "90.91"},
                {"code": "SERVICE", "amount": "5.00"},
                {"code": "VAT", "amount": "9.09"},
            ],
        ),
        ("S8", "amount_exact", "260.15000"),
        ("S8", "rejections", [{"kwh": "3005", "reason": "not a multiple of 10"}]),
        ("S8", "rejections", [{"kwh": "3005", "reason": "max_kwh 3000"}]),
        ("S8", "rejections", [{"amount": "-1.00", "reason": "must be positive"}]),
    ],
)
def test_harmless_ways_to_write_the_same_thing_pass(name, key, value):
    outcome = verdict_of(changed(CASES[name], ["expected", key], value))
    assert outcome.verdict is Verdict.PASSED, outcome


@pytest.mark.parametrize(
    ("way", "value", "key"),
    [
        (["expected", "loyalty_points"], "3", "expected.loyalty_points"),
        (["expected", "blocks", 0, "colour"], "red", "expected.blocks.colour"),
        (["expected", "lines", 0, "colour"], "red", "expected.lines.colour"),
        (["expected", "rejections"], [{"kwh": "1", "reason": "bad weather"}], "expected.rejections.reason"),
        (["customer", "age"], "80", "customer.age"),
        (["payment", "tip"], "1.00", "payment.tip"),
        (["second_payment"], {"amount": "1.00"}, "second_payment"),
        (["tariff", "arrears"], {"mode": "full_first", "order": "after_energy"}, "arrears.order"),
    ],
)
def test_what_nobody_compares_is_skipped_by_its_name_and_not_passed(way, value, key):
    outcome = verdict_of(changed(CASES["S1"], way, value))
    assert outcome.verdict is Verdict.SKIPPED
    assert outcome.reason == f"not built: {key}"


def test_a_refused_purchase_passes_only_where_the_case_expects_it():
    case = copy.deepcopy(CASES["S4"]["steps"][0]) | {"tariff": CASES["S4"]["tariff"]}
    case["payment"]["amount"] = "3964"
    assert verdict_of(case).verdict is Verdict.FAILED
    case["expected"] = {"refused": "does not cover the fixed charges"}
    assert verdict_of(case).verdict is Verdict.PASSED
    case["expected"] = {"refused": "above the maximum"}
    assert verdict_of(case).verdict is Verdict.FAILED


def test_daily_charges_need_the_purchase_before():
    charge = {"code": "DAILY", "amount": "1", "period": "day"}
    case = changed(CASES["S1"], ["tariff", "fixed_charges"], [charge])
    assert "previous_purchase" in verdict_of(case).reason


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"cases": {}},
        {"cases": [1]},
        {"cases": [{}]},
        {"cases": [{"tariff": []}]},
        {"cases": [changed(CASES["S1"], ["payment"], {"amount": 1000.0})]},
        {"cases": [changed(CASES["S1"], ["payment"], {})]},
        {"cases": [changed(CASES["S1"], ["payment", "amount"], "1000.001")]},
        {"cases": [changed(CASES["S1"], ["payment", "currency"], "USD")]},
        {"cases": [changed(CASES["S1"], ["customer", "fbe_claimed"], "no")]},
        {"cases": [changed(CASES["S1"], ["expected"], {})]},
        {"cases": [changed(CASES["S1"], ["expected"], {"note": "nothing"})]},
        {"cases": [changed(CASES["S1"], ["steps"], [])]},
    ],
)
def test_a_case_that_is_no_case_fails_alone(document):
    [case] = run(document)
    assert case.verdict is not Verdict.PASSED


SPELLINGS = json.loads((VECTORS / "tariff_spellings.json").read_text())["cases"]


@pytest.mark.parametrize("case", SPELLINGS, ids=[case["id"] for case in SPELLINGS])
def test_a_case_is_understood_in_the_spelling_of_other_hands(case):
    outcome = verdict_of(case)
    assert outcome.verdict is Verdict.PASSED, outcome


def test_a_step_that_wants_its_own_purchase_refused_proves_that_it_is():
    case = next(case for case in SPELLINGS if case["id"] == "rej-self-noname")
    sold = changed(case, ["purchase", "kwh"], "500")
    assert verdict_of(sold).verdict is Verdict.FAILED
    assert verdict_of(changed(case, ["expected", "rejections"], [])).verdict is Verdict.FAILED
    assert verdict_of(changed(case, ["expected", "kwh"], "505")).verdict is Verdict.FAILED


def test_a_customer_who_bought_in_this_month_has_paid_its_fee_unless_the_case_says_otherwise():
    case = next(case for case in SPELLINGS if case["id"] == "fc-fee-absent-mtd>0")
    owing = copy.deepcopy(case)
    owing["customer"]["fee_paid_this_month"] = False
    assert "kwh 45" in str(verdict_of(owing))
