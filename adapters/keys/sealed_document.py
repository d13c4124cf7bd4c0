"""The sealed key file as a document: what stands in it, how it is read and how it is replaced.

    {"format": "powertill-sealed-keys", "version": 1,
     "kdf": {"name": "argon2id", "memory_kib": 65536, "passes": 3, "lanes": 4, "salt": "…"},
     "check": {"nonce": "…", "sealed": "…"},
     "records": [{"sgc": "201457", "krn": 1, "part": "whole", "people": ["ann", "bob"],
                  "nonce": "…", "sealed": "…"}],
     "sha256": "…"}

Nothing in it is secret without the passphrase. ``sha256`` is over the rest and finds what a disk or an editor
did; it keeps out nobody. Whoever may write to the folder can take records away or bring back an older file:
neither shows here, but the check value of a key that is approved stands in the books.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import stat
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from adapters.keys.passphrase import SALT_OCTETS, Argon2Cost
from gateway.core.card_key import VERSION_LAST, is_card_group
from gateway.core.person import PERSON_MAX, is_said

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT: Final = "powertill-sealed-keys"
VERSION: Final = 1

FILE_BYTES_MAX: Final = 524_288
"""Bytes of the file: a record has some 250, and 1,900 where both people have the longest names."""

RECORDS_MAX: Final = 256
"""Keys and pending parts of one file: a utility has one or two keys for each supply group."""

NONCE_OCTETS: Final = 12
_SGC_DIGITS: Final = 6
_KRN_LAST: Final = 9
_SEALED_OCTETS_MAX: Final = 64
"""A key of 20 octets and the tag of 16 that AES-GCM adds."""

#: What names a key: supply group code and key revision number; of cards see ``core.card_key``.
Place = tuple[str, int]

_ROOT: Final = 0
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class SealedFileWhy(Enum):
    """What is wrong with a sealed file; the text is for the operator."""

    MISSING = "there is no such sealed key file"
    EXISTS = "somebody else has begun the sealed key file meanwhile: give the same command again"
    UNREADABLE = "the sealed key file cannot be read or written"
    OPEN_TO_OTHERS = "the sealed key file may be read or changed by others than its owner: chmod 600"
    NOT_OURS = "this is no sealed key file of a version that is known here"
    DAMAGED = "the sealed key file is damaged: bring back the last good copy"
    WRONG_PASSPHRASE = "the passphrase is not that of the sealed key file"  # noqa: S105 - says so, is none
    CHANGED = "somebody else has changed the sealed key file meanwhile: give the same command again"
    FULL = "the sealed key file holds as many keys as it may"


class SealedFileFault(Exception):  # noqa: N818 - whose fault it is, is the word of this house
    """A sealed file that cannot be used as it is; ``why`` names the reason, and no content is in it."""

    def __init__(self, why: SealedFileWhy) -> None:
        super().__init__(why.value)
        self.why = why


class Part(Enum):
    """What a record holds."""

    WHOLE = "whole"
    #: The component of the first of two people; nothing is made with it.
    FIRST = "first"


@dataclass(frozen=True, slots=True)
class Sealed:
    """Octets under AES-256-GCM with the nonce they were sealed by."""

    nonce: bytes
    octets: bytes


@dataclass(frozen=True, slots=True)
class Record:
    """One key or component: where it belongs, who brought it, and what is sealed."""

    sgc: str
    krn: int
    part: Part
    people: tuple[str, ...]
    sealed: Sealed

    @property
    def place(self) -> Place:
        """What names the key."""
        return self.sgc, self.krn


@dataclass(frozen=True, slots=True)
class Document:
    """The whole file; ``digest`` names the version that was read, and is empty for one not yet written."""

    cost: Argon2Cost
    salt: bytes
    check: Sealed
    records: tuple[Record, ...]
    digest: str = ""


def read_document(file: Path) -> Document:
    """Read and check all that can be checked without the passphrase.

    SealedFileFault: MISSING, UNREADABLE, OPEN_TO_OTHERS, NOT_OURS, DAMAGED.
    """
    octets = _octets(file)
    try:
        plain = json.loads(octets)
    except (ValueError, RecursionError):
        raise SealedFileFault(SealedFileWhy.DAMAGED) from None
    if not isinstance(plain, dict) or (plain.get("format"), plain.get("version")) != (FORMAT, VERSION):
        raise SealedFileFault(SealedFileWhy.NOT_OURS)
    digest = plain.pop("sha256", None)
    if digest != _digest(plain):
        raise SealedFileFault(SealedFileWhy.DAMAGED)
    try:
        return replace(_document(plain), digest=digest)
    except (KeyError, TypeError, ValueError):
        raise SealedFileFault(SealedFileWhy.DAMAGED) from None


def write_document(file: Path, document: Document) -> Document:
    """Put a document in the place of the version it was made of, or where there is none; return it so.

    At any moment the file is the old one or the new one, whole, and nobody but its owner can read it: whoever
    owns the folder, also where root writes it. SealedFileFault: EXISTS, CHANGED, UNREADABLE.
    """
    plain = _plain(document)
    plain["sha256"] = digest = _digest(plain)
    try:
        with _alone(file.parent) as folder:
            _refuse_other_version(file, document.digest)
            _put(file, json.dumps(plain, indent=1).encode() + b"\n", os.fstat(folder))
            os.fsync(folder)
    except OSError:
        raise SealedFileFault(SealedFileWhy.UNREADABLE) from None
    return replace(document, digest=digest)


@contextmanager
def _alone(folder: Path) -> Iterator[int]:
    """Let no other command write here meanwhile; gives the open folder."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield opened
    finally:
        os.close(opened)


