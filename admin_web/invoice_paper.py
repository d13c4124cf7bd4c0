"""What stands on an invoice's paper, in any of the three languages: the same words for both sizes.

Of tokens all digits stand there only where the visitor may see them whole; else the last four. A red one has
none: what it takes back was paid for, and is no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from admin_web.file_words import meter_number
from admin_web.shown import Shown
from admin_web.tariff_words import line_said
from admin_web.words import msg, words_of
from gateway.core.meter import Carrier
from gateway.core.paper import Facts, Mark, Paper, Sums, WholeToken, Words
from gateway.core.timeline import moment_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from admin_web.words import Words as Language
    from gateway.core.paper import Block
    from gateway.core.views_booked import SaleFacts
    from gateway.core.views_invoices import InvoiceFacts


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Whose paper it is: the utility's name, its zone, and its own words at the end ("": none)."""

    utility: str
    zone: tzinfo
    text: str


@dataclass(frozen=True, slots=True)
class PaperAsked:
    """An invoice with its sale, as it is to be printed. ``whole_tokens``: all digits of them."""

    facts: InvoiceFacts
    sale: SaleFacts
    language: str
    whole_tokens: bool
    is_copy: bool


def invoice_paper(asked: PaperAsked, head: Letterhead) -> Paper:
    """Write the paper."""
    return _Writer(asked, head).paper()


class _Writer:
    """Writes one paper in one language."""

    def __init__(self, asked: PaperAsked, head: Letterhead) -> None:
        self._asked, self._head = asked, head
        self._words: Language = words_of(asked.language)
        self._shown = Shown(self._words.locale, head.zone)
        self._written = asked.facts.written
        self._invoice = asked.facts.written.invoice
        self._sale = asked.sale

    def paper(self) -> Paper:
        """Put its blocks in their order."""
        is_red = self._invoice.is_red
        return Paper(
            issuer=self._head.utility,
            title=self._say(msg("Red invoice") if is_red else msg("Invoice")),
            language=self._asked.language,
            pages=self._say(msg("Page {page} of {pages}")),
            made_us=self._written.at_us,
            blocks=tuple(self._blocks()),
        )

    def _say(self, sentence: str, **values: object) -> str:
        return self._words.say(sentence, **values)

    def _blocks(self) -> Iterator[Block]:
        if self._asked.is_copy:
            yield Mark(self._say(msg("Copy of the invoice")))
        if self._invoice.is_red:
            original = self._invoice.takes_back_name
            part = msg("Red invoice: takes a part of invoice %(name)s back")
            whole = msg("Red invoice: takes invoice %(name)s back")
            yield Mark(self._say(part if self._invoice.is_part else whole, name=original))
        yield Facts(tuple(self._about_invoice()))
        yield Facts(tuple(self._about_customer()))
        yield self._price()
        yield Facts(tuple(self._energy()))
        yield from self._tokens()
        if self._head.text:
            yield Words(self._head.text)

    def _about_invoice(self) -> Iterator[tuple[str, str]]:
        invoice = self._invoice
        yield self._say(msg("Invoice number")), invoice.name
        yield self._say(msg("Date and time")), self._shown.moment(moment_of(self._written.at_us))
        yield self._say(msg("Business day")), self._written.business_date
        if invoice.station:
            yield self._say(msg("Station")), invoice.station
        yield self._say(msg("Cashier")), invoice.by
        if invoice.reason:
            yield self._say(msg("Reason")), invoice.reason

    def _about_customer(self) -> Iterator[tuple[str, str]]:
        invoice, sale = self._invoice, self._sale.sale
        yield self._say(msg("Customer")), invoice.billed.name
        yield self._say(msg("Account number")), invoice.billed.account_no
        if invoice.billed.address:
            yield self._say(msg("Address")), invoice.billed.address
        yield self._say(msg("Meter number")), meter_number(invoice.pan).text
        yield self._say(msg("Power type")), sale.power_type
        yield self._say(msg("Receipt")), str(invoice.receipt_no)
        yield self._say(msg("Paid at")), self._shown.moment(moment_of(sale.at_us))

    def _price(self) -> Sums:
        total = self._shown.money(self._invoice.amount_minor, self._invoice.currency)
        said = msg("What is given back") if self._invoice.is_part else msg("What the payment was for")
        return Sums(self._say(said), tuple(self._price_lines()), (self._say(msg("Total")), total))

    def _price_lines(self) -> Iterator[tuple[str, str]]:
        sign, currency = -1 if self._invoice.is_red else 1, self._invoice.currency
        lot = self._asked.facts.lot
        for line in self._sale.explained.lines if lot is None else lot.given_lines:
            yield line_said(self._words, line.code), self._shown.money(sign * line.minor, currency)
        if self._invoice.is_red:
            for one in self._asked.facts.parts_before:
                said = self._say(msg("Taken back before, with %(name)s"), name=one.name)
                yield said, self._shown.money(-one.amount_minor, currency)

    def _energy(self) -> Iterator[tuple[str, str]]:
        sign = -1 if self._invoice.is_red else 1
        yield self._say(msg("Energy")), self._shown.kwh(self._invoice.energy_wh)
        preset = self._sale.explained.preset
        if preset is not None and not self._invoice.is_part:
            yield self._say(msg("Of it in the meter before")), self._shown.kwh(sign * preset.wh)
        if self._sale.explained.free_wh:
            free = self._shown.kwh(sign * self._sale.explained.free_wh)
            yield self._say(msg("Free energy beside it")), free

    def _tokens(self) -> Iterator[Block]:
        if self._invoice.is_red:
            return
        answer = self._sale.handed_out
        if answer is None:
            waits = msg("The credit waits: it is not handed out yet.")
            by_card = msg("The credit is loaded from a card, or over a line.")
            is_token = self._sale.carrier is Carrier.TOKEN
            yield Facts(((self._say(msg("Token")), self._say(waits if is_token else by_card)),))
            return
        tokens = [(msg("First the new key: enter this before the others"), one) for one in answer.key_change]
        if answer.token is not None:
            tokens.append((msg("Token"), answer.token))
        if answer.free is not None and answer.free.token is not None:
            tokens.append((msg("Free energy: a token of its own"), answer.free.token))
        if self._asked.whole_tokens:
            yield from (WholeToken(self._say(label), digits) for label, digits in tokens)
        else:
            yield Facts(tuple((self._say(label), str(digits)) for label, digits in tokens))
