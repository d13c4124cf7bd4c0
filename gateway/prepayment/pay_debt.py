"""Pay a debt: a customer pays what he owes of one kind at a counter, all of it or a part, and buys nothing.

    load    what he owes of that kind, the shifts that are open
    decide  does she sit there? → is this kind paid at a counter? → is it what was shown? → is it no more?
    write   Dr CASH:<station>:<cashier>, Cr AR:<account>:<kind>

Its receipt is the entry itself (``Changed.subject`` is its number): no invoice, for nothing is sold.

Refusals: no_shift, unknown_station, other_branch, paid_by_purchase, no_debt, figures_changed, above_debt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core import chart
from gateway.core.books import Decision, Needs
from gateway.core.dues import PAID_AT_COUNTER
from gateway.core.form_order import FormOrder, not_done
from gateway.core.ledger import EntryKind, transfer
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.office_books import OfficeNeeds
from gateway.prepayment.sell_at_counter import place_refusal

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.ledger import Entry


@dataclass(frozen=True, slots=True)
class PayDebt(FormOrder):
    """Take ``amount_minor`` of what a customer owes of a ``kind``; ``owed_minor`` is what was shown."""

    station: str
    account_no: str
    kind: str
    owed_minor: int
    amount_minor: int
    currency: str

    def needs(self) -> Needs:
        """What he owes, and the shifts."""
        return Needs(
            keys=(self.key,),
            balances=(chart.owed(self.account_no, self.kind),),
            office=OfficeNeeds(logins=(self.by,), shifts=True),
        )

    def change(self, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - every command gets the moment
        """Refuse, or take it."""
        refusal = place_refusal(books, self.by, self.station)
        if refusal is not None:
            return not_done(refusal, self.station)
        reason = self._refusal(books.balances.get(chart.owed(self.account_no, self.kind), 0))
        if reason is not None:
            return not_done(reason)
        return Decision(
            Changed(str(books.next_id)),
            remembered=True,
            entries=(self.entry(),),
            told=f"{self.kind}: {self.amount_minor} of {self.owed_minor} paid at {self.station}",
        )

    def entry(self) -> Entry:
        """Book it."""
        return transfer(
            EntryKind.DEBT,
            debit=chart.cash(self.station, self.by),
            credit=chart.owed(self.account_no, self.kind),
            amount=self.amount_minor,
            unit=self.currency,
        )

    def _refusal(self, owed: int) -> OfficeRefusal | None:
        if self.kind not in PAID_AT_COUNTER:
            return OfficeRefusal.PAID_BY_PURCHASE
        if owed <= 0:
            return OfficeRefusal.NO_DEBT
        if owed != self.owed_minor:
            return OfficeRefusal.FIGURES_CHANGED
        return None if 0 < self.amount_minor <= owed else OfficeRefusal.ABOVE_DEBT
