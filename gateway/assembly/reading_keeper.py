"""Keeps what visits to meters bring: readings in the ledger, all else in the book of lines.

    what it showed     RecordReadings, once for a meter and a moment: does it count, what does it prove?
    does not fit       less than before, or more than it can have counted: an event, and the reading is kept
                       as doubtful, which moves nothing; nobody can read that moment again
    all the rest       contact, events, frozen months, rows of a profile: the book of lines

The ledger comes last: what it does not take now is read again, and the rest is the same when it is noted
again. A reading of a meter that no customer has, as a feeder's, is not kept: its frozen months are.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, Protocol

from twisted.internet.defer import Deferred

from gateway.core.contact import ContactFault, ContactWhy
from gateway.core.meter_event import EventKind, MeterEvent
from gateway.core.office import NotDone
from gateway.core.person import LOCAL
from gateway.core.reading import Shown, Source, Told
from gateway.core.reading_rules import DAY_WH_MAX, ReadingFault
from gateway.events import event
from gateway.ports import LedgerBusy, OutcomeUnknown
from gateway.prepayment.record_readings import ReadingLine, RecordReadings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.core.meter_seen import (
        FrozenReading,
        MeterContact,
        MeterSeen,
        ProfileRowKept,
        VisitBrought,
    )
    from gateway.core.outcome import Content
    from gateway.ports import Clock, Poster

log = logging.getLogger("powertill.lines")

#: Who takes readings that come over a line, as the journal names him: nobody of the office.
BY_LINE: Final = f"{LOCAL}lines"

POSTS_MAX: Final = 3
"""Times that a reading is posted, where the ledger is busy: the line waits meanwhile, and others with it."""

POST_AGAIN_S: Final = 2
"""Seconds in between: a ledger that is busy has then done some hundred postings."""

#: Why a reading that does not fit is kept all the same.
INSISTS: Final = "read over the line, and its frame was whole"

#: What does not fit, and what it is at the meter.
_EVENTS: Final = {
    ReadingFault.BACKWARDS: (EventKind.COUNTS_BACK, "it shows less than before"),
    ReadingFault.TOO_MUCH: (EventKind.TOO_MUCH, "it would have counted more than it can in this time"),
}
_FAULTS: Final = {one.value: one for one in ReadingFault}


class LineBook(Protocol):
    """Notes what lines have seen; written a moment later, in the order in which it was noted."""

    @property
    def has_room(self) -> bool:
        """May more be noted? Else the calls that are under way are the last for now."""

    def contact(self, contact: MeterContact) -> None:
        """Note how a contact ended."""

    def events(self, events: Sequence[MeterEvent]) -> None:
        """Note what was noticed."""

    def frozen(self, readings: Sequence[FrozenReading]) -> None:
        """Note what was frozen."""

    def profile(self, rows: Sequence[ProfileRowKept]) -> None:
        """Note rows of a load profile."""


class ReadingsOfLines:
    """``ReadingKeeper`` of the verb that reads meters. ``day_wh_max`` as ``RecordReadings`` has it."""

    def __init__(self, poster: Poster, book: LineBook, clock: Clock, day_wh_max: int = DAY_WH_MAX) -> None:
        self._poster = poster
        self._book = book
        self._clock = clock
        self._day_wh_max = day_wh_max

    async def keep(self, brought: VisitBrought) -> None:
        """Keep it; ``ContactFault`` where it is to be read again."""
        if not self._book.has_room:
            raise ContactFault(ContactWhy.LOST, "what was read cannot be kept: too much waits to be written")
        self._book.contact(brought.contact)
        self._book.frozen(brought.frozen)
        self._book.profile(brought.profile)
        self._book.events(brought.events)
        if brought.seen is not None and brought.seen.total_wh is not None:
            await self._record(brought.seen)

    async def _record(self, seen: MeterSeen) -> None:
        """Record a reading; where it does not fit as a doubtful one, with an event."""
        fault = await self._posted(seen)
        if fault in _EVENTS:
            kind, told = _EVENTS[fault]
            fault = await self._posted(seen, INSISTS)
            self._book.events([MeterEvent(seen.pan, seen.at_us, kind, f"{told}: {seen.total_wh} Wh")])
        if fault is not None and fault is not ReadingFault.UNKNOWN_METER:
            event(log, "lines.reading_refused", level=logging.WARNING, why=fault.name)

    async def _posted(self, seen: MeterSeen, reason: str = "") -> ReadingFault | None:
        """Post it until the ledger has it; why it is not taken."""
        # The moment makes it one: posted again, whoever does it, it is the same.
        nonce = f"{seen.pan}/{seen.at_us}" + ("/doubtful" if reason else "")
        shown = Shown(seen.pan, seen.at_us, seen.registers, seen.status, seen.credit_wh, seen.credits)
        line = ReadingLine(shown, Told(Source.REMOTE, reason=reason))
        order = RecordReadings(BY_LINE, nonce, (line,), day_wh_max=self._day_wh_max)
        content = await self._post(order)
        return _FAULTS.get(content.detail) if isinstance(content, NotDone) else None

    async def _post(self, order: RecordReadings) -> Content:
        tried = 0
        while True:
            tried += 1
            try:
                return await self._poster.post(order)
            except (LedgerBusy, OutcomeUnknown) as busy:
                if tried == POSTS_MAX:
                    event(log, "lines.reading_unwritten", level=logging.WARNING, raised=busy)
                    raise ContactFault(ContactWhy.LOST, "the books did not take it in time") from None
            await self._pause()

    def _pause(self) -> Deferred[Any]:
        waiting: Deferred[Any] = Deferred()
        self._clock.callLater(POST_AGAIN_S, waiting.callback, None)
        return waiting
