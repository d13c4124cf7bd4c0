"""Cancel a meter: the supply ends, and what was left in it is given back, at the price that was paid or less.

    load    what a departure wants (``leave_point.py``), what the customer owes and has
    decide  may the meter go? → is nothing in dispute, or undelivered? → the settlement (``core.settlement``)
            → is that what was shown?
    write   the departure with its entry, energy and money in one; the supply point CLOSED; the meter as in
            any departure: nothing is sold to it any more; a red invoice for each purchase that had an invoice
            and of which a part is given back

It takes a second person, whatever the amount (``gateway.office``). What is to be paid out waits on
REFUND_PAYABLE for a cashier (``pay_refund.py``).

Refusals: in_dispute, undelivered, figures_changed, and those of a departure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.core import chart
from gateway.core.amendment import AmendmentKind, amended
from gateway.core.books import Decision
from gateway.core.departure import Leaving, preset_postings
from gateway.core.dues import DEBTS
from gateway.core.file_books import FileChange
from gateway.core.form_order import FormOrder, not_done
from gateway.core.invoice_books import InvoiceNeeds
from gateway.core.ledger import Posting
from gateway.core.lots import by_account
from gateway.core.meter import MeterRef
from gateway.core.money import Money
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import Changed, LeavingFound
from gateway.core.refund_price import at_worth
from gateway.core.settlement import FeeTooHigh, settlement
from gateway.core.supply_point import PointEvent, PointState
from gateway.prepayment.leave_point import (
    Going,
    Seen,
    Settled,
    departed,
    gone,
    leaving_needs,
    overdraft_of,
    seen,
    settled,
)
from gateway.prepayment.write_invoice import InvoiceAuthor, parts_taken_back

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books, Needs
    from gateway.core.departure import Departure
    from gateway.core.invoice import Invoice
    from gateway.core.refund_price import Worth


@dataclass(frozen=True, slots=True)
class CancelMeter(FormOrder):
    """End the supply: ``fee_minor`` is what that costs, ``shown_minor`` what was shown to be paid out.

    ``worth`` is what the energy cost when it was looked at, None where it is given back at what was paid.
    """

    going: Going
    fee_minor: int = 0
    shown_minor: int = 0
    worth: Worth | None = None

    def needs(self) -> Needs:
        """What a departure wants, and the customer's own accounts."""
        own = (*(chart.owed("{}", kind) for kind in DEBTS), chart.customer("{}"))
        needs = leaving_needs(self, self.going)
        return replace(
            needs,
            meters=(MeterRef(pan=self.going.pan),),
            own_accounts=own,
            invoices=InvoiceNeeds(leaving=(self.going.pan,)),
        )

    def change(self, books: Books, now: datetime) -> Decision:
        """Refuse, or end it."""
        found = self._found(books, now)
        if isinstance(found, Decision):
            return found
        what, departure, postings = found
        if departure.refund_minor != self.shown_minor:
            return not_done(OfficeRefusal.FIGURES_CHANGED)
        point, reason = what.point.after(PointEvent.CANCEL), self.going.reason.strip()
        told = amended(AmendmentKind.CANCELLED, what.point, point, self.by, reason)
        files = FileChange(points=(point,), amendments=(told,))
        return Decision(
            Changed(str(departure.id), point.version),
            remembered=True,
            files=files,
            invoices=self._reds(books, departure),
            told=f"{point.number}: meter {departure.pan} is cancelled, {self.shown_minor} to be paid out",
            first=gone(books, self, self.going, what, (departure, postings)),
        )

    def look(self, books: Books, now: datetime) -> Decision:
        """Say what it would be; the refusals are the order's, but for what has to be shown first."""
        found = self._found(books, now, is_asked=True)
        if isinstance(found, Decision):
            return found
        _, departure, postings = found
        return Decision(LeavingFound(departure, postings, self.worth, self._reds(books, departure)))

    def _reds(self, books: Books, departure: Departure) -> tuple[Invoice, ...]:
        author = InvoiceAuthor("", "", self.by)
        return parts_taken_back(books.invoices, departure.lots, author, departure.reason)

    def _found(
        self, books: Books, now: datetime, *, is_asked: bool = False
    ) -> tuple[Seen, Departure, tuple[Posting, ...]] | Decision:
        found = seen(books, self, self.going, PointEvent.CANCEL, now, is_asked=is_asked)
        if isinstance(found, Decision):
            return found
        if found.bought.disputed:
            return not_done(OfficeRefusal.IN_DISPUTE)
        if found.bought.is_undelivered:
            return not_done(OfficeRefusal.UNDELIVERED)
        money = self._settled(books, found)
        if isinstance(money, Decision):
            return money
        departure = departed(books, self, self.going, found, now)
        departure = replace(departure, lots=at_worth(found.lots, self.worth))
        return (found, *settled(found, departure, Leaving.CANCELLED, money))

    def _settled(self, books: Books, found: Seen) -> Settled | Decision:
        lent = overdraft_of(found)
        if isinstance(lent, OfficeRefusal):
            return not_done(lent)
        account_no = found.point.account_no
        preset = found.meter.preset
        came = () if preset is None else preset_postings(preset, found.meter.power_type, account_no)
        balances = dict(books.balances)
        for one in (Posting(chart.owed(account_no, chart.OVERDRAFT), lent.overdraft_minor, ""), *came):
            balances[one.account] = balances.get(one.account, 0) + one.amount
        try:
            money = settlement(
                account_no,
                by_account(at_worth(found.lots, self.worth)),
                balances,
                self.fee_minor,
                is_last=self._is_last(books, found),
            )
        except FeeTooHigh as fault:
            most = Money(fault.most_minor, self.going.currency).with_currency()
            said = f"a fee of {most} at the most can be taken from what is left"
            return not_done(OfficeRefusal.BAD_FILE, said)
        return Settled((*lent.postings, *money.postings), lent.overdraft_minor, money.payable_minor)

    def _is_last(self, books: Books, found: Seen) -> bool:
        """Is it the customer's last supply point? Else his capital stays for the others."""
        return not any(
            one.number != found.point.number and one.state is not PointState.CLOSED
            for one in books.files.points_of(found.point.account_no)
        )
