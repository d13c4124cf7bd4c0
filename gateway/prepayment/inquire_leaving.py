"""Look before a meter leaves: what would be left in it, paid and posted, however it goes.

Where energy is given back at today's price, the tariff is asked for it here, and the order that follows says
what was shown (``core.refund_price``).

Refusals: those of the order; no_price_today.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.core.form_order import not_done
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import LeavingFound
from gateway.core.outcome import Declined
from gateway.prepayment.worth_today import worth_today

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books, Decision, Needs
    from gateway.ports import Pricing
    from gateway.prepayment.cancel_meter import CancelMeter
    from gateway.prepayment.replace_meter import ReplaceMeter


@dataclass(frozen=True, slots=True)
class InquireLeaving:
    """What would the order find? Nothing is booked or remembered; the refusals are the order's."""

    order: ReplaceMeter | CancelMeter

    #: An inquiry has no memory, so it has no key, and the journal names nobody.
    key = ""
    digest = ""
    channel = ""

    def needs(self) -> Needs:
        """As the order."""
        return self.order.needs()

    def decide(self, books: Books, now: datetime) -> Decision:
        """Look."""
        return self.order.look(books, now)


@dataclass(frozen=True, slots=True)
class InquireWorth:
    """What would the order find, where what is left is given back at today's price?"""

    order: CancelMeter
    pricing: Pricing

    #: As above.
    key = ""
    digest = ""
    channel = ""

    def needs(self) -> Needs:
        """As the order."""
        return self.order.needs()

    def decide(self, books: Books, now: datetime) -> Decision:
        """Look what is left, ask what that costs, and look again."""
        looked = self.order.look(books, now)
        found, meter = looked.content, books.meters.get(self.order.going.pan)
        if not isinstance(found, LeavingFound) or meter is None or found.departure.remaining_wh <= 0:
            return looked
        worth = worth_today(self.pricing, meter, found.departure.remaining_wh, now)
        if isinstance(worth, Declined):
            return not_done(OfficeRefusal.NO_PRICE_TODAY, worth.reason.sentence)
        return replace(self.order, worth=worth).look(books, now)
