"""How many calls numbers and meters have had since noon, so that nobody is called without end."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from gateway.core.line_work.window import seconds_at
from gateway.core.line_work.work_kind import WorkKind

if TYPE_CHECKING:
    from gateway.core.line_work.call import Call
    from gateway.core.line_work.policy import Policy

_NOON: Final = time(12)
_DAY: Final = timedelta(days=1)


class CallCounts:
    """The calls of a day, which lasts from noon to noon; ``ends_s`` is when the next one begins."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._numbers: dict[tuple[str, bool], int] = {}
        self._meters: dict[int, int] = {}
        self._spent: set[int] = set()
        self.ends_s = 0

    def turn(self, now_s: int) -> bool:
        """Begin another day where the last one is over; say whether one has begun."""
        if now_s < self.ends_s:
            return False
        zone = self._policy.zone
        today = datetime.fromtimestamp(now_s, zone).date()
        noon_s = seconds_at(today, _NOON, zone)
        self.ends_s = noon_s if now_s < noon_s else seconds_at(today + _DAY, _NOON, zone)
        self._numbers, self._meters, self._spent = {}, {}, set()
        return True

    def of_number(self, number: str, kind: WorkKind) -> int:
        """Say how many calls a number has had that were as urgent, or were not, as work of this kind is.

        They are counted apart: orders to a dead number must not use up the calls by which it is read again.
        """
        return self._numbers.get((number, kind is WorkKind.URGENT), 0)

    def are_spent(self, meters: tuple[int, ...]) -> bool:
        """Say whether one of these meters has had all of its calls."""
        return not self._spent.isdisjoint(meters)

    def is_spent(self, meter: int) -> bool:
        """Say whether a meter has had all of its calls."""
        return meter in self._spent

    def begun(self, call: Call) -> None:
        """Count a call, for its number and for each of its meters."""
        key = _number_of(call)
        self._numbers[key] = self._numbers.get(key, 0) + 1
        counts, most = self._meters, self._policy.calls_per_meter
        for meter in meters_of(call):
            count = counts[meter] = counts.get(meter, 0) + 1
            if count >= most:
                self._spent.add(meter)

    def not_dialled(self, call: Call) -> None:
        """Count a call back that was none: the line had no dial tone. One of the day before stays there."""
        key = _number_of(call)
        if self._numbers.get(key, 0) == 0:
            return
        self._numbers[key] -= 1
        for meter in meters_of(call):
            self._meters[meter] -= 1
            if self._meters[meter] < self._policy.calls_per_meter:
                self._spent.discard(meter)


def _number_of(call: Call) -> tuple[str, bool]:
    return call.number, call.jobs[0].kind is WorkKind.URGENT


def meters_of(call: Call) -> tuple[int, ...]:
    """Name each meter of a call once, in the order of the jobs."""
    if len(call.jobs) == 1:
        return call.jobs[0].meters
    return tuple(dict.fromkeys(meter for job in call.jobs for meter in job.meters))
