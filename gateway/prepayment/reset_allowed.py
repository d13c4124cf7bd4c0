"""May the last purchase of a meter be reset? What finding it lost, and making its token again, both ask.

Refusals: unknown_meter, removed, no_tokens, no_purchase, not_last, in_dispute, written_off; of one that is
said to be lost: proven_in, other_base_date.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core.books import Needs
from gateway.core.departure import sums_before
from gateway.core.meter import Carrier, MeterRef, MeterState
from gateway.core.office import OfficeRefusal
from gateway.core.office_books import OfficeNeeds
from gateway.core.pricing import read_explained
from gateway.core.reading_books import ReadingNeeds
from gateway.core.reset import Outcome
from gateway.core.sale import SaleState
from gateway.core.timeline import microseconds
from gateway.prepayment.record_readings import sees_meter

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.meter import MeterAccount
    from gateway.core.reading import Sums
    from gateway.core.reading_rules import KnownMeter
    from gateway.core.reset import LastOut
    from gateway.core.sale import Sale


@dataclass(frozen=True, slots=True)
class Resettable:
    """A meter with its last purchase; ``sums`` are what is known of its energy now."""

    meter: MeterAccount
    known: KnownMeter
    last: LastOut
    sale: Sale
    sums: Sums


def reset_needs(by: str, pan: str, payment: str, *keys: str) -> Needs:
    """Say what both want."""
    return Needs(
        keys=keys,
        sales=(payment,),
        meters=(MeterRef(pan=pan),),
        office=OfficeNeeds(logins=(by,)),
        readings=ReadingNeeds((pan,), last_out=(pan,)),
    )


def resettable(
    books: Books, pan: str, payment: str, own_branch: str | None, now: datetime
) -> Resettable | OfficeRefusal:
    """Find the purchase ``payment`` of the meter ``pan``, if it is its last one and its money stands."""
    meter, known = books.meters.get(pan), books.readings.known.get(pan)
    if meter is None or known is None or not sees_meter(own_branch, known):
        return OfficeRefusal.UNKNOWN_METER
    if meter.state is MeterState.REMOVED:
        return OfficeRefusal.REMOVED
    if meter.carrier is not Carrier.TOKEN:
        return OfficeRefusal.NO_TOKENS
    last = books.readings.last_out.get(pan)
    if last is None or last.at_us < known.fitted_us:
        return OfficeRefusal.NO_PURCHASE
    sale = books.sales.get(payment)
    # What went out in this very batch is not among what was loaded, but has moved the meter's ids on.
    if sale is None or last.payment != payment or last.last_tid != meter.last_tid:
        return OfficeRefusal.NOT_LAST
    if sale.state is SaleState.CLAIMED:
        return OfficeRefusal.IN_DISPUTE
    if sale.state is not SaleState.ISSUED:
        return OfficeRefusal.WRITTEN_OFF
    return Resettable(meter, known, last, sale, sums_before(known, microseconds(now)))


def not_lost(found: Resettable) -> OfficeRefusal | None:
    """Say what speaks against its being lost: it is proven to be in the meter, or could be taken twice."""
    known, last = found.known, found.last
    if any(one.payment == last.payment and one.outcome is Outcome.TAKEN for one in known.resets):
        return OfficeRefusal.PROVEN_IN
    counted = None if known.last is None else known.last.shown.credits
    # What was missing before it went out says nothing of it.
    missing_wh = found.sums.gap_wh - (last.gap_before_wh or 0)
    if missing_wh < carried_wh(found.sale) or (counted is not None and counted >= last.number):
        return OfficeRefusal.PROVEN_IN
    if found.meter.token_identity.base_date != last.base_date:
        return OfficeRefusal.OTHER_BASE_DATE
    return None


def carried_wh(sale: Sale) -> int:
    """Say what its tokens carry: what the meter came with was in it before."""
    preset = read_explained(sale.quote).preset
    return sale.encoded_wh - (0 if preset is None else preset.wh)
