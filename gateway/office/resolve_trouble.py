"""Close an exception: a person has looked, and says what became of it; where it is money, with the entry.

    explained, settled     no entry: the reason says what was found, or what was done outside
    reversed               the waiting credit is given back in the same transaction (``give_back.py``)
    upheld, conceded       the claim ends in the same transaction (``end_claim.py``)

As long as its sale is in dispute the exception of a claim is closed by the claim's end alone: else nobody
would see any more what stands on the bank's claim account.

Refusals: unknown_trouble, trouble_closed, no_sale, not_as_booked, claim_stands, and those of giving back and
of ending a claim.
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
from gateway.core.sale import SaleState
from gateway.core.timeline import microseconds
from gateway.core.trouble import CLAIM, ENDS_CLAIM, Resolution
from gateway.prepayment.end_claim import ClaimEnd, EndClaim
from gateway.prepayment.give_back import GiveBack

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.sale import Sale
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
        """What is said became of it; the money's own order's where it moves some."""
        return self.resolution.value if self._moving is None else self._moving.digest

    @property
    def key(self) -> str:
        """An exception is closed once, and its money is moved once, whoever does it."""
        return f"trouble/{self.id}" if self._moving is None else self._moving.key

    @property
    def channel(self) -> str:
        """Who closed it."""
        return office_channel(self.by)

    @property
    def _moving(self) -> GiveBack | EndClaim | None:
        """The order that moves the money; None where nothing but the exception is closed."""
        if self.resolution is Resolution.REVERSED:
            return GiveBack(self.payment, self.bank, self.by, self.pan, self.amount_minor, self.reason)
        if self.resolution in ENDS_CLAIM:
            end = ClaimEnd(self.resolution.value)
            return EndClaim(self.payment, end, self.bank, self.by, self.pan, self.amount_minor)
        return None

    def needs(self) -> Needs:
        """The row and its sale."""
        moving = self._moving
        wanted = Needs(keys=(self.key,), sales=(self.payment,)) if moving is None else moving.needs()
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
        if self._moving is None:
            return self._only_closed(trouble, sale, now)
        return self._moved(books, trouble, now)

    def _only_closed(self, trouble: Trouble, sale: Sale | None, now: datetime) -> Decision:
        if trouble.kind == CLAIM and sale is not None and sale.state is SaleState.CLAIMED:
            return Decision(NotDone(OfficeRefusal.CLAIM_STANDS))
        return self._closed(Decision(Changed(self.key)), trouble, now)

    def _moved(self, books: Books, trouble: Trouble, now: datetime) -> Decision:
        moving = self._moving
        assert moving is not None  # noqa: S101 - see decide
        if trouble.sale_id is None:
            return Decision(NotDone(OfficeRefusal.NO_SALE))
        if isinstance(moving, EndClaim) and trouble.kind != CLAIM:
            return Decision(NotDone(OfficeRefusal.NO_CLAIM))
        if self.key in books.known:
            why = OfficeRefusal.NO_CLAIM if isinstance(moving, EndClaim) else OfficeRefusal.NOT_WAITING
            return Decision(NotDone(why))
        done = moving.decide(books, now)
        return self._closed(done, trouble, now) if isinstance(done.content, Undone | Changed) else done

    def _closed(self, decision: Decision, trouble: Trouble, now: datetime) -> Decision:
        closed = trouble.resolved(self.resolution, self.by, microseconds(now), self.reason)
        told = f"{trouble.kind}: {self.resolution.value}"
        return replace(decision, remembered=True, office=OfficeChange(troubles=(closed,)), told=told)
