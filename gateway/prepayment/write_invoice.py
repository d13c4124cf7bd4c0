"""Write an invoice of a sale, or the red one that takes it back, within whatever decision orders it.

A sale at a counter and a correction write theirs in the decision that books the money: what they need is
``InvoiceNeeds``, what they get goes into ``Decision.invoices``. Several in one decision follow each other::

    red = red_invoice(books.invoices, standing, author, "wrong meter")
    new = new_invoice(books.invoices.after(red), sale, billed, author)
    Decision(..., invoices=(red, new))

A number is taken by what is written and by nothing else: the ledger's head is held, and whatever does not
come to stand gives its number to the next one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.core.invoice import Billed, Invoice, InvoiceKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.core.invoice_books import InvoiceBooks
    from gateway.core.lots import Lot
    from gateway.core.outcome import Approved
    from gateway.core.sale import Sale


@dataclass(frozen=True, slots=True)
class InvoiceAuthor:
    """Who writes an invoice: into which series, at which station ("": at none), under which login."""

    series: str
    station: str
    by: str


def new_invoice(invoices: InvoiceBooks, sale: Sale, billed: Billed, author: InvoiceAuthor) -> Invoice:
    """Write the invoice of a sale. Whether none of it stands, the order has asked before."""
    assert invoices.standing(sale.key) is None  # noqa: S101 - see above
    return Invoice(
        series=author.series,
        number=invoices.number(author.series),
        kind=InvoiceKind.NORMAL,
        nth=invoices.nth(sale.key, InvoiceKind.NORMAL),
        payment=sale.key,
        receipt_no=sale.receipt_no,
        pan=sale.pan,
        amount_minor=sale.tender.minor,
        currency=sale.tender.currency,
        energy_wh=sale.energy_wh,
        takes_back=0,
        billed=billed,
        station=author.station,
        by=author.by,
    )


def part_invoice(
    invoices: InvoiceBooks, standing: Invoice, lot: Lot, author: InvoiceAuthor, reason: str
) -> Invoice:
    """Take a part of an invoice back: what is given back of its sale's energy. The rest of it stands."""
    assert invoices.standing(standing.payment) == standing  # noqa: S101 - the order has asked before
    return replace(
        standing,
        number=invoices.number(standing.series),
        kind=InvoiceKind.PART,
        amount_minor=-lot.given_minor,
        # A token carries more than was sold with it: what was free, and what was rounded up.
        energy_wh=-min(lot.energy_wh, standing.energy_wh),
        takes_back=standing.number,
        station=author.station,
        by=author.by,
        reason=reason,
    )


def red_invoice(invoices: InvoiceBooks, standing: Invoice, author: InvoiceAuthor, reason: str) -> Invoice:
    """Take an invoice back in full, by the next number of its own series, whoever does it where.

    Where a part of it was taken back before, all that is left of it.
    """
    assert invoices.standing(standing.payment) == standing  # noqa: S101 - the order has asked before
    part = invoices.part_of(standing)
    return replace(
        standing,
        number=invoices.number(standing.series),
        kind=InvoiceKind.RED,
        nth=invoices.nth(standing.payment, InvoiceKind.RED),
        amount_minor=-standing.amount_minor - (0 if part is None else part.amount_minor),
        energy_wh=-standing.energy_wh - (0 if part is None else part.energy_wh),
        takes_back=standing.number,
        station=author.station,
        by=author.by,
        reason=reason,
    )


def first_invoice(
    invoices: InvoiceBooks, sale: Sale, content: Approved, author: InvoiceAuthor
) -> tuple[Invoice, ...]:
    """Write the invoice of a sale that has none, as part of what books it; nothing where one stands."""
    if invoices.standing(sale.key) is not None:
        return ()
    billed = billed_of(invoices, content.account_no, content.customer)
    return (new_invoice(invoices, sale, billed, author),)


def taken_back(
    invoices: InvoiceBooks, payment: str, author: InvoiceAuthor, reason: str
) -> tuple[Invoice, ...]:
    """Take the invoice of a sale back, as part of what undoes it; nothing where none stands."""
    standing = invoices.standing(payment)
    return () if standing is None else (red_invoice(invoices, standing, author, reason),)


def parts_taken_back(
    invoices: InvoiceBooks, lots: Iterable[Lot], author: InvoiceAuthor, reason: str
) -> tuple[Invoice, ...]:
    """Take those parts of invoices back for which money is given back, purchase by purchase."""
    written: list[Invoice] = []
    for lot in lots:
        standing = invoices.standing(invoices.payment_of.get(lot.sale, ""))
        if standing is None or lot.given_minor <= 0 or invoices.part_of(standing) is not None:
            continue
        one = part_invoice(invoices, standing, lot, author, reason)
        invoices = invoices.after(one)
        written.append(one)
    return tuple(written)


def billed_of(invoices: InvoiceBooks, account_no: str, name: str) -> Billed:
    """Say whom a sale is for: as it was sold, with his address as it is in the files.

    Where the meter belongs to somebody else by now, there is no address to be said of him.
    """
    found = invoices.billed.get(account_no)
    return Billed(account_no, name, "" if found is None else found.address)
