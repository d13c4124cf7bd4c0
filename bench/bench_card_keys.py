"""How fast cards are answered: MACs by keys of single cards, and all answers of one sale, one after another.

Both ways: masters in the sealed file, and in a PKCS#11 module behind its worker (SoftHSM; one of hardware
takes as long as its maker says). The card is virtual, and its own time is not counted.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, DeferredList

from adapters.keys.card_keys import KeptCardKeys
from adapters.keys.pkcs11 import Pkcs11Keys
from adapters.keys.sealed_file import SealedFile
from adapters.keys.sealed_shelf import SealedShelf
from bench.figures import Findings
from bench.on_reactor import on_reactor
from gateway.codecs.card.dialogue import write_card
from gateway.codecs.card.profile import profile_named
from gateway.codecs.card.steps import Ask, Granted, Over, Purpose, Written
from gateway.core.key_ring import KeyKeeper
from tests.card_masters import NOW_US, carried_out, label_of, masters, ring
from tests.cards import SYSTEM, blank, loading
from tests.softhsm import PIN, SoftHsm, is_installed

if TYPE_CHECKING:
    from bench.figures import Effort

PROFILE = "powertill-cpu"
ROUNDS = 3
"""The best of three rounds counts: what the machine does beside us is not our speed."""

ANSWERS = 4_000
SALES = 100
AT_ONCE = 50
_PASSPHRASE = b"a passphrase of the bench"


def run(_effort: Effort) -> Findings:
    """Answer 4,000 questions and 100 sales each way."""
    found = Findings()
    found.notes.append(f"cards: {PROFILE}; a sale reads, writes and reads back")
    with tempfile.TemporaryDirectory() as folder:
        found.figures.update(on_reactor(lambda reactor: _measured(Path(folder), reactor)))
    if not is_installed():
        found.notes.append("cards: no SoftHSM is installed, so nothing is said of PKCS#11")
    return found


async def _measured(folder: Path, reactor: Any) -> dict[str, float]:
    file = folder / "keys.sealed"
    opened, kept = SealedFile.begun(file, _PASSPHRASE), _masters()
    for place, master in kept.items():
        opened.keep_whole(place, master, ("anna", "ben"))
    shelf = SealedShelf(file, lambda: _PASSPHRASE)
    in_file = ring(KeyKeeper.SEALED)
    sealed = KeptCardKeys(lambda: in_file, {KeyKeeper.SEALED: shelf}, {}, lambda: NOW_US)
    figures = await _speeds("sealed", sealed)
    if not is_installed():
        return figures
    hsm = SoftHsm(folder)
    hsm.add_card_keys(*((label_of(place), master, "aes", "derive") for place, master in kept.items()))
    module = Pkcs11Keys(hsm.place(), PIN.encode, reactor)
    await module.start()
    in_module = ring(KeyKeeper.PKCS11)
    try:
        answering = KeptCardKeys(lambda: in_module, {}, {KeyKeeper.PKCS11: module}, lambda: NOW_US)
        return figures | await _speeds("pkcs11", answering)
    finally:
        await module.stop()


def _masters() -> dict[tuple[str, int], bytes]:
    return {place: master for place, master in masters().items() if place[0].startswith(PROFILE)}


async def _speeds(way: str, keys: KeptCardKeys) -> dict[str, float]:
    round_s = min([await _round_s(keys) for _ in range(ROUNDS)])
    sales_s = [await _sale_s(keys, f"{serial:016X}") for serial in range(SALES)]
    return {
        f"card_answers_{way}_per_s": ANSWERS / round_s,
        f"card_sale_{way}_ms": 1000 * median(sales_s),
        f"card_sale_{way}_slowest_ms": 1000 * max(sales_s),
    }


async def _round_s(keys: KeptCardKeys) -> float:
    """Return the seconds of a round, with some questions under way at once as many stations ask them."""
    began = time.perf_counter()
    for first in range(0, ANSWERS, AT_ONCE):
        asked = [Deferred.fromCoroutine(keys.answer(_seal(one))) for one in range(first, first + AT_ONCE)]
        for is_answered, answer in await DeferredList(asked):
            assert is_answered, answer
            assert isinstance(answer, Granted), answer
    return time.perf_counter() - began


async def _sale_s(keys: KeptCardKeys, serial: str) -> float:
    """Return the seconds that all answers of one sale take together."""
    spent = 0.0

    async def answer(ask: Ask) -> object:
        nonlocal spent
        began = time.perf_counter()
        found = await keys.answer(ask)
        spent += time.perf_counter() - began
        return found

    card = blank(PROFILE, serial)
    dialogue = write_card(profile_named(PROFILE), card.reset(), loading(1, "open", serial=serial))
    outcome = await carried_out(dialogue, card, answer)
    assert isinstance(outcome, Written), outcome
    return spent


def _seal(serial: int) -> Ask:
    over = Over(bytes(8), bytes.fromhex("04D6830010"), serial.to_bytes(8, "big"))
    return Ask(Purpose.SEAL, PROFILE, f"{serial:016X}", 1, "wallet", 8, over, system=SYSTEM)
