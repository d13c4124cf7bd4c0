"""Take a bank's payment: book it and let the credit out, or let it wait.

    load    the payment's key and its reversal's, the meter with its customer, the bank's float
    decide  repeat? → reversed before? → may this meter, this amount, this bank? → price → token
    write   Dr BANK or FLOAT, Cr REV per sub-item, Cr VAT, LEVY, FEE, Cr AR for debts, Cr CUST for change;
            Dr PREF, Cr REV for what a preference made cheaper; Dr E.ISSUED, Cr E.SOLD, Cr E.FREE
            or, while the credit waits: Dr BANK or FLOAT, Cr AR, Cr CUST, Cr HOLD:CREDIT for the rest

A credit also waits where a security module makes the token: the token's id is reserved with the payment, and
the token goes out with the hand-over that follows at once.

Refusals: key_reused, reversed, unknown_meter, several_meters, meter_blocked, meter_not_active, bad_amount,
below_minimum, over_limit, not_a_multiple, too_often, by_readings, wrong_currency, not_covered, no_tariff;
no_token and tokens_too_fast (retryable).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.core import chart
from gateway.core.books import Decision, ExceptionNote, Needs, Notice, declined, undecided
from gateway.core.counters import counted
from gateway.core.meter import Carrier
from gateway.core.outcome import Approved, Declined, FreeToken, TokensWanted
from gateway.core.payment import bank_channel, reversal_key
from gateway.core.quickly_built import quickly_built
from gateway.core.refusal import RETRYABLE, Refusal
from gateway.core.sale import Sale, SaleEvent, SaleState, step
from gateway.core.timeline import microseconds
from gateway.prepayment.amount_allowed import not_payable
from gateway.prepayment.issue_credit import (
    Credits,
    credit_entry,
    hold_entry,
    issue_credits,
    plan_credits,
    tokens_of,
)
from gateway.prepayment.meter_choice import not_sellable, one_meter
from gateway.prepayment.note_no_token import note_no_token
from gateway.prepayment.repeat import repeated
from gateway.prepayment.settle_preset import settled
from gateway.prepayment.till import Till, needs_module

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.counters import Counters
    from gateway.core.meter import MeterAccount
    from gateway.core.payment import PaymentOrder, SaleTerms
    from gateway.core.pricing import Priced
    from gateway.core.token import IssuerRefusalWhy, ReservedId
    from gateway.ports import Pricing, TokenIssuer

#: The troubles of a payment that a person must look at, and what they are, in words.
_TROUBLES = {
    "reference_reused": "the bank used a payment's reference for another payment",
    "tokens_too_fast": "more tokens were asked for one meter than minutes have passed",
    "advice_refused": "the bank says that the customer has paid, and it was refused",
}
_AT_COUNTER = {"reference_reused": "a form of the counter was sent again for another payment"}


@quickly_built
@dataclass(frozen=True, slots=True)
class TakePayment:
    """A bank says that a customer pays: the command of request, repeat and posting advice alike.

    ``is_advice``: the customer has paid already, so a refusal is something that a person must settle.
    ``unprepared``: why the issuer could not prepare what this command wanted of it before.
    """

    key: str
    digest: str
    order: PaymentOrder
    terms: SaleTerms
    pricing: Pricing
    issuer: TokenIssuer
    is_advice: bool = False
    unprepared: IssuerRefusalWhy | None = None

    @property
    def channel(self) -> str:
        """The bank that gave the order."""
        return bank_channel(self.terms.bank)

    def needs(self) -> Needs:
        """The key and its reversal's, the meter, what its customer owes, the float if the bank must cover."""
        return Needs(
            keys=(self.key, reversal_key(self.key)),
            meters=(self.order.meter,),
            balances=(
                *((chart.bank_float(self.terms.bank),) if self.terms.covered else ()),
                *self.issuer.ring.limited,
            ),
            own_accounts=self.pricing.own_accounts,
        )

    def decide(self, books: Books, now: datetime) -> Decision:
        """Repeat, refuse, or sell; see the module's journey. What a person must see gets a row."""
        decision = self._decided(books, now)
        if self.unprepared is not None and isinstance(decision.content, TokensWanted):
            decision = declined(Declined(Refusal.NO_TOKEN, self.unprepared.value))
        if not isinstance(decision.content, Declined):
            return decision
        return replace(decision, exception=self._note(books, decision.content, now))

    def _note(self, books: Books, refused: Declined, now: datetime) -> ExceptionNote | None:
        """What a person must see of a refusal, if anything."""
        bank, meter = self.terms.bank, one_meter(books, self.order.meter)
        if refused.reason is Refusal.NO_TOKEN and not isinstance(meter, Declined):
            return note_no_token(bank, meter, refused, self._till(books, now), "a payment was refused")
        kind = self._trouble(refused)
        if kind is None:
            return None
        troubles = _TROUBLES | _AT_COUNTER if self.terms.cash else _TROUBLES
        text = f"{troubles[kind]}: {refused.sentence}"
        return ExceptionNote(kind=kind, bank=bank, key=self.key, sale_id=None, text=text)

    def _trouble(self, refused: Declined) -> str | None:
        """Name the trouble that a refusal means for a person, if any."""
        if refused.reason is Refusal.KEY_REUSED:
            return "reference_reused"
        if refused.reason is Refusal.TOKENS_TOO_FAST:
            return "tokens_too_fast"
        return "advice_refused" if self.is_advice and refused.reason not in RETRYABLE else None

    def _decided(self, books: Books, now: datetime) -> Decision:
        repeat = repeated(books, self.key, self.digest)
        if repeat is not None:
            return repeat
        meter = one_meter(books, self.order.meter)
        if isinstance(meter, Declined):
            return declined(meter)
        refusal = self._refusal(books, meter, now)
        if refusal is not None:
            return declined(refusal)
        priced = self.pricing.price(meter, self.order.tender, now, books.balances, self.terms.price_channel)
        if isinstance(priced, Declined):
            return declined(priced)
        if meter.preset is None:
            return self._sold(books, meter, priced, self._till(books, now))
        paying = settled(priced, meter.preset, meter.account_no)
        if isinstance(paying, Declined):
            return declined(paying)
        sold = self._sold(books, replace(meter, preset=None), paying, self._till(books, now))
        return replace(sold, presets=sold.sale is not None)

    def _sold(self, books: Books, meter: MeterAccount, priced: Priced, till: Till) -> Decision:
        if meter.carrier is Carrier.TOKEN and needs_module(meter, till):
            return self._sell_reserved(books, meter, priced, till)
        if self.terms.token_in_answer and meter.carrier is Carrier.TOKEN:
            return self._sell(books, meter, priced, till)
        return self._sell_waiting(books, meter, priced, till)

    def _till(self, books: Books, now: datetime) -> Till:
        return Till(self.issuer, self.terms.zone, self.terms.tid_lead_max, now, books.balances)

    def _refusal(self, books: Books, meter: MeterAccount, now: datetime) -> Declined | None:
        """Check what does not depend on the price, the gravest first."""
        tender, terms = self.order.tender, self.terms
        refusal = not_sellable(meter) or not_payable(tender, self.pricing.currency(meter, now), terms)
        if refusal is not None:
            return refusal
        if terms.covered and -books.balances.get(chart.bank_float(terms.bank), 0) < tender.minor:
            return Declined(Refusal.NOT_COVERED)
        return None

    def _sell(self, books: Books, meter: MeterAccount, priced: Priced, till: Till) -> Decision:
        behind = counted(meter.counters, priced.moved)
        credits_ = _credits(meter, priced, self.order.rnd, till, behind)
        if not isinstance(credits_, Credits):
            return undecided(credits_)
        sale = self._sale(books, meter, priced, credits_, till.now)
        lines = priced.lines + priced.beside
        return Decision(
            _approved(sale, meter, priced, credits_),
            remembered=True,
            entries=(
                credit_entry(
                    sale.funding, lines, credits_, self.order.tender.currency, preset_wh=priced.preset_wh
                ),
            ),
            meter=credits_.meter,
            sale=sale,
            tokens=tokens_of(sale.id, credits_),
            notices=(Notice("token_issued", sale.id, ""),),
            rekeys=credits_.meter.key_change is not meter.key_change,
        )

    def _sell_waiting(self, books: Books, meter: MeterAccount, priced: Priced, till: Till) -> Decision:
        if meter.carrier is Carrier.TOKEN:
            # A credit that could never become a token must not be sold: one is made and thrown away.
            trial = _credits(meter, priced, 0, till)
            if not isinstance(trial, Credits):
                return undecided(trial)
        return self._held(books, meter, priced, None, till.now)

    def _sell_reserved(self, books: Books, meter: MeterAccount, priced: Priced, till: Till) -> Decision:
        """Book the money and the id of the token; the module is asked when both stand in the books."""
        energy_wh = priced.energy_wh - priced.preset_wh
        plan = plan_credits(meter, energy_wh, priced.free_wh, self.order.rnd, till=till)
        if isinstance(plan, Declined):
            return declined(plan)
        trouble = self.issuer.trouble(plan.paid.identity)
        if trouble is not None:
            return declined(Declined(Refusal.NO_TOKEN, trouble.value))
        held = self._held(books, plan.meter, priced, plan.reserved, till.now)
        return replace(held, rekeys=plan.meter.key_change is not meter.key_change)

    def _held(
        self, books: Books, meter: MeterAccount, priced: Priced, reserved: ReservedId | None, now: datetime
    ) -> Decision:
        sale = self._sale(books, meter, priced, None, now)
        # Its token follows within this very order, and is told then.
        is_at_once = reserved is not None and self.terms.token_in_answer
        return Decision(
            _approved(sale, meter, priced, None, reserved),
            remembered=True,
            entries=(hold_entry(sale.funding, priced.lines, self.order.tender.currency),),
            meter=meter.counted(last_tid=meter.last_tid, counters=counted(meter.counters, priced.moved)),
            sale=sale,
            notices=() if is_at_once else (Notice("credit_waiting", sale.id, meter.carrier.value),),
        )

    def _sale(
        self, books: Books, meter: MeterAccount, priced: Priced, credits_: Credits | None, now: datetime
    ) -> Sale:
        return Sale(
            id=books.next_id,
            key=self.key,
            bank=self.terms.bank,
            meter_id=meter.id,
            pan=meter.pan,
            power_type=meter.power_type,
            tender=self.order.tender,
            funding=self.terms.funding,
            energy_wh=priced.energy_wh,
            encoded_wh=0 if credits_ is None else credits_.encoded_wh + priced.preset_wh,
            state=step(SaleState.BEGIN, SaleEvent.PAY_WAIT if credits_ is None else SaleEvent.PAY_NOW),
            receipt_no=books.next_position,
            tariff_version=priced.version,
            quote=priced.explanation,
            month=priced.moved.month,
            terminal=self.order.terminal,
            trace=self.order.trace,
            at_us=microseconds(now),
        )


