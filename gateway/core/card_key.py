"""Where master keys of cards stand among the vending keys: in groups of their own, one version after another.

    powertill-cpu.00000815.wallet, revision 2
    │             │        └ the purpose: internal, external, code, or the file that is sealed
    │             └ the region: the utility's number on the cards; 0 where a kind of card has none
    └ the kind of card

So the life of a vending key (two people, one transition table, the diary) is a card key's life too. What does
not fit is left at nothing: it has no base date, no key type, no expiry number and no limit.
"""

from __future__ import annotations

import re
from typing import Final

#: How a card's keys are made of it; of a vending key this is its DKGA.
CARD_ALGORITHMS: Final = ("aes", "3des")

#: A key version is one byte on the card, and none of the cards has the version 0.
VERSION_LAST: Final = 255

_GROUP: Final = re.compile(r"[a-z0-9-]{1,20}\.[0-9]{1,8}\.[a-z0-9_]{1,20}")


def is_card_group(text: str) -> bool:
    """Is it a group of card keys? A supply group has six digits, and no full stop."""
    return _GROUP.fullmatch(text) is not None


def card_group(profile: str, system: str, key: str) -> str:
    """Name the group of a card's master key."""
    return f"{profile}.{system or '0'}.{key}"


def parts_of(group: str) -> tuple[str, str, str]:
    """Give kind of card, region and purpose of a group of card keys."""
    profile, system, key = group.split(".")
    return profile, system, key
