"""Tell a bank what became of a payment: an advice where the profile does not let an advice post.

Nothing is booked, but for a token that a security module makes: where it is still to come, the order goes on
with the payment's hand-over (``next_step``). Refusals: key_reused, reversed, original_unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core.books import Decision, Needs
from gateway.core.outcome import Declined
from gateway.core.payment import reversal_key
from gateway.core.refusal import Refusal
from gateway.prepayment.repeat import is_reversed, repeated

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.prepayment.hand_over import HandOver


@dataclass(frozen=True, slots=True)
class AskResult:
    """What was the answer to this payment?"""

    key: str
    digest: str
    hand_over: HandOver

    #: Nothing is written, so the journal names nobody.
    channel = ""

    def needs(self) -> Needs:
        """The payment's key and its reversal's."""
        return Needs(keys=(self.key, reversal_key(self.key)))

    def decide(self, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - every command gets the moment
        """Say the stored content again; an unknown payment may still come, so nothing is remembered."""
        if self.key not in books.known:
            reason = Refusal.REVERSED if is_reversed(books, self.key) else Refusal.ORIGINAL_UNKNOWN
            return Decision(Declined(reason))
        repeat = repeated(books, self.key, self.digest)
        assert repeat is not None  # noqa: S101 - a known key is always a repeat
        return repeat