def _credits(
    meter: MeterAccount, priced: Priced, rnd: int, till: Till, counters: Counters | None = None
) -> Credits | Declined | TokensWanted:
    energy_wh = priced.energy_wh - priced.preset_wh
    plan = plan_credits(meter, energy_wh, priced.free_wh, rnd, till=till, counters=counters)
    return plan if isinstance(plan, Declined) else issue_credits(plan, till)


def _approved(
    sale: Sale,
    meter: MeterAccount,
    priced: Priced,
    credits_: Credits | None,
    reserved: ReservedId | None = None,
) -> Approved:
    return Approved(
        receipt_no=sale.receipt_no,
        pan=meter.pan,
        account_no=meter.account_no,
        customer=meter.customer,
        power_type=meter.power_type,
        tender_minor=sale.tender.minor,
        currency=sale.tender.currency,
        energy_wh=priced.energy_wh,
        lines=tuple([(line.code, line.minor) for line in priced.lines]),
        tariff_version=priced.version,
        carrier=meter.carrier,
        token=None if credits_ is None else credits_.paid.digits,
        at_us=sale.at_us,
        free=_free(priced, credits_) if priced.free_wh else None,
        key_change=() if credits_ is None else credits_.key_change,
        reserved=reserved,
        preset_wh=priced.preset_wh,
    )


def _free(priced: Priced, credits_: Credits | None) -> FreeToken:
    free = None if credits_ is None else credits_.free
    return FreeToken(priced.free_wh, None if free is None else free.digits)
