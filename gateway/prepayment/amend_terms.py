"""Amendment of what a price depends on: power types and their parts, schemes, less contracted power.

    load     the point with its customer, its meter, the prices
    decide   is it the version that was looked at? → is nothing else due? → is the day neither over nor too
             far? → is anything different? → will the terms have a price on that day?
    today    the point and its meter, priced so from the next sale on, and the amendment
    later    the point with the change that is due, and the amendment; on its day ``begin_terms.py``
    withdraw the point without it

Never backwards: a sale that was paid keeps its price, also where its credit waits; a debt that comes of it is
booked by an order of its own. What the meter has bought in this month and year goes on counting: the ladder
is climbed further under the new prices. Where the utility prorates (``prorates``), another power type counts
only the part of the days that are left (``core.counters.prorated``). More contracted power costs a fee:
``enlarge_capacity.py``.

One change of each version that was looked at: who orders another one before somebody has decided is told so.

Refusals: unknown_point, twice_at_once, no_reason, wrong_state, change_due, day_past, day_too_far,
unknown_meter, more_power, no_changes, bad_file, no_price, not_together, no_change_due.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from gateway.core.amendment import AmendmentKind
from gateway.core.books import Decision, Needs
from gateway.core.form_order import not_done
from gateway.core.meter import MeterRef
from gateway.core.office import OfficeRefusal
from gateway.core.office_books import OfficeNeeds
from gateway.core.supply_point import PointState
from gateway.core.terms import DueTerms, too_far
from gateway.core.timeline import microseconds, moment_of
from gateway.prepayment.amend_file import PointOrder, amended_point, files_of_point, looked_at, told
from gateway.prepayment.terms_allowed import terms_refusal

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.file_books import FileChange
    from gateway.core.supply_point import SupplyPoint
    from gateway.core.terms import Terms, TermsDay


@dataclass(frozen=True, slots=True)
class TermsOrder(PointOrder):
    """An order about the terms of a supply point: each version that was looked at has one of its kind."""

    def decide(self, books: Books, now: datetime) -> Decision:
        """Repeat, refuse, or do it; where another one of this version was done, the point has moved on."""
        known = books.known.get(self.key)
        if known is not None and known.digest != self.digest:
            return not_done(OfficeRefusal.TWICE_AT_ONCE)
        return PointOrder.decide(self, books, now)


@dataclass(frozen=True, slots=True)
class AmendTerms(TermsOrder):
    """The terms of a supply point as they shall be from the business day ``day`` on.

    ``pan`` is the meter that was seen there, "" for none.
    """

    pan: str
    terms: Terms
    day: TermsDay
    reason: str
    prorates: bool = False

    @property
    def key(self) -> str:
        """The one change that a version of a supply point can have."""
        return f"terms/{self.number}/{self.version}"

    def needs(self) -> Needs:
        """The point with its customer, its meter, and the prices."""
        return Needs(
            keys=(self.key,),
            meters=(MeterRef(pan=self.pan),) if self.pan else (),
            files=files_of_point(self.number),
            office=OfficeNeeds(logins=(self.by,), priced=self.terms.power_types),
        )

    def change(self, books: Books, now: datetime) -> Decision:
        """Refuse, or write it: at once, or as due."""
        before = looked_at(books, self, self.reason)
        if isinstance(before, Decision):
            return before
        refusal = self._refusal(books, before, now)
        if refusal is not None:
            return not_done(*refusal)
        if not self._is_begun(now):
            after = replace(before, due=self._due(), version=before.version + 1)
            change, amendment = amended_point(AmendmentKind.REPRICING_DUE, before, after, self, self.reason)
            return told(after.number, after.version, change, amendment)
        after = replace(before.with_terms(self.terms), version=before.version + 1)
        change, amendment = amended_point(AmendmentKind.REPRICED, before, after, self, self.reason)
        done = told(after.number, after.version, with_meter(books, change, after), amendment)
        return with_counters(books, done, after, self.day.day) if self.prorates else done

    def _due(self) -> DueTerms:
        day, reason = self.day, self.reason.strip()
        return DueTerms(day.day, day.begins_us, self.terms, self.by, reason, self.prorates)

    def _is_begun(self, now: datetime) -> bool:
        return self.day.begins_us <= microseconds(now)

    def _refusal(self, books: Books, before: SupplyPoint, now: datetime) -> tuple[OfficeRefusal, str] | None:
        wrong = standing_refusal(books, before, self.pan) or self._day_refusal(now)
        if wrong is not None:
            return wrong
        if self.terms.contract_w > before.contract_w:
            return OfficeRefusal.MORE_POWER, ""
        if self.terms == before.terms:
            return OfficeRefusal.NO_CHANGES, ""
        at = max(now, moment_of(self.day.begins_us))
        return terms_refusal(books, before.with_terms(self.terms), at)

    def _day_refusal(self, now: datetime) -> tuple[OfficeRefusal, str] | None:
        if self.day.ends_us <= microseconds(now):
            return OfficeRefusal.DAY_PAST, self.day.day
        if too_far(moment_of(self.day.begins_us), now):
            return OfficeRefusal.DAY_TOO_FAR, self.day.day
        return None


@dataclass(frozen=True, slots=True)
class WithdrawTerms(TermsOrder):
    """The change that is due at a supply point is not wanted any more; its day has not begun."""

    reason: str

    @property
    def key(self) -> str:
        """The one withdrawal that a version of a supply point can have."""
        return f"terms-off/{self.number}/{self.version}"

    def change(self, books: Books, now: datetime) -> Decision:
        """Refuse, or take it away."""
        before = looked_at(books, self, self.reason)
        if isinstance(before, Decision):
            return before
        if before.due is None or before.due.is_due(microseconds(now)):
            return not_done(OfficeRefusal.NO_CHANGE_DUE)
        after = replace(before, due=None, version=before.version + 1)
        change, amendment = amended_point(AmendmentKind.REPRICING_WITHDRAWN, before, after, self, self.reason)
        return told(after.number, after.version, change, amendment)


def standing_refusal(books: Books, before: SupplyPoint, pan: str) -> tuple[OfficeRefusal, str] | None:
    """Say why nothing can be changed of what a point is priced by, whatever it is; None where it can.

    Refusals: wrong_state, change_due, twice_at_once, unknown_meter.
    """
    if before.state is PointState.CLOSED:
        return OfficeRefusal.WRONG_STATE, before.state.value
    if before.due is not None:
        return OfficeRefusal.CHANGE_DUE, before.due.day
    if before.pan != pan:
        return OfficeRefusal.TWICE_AT_ONCE, ""
    if pan and pan not in books.meters:
        return OfficeRefusal.UNKNOWN_METER, pan
    return None


def with_meter(books: Books, change: FileChange, point: SupplyPoint) -> FileChange:
    """Price the meter of a point as the point is, in the same change."""
    if not point.pan:
        return change
    return replace(change, meters=(books.meters[point.pan].with_terms(point.terms),))


def with_counters(books: Books, done: Decision, point: SupplyPoint, day: str) -> Decision:
    """Have the meter's counters go on in proportion from a business day (ISO), where its type is another."""
    if not point.pan or done.files is None:
        return done
    meter = books.meters[point.pan].with_terms_from(point.terms, date.fromisoformat(day))
    # The files leave alone what sales move: that is the meter's own row.
    return replace(done, meter=meter, files=replace(done.files, meters=(meter,)))
