"""Issue the invoice of a sale, once; asked again, the same invoice: that is what a reprint is.

    a normal one of the sale stands    that one, and no number is taken
    the sale stands                    the next number of the series; whom it is for is kept with it
    the sale was undone                refused, also where it was taken back by a red one before

Refusals: no_sale, not_as_booked, not_standing, claim_stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core.books import Decision, Needs
from gateway.core.invoice import Invoiced
from gateway.core.invoice_books import InvoiceNeeds
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.outcome import Approved
from gateway.core.person import office_channel
from gateway.core.sale import UNDONE_STATES, SaleState
from gateway.prepayment.write_invoice import billed_of, new_invoice

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.invoice import Billed
    from gateway.core.sale import Sale
    from gateway.prepayment.write_invoice import InvoiceAuthor


@dataclass(frozen=True, slots=True)
class IssueInvoice:
    """Somebody of the office writes the invoice of a payment, whose key this is.

    By ``pan`` authority has judged whether she may: it must be the sale's.
    """

    payment: str
    pan: str
    author: InvoiceAuthor

    #: Whoever asks for it where, the invoice of a sale is one.
    digest = ""

    @property
    def key(self) -> str:
        """Under which it would be asked for; nothing is remembered under it, for the invoice itself is."""
        return f"invoice/{self.payment}"

    @property
    def channel(self) -> str:
        """Who gave the order."""
        return office_channel(self.author.by)

    def needs(self) -> Needs:
        """The sale with what was answered to its payment, and its invoices."""
        invoices = InvoiceNeeds(series=(self.author.series,), sales=(self.payment,))
        return Needs(keys=(self.payment,), sales=(self.payment,), invoices=invoices)

    def decide(self, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - every command gets the moment
        """Give the one that stands, refuse, or write it."""
        sale = books.sales.get(self.payment)
        if sale is None:
            return Decision(NotDone(OfficeRefusal.NO_SALE))
        if sale.pan != self.pan:
            return Decision(NotDone(OfficeRefusal.NOT_AS_BOOKED))
        standing = books.invoices.standing(self.payment)
        if standing is not None:
            return Decision(Invoiced(standing, is_new=False), told=f"invoice {standing.name}")
        if sale.state is SaleState.CLAIMED:
            return Decision(NotDone(OfficeRefusal.CLAIM_STANDS))
        if sale.state in UNDONE_STATES:
            return Decision(NotDone(OfficeRefusal.NOT_STANDING))
        written = new_invoice(books.invoices, sale, _billed(books, sale), self.author)
        return Decision(Invoiced(written, is_new=True), invoices=(written,), told=f"invoice {written.name}")


def _billed(books: Books, sale: Sale) -> Billed:
    known = books.known.get(sale.key)
    answer = None if known is None else known.recall()
    if isinstance(answer, Approved):
        return billed_of(books.invoices, answer.account_no, answer.customer)
    meter = books.meters[sale.pan]
    return billed_of(books.invoices, meter.account_no, meter.customer)
