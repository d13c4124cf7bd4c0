"""Delivery of a notice: what is on its way, how an attempt can end, and when the next one comes.

    due ──lease──► on its way ──DONE───────────────► the row is gone
     ▲                 │
     └──── later ──────┤ LATER: the wait doubles from 15 s up to 6 h
                       │
                       └ NEVER, or LATER for the 22nd time: the row stays and is due no more; a person is told

A consumer that dies says none of these: its lease runs out, and the notice is due again. So a notice is
delivered at least once, and ``key`` is what the receiver knows a repeat by.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

_SECOND_US: Final = 1_000_000

#: Seconds to the second attempt: a receiver that is restarted is back by then.
RETRY_FIRST_S: Final = 15

#: Seconds between two attempts at the most: whoever mends a receiver sees within a shift that it works.
RETRY_S_MAX: Final = 6 * 3_600

#: Attempts before a person must look: they take 68 hours, so a weekend without anybody loses nothing.
ATTEMPTS_MAX: Final = 22

#: The moment at which a notice is due that is due no more; the largest that a column holds.
NEVER_US: Final = 2**63 - 1


class Fate(Enum):
    """How an attempt to deliver ended."""

    DONE = "done"
    """The receiver has it."""
    LATER = "later"
    """It may have it or not; the same again may succeed."""
    NEVER = "never"
    """It refused for good: a person must put something right before another attempt makes sense."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """How an attempt ended, and why in words that hold nothing of the notice."""

    fate: Fate
    why: str = ""


@dataclass(frozen=True, slots=True)
class LeasedNotice:
    """A row of the outbox that is ours for the time of a lease.

    ``attempts`` counts this one. ``receipt_no`` is that of the sale which ``subject`` names, ``meter_end``
    the end of its meter's number as the meter shows it; a notice about no sale has neither.
    """

    id: int
    kind: str
    subject: int
    text: str
    at_us: int
    attempts: int
    receipt_no: int | None = None
    meter_end: str = ""

    @property
    def key(self) -> str:
        """Name the notice once and for ever, the same at each attempt.

        The row's id alone would not do: SQLite gives the number of a row that is gone to the next one, and
        books restored from a copy count on from there.

        >>> LeasedNotice(7, "token_issued", 1, "", 1_764_000_000_000_000, 1).key
        '1764000000000000-7'
        """
        return f"{self.at_us}-{self.id}"


@dataclass(frozen=True, slots=True)
class Backlog:
    """What lies in the outbox: notices under way, the oldest of them, and those that were given up."""

    waiting: int
    oldest_us: int | None
    undelivered: int


def next_due_us(attempts: int, now_us: int) -> int | None:
    """Say when a notice is due again after so many attempts without success; None when there is no next one.

    >>> [next_due_us(attempts, 0) for attempts in (1, 2, 22)]
    [15000000, 30000000, None]
    """
    assert attempts >= 1, attempts  # noqa: S101 - our own count: a lease has counted already
    if attempts >= ATTEMPTS_MAX:
        return None
    # The cap is reached after eleven doublings; beyond them the figure would only grow long.
    wait_s = min(RETRY_FIRST_S << min(attempts - 1, 11), RETRY_S_MAX)
    return now_us + wait_s * _SECOND_US
