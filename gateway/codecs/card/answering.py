"""From a question of a dialogue to its answer, for whoever has the keys: what is made, and what is said.

    ask ──made_for──► Made: CRYPTOGRAM or MAC, over which bytes, of what size
                        │   by software, or inside a module that keeps the card's key to itself
                        ▼
          bytes ──answered──► Granted: the bytes (EXTERNAL, SEAL, CODE), or yes or no (INTERNAL, PROVE)

The keys of a card are told apart by what they are for, and a key does nothing else: whoever could have a
challenge of the card answered with the key of the wallet could also seal a wallet.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Final, Protocol

from gateway.codecs.card.profile import PROFILES, Kind, profile_named
from gateway.codecs.card.steps import Granted, Purpose

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from gateway.codecs.card.profile import Profile
    from gateway.codecs.card.steps import Ask, Lost

YES, NO = b"\x01", b""
INTERNAL, EXTERNAL, CODE = "internal", "external", "code"

MESSAGE_MAX: Final = 512
"""Bytes under one MAC: a command has 255 at most, a record of a memory card its 256."""

_CODE_MESSAGE: Final = b"code"
_SERIAL: Final = re.compile(r"[0-9A-F]+")
_SYSTEM: Final = re.compile(r"[0-9]{0,8}")


class CardKeys(Protocol):
    """Whoever has the masters of cards: he answers, and never gives a key."""

    def answer(self, ask: Ask) -> Awaitable[Granted | Lost]:
        """Answer a question of a dialogue; Lost where nobody has that key now, or the question is none."""


class Act(Enum):
    """What is done with a card's key."""

    CRYPTOGRAM = "cryptogram"
    MAC = "mac"


@dataclass(frozen=True, slots=True)
class Made:
    """What has to be made with a card's key."""

    act: Act
    message: bytes = field(repr=False)
    size: int


def keys_of(profile: Profile) -> tuple[str, ...]:
    """Name the keys that cards of a profile have: one for each purpose, and for each file that is sealed."""
    own = (CODE,) if profile.kind is Kind.MEMORY else (INTERNAL, EXTERNAL)
    return (*own, *(file.name for file in profile.files if file.is_sealed or file.update == "sealed"))


def fits(ask: Ask) -> bool:
    """Could a dialogue ask this? Key, sizes and serial are as the profile has them."""
    if ask.profile not in PROFILES:
        return False
    profile = profile_named(ask.profile)
    challenge = {
        Purpose.INTERNAL: ask.size,
        Purpose.EXTERNAL: ask.size,
        Purpose.SEAL: profile.security.challenge_size,
        Purpose.PROVE: profile.security.challenge_size,
    }
    body_min = ask.size if ask.purpose in (Purpose.INTERNAL, Purpose.PROVE) else 0
    return (
        _sizes(profile.name).get((ask.purpose, ask.key)) == ask.size
        and len(ask.over.challenge) == challenge.get(ask.purpose, 0)
        and body_min <= len(ask.over.body)
        and len(ask.over.message) <= MESSAGE_MAX
        and _SERIAL.fullmatch(ask.serial) is not None
        and _SYSTEM.fullmatch(ask.system) is not None
        and len(ask.serial) == 2 * profile.serial.size
    )


@cache
def _sizes(name: str) -> dict[tuple[Purpose, str], int]:
    """Give the size of each question's answer; a challenge of no bytes is never asked for."""
    profile = profile_named(name)
    security = profile.security
    sizes = {(Purpose.CODE, CODE): security.code_size}
    if security.internal is not None and security.external is not None:
        sizes = {
            (Purpose.CHALLENGE, INTERNAL): security.internal.size,
            (Purpose.INTERNAL, INTERNAL): security.internal.size,
            (Purpose.EXTERNAL, EXTERNAL): security.external.size,
        }
    for key in set(keys_of(profile)) - {INTERNAL, EXTERNAL, CODE}:
        sizes[Purpose.SEAL, key] = sizes[Purpose.PROVE, key] = security.mac_size
        if security.challenge_size:
            sizes[Purpose.CHALLENGE, key] = security.challenge_size
    return sizes


def made_for(ask: Ask) -> Made:
    """Say what has to be made to answer; a challenge is drawn, and made with no key."""
    match ask.purpose:
        case Purpose.INTERNAL | Purpose.EXTERNAL:
            return Made(Act.CRYPTOGRAM, ask.over.challenge, ask.size)
        case Purpose.PROVE:
            return Made(Act.MAC, ask.over.message[: -ask.size], ask.size)
        case Purpose.CODE:
            return Made(Act.MAC, _CODE_MESSAGE, ask.size)
        case _:
            return Made(Act.MAC, ask.over.message, ask.size)


def answered(ask: Ask, made: bytes) -> Granted:
    """Answer with what was made; of what the card has made only whether it is right is said."""
    if ask.purpose is Purpose.INTERNAL:
        return Granted(YES if hmac.compare_digest(made, ask.over.body) else NO)
    if ask.purpose is Purpose.PROVE:
        return Granted(YES if hmac.compare_digest(made, ask.over.message[-ask.size :]) else NO)
    return Granted(made)
