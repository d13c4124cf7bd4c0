"""The gateway's checks in words: what each is of, and what it says, in the reader's language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from admin_web.told import told
from admin_web.words import msg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from admin_web.words import Words
    from gateway.endpoints.health import Check

_NAMES: Final[Mapping[str, str]] = {
    "ledger": msg("Ledger"),
    "outbox": msg("Notices"),
    "tariffs": msg("Tariffs"),
    "keys": msg("Vending keys"),
    "keys.sealed": msg("The sealed file"),
    "keys.pkcs11": msg("The security module"),
    "health": msg("The checks"),
}

_BANK: Final = re.compile(r"bank\.([^.]+)(\.soap)?")


@dataclass(frozen=True, slots=True)
class SaidOfCheck:
    """What a check says to a reader. ``is_raw``: it is no sentence that is known, so it stays in English."""

    text: str
    is_raw: bool = False


def check_name(words: Words, check: Check) -> str:
    """Say what a check is of; one of a newer gateway keeps its name."""
    bank = _BANK.fullmatch(check.name)
    if bank is not None:
        way = "SOAP" if bank[2] else "ISO 8583"
        return words.say(msg("Bank %(code)s, %(way)s"), code=bank[1], way=way)
    return words.say(_NAMES[check.name]) if check.name in _NAMES else check.name


def said_of(words: Words, text: str) -> SaidOfCheck:
    """Say a sentence of the gateway, or keep it in English."""
    said = told(words, text)
    return SaidOfCheck(text, is_raw=True) if said is None else SaidOfCheck(said)
