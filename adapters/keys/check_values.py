"""By which check value people compare a key that is at hand, whatever it is for, and how long it must be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.keys import token_maker
from gateway.codecs.card.cipher import KEY_SIZE, SOFTWARE
from gateway.codecs.card.profile import profile_named
from gateway.codecs.sts.keys import OCTETS_OF_DKGA
from gateway.core.card_key import is_card_group, parts_of

if TYPE_CHECKING:
    from gateway.codecs.card.cipher import AesCipher, TdesCipher


def check_value_of(sgc: str, key: bytes) -> str:
    """Return the check value of a key of this group, or of a part of one: 6 upper-case hex digits."""
    return cipher_of(sgc).check_value(key) if is_card_group(sgc) else token_maker.check_value(key)


def octets_of(sgc: str, dkga: str) -> int:
    """Say how long a key of this group is."""
    return KEY_SIZE if is_card_group(sgc) else OCTETS_OF_DKGA[dkga]


def algorithm_of(group: str) -> str:
    """Say how cards' keys are made of a master key of this group."""
    return profile_named(parts_of(group)[0]).security.cipher


def cipher_of(group: str) -> AesCipher | TdesCipher:
    """Give the cipher of a group of card keys."""
    return SOFTWARE[algorithm_of(group)]
