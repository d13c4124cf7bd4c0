"""An invoice on paper, as PDF: made on a thread, given out once the diary has its line.

Whether it is the first paper or a copy the books say in the moment of the line; what was made before by a
guess is made again where the guess was wrong.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from admin_web.acting import actor_of, refusal_in
from admin_web.answers import NotThere, Octets
from admin_web.form_body import NoForm
from admin_web.invoice_paper import Letterhead, PaperAsked, invoice_paper
from admin_web.invoice_words import WRITES_INVOICES
from admin_web.pages.invoice import invoice_facts, invoice_page
from admin_web.route import Route
from admin_web.words import LANGUAGES, msg
from gateway.core.authority import Function
from gateway.core.office_answer import Changed
from gateway.core.paper import NoPaper, PaperSize
from gateway.core.views_booked import SaleFile
from gateway.office.print_invoice import COPY, PAPER_PATTERN, PrintInvoice

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from gateway.core.invoice import Invoice
    from gateway.core.views_invoices import InvoiceFacts

_REFUSED: Final = 403
_NOT_NOW: Final = 503

#: As the diary has the sizes.
_SIZES: Final = {PaperSize.A4: "A4", PaperSize.ROLL: "80 mm"}

NO_FONT: Final = msg(
    "It cannot be printed: the font %(font)s is not there, or is none. Whoever keeps the gateway installs "
    "fonts-noto-cjk, or names another font in [invoices] font of the configuration."
)
NO_LETTERS: Final = msg(
    "It cannot be printed: the font %(font)s lacks letters that stand on it (%(letters)s). Whoever keeps the "
    "gateway names another font in [invoices] font of the configuration."
)


async def paper(asked: Asked) -> Outcome:
    """Print it in the size and language that were chosen."""
    facts = await invoice_facts(asked)
    size, wanted = _size(asked), await _wanted(asked, facts, _language(asked))
    try:
        octets = await _pdf(asked, wanted, size)
        content = await asked.office.poster.post(_order(asked, wanted, size))
        refusal = refusal_in(asked, content)
        if refusal is not None:
            return await invoice_page(asked, facts, refusal, _REFUSED)
        is_copy = isinstance(content, Changed) and content.version == COPY
        if is_copy != wanted.is_copy:
            octets = await _pdf(asked, replace(wanted, is_copy=is_copy), size)
    except NoPaper as missing:
        return await invoice_page(asked, facts, _missing(asked, missing), _NOT_NOW)
    return Octets(octets, "application/pdf", (("Content-Disposition", _named(facts.written.invoice)),))


async def _wanted(asked: Asked, facts: InvoiceFacts, language: str) -> PaperAsked:
    question = SaleFile(branch=asked.me.rights.branch, id=facts.written.sale_id)
    sale = await asked.office.views.totals(question)
    if sale is None:
        raise NotThere
    whole = asked.me.rights.may(Function.SHOW_TOKEN)
    return PaperAsked(facts, sale, language, whole, facts.is_printed)


async def _pdf(asked: Asked, wanted: PaperAsked, size: PaperSize) -> bytes:
    office = asked.office
    head = Letterhead(office.utility, office.zone, office.invoice_text)
    return await office.papers.pdf(invoice_paper(wanted, head), size)


def _order(asked: Asked, wanted: PaperAsked, size: PaperSize) -> PrintInvoice:
    invoice = wanted.facts.written.invoice
    has_token = not invoice.is_red and wanted.sale.handed_out is not None
    return PrintInvoice(
        actor=actor_of(asked),
        series=invoice.series,
        number=invoice.number,
        payment=invoice.payment,
        pan=invoice.pan,
        form=f"{_SIZES[size]}, {wanted.language}",
        shows_token=wanted.whole_tokens and has_token,
    )


def _size(asked: Asked) -> PaperSize:
    """Read the size; a sheet where none was chosen."""
    chosen = asked.field("size") or PaperSize.A4.value
    found = {size.value: size for size in PaperSize}.get(chosen)
    if found is None:
        raise NoForm("a paper of no size of ours")
    return found


def _language(asked: Asked) -> str:
    """Read the paper's language; the reader's own where none was chosen."""
    chosen = asked.field("language") or asked.words.language
    if chosen not in LANGUAGES:
        raise NoForm("a paper in no language of ours")
    return chosen


def _missing(asked: Asked, missing: NoPaper) -> str:
    if missing.letters:
        return asked.words.say(NO_LETTERS, font=missing.font, letters=", ".join(missing.letters))
    return asked.words.say(NO_FONT, font=missing.font)


def _named(invoice: Invoice) -> str:
    # A series is a station's or branch's code: letters, digits, dashes.
    return f'attachment; filename="invoice-{invoice.series}-{invoice.number}.pdf"'


ROUTES: Final = (Route("POST", PAPER_PATTERN, WRITES_INVOICES, paper),)
