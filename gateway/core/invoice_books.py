"""What a batch knows of invoices: the next number of each series, and those that its sales have."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.core.invoice import Billed, Invoice, InvoiceKind


@dataclass(frozen=True, slots=True)
class InvoiceNeeds:
    """What an order about invoices wants loaded.

    ``series`` whose next number is wanted; ``sales`` by their payment's key: all invoices that each has had,
    and whom it is for. ``pans`` are meters of which a sale may be invoiced that is only now made, ``leaving``
    those that leave: the invoices of what was bought for them.
    """

    series: tuple[str, ...] = ()
    sales: tuple[str, ...] = ()
    pans: tuple[str, ...] = ()
    leaving: tuple[str, ...] = ()

    def joined(self, other: InvoiceNeeds) -> InvoiceNeeds:
        """Return what both want."""
        return InvoiceNeeds(
            (*self.series, *other.series),
            (*self.sales, *other.sales),
            (*self.pans, *other.pans),
            (*self.leaving, *other.leaving),
        )


@dataclass(slots=True)
class InvoiceBooks:
    """Invoices as they stand, kept up to date with what the batch has decided so far.

    ``next`` is by series, ``of_sale`` by the payment's key in the order in which they were written,
    ``billed`` by account number. ``payment_of`` names payments by the number of their sale, where that was
    bought for a meter that leaves.
    """

    next: dict[str, int] = field(default_factory=dict)
    of_sale: dict[str, tuple[Invoice, ...]] = field(default_factory=dict)
    billed: dict[str, Billed] = field(default_factory=dict)
    payment_of: dict[int, str] = field(default_factory=dict)

    def number(self, series: str) -> int:
        """Give the next number of a series; KeyError where the order did not say that it needs it."""
        return self.next[series]

    def standing(self, payment: str) -> Invoice | None:
        """Find the invoice of a sale that was not taken back."""
        had = self.of_sale.get(payment, ())
        last = next((one for one in reversed(had) if not one.is_red), None)
        return None if last is None or self.red_of(last) is not None else last

    def red_of(self, invoice: Invoice) -> Invoice | None:
        """Find the red one that has taken this one back, in full or what was left of it."""
        return next((one for one in self._behind(invoice) if not one.is_part), None)

    def part_of(self, invoice: Invoice) -> Invoice | None:
        """Find the red one that has taken a part of this one back."""
        return next((one for one in self._behind(invoice) if one.is_part), None)

    def _behind(self, invoice: Invoice) -> Iterator[Invoice]:
        meant = invoice.series, invoice.number
        had = self.of_sale.get(invoice.payment, ())
        return (one for one in had if one.is_red and (one.series, one.takes_back) == meant)

    def nth(self, payment: str, kind: InvoiceKind) -> int:
        """Say the how manieth of its kind the next one of a sale would be."""
        return 1 + sum(one.kind is kind for one in self.of_sale.get(payment, ()))

    def after(self, *written: Invoice) -> InvoiceBooks:
        """Return the books behind these; these books stay as they are.

        For a decision that writes several: what was taken back, and the one that follows.
        """
        behind = InvoiceBooks(dict(self.next), dict(self.of_sale), self.billed, self.payment_of)
        behind.apply(written)
        return behind

    def apply(self, written: Iterable[Invoice]) -> None:
        """Enter what was decided, so that the next command of the batch sees it."""
        for one in written:
            self.next[one.series] = one.number + 1
            self.of_sale[one.payment] = (*self.of_sale.get(one.payment, ()), one)
