"""A test of a meter's line: one call that a person waits for, what the meter said in it, and its trace."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.contact import ContactFault, ItemRead, RelayState
    from gateway.core.line_work.slot import GapWhy


class LineTestStands(Enum):
    """How far a test has come."""

    WAITING = "waiting"
    """For a line that is free, or for its number."""
    CALLING = "calling"
    """A line dials or connects."""
    TALKING = "talking"
    ENDED = "ended"


class LineTestRefusal(Enum):
    """Why no test is begun."""

    NO_LINE = "no_line"
    """No line of its kind is here, or so much waits for them that nothing more is taken."""
    TOO_MANY = "too_many"
    """As many tests as are kept have not ended yet."""


@dataclass(frozen=True, slots=True)
class LineTest:
    """A test as it stands. ``line`` is the one that calls ("": none yet), ``by`` a login.

    Once it has ended, ``why`` says how: None where the meter was spoken with to the end. ``number`` is what
    it calls itself, ``missing`` has a sentence for each item that was not read. ``trace`` has the newest
    lines, before which ``left_out`` were not kept; no password is in it.
    """

    pan: str
    by: str
    asked_at: datetime
    stands: LineTestStands
    line: str = ""
    ended_at: datetime | None = None
    why: GapWhy | None = None
    number: str = ""
    read: tuple[ItemRead, ...] = ()
    missing: tuple[tuple[str, ContactFault], ...] = ()
    relay: RelayState | None = None
    trace: tuple[str, ...] = field(default=(), repr=False)
    left_out: int = 0

    @property
    def has_ended(self) -> bool:
        """Is nothing more to come?"""
        return self.stands is LineTestStands.ENDED
