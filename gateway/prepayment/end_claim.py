"""End a claim: what stood in dispute since a bank reversed a payment whose token was out.

                 settled afterwards           covered by a float
    opened by    Dr CLAIM, Cr BANK            Dr CLAIM, Cr HOLD:CLAIM      (``reverse_payment.py``)
    upheld       Dr BANK, Cr CLAIM            Dr HOLD:CLAIM, Cr CLAIM      the bank pays after all
    conceded     Dr LOSS:CLAIM, Cr CLAIM      Dr LOSS:CLAIM, Cr CLAIM      the utility bears it
                                              Dr HOLD:CLAIM, Cr FLOAT      and the bank has its cover back

The token stays out and its energy issued, whichever it is. A claim ends once: the same again is answered the
same, and the other way is refused for ever. It takes a second person (``gateway.office``).

Refusals: no_sale, not_as_booked, no_claim, done_already.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from gateway.core import chart
from gateway.core.books import Decision, Needs
from gateway.core.ledger import Entry, EntryKind, transfer
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.payment import claim_end_key
from gateway.core.person import office_channel
from gateway.core.sale import SaleEvent, SaleState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.sale import Sale


class ClaimEnd(Enum):
    """Who bears what was in dispute."""

    UPHELD = "upheld"
    CONCEDED = "conceded"


_STEPS: Final[Mapping[ClaimEnd, tuple[SaleEvent, EntryKind]]] = {
    ClaimEnd.UPHELD: (SaleEvent.UPHOLD, EntryKind.CLAIM_UPHELD),
    ClaimEnd.CONCEDED: (SaleEvent.CONCEDE, EntryKind.CLAIM_CONCEDED),
}


@dataclass(frozen=True, slots=True)
class EndClaim:
    """Somebody of the office ends the claim of a payment; ``payment`` is its key.

    By ``pan`` and ``amount_minor`` authority has judged whether she may: they must be those of the sale.
    """

    payment: str
    end: ClaimEnd
    bank: str
    by: str
    pan: str
    amount_minor: int

    @property
    def key(self) -> str:
        """The one end that a claim can have."""
        return claim_end_key(self.payment)

    @property
    def digest(self) -> str:
        """How it ends: the other way is another order."""
        return self.end.value

    @property
    def channel(self) -> str:
        """Who gave the order."""
        return office_channel(self.by)

    def needs(self) -> Needs:
        """The key and the sale."""
        return Needs(keys=(self.key,), sales=(self.payment,))

    def decide(self, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - every command gets the moment
        """Repeat, refuse what is not in dispute, or end it."""
        known, sale = books.known.get(self.key), books.sales.get(self.payment)
        if known is not None:
            same = known.digest == self.digest
            return Decision(known.recall() if same else NotDone(OfficeRefusal.DONE_ALREADY))
        if sale is None:
            return Decision(NotDone(OfficeRefusal.NO_SALE))
        if (sale.bank, sale.pan, sale.tender.minor) != (self.bank, self.pan, self.amount_minor):
            return Decision(NotDone(OfficeRefusal.NOT_AS_BOOKED))
        if sale.state is not SaleState.CLAIMED:
            return Decision(NotDone(OfficeRefusal.NO_CLAIM))
        return self._ended(sale)

    def _ended(self, sale: Sale) -> Decision:
        event, _ = _STEPS[self.end]
        return Decision(
            Changed(self.key),
            remembered=True,
            entries=(end_entry(self.end, sale.bank, sale.funding, sale.tender.minor, sale.tender.currency),),
            sale=sale.after(event),
        )


def end_entry(end: ClaimEnd, bank: str, funding: str, amount: int, unit: str) -> Entry:
    """Make the entry that ends a claim on a sale with this funding: BANK or FLOAT of the bank."""
    settles_afterwards = funding == chart.bank(bank)
    _, kind = _STEPS[end]
    claim = chart.claim(bank)
    if end is ClaimEnd.UPHELD:
        stood = funding if settles_afterwards else chart.HELD_CLAIM
        return transfer(kind, debit=stood, credit=claim, amount=amount, unit=unit)
    lost = transfer(kind, debit=chart.LOST_CLAIM, credit=claim, amount=amount, unit=unit)
    if settles_afterwards:
        return lost
    covered = transfer(kind, debit=chart.HELD_CLAIM, credit=funding, amount=amount, unit=unit)
    return Entry(kind, lost.postings + covered.postings)
