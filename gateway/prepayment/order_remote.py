"""Order a paid credit to be sent to its meter over the line.

    the sale waits, its meter takes credit over a line, and has a way     one order, WAITING
    the meter has another credit on its way                               later: its count could not tell two
    its wallet has refused the purchase before                            later: it counts them

Nothing is booked: the money stays held until a contact is made (``begin_remote.py``). A wallet in a meter
takes the purchase with the number after its last, so the order gets its number here, and keeps it.

Refusals: no_sale, not_waiting, not_a_line_meter, no_way, no_credit_over_line, nothing_for_a_card,
remote_order_open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.codecs.meter_model.model import MeterCredit
from gateway.core.books import Decision, Needs
from gateway.core.file_books import FileNeeds
from gateway.core.form_order import not_done
from gateway.core.line_books import LineNeeds
from gateway.core.meter import Carrier
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.person import office_channel
from gateway.core.remote_order import CREDITS, RemoteKind, RemoteOrder
from gateway.core.remote_step import LINES, remote_ordered
from gateway.core.sale import SaleState
from gateway.core.timeline import microseconds
from gateway.prepayment.card_fit import credit_in

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.sale import Sale

#: A wallet counts hundredths of a kWh: so many Wh.
WALLET_STEP_WH: Final = 10


def asked_of(credit: MeterCredit, sale: Sale) -> tuple[RemoteKind, int]:
    """Say what a sale is at a meter that takes credit so: a token, or an amount in what its wallet counts."""
    if credit is MeterCredit.TOKEN:
        return RemoteKind.TOKEN, 0
    in_money = credit is MeterCredit.WALLET_MONEY
    return RemoteKind.RECHARGE, credit_in(None if in_money else WALLET_STEP_WH, sale).amount


@dataclass(frozen=True, slots=True)
class OrderRemoteCredit:
    """Send the credit of ``payment`` to the meter ``pan``, which takes it as ``credit`` says."""

    payment: str
    pan: str
    credit: MeterCredit

    #: There is nothing in it that a repeat could change.
    digest = "order-remote"

    @property
    def key(self) -> str:
        """The order; what stands of it says whether it was given."""
        return f"remote/{self.payment}"

    @property
    def channel(self) -> str:
        """Who gives it."""
        return office_channel(LINES)

    def needs(self) -> Needs:
        """The sale with its meter, and what is on its way to that."""
        lines = LineNeeds(pans=(self.pan,), payments=(self.payment,))
        return Needs(sales=(self.payment,), files=FileNeeds(lines=lines))

    def decide(self, books: Books, now: datetime) -> Decision:
        """Refuse, or order it; asked again it says where the order stands."""
        lines = books.files.lines
        known = lines.of_payment(self.payment)
        if known is not None:
            return Decision(Changed(str(known.id), known.version))
        sale = books.sales.get(self.payment)
        if sale is None or sale.pan != self.pan:
            return not_done(OfficeRefusal.NO_SALE)
        refusal = self._refusal(books, sale)
        if refusal is not None:
            return not_done(refusal)
        kind, amount = asked_of(self.credit, sale)
        if kind is RemoteKind.RECHARGE and not amount:
            return not_done(OfficeRefusal.NOTHING_FOR_A_CARD)
        order = RemoteOrder(
            id=lines.next_order,
            kind=kind,
            pan=self.pan,
            account_no=books.meters[self.pan].account_no,
            payment=self.payment,
            number=lines.last_number(self.pan) + 1 if kind is RemoteKind.RECHARGE else 0,
            amount=amount,
            by=LINES,
            at_us=microseconds(now),
        )
        return remote_ordered(order)

    def _refusal(self, books: Books, sale: Sale) -> OfficeRefusal | None:
        if sale.state is not SaleState.WAITING:
            return OfficeRefusal.NOT_WAITING
        if books.meters[self.pan].carrier is not Carrier.REMOTE:
            return OfficeRefusal.NOT_A_LINE_METER
        way = books.files.lines.ways.get(self.pan)
        if way is None or not way.is_on:
            return OfficeRefusal.NO_WAY
        if self.credit is MeterCredit.NONE:
            return OfficeRefusal.NO_CREDIT_OVER_LINE
        lines = books.files.lines
        is_open = lines.open_order(self.pan, CREDITS) is not None
        if self.credit is not MeterCredit.TOKEN:
            is_open = is_open or lines.is_refused(self.pan)
        return OfficeRefusal.REMOTE_ORDER_OPEN if is_open else None
