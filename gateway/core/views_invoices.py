"""The invoices as a list, and one of them with all that its sale has had.

    question      rows                         count                  totals
    Invoices      invoices, the newest first   up to ``COUNT_MAX``    sums per currency, of all that fit
    InvoiceFile   those of its sale            of these               all that is known of it, or None

An invoice is of the branch that its sale's customer belongs to, whoever wrote it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.core.paging import ROWS
from gateway.core.sale import SaleState
from gateway.core.views import Query, require_page

if TYPE_CHECKING:
    from datetime import date

    from gateway.core.invoice import Invoice, InvoiceKind
    from gateway.core.lots import Lot

#: Sales whose money did not stay: in dispute it is not said yet how it ends.
UNDONE_FOR_GOOD: Final = frozenset({SaleState.REVERSED, SaleState.CONCEDED})


@dataclass(frozen=True, slots=True)
class WrittenInvoice:
    """An invoice as it stands: when and in which business day it was written, which link seals it.

    ``sale_id`` and ``state`` are its sale's; ``is_taken_back``: a red one has taken it back.
    """

    invoice: Invoice
    at_us: int
    business_date: str
    link: int
    sale_id: int
    state: SaleState
    is_taken_back: bool

    @property
    def is_due(self) -> bool:
        """Should a red one take it back: was its sale undone for good, and does it still stand?"""
        return not self.invoice.is_red and not self.is_taken_back and self.state in UNDONE_FOR_GOOD

    @property
    def place(self) -> tuple[int, str, int]:
        """Where it stands in the list."""
        return self.at_us, self.invoice.series, self.invoice.number


@dataclass(frozen=True, slots=True)
class InvoiceTotals:
    """What invoices of one currency come to: how many of each kind, and their amounts in minor units.

    ``red_minor`` is below zero; those for a part are among them.
    """

    currency: str
    normal_count: int
    normal_minor: int
    red_count: int
    red_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoices(Query[WrittenInvoice, tuple[InvoiceTotals, ...]]):
    """The invoices of a branch's sales, or of all, that are all of what is asked for; None asks for nothing.

    ``is_due``: a red one should take it back, for its sale was undone and it still stands.
    Business days are both included. ``after`` is the place of the row that a page begins behind.
    """

    branch: str | None
    series: str | None = None
    number: int | None = None
    kind: InvoiceKind | None = None
    is_due: bool = False
    first_day: date | None = None
    last_day: date | None = None
    payment: str | None = None
    receipt_no: int | None = None
    account_no: str | None = None
    pan: str | None = None
    by: str | None = None
    after: tuple[int, str, int] | None = None
    limit: int = ROWS

    def __post_init__(self) -> None:
        """Refuse a page that is none, and days that run backwards."""
        require_page(self.limit)
        if self.first_day is not None and self.last_day is not None and self.first_day > self.last_day:
            raise ValueError(f"the days would begin on {self.first_day}, after they end")


@dataclass(frozen=True, slots=True)
class InvoiceFacts:
    """An invoice, and all that its sale has had, in their order. ``is_printed``: its first paper is out.

    ``lot`` is what a red one for a part gives back.
    """

    written: WrittenInvoice
    of_sale: tuple[WrittenInvoice, ...]
    is_printed: bool
    lot: Lot | None = None

    @property
    def parts_before(self) -> tuple[Invoice, ...]:
        """Those that have taken a part of the same one back before."""
        own = self.written.invoice
        had = (one.invoice for one in self.of_sale)
        return tuple(one for one in had if one.is_part and one.nth == own.nth and one.number < own.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceFile(Query[WrittenInvoice, InvoiceFacts | None]):
    """One invoice, of a branch's sale or of any."""

    branch: str | None
    series: str
    number: int
