"""Close an exception: a person has looked, and says what became of it; where it is money, with the entry.

    explained, settled     no entry: the reason says what was found, or what was done outside
    reversed               the waiting credit is given back in the same transaction (``give_back.py``)

Refusals: unknown_trouble, trouble_closed, no_sale, not_as_booked, and those of giving back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.core.books import Decision, Needs
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.office_books import OfficeChange, OfficeNeeds
from gateway.core.outcome import Undone
from gateway.core.person import office_channel
from gateway.core.timeline import microseconds
from gateway.core.trouble import Resolution
from gateway.prepayment.give_back import GiveBack

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.trouble import Trouble


@dataclass(frozen=True, slots=True)
class ResolveTrouble:
    """Say what became of exception ``id``; ``payment`` and ``bank`` are those of its row.

    ``pan`` and ``amount_minor`` are those of the payment (empty and 0 where there is none): by them authority
    has judged whether she may.
    """

    id: int
    resolution: Resolution
    reason: str
    by: str
    payment: str
    bank: str
    pan: str
    amount_minor: int

    @property
    def digest(self) -> str:
        """What is said became of it; the reversal's own where it is one."""
        return self._give_back.digest if self.gives_back else self.resolution.value

    @property
    def key(self) -> str:
        """An exception is closed once, and a payment is given back once, whoever does it."""
        return self._give_back.key if self.gives_back else f"trouble/{self.id}"

    @property
    def gives_back(self) -> bool:
        """Is the payment given back with it?"""
        return self.resolution is Resolution.REVERSED

    @property
    def channel(self) -> str:
        """Who closed it."""
        return office_channel(self.by)

    @property
    def _give_back(self) -> GiveBack:
        return GiveBack(self.payment, self.bank, self.by, self.pan, self.amount_minor)

    def needs(self) -> Needs:
        """The row and its sale."""
        wanted = (
            self._give_back.needs() if self.gives_back else Needs(keys=(self.key,), sales=(self.payment,))
        )
        return replace(wanted, office=OfficeNeeds(troubles=(self.id,)))

    def decide(self, books: Books, now: datetime) -> Decision:
        """Repeat, refuse, or close."""
        known, trouble = books.known.get(self.key), books.office.troubles.get(self.id)
        if trouble is None or trouble.key != self.payment:
            return Decision(NotDone(OfficeRefusal.UNKNOWN_TROUBLE))
        if not trouble.is_open:
            is_same = known is not None and trouble.resolution == self.resolution.value
            return Decision(known.recall() if known and is_same else NotDone(OfficeRefusal.TROUBLE_CLOSED))
        sale = books.sales.get(self.payment)
        if sale is not None and sale.id == trouble.sale_id and sale.pan != self.pan:
            return Decision(NotDone(OfficeRefusal.NOT_AS_BOOKED))
        if not self.gives_back:
            return self._closed(Decision(Changed(self.key)), trouble, now)
        if trouble.sale_id is None:
            return Decision(NotDone(OfficeRefusal.NO_SALE))
        if known is not None:
            return Decision(NotDone(OfficeRefusal.NOT_WAITING))
        given = self._give_back.decide(books, now)
        return self._closed(given, trouble, now) if isinstance(given.content, Undone) else given

    def _closed(self, decision: Decision, trouble: Trouble, now: datetime) -> Decision:
        closed = trouble.resolved(self.resolution, self.by, microseconds(now), self.reason)
        told = f"{trouble.kind}: {self.resolution.value}"
        return replace(decision, remembered=True, office=OfficeChange(troubles=(closed,)), told=told)
