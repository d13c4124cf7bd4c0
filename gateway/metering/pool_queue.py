"""Jobs that wait, number by number: what can go next, and when something more can.

Each number has its own row: jobs that are due, by kind and then by how long they have been due, and jobs that
are not. A number whose first job can be begun stands with it in one heap of all numbers; any other number is
looked at again at a moment that stands in another. Entries that are overtaken by events stay in these heaps
until they come up, and are known by what they say: that is cheaper than to look for them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final

from gateway.core.line_work.work_kind import WorkKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.core.line_work.job import Job
    from gateway.core.line_work.policy import Policy
    from gateway.metering.pool_counts import CallCounts

_NEVER: Final = 1 << 62


@dataclass(slots=True)
class Row:
    """The jobs of one number: ``ready`` by (kind, since, turn), ``later`` by (from, turn).

    ``placed`` is the turn by which it stands among those that can be called; 0: it does not.
    """

    number: str
    ready: list[tuple[int, int, int, Job]] = field(default_factory=list)
    later: list[tuple[int, int, Job]] = field(default_factory=list)
    is_called: bool = False
    rests_until_s: int = 0
    placed: int = 0
    looked_at_s: int = _NEVER


class Waiting:
    """All jobs that wait; ``is_current`` says whether a job still does: it may be dropped, or replaced."""

    def __init__(self, policy: Policy, counts: CallCounts, is_current: Callable[[Job], bool]) -> None:
        self._policy = policy
        self._counts = counts
        self._is_current = is_current
        self._rows: dict[str, Row] = {}
        self._next: list[tuple[int, int, int, str]] = []
        self._looks: list[tuple[int, str]] = []
        self._turn = 0

    def add(self, job: Job, from_s: int, now_s: int) -> None:
        """Have a job wait, for its turn from a moment on."""
        row = self._rows.get(job.number)
        if row is None:
            row = self._rows[job.number] = Row(job.number)
        self._turn += 1
        heappush(row.later, (from_s, self._turn, job))
        self.place(row, now_s)

    def first(self) -> Row | None:
        """Give the number whose turn it is among those that can be called; it stays where it is."""
        while self._next:
            kind, since_s, turn, number = self._next[0]
            row = self._rows.get(number)
            if row is not None and row.placed == turn and row.ready[0][:3] == (kind, since_s, turn):
                return row
            heappop(self._next)
        return None

    def pass_over(self, row: Row) -> None:
        """Leave out the number that ``first`` found, until it is placed again."""
        heappop(self._next)
        row.placed = 0

    def begin(self, row: Row) -> Job:
        """Take the job whose turn it is, which ``first`` found: its number is called."""
        self.pass_over(row)
        row.is_called = True
        return heappop(row.ready)[3]

    def rider(self, row: Row, kind: WorkKind) -> Job | None:
        """Give a number's next job where it is of this kind and due; it stays where it is."""
        self._drop_stale(row)
        return row.ready[0][3] if row.ready and row.ready[0][0] == kind else None

    def ride(self, row: Row) -> None:
        """Take the job that ``rider`` gave."""
        heappop(row.ready)

    def ended(self, number: str, rests_until_s: int, now_s: int) -> None:
        """Have a number free again; what is not urgent waits until it has rested."""
        row = self._rows[number]
        row.is_called = False
        row.rests_until_s = rests_until_s
        self.place(row, now_s)

    def place_number(self, number: str, now_s: int) -> None:
        """Look at a number again, something that it waited for being free."""
        row = self._rows.get(number)
        if row is not None:
            self.place(row, now_s)

    def look(self, now_s: int) -> None:
        """Look at each number for which it is time."""
        while self._looks and self._looks[0][0] <= now_s:
            at_s, number = heappop(self._looks)
            row = self._rows.get(number)
            if row is not None and row.looked_at_s == at_s:
                row.looked_at_s = _NEVER
                self.place(row, now_s)

    def due_at(self) -> int | None:
        """Say when a number is to be looked at next."""
        while self._looks:
            at_s, number = self._looks[0]
            row = self._rows.get(number)
            if row is not None and row.looked_at_s == at_s:
                self._drop_stale(row)
                if not row.is_called and (row.ready or row.later):
                    return at_s
                row.looked_at_s = _NEVER  # a number that is called is placed at its call's end
            heappop(self._looks)
        return None

    def forget_idle(self, now_s: int) -> None:
        """Forget the numbers for which nothing waits."""
        for number, row in list(self._rows.items()):
            self._drop_stale(row)
            if not (row.ready or row.later or row.is_called or row.rests_until_s > now_s):
                del self._rows[number]

    def place(self, row: Row, now_s: int) -> None:
        """Put a number where it belongs: among those that can be called, or those looked at later."""
        if row.is_called:
            return
        while row.later and row.later[0][0] <= now_s:
            from_s, turn, job = heappop(row.later)
            heappush(row.ready, (job.kind, from_s, turn, job))
        self._drop_stale(row)
        look_s = row.later[0][0] if row.later else _NEVER
        if not row.ready:
            row.placed = 0
        else:
            kind, since_s, turn, job = row.ready[0]
            start_s = self._earliest(row, job, now_s)
            if start_s > now_s:
                row.placed = 0
                look_s = min(look_s, start_s)
            elif row.placed != turn:
                row.placed = turn
                heappush(self._next, (kind, since_s, turn, row.number))
        if look_s < row.looked_at_s:
            row.looked_at_s = look_s
            heappush(self._looks, (look_s, row.number))

    def _earliest(self, row: Row, job: Job, now_s: int) -> int:
        """Say from when on a number may be called for a job.

        Urgent work does not wait for a number's rest: a modem that has not hung up yet says BUSY.
        """
        if self._counts.of_number(row.number, job.kind) >= self._policy.calls_of(job.kind):
            return self._counts.ends_s
        return now_s if job.kind is WorkKind.URGENT else max(now_s, row.rests_until_s)

    def _drop_stale(self, row: Row) -> None:
        while row.ready and not self._is_current(row.ready[0][3]):
            heappop(row.ready)
        while row.later and not self._is_current(row.later[0][2]):
            heappop(row.later)
