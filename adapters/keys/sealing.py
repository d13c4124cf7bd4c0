"""How the records of a sealed key file are sealed and opened: AES-256-GCM, each bound to what it is."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.keys.component import KEY_LENGTHS
from adapters.keys.passphrase import SALT_OCTETS, refuse_weak, sealing_key
from adapters.keys.sealed_document import (
    FORMAT,
    NONCE_OCTETS,
    VERSION,
    Document,
    Part,
    Record,
    Sealed,
    SealedFileFault,
    SealedFileWhy,
)

if TYPE_CHECKING:
    from adapters.keys.passphrase import Argon2Cost
    from adapters.keys.sealed_document import Place

_CHECK_WORDS: Final = b"the passphrase is right"
_UNSEALED: Final = Sealed(b"", b"")


class Seal:
    """The key that a passphrase became, and shows nothing of."""

    def __init__(self, passphrase: bytes, salt: bytes, cost: Argon2Cost) -> None:
        self._cipher = AESGCM(sealing_key(passphrase, salt, cost))

    def __repr__(self) -> str:
        return "Seal(****)"

    def prove(self, document: Document) -> None:
        """Refuse a passphrase that is not the document's, then a document of which a record was altered.

        SealedFileFault: WRONG_PASSPHRASE, DAMAGED.
        """
        try:
            check = document.check
            self._cipher.decrypt(check.nonce, check.octets, _head(document.salt, document.cost))
        except InvalidTag:
            raise SealedFileFault(SealedFileWhy.WRONG_PASSPHRASE) from None
        places = {record.place for record in document.records}
        lengths = {len(self.opened(record)) for record in document.records}
        if len(places) < len(document.records) or not lengths <= KEY_LENGTHS:
            raise SealedFileFault(SealedFileWhy.DAMAGED)

    def opened(self, record: Record) -> bytes:
        """Return the key or component of a record; SealedFileFault (DAMAGED) for one that was altered."""
        try:
            return self._cipher.decrypt(record.sealed.nonce, record.sealed.octets, _bound(record))
        except InvalidTag:
            raise SealedFileFault(SealedFileWhy.DAMAGED) from None

    def sealed(self, place: Place, part: Part, people: tuple[str, ...], octets: bytes) -> Record:
        """Make a record. The nonce is drawn: of a few thousand under one key no two are ever the same."""
        record = Record(*place, part, people, _UNSEALED)
        return replace(record, sealed=self._seal(octets, _bound(record)))

    def check(self, salt: bytes, cost: Argon2Cost) -> Sealed:
        """Make what tells the right passphrase from a wrong one."""
        return self._seal(_CHECK_WORDS, _head(salt, cost))

    def _seal(self, octets: bytes, bound_to: bytes) -> Sealed:
        nonce = os.urandom(NONCE_OCTETS)
        return Sealed(nonce, self._cipher.encrypt(nonce, octets, bound_to))


def new_seal(passphrase: bytes, cost: Argon2Cost) -> tuple[Seal, Document]:
    """Make the seal of a passphrase and the empty document that it opens; PassphraseTooShort."""
    refuse_weak(passphrase)
    salt = os.urandom(SALT_OCTETS)
    seal = Seal(passphrase, salt, cost)
    return seal, Document(cost, salt, seal.check(salt, cost), ())


def _bound(record: Record) -> bytes:
    """What a record is bound to; before each word stands its length, so that no two lists read alike."""
    words = (f"{FORMAT}/{VERSION}", record.sgc, str(record.krn), record.part.value, *record.people)
    return "".join(f"{len(word)}:{word}" for word in words).encode()


def _head(salt: bytes, cost: Argon2Cost) -> bytes:
    return f"{FORMAT}/{VERSION}|{cost.memory_kib}|{cost.passes}|{cost.lanes}|{salt.hex()}".encode()
