"""Answers to cards from master keys wherever they are kept: ``CardKeys`` over the keepers of vending keys.

    ask ── fits? ── a master that serves? ── is it the one people agreed on? ──► made, answered

From the sealed file the master is taken for one answer; the key of the card is made, used and forgotten. A
PKCS#11 module derives the key of the card inside and gives the MAC or the cryptogram. Before anything is made
the master is compared with its check value: that of a module once for each revision, that of a shelf each
time.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from adapters.keys.check_values import cipher_of
from gateway.codecs.card.answering import Act, answered, fits, made_for
from gateway.codecs.card.profile import Told
from gateway.codecs.card.steps import Granted, Lost, Purpose
from gateway.core.card_key import card_group
from gateway.core.token import IssuerRefusal, IssuerRefusalWhy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from adapters.keys.keepers import CardService, KeyShelf
    from gateway.codecs.card.answering import Made
    from gateway.codecs.card.steps import Ask
    from gateway.core.key_ring import KeyKeeper, KeyRevision, KeyRing


class KeptCardKeys:
    """A ``CardKeys`` that shows no key; ``ring`` is asked anew for each question, ``now_us`` is the time."""

    def __init__(
        self,
        ring: Callable[[], KeyRing],
        shelves: Mapping[KeyKeeper, KeyShelf],
        services: Mapping[KeyKeeper, CardService],
        now_us: Callable[[], int],
        dice: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._ring = ring
        self._shelves = shelves
        self._services = services
        self._now_us = now_us
        self._dice = dice
        self._proved: dict[tuple[str, int], KeyRevision] = {}

    def __repr__(self) -> str:
        """Show how many masters of modules were compared, and no key."""
        return f"KeptCardKeys({len(self._proved)} compared)"

    async def answer(self, ask: Ask) -> Granted | Lost:
        """Answer a question of a dialogue.

        Lost: NOT_AUTHORISED for what no dialogue asks; NO_KEYS where there is no such master, it is not
        approved, not begun, ended or another than was approved, or its module does not answer.
        """
        if not fits(ask):
            return Lost(Told.NOT_AUTHORISED, "no dialogue with this kind of card asks that")
        group = card_group(ask.profile, ask.system, ask.key)
        revision = self._ring().card_key(group, ask.key_version, self._now_us())
        if revision is None:
            return Lost(Told.NO_KEYS, f"no key serves as {group}, revision {ask.key_version}")
        if ask.purpose is Purpose.CHALLENGE:
            return Granted(self._dice(ask.size))
        try:
            return answered(ask, await self._made(revision, bytes.fromhex(ask.serial), made_for(ask)))
        except IssuerRefusal as refusal:
            return Lost(Told.NO_KEYS, f"{group}, revision {ask.key_version}: {refusal}")

    async def _made(self, revision: KeyRevision, serial: bytes, made: Made) -> bytes:
        cipher = cipher_of(revision.sgc)
        service = self._services.get(revision.keeper)
        if service is not None:
            if self._proved.get(revision.place) != revision:
                self._compare(revision, await service.check_value(revision))
                self._proved[revision.place] = revision
            return await service.card_made(revision, cipher.blocks(serial), made)
        shelf = self._shelves.get(revision.keeper)
        master = None if shelf is None else shelf.key(*revision.place)
        if master is None:
            raise IssuerRefusal(IssuerRefusalWhy.NO_KEY)
        self._compare(revision, cipher.check_value(master))
        key = cipher.card_key(master, serial)
        if made.act is Act.MAC:
            return cipher.mac(key, made.message, made.size)
        return cipher.cryptogram(key, made.message)

    def _compare(self, revision: KeyRevision, check_value: str) -> None:
        if check_value != revision.kcv.upper():
            raise IssuerRefusal(IssuerRefusalWhy.WRONG_KEY)
