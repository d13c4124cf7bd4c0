"""From what a bank asks to the command that does it: the one place where the bank's doors meet the verbs.

A door reads its own messages and says here what they ask; nothing here knows how a message looks. So the same
order is the same command, under the same key and digest, whichever door it came through.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from gateway.core.payment import PaymentOrder, payment_key
from gateway.prepayment.ask_result import AskResult
from gateway.prepayment.hand_over import HandOver
from gateway.prepayment.inquire import Inquire
from gateway.prepayment.reverse_payment import ReversePayment
from gateway.prepayment.take_payment import TakePayment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.core.meter import MeterRef
    from gateway.core.money import Money
    from gateway.core.payment import SaleTerms
    from gateway.ports import Pricing, TokenIssuer


@dataclass(frozen=True, slots=True)
class BankOrders:
    """Makes the commands of one bank. ``random_nibble`` draws RND4 at the door, outside the digest."""

    terms: SaleTerms
    advice_posts: bool
    pricing: Pricing
    issuer: TokenIssuer
    random_nibble: Callable[[], int]

    def key(self, reference: str) -> str:
        """Name the payment that this bank names so."""
        return payment_key(self.terms.bank, reference)

    def inquiry(self, meter: MeterRef, tender: Money | None = None) -> Inquire:
        """Who is behind this number, and what would this amount buy him?"""
        return Inquire(meter, self.terms, self.pricing, tender)

    def payment(  # noqa: PLR0913 - all that a payment is, all of it named
        self,
        reference: str,
        *,
        meter: MeterRef,
        tender: Money,
        digest: str,
        terminal: str,
        trace: str = "",
        is_advice: bool,
    ) -> TakePayment | AskResult:
        """Sell; an advice only asks where advices may not post."""
        key = self.key(reference)
        if is_advice and not self.advice_posts:
            return AskResult(key, digest, self.query(reference))
        order = PaymentOrder(meter, tender, terminal, self.random_nibble(), trace)
        return TakePayment(key, digest, order, self.terms, self.pricing, self.issuer, is_advice)

    def query(self, reference: str) -> HandOver:
        """What became of it, and its token if that waits."""
        return HandOver(self.key(reference), self.random_nibble(), self.terms, self.issuer)

    def reversal(  # noqa: PLR0913 - likewise
        self,
        reference: str,
        *,
        amount: Money | None,
        is_partial: bool = False,
        may_precede: bool = True,
        pan: str | None = None,
        trace: str = "",
        terminal: str = "",
    ) -> ReversePayment:
        """Take a payment back."""
        return ReversePayment(
            payment=self.key(reference),
            bank=self.terms.bank,
            amount=amount,
            is_partial=is_partial,
            may_precede=may_precede,
            pan=pan,
            trace=trace,
            terminal=terminal,
        )


def order_digest(parts: Sequence[str]) -> str:
    """Digest what must not change under one key: meter, minor units, currency, or what a profile names."""
    return sha256("\x1f".join(parts).encode()).hexdigest()


def named_meter(meter: MeterRef) -> str:
    """Return the number by which a request names its meter, as the digest has it."""
    return meter.pan or meter.account_no or ""
