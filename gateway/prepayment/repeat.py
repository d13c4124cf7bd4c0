"""What a payment's key already knows: the rules of every repeat, in one place.

Same key and digest: the stored content. Other digest: key_reused. After an accepted reversal: the stable
answer reversed, never a token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.core.books import Decision
from gateway.core.outcome import Declined, Undone
from gateway.core.payment import reversal_key
from gateway.core.refusal import Refusal

if TYPE_CHECKING:
    from gateway.core.books import Books


def is_reversed(books: Books, payment: str) -> bool:
    """Was a reversal of this payment accepted, before or after the payment came?"""
    reversal = books.known.get(reversal_key(payment))
    return reversal is not None and isinstance(reversal.recall(), Undone)


def repeated(books: Books, payment: str, digest: str) -> Decision | None:
    """Decide a request whose payment is known or reversed; None when it is new."""
    known = books.known.get(payment)
    if known is not None and known.digest != digest:
        return Decision(Declined(Refusal.KEY_REUSED))
    if is_reversed(books, payment):
        # A late original is remembered too, so that its digest binds the key as any other's does.
        return Decision(Declined(Refusal.REVERSED), remembered=known is None)
    return None if known is None else Decision(known.recall())
