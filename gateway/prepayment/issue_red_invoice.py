"""Issue the red invoice of a sale that was undone: it takes the invoice that was given for it back, in full.

    this invoice was taken back already    the same red one again, and no number is taken
    the sale was undone                    the next number of the invoice's own series
    the sale stands                        refused: the money is here, so the invoice is right

Refusals: no_sale, not_as_booked, no_invoice, claim_stands, sale_stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core.books import Decision, Needs
from gateway.core.invoice import Invoiced, invoice_name
from gateway.core.invoice_books import InvoiceNeeds
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.person import office_channel
from gateway.core.sale import UNDONE_STATES, SaleState
from gateway.prepayment.write_invoice import red_invoice

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.prepayment.write_invoice import InvoiceAuthor


@dataclass(frozen=True, slots=True)
class IssueRedInvoice:
    """Somebody of the office takes the invoice ``number`` of ``series`` back; ``payment`` is its sale's key.

    By ``pan`` authority has judged whether she may: it must be the sale's. ``reason`` stands on the paper.
    """

    payment: str
    pan: str
    series: str
    number: int
    author: InvoiceAuthor
    reason: str

    #: An invoice is taken back in full, so there is nothing that could be ordered otherwise.
    digest = ""

    @property
    def key(self) -> str:
        """Under which it would be asked for; nothing is remembered under it, for the invoice itself is."""
        return f"red/{invoice_name(self.series, self.number)}"

    @property
    def channel(self) -> str:
        """Who gave the order."""
        return office_channel(self.author.by)

    def needs(self) -> Needs:
        """The sale and its invoices."""
        invoices = InvoiceNeeds(series=(self.series,), sales=(self.payment,))
        return Needs(sales=(self.payment,), invoices=invoices)

    def decide(self, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - every command gets the moment
        """Give the one that was written before, refuse, or write it."""
        sale = books.sales.get(self.payment)
        if sale is None:
            return Decision(NotDone(OfficeRefusal.NO_SALE))
        if sale.pan != self.pan:
            return Decision(NotDone(OfficeRefusal.NOT_AS_BOOKED))
        had = books.invoices.of_sale.get(self.payment, ())
        meant = next((one for one in had if (one.series, one.number) == (self.series, self.number)), None)
        if meant is None or meant.is_red:
            return Decision(NotDone(OfficeRefusal.NO_INVOICE))
        before = books.invoices.red_of(meant)
        if before is not None:
            return Decision(Invoiced(before, is_new=False), told=f"invoice {before.name}")
        if sale.state is SaleState.CLAIMED:
            return Decision(NotDone(OfficeRefusal.CLAIM_STANDS))
        if sale.state not in UNDONE_STATES:
            return Decision(NotDone(OfficeRefusal.SALE_STANDS))
        written = red_invoice(books.invoices, meant, self.author, self.reason.strip())
        told = f"invoice {written.name} takes {meant.name} back"
        return Decision(Invoiced(written, is_new=True), invoices=(written,), told=told)
