"""An engineer and a meter, all real programs: meter-sim, modem-sim and powertill meter, over TCP and ptys."""

import json
import re
import signal
import subprocess
import sys

import pytest

from tests.programs import Program, hears_ctrl_c

PASSWORDS = {
    "dlt645-2007": "482915", "dlms-tcp": "48291537", "dlms-hdlc": "48291537", "iec62056-21": "48291537",
}  # fmt: skip
#: How it stands on the line: as letters, or as digits with 33H added, the last two first.
ON_THE_LINE = {"dlt645-2007": "48 5C 7B"}
#: Where a model has the time of day, as a text that may be written.
TIMES = {"dlt645-2007": ("time", "120000")}
DIALLED = "5550161"


def served(model, password, *more):
    """Serve a meter on a port of its own."""
    words = ("--model", model, "--address", "161", "--password-file", str(password))
    return Program("meter-sim", "serve", *words, "--listen", "127.0.0.1:0", *more)


def meter(*words, code=0):
    """Run ``powertill meter`` and give what it printed, beside the answer and in it."""
    ended = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "meter", *map(str, words)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ended.returncode == code, (ended.stdout, ended.stderr)
    return ended.stdout, ended.stderr


@pytest.fixture
def password(tmp_path):
    """Give the file of a model's password."""

    def made(model, text=None):
        file = tmp_path / f"password-{model}-{text}"
        file.touch(mode=0o600)
        file.write_text(text or PASSWORDS[model])
        return file

    return made


@pytest.mark.slow
@pytest.mark.parametrize("model", ["dlt645-2007", "iec62056-21", "dlms-tcp"])
def test_an_engineer_reads_switches_and_dumps_a_meter(model, password):
    with served(model, password(model)) as house:
        there: tuple[object, ...] = ("--model", model, "--at", f"tcp:{house.place}")
        there += ("--address", "161") if not model.startswith("dlms") else ()
        key = ("--password-file", password(model))
        told, _ = meter("read", *there, *key, "energy", "voltage", "--json")
        found = json.loads(told)
        assert [one["item"] for one in found["read"]] == ["energy", "voltage"]
        assert (found["missing"], found["read"][1]["unit"]) == ([], "V")
        for order, seen in (("trip", "open"), ("close", "closed")):
            told, traced = meter("relay", *there, *key, order, "--trace")
            assert told.split() == ["relay", seen, "outcome", "as", "ordered"]
            assert "->" in traced
            in_hex = ON_THE_LINE.get(model, PASSWORDS[model].encode().hex(" ").upper())
            assert not [form for form in (PASSWORDS[model], in_hex) if form in traced]
            assert "**" in traced
        told, _ = meter("dump", *there, *key)
        assert len(told.splitlines()) > 5
        if model in TIMES:
            item, text = TIMES[model]
            told, _ = meter("write", *there, *key, item, text)
            assert "it stands there" in told
        wrong = ("--password-file", password(model, "111111" if len(PASSWORDS[model]) == 6 else "11111111"))
        told, said = meter("relay", *there, *wrong, "trip", code=1)
        assert "password" in told + said or "refuse" in told + said
        told, _ = meter("relay", *there, *key, "close", "--json")
        assert json.loads(told)["relay"] == "closed"


