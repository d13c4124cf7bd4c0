"""What goes wrong when a command opens the books or reads a profile is said in one sentence."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from sqlalchemy.exc import DBAPIError

import schemas
from adapters.db import opening
from gateway import cli
from gateway.assembly.prepayment import SetUpFault, load_profile
from gateway.assembly.profile_file import PROFILE_BYTES_MAX, ProfileFileFault, read_profile_table
from gateway.cli import main
from gateway.config import load_config
from tests.assembly.test_commands_books import in_advance

READERS = [["check"], ["exceptions"]]
WRITERS = [["deposit", "east", "1.00", "ST-1"]]
ALL = [*READERS, *WRITERS]


@pytest.fixture
def shop(tmp_path, capsys):
    folder = tmp_path / "shop"
    assert main(["init", str(folder)]) == 0
    in_advance(folder / "powertill.toml")
    capsys.readouterr()
    return folder


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(opening, "BUSY_TIMEOUT_MS", 10)


def refused(shop, command, capsys):
    """Run a command that must end with 1 and say one sentence; the sentence."""
    assert main([command[0], "--config", str(shop / "powertill.toml"), *command[1:]]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    *log, sentence = said.err.splitlines()
    assert log == [], "one sentence, and nothing beside it"
    assert sentence.startswith(f"powertill {command[0]}: ")
    return sentence


def not_served(shop, **environment):
    """Run a gateway, a process of its own, that must end by itself with 1; what it says last."""
    words = ["-m", "gateway.cli", "serve", "--config", str(shop / "powertill.toml")]
    ended = subprocess.run(
        [sys.executable, *words],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
    )
    assert ended.returncode == 1
    *log, sentence = ended.stderr.splitlines()
    assert all(json.loads(line) for line in log)
    return sentence


def books(shop):
    return closing(sqlite3.connect(shop / "var" / "powertill.db", isolation_level=None))


def revision(shop):
    with books(shop) as opened:
        return opened.execute("SELECT version_num FROM alembic_version").fetchall()


def bank_with(shop, name, text):
    """Give the shop's bank a profile file of its own."""
    file = shop / "powertill.toml"
    (shop / name).write_text(text)
    file.write_text(re.sub(r'profile = "default" ', f'profile = "{name}" ', file.read_text()))
    (bank,) = load_config(str(file)).banks
    return bank


# -- the database -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("command", WRITERS)
def test_books_that_another_process_writes_to_are_said_to_be_held(shop, command, capsys):
    with books(shop) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "another process has held the database" in refused(shop, command, capsys)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("command", READERS)
def test_a_reader_is_not_held_up_by_a_writer(shop, command):
    with books(shop) as other:
        other.execute("BEGIN IMMEDIATE")
        assert main([*command, "--config", str(shop / "powertill.toml")]) == 0


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("command", ALL)
def test_books_that_another_process_has_for_itself_are_said_to_be_held(shop, command, capsys):
    with books(shop) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE alembic_version SET version_num = version_num")
        assert "another process has held the database" in refused(shop, command, capsys)


@pytest.mark.parametrize("command", ALL)
def test_books_of_a_newer_version_are_refused_and_left_alone(shop, command, capsys):
    with books(shop) as opened:
        opened.execute("UPDATE alembic_version SET version_num = '9999'")
    sentence = refused(shop, command, capsys)
    assert "the books are of a newer version than this program (no 9999 in it); cure: " in sentence
    assert revision(shop) == [("9999",)]


@pytest.mark.parametrize("command", READERS)
def test_a_command_that_only_reads_brings_no_books_up_to_date(shop, command, capsys):
    with books(shop) as opened:
        opened.execute("DELETE FROM alembic_version")
    sentence = refused(shop, command, capsys)
    assert "the books are of an older version than this program; cure: powertill db upgrade" in sentence
    assert revision(shop) == []


@pytest.mark.parametrize("command", ALL)
def test_a_damaged_file_is_said_to_be_damaged(shop, command, capsys):
    file = shop / "var" / "powertill.db"
    file.write_bytes(b"SQLite format 3\x00" + b"\xff" * 8_000)
    assert "the database's file is damaged" in refused(shop, command, capsys)


@pytest.mark.usefixtures("impatient")
def test_a_ledger_that_is_held_while_a_deposit_is_posted_is_said_without_a_trace(shop, capsys, monkeypatch):
    with books(shop) as other:
        # Between the opening of the books and the posting another process takes them.
        migrate = opening.migrate
        monkeypatch.setattr(
            "gateway.assembly.parts.migrate", lambda e: (migrate(e), other.execute("BEGIN IMMEDIATE"))
        )
        sentence = refused(shop, WRITERS[0], capsys)
    assert sentence.endswith("cure: run the same command again")


def test_a_driver_of_many_words_is_kept_to_one_line(tmp_path):
    class Driver(Exception):  # noqa: N818 - stands for the driver's own
        """As PostgreSQL's: several lines, with a hint."""

    fault = DBAPIError("SELECT 1", None, Driver("no\n\tserver " + "x" * 1_000))
    with pytest.raises(opening.DatabaseFault) as caught, opening.faults_in_words():
        raise fault
    assert str(caught.value).startswith("the database refuses: no server xxx")
    assert len(str(caught.value)) < 400
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_a_gateway_refuses_books_of_a_newer_version_in_a_sentence(shop):
    with books(shop) as opened:
        opened.execute("UPDATE alembic_version SET version_num = '9999'")
    start = "powertill serve: the gateway cannot start: the books are of a newer version than this program"
    assert not_served(shop).startswith(start)


