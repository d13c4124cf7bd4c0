"""The sealed file as a running gateway reads it: opened when a key is first asked for, anew when it changed.

Whoever loads a key replaces the file as a whole; the gateway sees the new one with the next question. What
cannot be opened leaves the keys as they were opened last, so that a new passphrase, or a file that was lost,
stops no sale before the gateway is started again; at a start there are none. What is wrong is said to whoever
looks (``trouble``). Which key may be used is the registry's to say, and its check value proves it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from adapters.keys.sealed_document import SealedFileFault, SealedFileWhy
from adapters.keys.sealed_file import SealedFile
from gateway.events import event

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

log = logging.getLogger("powertill.keys")

#: What tells one state of a file from another: its node, its size, and when its content or its mode changed,
#: in nanoseconds.
_Mark = tuple[int, int, int]

#: What may pass without any change of the file: no descriptor is left, a disk is not mounted.
_PASSING = frozenset({SealedFileWhy.MISSING, SealedFileWhy.UNREADABLE})


class SealedShelf:
    """A ``KeyShelf`` over a sealed file, which need not be there yet; each opening asks for ``passphrase``.

    Opening takes a fraction of a second, once for each change of the file; until then payments wait.
    """

    def __init__(self, file: Path, passphrase: Callable[[], bytes]) -> None:
        self._file = file
        self._passphrase = passphrase
        self._mark: _Mark | None = None
        self._kept: SealedFile | None = None
        self._wrong: SealedFileWhy | None = None

    def __repr__(self) -> str:
        """Show the file."""
        return f"SealedShelf({self._file})"

    @property
    def trouble(self) -> str | None:
        """What is wrong with the file as it was seen last; None where nothing is."""
        return None if self._wrong is None else self._wrong.value

    @property
    def is_missing(self) -> bool:
        """Is there no file? Before the first key was loaded that is as it should be."""
        return self._wrong is SealedFileWhy.MISSING

    def key(self, sgc: str, krn: int) -> bytes | None:
        """Return the vending key of a place; None where there is none, or the file was never opened."""
        self.look()
        return None if self._kept is None else self._kept.key(sgc, krn)

    def look(self) -> None:
        """Open the file if it is another than the one that was opened last."""
        mark = _mark_of(self._file)
        if mark != self._mark or mark is None or self._wrong in _PASSING:
            self._open()
            # Only now: until then another thread sees the keys of before, or opens the file as well.
            self._mark = mark

    def _open(self) -> None:
        before = self._wrong
        try:
            self._kept = SealedFile.open(self._file, self._passphrase())
        except SealedFileFault as fault:
            self._wrong = fault.why
        else:
            self._wrong = None
            event(log, "keys.sealed_read", file=str(self._file))
        if self._wrong not in (None, before):
            event(log, "keys.sealed_unread", level=logging.ERROR, file=str(self._file), why=self.trouble)


def _mark_of(file: Path) -> _Mark | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_ctime_ns
