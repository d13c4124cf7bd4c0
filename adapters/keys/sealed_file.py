"""Vending keys in a file that is sealed with a passphrase, each brought by two people.

    ann brings part 1      pending          nothing is made with it; its check value is read back to her
    bob brings part 2      1 xor 2 is tried, and kept where its check value is that of the key centre

    ann brings the key     it is kept whole, and waits for a second person's word

Neither of the two, nor whoever has the passphrase, can make a token from one part: it is as good as noise.
Each record is sealed by itself (AES-256-GCM), bound to its place, its part and the people who brought it, so
none can be moved to another place. What this does not keep out: whoever reads the memory of the gateway.

A key is kept inside the transaction that writes its row (``prepayment.keep_keys``). Where the power fails
between the two, the file has more than the rows: a part or key without a row is replaced by the next load,
and a key whose second person was not yet written down is found whole, with the names of both, and his
approval goes through when he asks again.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from adapters.keys.check_values import check_value_of
from adapters.keys.component import joined, refuse_component, refuse_second_person
from adapters.keys.passphrase import RECOMMENDED, Argon2Cost
from adapters.keys.sealed_document import (
    RECORDS_MAX,
    Document,
    Part,
    Place,
    Record,
    SealedFileFault,
    SealedFileWhy,
    read_document,
    write_document,
)
from adapters.keys.sealing import Seal, new_seal


@dataclass(frozen=True, slots=True)
class KeptKey:
    """A line of the file's table of contents; ``kcv`` is the check value of the key, or of the part."""

    sgc: str
    krn: int
    is_whole: bool
    people: tuple[str, ...]
    kcv: str


class SealedFile:
    """A shelf of vending keys over a sealed file. It holds the sealing key, and opens a record when asked.

    Every change is on the disk when the call returns. Whoever holds the file open goes on seeing what he
    saw, and is refused (CHANGED) when he writes over what another has written meanwhile.
    """

    def __init__(self, file: Path, seal: Seal, document: Document) -> None:
        self._file = file
        self._seal = seal
        self._document = document

    def __repr__(self) -> str:
        """Show the file and how many records it has."""
        return f"SealedFile({self._file}, {len(self._document.records)} records)"

    @classmethod
    def open(cls, file: Path, passphrase: bytes) -> Self:
        """Open a file and prove every record in it; it takes a fraction of a second, and blocks.

        SealedFileFault: MISSING, UNREADABLE, OPEN_TO_OTHERS, NOT_OURS, DAMAGED, WRONG_PASSPHRASE.
        """
        document = read_document(_real(file))
        seal = Seal(passphrase, document.salt, document.cost)
        seal.prove(document)
        return cls(_real(file), seal, document)

    @classmethod
    def begun(cls, file: Path, passphrase: bytes, cost: Argon2Cost = RECOMMENDED) -> Self:
        """Open a file, or begin one where there is none; it is written with the first key.

        PassphraseTooShort for a new one; SealedFileFault as of ``open``, but MISSING.
        """
        try:
            return cls.open(file, passphrase)
        except SealedFileFault as fault:
            if fault.why is not SealedFileWhy.MISSING:
                raise
        return cls(_real(file), *new_seal(passphrase, cost))

    def key(self, sgc: str, krn: int) -> bytes | None:
        """Return the vending key of a place; None where there is none, or only one of its parts."""
        record = self._record((sgc, krn))
        return self._seal.opened(record) if record is not None and record.part is Part.WHOLE else None

    def kept(self, place: Place) -> KeptKey | None:
        """Say what is kept at a place: who brought it, and its check value; never the key."""
        record = self._record(place)
        return None if record is None else self._told(record)

    def contents(self) -> tuple[KeptKey, ...]:
        """List what is in the file, with check values and without keys."""
        return tuple(map(self._told, self._document.records))

    def bring_first(self, place: Place, octets: bytes, person: str) -> None:
        """Keep the first person's part, in the place of anything that is there: it has no row that stands.

        ComponentRefusal; SealedFileFault: CHANGED, EXISTS, FULL, UNREADABLE.
        """
        refuse_component(*place, octets, person)
        self._keep(self._seal.sealed(place, Part.FIRST, (person,), octets))

    def try_second(self, place: Place, octets: bytes, person: str) -> bytes:
        """Return the key of the first person's part and this one, without keeping anything.

        ComponentRefusal; SealedFileFault (CHANGED) where no first part waits.
        """
        refuse_component(*place, octets, person)
        first = self._record(place)
        if first is None or first.part is Part.WHOLE:
            raise SealedFileFault(SealedFileWhy.CHANGED)
        refuse_second_person(first, person)
        return joined(self._seal.opened(first), octets)

    def keep_whole(self, place: Place, octets: bytes, people: tuple[str, ...]) -> None:
        """Keep a key and who brought it: both people their parts, or one the whole. See ``bring_first``."""
        refuse_component(*place, octets, people[0])
        self._keep(self._seal.sealed(place, Part.WHOLE, people, octets))

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

    def _record(self, place: Place) -> Record | None:
        return next((record for record in self._document.records if record.place == place), None)

    def _told(self, record: Record) -> KeptKey:
        kcv = check_value_of(record.sgc, self._seal.opened(record))
        return KeptKey(*record.place, record.part is Part.WHOLE, record.people, kcv)

    def _keep(self, record: Record) -> None:
        """Write the file with a record in the place of the one that was there."""
        others = tuple(one for one in self._document.records if one.place != record.place)
        if len(others) >= RECORDS_MAX:
            raise SealedFileFault(SealedFileWhy.FULL)
        self._write(self._document, (*others, record))

    def _write(self, document: Document, records: tuple[Record, ...]) -> None:
        self._document = write_document(self._file, replace(document, records=records))


def _real(file: Path) -> Path:
    """The file itself: to replace a link to it would leave the keys behind."""
    return Path(os.path.realpath(file))
