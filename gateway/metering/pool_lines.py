"""The lines of a pool: which are free, which are kept for urgent work, and which are out until probed.

    free ──call──► busy ──ended──► free
     ▲              │ NO_DIALTONE; the third LINE, or the tenth NO_CARRIER, in a row
     │              ▼
     └─probed well─ out ──after 5 min, or at once after a LINE──► probing ──badly──► out

A line that was taken out for what it did in a row is taken out again at the next such end.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from gateway.core.contact import ContactWhy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.core.line_work.call import Call
    from gateway.core.line_work.policy import Policy


@dataclass(slots=True)
class _Line:
    """What a line has done of late: faults, and calls without a carrier, one after the other."""

    is_reserved: bool
    faults: int = 0
    no_carriers: int = 0


class Lines:
    """Lines by their numbers; ``reserved`` are those that take urgent work only.

    A free line waits in a row, so all are worn alike and a job that is tried again meets another line.
    """

    def __init__(self, lines: Iterable[int], reserved: frozenset[int], policy: Policy) -> None:
        self._policy = policy
        self._lines = {line: _Line(line in reserved) for line in lines}
        if not self._lines.keys() > reserved:
            raise ValueError("reserved: these must be some of the lines, and one must be left for other work")
        self._free = deque(line for line in self._lines if line not in reserved)
        self._free_reserved = deque(line for line in self._lines if line in reserved)
        self._out: list[tuple[int, int]] = []
        self._probing: set[int] = set()
        self.running: dict[int, Call] = {}

    @property
    def has_free(self) -> bool:
        """Say whether a line is free for urgent work."""
        return bool(self._free or self._free_reserved)

    @property
    def has_free_for_all(self) -> bool:
        """Say whether a line is free for any work."""
        return bool(self._free)

    @property
    def out(self) -> frozenset[int]:
        """Name the lines that are not in service."""
        return frozenset(self._probing).union(line for _, line in self._out)

    def take(self, *, is_urgent: bool, rather_not: int | None) -> int:
        """Take the line that has been free for longest, one that is reserved first where work is urgent."""
        row = self._free_reserved if is_urgent and self._free_reserved else self._free
        if row[0] == rather_not:
            if len(row) > 1:
                row.rotate(-1)
                line = row.popleft()
                row.rotate(1)
                return line
            if is_urgent and row is self._free_reserved and self._free:
                row = self._free
        return row.popleft()

    def ended(self, line: int, why: ContactWhy | None, now_s: int) -> None:
        """Have a line that was busy free again, or taken out, as its call says of it."""
        known = self._lines[line]
        if why is ContactWhy.LINE:
            known.faults += 1
        elif why is ContactWhy.NO_CARRIER:
            known.no_carriers += 1
        elif why not in {ContactWhy.BUSY, ContactWhy.NO_ANSWER, ContactWhy.NO_DIALTONE}:
            known.faults = known.no_carriers = 0
        is_worn = known.faults >= self._policy.line_faults or known.no_carriers >= self._policy.no_carriers
        if why is ContactWhy.NO_DIALTONE or is_worn:
            self._take_out(line, now_s + self._policy.probe_s)
        elif why is ContactWhy.LINE:
            self._take_out(line, now_s)  # preparing it anew is a probe at once
        else:
            self._put_in(line)

    def faulty(self, line: int, now_s: int) -> None:
        """Take a free line out of service; nothing where it is out already, ValueError while it is busy."""
        if line in self.running:
            raise ValueError(f"line: {line} is on a call; say how that ended first")
        if line in self.out:
            return
        row = self._free_reserved if self._lines[line].is_reserved else self._free
        row.remove(line)
        self._take_out(line, now_s + self._policy.probe_s)

    def probes(self, now_s: int) -> tuple[int, ...]:
        """Name the lines that are to be looked at now; each is named once until it was."""
        due = []
        while self._out and self._out[0][0] <= now_s:
            due.append(heappop(self._out)[1])
        self._probing.update(due)
        return tuple(due)

    def probed(self, line: int, *, is_good: bool, now_s: int) -> None:
        """Put a line back that was looked at, or leave it out until the next look.

        ValueError where no turn has named it.
        """
        if line not in self._probing:
            raise ValueError(f"line: {line} is not being probed; it is probed when a turn names it")
        self._probing.remove(line)
        if is_good:
            self._put_in(line)
        else:
            self._take_out(line, now_s + self._policy.probe_s)

    def due_at(self) -> int | None:
        """Say when the next line is to be looked at."""
        return self._out[0][0] if self._out else None

    def _take_out(self, line: int, probe_at_s: int) -> None:
        heappush(self._out, (probe_at_s, line))

    def _put_in(self, line: int) -> None:
        known = self._lines[line]
        # A modem that answers a probe may be deaf all the same: until a call has gone well, one more such end
        # is enough.
        known.faults = min(known.faults, self._policy.line_faults - 1)
        known.no_carriers = min(known.no_carriers, self._policy.no_carriers - 1)
        (self._free_reserved if known.is_reserved else self._free).append(line)
