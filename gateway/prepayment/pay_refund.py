"""Pay a refund out: a cashier gives a customer what is to be paid out to him, from her drawer.

    load    what is to be paid out, the shifts that are open
    decide  does she sit there? → is it what was shown?
    write   Dr REFUND_PAYABLE:<account>, Cr CASH:<station>:<cashier>

Refusals: no_shift, no_refund, figures_changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core import chart
from gateway.core.books import Decision, Needs
from gateway.core.form_order import FormOrder, not_done
from gateway.core.ledger import EntryKind, transfer
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

    def needs(self) -> Needs:
        """What is to be paid out, and the shifts."""
        return Needs(
            keys=(self.key,),
            balances=(chart.refund_payable(self.account_no),),
            office=OfficeNeeds(logins=(self.by,), shifts=True),
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
        entry = transfer(
            EntryKind.REFUND,
            debit=owed,
            credit=chart.cash(self.station, self.by),
            amount=payable,
            unit=self.currency,
        )
        return Decision(
            Changed(self.account_no),
            remembered=True,
            entries=(entry,),
            told=f"{payable} paid out to {self.account_no} at {self.station}",
        )
