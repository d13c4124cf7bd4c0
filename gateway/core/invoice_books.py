"""What a batch knows of invoices: the next number of each series, and those that its sales have."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.core.invoice import Billed, Invoice, InvoiceKind


@dataclass(frozen=True, slots=True)
class InvoiceNeeds:
    """What an order about invoices wants loaded.

    ``series`` whose next number is wanted; ``sales`` by their payment's key: all invoices that each has had,
    and whom it is for. ``pans`` are meters of which a sale may be invoiced that is only now made.
    """

    series: tuple[str, ...] = ()
    sales: tuple[str, ...] = ()
    pans: tuple[str, ...] = ()

    def joined(self, other: InvoiceNeeds) -> InvoiceNeeds:
        """Return what both want."""
        return InvoiceNeeds(
            (*self.series, *other.series), (*self.sales, *other.sales), (*self.pans, *other.pans)
        )


@dataclass(slots=True)
class InvoiceBooks:
    """Invoices as they stand, kept up to date with what the batch has decided so far.

    ``next`` is by series, ``of_sale`` by the payment's key in the order in which they were written,
    ``billed`` by account number.
    """

    next: dict[str, int] = field(default_factory=dict)
    of_sale: dict[str, tuple[Invoice, ...]] = field(default_factory=dict)
    billed: dict[str, Billed] = field(default_factory=dict)

    def number(self, series: str) -> int:
        """Give the next number of a series; KeyError where the order did not say that it needs it."""
        return self.next[series]

    def standing(self, payment: str) -> Invoice | None:
        """Find the invoice of a sale that was not taken back."""
        last = self.of_sale.get(payment, ())[-1:]
        return last[0] if last and not last[0].is_red else None

    def red_of(self, invoice: Invoice) -> Invoice | None:
        """Find the red one that has taken this one back."""
        taken, had = (invoice.series, invoice.number), self.of_sale.get(invoice.payment, ())
        return next((one for one in had if one.is_red and (one.series, one.takes_back) == taken), None)

    def nth(self, payment: str, kind: InvoiceKind) -> int:
        """Say the how manieth of its kind the next one of a sale would be."""
        return 1 + sum(one.kind is kind for one in self.of_sale.get(payment, ()))

    def after(self, *written: Invoice) -> InvoiceBooks:
        """Return the books behind these; these books stay as they are.

        For a decision that writes several: what was taken back, and the one that follows.
        """
        behind = InvoiceBooks(dict(self.next), dict(self.of_sale), self.billed)
        behind.apply(written)
        return behind

    def apply(self, written: Iterable[Invoice]) -> None:
        """Enter what was decided, so that the next command of the batch sees it."""
        for one in written:
            self.next[one.series] = one.number + 1
            self.of_sale[one.payment] = (*self.of_sale.get(one.payment, ()), one)
