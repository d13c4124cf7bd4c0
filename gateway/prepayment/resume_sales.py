"""Find what was begun and not finished: credits that were paid for and never handed over.

A sale is decided and written in one transaction, so a crash leaves no half sale. What can be left is a credit
that waits: the bank never fetched it, the station never loaded it. A wait beyond the limit becomes a row that
a person sees, once; the credit itself stays where it is, since only the bank or the customer may end it. A
credit for a card waits until its customer comes to a station, so its limit is a longer one.

A search goes page by page, the oldest first, and posts the notes of a page together. A full or closing ledger
ends it; every other fault belongs to one note, and is raised when all the other notes are made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.core.books import Decision, ExceptionNote, Needs
from gateway.core.counter import station_of
from gateway.core.outcome import Declined, Noted
from gateway.core.payment import bank_channel, overdue_key
from gateway.core.refusal import Refusal
from gateway.core.sale import SaleState
from gateway.core.timeline import microseconds
from gateway.core.views import OpenSales
from gateway.ports import LedgerBusy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime, timedelta

    from gateway.core.books import Books
    from gateway.core.outcome import Content
    from gateway.ports import Poster, Views

_TO_BANK: Final = "a paid credit was never handed over; ask the bank to fetch or to reverse it"
_TO_COUNTER: Final = (
    "a credit paid at a counter was never given out; give its token out, or give the money back"
)
_TO_CARD: Final = (
    "a paid credit was never loaded on its card; ask the customer to come to a card station, "
    "or have the money given back"
)

_TO_LINE: Final = (
    "a paid credit has not reached its meter over the line; see the order over its line and mend what is in "
    "the way, or give the money back"
)


@dataclass(frozen=True, slots=True)
class NoteOverdueCredit:
    """Put a credit that has waited for too long on a person's list."""

    payment: str
    bank: str
    is_on_card: bool = False
    is_on_line: bool = False

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
            text=self._text,
        )
        return Decision(Noted(sale.receipt_no), remembered=True, exception=note)

    @property
    def _text(self) -> str:
        """Say what a person can do about it."""
        if self.is_on_card:
            return _TO_CARD
        if self.is_on_line:
            return _TO_LINE
        return _TO_BANK if station_of(self.bank) is None else _TO_COUNTER


@dataclass(frozen=True, slots=True)
class Waits:
    """How long a credit may wait for a bank or a counter, and how long for a card."""

    credit: timedelta
    on_card: timedelta


@dataclass(frozen=True, slots=True)
class Resumed:
    """What a search found: open sales, those that wait for too long, and those it put on a person's list."""

    open_count: int
    overdue_count: int
    noted_count: int


async def resume_sales(
    views: Views,
    *,
    poster: Poster,
    now: datetime,
    wait_max: Waits,
    goes_on: Callable[[], bool] = lambda: True,
) -> Resumed:
    """Note every credit that has waited for ``wait_max``; safe to run at any time and again.

    ``goes_on`` is asked after each page; when it says no, the rest is left to the next search.
    Raises LedgerBusy at once, and any other fault of a note when the search is through.
    """
    until_us, card_until_us = microseconds(now - wait_max.credit), microseconds(now - wait_max.on_card)
    overdue_count = noted_count = 0
    faults: list[Exception] = []
    page = await views.rows(OpenSales(until_us))
    while page:
        overdue = [sale for sale in page if not sale.is_on_card or sale.at_us <= card_until_us]
        overdue_count += len(overdue)
        # All of them are asked for before the first answer: they share a batch, and so its one fsync.
        notes = [
            poster.post(NoteOverdueCredit(sale.key, sale.bank, sale.is_on_card, sale.is_on_line))
            for sale in overdue
            if not sale.is_noted
        ]
        noted_count += await _noted(notes, faults)
        page = await views.rows(OpenSales(until_us, page[-1])) if goes_on() else ()
    if faults:
        raise faults[0]
    return Resumed(await views.count(OpenSales(until_us)), overdue_count, noted_count)


async def _noted(notes: Sequence[Awaitable[Content]], faults: list[Exception]) -> int:
    """Wait for every note, since no answer may be left unheard; say how many are on the list now."""
    noted_count, busy = 0, None
    for note in notes:
        try:
            noted_count += isinstance(await note, Noted)
        except LedgerBusy as fault:
            busy = fault
        except Exception as fault:  # noqa: BLE001 - it is raised again, after the notes that are not at fault
            faults.append(fault)
    if busy is not None:
        raise busy
    return noted_count
