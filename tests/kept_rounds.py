"""What a book of lines keeps of rounds, in memory and as plainly as can be; and a place that is restarted.

``KeptInMemory`` is the double of ``adapters.db.line_book`` for rounds: both take the same notes in the same
order, and ``tests/contracts/test_line_book_contract.py`` holds them against each other.
"""

from __future__ import annotations

from collections import Counter
from itertools import count
from random import Random

from gateway.core.contact import ContactWhy
from gateway.core.line_work.call import CallEnded
from gateway.core.line_work.round_kept import Kept, RoundTold, SlotKept
from gateway.core.line_work.slot import SlotState
from gateway.metering.pool import LinePool
from gateway.metering.rounds import Rounds

OPEN = {SlotState.WAITING, SlotState.GAP}


class KeptInMemory:
    """Slots that are not over, rounds with their figures, and how each slot that is over has ended."""

    def __init__(self):
        self.slots: dict = {}
        self.rounds: dict = {}
        self.over: dict = {}
        self.lost: set = set()
        self.figures: Counter = Counter()

    def slots_changed(self, changes, now_s):
        for slot, state, why in changes:
            if state in OPEN:
                self.over.pop(slot, None)
                self.lost.discard(slot)
                old, is_gap = self.slots.get(slot), state is SlotState.GAP
                since_s = old.since_s if old is not None and old.is_gap and is_gap else now_s
                self.slots[slot] = SlotKept(slot, is_gap, since_s, why)
            elif slot in self.slots:
                del self.slots[slot]
                if state is SlotState.LOST:
                    self.lost.add(slot)
                # What was left of a round that was not written to its end counts nowhere.
                if (slot.schedule, slot.at_s) in self.rounds:
                    self.over[slot] = (state, why)
                    self.figures[slot.schedule, slot.at_s, state] += 1

    def rounds_begun(self, rounds):
        for one in rounds:
            key = (one.schedule, one.at_s)
            old = self.rounds.get(key)
            if old is not None and one.told is not RoundTold.ROUND:
                self.rounds[key] = old._replace(told=one.told)
            elif old is None or old.meters == 0:
                self.rounds[key] = one
                self.figures[*key, SlotState.LOST] = one.lost

    def kept(self):
        last = {one.schedule: one for _, one in sorted(self.rounds.items(), key=lambda item: item[0])}
        return Kept(tuple(self.slots.values()), last)

    def open_of(self, schedule, at_s):
        return [slot for slot in self.slots if (slot.schedule, slot.at_s) == (schedule, at_s)]

    def left(self, schedule, at_s):
        """Say how many meters of a round are neither read, lost, gone nor open."""
        ended = sum(self.figures[schedule, at_s, state] for state in SlotState)
        return self.rounds[schedule, at_s].meters - ended - len(self.open_of(schedule, at_s))


class Place:
    """A pool and the rounds of a place, which may stop at any moment and forget its last notes."""

    def __init__(self, schedules, policy, now_s, seed, lines=1):
        self.schedules, self.policy, self.lines = schedules, policy, lines
        self.dice, self.ids = Random(seed), count(1)
        self.now_s = now_s
        self.table = KeptInMemory()
        self.notes: list = []
        self.start()

    def start(self):
        self.pool = LinePool(range(self.lines), frozenset(), self.policy)
        self.ends: list = []
        self.rounds = Rounds(self.schedules, self.policy, self.ids.__next__, self.now_s)
        self.take(self.rounds.restore(self.table.kept(), self.now_s))
        self.turn()

    def stop(self, forgets):
        """Leave nothing behind but what was written by now."""
        self.write(len(self.notes) - forgets)
        self.notes.clear()

    def write(self, notes):
        for name, *told in self.notes[: max(notes, 0)]:
            getattr(self.table, name)(*told)
        del self.notes[: max(notes, 0)]

    def change(self, schedules):
        self.schedules = schedules
        self.take(self.rounds.change(schedules, self.now_s))
        self.turn()

    def take(self, opened):
        for job_id in opened.withdrawn:
            self.pool.withdraw(job_id, self.now_s)
        self.note(opened.changes)
        self.notes += [("rounds_begun", [one]) for one in opened.rounds]
        for job in opened.jobs:
            self.pool.offer(job, self.now_s)

    def note(self, changes):
        self.notes += [("slots_changed", [one], self.now_s) for one in changes]

    def live(self, until_s):
        """Go on from event to event up to a moment."""
        while (due_s := self.due_at()) is not None and due_s < until_s:
            self.now_s = max(due_s, self.now_s + 1)
            self.turn()
        self.now_s = until_s

    def due_at(self):
        moments = [self.rounds.due_at(), self.pool.due_at(), *(at_s for at_s, *_ in self.ends)]
        return min((moment for moment in moments if moment is not None), default=None)

    def turn(self):
        for end in sorted(self.ends, key=lambda one: one[:2]):
            if end[0] <= self.now_s:
                self.ends.remove(end)
                self.ended(*end[1:])
        # A place that has little room offers little by little.
        self.take(self.rounds.open(self.now_s, min(self.pool.room, 3 - len(self.pool.jobs))))
        turn = self.pool.next(self.now_s)
        for one in turn.dropped:
            self.note(self.rounds.dropped(one, self.now_s))
        for line in turn.probes:
            self.pool.line_probed(line, is_good=True, now_s=self.now_s)
        for call in turn.calls:
            self.rounds.called(call)
            self.ends.append((self.now_s + self.dice.randint(20, 180), call.line, call))

    def ended(self, line, call):
        """Draw an end; some slots are told as read before it."""
        why = self.dice.choice([None, None, *ContactWhy])
        meters = sorted({meter for job in call.jobs for meter in job.meters})
        read = frozenset(meter for meter in meters if self.dice.random() < 0.5)
        for job in call.jobs:
            slots = [
                slot for meter, of_it in self.rounds.slots_of(job).items() if meter in read for slot in of_it
            ]
            self.note(self.rounds.read(job, slots[: self.dice.randint(0, 2)]))
        reasons = {} if why else {meter: ContactWhy.TIMEOUT for meter in meters if meter not in read}
        for settled in self.pool.ended(line, CallEnded(why, 40, read, reasons), self.now_s):
            self.note(self.rounds.settled(settled, self.now_s))
