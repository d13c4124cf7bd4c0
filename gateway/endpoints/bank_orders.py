"""From what a bank asks to the command that does it: the one place where a bank's door meets the verbs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core.meter_number import MeterNumberFault
from gateway.core.payment import PaymentOrder, payment_key
from gateway.endpoints.bank_request import (
    Asked,
    RequestFault,
    digest_of,
    is_partial,
    meter_of,
    reference_of,
    require_readable,
    tender_of,
    trace_of,
)
from gateway.prepayment.ask_result import AskResult
from gateway.prepayment.hand_over import HandOver
from gateway.prepayment.inquire import Inquire
from gateway.prepayment.reverse_payment import ReversePayment
from gateway.prepayment.take_payment import TakePayment

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from gateway.codecs.iso8583.message import Message
    from gateway.core.books import Command
    from gateway.core.payment import SaleTerms
    from gateway.endpoints.bank_profile import BankProfile
    from gateway.ports import Pricing, TokenIssuer

_TERMINAL = 41
_CURRENCY = 49


@dataclass(frozen=True, slots=True)
class BankOrders:
    """Makes the commands of one bank. ``random_nibble`` draws RND4 at the door, outside the digest."""

    profile: BankProfile
    terms: SaleTerms
    advice_posts: bool
    pricing: Pricing
    issuer: TokenIssuer
    random_nibble: Callable[[], int]

    def command(self, what: Asked, message: Message, now: datetime) -> Command:
        """Make the command; RequestFault or MeterNumberFault where the message does not allow it."""
        require_readable(message, self.profile)
        today = now.astimezone(self.terms.zone).date()
        match what:
            case Asked.INQUIRY:
                return Inquire(meter_of(message, self.profile), self.terms, self.pricing)
            case Asked.PAYMENT | Asked.ADVICE:
                return self._payment(message, today, is_advice=what is Asked.ADVICE)
            case Asked.QUERY:
                return HandOver(self._key(message, today), self.random_nibble(), self.terms, self.issuer)
            case Asked.REVERSAL:
                return self._reversal(message, today)
            case _:
                raise AssertionError(f"{what} moves no money")

    def _key(self, message: Message, today: date) -> str:
        return payment_key(self.terms.bank, reference_of(message, self.profile, today).text)

    def _payment(self, message: Message, today: date, *, is_advice: bool) -> Command:
        key = self._key(message, today)
        meter, tender = meter_of(message, self.profile), tender_of(message, self.profile)
        digest = digest_of(message, self.profile, meter, tender)
        if is_advice and not self.advice_posts:
            return AskResult(key, digest)
        terminal = message.fields.get(_TERMINAL, "").strip()
        trace = trace_of(message, self.profile, today)
        order = PaymentOrder(meter, tender, terminal, self.random_nibble(), trace)
        return TakePayment(key, digest, order, self.terms, self.pricing, self.issuer, is_advice)

    def _reversal(self, message: Message, today: date) -> Command:
        # Without a currency the amount says nothing; the payment's own stands.
        names_amount = bool(message.fields.get(4, "").strip("0")) and _CURRENCY in message.fields
        reference = reference_of(message, self.profile, today, original=True)
        return ReversePayment(
            payment=payment_key(self.terms.bank, reference.text),
            bank=self.terms.bank,
            amount=tender_of(message, self.profile) if names_amount else None,
            is_partial=is_partial(message),
            may_precede=reference.is_best,
            pan=self._named_pan(message),
            trace=trace_of(message, self.profile, today, original=True),
            terminal=message.fields.get(_TERMINAL, "").strip(),
        )

    def _named_pan(self, message: Message) -> str | None:
        """Return the meter that a reversal names, None where it names none or only its customer."""
        try:
            ref = meter_of(message, self.profile)
        except (RequestFault, MeterNumberFault):
            return None
        return ref.pan if ref.account_no is None else None

