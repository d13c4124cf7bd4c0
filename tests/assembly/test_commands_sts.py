"""powertill sts and meter-sim type: tokens by hand, with keys from files."""

import json
from pathlib import Path

import pytest

from gateway.assembly.commands.token_words import tokens_of
from gateway.cli import main

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "sts.json").read_text())["vectors"]
CREDITS = [
    v
    for v in VECTORS
    if v["kind"] == "credit" and v["ea"] == "11" and v.get("dkga") == "04" and v.get("dt") and v.get("vk")
]
VENDING_KEY = "abababababababab949494949494949401234567"
METER = "37000000010"
NOON = "2026-11-23 12:00"


@pytest.fixture
def key_file(tmp_path):
    return secret(tmp_path / "vending.key", VENDING_KEY)


@pytest.fixture
def options(key_file):
    meter = ["--pan", METER, "--sgc", "201457", "--krn", "1", "--ti", "01", "--base-date", "2014"]
    return [*meter, "--key-file", str(key_file)]


def secret(file, text):
    file.touch(mode=0o600)
    file.write_text(text + "\n")
    return file


def encoded(options, capsys, *more, kwh="12.3", at=NOON):
    assert main(["sts", "encode", *options, "--kwh", kwh, "--at", at, "--json", *more]) == 0
    return json.loads(capsys.readouterr().out)


def refused(capsys, *words):
    assert main([*words]) == 2
    said = capsys.readouterr()
    assert not said.out
    assert VENDING_KEY not in said.err
    return said.err


def test_there_are_published_credits_to_try():
    assert CREDITS


@pytest.mark.parametrize("vector", CREDITS, ids=[v["id"] for v in CREDITS])
def test_a_published_token_is_made_again(vector, tmp_path, capsys):
    words = [
        "--pan",
        vector["pan"],
        "--sgc",
        vector["sgc"],
        "--krn",
        str(vector["krn"]),
        "--ti",
        vector["ti"],
    ]
    words += ["--kt", str(vector["kt"]), "--base-date", str(vector["base_date"])]
    words += ["--key-file", str(secret(tmp_path / "vk", vector["vk"]))]
    kwh = f"{vector['value'] // 10}.{vector['value'] % 10}"
    rest = ["--rnd", str(vector["rnd"]), "--subclass", str(vector["subclass"])]
    made = encoded(words, capsys, *rest, kwh=kwh, at=vector["dt"][:16])
    assert made["token"] == vector["token"]


def test_what_was_encoded_is_decoded(options, capsys):
    made = encoded(options, capsys, "--rnd", "5")
    assert main(["sts", "decode", *options, "--json", made.pop("token")]) == 0
    read = json.loads(capsys.readouterr().out)
    assert read == made
    assert {read[name] for name in ("class", "subclass")} == {0}
    assert (read["rnd"], read["kwh"], read["at"]) == (5, "12.3", NOON)


def test_a_token_may_be_typed_in_groups(options, capsys):
    token = encoded(options, capsys)["token"]
    groups = [token[at : at + 4] for at in range(0, 20, 4)]
    assert main(["sts", "decode", *options, *groups]) == 0
    assert "12.3 kWh" in capsys.readouterr().out


def test_a_meters_own_key_reads_published_tokens(tmp_path, capsys):
    vector = CREDITS[0]
    file = secret(tmp_path / "meter.key", vector["decoder_key"])
    words = ["--decoder-key-file", str(file), "--base-date", str(vector["base_date"]), vector["token"]]
    assert main(["sts", "decode", *words]) == 0
    assert f"Random      {vector['rnd']}" in capsys.readouterr().out


def test_the_reserved_minute_is_left_out(options, capsys):
    assert encoded(options, capsys, at="2026-11-23 00:01")["at"] == "2026-11-23 00:02"


def test_an_amount_that_cannot_be_said_exactly_is_rounded_up_and_told(options, capsys):
    assert main(["sts", "encode", *options, "--kwh", "2000.1", "--at", NOON]) == 0
    said = capsys.readouterr().out
    assert "2000.4 kWh" in said
    assert "rounded up" in said


