"""Give a payment back at the office: a credit that waits and that nobody will fetch any more.

    the mirror of what was booked, as where the bank reverses: Dr HOLD:CREDIT (AR, CUST), Cr what funded it
    and a red invoice, where the sale had one

It is the one reversal that a payment can have, so a bank that reverses it later gets the same answer, and one
that asks for its result is told that it was reversed. It takes a second person (``gateway.office``).

Refusals: no_sale, not_as_booked, credit_gone (a bank's), token_given (a counter's), not_waiting.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.core.books import Decision
from gateway.core.counter import station_of
from gateway.core.departure import MOVE
from gateway.core.invoice_books import InvoiceNeeds
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.outcome import Undone
from gateway.core.person import office_channel
from gateway.core.sale import SaleState
from gateway.prepayment.reverse_payment import ReversePayment
from gateway.prepayment.write_invoice import InvoiceAuthor, taken_back

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books, Needs


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Somebody of the office gives a bank's payment back; ``payment`` is its key.

    By ``pan`` and ``amount_minor`` authority has judged whether she may: they must be those of the sale.
    ``reason`` stands on the red invoice, and ``station`` where it is written ("": at none).
    """

    payment: str
    bank: str
    by: str
    pan: str
    amount_minor: int
    reason: str = ""
    station: str = ""

    @property
    def _reversal(self) -> ReversePayment:
        return ReversePayment(self.payment, self.bank, may_precede=False)

    @property
    def key(self) -> str:
        """The one reversal that a payment can have."""
        return self._reversal.key

    @property
    def digest(self) -> str:
        """The same as the bank's own."""
        return self._reversal.digest

    @property
    def channel(self) -> str:
        """Who gave the order."""
        return office_channel(self.by)

    def needs(self) -> Needs:
        """As the reversal, and the sale's invoices."""
        return replace(self._reversal.needs(), invoices=InvoiceNeeds(sales=(self.payment,)))

    def decide(self, books: Books, now: datetime) -> Decision:
        """Repeat, refuse what does not wait, or give back."""
        if self.key in books.known:
            return self._reversal.decide(books, now)
        sale = books.sales.get(self.payment)
        if sale is None or sale.key.startswith(MOVE):
            return Decision(NotDone(OfficeRefusal.NO_SALE))
        if (sale.bank, sale.pan, sale.tender.minor) != (self.bank, self.pan, self.amount_minor):
            return Decision(NotDone(OfficeRefusal.NOT_AS_BOOKED))
        if sale.state in {SaleState.ISSUED, SaleState.CLAIMED, SaleState.CONCEDED}:
            return Decision(NotDone(_gone(sale.bank)))
        if sale.state is not SaleState.WAITING:
            return Decision(NotDone(OfficeRefusal.NOT_WAITING))
        undone = self._reversal.decide(books, now)
        if not isinstance(undone.content, Undone):
            return undone
        author = InvoiceAuthor("", self.station, self.by)
        return replace(undone, invoices=taken_back(books.invoices, self.payment, author, self.reason.strip()))


def _gone(taken_by: str) -> OfficeRefusal:
    """Say that the credit is out, to whoever has to settle it: with a bank, or with the customer himself."""
    return OfficeRefusal.CREDIT_GONE if station_of(taken_by) is None else OfficeRefusal.TOKEN_GIVEN
