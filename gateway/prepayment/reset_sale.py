"""Reset for selling: what a meter has taken is told by evidence, and the books follow it, without any money.

    load    the meter as readings know it, its last purchase that went out, its resets
    decide  may that be reset? (``reset_allowed.py``) → is the evidence newer than the purchase and the last
            reading? → what follows from it: taken, lost, or more than was ever sold (``core.reset``)
    write   the reset, and
            taken    Dr E.LOADED, Cr E.ISSUED for what of the purchase was not known to be in the meter
            lost     nothing yet: its tokens are made once more by ``give_again.py``
            frozen   the meter BLOCKED, and an exception that a person sees

Where the evidence is only somebody's word, or a meter that was blocked is freed by it, the office has a
second person decide. A count that says more than was sold blocks the meter whatever else is said.

Refusals: those of ``reset_allowed.py``; no_reason, seen_ahead, seen_before_sale, seen_before_reading,
counted_otherwise, taken_in_part, earlier_missing, lost_already, meter_frozen, twice_at_once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from gateway.core.books import Decision, ExceptionNote
from gateway.core.file_books import FileChange
from gateway.core.form_order import FormOrder, not_done
from gateway.core.key_change import key_name
from gateway.core.ledger import EntryKind
from gateway.core.meter import MeterState
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import ResetFound
from gateway.core.person import REASON_MAX, is_said
from gateway.core.reading_books import ReadingChange
from gateway.core.reading_energy import first_gap_of, reading_entry
from gateway.core.reset import Contradiction, Outcome, Reset, ResetDone, judged
from gateway.core.timeline import microseconds
from gateway.core.token import ReservedId
from gateway.prepayment.reset_allowed import Resettable, not_lost, reset_needs, resettable

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books, Needs
    from gateway.core.reading import Sums
    from gateway.core.reset import Shows

#: The exception of a meter that has taken more credits than were ever sold.
COUNTER_AHEAD: Final = "counter_ahead"

_CONTRADICTED: Final = {
    Contradiction.COUNTED_OTHERWISE: OfficeRefusal.COUNTED_OTHERWISE,
    Contradiction.IN_PART: OfficeRefusal.TAKEN_IN_PART,
    Contradiction.EARLIER_MISSING: OfficeRefusal.EARLIER_MISSING,
}


@dataclass(frozen=True, slots=True)
class InquireReset:
    """What would follow from the evidence? Nothing is booked or remembered; the refusals are the order's."""

    order: ResetSale

    #: An inquiry has no memory, so it has no key, and the journal names nobody.
    key = ""
    digest = ""
    channel = ""

    def needs(self) -> Needs:
        """As the order."""
        return self.order.needs()

    def decide(self, books: Books, now: datetime) -> Decision:
        """Look."""
        decision = self.order.change(books, now)
        if not isinstance(decision.content, ResetDone):
            return Decision(decision.content)
        postings = tuple(line for entry in decision.entries for line in entry.postings)
        return Decision(ResetFound(decision.content.outcome, postings))


