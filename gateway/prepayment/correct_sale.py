"""Error-tolerance selling: the wrong amount or meter is put right while the credit is still in the house.

    load    the sale, and what the right one wants
    decide  a counter's? another cashier's? as it was looked at? does its credit still wait?
            → the mirror of what was booked → on the books as they stand then, the right sale
    write   both in one breath, or neither; the right sale says which one it ``corrects``, and an invoice that
            the wrong one had is taken back by a red one

Two persons have part in each correction: whoever took the money, and whoever made the sale by correcting
another, do not correct it. The difference is paid from the drawer, or into it, that the wrong sale's money
is in, as long as its shift is open: a drawer that was counted is not moved. A token that was shown cannot be
proven unused, so a credit that has left the house is not corrected; a bank's payment is the bank's to
reverse.

Refusals: no_sale, bank_sale, own_sale, other_branch, not_as_booked, token_given, not_waiting, drawer_closed,
not_at_counter, price_changed, hoarded, and those of the payment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gateway.core.books import Decision
from gateway.core.counter import station_of
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_books import OfficeNeeds
from gateway.core.outcome import Approved, Undone
from gateway.core.person import is_same_person, office_channel
from gateway.core.pricing import correcting, corrector_of
from gateway.core.sale import SaleState
from gateway.prepayment.give_back import GiveBack
from gateway.prepayment.hoarding import looking_in, within_hoard
from gateway.prepayment.sell_at_counter import as_shown, is_at_counter, not_handed_out, sits_at

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books, Needs
    from gateway.core.sale import Sale
    from gateway.prepayment.hoarding import InquireAtCounter
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
    are those of the same drawer. ``shown`` seals the price that was shown (``shown_price``).
    """

    by: str
    payment: str
    pan: str
    amount_minor: int
    right: TakePayment
    shown: str
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
        bank = self.right.terms.bank
        station = station_of(bank) or ""
        return GiveBack(self.payment, bank, self.by, self.pan, self.amount_minor, self.reason, station)

    def needs(self) -> Needs:
        """What both want; and the branch of the right meter, which may be another customer's."""
        wrong, right, meter = self._giving_back.needs(), self.right.needs(), self.right.order.meter
        return replace(
            looking_in(right, meter.pan),
            keys=(*right.keys, *wrong.keys),
            sales=wrong.sales,
            office=OfficeNeeds(logins=(self.by,), shifts=True, branch_of=(meter.pan,) if meter.pan else ()),
            invoices=wrong.invoices,
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
        return self._sold(books.ahead(), (undo, undone), now)

    def _refusal(self, books: Books, sale: Sale) -> OfficeRefusal | None:
        if not is_at_counter(self.payment):
            return OfficeRefusal.BANK_SALE
        had_part = (sale.funding.rpartition(":")[2], corrector_of(sale.quote))
        if any(is_same_person(self.by, one) for one in had_part):
            return OfficeRefusal.OWN_SALE
        if sale.funding != self.right.terms.funding or self.key != correction_key(self.payment):
            return OfficeRefusal.NOT_AS_BOOKED
        if sale.state is SaleState.REVERSED:
            return OfficeRefusal.NOT_WAITING
        if sale.state is not SaleState.WAITING:
            return OfficeRefusal.TOKEN_GIVEN
        _, station, cashier = sale.funding.split(":", 2)
        if not sits_at(books, cashier, station):
            return OfficeRefusal.DRAWER_CLOSED
        if not_handed_out(books, self.right):
            return OfficeRefusal.NOT_AT_COUNTER
        giver, branch = books.office.operators.get(self.by), self._branch(books)
        if giver is not None and giver.branch not in {None, branch}:
            return OfficeRefusal.OTHER_BRANCH
        return None

    def _branch(self, books: Books) -> str | None:
        return books.office.branch_of.get(self.right.order.meter.pan or "")

    def _sold(self, after: Books, undone: tuple[GiveBack, Decision], now: datetime) -> Decision:
        after.apply(*undone)
        sold = within_hoard(after, as_shown(self.right.decide(after, now), self.shown), now)
        if not isinstance(sold.content, Approved) or sold.sale is None:
            return Decision(sold.content)
        sale = replace(sold.sale, quote=correcting(sold.sale.quote, self.payment, self.by))
        return replace(sold, sale=sale, first=(undone,), told=f"corrects {self.payment}")


@dataclass(frozen=True, slots=True)
class InquireCorrection:
    """What would the right payment buy, once the wrong sale is taken back? Nothing is booked or remembered.

    ``wrong`` is the sale's giving back, as ``CorrectSale`` would order it. The answer and the refusals are
    the inquiry's; a sale that does not wait is refused as the giving back is.
    """

    wrong: GiveBack
    inquiry: InquireAtCounter

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
