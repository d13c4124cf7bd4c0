"""Which meter a request means, and whether anything may be sold to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.core.meter import MeterAccount, MeterState
from gateway.core.outcome import Declined
from gateway.core.refusal import Refusal
from gateway.core.sale import OPEN_STATES

if TYPE_CHECKING:
    from gateway.core.books import Books
    from gateway.core.meter import MeterRef


def one_meter(books: Books, ref: MeterRef) -> MeterAccount | Declined:
    """Return the one meter that a request names.

    Refusals: unknown_meter, several_meters; no_token (retryable) where it was fitted in this very batch.
    """
    found = books.meters_named(ref)
    if len(found) > 1:
        # A meter that was taken down is still the customer's in the files, but nobody means it.
        found = [meter for meter in found if meter.state is not MeterState.REMOVED] or found[:1]
    if len(found) == 1:
        # What its new owner owes was not loaded with this batch; asked again, it is.
        return Declined(Refusal.NO_TOKEN) if found[0].pan in books.refitted else found[0]
    return Declined(Refusal.SEVERAL_METERS if found else Refusal.UNKNOWN_METER)


def waiting_sales(books: Books, pan: str) -> set[str]:
    """Return a meter's sales that wait for their credit, by their keys, as the batch stands now.

    The meter must be among the batch's fittings (``FileNeeds.fittings``).
    """
    begun = set(books.files.waiting.get(pan, ())) - books.sales.keys()
    return begun | {one.key for one in books.sales.values() if one.pan == pan and one.state in OPEN_STATES}


def not_sellable(meter: MeterAccount) -> Declined | None:
    """Say why nothing may be sold to this meter, or None if it may."""
    match meter.state:
        case MeterState.ACTIVE:
            return None
        case MeterState.BLOCKED:
            return Declined(Refusal.METER_BLOCKED)
        case MeterState.REMOVED:
            return Declined(Refusal.METER_NOT_ACTIVE)
