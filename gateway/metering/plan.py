"""A schedule as it is carried out: its visits, its next round, and when its window opens next."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from gateway.core.line_work.group import visits_of
from gateway.core.line_work.round_kept import RoundBegun, RoundTold
from gateway.metering.schedule import Round, starts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.core.line_work.group import Reach, Visit
    from gateway.core.line_work.window import Span
    from gateway.metering.schedule import Schedule

#: Rounds of a schedule that are looked at which nobody was there for, the last ones: one each quarter of an
#: hour for as long as meters keep their values.
MISSED_MAX: Final = 4_000


class Plan:
    """A schedule from a moment on; so many meters go in one call."""

    def __init__(self, schedule: Schedule, meters_max: int, from_s: int) -> None:
        self.schedule = schedule
        self.visits = schedule.group.visits(meters_max)
        self.reaches: dict[int, Reach] = {reach.meter: reach for reach in schedule.group.reaches}
        self._meters_max = meters_max
        self._coming = schedule.round_after(from_s - 1)
        self._window_s = schedule.window.span_at(from_s).opens_s

    def go_on_behind(self, at_s: int) -> None:
        """Have the next round be the first behind a moment, however long ago it was."""
        self._coming = self.schedule.round_after(at_s)

    def replaced(self, schedule: Schedule, now_s: int) -> Plan:
        """Return the plan of a schedule that takes this one's place: its rounds go on where its days do."""
        plan = Plan(schedule, self._meters_max, now_s)
        if self.is_timed_as(schedule):
            plan._coming = self._coming._replace(schedule=schedule)
            plan._window_s = self._window_s
        return plan

    def is_timed_as(self, schedule: Schedule) -> bool:
        """Does another schedule want the same moments, in the same windows?"""
        mine = self.schedule
        return (mine.recurrence, mine.window) == (schedule.recurrence, schedule.window)

    def due_at(self) -> int:
        """Say when a round or the window opens next."""
        return min(self._coming.opens_s, self._window_s)

    def rounds_due(self, now_s: int) -> list[Round]:
        """Give the rounds whose window has opened by now, the oldest first, and go on behind them."""
        due: deque[Round] = deque(maxlen=MISSED_MAX)
        while self._coming.opens_s <= now_s:
            due.append(self._coming)
            self.go_on_behind(self._coming.at_s)
        return list(due)

    def window_due(self, now_s: int) -> Span | None:
        """Give the window that has opened by now, once; None where none has, or it is over."""
        span = None
        while self._window_s <= now_s:
            span = self.schedule.window.span_at(self._window_s)
            self._window_s = self.schedule.window.span_after(self._window_s).opens_s
        return span if span is not None and span.closes_s > now_s else None

    def visits_to(self, meters: Iterable[int]) -> tuple[Visit, ...]:
        """Put together what one call can ask."""
        return visits_of([self.reaches[meter] for meter in meters], self._meters_max)

    def spread(self, visits: tuple[Visit, ...], opens_s: int, closes_s: int) -> list[tuple[Visit, int]]:
        """Say for each visit in a window from when on it is due."""
        return list(zip(visits, starts(self.schedule, opens_s, closes_s, len(visits)), strict=True))

    def begins(self, now_s: int) -> RoundBegun:
        """Give the row which says that it is carried out from now on."""
        return RoundBegun(self.schedule.name, now_s - 1, now_s, now_s, 0, told=RoundTold.BEGUN)


def ends(schedule: str, now_s: int) -> RoundBegun:
    """Give the row which says that a schedule is not carried out any more."""
    return RoundBegun(schedule, now_s, now_s, now_s, 0, told=RoundTold.OFF)
