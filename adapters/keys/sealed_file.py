"""Vending keys in a file that is sealed with a passphrase, each brought by two people in two parts.

    ann brings component 1 ──► pending        nothing is made with it; its check value is read back to her
    bob brings component 2 ──► key = 1 xor 2  its check value is compared with the one from the key centre

Neither of the two, nor whoever has the passphrase, can make a token from one part: it is as good as noise.
Each record is sealed by itself (AES-256-GCM), bound to its place, its part and the people who brought it, so
none can be moved to another place. What this does not keep out: whoever reads the memory of the gateway.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from adapters.keys.component import (
    ComponentRefusal,
    ComponentRefusalWhy,
    joined,
    refuse_component,
    refuse_second_person,
)
from adapters.keys.passphrase import RECOMMENDED, Argon2Cost
from adapters.keys.sealed_document import (
    RECORDS_MAX,
    Document,
    Part,
    Record,
    SealedFileFault,
    SealedFileWhy,
    read_document,
    write_document,
)
from adapters.keys.sealing import Seal, new_seal
from adapters.keys.token_maker import check_value


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of a component: ``kcv`` is its own check value, or that of the key when it ``is_whole``."""

    kcv: str
    is_whole: bool


@dataclass(frozen=True, slots=True)
class KeptKey:
    """A line of the file's table of contents."""

    sgc: str
    krn: int
    is_whole: bool
    people: tuple[str, ...]
    kcv: str


class SealedFile:
    """A shelf of vending keys over a sealed file. It holds the sealing key, and opens a record when asked.

    Every change is on the disk when the call returns. Whoever holds the file open goes on seeing what he
    saw: ``reread`` shows him what others have done.
    """

    def __init__(self, file: Path, seal: Seal, document: Document) -> None:
        self._file = file
        self._seal = seal
        self._document = document

    def __repr__(self) -> str:
        """Show the file and how many records it has."""
        return f"SealedFile({self._file}, {len(self._document.records)} records)"

    @classmethod
    def create(cls, file: Path, passphrase: bytes, cost: Argon2Cost = RECOMMENDED) -> Self:
        """Make a new file without keys. PassphraseTooShort; SealedFileFault: EXISTS, UNREADABLE."""
        seal, document = new_seal(passphrase, cost)
        return cls(_real(file), seal, write_document(_real(file), document))

    @classmethod
    def open(cls, file: Path, passphrase: bytes) -> Self:
        """Open a file and prove every record in it; it takes a fraction of a second, and blocks.

        SealedFileFault: MISSING, UNREADABLE, OPEN_TO_OTHERS, NOT_OURS, DAMAGED, WRONG_PASSPHRASE.
        """
        document = read_document(_real(file))
        seal = Seal(passphrase, document.salt, document.cost)
        seal.prove(document)
        return cls(_real(file), seal, document)

    def reread(self) -> None:
        """See what others did. SealedFileFault; WRONG_PASSPHRASE when the file has another one now."""
        document = read_document(self._file)
        self._seal.prove(document)
        self._document = document

    def key(self, sgc: str, krn: int) -> bytes | None:
        """Return the vending key of a place; None where there is none, or only one of its parts."""
        record = self._record(sgc, krn)
        return self._seal.opened(record) if record is not None and record.part is Part.WHOLE else None

    def contents(self) -> tuple[KeptKey, ...]:
        """List what is in the file, with check values and without keys."""
        return tuple(
            KeptKey(*record.place, record.part is Part.WHOLE, record.people, self._check_value(record))
            for record in self._document.records
        )

    def load_component(self, sgc: str, krn: int, octets: bytes, person: str) -> Loaded:
        """Take one of the two components of a key; the second makes it whole.

        ComponentRefusal for every reason there is; SealedFileFault: CHANGED, FULL, UNREADABLE.
        """
        refuse_component(sgc, krn, octets, person)
        first = self._record(sgc, krn)
        if first is None:
            if len(self._document.records) >= RECORDS_MAX:
                raise SealedFileFault(SealedFileWhy.FULL)
            return self._keep(self._seal.sealed((sgc, krn), Part.FIRST, (person,), octets))
        if first.part is Part.WHOLE:
            raise ComponentRefusal(ComponentRefusalWhy.HELD)
        refuse_second_person(first, person)
        key = joined(self._seal.opened(first), octets)
        return self._keep(self._seal.sealed((sgc, krn), Part.WHOLE, (*first.people, person), key))

    def remove(self, sgc: str, krn: int) -> bool:
        """Take a key or a pending component away; was there one? SealedFileFault: CHANGED, UNREADABLE."""
        kept = tuple(record for record in self._document.records if record.place != (sgc, krn))
        if len(kept) == len(self._document.records):
            return False
        self._write(self._document, kept)
        return True

    def rekey(self, passphrase: bytes, cost: Argon2Cost = RECOMMENDED) -> None:
        """Seal everything anew with another passphrase; older copies of the file keep the older one.

        PassphraseTooShort; SealedFileFault: CHANGED, UNREADABLE.
        """
        seal, empty = new_seal(passphrase, cost)
        records = tuple(
            seal.sealed(record.place, record.part, record.people, self._seal.opened(record))
            for record in self._document.records
        )
        self._write(replace(empty, digest=self._document.digest), records)
        self._seal = seal

    def _record(self, sgc: str, krn: int) -> Record | None:
        return next((record for record in self._document.records if record.place == (sgc, krn)), None)

    def _check_value(self, record: Record) -> str:
        return check_value(self._seal.opened(record))

    def _keep(self, record: Record) -> Loaded:
        """Write the file with a record in the place of the one that was there."""
        others = tuple(one for one in self._document.records if one.place != record.place)
        self._write(self._document, (*others, record))
        return Loaded(self._check_value(record), record.part is Part.WHOLE)

    def _write(self, document: Document, records: tuple[Record, ...]) -> None:
        self._document = write_document(self._file, replace(document, records=records))


def _real(file: Path) -> Path:
    """The file itself: to replace a link to it would leave the keys behind."""
    return Path(os.path.realpath(file))
