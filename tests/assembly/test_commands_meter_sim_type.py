"""powertill meter-sim type: a meter between calls, every kind of token, and what its file may hold."""

import json
import os
import stat
import subprocess
import sys

import pytest

from gateway.assembly.commands.meter_file import alone_with
from gateway.cli import main

VENDING_KEY = "abababababababab949494949494949401234567"
PAN = "600727000000000009"
#: STS531-1-11 ed 2.2, published for this meter under the vending key above.
CREDIT = "58625789986991357486"  # CTSA01.1: 0.1 kWh, issued 2014-03-01 13:00.
KEY_CHANGE = ["03854447086453451911", "02791799436242461152", "67118070329353977190", "19019128690902932218"]
NEW_KEY = "b199270a77af96d3156c51b0964a8782"  # CTSA05.1: to tariff index 02.
TEST_ALL = "56493153725450313471"  # CTSA02.1: display everything.
PUBLISHED_TI = {"old": "01", "new": "02"}
NOON = "2026-11-23 12:00"


@pytest.fixture
def words(tmp_path):
    """The options of the published meter as it was made; ``ti`` is another one's."""
    file = tmp_path / "vending.key"
    file.touch(mode=0o600)
    file.write_text(VENDING_KEY)

    def of(ti=PUBLISHED_TI["old"], ea="11"):
        return [
            *("--pan", PAN, "--sgc", "201457", "--krn", "1", "--ti", ti, "--base-date", "2014"),
            *("--ea", ea, "--key-file", str(file)),
        ]

    return of


@pytest.fixture
def state(tmp_path):
    return tmp_path / "meter.json"


@pytest.fixture
def typed(words, state, capsys):
    """Type tokens and options into the published meter: the exit code and what it said as JSON."""

    def of(*more, **meter):
        capsys.readouterr()
        code = main(["meter-sim", "type", *words(**meter), "--state", str(state), "--json", *more])
        said = capsys.readouterr()
        return code, json.loads(said.out) if said.out else said.err

    return of


@pytest.fixture
def made(words, capsys):
    """Make a token of what the options say."""

    def of(*says, at=NOON, **meter):
        capsys.readouterr()
        assert main(["sts", "encode", *words(**meter), *says, "--at", at, "--json"]) == 0
        return json.loads(capsys.readouterr().out)["token"]

    return of


def test_a_meter_says_how_it_stands_for_a_program(typed):
    assert typed(CREDIT) == (
        0,
        {
            "meter": PAN[6:17],
            "answers": [{"accepted": True, "why": None, "says": "0.1 kWh"}],
            "used_wh": None,
            "credit": "0.1 kWh",
            "credit_wh": 100,
            "is_on": True,
            "is_tampered": False,
            "power_limit_w": None,
            "phase_unbalance_w": None,
            "sgc": "201457",
            "krn": 1,
            "ti": "01",
            "kt": 2,
            "ken": 255,
        },
    )


def test_without_a_token_the_meter_only_says_how_it_stands(typed):
    typed(CREDIT)
    code, said = typed()
    assert (code, said["answers"], said["credit"]) == (0, [], "0.1 kWh")


def test_a_refused_token_is_told_by_name_and_ends_with_1(typed):
    typed(CREDIT)
    code, said = typed(CREDIT)
    assert code == 1
    assert said["answers"] == [{"accepted": False, "why": "used", "says": "this token was taken before"}]


def test_a_meter_before_its_key_change_keeps_no_key(typed, state):
    typed(CREDIT)
    assert json.loads(state.read_text())["keys"] is None


def test_a_meter_whose_key_was_changed_outlives_a_power_cut(typed, made, state):
    for token in KEY_CHANGE:
        assert typed(token)[0] == 0
    code, said = typed(CREDIT, made("--kwh", "5", ti="02"))
    assert code == 1
    assert [one["why"] for one in said["answers"]] == ["wrong_key", None]
    assert (said["ti"], said["credit"]) == ("02", "5.0 kWh")
    assert json.loads(state.read_text())["keys"]["decoder_key"] == NEW_KEY


def test_the_file_is_for_its_owner_only_from_the_first_token_on(typed, state):
    typed(CREDIT)
    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    assert list(state.parent.glob("meter.json.*")) == []


def test_a_file_with_a_key_that_others_may_read_is_refused(typed, state):
    typed(*KEY_CHANGE)
    state.chmod(0o640)
    code, said = typed(CREDIT)
    assert code == 2
    assert f"chmod 600 {state}" in said
    assert NEW_KEY not in said


def test_nothing_that_is_said_has_a_key_in_it(words, state, capsys):
    for more in ([], ["--json"]):
        main(["meter-sim", "type", *words(), "--state", str(state), *KEY_CHANGE, TEST_ALL, *more])
    assert main(["meter-sim", "type", "--help"]) == 0
    said = capsys.readouterr()
    shown = (said.out + said.err).lower()
    assert "key change" in shown
    parts = [secret[at : at + 8] for secret in (NEW_KEY, VENDING_KEY) for at in range(0, 32, 8)]
    assert not [part for part in parts if part in shown]


