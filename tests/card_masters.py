"""Master keys of cards for tests, made by a key management centre of the tests."""

from __future__ import annotations

from typing import Any

from gateway.codecs.card.answering import keys_of
from gateway.codecs.card.cipher import SOFTWARE
from gateway.codecs.card.profile import PROFILES, profile_named
from gateway.codecs.card.steps import Ask, Noted, Transmit
from gateway.core.card_key import card_group
from gateway.core.key_ring import KeyKeeper, KeyRevision, KeyRing, KeyState
from gateway.simulators.card.desk import transmitted
from tests.cards import SYSTEM, keys

NOW_US = 1_000_000


def group_of(profile, key):
    return card_group(profile, SYSTEM if profile_named(profile).system else "", key)


def masters(versions=(1,)):
    """Every master key that the virtual cards of the tests are made of, by its place."""
    centre = keys(versions=frozenset(versions))
    return {
        (group_of(name, key), version): centre.master(name, key, version)
        for name in PROFILES
        for key in keys_of(profile_named(name))
        for version in versions
    }


def label_of(place):
    return f"{place[0]}/{place[1]}"


def revision(place, master, keeper=KeyKeeper.SEALED, **changes):
    """What the books say of a master key that two people have brought."""
    cipher = profile_named(place[0].split(".")[0]).security.cipher
    usual: dict[str, Any] = {
        "kt": 0, "base_date": 0, "dkga": cipher, "kcv": SOFTWARE[cipher].check_value(master),
        "label": label_of(place) if keeper is KeyKeeper.PKCS11 else "", "state": KeyState.APPROVED,
        "keeper": keeper,
    }  # fmt: skip
    return KeyRevision(*place, **(usual | changes))


def ring(keeper=KeyKeeper.SEALED, versions=(1,)):
    return KeyRing.of(revision(place, master, keeper) for place, master in masters(versions).items())


async def carried_out(dialogue, card, answer):
    """Bring a dialogue to its end; ``answer`` has the keys and may wait."""
    while dialogue.step is not None:
        step = dialogue.step
        if isinstance(step, Ask):
            dialogue.answer(await answer(step))
        else:
            dialogue.answer(transmitted(step, card) if isinstance(step, Transmit) else Noted())
    return dialogue.outcome
