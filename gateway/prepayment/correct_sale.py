"""Error-tolerance selling: the wrong amount or meter is put right while the credit is still in the house.

    load    the sale, and what the right one wants
    decide  a counter's? another cashier's? as it was looked at? does its credit still wait?
            → the mirror of what was booked → on the books as they stand then, the right sale
    write   both in one breath, or neither; the right sale says which one it ``corrects``, and an invoice that
            the wrong one had is taken back by a red one

Two persons have part in it: whoever made a sale does not correct it. The difference is paid from the drawer,
or into it, that the wrong sale's money is in. A token that was shown cannot be proven unused, so a credit
that has left the house is not corrected; a bank's payment is the bank's to reverse.

Refusals: no_sale, bank_sale, own_sale, other_branch, not_as_booked, credit_gone, not_waiting, price_changed,
and those of the payment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gateway.core.books import Decision
from gateway.core.counter import station_of
from gateway.core.invoice_books import InvoiceNeeds
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_books import OfficeNeeds
from gateway.core.outcome import Approved, Undone
from gateway.core.person import is_same_person, office_channel
from gateway.core.pricing import correcting
from gateway.core.sale import SaleState
from gateway.prepayment.give_back import GiveBack
from gateway.prepayment.sell_at_counter import as_shown, is_at_counter
from gateway.prepayment.write_invoice import InvoiceAuthor, taken_back

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books, Needs
    from gateway.core.sale import Sale
    from gateway.prepayment.inquire import Inquire
    from gateway.prepayment.take_payment import TakePayment

_NTH: Final = re.compile(r"(.+)\+([0-9]+)")


def correction_key(payment: str) -> str:
    """Name the payment that corrects another: there can be only one.

    >>> correction_key("pay/@n1/form"), correction_key("pay/@n1/form+2")
    ('pay/@n1/form+2', 'pay/@n1/form+3')
    """
    found = _NTH.fullmatch(payment)
    return f"{payment}+2" if found is None else f"{found[1]}+{int(found[2]) + 1}"


@dataclass(frozen=True, slots=True)
class CorrectSale:
    """Put the sale ``payment`` right, which was for ``pan`` and ``amount_minor`` when it was looked at.

    ``right`` is the payment that should have been: its key is ``correction_key`` of the wrong one, its terms
    are those of the same drawer. ``shown_wh`` is what its tender was shown to buy.
    """

    by: str
    payment: str
    pan: str
    amount_minor: int
    right: TakePayment
    shown_wh: int
    reason: str = ""

    @property
    def key(self) -> str:
        """The right payment's."""
        return self.right.key

    @property
    def digest(self) -> str:
        """The right payment's."""
        return self.right.digest

    @property
    def channel(self) -> str:
        """Who corrected it."""
        return office_channel(self.by)

    @property
    def _giving_back(self) -> GiveBack:
        return GiveBack(self.payment, self.right.terms.bank, self.by, self.pan, self.amount_minor)

    def needs(self) -> Needs:
        """What both want; and the branch of the right meter, which may be another customer's."""
        wrong, right, meter = self._giving_back.needs(), self.right.needs(), self.right.order.meter
        return replace(
            right,
            keys=(*right.keys, *wrong.keys),
            sales=wrong.sales,
            office=OfficeNeeds(logins=(self.by,), branch_of=(meter.pan,) if meter.pan else ()),
            invoices=InvoiceNeeds(sales=(self.payment,)),
        )

    def decide(self, books: Books, now: datetime) -> Decision:
        """Repeat, refuse, or take the wrong sale back and make the right one."""
        known = books.known.get(self.key)
        if known is not None and known.digest == self.digest:
            return self.right.decide(books, now)
        sale = books.sales.get(self.payment)
        if sale is None:
            return Decision(NotDone(OfficeRefusal.NO_SALE))
        refusal = self._refusal(books, sale)
        if refusal is not None:
            return Decision(NotDone(refusal))
        undo = self._giving_back
        undone = undo.decide(books, now)
        if not isinstance(undone.content, Undone):
            return undone
        station = station_of(sale.bank) or ""
        author = InvoiceAuthor(station, station, self.by)
        red = taken_back(books.invoices, self.payment, author, self.reason)
        return self._sold(books.ahead(), (undo, replace(undone, invoices=red)), now)

    def _refusal(self, books: Books, sale: Sale) -> OfficeRefusal | None:
        if not is_at_counter(self.payment):
            return OfficeRefusal.BANK_SALE
        if is_same_person(self.by, sale.funding.rpartition(":")[2]):
            return OfficeRefusal.OWN_SALE
        if sale.funding != self.right.terms.funding or self.key != correction_key(self.payment):
            return OfficeRefusal.NOT_AS_BOOKED
        if sale.state is SaleState.REVERSED:
            return OfficeRefusal.NOT_WAITING
        if sale.state is not SaleState.WAITING:
            return OfficeRefusal.CREDIT_GONE
        giver, branch = books.office.operators.get(self.by), self._branch(books)
        if giver is not None and giver.branch not in {None, branch}:
            return OfficeRefusal.OTHER_BRANCH
        return None

    def _branch(self, books: Books) -> str | None:
        return books.office.branch_of.get(self.right.order.meter.pan or "")

    def _sold(self, after: Books, undone: tuple[GiveBack, Decision], now: datetime) -> Decision:
        after.apply(*undone)
        sold = as_shown(self.right.decide(after, now), self.shown_wh)
        if not isinstance(sold.content, Approved) or sold.sale is None:
            return Decision(sold.content)
        sale = replace(sold.sale, quote=correcting(sold.sale.quote, self.payment))
        return replace(sold, sale=sale, first=(undone,), told=f"corrects {self.payment}")


@dataclass(frozen=True, slots=True)
class InquireCorrection:
    """What would the right payment buy, once the wrong sale is taken back? Nothing is booked or remembered.

    ``wrong`` is the sale's giving back, as ``CorrectSale`` would order it. The answer and the refusals are
    the inquiry's; a sale that does not wait is refused as the giving back is.
    """

    wrong: GiveBack
    inquiry: Inquire

    #: An inquiry has no memory, so it has no key, and the journal names nobody.
    key = ""
    digest = ""
    channel = ""

    def needs(self) -> Needs:
        """What both want."""
        wrong, asked = self.wrong.needs(), self.inquiry.needs()
        return replace(asked, keys=wrong.keys, sales=wrong.sales)

    def decide(self, books: Books, now: datetime) -> Decision:
        """Take the sale back on a copy of the books, and ask there."""
        undone = self.wrong.decide(books, now)
        if not isinstance(undone.content, Undone):
            return Decision(undone.content)
        after = books.ahead()
        after.apply(self.wrong, undone)
        return self.inquiry.decide(after, now)
