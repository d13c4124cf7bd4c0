"""Gathers what lines have seen and has it written, a batch at a time, on the thread of the book of lines.

    slots, calls, contacts ... ──► queue ──a moment later──► one batch under way (<= BATCH_MAX) ──► tables

Notes are written in the order in which they were given, so what a crash leaves is a beginning of them:
rounds are restored from it, and what was not written is read once more. A batch that fails is written again
before anything behind it.

While the queue is long (``has_room`` is false) whoever makes the calls begins no other ones. What slots and
rounds there are then still fits in: a slot has two more notes at the most. Anything else that comes is left
out, and counted.
"""

from __future__ import annotations

import logging
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from adapters.db.line_book import BATCH_MAX
from adapters.db.opening import DatabaseFault
from gateway.core.line_work.round_kept import Kept, SlotNote
from gateway.events import event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from adapters.db.line_book import LineBook, LineNote
    from gateway.core.line_work.call_made import CallMade
    from gateway.core.line_work.round_kept import RoundBegun
    from gateway.core.line_work.slot import SlotChange
    from gateway.core.meter_event import MeterEvent
    from gateway.core.meter_seen import FrozenReading, MeterContact, ProfileRowKept
    from gateway.ports import Clock

    RunElsewhere = Callable[..., Deferred[Any]]

log = logging.getLogger("powertill.lines")

#: Seconds in which notes gather before they are written: one transaction then serves the ends of many calls.
GATHER_S: Final = 1.0

#: Seconds before the database is asked again after it did not serve.
AGAIN_S: Final = 5.0

#: Notes that wait, some 300 bytes each: the slots of a large town's night, opened and read, and a day's rows
#: of its profiles come in portions of it.
NOTES_MAX: Final = 300_000

#: Portions of old rows that are taken out in a turn, one behind the other: a few seconds of a thread that
#: has little to do, and between two of them notes are written.
PORTIONS_MAX: Final = 250


class LineKeeping:
    """The async face of a ``LineBook``; ``run_elsewhere`` runs each call of it on one thread."""

    def __init__(self, book: LineBook, run_elsewhere: RunElsewhere, clock: Clock) -> None:
        self._book = book
        self._run_elsewhere = run_elsewhere
        self._clock = clock
        self._notes: deque[LineNote] = deque()
        self._left_out = 0
        self._is_stopped = False
        self._timer: Any = None
        self._writing: Deferred[None] = succeed(None)
        self._is_writing = False

    @property
    def has_room(self) -> bool:
        """May calls be begun, and rounds opened?"""
        return len(self._notes) < NOTES_MAX

    @property
    def waiting(self) -> int:
        """Say how many notes are not written yet."""
        return len(self._notes)

    def kept(self) -> Deferred[Kept]:
        """Read what rounds are restored from; DatabaseFault where the database does not serve."""
        return self._run_elsewhere(self._book.kept)

    def slots(self, changes: Iterable[SlotChange], at_s: int) -> None:
        """Note where slots came to stand at a moment."""
        self._notes.extend(SlotNote(change, at_s) for change in changes)
        self._come()

    def rounds(self, begun: Iterable[RoundBegun]) -> None:
        """Note rounds whose window has opened, behind their slots."""
        self._notes.extend(begun)
        self._come()

    def call(self, made: CallMade) -> None:
        """Note a call."""
        self._take([made])

    def contact(self, contact: MeterContact) -> None:
        """Note how the last contact with a meter ended."""
        self._take([contact])

    def events(self, events: Sequence[MeterEvent]) -> None:
        """Note what was noticed at meters."""
        self._take(events)

    def frozen(self, readings: Sequence[FrozenReading]) -> None:
        """Note what meters have frozen."""
        self._take(readings)

    def profile(self, rows: Sequence[ProfileRowKept]) -> None:
        """Note rows of load profiles."""
        self._take(rows)

    async def forget(self, now_s: int) -> None:
        """Take out what is older than it is kept, so many portions of it. DatabaseFault as ``kept``."""
        for _ in range(PORTIONS_MAX):
            if self._is_stopped or not await self._run_elsewhere(self._book.forget, now_s):
                return

    def written(self) -> Deferred[None]:
        """Fires when all that was noted by now is written, or the database has refused it."""
        if not self._is_writing:
            self._begin()
        done: Deferred[None] = Deferred()
        self._writing.addCallback(lambda _: done.callback(None))
        return done

    async def stop(self) -> None:
        """Write what waits, once, and give the connection back; what is not written then is read again."""
        self._is_stopped = True
        self._wait_no_more()
        await self.written()
        if self._notes:
            event(log, "lines.not_written", level=logging.WARNING, notes=len(self._notes))
        await self._run_elsewhere(self._book.close)

    def _take(self, notes: Sequence[LineNote]) -> None:
        if self.has_room:
            self._notes.extend(notes)
            self._come()
            return
        if not self._left_out:
            event(log, "lines.left_out", level=logging.ERROR, waiting=len(self._notes))
        self._left_out += len(notes)

    def _come(self, wait_s: float = GATHER_S) -> None:
        """Write in a moment, unless that is under way already."""
        if self._notes and self._timer is None and not self._is_writing and not self._is_stopped:
            self._timer = self._clock.callLater(wait_s, self._begin)

    def _begin(self) -> None:
        self._wait_no_more()
        self._is_writing = True
        self._writing = Deferred()
        Deferred.fromCoroutine(self._write()).addBoth(self._over)

    def _over(self, result: object) -> None:
        if isinstance(result, Failure):
            event(log, "lines.keeping_failed", level=logging.ERROR, raised=result.value)
        self._is_writing = False
        done, self._writing = self._writing, succeed(None)
        done.callback(None)
        self._come(AGAIN_S if result is not None else GATHER_S)

    async def _write(self) -> DatabaseFault | None:
        """Write batch after batch until nothing waits; the fault that ended it."""
        while self._notes:
            batch = list(islice(self._notes, BATCH_MAX))
            try:
                await self._run_elsewhere(self._book.write, batch)
            except DatabaseFault as fault:
                event(log, "lines.not_kept", level=logging.WARNING, why=str(fault), waiting=len(self._notes))
                return fault
            for _ in batch:
                self._notes.popleft()
        if self._left_out:
            event(log, "lines.kept_again", level=logging.WARNING, left_out=self._left_out)
            self._left_out = 0
        return None

    def _wait_no_more(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()
