"""``powertill tariff``: what it says of files, purchases and differences, and with which exit code."""

import json
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.multi_tariff.compare_quotes import CauseKind
from tests.multi_tariff.test_explain_quote import PLAIN

DOMESTIC = str(Path(__file__).parents[2] / "schemas/tariff/domestic.json")
CASE = {
    "id": "ten",
    "customer": {},
    "payment": {"amount": "20.00", "at": "2026-05-02T09:30:00+02:00"},
    "expected": {"kwh": "10.0"},
}


@pytest.fixture
def file(tmp_path):
    def write(document):
        made = tmp_path / "plain.json"
        made.write_text(json.dumps(document))
        return str(made)

    return write


def said(capsys, *words):
    code = main(["tariff", *words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_check_says_what_a_tariff_is(capsys):
    code, out, _ = said(capsys, "check", DOMESTIC)
    assert code == 0
    assert "domestic, in CNY, by the clock of Asia/Shanghai" in out
    assert "steps      at 240, 400 kWh of the month" in out


def test_check_names_the_field_that_is_wrong(capsys, file):
    wrong = PLAIN | {"energy": {"kind": "flat", "rate": 2}}
    code, out, err = said(capsys, "check", file(wrong))
    assert (code, out) == (2, "")
    assert ": energy.rate: must be a decimal as text" in err
    code, _, err = said(capsys, "check", file({"tariff": wrong, "cases": []}))
    assert code == 2
    assert ": tariff.energy.rate: " in err


def test_check_prices_the_golden_cases_of_the_file(capsys, file):
    code, out, _ = said(capsys, "check", file({"tariff": PLAIN, "cases": [CASE]}))
    assert code == 0
    assert "cases      1 passed, 0 failed, 0 skipped" in out
    wrong = CASE | {"expected": {"kwh": "11.0"}}
    code, out, _ = said(capsys, "check", file({"tariff": PLAIN, "cases": [wrong]}))
    assert code == 1
    assert "FAILED ten: expected" in out


def test_check_takes_a_file_of_cases_alone(capsys, file):
    code, out, _ = said(capsys, "check", file({"cases": [CASE | {"tariff": PLAIN}]}))
    assert (code, out) == (0, "cases      1 passed, 0 failed, 0 skipped\n")


@pytest.mark.parametrize("text", ["[]", "{", "nothing"])
def test_what_is_no_tariff_file_is_refused_by_name(capsys, tmp_path, text):
    made = tmp_path / "odd.json"
    made.write_text(text)
    code, _, err = said(capsys, "check", str(made))
    assert code == 2
    assert "odd.json" in err


def test_a_key_that_is_there_twice_is_refused_as_a_draft_with_it_would_be(capsys, tmp_path):
    made = tmp_path / "twice.json"
    made.write_text(json.dumps(PLAIN).replace('"currency"', '"currency": "USD", "currency"', 1))
    code, _, err = said(capsys, "check", str(made))
    assert code == 2
    assert "currency: is there twice" in err


def test_quote_prices_money_and_energy(capsys, file):
    code, out, _ = said(capsys, "quote", file(PLAIN), "--amount", "20.00")
    assert (code, out) == (0, "Tender  ZAR 20.00\nEnergy  10 kWh (exact: 10.000000)\nENERGY  20.00\n")
    code, out, _ = said(capsys, "quote", file(PLAIN), "--kwh", "12.5", "--json")
    assert code == 0
    assert json.loads(out)["tender"] == "25.00"


def test_a_refused_purchase_is_an_answer_and_not_a_mistake(capsys, file):
    limited = file(PLAIN | {"purchase_limits": {"min_kwh": "20"}})
    code, out, err = said(capsys, "quote", limited, "--amount", "20.00")
    assert (code, out) == (1, "")
    assert "below the least that may be bought (20 kWh)" in err


@pytest.mark.parametrize(
    ("words", "said_of_it"),
    [
        ([], "either --amount or --kwh"),
        (["--amount", "1", "--kwh", "1"], "either --amount or --kwh"),
        (["--amount", "1.234"], "--amount: "),
        (["--amount", "1", "--arrears", "-1"], "--arrears: must not be below zero"),
        (["--amount", "1", "--mtd-kwh", "x"], "--mtd-kwh: "),
        (["--amount", "1", "--at", "yesterday"], "--at: "),
        (["--amount", "1", "--since", "May"], "--since: "),
        (["--amount", "1", "--free-claimed", "perhaps"], "--free-claimed: must be yes or no"),
        (["--amount", "1", "--months-due", "-1"], "must be a whole number"),
    ],
)
def test_an_argument_that_is_wrong_is_named(capsys, file, words, said_of_it):
    code, out, err = said(capsys, "quote", file(PLAIN), *words)
    assert (code, out) == (2, "")
    assert said_of_it in err


def test_a_zone_that_nobody_knows_is_named(capsys, file):
    code, _, err = said(capsys, "quote", file(PLAIN | {"timezone": "Mars/Base"}), "--amount", "1")
    assert code == 2
    assert "timezone: Mars/Base" in err


def test_a_moment_with_an_offset_is_brought_to_the_tariff_s_clock(capsys, file):
    code, out, _ = said(capsys, "explain", file(PLAIN), "--amount", "20", "--at", "2026-04-30T23:30:00+00:00")
    assert code == 0
    assert "1 May 2026, 01:30" in out


def test_explain_has_the_width_of_paper_or_terminal(capsys, file):
    for columns in (48, 80):
        words = ("explain", file(PLAIN), "--amount", "20", "--columns", str(columns))
        code, out, _ = said(capsys, *words)
        assert code == 0
        assert max(map(len, out.splitlines())) == columns


def test_explain_names_the_version_s_first_day(capsys, file):
    _, out, _ = said(capsys, "explain", file(PLAIN), "--amount", "20", "--since", "2026-05-01")
    assert "Tariff: plain, in force since 1 May 2026" in out


def test_compare_takes_what_is_not_told_of_the_second_purchase_from_the_first(capsys, file):
    charged = file(PLAIN | {"fixed_charges": [{"code": "FEE", "amount": "4", "period": "month"}]})
    words = ("compare", charged, "--amount", "20", "--then-months-due", "0", "--json")
    code, out, _ = said(capsys, *words)
    told = json.loads(out)
    assert code == 0
    assert told["difference_kwh"] == "+2.000"
    assert [cause["cause"] for cause in told["causes"]] == [CauseKind.CHARGES.value]


def test_compare_knows_a_second_tariff_and_a_second_amount(capsys, file, tmp_path):
    dearer = tmp_path / "dearer.json"
    dearer.write_text(json.dumps(PLAIN | {"energy": {"kind": "flat", "rate": "4"}}))
    words = ("compare", file(PLAIN), "--amount", "20", "--then", str(dearer), "--then-kwh", "10")
    code, out, _ = said(capsys, *words)
    assert code == 0
    assert "Prices of tariff dearer in place of plain" in out
    assert "You paid 40.00 instead of 20.00" in out


def test_compare_refuses_two_currencies(capsys, file):
    code, _, err = said(capsys, "compare", file(PLAIN), "--amount", "20", "--then", DOMESTIC)
    assert code == 2
    assert "ZAR and CNY cannot be compared" in err


def test_schema_is_printed_whole(capsys):
    code, out, _ = said(capsys, "schema")
    assert code == 0
    assert json.loads(out)["title"] == "Tariff"
