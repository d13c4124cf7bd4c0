"""Note what an inspector found at a meter: it leaves the list of those to be inspected.

    load    the meter with its newest readings
    decide  hers? → is the newest reading the one that was looked at? → is the finding said in words?
    write   the inspection; no entry: what was stolen is claimed elsewhere

Where its register begins anew, the next reading begins the counting, as of a meter that was never read.

Refusals: unknown_meter, twice_at_once, no_reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core.books import Decision, Needs
from gateway.core.form_order import FormOrder, not_done
from gateway.core.inspection import Finding, Inspection, Suspicion
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.office_books import OfficeNeeds
from gateway.core.person import REASON_MAX, is_said
from gateway.core.reading_books import ReadingChange, ReadingNeeds
from gateway.core.timeline import microseconds
from gateway.prepayment.record_readings import sees_meter

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books


@dataclass(frozen=True, slots=True)
class InspectMeter(FormOrder):
    """What was found; ``reading_id`` is the newest reading that was looked at (0: none),
    ``suspicions`` are why it stood on the list.
    """

    pan: str
    reading_id: int
    suspicions: tuple[Suspicion, ...]
    finding: Finding
    note: str

    def needs(self) -> Needs:
        """The meter."""
        readings = ReadingNeeds((self.pan,))
        return Needs(keys=(self.key,), readings=readings, office=OfficeNeeds(logins=(self.by,)))

    def change(self, books: Books, now: datetime) -> Decision:
        """Refuse, or note it."""
        known = books.readings.known.get(self.pan)
        if known is None or not sees_meter(self.giver_branch(books), known):
            return not_done(OfficeRefusal.UNKNOWN_METER)
        if known.newest_id != self.reading_id:
            return not_done(OfficeRefusal.TWICE_AT_ONCE)
        if not is_said(self.note, REASON_MAX):
            return not_done(OfficeRefusal.NO_REASON)
        seen = Inspection(
            books.readings.next_inspection,
            microseconds(now),
            self.pan,
            self.suspicions,
            self.finding,
            self.note.strip(),
            self.by,
            self.reading_id,
        )
        change = ReadingChange(inspections=(seen,))
        told = f"inspected: {self.finding.value}"
        return Decision(Changed(self.pan, seen.id), remembered=True, readings=change, told=told)
