"""Take an invoice back by a red one, once its sale was undone: the form with why, and the order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.acting import ordered, refusal_in
from admin_web.cells import Amount
from admin_web.fields import REASON
from admin_web.forms import Form
from admin_web.invoice_words import WRITES_INVOICES, author_of, invoice_act, may_take_back, path_of
from admin_web.notice import redirect_with
from admin_web.pages.invoice import invoice_crumbs, invoice_facts
from admin_web.route import Route
from admin_web.words import msg
from gateway.core.invoice import Invoiced
from gateway.prepayment.issue_red_invoice import IssueRedInvoice

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from gateway.core.views_invoices import InvoiceFacts

FORM: Final = Form(
    msg("Take the invoice back"),
    msg("Go on"),
    (REASON,),
    lead=msg(
        "A red invoice takes it back in full, by the next number of the same series. Both stay as they are."
    ),
)

NOT_NOW: Final = msg("This invoice cannot be taken back: it was already, or its sale stands.")
TAKEN: Final = msg("The red invoice is written.")


async def ask(asked: Asked) -> Outcome:
    """Show the form; back to the invoice where there is nothing to take back."""
    facts = await invoice_facts(asked)
    if not may_take_back(asked, facts.written):
        return redirect_with(asked, path_of(facts.written.invoice), asked.words.say(NOT_NOW))
    return FORM.blank(asked).page(**_around(asked, facts))


async def send(asked: Asked) -> Outcome:
    """Read the form, show what it will do, and give the order."""
    facts = await invoice_facts(asked)
    filled, invoice = FORM.read(asked), facts.written.invoice
    around = _around(asked, facts)
    if not filled.is_sound or filled.wants_change:
        return filled.page(**around)
    if not filled.is_confirmed:
        amount = Amount(-invoice.amount_minor, invoice.currency)
        nothing = msg("No money moves by it: the payment was given back, or written off, before.")
        name = f"{invoice.name} → {invoice.billed.name}"
        return filled.preview(amount=amount, name=name, nothing=nothing, crumbs=around["crumbs"])
    reason = filled.value("reason", str)
    command = IssueRedInvoice(
        invoice.payment, invoice.pan, invoice.series, invoice.number, author_of(asked), reason
    )
    content = await ordered(asked, invoice_act(invoice.payment, invoice.pan, reason), command)
    refusal = refusal_in(asked, content)
    if refusal is not None:
        return filled.refused(refusal).page(**around)
    assert isinstance(content, Invoiced)  # noqa: S101 - there is no other answer
    return redirect_with(asked, path_of(content.invoice), asked.words.say(TAKEN))


def _around(asked: Asked, facts: InvoiceFacts) -> dict[str, object]:
    invoice = facts.written.invoice
    path = path_of(invoice)
    return {"crumbs": invoice_crumbs(asked, (invoice.name, path)), "back": path}


ROUTES: Final = (
    Route("GET", "/invoices/<series>/<number>/take-back", WRITES_INVOICES, ask),
    Route("POST", "/invoices/<series>/<number>/take-back", WRITES_INVOICES, send),
)
