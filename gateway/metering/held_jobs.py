"""Jobs that the pool has no room for yet: they wait here, in the order in which it would begin them."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gateway.core.line_work.job import Job

#: Jobs that are held: twice a night's visits of a large town, some 300 bytes each, like the pool's own.
HELD_MAX: Final = 400_000


class HeldJobs:
    """Jobs to be offered when there is room; one whose time ends here is told, so that it can be given up."""

    def __init__(self) -> None:
        self._jobs: dict[int, Job] = {}
        self._order: list[tuple[int, int, int]] = []
        self._untils: list[tuple[int, int]] = []

    def __len__(self) -> int:
        return len(self._jobs)

    @property
    def is_full(self) -> bool:
        """Is no other one taken?"""
        return len(self._jobs) >= HELD_MAX

    def hold(self, job: Job) -> None:
        """Take one more."""
        self._jobs[job.id] = job
        heappush(self._order, (job.kind, job.due_s, job.id))
        heappush(self._untils, (job.until_s, job.id))

    def let_go(self, job_id: int) -> bool:
        """Take one out that is not wanted any more; False where it is not held."""
        return self._jobs.pop(job_id, None) is not None

    def take(self, room: int) -> list[Job]:
        """Take out so many, the most pressing and the first due."""
        taken: list[Job] = []
        while self._order and len(taken) < room:
            job = self._jobs.pop(heappop(self._order)[2], None)
            if job is not None:
                taken.append(job)
        return taken

    def expired(self, now_s: int) -> list[Job]:
        """Take out those whose time is over."""
        over = []
        while self._untils and (self._untils[0][0] <= now_s or self._untils[0][1] not in self._jobs):
            job = self._jobs.pop(heappop(self._untils)[1], None)
            if job is not None:
                over.append(job)
        return over

    def expires_at(self) -> int | None:
        """Say when the time of the next one is over."""
        while self._untils and self._untils[0][1] not in self._jobs:
            heappop(self._untils)
        return self._untils[0][0] if self._untils else None
