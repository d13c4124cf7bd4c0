"""A pair of pseudo terminals with a virtual meter at one end; a name leads to the other, as those in /dev do.

The far end is held open here too, so that whoever opens it may close it and come again: the line stays, as a
cable does that nobody uses. A pseudo terminal has no speed, parity or modem lines.
"""

from __future__ import annotations

import os
import tty
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OUT_OCTETS_MAX: Final = 65_536
"""Octets that wait for somebody to read them; what is said on a line that nobody hears is gone."""

_READ_OCTETS: Final = 4096


class PtyLine:
    """One end of the line. ``heard`` gets what comes; OSError where no line can be made or named.

    To the reactor it is something that can be read and written (``fileno``, ``doRead``, ``doWrite``).
    """

    def __init__(self, link: Path, heard: Callable[[bytes], object], reactor: Any) -> None:  # noqa: ANN401 - Twisted's own
        near, far = os.openpty()
        try:
            tty.setraw(far)
            link.symlink_to(os.ttyname(far))
        except OSError:
            os.close(near)
            os.close(far)
            raise
        os.set_blocking(near, False)
        self._ends: tuple[int, int] | None = (near, far)
        self._link = link
        self._heard = heard
        self._reactor = reactor
        self._waiting = b""
        reactor.addReader(self)

    def fileno(self) -> int:
        """The near end, -1 when it is closed."""
        return -1 if self._ends is None else self._ends[0]

    def logPrefix(self) -> str:  # noqa: N802 - Twisted calls it
        """How the reactor calls it."""
        return "meter"

    def doRead(self) -> None:  # noqa: N802 - Twisted calls it
        """Hear."""
        try:
            octets = os.read(self.fileno(), _READ_OCTETS)
        except BlockingIOError:
            return
        self._heard(octets)

    def doWrite(self) -> None:  # noqa: N802 - Twisted calls it
        """Say what waits, as far as the line takes it."""
        try:
            self._waiting = self._waiting[os.write(self.fileno(), self._waiting) :]
        except BlockingIOError:
            return
        if not self._waiting:
            self._reactor.removeWriter(self)

    def connectionLost(self, reason: object) -> None:  # noqa: ARG002, N802 - Twisted calls it
        """The reactor gives it up, or ends."""
        self.close()

    def say(self, octets: bytes) -> None:
        """Say it; where nobody has taken what was said before, it is lost."""
        if self._ends is not None and len(self._waiting) + len(octets) <= OUT_OCTETS_MAX:
            self._waiting += octets
            self._reactor.addWriter(self)

    def close(self) -> None:
        """Take the line and its name away."""
        ends = self._ends
        if ends is None:
            return
        self._reactor.removeReader(self)
        self._reactor.removeWriter(self)
        self._ends = None
        self._link.unlink(missing_ok=True)
        for end in ends:
            os.close(end)
