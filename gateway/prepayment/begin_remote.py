"""Begin to send a paid credit over the line: the meter has answered, and is who it should be.

    WAITING    the credit leaves the house, as of a token that is shown: Dr HOLD:CREDIT, Cr REV, LEVY, VAT,
               FEE; Dr E.ISSUED, Cr E.SOLD, E.FREE. The token is made here, once
    begun before, and not sent, or in doubt    the same token or purchase again; nothing is booked
    taken back meanwhile                       the order is cancelled, and nothing is sent
    its way was changed since the call began   nothing is sent, and the order stays as it is
    the meter's model takes credit otherwise by now    likewise, and it is ordered anew; one that has gone out
                                               stays as it is, and a person is told

So a reversal never meets a credit that is half sent: before this it goes back as any that waits, after it the
credit is out. What is answered is the hand-over's content, which a bank that asks gets too.

Refusals: original_unknown, reversed; no_token and tokens_too_fast (retryable).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gateway.codecs.meter_model.model import MeterCredit
from gateway.core.books import Decision, ExceptionNote, Needs
from gateway.core.file_books import FileNeeds, with_entry
from gateway.core.line_books import LineNeeds
from gateway.core.outcome import Approved, Declined
from gateway.core.payment import handover_key, reversal_key
from gateway.core.person import office_channel
from gateway.core.refusal import Refusal
from gateway.core.remote_order import RemoteEvent, RemoteKind, RemoteState
from gateway.core.remote_step import LINES, REFUSED, remote_stepped
from gateway.core.sale import SaleEvent, SaleState
from gateway.core.timeline import microseconds
from gateway.prepayment.card_fit import credit_in
from gateway.prepayment.issue_credit import wallet_entry
from gateway.prepayment.order_remote import WALLET_STEP_WH, asked_of

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.remote_order import RemoteOrder
    from gateway.core.sale import Sale
    from gateway.prepayment.hand_over import HandOver


_TAKEN_BACK: Final = "the payment was taken back before anything was sent"
_ANEW: Final = "the model of the meter's way takes credit otherwise by now; it is ordered anew"
_OTHERWISE: Final = (
    "the model of the meter's way takes credit otherwise than when it was sent, so it is not sent again; "
    "cure: correct the way"
)


@dataclass(frozen=True, slots=True)
class BeginRemoteCredit:
    """The order ``order`` goes out in this contact; ``hand_over`` makes its token, where it is one.

    ``credit``: how its meter takes it, and ``way``: the version of its way, by which it was reached.
    """

    order: int
    hand_over: HandOver
    credit: MeterCredit
    way: int

    @property
    def payment(self) -> str:
        """The sale that it is of."""
        return self.hand_over.payment

    @property
    def digest(self) -> str:
        """The hand-over's: it is the same."""
        return self.hand_over.digest

    @property
    def key(self) -> str:
        """The one hand-over that a payment can have."""
        return handover_key(self.payment)

    @property
    def channel(self) -> str:
        """Whoever works the lines."""
        return office_channel(LINES)

    def needs(self) -> Needs:
        """What a hand-over wants, and the order."""
        return replace(self.hand_over.needs(), files=FileNeeds(lines=LineNeeds(orders=(self.order,))))

    def decide(self, books: Books, now: datetime) -> Decision:
        """Let it go out, go on with what went out before, or take it that it was taken back."""
        order, sale = books.files.lines.orders.get(self.order), books.sales.get(self.payment)
        if order is None or sale is None or order.payment != self.payment:
            return Decision(Declined(Refusal.ORIGINAL_UNKNOWN))
        known = books.known.get(self.key)
        if not books.files.lines.leads(order.pan, self.way):
            # Who was reached may be another meter than the one that the way leads to now.
            return Decision(Declined(Refusal.ORIGINAL_UNKNOWN))
        is_same = (order.kind, order.amount) == asked_of(self.credit, sale)
        if known is not None:
            return self._again(order, known.recall(), now) if is_same else self._otherwise(order, sale)
        if order.state is not RemoteState.WAITING:
            return Decision(Declined(Refusal.ORIGINAL_UNKNOWN))
        if reversal_key(self.payment) in books.known or sale.state is not SaleState.WAITING:
            return self._ended(order, now, _TAKEN_BACK, Refusal.REVERSED)
        if not is_same:
            return self._ended(order, now, _ANEW, Refusal.ORIGINAL_UNKNOWN)
        return self._begun(books, order, sale, now)

    def _again(self, order: RemoteOrder, content: object, now: datetime) -> Decision:
        """Send the same again, or look for it first, as the order's own state says."""
        if not isinstance(content, Approved) or not order.is_open:
            return Decision(Declined(Refusal.ORIGINAL_UNKNOWN))
        at_us = microseconds(now)
        if order.state is RemoteState.WAITING:
            after = order.after(RemoteEvent.BEGIN, at_us, order.told)
            return replace(remote_stepped(order, after, RemoteEvent.BEGIN, LINES), content=content)
        after = order.looked_at(at_us)
        return replace(remote_stepped(order, after, RemoteEvent.LOOK, LINES), content=content)

    def _ended(self, order: RemoteOrder, now: datetime, told: str, why: Refusal) -> Decision:
        after = order.after(RemoteEvent.CANCEL, microseconds(now), told)
        done = remote_stepped(order, after, RemoteEvent.CANCEL, LINES)
        return replace(done, content=Declined(why))

    def _otherwise(self, order: RemoteOrder, sale: Sale) -> Decision:
        """Send nothing: the amount of another unit would be another credit."""
        content = Declined(Refusal.ORIGINAL_UNKNOWN)
        if not order.is_open:
            return Decision(content)
        note = ExceptionNote(REFUSED, sale.bank, f"remote/{order.id}", sale.id, _OTHERWISE)
        return Decision(content, exception=note)

    def _begun(self, books: Books, order: RemoteOrder, sale: Sale, now: datetime) -> Decision:
        out = self._token(books, now) if order.kind is RemoteKind.TOKEN else self._wallet(books, sale, now)
        if not out.entries:
            return out
        after = order.after(RemoteEvent.BEGIN, microseconds(now))
        begun = remote_stepped(order, after, RemoteEvent.BEGIN, LINES)
        assert begun.files is not None  # noqa: S101 - as it was made
        return replace(out, files=with_entry(begun.files, books.next_id), told=begun.told)

    def _token(self, books: Books, now: datetime) -> Decision:
        """Make the token as a bank's fetching does; a refusal books nothing, and the order waits on."""
        return self.hand_over.over_a_line(books, now)

    def _wallet(self, books: Books, sale: Sale, now: datetime) -> Decision:
        paid = books.known.get(self.payment)
        content = None if paid is None else paid.recall()
        if not isinstance(content, Approved):
            return Decision(Declined(Refusal.ORIGINAL_UNKNOWN))
        in_money = self.credit is MeterCredit.WALLET_MONEY
        credit = credit_in(None if in_money else WALLET_STEP_WH, sale)
        return Decision(
            replace(content, at_us=microseconds(now)),
            remembered=True,
            entries=(wallet_entry(sale, credit),),
            sale=replace(sale.after(SaleEvent.HAND_OVER), encoded_wh=credit.encoded_wh),
        )
