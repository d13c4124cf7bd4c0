"""Who answers cards, over the sealed file and over a PKCS#11 module: the virtual card judges them."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from adapters.keys.card_keys import KeptCardKeys
from adapters.keys.passphrase import MEMORY_KIB_MIN, Argon2Cost
from adapters.keys.pkcs11 import Pkcs11Keys
from adapters.keys.sealed_file import SealedFile
from adapters.keys.sealed_shelf import SealedShelf
from gateway.codecs.card.answering import Act, Made
from gateway.codecs.card.dialogue import read_card, write_card
from gateway.codecs.card.profile import PROFILES, Told, profile_named
from gateway.codecs.card.steps import Ask, Granted, Lost, Over, Purpose, Read, Written
from gateway.core.key_ring import KeyKeeper, KeyRing, KeyState
from tests.card_masters import NOW_US, carried_out, group_of, label_of, masters, revision
from tests.cards import SERIAL, SYSTEM, blank, keys, loading
from tests.softhsm import LABEL, MODULE, PIN, SoftHsm, is_installed

pytestmark = [
    pytest.mark.skipif(not is_installed(), reason="softhsm2 is not installed"),
    pytest.mark.xdist_group("softhsm"),
]

PASSPHRASE = b"four words of a list"
WALLET = (group_of("powertill-cpu", "wallet"), 1)


class Kept:
    """Master keys in one of the two places, and who answers with them."""

    def __init__(self, keeper):
        self.keeper = keeper
        self.kept = masters()
        self.revisions = {place: revision(place, key, keeper) for place, key in self.kept.items()}
        self.hsm: Any = None
        self.module: Any = None

    def say(self, place, **changes):
        """Let the books say something else of a key."""
        self.revisions[place] = revision(place, self.kept[place], self.keeper, **changes)

    def answer(self, ask):
        return Deferred.fromCoroutine(self.served.answer(ask))

    def serve(self, shelves, services):
        self.served = KeptCardKeys(
            lambda: KeyRing.of(self.revisions.values()), shelves, services, lambda: NOW_US
        )
        return self


def sealed(folder):
    kept, file = Kept(KeyKeeper.SEALED), folder / "keys.sealed"
    opened = SealedFile.begun(file, PASSPHRASE, Argon2Cost(MEMORY_KIB_MIN, 1, 1))
    for place, key in kept.kept.items():
        opened.keep_whole(place, key, ("anna", "ben"))
    return kept.serve({KeyKeeper.SEALED: SealedShelf(file, lambda: PASSPHRASE)}, {})


async def in_module(folder):
    kept, hsm = Kept(KeyKeeper.PKCS11), SoftHsm(folder)
    hsm.add_card_keys(
        *((label_of(place), key, kept.revisions[place].dkga, "derive") for place, key in kept.kept.items())
    )
    kept.hsm, kept.module = hsm, Pkcs11Keys(hsm.place(), PIN.encode, reactor)
    await kept.module.start()
    return kept.serve({}, {KeyKeeper.PKCS11: kept.module})


@pytest_twisted.async_yield_fixture(params=["sealed file", "PKCS#11 module"])
async def kept(request, tmp_path):
    served = sealed(tmp_path) if request.param == "sealed file" else await in_module(tmp_path)
    yield served
    if served.module is not None:
        await served.module.stop()


def ask(purpose, key, size, over=None, **changes):
    said = {"profile": "powertill-cpu", "serial": SERIAL, "key_version": 1, "system": SYSTEM} | changes
    return Ask(purpose, said["profile"], said["serial"], said["key_version"], key, size, over or Over(),
               system=said["system"])  # fmt: skip


def seal(body=bytes(8), **changes):
    return ask(Purpose.SEAL, "wallet", 8, Over(bytes(8), bytes.fromhex("04D6830010"), body), **changes)


@pytest.mark.parametrize("name", PROFILES)
@pytest_twisted.ensureDeferred
async def test_a_card_of_the_same_masters_is_written_and_read_back(kept, name):
    card, profile = blank(name), profile_named(name)
    outcome = await carried_out(write_card(profile, card.reset(), loading(1, "open")), card, kept.answer)
    assert isinstance(outcome, Written), outcome
    outcome = await carried_out(read_card(profile, card.reset()), card, kept.answer)
    assert isinstance(outcome, Read), outcome
    assert outcome.picture.wallet.count == 1


@pytest.mark.parametrize("name", PROFILES)
@pytest_twisted.ensureDeferred
async def test_a_card_of_other_masters_is_not_taken_for_genuine(kept, name):
    card = blank(name, holder=keys(seed=bytes(16)))
    outcome = await carried_out(
        write_card(profile_named(name), card.reset(), loading(1, "open")), card, kept.answer
    )
    told = Told.WRONG_CODE if name == "sle4442" else Told.NOT_GENUINE
    assert outcome.told is told


@pytest_twisted.ensureDeferred
async def test_both_make_what_the_key_management_centre_makes(kept):
    centre = keys()
    for name, mac_size, challenge in (("powertill-cpu", 8, 8), ("gdw365", 4, 4)):
        over = Over(bytes(range(challenge)), bytes.fromhex("04D6820010"), bytes(range(40)))
        system = SYSTEM if name == "powertill-cpu" else ""
        one = ask(Purpose.SEAL, "params", mac_size, over, profile=name, system=system)
        assert await kept.answer(one) == centre.answer(one)
        one = ask(Purpose.EXTERNAL, "external", 8, Over(bytes(range(8))), profile=name, system=system)
        assert await kept.answer(one) == centre.answer(one)


@pytest_twisted.ensureDeferred
async def test_of_what_a_card_has_made_only_whether_it_is_right_is_said(kept):
    right = (await kept.answer(seal())).value
    for end, said in ((right, Granted(b"\x01")), (bytes(8), Granted(b""))):
        over = Over(bytes(8), bytes.fromhex("04D6830010"), bytes(8) + end)
        assert await kept.answer(ask(Purpose.PROVE, "wallet", 8, over)) == said


@pytest_twisted.ensureDeferred
async def test_each_key_is_for_one_purpose_one_card_one_region_and_one_version(kept):
    here = await kept.answer(seal())
    other_card = await kept.answer(seal(serial=SERIAL[:-2] + "19"))
    assert isinstance(other_card, Granted)
    assert other_card != here
    for changes in ({"system": "00000816"}, {"system": ""}, {"key_version": 2}, {"key_version": 0}):
        assert (await kept.answer(seal(**changes))).told is Told.NO_KEYS


@pytest.mark.parametrize(
    "changes",
    [
        {"state": KeyState.PENDING},
        {"state": KeyState.WITHDRAWN},
        {"active_from_us": NOW_US + 1},
        {"issue_until_us": NOW_US},
        {"kcv": "FFFFFF"},
    ],
    ids=["pending", "withdrawn", "not begun", "ended", "another than was approved"],
)
@pytest_twisted.ensureDeferred
async def test_a_master_that_does_not_serve_answers_nothing(kept, changes):
    assert isinstance(await kept.answer(seal()), Granted)
    kept.say(WALLET, **changes)
    assert (await kept.answer(seal())).told is Told.NO_KEYS


@pytest.mark.parametrize(
    "asked",
    [
        ask(Purpose.SEAL, "wallet", 7, Over(bytes(8), b"", b"x")),
        ask(Purpose.SEAL, "wallet", 8, Over(bytes(7), b"", b"x")),
        ask(Purpose.SEAL, "wallet", 8, Over(bytes(8), b"", bytes(600))),
        ask(Purpose.SEAL, "internal", 8, Over(bytes(8), b"", b"x")),
        ask(Purpose.EXTERNAL, "wallet", 8, Over(bytes(8))),
        ask(Purpose.EXTERNAL, "external", 16, Over(bytes(16))),
        ask(Purpose.INTERNAL, "internal", 8, Over(bytes(8), body=b"")),
        ask(Purpose.PROVE, "wallet", 8, Over(bytes(8), b"", bytes(7))),
        ask(Purpose.CHALLENGE, "wallet", 4096),
        ask(Purpose.CODE, "code", 3),
        seal(serial="00"),
        seal(serial="../../../../"),
        seal(profile="no such card"),
        seal(system="x"),
    ],
    ids=range(14),
)
@pytest_twisted.ensureDeferred
async def test_what_no_dialogue_asks_is_not_answered(kept, asked):
    answer = await kept.answer(asked)
    assert isinstance(answer, Lost)
    assert answer.told is Told.NOT_AUTHORISED


@pytest_twisted.ensureDeferred
async def test_nothing_that_is_shown_has_a_key_in_it(kept, caplog):
    kept.say(WALLET, kcv="FFFFFF")
    said = repr(await kept.answer(seal())) + repr(vars(kept.served)) + repr(kept.served) + caplog.text
    for key in kept.kept.values():
        assert key.hex() not in said.lower()
        assert repr(key) not in said


# --- The module alone. ---


@pytest_twisted.async_yield_fixture
async def module(tmp_path):
    served = await in_module(tmp_path)
    yield served
    await served.module.stop()


@pytest_twisted.ensureDeferred
async def test_a_worker_that_is_killed_answers_again(module):
    before = await module.answer(seal())
    pid = module.module.pid
    os.kill(pid, signal.SIGKILL)
    assert await module.answer(seal()) == before
    assert module.module.pid != pid


def test_a_key_of_a_card_is_destroyed_in_the_module_after_its_use(tmp_path):
    hsm = SoftHsm(tmp_path)
    hsm.add_card_key("wallet", bytes(range(16)), "aes")
    script = textwrap.dedent("""
        import sys
        from pkcs11 import Attribute, ObjectClass
        from adapters.keys.pkcs11_card import card_made
        from adapters.keys.pkcs11_worker import Token
        token = Token(*sys.argv[1:3], sys.argv[3].encode())
        words = {"card": "aes", "blocks": "01" * 16, "act": "mac", "message": "00", "octets": 8}
        token.made("wallet", lambda master: [card_made(master, words) for _ in range(20)][0])
        print(len(list(token._session.get_objects({Attribute.CLASS: ObjectClass.SECRET_KEY}))))
    """)
    words = [sys.executable, "-c", script, str(MODULE), LABEL, PIN]
    path = {**os.environ, **hsm.environment, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(words, env=path, capture_output=True, text=True, check=True)
    assert done.stdout == "1\n", "the master, and none of the twenty"


@pytest.mark.parametrize(
    ("may", "wrong"),
    [
        ("derive leave", "may leave the PKCS#11 token"),
        ("derive shown", "may leave the PKCS#11 token"),
        ("sign", "does not let this key be used"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_master_that_the_module_does_not_guard_is_refused(module, may, wrong):
    place = (group_of("powertill-cpu", "wallet"), 2)
    module.hsm.add_card_key(may, bytes(range(16)), "aes", may)
    module.kept[place] = bytes(range(16))
    module.say(place, label=may)
    answer = await module.answer(seal(key_version=2))
    assert answer.told is Told.NO_KEYS
    assert wrong in answer.detail
    assert isinstance(await module.answer(seal()), Granted)


PUBLISHED = [
    vector
    for vector in json.loads((Path(__file__).parents[1] / "vectors/cards.json").read_text())["cmac"]
    if vector["cipher"] == "aes" or vector["key"][:16] == vector["key"][32:]
]


@pytest.mark.parametrize("vector", PUBLISHED, ids=[vector["source"] for vector in PUBLISHED])
@pytest_twisted.ensureDeferred
async def test_a_published_mac_is_made_with_a_derived_key(module, vector):
    """The published key is what a master makes of some blocks: itself, deciphered with that master."""
    master, key = bytes(range(16)), bytes.fromhex(vector["key"])[:16]
    is_aes = vector["cipher"] == "aes"
    of_master = AES(master) if is_aes else TripleDES(master + master[:8])
    name = "powertill-cpu" if is_aes else "gdw365"
    undo = Cipher(of_master, modes.ECB()).decryptor()  # noqa: S305 - one block at a time
    blocks = undo.update(key) + undo.finalize()
    module.hsm.add_card_key("published", master, vector["cipher"])
    said = revision((group_of(name, "wallet"), 3), master, KeyKeeper.PKCS11, label="published")
    made = Made(Act.MAC, bytes.fromhex(vector["message"]), len(vector["mac"]) // 2)
    found = await Deferred.fromCoroutine(module.module.card_made(said, blocks, made))
    assert found.hex() == vector["mac"]