def test_a_token_of_another_key_is_refused(options, tmp_path, capsys):
    token = encoded(options, capsys)["token"]
    other = secret(tmp_path / "other.key", "00" * 16)
    words = ("sts", "decode", "--decoder-key-file", str(other), "--base-date", "2014", token)
    assert "TOKEN: the check sum is wrong" in refused(capsys, *words)


@pytest.mark.parametrize(
    ("option", "value", "named"),
    [
        ("--pan", "37000000011", "check digit"),
        ("--sgc", "20145", "6 digits"),
        ("--krn", "10", "1 to 9"),
        ("--ti", "1", "2 digits"),
        ("--ea", "07", "STA"),
        ("--kt", "4", "0 to 3"),
        ("--base-date", "2015", "2014"),
        ("--kwh", "12.34", "0.1"),
        ("--kwh", "-1", "1820162.4"),
        ("--at", "2026-11-23", "minute"),
        ("--at", "2026-11-31 12:00", "minute"),
        ("--at", "1999-01-01 12:00", "base date"),
        ("--rnd", "16", "0 to 15"),
        ("--subclass", "4", "0 to 3"),
    ],
)
def test_a_wrong_option_is_named_with_its_cure(options, option, value, named, capsys):
    words = ["sts", "encode", *options, "--kwh", "1", "--at", NOON, option, value]
    said = refused(capsys, *words)
    assert option in said
    assert named in said


def test_a_vending_key_needs_the_whole_identity(key_file, capsys):
    words = ("sts", "decode", "--key-file", str(key_file), "--base-date", "2014", "--sgc", "201457", "1" * 20)
    assert "--pan, --krn, --ti" in refused(capsys, *words)


@pytest.mark.parametrize("text", ["00" * 16, "no key", "0" * 39])
def test_a_key_file_holds_a_key_and_nothing_else(options, key_file, text, capsys):
    key_file.write_text(text)
    said = refused(capsys, "sts", "decode", *options, "1" * 20)
    assert "40 hexadecimal digits" in said
    assert text not in said


def test_a_key_file_that_others_may_read_is_refused(options, key_file, capsys):
    key_file.chmod(0o640)
    assert f"chmod 600 {key_file}" in refused(capsys, "sts", "decode", *options, "1" * 20)


def test_tokens_and_groups_may_be_mixed():
    words = ["1234", "5678", "9012", "3456", "7890", "1234-5678-9012-3456-7890", "1234 5678901234567890"]
    assert tokens_of(words) == ["12345678901234567890"] * 3


# --- The virtual meter ---


@pytest.fixture
def state(tmp_path):
    return tmp_path / "meter.json"


def typed(options, state, *tokens):
    return main(["meter-sim", "type", *options, "--state", str(state), *tokens])


def test_a_meter_takes_a_token_and_says_its_credit(options, state, capsys):
    token = encoded(options, capsys)["token"]
    assert typed(options, state, token) == 0
    assert capsys.readouterr().out == f"accepted    12.3 kWh\ncredit      12.3 kWh in meter {METER}\n"


def test_a_meter_remembers_between_two_calls(options, state, capsys):
    first, second = (encoded(options, capsys, at=f"2026-11-23 12:0{n}")["token"] for n in (2, 3))
    assert typed(options, state, first) == 0
    capsys.readouterr()
    assert typed(options, state, first, second) == 1
    assert capsys.readouterr().out.splitlines() == [
        "refused     this token was taken before",
        "accepted    12.3 kWh",
        f"credit      24.6 kWh in meter {METER}",
    ]


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"pan": "600727370000000109"}', '{"pan": "600727370000000105", "credit_wh": -1}'],
)
def test_a_file_that_is_not_this_meters_is_refused_and_left_alone(options, state, text, capsys):
    state.write_text(text)
    assert "--state" in refused(capsys, "meter-sim", "type", *options, "--state", str(state), "1" * 20)
    assert state.read_text() == text


def test_a_token_that_cannot_be_remembered_is_not_taken(options, tmp_path, capsys):
    token = encoded(options, capsys)["token"]
    nowhere = str(tmp_path / "no" / "m")
    assert "not taken" in refused(capsys, "meter-sim", "type", *options, "--state", nowhere, token)
