"""Keep the way to a meter: enter it, change it, or say that nobody goes there any more.

The meter hangs at a customer's, or it measures a place of the network: then it is the whole utility's.
Whoever belongs to a branch keeps the ways of its own meters.

A customer who must not be cut off is protected by a word of why; a trip of his relay that still waits is
withdrawn with it. Taking the protection away wants a reason.

Refusals: unknown_meter, other_branch, bad_line_place, unknown_model, bad_line_address, bad_name,
bad_multiplier, unknown_place, no_reason, twice_at_once, no_changes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gateway.core.amendment import AmendmentKind, amended
from gateway.core.books import Decision, Needs
from gateway.core.contact import RelayOrder
from gateway.core.file_books import FileChange, FileNeeds
from gateway.core.form_order import FormOrder, not_done
from gateway.core.line_books import LineChange, LineNeeds
from gateway.core.meter import MeterRef, MeterState
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.office_books import OfficeNeeds
from gateway.core.person import REASON_MAX, is_said
from gateway.core.remote_order import RemoteEvent, RemoteKind, RemoteState
from gateway.core.timeline import microseconds
from gateway.metering.way_rules import straightened, way_refusal

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.amendment import Amendment
    from gateway.core.books import Books
    from gateway.core.meter_way import MeterWay
    from gateway.core.remote_order import RemoteOrder

_RELAYS: Final = frozenset({RemoteKind.RELAY})

#: What the order of a trip says that was withdrawn because of it.
NOW_PROTECTED: Final = "the customer is protected from being cut off by now"


@dataclass(frozen=True, slots=True)
class KeepMeterWay(FormOrder):
    """A way as it shall stand; ``version`` of it is the one that was looked at, 0 for a new one."""

    way: MeterWay
    reason: str = ""

    def hidden(self) -> tuple[str, ...]:
        """The place may be a customer's telephone number."""
        return (self.way.place,)

    def needs(self) -> Needs:
        """The way, the meter and whose it is, and the network."""
        return ways_needs(self, (self.way.pan,))

    def change(self, books: Books, now: datetime) -> Decision:
        """Refuse, or write it."""
        said, before = straightened(self.way), books.files.lines.ways.get(self.way.pan)
        if said.version != (0 if before is None else before.version):
            return not_done(OfficeRefusal.TWICE_AT_ONCE)
        refusal = refused(books, said, before, self.giver_branch(books))
        if refusal is not None:
            return not_done(refusal)
        if before is not None and before.protection and not said.protection and not self._says_why:
            return not_done(OfficeRefusal.NO_REASON)
        kept = Kept.of(said, before, self.by, self.reason.strip())
        kept = kept.with_withdrawn(books, self.by, microseconds(now))
        content = Changed(said.pan, kept.way.version)
        told = f"way of {said.pan}: {kept.amendments[0].kind.value}"
        return Decision(content, remembered=True, files=kept.change, told=told)

    @property
    def _says_why(self) -> bool:
        return is_said(self.reason, REASON_MAX)


@dataclass(frozen=True, slots=True)
class Kept:
    """A way that was entered or changed, what was amended with it, and the order that it withdraws."""

    way: MeterWay
    amendments: tuple[Amendment, ...]
    orders: tuple[RemoteOrder, ...] = ()

    @classmethod
    def of(cls, said: MeterWay, before: MeterWay | None, by: str, reason: str) -> Kept:
        """Give it its next version."""
        kind = AmendmentKind.REGISTERED if before is None else AmendmentKind.CORRECTED
        after = replace(said, version=said.version + 1)
        return cls(after, (amended(kind, before, after, by, reason),))

    def with_withdrawn(self, books: Books, by: str, at_us: int) -> Kept:
        """Withdraw the trip that waits, where the customer is protected by now."""
        order = books.files.lines.open_order(self.way.pan, _RELAYS)
        waits = order is not None and order.state is RemoteState.WAITING
        if order is None or not waits or not self.way.protection or order.ask != RelayOrder.TRIP.value:
            return self
        after = order.after(RemoteEvent.CANCEL, at_us, NOW_PROTECTED)
        told = amended(AmendmentKind.CANCELLED, order, after, by, NOW_PROTECTED)
        return replace(self, amendments=(*self.amendments, told), orders=(after,))

    @property
    def change(self) -> FileChange:
        """What is written of it."""
        return FileChange(amendments=self.amendments, lines=LineChange(ways=(self.way,), orders=self.orders))


def ways_needs(order: FormOrder, pans: tuple[str, ...]) -> Needs:
    """Say what must be known of meters whose ways are kept."""
    return Needs(
        keys=(order.key,),
        meters=tuple(MeterRef(pan=pan) for pan in pans),
        files=FileNeeds(lines=LineNeeds(pans=pans)),
        office=OfficeNeeds(logins=(order.by,), branch_of=pans),
    )


def refused(
    books: Books, said: MeterWay, before: MeterWay | None, own_branch: str | None
) -> OfficeRefusal | None:
    """Say why a way, in the form in which it is kept, cannot stand so."""
    is_network_s = bool(said.measures or (before is not None and before.measures))
    if own_branch is not None and (is_network_s or books.office.branch_of.get(said.pan) != own_branch):
        return OfficeRefusal.OTHER_BRANCH
    if said == before:
        return OfficeRefusal.NO_CHANGES
    meter = books.meters.get(said.pan)
    is_fitted = meter is not None and meter.state is not MeterState.REMOVED
    if said.measures and said.measures not in books.files.network:
        return OfficeRefusal.UNKNOWN_PLACE
    # One that hangs nowhere any more may still be said to be out of use.
    if not is_fitted and not said.measures and (before is None or said.is_on):
        return OfficeRefusal.UNKNOWN_METER
    return way_refusal(said)