@pytest.mark.parametrize(
    "spoiled",
    [
        {"keys": {"decoder_key": NEW_KEY}},
        {"keys": 7},
        {"meter": {}},
        {"meter": None},
        {"pan": "600727370000000105"},
    ],
    ids=str,
)
def test_a_file_that_no_such_meter_left_is_refused_without_showing_a_key(typed, state, spoiled):
    typed(*KEY_CHANGE)
    text = json.dumps(json.loads(state.read_text()) | spoiled)
    state.write_text(text)
    code, said = typed(CREDIT)
    assert code == 2
    assert "--state" in said
    assert NEW_KEY not in said
    assert state.read_text() == text


def test_two_who_type_at_once_take_turns(words, state):
    command = [sys.executable, "-m", "gateway.cli", "meter-sim", "type", *words(), "--state", str(state)]
    with alone_with(state):
        # Whoever holds the meter has read it, and is about to write it.
        other = subprocess.Popen([*command, CREDIT], stdout=subprocess.PIPE, text=True)
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(timeout=2)
        assert not state.exists()
    assert "accepted    0.1 kWh" in other.communicate(timeout=30)[0]


def test_a_pipe_in_the_place_of_the_file_holds_up_nothing(words, state, capsys):
    os.mkfifo(state, 0o600)
    assert main(["meter-sim", "type", *words(), "--state", str(state)]) == 2
    assert "is not the state of a meter" in capsys.readouterr().err


def test_a_name_that_no_file_can_have_is_refused_in_a_sentence(words, tmp_path, capsys):
    assert main(["meter-sim", "type", *words(), "--state", str(tmp_path / ("x" * 300))]) == 2
    assert "cannot be read: File name too long; cure: name a file" in capsys.readouterr().err


def test_what_cannot_be_written_leaves_nothing_behind(words, state, capsys, monkeypatch):
    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert main(["meter-sim", "type", *words(), "--state", str(state), CREDIT]) == 2
    assert "the meter has not taken the token" in capsys.readouterr().err
    assert [file.name for file in state.parent.iterdir()] == ["vending.key"]


def test_a_meter_that_was_opened_is_off_until_a_token_clears_it(typed, made):
    _, said = typed("--tamper", CREDIT, "--use-kwh", "0.05")
    assert (said["is_on"], said["used_wh"], said["credit_wh"]) == (False, 0, 100)
    _, said = typed(made("--manage", "clear-tamper"), "--use-kwh", "0.05")
    assert (said["is_on"], said["used_wh"], said["credit_wh"]) == (True, 50, 50)


def test_what_was_used_is_kept(typed):
    typed(CREDIT, "--use-kwh", "7")
    _, said = typed()
    assert (said["credit"], said["is_on"]) == ("0.0 kWh", False)


def test_what_was_used_is_said_to_the_watt_hour(words, state, capsys):
    assert main(["meter-sim", "type", *words(), "--state", str(state), CREDIT, "--use-kwh", "0.025"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "accepted    0.1 kWh",
        "used        0.025 kWh",
        f"credit      0.0 kWh in meter {PAN[6:17]}",
    ]


def test_a_limit_is_kept_and_shown(typed, made):
    typed(made("--manage", "power-limit", "--value", "2000"))
    _, said = typed(TEST_ALL)
    assert said["power_limit_w"] == 2000
    assert "power limit 2000 W" in said["answers"][0]["says"]


def test_a_meter_of_ea07_has_tables(typed, made):
    token = made("--kwh", "5", "--sample-tables", ea="07")
    code, said = typed(token, "--sample-tables", ea="07")
    assert (code, said["credit"]) == (0, "5.0 kWh")
    code, said = typed(token, ea="07")
    assert code == 2
    assert "--sample-tables" in said


def test_tables_are_for_ea07_only(typed):
    code, said = typed(CREDIT, "--sample-tables")
    assert code == 2
    assert "--ea 07" in said


def test_a_key_that_has_expired_takes_no_credit(typed, made):
    code, said = typed(made("--kwh", "5"), "--ken", "3")
    assert (code, said["answers"][0]["why"]) == (1, "key_expired")


def test_a_meter_may_count_money(typed, made):
    code, said = typed(made("--money", "0.10"), CREDIT, "--currency")
    assert (code, said["answers"][1]["why"]) == (1, "not_mine")
    assert said["credit"] == "0.1 of the currency, for electricity"


def test_a_meter_may_count_water(typed, made):
    token = made("--kwh", "5", "--subclass", "1")
    code, said = typed(token, "--service", "water")
    assert (code, said["credit"]) == (0, "5.0 m3 of water")


@pytest.mark.parametrize("kind", [["--currency"], ["--service", "gas"]])
def test_only_a_meter_of_energy_uses_some(typed, kind):
    code, said = typed("--use-kwh", "1", *kind)
    assert code == 2
    assert said.startswith("powertill meter-sim: --use-kwh: this meter counts no kWh")


@pytest.mark.parametrize("amount", ["-1", "1.2345", "much"])
def test_an_amount_that_cannot_be_used_is_refused(typed, amount):
    code, said = typed(f"--use-kwh={amount}")
    assert code == 2
    assert "--use-kwh" in said


def test_a_meter_that_counts_something_else_does_not_read_the_file(typed, made):
    typed(made("--money", "-0.10"), "--currency")
    code, said = typed(CREDIT)
    assert code == 2
    assert "of another kind" in said
