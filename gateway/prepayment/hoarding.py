"""Hoarding: no more is sold than may stand in the meter, where its supply point has a limit.

What is left in a meter is known from a reading of the last day that showed it, and from what has gone out
since then. An older one says nothing any more, for nobody knows what was used since. So the limit holds for
what is sold, what went out within the last day, and what the meter was seen to hold within it.

Refusals: hoarded, and those of the inquiry.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gateway.core.books import Decision
from gateway.core.file_books import FileNeeds
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.outcome import Approved, MeterFound
from gateway.core.reading_books import ReadingNeeds
from gateway.core.tariff.limits import kwh
from gateway.core.timeline import microseconds

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books, Needs
    from gateway.core.reading_rules import KnownMeter
    from gateway.prepayment.inquire import Inquire

HELD_S: Final = 86_400
"""Seconds for which it is known what a meter holds: in a day little of it is used."""


@dataclass(frozen=True, slots=True)
class InquireAtCounter:
    """What would an amount buy at a counter, and may so much stand in the meter? Nothing is booked."""

    inquiry: Inquire

    #: An inquiry has no memory, so it has no key, and the journal names nobody.
    key = ""
    digest = ""
    channel = ""

    def needs(self) -> Needs:
        """What the inquiry wants, and what the meter holds."""
        return looking_in(self.inquiry.needs(), self.inquiry.meter.pan)

    def decide(self, books: Books, now: datetime) -> Decision:
        """Ask, and refuse what is too much."""
        found = self.inquiry.decide(books, now)
        if not isinstance(found.content, MeterFound) or found.content.offer is None:
            return found
        offer = found.content.offer
        buys_wh = offer.energy_wh + offer.free_wh - offer.preset_wh
        refusal = hoarded(books, found.content.pan, buys_wh, now)
        return found if refusal is None else Decision(refusal)


def looking_in(needs: Needs, pan: str | None) -> Needs:
    """Add to what an order wants what a meter holds, and may hold; the order wants nothing else of files."""
    pans = (pan,) if pan else ()
    return replace(needs, files=FileNeeds(fittings=pans), readings=ReadingNeeds(pans=pans))


def within_hoard(books: Books, decision: Decision, now: datetime) -> Decision:
    """Let a sale stand if so much may stand in its meter."""
    sold = decision.content
    if not isinstance(sold, Approved):
        return decision
    free_wh = 0 if sold.free is None else sold.free.energy_wh
    refusal = hoarded(books, sold.pan, sold.energy_wh + free_wh - sold.preset_wh, now)
    return decision if refusal is None else Decision(refusal)


def hoarded(books: Books, pan: str, buys_wh: int, now: datetime) -> NotDone | None:
    """Say that it is too much, with what there is room for; None where it is not."""
    most_wh = books.files.hoards.get(pan)
    if most_wh is None:
        return None
    room_wh = max(0, most_wh - _held_wh(books.readings.known.get(pan), microseconds(now)))
    return None if buys_wh <= room_wh else NotDone(OfficeRefusal.HOARDED, kwh(room_wh))


def _held_wh(known: KnownMeter | None, now_us: int) -> int:
    if known is None:
        return 0
    since_us, held_wh = now_us - HELD_S * 1_000_000, 0
    last = None if known.last is None else known.last.shown
    if last is not None and last.credit_wh is not None and last.taken_us >= since_us:
        since_us, held_wh = last.taken_us + 1, max(0, last.credit_wh)
    return held_wh + sum(one.energy_wh for one in known.out if one.at_us >= since_us)
