"""Find what was begun and not finished, at the start: credits that were paid for and never handed over.

A sale is decided and written in one transaction, so a crash leaves no half sale. What can be left is a credit
that waits: the bank never fetched it, the station never loaded it. A wait beyond the limit becomes a row that
a person sees, once; the credit itself stays where it is, since only the bank or the customer may end it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core.books import Decision, ExceptionNote, Needs
from gateway.core.outcome import Declined, Noted
from gateway.core.payment import bank_channel, overdue_key
from gateway.core.refusal import Refusal
from gateway.core.sale import OPEN_STATES, SaleState
from gateway.core.timeline import microseconds

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from gateway.core.books import Books
    from gateway.ports import Journal, Poster


@dataclass(frozen=True, slots=True)
class NoteOverdueCredit:
    """Put a credit that has waited for too long on a person's list."""

    payment: str
    bank: str

    #: One note per payment says all there is to say.
    digest = "overdue"

    @property
    def key(self) -> str:
        """The one note that a payment can have."""
        return overdue_key(self.payment)

    @property
    def channel(self) -> str:
        """The bank whose payment it is."""
        return bank_channel(self.bank)

    def needs(self) -> Needs:
        """The note's key and the sale."""
        return Needs(keys=(self.key,), sales=(self.payment,))

    def decide(self, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - every command gets the moment
        """Note it once, and only while it still waits."""
        known, sale = books.known.get(self.key), books.sales.get(self.payment)
        if known is not None:
            return Decision(known.recall())
        if sale is None or sale.state is not SaleState.WAITING:
            return Decision(Declined(Refusal.ORIGINAL_UNKNOWN))
        note = ExceptionNote(
            kind="credit_overdue",
            bank=self.bank,
            key=self.payment,
            sale_id=sale.id,
            text="a paid credit was never handed over; ask the bank to fetch or to reverse it",
        )
        return Decision(Noted(sale.receipt_no), remembered=True, exception=note)


@dataclass(frozen=True, slots=True)
class Resumed:
    """What the start found: open sales, and how many of them have waited for too long."""

    open_count: int
    overdue_count: int


async def resume_sales(journal: Journal, *, poster: Poster, now: datetime, wait_max: timedelta) -> Resumed:
    """Go through every open sale and note the overdue ones; safe to run at any time and again."""
    open_count = overdue_count = 0
    oldest_us = microseconds(now - wait_max)
    for state in sorted(OPEN_STATES, key=lambda one: one.value):
        for sale in list(journal.sales(state)):
            open_count += 1
            if sale.at_us <= oldest_us:
                overdue_count += 1
                await poster.post(NoteOverdueCredit(sale.key, sale.bank))
    return Resumed(open_count, overdue_count)
