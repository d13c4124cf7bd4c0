"""Look before a meter leaves: what would be left in it, paid and posted, however it goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books, Decision, Needs
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
