"""A call that is to be made, how it ended, and what that means for each job in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.core.contact import ContactWhy
    from gateway.core.line_work.job import Job


@dataclass(frozen=True, slots=True)
class Call:
    """A line is to call a number, for these jobs in this order, and hang up after ``limit_s`` at the latest.

    ``at_s`` is the moment from which on the line, the number, the bus and the meters are taken.
    """

    line: int
    jobs: tuple[Job, ...]
    limit_s: int
    at_s: int

    @property
    def number(self) -> str:
        """Give what is dialled."""
        return self.jobs[0].number


@dataclass(frozen=True, slots=True)
class CallEnded:
    """How a call ended (``why``: None for a good one), after how long, and which meters were read by then.

    ``reasons`` has the meters that were asked and not read, where their reason is not the call's.
    """

    why: ContactWhy | None
    seconds: int
    read: frozenset[int] = frozenset()
    reasons: Mapping[int, ContactWhy] = field(default_factory=dict)

    def unread_of(self, job: Job) -> dict[int, ContactWhy]:
        """Name the meters of a job that were not read, each with its reason.

        ValueError where one has none.
        """
        if self.why is None and not self.reasons and self.read.issuperset(job.meters):
            return {}
        unread = {}
        for meter in job.meters:
            if meter not in self.read:
                why = self.reasons.get(meter, self.why)
                if why is None:
                    raise ValueError(
                        f"reasons: meter {meter} of job {job.id} was not read in a good call; say why"
                    )
                unread[meter] = why
        return unread


@dataclass(frozen=True, slots=True)
class Settled:
    """What a call has left of a job: ``again`` is what will be tried once more, ``given_up`` what will not.

    ``unread`` has both.
    """

    job: Job
    unread: Mapping[int, ContactWhy]
    given_up: Mapping[int, ContactWhy]
    again: Job | None = None


class PassedOver(Enum):
    """Why nobody was called."""

    NO_TIME = "no_time"
    """The time was over before a line was free, or the number had rested."""
    CALLS_SPENT = "calls_spent"
    """The number or the meter had all of its calls until noon."""
    NOT_THERE = "not_there"
    """Nobody was there to call while the window was open."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A job, or the part of one, that nobody is called for any more."""

    job: Job
    why: PassedOver


@dataclass(frozen=True, slots=True)
class Turn:
    """What is to be done now: calls to make, and lines to look at; and what will not be done any more."""

    calls: tuple[Call, ...]
    probes: tuple[int, ...]
    dropped: tuple[Dropped, ...]
