"""The sealed file at a ceremony: what two people bring is tried before it is kept.

    first person    bring_first(component)      a pending part     ╮ or bring_whole(key), which waits for a
    second person   try_second(component)       key, not kept yet  │ second person's word
                    keep_whole(key)             the whole key      ╯

A key is kept inside the transaction that writes its row (``prepayment.keep_keys``). Where the power fails
between the two, the file has more than the rows: a part or key without a row is replaced by the next load,
and a key whose second person was not yet written down is found whole, with the names of both, and his
approval goes through when he asks again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Self

from adapters.keys.component import joined, refuse_component, refuse_second_person
from adapters.keys.passphrase import RECOMMENDED, Argon2Cost
from adapters.keys.sealed_document import (
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

if TYPE_CHECKING:
    from pathlib import Path

    Place = tuple[str, int]


class KeyCeremony:
    """The sealed file, opened by whoever acts now. Every fault is a SealedFileFault or a ComponentRefusal."""

    def __init__(self, file: Path, seal: Seal, document: Document) -> None:
        self._file = file
        self._seal = seal
        self._document = document

    @classmethod
    def open(cls, file: Path, passphrase: bytes, cost: Argon2Cost = RECOMMENDED) -> Self:
        """Open the file, or begin one where there is none; it is written with the first key.

        It takes a fraction of a second (argon2id), so it is done before any transaction.
        """
        real = file.resolve()
        try:
            document = read_document(real)
        except SealedFileFault as fault:
            if fault.why is not SealedFileWhy.MISSING:
                raise
            return cls(real, *new_seal(passphrase, cost))
        seal = Seal(passphrase, document.salt, document.cost)
        seal.prove(document)
        return cls(real, seal, document)

    def brought(self, place: Place) -> tuple[str, ...]:
        """Who has brought what is kept at a place; nobody where there is nothing."""
        record = self._record(place)
        return () if record is None else record.people

    def whole_kcv(self, place: Place) -> str | None:
        """The check value of the key at a place; None where there is none, or a part of one."""
        record = self._record(place)
        is_whole = record is not None and record.part is Part.WHOLE
        return check_value(self._seal.opened(record)) if record is not None and is_whole else None

    def bring_first(self, place: Place, octets: bytes, person: str) -> None:
        """Keep the first person's part, in the place of anything that lost its row."""
        refuse_component(*place, octets, person)
        self._keep(self._seal.sealed(place, Part.FIRST, (person,), octets))

    def try_second(self, place: Place, octets: bytes, person: str) -> bytes:
        """Return the key of the first person's part and this one, without keeping anything."""
        refuse_component(*place, octets, person)
        first = self._record(place)
        if first is None or first.part is Part.WHOLE:
            raise SealedFileFault(SealedFileWhy.CHANGED)
        refuse_second_person(first, person)
        return joined(self._seal.opened(first), octets)

    def keep_whole(self, place: Place, octets: bytes, people: tuple[str, ...]) -> None:
        """Keep a key and who brought it: both people their parts, or one the whole."""
        refuse_component(*place, octets, people[0])
        self._keep(self._seal.sealed(place, Part.WHOLE, people, octets))

    def _record(self, place: Place) -> Record | None:
        return next((one for one in self._document.records if one.place == place), None)

    def _keep(self, record: Record) -> None:
        others = tuple(one for one in self._document.records if one.place != record.place)
        self._document = write_document(self._file, replace(self._document, records=(*others, record)))
