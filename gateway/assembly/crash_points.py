"""The named points at which a crash must do no harm, and the way to have one there.

``POWERTILL_CRASH=poster.written:3`` kills the process (SIGKILL: nothing is flushed, nothing is said) when it
reaches that point for the third time. It is for the tests that prove the start-up; without the variable every
point is a call of nothing.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

VARIABLE = "POWERTILL_CRASH"

#: Every point, in the order in which a payment passes them.
POINTS = (
    "door.ordered",
    "poster.begin",
    "poster.loaded",
    "poster.decided",
    "poster.written",
    "poster.committed",
    "door.decided",
    "door.answering",
    "door.answered",
    # Of an order over a line: the meter has answered, it has gone out in the books, the meter has had it,
    # what became of it is in the books.
    "lines.answered",
    "lines.begun",
    "lines.sent",
    "lines.ended",
)


class CrashPointFault(ValueError):  # noqa: N818 - the words of whoever set the variable
    """The variable names no point that there is."""


def crash_points(asked: str | None) -> Callable[[str], None]:
    """Return what is told each point: nothing happens, or the process dies at the one asked for."""
    if not asked:
        return lambda _point: None
    point, _, count = asked.partition(":")
    if point not in POINTS or not (count or "1").isdigit():
        raise CrashPointFault(f"{VARIABLE}={asked}: write POINT or POINT:COUNT, points: {', '.join(POINTS)}")
    left = int(count or "1")

    def reached(name: str) -> None:
        nonlocal left
        if name == point:
            left -= 1
            if left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return reached