@pytest.mark.slow
@pytest.mark.parametrize("model", ["dlt645-2007", "iec62056-21", "dlms-hdlc"])
def test_a_meter_is_dialled_over_a_modem_on_a_serial_port(model, password, tmp_path):
    book, link = tmp_path / "book.json", tmp_path / "modem"
    with served(model, password(model)) as house:
        lost = {"lost": {"octets": 30, "way": "both"}}
        numbers = [
            {"number": DIALLED, "place": house.place, "after_ms": 0},
            {"number": "5550162", "fails": "busy", "after_ms": 0},
            {"number": "5550163", "fails": "no answer", "after_ms": 0},
            {"number": "5550164", "place": house.place, "trouble": lost, "after_ms": 0},
        ]
        book.write_text(json.dumps({"numbers": numbers}))
        with Program("modem-sim", "--book", str(book), "--modem", str(link)):
            there: tuple[object, ...] = (
                "--model",
                model,
                "--at",
                f"serial:{link}",
                "--password-file",
                password(model),
            )
            there += ("--address", "161") if not model.startswith("dlms") else ()
            told, _ = meter("read", *there, "--dial", DIALLED, "energy")
            assert re.fullmatch(r"energy +[\d.]+ (k?Wh)\n", told)
            for number, why in (("5550162", "busy"), ("5550163", "does not answer"), ("5550164", "lost")):
                told, said = meter("read", *there, "--dial", number, "energy", code=1)
                assert why in said
                assert number not in told + said, "a number is a customer's"
            told, _ = meter("relay", *there, "--dial", DIALLED, "trip")
            assert "as ordered" in told


@pytest.mark.slow
def test_an_engineer_who_stops_in_a_call_leaves_a_line_that_is_free(tmp_path):
    book, link = tmp_path / "book.json", tmp_path / "modem"
    words = ("--model", "dlt645-2007", "--address", "161")
    with Program("meter-sim", "serve", *words, "--listen", "127.0.0.1:0", "--fault", "silent") as house:
        book.write_text(json.dumps({"numbers": [{"number": DIALLED, "place": house.place, "after_ms": 0}]}))
        with Program("modem-sim", "--book", str(book), "--modem", str(link)) as modems:
            reading = subprocess.Popen(
                [sys.executable, "-m", "gateway.cli", "meter", "read", *words, "--at", f"serial:{link}",
                 "--dial", DIALLED, "energy", "--trace"],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=hears_ctrl_c,  # noqa: PLW1509
            )  # fmt: skip
            first = reading.stderr.readline()
            reading.send_signal(signal.SIGINT)
            reading.communicate(timeout=30)
            assert reading.returncode == 130, (first, reading.returncode)
            # The exchange says that the call is over: nobody pays for an open line.
            assert "…0161" in modems.process.stdout.readline()


@pytest.mark.slow
def test_a_token_is_entered_over_the_line_once(tmp_path):
    files = {"vending": "abababababababab949494949494949401234567", "meter": "a1" * 32}
    keys = {name: tmp_path / name for name in (*files, "ours.json", "token")}
    centre = {"encryption": "a1" * 16, "authentication": "a1" * 16, "title": "43454e0000000001", "counter": 1}
    sts = ("--pan", "37000000010", "--sgc", "201457", "--krn", "1", "--ti", "01", "--base-date", "2014")
    for name, text in {**files, "ours.json": json.dumps(centre)}.items():
        keys[name].touch(mode=0o600)
        keys[name].write_text(text)
    encoded = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "sts", "encode", *sts, "--key-file", str(keys["vending"]),
         "--kwh", "12.3", "--at", "2026-11-26 12:00", "--json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    token = json.loads(encoded.stdout)["token"]
    keys["token"].touch(mode=0o600)
    keys["token"].write_text(token)
    words = ("--model", "dlms-prepaid", "--address", "161", "--listen", "127.0.0.1:0")
    own = ("--key-file", str(keys["meter"]), "--sts-key-file", str(keys["vending"]))
    with Program("meter-sim", "serve", *words, *own, *sts) as house:
        there = ("--model", "dlms-prepaid", "--at", f"tcp:{house.place}", "--key-file", keys["ours.json"])
        enter = ("token", *there, "--token-file", keys["token"], "--trace")
        told, traced = meter(*enter)
        assert told.split(maxsplit=1)[1] == "execution ok\n"
        assert token.replace(" ", "") not in told + traced
        told, _ = meter(*enter, code=1)
        assert told.split(maxsplit=1)[1] == "validation failure\n", "it was used"
        told, _ = meter("read", *there, "credit")
        assert 12_200 < int(told.split()[1]) <= 12_300
        assert json.loads(keys["ours.json"].read_text())["counter"] > 1
