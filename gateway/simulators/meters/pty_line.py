"""A pair of pseudo terminals with a virtual meter at one end; a name leads to the other, as those in /dev do.

The far end is held open here too, so that whoever opens it may close it and come again: the line stays, as a
cable does that nobody uses. A pseudo terminal has no speed, parity or modem lines.
"""

from __future__ import annotations

import os
import tty
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.abstract import FileDescriptor
from twisted.internet.fdesc import readFromFD, setNonBlocking, writeToFD
from twisted.internet.main import CONNECTION_LOST

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OUT_OCTETS_MAX: Final = 65_536
"""Octets that wait for somebody to read them; what is said on a line that nobody hears is gone."""


class PtyLine(FileDescriptor):
    """One end of the line. ``heard`` gets what comes; OSError where no line can be made or named."""

    def __init__(self, link: Path, heard: Callable[[bytes], object], reactor: Any) -> None:  # noqa: ANN401 - Twisted's own
        super().__init__(reactor)
        near, far = os.openpty()
        try:
            tty.setraw(far)
            link.symlink_to(os.ttyname(far))
        except OSError:
            os.close(near)
            os.close(far)
            raise
        setNonBlocking(near)
        self._ends = (near, far)
        self._link = link
        self._heard = heard
        self.connected = 1
        self.startReading()  # type: ignore[no-untyped-call]  # Twisted's own

    def fileno(self) -> int:
        """The near end."""
        return self._ends[0]

    def doRead(self) -> object:  # noqa: N802 - Twisted calls it
        """Hear."""
        return readFromFD(self._ends[0], self._heard)

    def writeSomeData(self, data: bytes) -> int | BaseException:  # noqa: N802 - Twisted calls it
        """Say."""
        written: int | BaseException = writeToFD(self._ends[0], data)
        return written

    def say(self, octets: bytes) -> None:
        """Say it; where nobody has taken what was said before, it is lost."""
        waiting = len(self.dataBuffer) - self.offset + self._tempDataLen
        if self.connected and waiting + len(octets) <= OUT_OCTETS_MAX:
            self.write(octets)

    def close(self) -> None:
        """Take the line and its name away."""
        if not self.connected:
            return
        self.connectionLost(CONNECTION_LOST)  # type: ignore[no-untyped-call]  # likewise
        self._link.unlink(missing_ok=True)
        for end in self._ends:
            os.close(end)
