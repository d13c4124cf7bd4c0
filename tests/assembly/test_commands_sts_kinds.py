"""powertill sts: tokens of every kind, key changes, and verdicts, with published vectors."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.cli import main

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "sts.json").read_text())["vectors"]
HERE = [v for v in VECTORS if v["tables"] != "production" and v.get("vk") and v.get("dt")]
TESTS = [v for v in VECTORS if v["kind"] == "class1"]
SETS = [v for v in VECTORS if v["kind"] == "kct" and v["ea"] == "11"]
KIND_OF = {
    0: "power-limit",
    1: "clear-credit",
    2: "tariff-rate",
    5: "clear-tamper",
    6: "phase-unbalance",
    7: "water-factor",
    10: "extended",
}
SAMPLE = {
    "s1": [12, 10, 8, 4, 3, 15, 0, 2, 14, 1, 5, 13, 6, 9, 7, 11],
    "s2": [6, 9, 7, 4, 3, 10, 12, 14, 2, 13, 1, 15, 0, 11, 8, 5],
    "p": [
        *(29, 27, 34, 9, 16, 62, 55, 2, 40, 49, 38, 25, 33, 61, 30, 23),
        *(1, 41, 21, 57, 42, 15, 5, 58, 19, 53, 22, 17, 48, 28, 24, 39),
        *(3, 60, 36, 14, 11, 52, 54, 12, 31, 51, 10, 26, 0, 45, 37, 43),
        *(44, 6, 59, 4, 7, 35, 56, 50, 13, 18, 32, 47, 46, 63, 20, 8),
    ],
}
METER_KEY = "929bd3a415c9420a05ec5ee9f3ce91c3"
NOON = "2026-11-23 12:00"


def secret(file, text):
    file.touch(mode=0o600)
    file.write_text(text + "\n")
    return str(file)


@pytest.fixture
def own_key(tmp_path):
    return ["--base-date", "2014", "--decoder-key-file", secret(tmp_path / "meter.key", METER_KEY)]


def meter_words(entry, directory):
    words = ["--pan", entry["pan"], "--sgc", entry["sgc"], "--krn", str(entry["krn"]), "--ti", entry["ti"]]
    words += ["--kt", str(entry["kt"]), "--base-date", str(entry["base_date"]), "--ea", entry["ea"]]
    words += ["--key-file", secret(directory / "vending.key", entry["vk"])]
    return words + (["--sample-tables"] if entry["tables"] == "sample" else [])


def said_words(entry):
    """What the token of a published vector says, as options."""
    value, subclass = entry.get("value"), entry["subclass"]
    if entry["kind"] == "currency":
        return [f"--money={entry['amount']}", "--subclass", str(subclass)]
    if entry["kind"] == "credit":
        words = ["--kwh", f"{value // 10}.{value % 10}", "--rnd", str(entry["rnd"])]
        return [*words, "--subclass", str(subclass)]
    words = ["--manage", KIND_OF[subclass], "--rnd", str(entry["rnd"]), "--value"]
    if subclass == 1:
        registers = ["electricity", "water", "gas", "time"]
        registers += [f"{name}-currency" for name in registers]
        return [*words, "all" if value == 0xFFFF else registers[value]]
    if subclass == 10 and value >> 10 == 63:
        return [*words, f"flag:{value >> 1 & 511}={value & 1}"]
    return [*words, f"{value >> 10}={value & 1023}" if subclass == 10 else str(value)]


def answer(capsys, *words, code=0):
    assert main(["sts", *words]) == code
    return json.loads(capsys.readouterr().out)


def refused(capsys, *words):
    assert main([*words]) == 2
    told = capsys.readouterr()
    assert not told.out
    return told.err


@pytest.mark.parametrize("entry", HERE, ids=[v["id"] for v in HERE])
def test_a_published_token_is_made_and_read_again(entry, tmp_path, capsys):
    meter = meter_words(entry, tmp_path)
    made = answer(capsys, "encode", *meter, *said_words(entry), "--at", entry["dt"][:16], "--json")
    assert made["token"] == entry["token"]
    read = answer(capsys, "decode", *meter, "--json", made.pop("token"))
    assert read == made
    assert (read["class"], read["subclass"]) == (entry["cls"], entry["subclass"])


@pytest.mark.parametrize("entry", TESTS, ids=[v["id"] for v in TESTS])
def test_a_published_meter_test_is_made_and_read_without_a_key(entry, capsys):
    made = answer(capsys, "encode", "--test", entry["control"], "--mfr", entry["mfr"], "--json")
    assert made["token"] == entry["token"]
    read = answer(capsys, "decode", "--json", entry["token"])
    assert (read["kind"], read["control"], read["mfr"]) == ("test", entry["control"], entry["mfr"])


def test_a_test_of_everything_is_the_published_one(capsys):
    assert answer(capsys, "encode", "--test", "all", "--json")["token"] == "56493153725450313471"
    assert main(["sts", "decode", "5649 3153 7254 5031 3471"]) == 0
    assert "Test        everything (control fffffffff)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("said", "line"),
    [
        # 180224 + 100 * 10698, and 16384 + 10 * 8361 with a sign: rounded towards plus infinity.
        (["--money", "12.50"], "Credit      12.50024 of the currency, for electricity"),
        (["--money", "-1", "--subclass", "5"], "Credit      -0.99994 of the currency, for water"),
        (["--money", "0.1"], "Credit      0.1 of the currency, for electricity"),
        (["--kwh", "5", "--subclass", "3"], "Credit      5.0 minutes"),
        (["--manage", "power-limit", "--value", "2000"], "Power limit 2000 W"),
        (["--manage", "clear-credit", "--value", "all"], "Clears      all"),
        (["--manage", "clear-credit", "--value", "gas-currency"], "Clears      gas-currency"),
        (["--manage", "tariff-rate", "--value", "7"], "Tariff rate 7 (16 bits as they are)"),
        (["--manage", "clear-tamper"], "Clears      the tamper condition"),
        (["--manage", "phase-unbalance", "--value", "256"], "Unbalance   256 W between phases at the most"),
        (["--manage", "water-factor", "--value", "3"], "Factor      3 (16 bits as they are)"),
        (["--manage", "extended", "--value", "12=345"], "Register    12 is set to 345"),
        (["--manage", "extended", "--value", "flag:3=1"], "Flag        3 is set to 1"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else None,
)
def test_a_token_is_described_in_words(said, line, own_key, capsys):
    assert main(["sts", "encode", *own_key, *said, "--at", NOON]) == 0
    assert line in capsys.readouterr().out.splitlines()


def test_an_operator_s_table_file_serves_ea07(tmp_path, capsys):
    tables = tmp_path / "sta.json"
    tables.write_text(json.dumps({**SAMPLE, "from": "a test"}))
    key = secret(tmp_path / "meter.key", "87f3ecbb2e46b48f")
    words = ["--ea", "07", "--base-date", "2014", "--decoder-key-file", key]
    # SAMPLE-01: 0.1 kWh of 2014-03-01 13:00.
    made = ["--kwh", "0.1", "--at", "2014-03-01 13:00", "--rnd", "5", "--json"]
    published = answer(capsys, "encode", *words, "--sta-tables", str(tables), *made)
    assert published["token"] == "68934214362957084107"
    assert main(["sts", "encode", *words, "--sample-tables", *made[:-1]]) == 0
    assert "a test meter takes it, and no meter of a customer" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("no JSON", "is not JSON"),
        (json.dumps({**SAMPLE, "p": None}), "p: must be a list"),
        (json.dumps({**SAMPLE, "s1": [12, 12, *SAMPLE["s1"][2:]]}), "s1[1]: the number of s1[0] stands"),
        ("[" * 70_000, "longer than"),
    ],
    ids=range(4),
)
def test_a_wrong_table_file_is_named_with_its_place(text, named, tmp_path, capsys):
    tables = tmp_path / "sta.json"
    tables.write_text(text)
    key = secret(tmp_path / "meter.key", "87f3ecbb2e46b48f")
    words = ["sts", "decode", "--ea", "07", "--base-date", "2014", "--decoder-key-file", key]
    said = refused(capsys, *words, "--sta-tables", str(tables), "1" * 20)
    assert f"--sta-tables: {tables}" in said
    assert named in said


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--kwh", "1", "--value", "2"], "--value: belongs to --manage"),
        (["--kwh", "1", "--money", "2"], "not allowed with"),
        ([], "--kwh --money --manage --test"),
        (["--manage", "nonsense"], "--manage"),
        (["--manage", "power-limit"], "--value: missing"),
        (["--manage", "power-limit", "--value", "18201625"], "0 to 18201624"),
        (["--manage", "tariff-rate", "--value", "65536"], "0 to 65535"),
        (["--manage", "clear-credit", "--value", "beer"], "electricity, water, gas, time"),
        (["--manage", "extended", "--value", "63=1"], "0 to 62"),
        (["--manage", "extended", "--value", "flag:3=2"], "0 or 1"),
        (["--money", "1.5.5"], "such as 12.50"),
        (["--money", "1E+40"], "more than a token can carry"),
        (["--money", "1", "--subclass", "3"], "4 to 7"),
        (["--test", "xyz"], "hexadecimal"),
        (["--test", "fffffffff", "--mfr", "0001"], "28 bits"),
        (["--test", "1", "--mfr", "123"], "2 or 4 digits"),
        (["--money", "1e99"], "the amount of currency is no number, or more than a token can carry"),
        (["--kwh", "1", "--sample-tables"], "EA11 has no tables"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else None,
)
def test_what_no_token_can_say_is_refused_with_its_option(words, named, own_key, capsys):
    assert named in refused(capsys, "sts", "encode", *own_key, "--at", NOON, *words)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["encode", "--kwh", "1", "--at", NOON, "--base-date", "2014"], "--decoder-key-file: missing"),
        (["encode", "--kwh", "1", "--at", NOON], "--base-date: missing"),
        (["decode", "58625789986991357486"], "--base-date: missing"),
        (["decode", f"{3 << 27:020d}"], "TOKEN: class 3 is reserved"),
        (["decode", "1"], "TOKEN: a token has exactly 20 digits"),
        (["decode", "02305843009347914913"], "TOKEN: the check sum is wrong"),
    ],
    ids=range(6),
)
def test_what_is_missing_is_named(words, named, capsys):
    assert named in refused(capsys, "sts", *words)


def test_a_credit_needs_its_minute(own_key, capsys):
    assert "--at: missing" in refused(capsys, "sts", "encode", *own_key, "--kwh", "1")


# --- Key changes ---


def change_words(entry, directory):
    old, new = entry["old"], entry["new"]
    words = ["--pan", entry["pan"], "--kt", str(entry["kt"]), "--ea", entry["ea"], "--ken", str(new["ken"])]
    words += ["--sgc", old["sgc"], "--krn", str(old["krn"]), "--ti", old["ti"]]
    words += ["--base-date", str(old["base_date"]), "--key-file", secret(directory / "old.key", old["vk"])]
    words += ["--new-sgc", new["sgc"], "--new-krn", str(new["krn"]), "--new-ti", new["ti"]]
    words += ["--new-base-date", str(new["base_date"])]
    return [*words, "--new-key-file", secret(directory / "new.key", new["vk"])]


@pytest.mark.parametrize("entry", SETS, ids=[v["id"] for v in SETS])
def test_a_published_key_change_is_made_in_its_order(entry, tmp_path, capsys):
    made = answer(capsys, "keychange", *change_words(entry, tmp_path), "--json")
    assert made["tokens"] == entry["tokens"]
    assert made["sections"] == ["first", "second", "third", "fourth"]
    assert (made["ro"], made["krn"], made["ken"]) == (bool(entry["ro"]), entry["new"]["krn"], 255)


def test_a_key_change_says_what_each_token_brings_and_shows_no_key(tmp_path, capsys):
    entry = next(v for v in SETS if v["ro"])
    assert main(["sts", "keychange", *change_words(entry, tmp_path)]) == 0
    said = capsys.readouterr().out
    first = entry["tokens"][0]
    assert f"Token 1 of 4  {' '.join(first[at : at + 4] for at in range(0, 20, 4))}" in said.splitlines()
    assert "  New key     revision 6, type 2" in said.splitlines()
    assert "  Token ids   are forgotten (RO)" in said.splitlines()
    # 203557 is 49 * 4096 + 2853.
    assert "  New SGC     its lower 12 bits: 2853" in said.splitlines()
    words = [entry["new_key"][at : at + 8] for at in range(0, 32, 8)]
    assert not any(word in said or str(int(word, 16)) in said for word in words)


@pytest.mark.parametrize("token", range(4))
def test_a_token_of_a_key_change_is_read_without_showing_the_key(token, tmp_path, capsys):
    entry = SETS[0]
    key = secret(tmp_path / "old.key", entry["old_key"])
    words = ["decode", "--base-date", "2014", "--decoder-key-file", key, entry["tokens"][token]]
    assert main(["sts", *words]) == 0
    said = capsys.readouterr().out
    assert f"Key change  {['first', 'second', 'third', 'fourth'][token]} section of the set" in said
    assert "not shown" in said
    fields = answer(capsys, *words, "--json")
    parts = {int(entry["new_key"][at : at + 8], 16) for at in range(0, 32, 8)}
    assert not parts & {value for value in fields.values() if isinstance(value, int)}
    # Sixteen bits of check sum over the part of the key would be sixteen bits of it.
    assert fields["crc"] is None


def test_an_ea07_set_has_two_tokens_or_three(tmp_path, capsys):
    words = ["--pan", "600727000000000009", "--sgc", "201457", "--krn", "1", "--ti", "01", "--ea", "07"]
    words += ["--base-date", "2014", "--sample-tables", "--new-ti", "02", "--json"]
    words += ["--key-file", secret(tmp_path / "v", "abababababababab949494949494949401234567")]
    two = answer(capsys, "keychange", *words)
    three = answer(capsys, "keychange", *words, "--say-sgc")
    assert two["sections"] == ["first", "second"]
    assert three["sections"] == ["first", "second", "third"]
    # The first token alone says whether a third one comes.
    assert (two["tokens"][0] != three["tokens"][0], two["tokens"][1]) == (True, three["tokens"][1])


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ([], "the new key is the one that the meter has"),
        (["--new-krn", "0"], "1 to 9"),
        (["--new-base-date", "2000"], "--new-base-date: 2000 is none"),
        (["--new-ti", "02", "--ken", "256"], "0 to 255"),
        (["--new-ti", "02", "--say-sgc"], "--say-sgc: an EA11 meter is always told"),
    ],
    ids=range(5),
)
def test_a_key_change_that_cannot_be_is_refused(more, named, tmp_path, capsys):
    words = ["--pan", "600727000000000009", "--sgc", "201457", "--krn", "1", "--ti", "01"]
    words += ["--base-date", "2014", "--key-file", secret(tmp_path / "v", "ab" * 20)]
    assert named in refused(capsys, "sts", "keychange", *words, *more)


def test_a_key_change_needs_a_new_key(tmp_path, capsys):
    words = ["--pan", "600727000000000009", "--sgc", "201457", "--krn", "1", "--ti", "01", "--new-krn", "2"]
    words += ["--base-date", "2014", "--decoder-key-file", secret(tmp_path / "d", METER_KEY)]
    assert "--new-key-file" in refused(capsys, "sts", "keychange", *words)


# --- Verdicts ---

CREDIT = "58625789986991357486"


@pytest.mark.parametrize(
    ("token", "code", "digits", "genuine"),
    [
        (CREDIT, 0, True, None),
        ("99999999999999999999", 1, False, False),
        ("1234", 1, False, False),
        ("1" * 19 + "x", 1, False, False),
        ("56493153725450313471", 0, True, None),
        ("56493153725450313470", 1, True, False),
        (f"{3 << 27:020d}", 1, True, False),  # class 3, which is reserved
    ],
)
def test_without_a_key_the_digits_are_judged(token, code, digits, genuine, capsys):
    verdict = answer(capsys, "verify", "--json", token, code=code)
    assert (verdict["digits"], verdict["genuine"]) == (digits, genuine)


def test_a_genuine_token_is_told_with_what_it_says(own_key, capsys):
    verdict = answer(capsys, "verify", *own_key, "--json", CREDIT)
    assert (verdict["genuine"], verdict["says"]["kwh"]) == (True, "0.1")
    assert main(["sts", "verify", *own_key, CREDIT]) == 0
    assert "Genuine     yes" in capsys.readouterr().out


@pytest.mark.parametrize("place", range(20))
def test_a_token_with_one_wrong_digit_is_not_genuine(place, own_key, capsys):
    wrong = CREDIT[:place] + str((int(CREDIT[place]) + 1) % 10) + CREDIT[place + 1 :]
    verdict = answer(capsys, "verify", *own_key, "--json", wrong, code=1)
    assert verdict["genuine"] is False
    assert verdict["reason"]


def test_another_meter_s_token_is_not_genuine_and_the_reason_is_told(tmp_path, capsys):
    key = secret(tmp_path / "other.key", "00" * 16)
    assert main(["sts", "verify", "--base-date", "2014", "--decoder-key-file", key, CREDIT]) == 1
    assert "Genuine     no: the check sum is wrong" in capsys.readouterr().out


# --- Conformance with an operator's tables ---


def test_conformance_takes_an_operator_s_tables(tmp_path, capsys):
    tables = tmp_path / "sta.json"
    tables.write_text(json.dumps(SAMPLE))
    vectors = tmp_path / "sts.json"
    sample = [{**v, "tables": "production"} for v in VECTORS if v["id"] == "SAMPLE-01"]
    vectors.write_text(json.dumps({"vectors": sample}))
    assert main(["conformance", "sts", str(vectors)]) == 0
    assert "skipped 1: EA07 with the production tables" in capsys.readouterr().out
    assert main(["conformance", "sts", str(vectors), "--sta-tables", str(tables)]) == 0
    assert capsys.readouterr().out == "1 passed, 0 failed, 0 skipped\n"


def test_tables_belong_to_the_vectors_of_sts(tmp_path, capsys):
    words = ["conformance", "tariffs", str(tmp_path / "t.json"), "--sta-tables", str(tmp_path / "sta.json")]
    assert "--sta-tables: belongs to the kind sts" in refused(capsys, *words)


def test_a_command_that_has_read_a_key_leaves_no_core(own_key):
    script = (
        "import ctypes, resource, sys; from gateway.cli import main; main(sys.argv[1:]);"
        "print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), *resource.getrlimit(resource.RLIMIT_CORE))"
    )
    command = [sys.executable, "-c", script, "sts", "encode", *own_key, "--at", NOON, "--kwh", "1"]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    # PR_GET_DUMPABLE of prctl(2).
    assert ended.stdout.splitlines()[-1].split() == ["0", "0", "0"]
