"""Pay a refund out: a cashier gives a customer what is to be paid out to him, from her drawer.

    load    what is to be paid out, what is in her drawer and which of its sales wait, the shifts
    decide  does she sit there? → is it what was shown? → does her drawer hold so much, as it is booked?
    write   Dr REFUND_PAYABLE:<account>, Cr CASH:<station>:<cashier>

Money of a sale that waits is not hers to pay out: undone, given back or corrected to less, it goes back to
the customer out of the same drawer, which would stand below nothing then.

Refusals: no_shift, no_refund, figures_changed, drawer_short.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core import chart
from gateway.core.books import Decision, Needs
from gateway.core.drawer import waiting_in
from gateway.core.form_order import FormOrder, not_done
from gateway.core.ledger import EntryKind, transfer
from gateway.core.money import Money
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.office_books import OfficeNeeds
from gateway.prepayment.sell_at_counter import sits_at

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books


@dataclass(frozen=True, slots=True)
class PayRefund(FormOrder):
    """Pay all that is to be paid out to a customer: ``amount_minor`` is what was shown."""

    station: str
    account_no: str
    amount_minor: int
    currency: str

    @property
    def _drawer(self) -> str:
        return chart.cash(self.station, self.by)

    def needs(self) -> Needs:
        """What is to be paid out, her drawer with what waits there, and the shifts."""
        return Needs(
            keys=(self.key,),
            balances=(chart.refund_payable(self.account_no), self._drawer),
            office=OfficeNeeds(logins=(self.by,), shifts=True, drawers=(self._drawer,)),
        )

    def change(self, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - every command gets the moment
        """Refuse, or pay it."""
        if not sits_at(books, self.by, self.station):
            return not_done(OfficeRefusal.NO_SHIFT, self.station)
        owed = chart.refund_payable(self.account_no)
        payable = -books.balances.get(owed, 0)
        if payable <= 0:
            return not_done(OfficeRefusal.NO_REFUND)
        if payable != self.amount_minor:
            return not_done(OfficeRefusal.FIGURES_CHANGED)
        held, waiting = books.balances.get(self._drawer, 0), sum(waiting_in(books, self._drawer).values())
        if held - waiting < payable:
            return not_done(OfficeRefusal.DRAWER_SHORT, self._held(held, waiting))
        entry = transfer(
            EntryKind.REFUND,
            debit=owed,
            credit=self._drawer,
            amount=payable,
            unit=self.currency,
        )
        return Decision(
            Changed(self.account_no),
            remembered=True,
            entries=(entry,),
            told=f"{payable} paid out to {self.account_no} at {self.station}",
        )

    def _held(self, held: int, waiting: int) -> str:
        """Say what is in her drawer, and how much of it may be paid out."""
        there = Money(held, self.currency).with_currency()
        if not waiting:
            return f"{there} are in it"
        most = Money(max(0, held - waiting), self.currency).with_currency()
        of_sales = Money(waiting, self.currency).with_currency()
        return (
            f"{there} are in it, and {of_sales} of it are of sales whose tokens are not given out yet; "
            f"{most} at the most can be paid out"
        )
