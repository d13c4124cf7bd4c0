"""From groups and schedules to the slots that are to be read, and from these to visits.

A schedule wants a value of each meter of its group at each moment of its recurrence (a **round**), and has it
fetched in the window that is open at that moment, or opens next. Jitter spreads the visits of a round over
the first part of its window: evenly, and the same at each run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from gateway.core.line_work.slot import Slot
from gateway.core.line_work.spread import evenly, mixed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.core.line_work.group import Group, Visit
    from gateway.core.line_work.recurrence import Recurrence
    from gateway.core.line_work.window import Window

#: Of a window, how many parts of two are for first calls: the rest is for those that have to be made again.
_JITTER_PARTS: Final = 2


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is read of a group, when it is wanted, and when it may be fetched.

    ``jitter_s`` is the time over which the visits of a round are spread; half of the window at the most.
    Two schedules with the same ``seed`` and as many visits spread them alike. ``name`` is unique.
    """

    name: str
    group: Group
    recurrence: Recurrence
    window: Window
    jitter_s: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.jitter_s < 0:
            raise ValueError(f"jitter_s: {self.jitter_s} of {self.name} is below nothing; give 0 or more")

    def round_after(self, at_s: int) -> Round:
        """Give the first round whose moment lies after this one."""
        moment_s = self.recurrence.after(at_s, self.window.zone)
        span = self.window.span_at(moment_s)
        return Round(self, moment_s, span.opens_s, span.closes_s)


class Round(NamedTuple):
    """One moment of a schedule, and the window in which its slots are read."""

    schedule: Schedule
    at_s: int
    opens_s: int
    closes_s: int

    def slots(self) -> Iterator[Slot]:
        """Give the slots, one for each meter of the group."""
        return (Slot(self.schedule.name, reach.meter, self.at_s) for reach in self.schedule.group.reaches)

    def starts(self, visits: tuple[Visit, ...]) -> Iterator[int]:
        """Say for each visit from when on it is due."""
        return starts(self.schedule, self.opens_s, self.closes_s, len(visits))


def starts(schedule: Schedule, opens_s: int, closes_s: int, visits: int) -> Iterator[int]:
    """Say for each of so many visits in a window from when on it is due."""
    width_s = min(schedule.jitter_s, (closes_s - opens_s) // _JITTER_PARTS)
    # Each window begins at another place, so that nobody is the last one for ever.
    seed = mixed(schedule.seed) ^ opens_s
    return (opens_s + evenly(place, seed, width_s) for place in range(visits))