@pytest.mark.slow
def test_a_crash_point_that_is_none_is_refused_in_a_sentence(shop):
    sentence = not_served(shop, POWERTILL_CRASH="nowhere")
    assert "cannot start: POWERTILL_CRASH=nowhere: write POINT or POINT:COUNT" in sentence


# -- a bank's profile ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("octets", "what"),
    [
        (b'{"name": "x"\n "door": 1}', "is not JSON (line 2, column 2: Expecting ',' delimiter)"),
        (b"\xff\xfe\xff", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[1]", "is no profile: a profile is one JSON object"),
        (b" " * (PROFILE_BYTES_MAX + 1), f"is longer than {PROFILE_BYTES_MAX} bytes"),
    ],
)
def test_a_profile_file_that_holds_no_table_is_refused_with_the_place(tmp_path, octets, what):
    file = tmp_path / "bank.json"
    file.write_bytes(octets)
    with pytest.raises(ProfileFileFault, match=f"^{re.escape(what)}$"):
        read_profile_table(file)


def test_a_profile_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ProfileFileFault, match=r"^cannot be read: No such file or directory$"):
        read_profile_table(tmp_path / "bank.json")


def broken(path, wrong):
    """Our own profile, with one entry replaced."""
    table = schemas.load("iso8583/default.json")
    *outer, last = path
    place = table
    for key in outer:
        place = place[key]
    place[last] = wrong
    return json.dumps(table)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"door": ', "is not JSON (line 1, column 10: Expecting value)"),
        (broken(("framing", "kind"), "smoke"), "kind: must be one of"),
        (broken(("door", "processing"), 5), "door.processing"),
    ],
    ids=["json", "codec's table", "door"],
)
def test_a_bank_whose_profile_file_is_wrong_is_named_with_the_file_and_the_fault(shop, text, what):
    bank = bank_with(shop, "own.json", text)
    with pytest.raises(SetUpFault) as caught:
        load_profile(bank)
    said = str(caught.value)
    assert said.startswith(f"bank.east: profile {shop / 'own.json'}: ")
    assert what in said
    assert "; cure: " in said


def test_a_profile_that_a_command_is_given_is_refused_in_the_same_words(tmp_path, capsys):
    file = tmp_path / "own.json"
    file.write_text("{,}")
    assert main(["iso8583", "decode", "--profile", str(file), "00"]) == 2
    assert f"--profile: {file}: is not JSON (line 1, column 2: " in capsys.readouterr().err


@pytest.mark.slow
def test_a_gateway_with_a_broken_profile_ends_with_the_bank_and_the_file(shop):
    bank_with(shop, "own.json", "{,}")
    said = not_served(shop)
    assert said.startswith(f"powertill serve: the gateway ended: bank.east: profile {shop / 'own.json'}: ")


def test_each_command_stands_in_one_row_of_the_help_with_what_it_does(capsys):
    assert main([]) == 0
    rows = re.findall(r"^    (\S+) +(\S.*)$", capsys.readouterr().out, re.MULTILINE)
    named = [name for name, _ in rows]
    assert {"serve", "exceptions", "conformance", "meter-sim"} <= set(named)
    assert sorted(named) == sorted(cli._FILES)  # noqa: SLF001 - the table of commands


def test_a_missing_configuration_is_refused_with_two_ways_out(tmp_path, capsys):
    assert main(["check", "--config", str(tmp_path / "nowhere.toml")]) == 2
    said = capsys.readouterr().err
    assert said.endswith("cure: name it with --config, or make one with powertill init DIR\n")


@pytest.mark.parametrize(
    ("amount", "sentence"),
    [
        (
            "2.00",
            "the deposit is refused: this reference was used before with other content; nothing changed",
        ),
        ("10000000000000.01", "the deposit is refused: the amount is over the limit"),
    ],
)
def test_a_deposit_is_refused_in_words_that_fit_a_deposit(shop, amount, sentence, capsys):
    config = ["--config", str(shop / "powertill.toml")]
    assert main(["deposit", *config, "east", "1.00", "ST-1"]) == 0
    capsys.readouterr()
    reference = "ST-1" if amount == "2.00" else "ST-2"
    assert refused(shop, ["deposit", "east", amount, reference], capsys).endswith(sentence)


@pytest.mark.slow
def test_a_demo_that_is_interrupted_says_where_its_town_stays(tmp_path):
    demo = subprocess.Popen(
        [sys.executable, "-u", "-m", "gateway.cli", "demo"],
        stdout=subprocess.PIPE,
        text=True,
        env={"PATH": "/usr/bin:/bin", "TMPDIR": str(tmp_path), "PYTHONIOENCODING": "utf-8"},
        # A shell that runs the tests in the background has Ctrl-C ignored, and its children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads here
    )
    assert demo.stdout is not None
    try:
        assert any("The gateway keeps serving" in line for line in demo.stdout)
        demo.send_signal(signal.SIGINT)
        rest = demo.communicate(timeout=60)[0]
    finally:
        demo.kill()
        demo.communicate()
    (place,) = tmp_path.iterdir()
    assert f"The town stays in {place}, " in rest
    assert f"powertill serve --config {place / 'powertill.toml'}\n" in rest
    assert (place / "riverside.db").exists()
    assert demo.returncode == 0
