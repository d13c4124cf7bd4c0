"""A secret that is carried about unseen, and the one way to fetch it: a file that only its owner may read."""

from __future__ import annotations

import hmac
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

SECRET_FILE_MAX: Final = 4096
"""Bytes of a secret's file: the longest secret here, a bank's signing key, has a few hundred."""

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Secret:
    """Bytes that appear in no repr, text or pickle; ``reveal`` is the only way to them.

    >>> Secret(b"open sesame")
    Secret(****)
    """

    _octets: bytes

    def reveal(self) -> bytes:
        """Give the bytes, to whoever is about to use them."""
        return self._octets

    def __repr__(self) -> str:
        return "Secret(****)"

    def __eq__(self, other: object) -> bool:
        """Compare in a time that does not tell how much of it was right."""
        return isinstance(other, Secret) and hmac.compare_digest(self._octets, other._octets)

    def __hash__(self) -> int:
        return hash(self._octets)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written down")


class SecretFileFault(ValueError):  # noqa: N818 - whose fault it is, is the word of this house
    """A file that a secret may not come from: ``what`` is wrong, and the ``cure``."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(f"{what}; cure: {cure}")
        self.what = what
        self.cure = cure


def read_secret(file: Path) -> Secret:
    """Read a secret from a file of mode 0600 or stricter, without the white space around it.

    Raises SecretFileFault for a file that is missing, no plain file, open to group or others, empty or too
    long; what was in the file is never said.
    """
    try:
        # Judged is the file that was opened: its name might point elsewhere a moment later. And a pipe in
        # its place must not hold up the start for ever.
        with os.fdopen(os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as opened:
            _refuse_open_file(file, os.fstat(opened.fileno()).st_mode)
            octets = opened.read(SECRET_FILE_MAX + 1)
    except OSError as fault:
        what = f"{file} cannot be read: {fault.strerror}"
        raise SecretFileFault(what, "make the file, with mode 0600, for the gateway's user") from None
    if len(octets) > SECRET_FILE_MAX:
        raise SecretFileFault(f"{file} is longer than {SECRET_FILE_MAX} bytes", "name the secret's file")
    if not octets.strip():
        raise SecretFileFault(f"{file} is empty", "let it hold the secret")
    return Secret(octets.strip())


def write_secret(file: Path, text: str) -> None:
    """Write a new secret file, which nobody but its owner can read at any moment; OSError if it is there."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as opened:
        opened.write(text + "\n")


def _refuse_open_file(file: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise SecretFileFault(f"{file} is not a plain file", "name the file that holds the secret")
    if mode & _OTHERS:
        what = f"{file} may be read or changed by others than its owner (mode {stat.S_IMODE(mode):04o})"
        raise SecretFileFault(what, f"chmod 600 {file}")
