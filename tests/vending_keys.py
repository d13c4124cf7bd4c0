"""Vending keys for tests: revisions around noon, two parts that make the public test key, a store."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from datetime import timedelta
from typing import Any

from gateway.core.books import Books
from gateway.core.key_life import KnownGroup, MetersAlike, SupplyGroup, VendingKey
from gateway.core.key_ring import KeyKeeper, KeyRevision
from gateway.core.office_books import OfficeChange
from gateway.core.timeline import microseconds
from tests.builders import NOON, SUPPLY_GROUP, VENDING_KEY

DAY = timedelta(days=1)
#: What anna brings; ben's part is what is missing to the key.
ANNA_S = bytes.fromhex("00112233445566778899aabbccddeeff00112233")
BEN_S = bytes(one ^ other for one, other in zip(ANNA_S, VENDING_KEY, strict=True))


def kcv(octets: bytes) -> str:
    """The check value of a key of 20 octets, by the library alone."""
    return hmac.digest(octets, bytes(8), hashlib.sha256)[:3].hex().upper()


KCV = kcv(VENDING_KEY)


def revision(krn: int = 2, days: float = 10, **changes: Any) -> KeyRevision:
    """A key of the sealed file that is used from so many days behind noon on."""
    usual = KeyRevision(
        sgc=SUPPLY_GROUP,
        krn=krn,
        kt=2,
        base_date=2014,
        active_from_us=microseconds(NOON + days * DAY),
        kcv=KCV,
        keeper=KeyKeeper.SEALED,
    )
    return replace(usual, **changes)


def loaded(krn: int = 2, days: float = 10, **changes: Any) -> VendingKey:
    return VendingKey.loaded(revision(krn, days, **changes), "anna", NOON - DAY)


def approved(krn: int = 1, days: float = -30, **changes: Any) -> VendingKey:
    return loaded(krn, days, **changes).approved("ben", NOON - DAY / 2)


def withdrawn(key: VendingKey) -> VendingKey:
    return key.withdrawn("carol", NOON, "a slip")


def alike(count: int = 5, krn: int = 1, ea: str = "11", base_date: int = 2014) -> MetersAlike:
    return MetersAlike(ea, krn, 2, base_date, count)


class MemoryKeys:
    """Keys on a list, and the commands about them on books alone; nothing stays of what ``keep`` refuses."""

    def __init__(self, *keys: VendingKey, meters: tuple[MetersAlike, ...] = (alike(),), zone: Any = None):
        self.keys = [replace(key, id=place) for place, key in enumerate(keys, start=1)]
        self.groups = [SupplyGroup(SUPPLY_GROUP, "East")]
        self._meters = meters
        self._zone = zone
        self.told = ""

    def post(self, command, now=NOON):
        books = Books()
        books.office.next_key = max((key.id for key in self.keys), default=0) + 1
        for sgc in command.needs().office.groups:
            books.office.groups[sgc] = self._known(sgc)
        decision = command.decide(books, now)
        assert not decision.remembered
        self.told = decision.told
        change = decision.office or OfficeChange()
        if change.keep is not None:
            change.keep()
        for key in change.keys:
            self.keys = [*(one for one in self.keys if one.id != key.id), key]
        for known in change.groups:
            assert known.group is not None
            self.groups = [*(one for one in self.groups if one.sgc != known.sgc), known.group]
        return decision.content

    def _known(self, sgc):
        mine = tuple(key for key in self.keys if key.revision.sgc == sgc)
        group = next((one for one in self.groups if one.sgc == sgc), None)
        return KnownGroup(sgc, group, self._zone, mine, self._meters if mine or group else ())
