"""The sealed file as a running gateway reads it: opened when a key is first asked for, anew when it changed.

Whoever loads a key replaces the file as a whole; the gateway sees the new one with the next question. A file
that cannot be opened has no keys: what is wrong with it is said to whoever looks (``trouble``).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from adapters.keys.sealed_document import SealedFileFault
from adapters.keys.sealed_file import SealedFile
from gateway.events import event

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

log = logging.getLogger("powertill.keys")

#: What tells one state of a file from another: its node, its time in nanoseconds, its size.
_Mark = tuple[int, int, int]


class SealedShelf:
    """A ``KeyShelf`` over a sealed file, which need not be there yet; each opening asks for ``passphrase``.

    Opening takes a fraction of a second, once for each change of the file; until then payments wait.
    """

    def __init__(self, file: Path, passphrase: Callable[[], bytes]) -> None:
        self._file = file
        self._passphrase = passphrase
        self._mark: _Mark | None = None
        self._kept: SealedFile | None = None
        self.trouble: str | None = None

    def __repr__(self) -> str:
        """Show the file."""
        return f"SealedShelf({self._file})"

    def key(self, sgc: str, krn: int) -> bytes | None:
        """Return the vending key of a place; None where there is none, or the file cannot be opened."""
        self.look()
        return None if self._kept is None else self._kept.key(sgc, krn)

    def look(self) -> None:
        """Open the file if it is another than the one that was opened last."""
        mark = _mark_of(self._file)
        if mark != self._mark:
            self._mark, self._kept = mark, None if mark is None else self._opened()

    def _opened(self) -> SealedFile | None:
        try:
            kept = SealedFile.open(self._file, self._passphrase())
        except SealedFileFault as fault:
            self.trouble = str(fault)
            event(log, "keys.sealed_unread", level=logging.ERROR, file=str(self._file), why=self.trouble)
            return None
        self.trouble = None
        event(log, "keys.sealed_read", file=str(self._file))
        return kept


def _mark_of(file: Path) -> _Mark | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