def _put(file: Path, octets: bytes, folder: os.stat_result) -> None:
    """Write beside the file, and let the new one take its name once it is on the disk."""
    descriptor, beside = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")  # of mode 0600
    try:
        with os.fdopen(descriptor, "wb") as opened:
            if os.geteuid() == _ROOT:
                # Loaded with sudo it would be root's, and the gateway could not open it any more.
                os.fchown(descriptor, folder.st_uid, folder.st_gid)
            opened.write(octets)
            opened.flush()
            os.fsync(opened.fileno())
        Path(beside).replace(file)
    except OSError:
        Path(beside).unlink(missing_ok=True)
        raise


def _refuse_other_version(file: Path, digest: str) -> None:
    if not digest:
        if os.path.lexists(file):
            raise SealedFileFault(SealedFileWhy.EXISTS)
    elif read_document(file).digest != digest:
        raise SealedFileFault(SealedFileWhy.CHANGED)


def _octets(file: Path) -> bytes:
    try:
        # Judged is the file that was opened, and a pipe in its place must not hold up the start for ever.
        with os.fdopen(os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise SealedFileFault(SealedFileWhy.NOT_OURS)
            if mode & _OTHERS:
                raise SealedFileFault(SealedFileWhy.OPEN_TO_OTHERS)
            octets = opened.read(FILE_BYTES_MAX + 1)
    except FileNotFoundError:
        raise SealedFileFault(SealedFileWhy.MISSING) from None
    except OSError:
        raise SealedFileFault(SealedFileWhy.UNREADABLE) from None
    if len(octets) > FILE_BYTES_MAX:
        raise SealedFileFault(SealedFileWhy.NOT_OURS)
    return octets


def _digest(plain: dict[str, Any]) -> str:  # what JSON holds is of any type
    return hashlib.sha256(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _plain(document: Document) -> dict[str, Any]:  # likewise
    cost = document.cost
    return {
        "format": FORMAT,
        "version": VERSION,
        "kdf": {
            "name": "argon2id",
            "memory_kib": cost.memory_kib,
            "passes": cost.passes,
            "lanes": cost.lanes,
            "salt": document.salt.hex(),
        },
        "check": _plain_sealed(document.check),
        "records": [
            {
                "sgc": record.sgc,
                "krn": record.krn,
                "part": record.part.value,
                "people": list(record.people),
                **_plain_sealed(record.sealed),
            }
            for record in document.records
        ],
    }


def _plain_sealed(sealed: Sealed) -> dict[str, str]:
    return {"nonce": sealed.nonce.hex(), "sealed": sealed.octets.hex()}


def _document(plain: dict[str, Any]) -> Document:
    """Take a document from JSON; whatever does not fit is a KeyError, TypeError or ValueError."""
    kdf = plain["kdf"]
    if kdf["name"] != "argon2id" or len(plain["records"]) > RECORDS_MAX:
        raise ValueError
    return Document(
        cost=Argon2Cost(_whole(kdf["memory_kib"]), _whole(kdf["passes"]), _whole(kdf["lanes"])),
        salt=_some_octets(kdf["salt"], SALT_OCTETS, SALT_OCTETS),
        check=_sealed(plain["check"]),
        records=tuple(map(_record, plain["records"])),
    )


def _record(plain: dict[str, Any]) -> Record:
    people, sgc, krn = tuple(plain["people"]), plain["sgc"], plain["krn"]
    if len(people) not in (1, 2) or not all(map(is_person, people)) or not is_place(sgc, krn):
        raise ValueError
    return Record(sgc, krn, Part(plain["part"]), people, _sealed(plain))


def _sealed(plain: dict[str, Any]) -> Sealed:
    nonce = _some_octets(plain["nonce"], NONCE_OCTETS, NONCE_OCTETS)
    return Sealed(nonce, _some_octets(plain["sealed"], 1, _SEALED_OCTETS_MAX))


def is_person(name: object) -> bool:
    """Can this be a login name? It has no spaces around it, and stands on a line."""
    return isinstance(name, str) and is_said(name, PERSON_MAX) and name == name.strip()


def is_place(sgc: object, krn: object) -> bool:
    """Can this be a supply group code and a key revision number (IEC 62055-41, 6.1.6 and 6.1.7)?

    Or a group of card keys, and a version that fits the card's one byte.
    """
    if isinstance(sgc, str) and is_card_group(sgc):
        return type(krn) is int and 1 <= krn <= VERSION_LAST
    if not isinstance(sgc, str) or len(sgc) != _SGC_DIGITS or not (sgc.isascii() and sgc.isdigit()):
        return False
    return type(krn) is int and 1 <= krn <= _KRN_LAST


def _whole(number: object) -> int:
    if type(number) is not int:
        raise TypeError
    return number


def _some_octets(text: str, shortest: int, longest: int) -> bytes:
    octets = bytes.fromhex(text)
    if not shortest <= len(octets) <= longest:
        raise ValueError
    return octets
