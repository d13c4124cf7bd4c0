"""The command line itself: help, versions, and mistakes that end with a sentence, never with a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.assembly.commands import check
from gateway.cli import main

STS_VECTORS = Path(__file__).parent / "vectors" / "sts.json"
COMMANDS = "serve init demo deposit check sts iso8583 conformance bank-sim meter-sim card-sim staff".split()  # noqa: SIM905
STAFF = """add-administrator add password roles leave back no-authenticator sign-out branch station
    standard-roles requests approve refuse list diary""".split()  # noqa: SIM905 - a list to be read
METER_SIM = [["meter-sim", name] for name in ("type", "serve", "town")]
METER = [["meter", name] for name in ("read", "write", "relay", "dump", "profile", "token")]
GROUPS = [
    ["sts", "encode"], ["iso8583", "decode"], *METER, *METER_SIM, *(["staff", name] for name in STAFF),
]  # fmt: skip


def powertill(*words, **more):
    return subprocess.run(
        [sys.executable, "-m", "gateway.cli", *words],
        check=False,
        capture_output=True,
        text=True,
        **more,
    )


def test_without_a_command_the_help_is_shown(capsys):
    assert main([]) == 0
    shown = capsys.readouterr().out
    assert all(f"\n    {name}" in shown for name in COMMANDS)


def test_the_version_is_shown(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("powertill ")


@pytest.mark.parametrize("words", [[name] for name in COMMANDS] + GROUPS)
def test_every_command_describes_itself_in_80_columns(words, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert main([*words, "--help"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("usage: powertill ")
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["nonsense"], "nonsense"),
        (["--bogus"], "COMMAND"),
        (["check", "--conf", "x"], "--conf"),
        (["sts"], "encode|decode"),
        (["serve", "--run", "reading"], "--run"),
        (["serve", "--run", ","], "--run"),
        (["check", "--config", "not-there.toml"], "not-there.toml"),
    ],
)
def test_a_wrong_call_gets_one_sentence_and_exit_code_2(words, named, capsys):
    assert main(words) == 2
    said = capsys.readouterr()
    assert not said.out
    assert said.err.count("\n") == 1
    assert named in said.err


def test_an_interrupt_ends_as_a_shell_expects_it(monkeypatch):
    def interrupted(_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(check, "run", interrupted)
    assert main(["check"]) == 130


@pytest.mark.parametrize("words", [["sts", "encode", "--help"], ["conformance", "sts", str(STS_VECTORS)]])
def test_a_reader_who_has_seen_enough_is_no_fault(words):
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [sys.executable, "-m", "gateway.cli", *words],
        check=False,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(writing)
    assert ended.returncode in {0, 1}
    assert not ended.stderr


def test_a_token_is_read_without_loading_the_gateway():
    code = (
        "import sys; from gateway.cli import main; main(['sts', 'encode', '--help']);"
        "sys.exit(bool({'twisted', 'sqlalchemy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 0


def test_the_module_can_be_run_by_itself():
    ended = powertill("--version")
    assert (ended.returncode, ended.stderr) == (0, "")


def test_characters_that_a_terminal_lacks_are_replaced():
    ended = powertill("check", "--config", "город.toml", env={"PYTHONIOENCODING": "ascii", "PATH": ""})
    assert ended.returncode == 2
    assert "?????.toml" in ended.stderr
