"""Invoices in words: their kinds, the links to them, and what can be done with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.cells import Code, Link, State, Tone
from admin_web.route import Right
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.invoice import InvoiceKind, invoice_name, series_of
from gateway.core.sale import SaleState
from gateway.core.views_invoices import Invoices
from gateway.office.authorised import Act
from gateway.prepayment.write_invoice import InvoiceAuthor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from admin_web.asked import Asked
    from gateway.core.invoice import Invoice
    from gateway.core.views_invoices import WrittenInvoice

SEES_INVOICES: Final = Right(Function.INVOICES)
WRITES_INVOICES: Final = Right(Function.INVOICES, Level.DO)

KINDS: Final[Mapping[InvoiceKind, State]] = {
    InvoiceKind.NORMAL: State(msg("normal"), Tone.GOOD),
    InvoiceKind.PART: State(msg("red: takes a part of one back"), Tone.BAD),
    InvoiceKind.RED: State(msg("red: takes one back"), Tone.BAD),
}

#: Of a normal one that a red one has taken back.
TAKEN_BACK: Final = State(msg("taken back"), Tone.QUIET)

#: Of a normal one whose sale was undone.
DUE: Final = State(msg("to be taken back"), Tone.WAITING)

#: Where a sale stands that can get an invoice.
GETS_ONE: Final = frozenset({SaleState.ISSUED, SaleState.WAITING})


def invoice_path(series: str, number: int) -> str:
    """Name the page of an invoice."""
    return f"/invoices/{invoice_name(series, number)}"


def path_of(invoice: Invoice) -> str:
    """Name the page of an invoice."""
    return invoice_path(invoice.series, invoice.number)


def invoice_link(invoice: Invoice) -> Link:
    """Name an invoice, with its page."""
    return Link(Code(invoice.name), path_of(invoice))


def kind_state(written: WrittenInvoice) -> State:
    """Say what kind it is, and whether it still stands."""
    if written.is_due:
        return DUE
    return TAKEN_BACK if written.is_taken_back else KINDS[written.invoice.kind]


def may_take_back(asked: Asked, written: WrittenInvoice) -> bool:
    """May the visitor write the red one of it now?"""
    return written.is_due and WRITES_INVOICES.opens(asked.me.rights)


def author_of(asked: Asked) -> InvoiceAuthor:
    """Say into which series the visitor writes."""
    me = asked.me
    return InvoiceAuthor(series_of(me.station, me.rights.branch), me.station, me.login)


def invoice_act(payment: str, pan: str, reason: str = "") -> Act:
    """Say how authority judges an order about the invoice of a payment: it moves no money."""
    return Act(
        Function.INVOICES, "", "", payment, about=pan, reason=reason, needs_reason=bool(reason)
    )


async def invoices_of(asked: Asked, payment: str) -> Sequence[WrittenInvoice]:
    """Find the invoices that a sale has had, the newest first; nothing for whoever may not see them."""
    rights = asked.me.rights
    if not SEES_INVOICES.opens(rights):
        return ()
    return await asked.office.views.rows(Invoices(branch=rights.branch, payment=payment))
