"""powertill iso8583 decode: legible messages, masked secrets, and the place of a fault."""

import io
import json

import pytest

import schemas
from gateway.assembly.commands.hex_view import hex_rows
from gateway.cli import main
from gateway.simulators.bank_profile import BankProfile

PROFILE = BankProfile.named("default")
PAN, TOKEN = "6212345678901234567", "44590316274382218367"
FIELDS = {
    2: PAN,
    3: "500000",
    4: "000000010000",
    11: "000001",
    48: f"MT1137000000013TK20{TOKEN}",
    49: "156",
    63: "hello there",
}
PAYLOAD = PROFILE.spec.encode("0200", FIELDS)


def decode(*words):
    return main(["iso8583", "decode", *words])


def test_every_field_stands_there_with_its_name(capsys):
    assert decode(PAYLOAD.hex()) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "MTI 0200"
    assert "   4  amount, transaction                  000000010000" in lines
    assert "      TK token                             <20 masked>" in lines
    assert max(map(len, lines)) <= 80


def test_secrets_are_masked(capsys):
    decode(PAYLOAD.hex())
    shown = capsys.readouterr().out
    assert "621234*********4567" in shown
    assert PAN not in shown
    assert TOKEN not in shown
    assert "hello" not in shown


def test_secrets_are_shown_when_that_is_asked_for(capsys):
    decode("--show-secrets", PAYLOAD.hex())
    shown = capsys.readouterr().out
    assert PAN in shown
    assert "TK token                             " + TOKEN in shown


def test_a_frame_is_taken_off(capsys):
    assert decode("--framed", PROFILE.framing.wrap(PAYLOAD).hex()) == 0
    assert capsys.readouterr().out.startswith("MTI 0200")


def test_a_program_gets_one_json_object(capsys):
    assert decode("--json", PAYLOAD.hex()) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["mti"] == "0200"
    assert told["fault"] is None
    fields = {field["field"]: field for field in told["fields"]}
    assert fields[4]["value"] == "000000010000"
    assert fields[48]["parts"][0] == {"tag": "MT", "name": "meter number", "value": "<11 masked>"}


def test_hex_may_stand_in_words_or_come_from_standard_input(capsys, monkeypatch):
    assert decode(PAYLOAD.hex()[:10], PAYLOAD.hex(" ")[15:].upper()) == 0
    by_words = capsys.readouterr().out
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(PAYLOAD.hex("\n").encode())))
    assert decode("-") == 0
    assert capsys.readouterr().out == by_words


def test_a_fault_says_field_and_offset_and_shows_what_was_read(capsys):
    assert decode(PAYLOAD[:90].hex()) == 2
    said = capsys.readouterr()
    assert "000000010000" in said.out
    assert "field 48 (additional, private) is broken at offset 68" in said.err
    marked = said.out.splitlines()
    at = next(number for number, line in enumerate(marked) if "^^ offset 68" in line)
    assert marked[at - 1].startswith("0040")
    assert marked[at].index("^^") == 6 + 3 * (68 - 0x40)
    assert max(map(len, marked)) <= 80


def test_a_broken_message_shows_no_secret_either(capsys):
    decode(PAYLOAD[:90].hex())
    shown = capsys.readouterr().out
    assert PAN[6:12] not in shown
    assert PAN.encode().hex(" ")[18:36] not in shown
    assert b"7000000013".hex(" ") not in shown


def test_what_follows_a_fault_is_hidden_since_nobody_knows_what_it_is(capsys):
    broken = PAYLOAD.replace(b"500000", b"50x000")
    assert decode(broken.hex()) == 2
    said = capsys.readouterr()
    assert "field 3" in said.err
    assert TOKEN[:6] not in said.out
    decode("--show-secrets", broken.hex())
    assert b"MT11".hex(" ") in capsys.readouterr().out


def test_a_fault_is_told_to_a_program_too(capsys):
    assert decode("--json", PAYLOAD[:30].hex()) == 2
    fault = json.loads(capsys.readouterr().out)["fault"]
    assert (fault["field"], fault["offset"]) == (2, 22)


def test_a_field_without_a_layout_is_a_fault_of_the_profile(tmp_path, capsys):
    table = schemas.load("iso8583/default.json")
    del table["message"]["fields"]["48"]
    own = tmp_path / "own.json"
    own.write_text(json.dumps(table))
    assert decode("--profile", str(own), PAYLOAD.hex()) == 2
    assert "field 48" in capsys.readouterr().err


def test_sub_fields_that_cannot_be_read_are_told(capsys):
    assert decode(PROFILE.spec.encode("0200", FIELDS | {48: "MT99370"}).hex()) == 0
    assert "its sub-fields cannot be read: at character 4" in capsys.readouterr().out


def test_what_came_from_outside_cannot_steer_the_terminal(capsys):
    payload = PROFILE.spec.encode("0200", {3: "500000", 58: "x" * 6}).replace(b"x" * 6, b"a\x1b[2Jb")
    decode(payload.hex())
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize("size", range(0, len(PAYLOAD), 7))
def test_no_cut_of_a_message_makes_a_traceback(size, capsys):
    assert decode("--framed", PAYLOAD[:size].hex() or "00") == 2
    assert decode(PAYLOAD[:size].hex() or "00") == 2
    assert "offset" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["123"], "HEX"),
        (["30zz"], "'z' at place 2"),
        (["é"], "HEX"),
        (["--profile", "none", "30"], "altopay, binary87, default"),
        (["--profile", "not-there.json", "30"], "not-there.json"),
        (["--framed", "0001"], "frame"),
        (["--framed", "000130000130"], "2 frames"),
    ],
)
def test_wrong_input_is_named(words, named, capsys):
    assert decode(*words) == 2
    assert named in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"message": 4}', '{"message": {}, "framing": {}}'])
def test_a_file_that_is_no_profile_is_refused(text, tmp_path, capsys):
    own = tmp_path / "own.json"
    own.write_text(text)
    assert decode("--profile", str(own), "30") == 2
    assert "--profile" in capsys.readouterr().err


def test_a_mark_may_stand_behind_the_last_byte():
    assert list(hex_rows(bytes(16), 16))[-1] == "      ^^ offset 16"
    assert list(hex_rows(b"", 0)) == ["0000", "      ^^ offset 0"]
