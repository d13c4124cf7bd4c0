"""powertill card-sim: a card that is kept in a file, in a reader that somebody else has."""

import json
import random
import re
import subprocess
import sys
import threading
import time

import pytest

from adapters.card_reader.pcsc import PcscSlot
from adapters.card_reader.serial import SerialSlot
from adapters.card_reader.serial_line import LinePlan
from adapters.card_reader.session import Session
from gateway.cli import main
from gateway.codecs.card.dialogue import write_card
from gateway.codecs.card.profile import PROFILES, Told, profile_named
from gateway.codecs.card.steps import Ask, Lost, Noted, Unknown, Written
from gateway.simulators.card.card_file import load
from gateway.simulators.card.key_holder import TRAINING_SEED
from tests.card_desk import VpcdEnd
from tests.cards import AMOUNT, SERIAL, keys, loading, meter, written
from tests.pcsc import FIRST_PORT, NOTICED_S, name_of

NEW = ["--profile", "powertill-cpu", "--serial", SERIAL]


@pytest.fixture
def file(tmp_path):
    return tmp_path / "card.json"


@pytest.fixture
def reader():
    """What vpcd does, in this process: cards come in, commands go out."""
    made = VpcdEnd()
    yield made
    made.close()


class Simulated:
    """The command, in a process of its own, with its standard input."""

    def __init__(self, *words, before=()):
        command = [*before, sys.executable, "-m", "gateway.cli", "card-sim", *map(str, words)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def say(self, word):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def hear(self):
        return self.process.stdout.readline().rstrip("\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


@pytest.mark.parametrize("name", PROFILES)
def test_a_new_card_is_made_in_its_file_and_shown(name, file, capsys):
    assert main(["card-sim", "--profile", name, "--serial", SERIAL, "--show", str(file)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"card        {name} {SERIAL}, keys of version 1"
    assert "wallet      empty" in said
    assert max(map(len, said)) <= 79
    made = file.read_text()
    assert main(["card-sim", "--show", str(file)]) == 0
    assert file.read_text() == made
    assert TRAINING_SEED.hex() not in made.lower()


def test_its_help_fits_a_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["card-sim", "--help"]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 79


@pytest.mark.slow
def test_a_card_goes_out_and_in_and_remembers(file, reader):
    with Simulated(*NEW, "--port", reader.port, file) as card:
        assert card.hear() == f"in          powertill-cpu {SERIAL}"
        holder = keys(TRAINING_SEED)
        assert isinstance(written("powertill-cpu", reader.card(), loading(1, "open"), holder), Written)
        card.say("out")
        assert card.hear() == f"out         powertill-cpu {SERIAL}"
        card.say("in")
        assert card.hear() == f"in          powertill-cpu {SERIAL}"
        again = written("powertill-cpu", reader.card(), loading(1, "open"), holder)
        assert (type(again), again.was_there) == (Written, True)
        card.say("over")
        card.say("quit")
        assert card.process.wait(30) == 0
        assert "say in, out or quit" in card.process.stdout.read()
    assert main(["card-sim", "--show", str(file)]) == 0


def test_a_loaded_card_shows_its_purchase(file, reader, capsys):
    worker = threading.Thread(target=lambda: main(["card-sim", *NEW, "--port", str(reader.port), str(file)]))
    sys.stdin, before = open("/dev/null", encoding="ascii"), sys.stdin  # noqa: PTH123, SIM115 - closed below
    try:
        worker.start()
        written("powertill-cpu", reader.card(), loading(1, "open"), keys(TRAINING_SEED))
        reader.let_go()
        worker.join(20)
    finally:
        sys.stdin.close()
        sys.stdin = before
    assert not worker.is_alive(), "without anybody to talk to it ends with the reader"
    capsys.readouterr()
    assert main(["card-sim", "--show", str(file)]) == 0
    said = capsys.readouterr().out
    assert f"wallet      {AMOUNT} Wh, purchase 1" in said
    assert "identity    " in said
    assert re.search("meter_no 0*123456\n", said)


@pytest.mark.parametrize(("name", "exchange"), [("gdw365", "tpdu"), ("sle4442", "apdu")])
def test_a_card_is_in_a_serial_reader_of_its_own(tmp_path, file, name, exchange):
    link = tmp_path / "reader"
    words = ["--profile", name, "--serial", SERIAL, "--line", link, "--exchange", exchange, file]
    with Simulated(*words) as card:
        assert card.hear() == f"in          {name} {SERIAL}"
        slot = SerialSlot(LinePlan(str(link), takes_apdus=exchange == "apdu"))
        assert isinstance(spoken_in(slot, name, loading(1, "open")), Written)
        card.say("out")
        assert card.hear() == f"out         {name} {SERIAL}"
        assert slot.connect().told is Told.CARD_GONE
        slot.close()
        card.say("quit")
        assert card.process.wait(30) == 0
    assert not link.is_symlink()
    assert loaded(file, name) == AMOUNT


@pytest.mark.slow
@pytest.mark.xdist_group("pcsc")
def test_a_torn_card_on_the_real_stack_is_finished_from_its_file(file, pcsc):
    inside = ["nsenter", f"--net=/proc/{pcsc.pid}/ns/net"]
    with Simulated(*NEW, "--port", FIRST_PORT, "--fault", "tear@17:2", file, before=inside) as card:
        assert card.hear().startswith("in ")
        outcome = spoken(loading(1, "open"))
        assert isinstance(outcome, Unknown)
        assert card.hear().startswith("out ")
    time.sleep(NOTICED_S)
    with Simulated("--port", FIRST_PORT, file, before=inside) as card:
        assert card.hear().startswith("in ")
        assert isinstance(spoken(loading(1, "open")), Written)
        assert loaded(file) == AMOUNT


def spoken(wanted):
    """Wait for the card, and write it, in this thread."""
    slot, ends = PcscSlot(name_of(0)), time.monotonic() + 20
    while isinstance(contact := slot.connect(), Lost):
        assert time.monotonic() < ends, contact
        time.sleep(0.02)
    contact.release()
    return spoken_in(slot, "powertill-cpu", wanted)


def spoken_in(slot, name, wanted):
    holder = keys(TRAINING_SEED)

    def ask(step, box):
        box.put(holder.answer(step) if isinstance(step, Ask) else Noted())

    begin = lambda atr: write_card(profile_named(name), atr, wanted)  # noqa: E731 - short
    return Session(slot, begin, ask, time.monotonic).hold()


def loaded(file, name="powertill-cpu"):
    """What a meter takes of the card in the file."""
    holder = keys(TRAINING_SEED)
    card = load(file).card(holder, random.Random(1).randbytes)
    return meter(name, holder=holder).insert(card).added


def test_without_a_reader_the_answer_is_no(file, capsys, reader):
    reader.close()
    assert main(["card-sim", *NEW, "--port", str(reader.port), str(file)]) == 1
    assert "cure: start pcscd with the driver vsmartcard-vpcd" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ([], "--profile and --serial"),
        (["--profile", "sle4442", "--serial", "A1"], "--serial: a serial of sle4442 has 16"),
        (["--serial", "G1"], "--serial"),
        (["--profile", "none"], "--profile"),
        (["--system", "1"], "--system"),
        (["--key-version", "0"], "--key-version"),
        (["--port", "0"], "--port"),
        ([*NEW, "--line", "/dev/null"], "--line /dev/null: there is a file already"),
        ([*NEW, "--line", "/none/reader"], "--line /none/reader"),
        (["--exchange", "block"], "--exchange"),
        (["--fault", "burn@1"], "--fault"),
        (["--fault", "tear"], "--fault"),
        (["--fault", "status@1"], "needs a status word"),
        (["--fault", "tear@1:F"], "must be a decimal number"),
        ([*NEW, "--key-file", "not-there"], "--key-file"),
    ],
)
def test_wrong_input_is_named(words, named, file, capsys):
    assert main(["card-sim", *words, str(file)]) == 2
    assert named in capsys.readouterr().err


@pytest.mark.parametrize(
    "spoiled",
    [{"profile": "none"}, {"serial": 7}, {"cells": {}}, {"cells": {"wallet": "00"}}, {"cells": None}],
    ids=str,
)
def test_a_file_that_is_no_card_is_refused_and_left_as_it_is(spoiled, file, capsys):
    main(["card-sim", *NEW, "--show", str(file)])
    text = json.dumps(json.loads(file.read_text()) | spoiled)
    file.write_text(text)
    assert main(["card-sim", "--show", str(file)]) == 2
    assert "is no virtual card" in capsys.readouterr().err
    assert file.read_text() == text


def test_a_card_whose_own_file_is_spoiled_is_no_card(file, capsys):
    main(["card-sim", *NEW, "--show", str(file)])
    found = json.loads(file.read_text())
    found["cells"]["card"] = "FF" * (len(found["cells"]["card"]) // 2)
    file.write_text(json.dumps(found))
    assert main(["card-sim", "--show", str(file)]) == 2
    assert "is no virtual card" in capsys.readouterr().err
