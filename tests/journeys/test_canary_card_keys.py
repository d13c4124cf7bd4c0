"""Canary master keys of cards: loaded by two people, answered with, and nowhere in the clear.

A process answers a card from the place where a gateway keeps its keys, and is ended by an abort. Then every
file and every word is searched for master and key of the card; of a module, the memory of the process, too.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from gateway.codecs.card.cipher import SOFTWARE
from tests.daemon import ROOT, make_place
from tests.journeys.test_canary_keys import (
    IN_MODULE,
    PASSPHRASE,
    SEALED,
    assert_nowhere,
    is_in_memory,
    powertill,
    write,
)
from tests.softhsm import PIN, SoftHsm, is_installed

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("softhsm")]

CANARY = bytes.fromhex("c0ffee00dead5e1fcafe4b1d0ddba11f")
FIRST = bytes.fromhex("5ca1ab1e0b5e55ed5eed0fd15c0c0a57")
PARTS = {"a.hex": FIRST, "b.hex": bytes(x ^ y for x, y in zip(CANARY, FIRST, strict=True))}
KCV = SOFTWARE["aes"].check_value(CANARY)
SERIAL = "A1B2C3D4E5F60718"
OF_THE_CARD = SOFTWARE["aes"].card_key(CANARY, bytes.fromhex(SERIAL))
NAMED = ("--cards", "powertill-cpu.00000815.wallet", "--krn", "1")

_ANSWERING = f"""
import sys
from gateway.assembly.issuing import build_issuing
from gateway.assembly.key_watch import read_ring
from gateway.assembly.commands.open_books import open_views
from gateway.codecs.card.steps import Ask, Over, Purpose
from gateway.config import load_config
from adapters.keys.no_core import forbid_cores
from twisted.internet import reactor
from twisted.internet.defer import Deferred

forbid_cores()
config = load_config("powertill.toml")
with open_views(config) as views:
    ring = read_ring(views, ())
issuing = build_issuing(config, lambda: ring, reactor)

def answered(answer):
    print(repr(answer), "{{}} bytes".format(len(answer.value)), issuing, "powertill.keys", flush=True)

def ask():
    over = Over(bytes(8), bytes.fromhex("04D6830010"), bytes(8))
    one = Ask(Purpose.SEAL, "powertill-cpu", "{SERIAL}", 1, "wallet", 8, over, system="00000815")
    Deferred.fromCoroutine(issuing.card_keys.answer(one)).addCallback(answered)

issuing.start()
reactor.callWhenRunning(ask)
reactor.run(installSignalHandlers=False)
"""


def answered(place, *looks) -> str:
    """Answer a card in a process of its own, and end that by an abort; what it said."""
    path = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-u", "-c", _ANSWERING], cwd=place.folder, env=path,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as answering:  # fmt: skip
        assert answering.stdout is not None
        said = ""
        while "8 bytes" not in said:
            line = answering.stdout.readline()
            assert line, said
            said += line
        for look in looks:
            look(answering.pid)
        answering.send_signal(signal.SIGABRT)
        return said + answering.stdout.read()


def load(place, *first: str, second: tuple[str, ...]) -> str:
    said = powertill(place, "keys", "load", *NAMED, "--kcv", KCV, *first, "--as", "anna")
    return said + powertill(place, "keys", "approve", *NAMED, *second, "--as", "ben")


def test_a_master_key_of_cards_in_the_sealed_file_is_nowhere_in_the_clear(tmp_path):
    place = make_place(tmp_path / "place", 3, SEALED)
    write(place.folder / "passphrase", PASSPHRASE)
    for name, part in PARTS.items():
        write(place.folder / name, part.hex().encode())
    said = load(place, "--component-file", "a.hex", second=("--component-file", "b.hex"))
    said += answered(place) + powertill(place, "keys", "list")
    assert_nowhere(place, said, [CANARY, OF_THE_CARD, PASSPHRASE, *PARTS.values()])


@pytest.mark.skipif(not is_installed() and "POWERTILL_CI" not in os.environ, reason="no softhsm2 here")
def test_neither_master_nor_key_of_a_card_leaves_the_module_for_the_gateways_memory(tmp_path, monkeypatch):
    place = make_place(tmp_path / "place", 3, IN_MODULE)
    hsm = SoftHsm(place.folder)
    hsm.add_card_key("wallets", CANARY, "aes")
    for name, text in hsm.environment.items():
        monkeypatch.setenv(name, text)
    write(place.folder / "pin", PIN.encode())
    said = load(place, "--keeper", "pkcs11", "--label", "wallets", second=("--kcv", KCV))
    seen: list[bool] = []
    looks = [lambda pid, key=key: seen.append(is_in_memory(pid, key)) for key in (CANARY, OF_THE_CARD)]
    said += answered(place, *looks)
    assert seen == [False, False]
    assert_nowhere(place, said, [CANARY, OF_THE_CARD, PIN.encode()])
