"""One invoice: whose sale it is of, what it says, what took it back; and how a sale gets one."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from admin_web.acting import ordered, refusal_in
from admin_web.answers import NotThere
from admin_web.cells import Amount, Code, Link
from admin_web.diary_words import person
from admin_web.file_timeline import noted_about
from admin_web.file_words import SALE_STATES, customer_path, meter_cell
from admin_web.invoice_words import (
    SEES_INVOICES,
    WRITES_INVOICES,
    author_of,
    invoice_act,
    invoice_link,
    invoice_path,
    kind_state,
    may_take_back,
    path_of,
)
from admin_web.notice import redirect_with
from admin_web.object_page import Deed, Fact, Happening, Related, Thing, object_page
from admin_web.pages.entries import number_in, sealed_as
from admin_web.pages.one_sale import sale_facts
from admin_web.pages.sales import sale_path
from admin_web.route import Route
from admin_web.words import LANGUAGES, msg
from gateway.core.authority import Function
from gateway.core.invoice import Invoiced
from gateway.core.ledger import WATT_HOURS
from gateway.core.timeline import moment_of
from gateway.core.views_invoices import InvoiceFile
from gateway.prepayment.issue_invoice import IssueInvoice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from admin_web.answers import Outcome, Page
    from admin_web.asked import Asked
    from gateway.core.views_invoices import InvoiceFacts

WRITTEN: Final = msg("The invoice is written.")
WAS_THERE: Final = msg("This sale had its invoice already; it is the same one.")


async def invoice_facts(asked: Asked) -> InvoiceFacts:
    """Give the invoice of the path; NotThere for one that is none, or another branch's."""
    number = number_in(asked, "number")
    question = InvoiceFile(branch=asked.me.rights.branch, series=asked.places["series"], number=number)
    facts = await asked.office.views.totals(question)
    if facts is None:
        raise NotThere
    return facts


def invoice_crumbs(asked: Asked, *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """Say the way to an invoice's pages."""
    return ((asked.words.say(msg("Invoices")), "/invoices"), *more)


async def one_invoice(asked: Asked) -> Outcome:
    """Show it."""
    return await invoice_page(asked, await invoice_facts(asked))


async def invoice_page(asked: Asked, facts: InvoiceFacts, refusal: str = "", code: int = 200) -> Page:
    """Make the page of an invoice; ``refusal`` says why it was not printed."""
    written, path = facts.written, path_of(facts.written.invoice)
    noted = await noted_about(asked, written.invoice.name)
    may_print = WRITES_INVOICES.opens(asked.me.rights)
    thing = Thing(
        kind=msg("Red invoice") if written.invoice.is_red else msg("Invoice"),
        title=written.invoice.name,
        state=kind_state(written),
        facts=tuple(_facts(asked, facts)),
        deeds=(Deed(msg("Take it back"), f"{path}/take-back"),) if may_take_back(asked, written) else (),
        timeline=(*_happened(facts), *noted.lines),
        older=noted.older,
        related=tuple(_related(facts)),
        raw={**asdict(written), "state": written.state.value},
    )
    values = {
        "paper": f"{path}/paper" if may_print else None,
        "is_printed": facts.is_printed,
        "has_token": not written.invoice.is_red,
        "shows_token": asked.me.rights.may(Function.SHOW_TOKEN),
        "paper_languages": LANGUAGES,
        "refusal": refusal,
    }
    page = object_page(asked, thing, invoice_crumbs(asked), "invoice.html", **values)
    return type(page)(page.template, page.values, code)


def _facts(asked: Asked, facts: InvoiceFacts) -> Iterator[Fact]:
    written, invoice = facts.written, facts.written.invoice
    yield Fact(msg("Amount"), Amount(invoice.amount_minor, invoice.currency, written.sale_id))
    yield Fact(msg("Energy"), Amount(invoice.energy_wh, WATT_HOURS))
    if invoice.is_red:
        path = invoice_path(invoice.series, invoice.takes_back)
        said = msg("Takes a part back of") if invoice.is_part else msg("Takes back")
        yield Fact(said, Link(Code(invoice.takes_back_name), path))
        yield Fact(msg("Reason"), invoice.reason)
    yield Fact(msg("Receipt"), Link(Code(str(invoice.receipt_no)), f"/sales/{written.sale_id}"))
    yield Fact(msg("The sale"), SALE_STATES[written.state])
    yield Fact(msg("Customer"), Link(invoice.billed.name, customer_path(invoice.billed.account_no)))
    yield Fact(msg("Address"), invoice.billed.address or None)
    yield Fact(msg("Meter number"), meter_cell(invoice.pan))
    yield Fact(msg("Written at"), moment_of(written.at_us))
    yield Fact(msg("Business day"), written.business_date)
    yield Fact(msg("Station"), invoice.station or None)
    yield Fact(msg("By whom"), person(invoice.by))
    yield Fact(msg("Sealed"), sealed_as(asked, written.link))


def _happened(facts: InvoiceFacts) -> Iterator[Happening]:
    """Tell all invoices that the sale has had."""
    for one in facts.of_sale:
        invoice = one.invoice
        said = msg("A red invoice was written") if invoice.is_red else msg("An invoice was written")
        yield Happening(
            moment_of(one.at_us), "money", said, Code(invoice.name),
            Amount(invoice.amount_minor, invoice.currency), invoice.by, path_of(invoice),
        )  # fmt: skip


def _related(facts: InvoiceFacts) -> Iterator[Related]:
    written, invoice = facts.written, facts.written.invoice
    yield Related(msg("Sale"), Code(str(invoice.receipt_no)), f"/sales/{written.sale_id}")
    yield Related(msg("Customer"), invoice.billed.name, customer_path(invoice.billed.account_no))
    yield Related(msg("Meter"), meter_cell(invoice.pan).cell, f"/meters/{invoice.pan}")
    for one in facts.of_sale:
        if one != written:
            label = msg("Red invoice") if one.invoice.is_red else msg("Invoice")
            yield Related(label, invoice_link(one.invoice).cell, path_of(one.invoice))
    yield Related(msg("Series"), Code(invoice.series), f"/invoices?series={invoice.series}&day_from=")


async def issue(asked: Asked) -> Outcome:
    """Write the invoice of a sale, or find the one that it has; on to its page."""
    sale = (await sale_facts(asked)).sale
    command = IssueInvoice(sale.key, sale.pan, author_of(asked))
    content = await ordered(asked, invoice_act(sale.key, sale.pan), command)
    refusal = refusal_in(asked, content)
    if refusal is not None:
        return redirect_with(asked, sale_path(sale), refusal)
    assert isinstance(content, Invoiced)  # noqa: S101 - there is no other answer
    said = WRITTEN if content.is_new else WAS_THERE
    return redirect_with(asked, path_of(content.invoice), asked.words.say(said))


ROUTES: Final = (
    Route("GET", "/invoices/<series>/<number>", SEES_INVOICES, one_invoice),
    Route("POST", "/sales/<id>/invoice", WRITES_INVOICES, issue),
)
