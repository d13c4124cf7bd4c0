"""Hand a waiting credit over: the bank fetches the token of a payment that was answered without one.

    credit waits, token meter   Dr HOLD:CREDIT, Cr REV, VAT; Dr E.ISSUED, Cr E.SOLD → the token
    token was in the answer     the stored answer again
    card or remote meter        the stored answer again: the credit is loaded elsewhere
    asked again                 the same token
    made by a security module   with the id that was reserved with the payment

A key change goes out in front of the token where the meter's key is behind.

Refusals: original_unknown, reversed, the original's own refusal; no_token and tokens_too_fast (retryable).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.core import chart
from gateway.core.books import Decision, Needs, Notice
from gateway.core.ledger import EntryKind
from gateway.core.meter import Carrier
from gateway.core.outcome import Approved, Declined, FreeToken, TokensWanted
from gateway.core.payment import bank_channel, handover_key, reversal_key
from gateway.core.pricing import own_lines, read_explained
from gateway.core.refusal import Refusal
from gateway.core.sale import Sale, SaleEvent, SaleState
from gateway.core.timeline import microseconds
from gateway.prepayment.issue_credit import (
    Credits,
    credit_entry,
    issue_credits,
    plan_credits,
    tokens_of,
)
from gateway.prepayment.note_no_token import note_no_token
from gateway.prepayment.repeat import is_reversed
from gateway.prepayment.till import Till

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.meter import MeterAccount
    from gateway.core.payment import SaleTerms
    from gateway.core.token import IssuerRefusalWhy
    from gateway.ports import TokenIssuer


@dataclass(frozen=True, slots=True)
class HandOver:
    """Give me the token of this payment.

    ``unprepared``: why the issuer could not prepare what this command wanted of it before.
    """

    payment: str
    rnd: int
    terms: SaleTerms
    issuer: TokenIssuer
    unprepared: IssuerRefusalWhy | None = None

    #: There is nothing in the request that a repeat could change.
    digest = "hand-over"

    @property
    def key(self) -> str:
        """The one hand-over that a payment can have."""
        return handover_key(self.payment)

    @property
    def channel(self) -> str:
        """The bank that gave the order."""
        return bank_channel(self.terms.bank)

    def needs(self) -> Needs:
        """All three keys of the payment's life, and the sale with its meter."""
        keys = (self.payment, reversal_key(self.payment), self.key)
        return Needs(keys=keys, sales=(self.payment,), balances=self.issuer.ring.limited)

    def decide(self, books: Books, now: datetime) -> Decision:
        """Repeat, refuse, or let the credit out; see the module's table."""
        known, original = books.known.get(self.key), books.known.get(self.payment)
        if known is not None:
            return Decision(known.recall())
        if is_reversed(books, self.payment):
            return Decision(Declined(Refusal.REVERSED))
        if original is None:
            return Decision(Declined(Refusal.ORIGINAL_UNKNOWN))
        content, sale = original.recall(), books.sales.get(self.payment)
        if sale is None or sale.state is not SaleState.WAITING or not isinstance(content, Approved):
            return Decision(content)
        if content.carrier is not Carrier.TOKEN:
            return Decision(content)
        return self._issue(books, sale, content, now)

    def over_a_line(self, books: Books, now: datetime) -> Decision:
        """Let the credit of a meter on a line out as a token (``begin_remote.py``)."""
        original, sale = books.known.get(self.payment), books.sales.get(self.payment)
        content = None if original is None else original.recall()
        if sale is None or sale.state is not SaleState.WAITING or not isinstance(content, Approved):
            return Decision(Declined(Refusal.ORIGINAL_UNKNOWN))
        return self._issue(books, sale, content, now)

    def _issue(self, books: Books, sale: Sale, content: Approved, now: datetime) -> Decision:
        meter, priced = books.meters[sale.pan], read_explained(sale.quote)
        till = Till(self.issuer, self.terms.zone, self.terms.tid_lead_max, now, books.balances)
        preset_wh = 0 if priced.preset is None else priced.preset.wh
        plan = plan_credits(
            meter,
            sale.energy_wh - preset_wh,
            priced.free_wh,
            self.rnd,
            till=till,
            reserved=content.reserved,
        )
        credits_ = plan if isinstance(plan, Declined) else issue_credits(plan, till)
        if self.unprepared is not None and isinstance(credits_, TokensWanted):
            credits_ = Declined(Refusal.NO_TOKEN, self.unprepared.value)
        if not isinstance(credits_, Credits):
            return self._without_token(meter, credits_, till)
        own = own_lines(priced.lines)
        lines = (*(line for line in priced.lines if line not in own), *priced.beside)
        currency = sale.tender.currency
        entry = credit_entry(
            chart.HELD_CREDIT, lines, credits_, currency, kind=EntryKind.POST, preset_wh=preset_wh
        )
        free = None if credits_.free is None else FreeToken(priced.free_wh, credits_.free.digits)
        return Decision(
            replace(
                content,
                token=credits_.paid.digits,
                at_us=microseconds(now),
                free=free,
                key_change=credits_.key_change,
                reserved=None,
            ),
            remembered=True,
            entries=(entry,),
            meter=credits_.meter,
            sale=replace(sale.after(SaleEvent.HAND_OVER), encoded_wh=credits_.encoded_wh + preset_wh),
            tokens=tokens_of(sale.id, credits_),
            notices=(Notice("token_issued", sale.id, ""),),
            rekeys=credits_.meter.key_change is not meter.key_change,
        )

    def _without_token(self, meter: MeterAccount, content: Declined | TokensWanted, till: Till) -> Decision:
        """The credit still waits: whatever stands in the way may be mended, and a person is told of it."""
        if isinstance(content, TokensWanted) or content.reason is not Refusal.NO_TOKEN:
            return Decision(content)
        note = note_no_token(self.terms.bank, meter, content, till, "a paid credit waits")
        return Decision(content, exception=note)
