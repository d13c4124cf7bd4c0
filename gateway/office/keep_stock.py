"""Keep the stock of meters: take a delivery in, move a meter to a branch, scrap one with a reason.

    take in   all of a delivery or nothing of it: no meter may be in stock, or a customer's, already
    move      to another branch, or to the central store (empty)
    scrap     a meter that nobody will get any more; why stays in its note

Whoever belongs to a branch deals with the meters of that branch. Two changes at once: the second is refused.

Refusals: no_meters, meter_known, unknown_branch, other_branch, unknown_stock, not_in_stock, twice_at_once,
no_reason.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from gateway.core.books import Needs
from gateway.core.meter import MeterRef
from gateway.core.office import OfficeRefusal
from gateway.core.office_books import OfficeChange, OfficeNeeds
from gateway.core.person import is_said
from gateway.core.stock import DELIVERY_MAX, NOTE_MAX, StockMeter, StockState
from gateway.core.timeline import microseconds
from gateway.office.staff_order import StaffOrder, changed, not_done

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books, Decision
    from gateway.core.form_order import FormOrder

#: Numbers that a refusal names; who wants all of them looks at the list.
_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class TakeIn(StaffOrder):
    """A delivery: each meter as it shall stand in stock, but for the moment of its arrival."""

    meters: tuple[StockMeter, ...]

    def needs(self) -> Needs:
        """Whether any of them is known already."""
        pans = tuple(one.pan for one in self.meters[:DELIVERY_MAX])
        refs = tuple(MeterRef(pan=pan) for pan in pans)
        return Needs(keys=(self.key,), meters=refs, office=OfficeNeeds(logins=(self.by,), stock=pans))

    def change(self, books: Books, now: datetime) -> Decision:
        """Take them in."""
        if not 1 <= len(self.meters) <= DELIVERY_MAX:
            return not_done(OfficeRefusal.NO_METERS)
        refusal = branch_refusal(books, self, {one.branch for one in self.meters})
        if refusal is not None:
            return not_done(refusal)
        pans = [one.pan for one in self.meters]
        known = [pan for pan in pans if pan in books.office.stock or pan in books.meters]
        if known or len(set(pans)) < len(pans):
            return not_done(OfficeRefusal.METER_KNOWN, ", ".join(known[:_NAMED]))
        arrived = tuple(replace(one, arrived_us=microseconds(now)) for one in self.meters)
        told = f"{len(pans)} meters, {pans[0]} to {pans[-1]}, sha256 {_digest(arrived)}"
        return changed(f"{len(pans)} meters", 1, OfficeChange(stock=arrived), told)


@dataclass(frozen=True, slots=True)
class StockOrder(StaffOrder):
    """An order about one meter in stock; ``version`` is the one that was looked at."""

    pan: str
    version: int

    def wants(self) -> OfficeNeeds:
        """The meter."""
        return OfficeNeeds(logins=(self.by,), stock=(self.pan,))

    def change(self, books: Books, now: datetime) -> Decision:
        """Find it, and refuse what may not become of it."""
        before = books.office.stock.get(self.pan)
        own = self.giver_branch(books)
        if before is None or (own is not None and before.branch != own):
            return not_done(OfficeRefusal.UNKNOWN_STOCK)
        if before.version != self.version:
            return not_done(OfficeRefusal.TWICE_AT_ONCE)
        if before.state is not StockState.IN_STOCK:
            return not_done(OfficeRefusal.NOT_IN_STOCK)
        return self.of(before, books, now)

    def of(self, before: StockMeter, books: Books, now: datetime) -> Decision:
        """Change it."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class MoveStock(StockOrder):
    """It goes to another branch."""

    branch: str

    def of(self, before: StockMeter, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - see StockOrder
        """Move it; whoever belongs to a branch may give it away."""
        if self.branch and self.branch not in books.office.branches:
            return not_done(OfficeRefusal.UNKNOWN_BRANCH)
        after = replace(before, branch=self.branch, version=before.version + 1)
        told = f"branch: {before.branch!r} → {after.branch!r}"
        return changed(self.pan, after.version, OfficeChange(stock=(after,)), told)


@dataclass(frozen=True, slots=True)
class ScrapStock(StockOrder):
    """Nobody will get it any more."""

    reason: str

    def of(self, before: StockMeter, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - see StockOrder
        """Scrap it."""
        if not is_said(self.reason, NOTE_MAX):
            return not_done(OfficeRefusal.NO_REASON)
        after = replace(
            before, state=StockState.SCRAPPED, note=self.reason.strip(), version=before.version + 1
        )
        return changed(self.pan, after.version, OfficeChange(stock=(after,)), "scrapped")


def branch_refusal(books: Books, order: FormOrder, named: set[str]) -> OfficeRefusal | None:
    """Say why something cannot be entered as lying in these branches."""
    own = order.giver_branch(books)
    if own is not None and named != {own}:
        return OfficeRefusal.OTHER_BRANCH
    unknown = named - {"", *books.office.branches}
    return OfficeRefusal.UNKNOWN_BRANCH if unknown else None


def _digest(meters: tuple[StockMeter, ...]) -> str:
    """Bind the diary's line to what was taken in."""
    return sha256("\n".join(repr(one) for one in meters).encode()).hexdigest()
