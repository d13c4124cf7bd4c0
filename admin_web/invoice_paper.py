"""What stands on an invoice's paper, in any of the three languages: the same words for both sizes.

Of tokens all digits stand there only where the visitor may see them whole; else the last four. A red one has
none: what it takes back was paid for, and is no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from admin_web.file_words import meter_number
from admin_web.shown import Shown
from admin_web.words import msg, words_of
from gateway.core.meter import Carrier
from gateway.core.outcome import Approved
from gateway.core.paper import Facts, Mark, Paper, Sums, WholeToken, Words
from gateway.core.timeline import moment_of
from gateway.multi_tariff.plain_words import named

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


def answer_of(sale: SaleFacts) -> Approved | None:
    """Find the answer in which the sale's tokens went out; None where none has."""
    answers = (key.content for key in sale.keys)
    return next((one for one in answers if isinstance(one, Approved) and one.token is not None), None)


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
            original = f"{self._invoice.series}/{self._invoice.takes_back}"
            yield Mark(self._say(msg("Red invoice: takes invoice %(name)s back"), name=original))
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
        sign = -1 if self._invoice.is_red else 1
        currency = self._invoice.currency
        lines = tuple(
            (self._say(named(line.code)), self._shown.money(sign * line.minor, currency))
            for line in self._sale.explained.lines
        )
        total = self._shown.money(self._invoice.amount_minor, currency)
        return Sums(self._say(msg("What the payment was for")), lines, (self._say(msg("Total")), total))

    def _energy(self) -> Iterator[tuple[str, str]]:
        sign = -1 if self._invoice.is_red else 1
        yield self._say(msg("Energy")), self._shown.kwh(self._invoice.energy_wh)
        if self._sale.explained.free_wh:
            free = self._shown.kwh(sign * self._sale.explained.free_wh)
            yield self._say(msg("Free energy beside it")), free

    def _tokens(self) -> Iterator[Block]:
        if self._invoice.is_red:
            return
        answer = answer_of(self._sale)
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