@dataclass(frozen=True, slots=True)
class ResetSale(FormOrder):
    """Reset the meter ``pan`` by what is shown of its last purchase, whose key is ``payment``.

    ``is_lifted``: the meter is blocked, and may be sold to again.
    """

    pan: str
    payment: str
    shows: Shows
    reason: str
    is_lifted: bool = False

    @property
    def rnd(self) -> int:
        """The random nibble of the tokens of a purchase that is lost: drawn with the form, by its nonce."""
        return sha256(self.nonce.encode()).digest()[0] % 16

    def needs(self) -> Needs:
        """The meter with its last purchase."""
        return reset_needs(self.by, self.pan, self.payment, self.key)

    def change(self, books: Books, now: datetime) -> Decision:
        """Refuse, or do what follows from the evidence."""
        found = resettable(books, self.pan, self.payment, self.giver_branch(books), now)
        if isinstance(found, OfficeRefusal):
            return not_done(found)
        wrong = self._wrong(found, microseconds(now))
        if wrong is not None:
            return not_done(wrong)
        outcome = judged(self.shows, found.last)
        if isinstance(outcome, Contradiction):
            return not_done(_CONTRADICTED[outcome])
        if outcome is Outcome.FROZEN:
            return self._frozen(books, found, now)
        is_blocked = found.meter.state is MeterState.BLOCKED
        if is_blocked != self.is_lifted:
            return not_done(OfficeRefusal.METER_FROZEN if is_blocked else OfficeRefusal.TWICE_AT_ONCE)
        if outcome is Outcome.TAKEN:
            return self._taken(books, found, now)
        refusal = not_lost(found) or self._lost_before(found)
        return not_done(refusal) if refusal is not None else self._lost(books, found, now)

    def _wrong(self, found: Resettable, now_us: int) -> OfficeRefusal | None:
        """Say what is wrong with what is said, or with when it was seen."""
        if not is_said(self.reason, REASON_MAX):
            return OfficeRefusal.NO_REASON
        seen_us, read = self.shows.seen_us, found.known.last
        if seen_us > now_us:
            return OfficeRefusal.SEEN_AHEAD
        if seen_us < found.last.at_us:
            return OfficeRefusal.SEEN_BEFORE_SALE
        # What was read at its former place says nothing of this purchase.
        is_read_since = read is not None and read.shown.taken_us >= seen_us
        return OfficeRefusal.SEEN_BEFORE_READING if is_read_since else None

    def _lost_before(self, found: Resettable) -> OfficeRefusal | None:
        """Was it found lost already, for the key that the meter has now?"""
        key = key_name(found.meter.token_identity)
        same = (self.payment, Outcome.LOST, key)
        is_again = any((one.payment, one.outcome, one.key_name) == same for one in found.known.resets)
        return OfficeRefusal.LOST_ALREADY if is_again else None

    def _taken(self, books: Books, found: Resettable, now: datetime) -> Decision:
        before = found.known.sums
        after = replace(found.sums, loaded_wh=found.sums.loaded_wh + self._proven_wh(found))
        entry = None
        if after.loaded_wh > before.loaded_wh:
            entry = reading_entry(before, after, EntryKind.RESET)
        row = self._row(books, found, Outcome.TAKEN, now)
        if entry is None:
            return self._done(row, found)
        row = replace(row, before=before, after=after, entry_id=books.next_id)
        return replace(self._done(row, found), entries=(entry,), sale=found.sale)

    def _proven_wh(self, found: Resettable) -> int:
        """Say how much more is known to be in it: all that went out where all was counted, else its last."""
        first_gap = first_gap_of(found.known)
        missing = found.sums.gap_wh - max(0, first_gap or 0)
        if self.shows.credits is not None and first_gap is not None:
            return max(0, missing)
        # What is missing beside a purchase that was found to be in it is of those before.
        was_found = any(
            (one.payment, one.outcome) == (self.payment, Outcome.TAKEN) for one in found.known.resets
        )
        return 0 if was_found else max(0, min(missing, found.sale.encoded_wh))

    def _lost(self, books: Books, found: Resettable, now: datetime) -> Decision:
        again = ReservedId(found.last.base_date, found.last.tid, self.rnd)
        return self._done(replace(self._row(books, found, Outcome.LOST, now), again=again), found)

    def _frozen(self, books: Books, found: Resettable, now: datetime) -> Decision:
        sale, taken, sold = found.sale, self.shows.credits, found.last.number
        text = f"the meter has taken more credits than were sold: {taken} credits taken, {sold} sold"
        note = ExceptionNote(COUNTER_AHEAD, sale.bank, sale.key, sale.id, text)
        row = replace(self._row(books, found, Outcome.FROZEN, now), is_lifted=False)
        return replace(self._done(row, found), exception=note)

    def _row(self, books: Books, found: Resettable, outcome: Outcome, now: datetime) -> Reset:
        sums: Sums = found.known.sums
        read = found.known.last
        return Reset(
            id=books.readings.next_reset,
            at_us=microseconds(now),
            pan=self.pan,
            payment=self.payment,
            outcome=outcome,
            shows=replace(self.shows, reference=self.shows.reference.strip()),
            number=found.last.number,
            before=sums,
            after=sums,
            reason=self.reason.strip(),
            by=self.by,
            reading_id=0 if read is None else read.id,
            key_name=key_name(found.meter.token_identity),
            is_lifted=self.is_lifted,
        )

    def _done(self, row: Reset, found: Resettable) -> Decision:
        state = MeterState.BLOCKED if row.outcome is Outcome.FROZEN else MeterState.ACTIVE
        moved = () if found.meter.state is state else (replace(found.meter, state=state),)
        return Decision(
            ResetDone(row.id, row.outcome, self.payment),
            remembered=True,
            files=FileChange(meters=moved) if moved else None,
            readings=ReadingChange(resets=(row,)),
            told=_told(row, found),
        )


def _told(row: Reset, found: Resettable) -> str:
    counted = "not counted" if row.shows.credits is None else f"{row.shows.credits} of {row.number} credits"
    energy = f"{row.before.loaded_wh} Wh known in the meter, then {row.after.loaded_wh} Wh"
    freed = f", meter {found.meter.state.value} before" if row.is_lifted else ""
    return f"reset: {row.outcome.value} by {row.shows.evidence.value}, {counted}; {energy}{freed}"
