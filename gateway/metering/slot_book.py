"""Where each slot stands that has opened and is not over, and which of them are gaps.

Rounds come and go; this is the one place that steps a slot on. What it answers is what is to be kept.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final

from gateway.core.line_work.call import PassedOver
from gateway.core.line_work.slot import SLOT_STEPS, Gap, GapWhy, Slot, SlotChange, SlotEvent, SlotState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.core.line_work.round_kept import SlotKept

_SECONDS_A_DAY: Final = 86_400


@dataclass(slots=True)
class _Standing:
    """Where a slot that is not over stands; ``gap_since_s`` from when on it is a gap, 0 if it never was."""

    state: SlotState
    why: GapWhy | None = None
    gap_since_s: int = 0


class SlotBook:
    """The slots of all rounds; meters keep their values for ``kept_days``."""

    def __init__(self, kept_days: int) -> None:
        self._kept_s = kept_days * _SECONDS_A_DAY
        self._open: dict[Slot, _Standing] = {}
        self._gaps: dict[str, dict[Slot, None]] = {}
        self._ages: list[tuple[int, Slot]] = []
        self.counts: Counter[SlotState] = Counter()

    def __len__(self) -> int:
        return len(self._open)

    def enter(self, slot: Slot) -> SlotChange:
        """Take in a slot whose window has opened."""
        self._open[slot] = _Standing(SLOT_STEPS[SlotState.TO_COME, SlotEvent.OPENED])
        self.counts[SlotState.WAITING] += 1
        return SlotChange(slot, SlotState.WAITING)

    def enter_gap(self, kept: SlotKept) -> None:
        """Take in a slot that was on the list of gaps before we were there."""
        slot = kept.slot
        self._open[slot] = _Standing(SlotState.GAP, kept.why, kept.since_s)
        self.counts[SlotState.GAP] += 1
        self._gaps.setdefault(slot.schedule, {})[slot] = None
        heappush(self._ages, (slot.at_s + self._kept_s, slot))

    def is_forgotten(self, at_s: int, now_s: int) -> bool:
        """Say whether meters have forgotten the values of a moment."""
        return now_s >= at_s + self._kept_s

    def step(self, slot: Slot, event: SlotEvent, why: GapWhy | None = None) -> None:
        """Step a slot on that is not over after it; ``why``: how its last call ended, if that is known."""
        standing = self._step(slot, event)
        standing.why = why or standing.why

    def read(self, slot: Slot) -> SlotChange:
        """Take it that a slot was read."""
        self._step(slot, SlotEvent.READ)
        del self._open[slot]
        return SlotChange(slot, SlotState.READ)

    def give_up(self, slot: Slot, why: GapWhy, now_s: int) -> SlotChange:
        """Put a slot on the list of gaps; the reason of an earlier call stays where there was none since."""
        standing = self._step(slot, SlotEvent.GIVEN_UP)
        if standing.why is None or not isinstance(why, PassedOver):
            standing.why = why
        if self.is_forgotten(slot.at_s, now_s):
            return self._lose(slot)
        self._gaps.setdefault(slot.schedule, {})[slot] = None
        if not standing.gap_since_s:
            standing.gap_since_s = now_s
            heappush(self._ages, (slot.at_s + self._kept_s, slot))
        return SlotChange(slot, SlotState.GAP, standing.why)

    def go(self, slot: Slot) -> SlotChange:
        """Take out a slot that nobody wants any more."""
        self._gaps.get(slot.schedule, {}).pop(slot, None)
        self._step(slot, SlotEvent.NOT_WANTED)
        del self._open[slot]
        return SlotChange(slot, SlotState.GONE)

    def take_gaps(self, schedule: str) -> dict[int, list[Slot]]:
        """Have the gaps of a schedule wait again; by meter, the oldest first."""
        missing: dict[int, list[Slot]] = {}
        for slot in self._gaps.pop(schedule, {}):
            missing.setdefault(slot.meter, []).append(slot)
            self._step(slot, SlotEvent.OPENED)
        for slots in missing.values():
            slots.sort()
        return missing

    def forget(self, now_s: int) -> Iterator[SlotChange]:
        """Take off the list the gaps that meters have forgotten; one that is tried just now has its try."""
        while self._ages and self._ages[0][0] <= now_s:
            _, slot = heappop(self._ages)
            if self.state_of(slot) is SlotState.GAP:
                del self._gaps[slot.schedule][slot]
                yield self._lose(slot)

    def forgets_at(self) -> int | None:
        """Say when ``forget`` has something to do next."""
        return self._ages[0][0] if self._ages else None

    def of(self, schedule: str) -> list[Slot]:
        """Give the slots of a schedule that are not over."""
        return [slot for slot in self._open if slot.schedule == schedule]

    def gaps(self) -> Iterator[Gap]:
        """Give the list of gaps; those that are being tried again stand in it too."""
        for slot, standing in self._open.items():
            if standing.gap_since_s:
                yield Gap(slot, standing.state, standing.gap_since_s, standing.why)

    def state_of(self, slot: Slot) -> SlotState | None:
        """Say where a slot stands that has opened; None where it is over, or to come."""
        standing = self._open.get(slot)
        return None if standing is None else standing.state

    def _step(self, slot: Slot, event: SlotEvent) -> _Standing:
        standing = self._open[slot]
        after = SLOT_STEPS[standing.state, event]
        self.counts[standing.state] -= 1
        self.counts[after] += 1
        standing.state = after
        return standing

    def _lose(self, slot: Slot) -> SlotChange:
        standing = self._step(slot, SlotEvent.TOO_OLD)
        del self._open[slot]
        return SlotChange(slot, SlotState.LOST, standing.why)
