"""What the office orders at its desk: management tokens by two people, and steps of a key change."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from adapters.db.opening import open_database
from gateway.assembly.commands.open_books import open_batch
from gateway.cli import main
from gateway.config import load_config
from gateway.simulators.meter import Accepted, VirtualMeter
from tests.builders import Till, decoder_key, drn, entered, identity

CALL = [sys.executable, "-m", "gateway.cli"]


@pytest.fixture
def shop(tmp_path, capsys):
    """An embedded gateway with three token meters under the public test key."""
    folder = tmp_path / "shop"
    assert main(["init", str(folder), "--town"]) == 0
    entered(open_database(f"sqlite:///{folder / 'var' / 'powertill.db'}"), 3)
    capsys.readouterr()
    return folder


def told(shop, *words):
    """The exit code, and all that was said."""
    place = ["--config", str(shop / "powertill.toml"), "--meter", drn(1)]
    # A process of its own: the keys may be asked for, and a reactor runs once.
    call = [*CALL, "meter"]
    ended = subprocess.run([*call, *words, *place], check=False, capture_output=True, text=True, timeout=60)
    return ended.returncode, ended.stdout + ended.stderr


def ordered(shop, *words):
    code, said = told(shop, "order", *words, "--reason", "moved out", "--as", "anna")
    assert code == 0, said
    (reference,) = re.findall(r"^Reference +(\S+)$", said, re.MULTILINE)
    return reference


def test_two_people_make_a_management_token_and_asked_again_it_is_the_same(shop):
    reference = ordered(shop, "clear-credit", "--value", "65535")
    code, said = told(shop, "approve", reference, "--as", "ben")
    assert code == 0
    (digits,) = re.findall(r"^Token +([\d ]+)$", said, re.MULTILINE)
    virtual = VirtualMeter(identity(), decoder_key(identity()))
    assert isinstance(virtual.enter(digits.replace(" ", "")), Accepted)
    assert told(shop, "approve", reference, "--as", "ben")[1] == said


def test_tables_that_are_none_are_said_in_a_sentence(shop):
    (shop / "sta.json").write_text('{"s1": [1]}')
    with (shop / "powertill.toml").open("a") as config:
        config.write('\n[keys]\nsta_tables = "sta.json"\n')
    code, said = told(shop, "order", "clear-tamper", "--reason", "why", "--as", "anna")
    assert code == 2
    assert "keys.sta_tables" in said
    assert "cure:" in said
    assert "Traceback" not in said


def test_who_ordered_it_cannot_approve_it(shop):
    reference = ordered(shop, "clear-tamper")
    code, said = told(shop, "approve", reference, "--as", " ANNA")
    assert code == 1
    assert "ask somebody else; nothing was changed" in said


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["order", "power-limit", "--value", "99999999", "--reason", "w"], "power-limit takes 0 to 18201624"),
        (["order", "power-limit", "--reason", "why"], "--value: say which value power-limit should have"),
        (["order", "clear-tamper", "--reason", " "], "--reason: say why, in 1 to 200 characters"),
        (["key-change", "--sgc", "201457", "--ti", "1", "--reason", "why"], "--ti: write 2 digits"),
        (["key-change", "--sgc", "20145", "--reason", "why"], "--sgc: write 6 digits"),
        (["key-confirm", "--reason", ""], "--reason: say why, in 1 to 200 characters"),
        (["key-give-up", "--reason", "x" * 201], "--reason: say why, in 1 to 200 characters"),
    ],
    ids=["value", "no value", "no reason", "tariff index", "supply group", "why confirm", "a story"],
)
def test_what_cannot_be_ordered_is_refused_with_its_option(shop, capsys, words, sentence):
    place = ["--config", str(shop / "powertill.toml"), "--meter", drn(1), "--as", "anna"]
    assert main(["meter", *words, *place]) == 2
    assert sentence in capsys.readouterr().err


def test_a_key_change_is_begun_and_given_up_with_its_reason(shop):
    why = ("--reason", "tariff", "--as", "anna")
    code, said = told(shop, "key-change", "--sgc", "201457", "--ti", "02", *why)
    assert (code, "TI 02" in said) == (0, True)
    code, said = told(shop, "key-give-up", *why, "--json")
    assert json.loads(said) == {
        "meter": drn(1),
        "step": "given_up",
        "key": "SGC 201457 KRN 1 TI 02 base date 2014",
    }
    code, said = told(shop, "key-confirm", *why)
    assert (code, "no key change is on its way" in said) == (1, True)


def test_a_management_token_is_no_sale_that_a_tariff_explains(shop, capsys):
    reference = ordered(shop, "clear-tamper")
    told(shop, "approve", reference, "--as", "ben")
    config = str(shop / "powertill.toml")
    with open_batch(load_config(config)) as batch:
        batch.run([Till().pay("r1-2026-11-23")])
    capsys.readouterr()
    code = main(["tariff", "explain", "--receipt", f"manage/{reference}", "--config", config])
    assert code != 0
    assert "is no sale of these books" in capsys.readouterr().err
