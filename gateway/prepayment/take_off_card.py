"""Take a purchase off its card again, with the card in hand and before its meter has taken it.

    order    the purchase is CLEARING: the card is overwritten with the number before it, which the meter has
             taken already, and no amount; so it adds nothing
    cleared  it was read back so: VOID. The sale waits again, as before it went out: the mirror of what began
             it, Dr REV, LEVY, VAT, FEE, Cr HOLD:CREDIT; Dr E.SOLD, E.FREE, Cr E.ISSUED
             The meter has taken it after all (the card was pulled out and put in there): CONFIRMED, as it was

What waits again is given back, corrected, or reserved anew with the same number, as any waiting credit is. So
an error is corrected while the energy has not entered the meter, and the meter's count stays without a gap.
The office has a second person decide on it.

Refusals: no_reason, no_shift, unknown_station, other_branch, no_card_order, not_last, claim_stands,
not_standing, card_refused (with what the card says), card_order_open.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from gateway.codecs.card.loading import numbers_on
from gateway.core.amendment import AmendmentKind
from gateway.core.books import Decision, Needs
from gateway.core.card import CardReason, judged
from gateway.core.card_books import CardNeeds
from gateway.core.card_order import CardOrderEvent, CardOrderState
from gateway.core.card_stock import known_card
from gateway.core.file_books import FileNeeds, with_entry
from gateway.core.form_order import FormOrder, not_done
from gateway.core.ledger import EntryKind
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import CardOrdered
from gateway.core.office_books import OfficeNeeds
from gateway.core.person import REASON_MAX, is_said
from gateway.core.sale import SaleEvent, SaleState
from gateway.prepayment.reserve_card import ordered
from gateway.prepayment.sell_at_counter import place_refusal
from gateway.prepayment.step_card import StepCard, issued_with

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.card import CardSystem, ShownCard
    from gateway.core.card_order import CardOrder

#: Where a purchase stands that may still be on its card, and nowhere else.
_ON_IT = frozenset({CardOrderState.WRITING, CardOrderState.IN_DOUBT, CardOrderState.CONFIRMED})


@dataclass(frozen=True, slots=True)
class TakeOffCard(FormOrder):
    """Take the purchase ``order`` of ``payment`` off the card that was read at ``station``."""

    station: str
    order: int
    payment: str
    shown: ShownCard
    system: CardSystem
    reason: str

    beside: ClassVar[frozenset[str]] = frozenset({"nonce", "system"})

    def needs(self) -> Needs:
        """The purchase with its card and meter, its sale, and the shifts."""
        return Needs(
            keys=(self.key,),
            sales=(self.payment,),
            files=FileNeeds(cards=CardNeeds(orders=(self.order,))),
            office=OfficeNeeds(logins=(self.by,), shifts=True),
        )

    def change(self, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - every command gets the moment
        """Refuse, or let the card be cleared."""
        if not is_said(self.reason, REASON_MAX):
            return not_done(OfficeRefusal.NO_REASON)
        place = place_refusal(books, self.by, self.station)
        if place is not None:
            return not_done(place, self.station)
        order = books.files.cards.orders.get(self.order)
        if order is None or order.payment != self.payment:
            return not_done(OfficeRefusal.NO_CARD_ORDER)
        refusal = _refusal(books, order)
        if refusal is not None:
            return not_done(refusal)
        reason = _reason(books, order, self.shown, self.system)
        if isinstance(reason, OfficeRefusal):
            return not_done(reason)
        if reason not in {CardReason.ON_THE_CARD, CardReason.UNFINISHED}:
            return not_done(OfficeRefusal.CARD_REFUSED, reason.sentence)
        is_written = order.state is CardOrderState.WRITING
        steps = (CardOrderEvent.LOSE, CardOrderEvent.TAKE_OFF) if is_written else (CardOrderEvent.TAKE_OFF,)
        after = order.after(*steps, told=self.reason.strip(), station=self.station)
        return ordered(AmendmentKind.TAKING_OFF, order, after, self.by, remembered=True)


def _refusal(books: Books, order: CardOrder) -> OfficeRefusal | None:
    cards, sale = books.files.cards, books.sales.get(order.payment)
    if order.state not in _ON_IT:
        return OfficeRefusal.NO_CARD_ORDER
    on_its_way, last = cards.open_order(order.pan), cards.last_confirmed(order.pan)
    if on_its_way is not None and on_its_way.id != order.id:
        return OfficeRefusal.CARD_ORDER_OPEN
    if last is not None and last.number > order.number:
        return OfficeRefusal.NOT_LAST
    if sale is None or sale.state is SaleState.CLAIMED:
        return OfficeRefusal.CLAIM_STANDS if sale else OfficeRefusal.NO_SALE
    return None if sale.state is SaleState.ISSUED else OfficeRefusal.NOT_STANDING


def _reason(
    books: Books, order: CardOrder, shown: ShownCard, system: CardSystem
) -> CardReason | OfficeRefusal:
    """Say what the card shows of just this purchase."""
    card, numbers = (
        books.files.cards.cards.get(shown.serial),
        numbers_on(order.profile, order.pan, order.account_no),
    )
    if numbers is None:
        return OfficeRefusal.NOT_ON_CARDS
    known = None if card is None else known_card(card, numbers, order, order.number - 1)
    return judged(shown, known, system)


@dataclass(frozen=True, slots=True)
class ClearedCard(StepCard):
    """The card was read behind its clearing."""

    shown: ShownCard
    system: CardSystem

    def step(self, books: Books, order: CardOrder, now: datetime) -> Decision:  # noqa: ARG002 - as every step
        """Let the credit wait again, or find that the meter has it."""
        if order.state in {CardOrderState.VOID, CardOrderState.CONFIRMED}:
            return Decision(CardOrdered(order))
        if order.state is not CardOrderState.CLEARING:
            return not_done(OfficeRefusal.NO_CARD_ORDER)
        reason = _reason(books, order, self.shown, self.system)
        if isinstance(reason, OfficeRefusal):
            return not_done(reason)
        if reason in {CardReason.TAKEN, CardReason.TAKEN_BEFORE}:
            after = order.after(CardOrderEvent.FIND_WRITTEN)
            return ordered(AmendmentKind.CONFIRMED, order, after, self.by)
        if reason is not CardReason.UNFINISHED or not self._is_cleared(order):
            return not_done(OfficeRefusal.CARD_REFUSED, reason.sentence)
        return self._waits(books, order)

    def _is_cleared(self, order: CardOrder) -> bool:
        shown = self.shown
        return (shown.count, shown.amount, shown.garbled) == (order.number - 1, 0, False)

    def _waits(self, books: Books, order: CardOrder) -> Decision:
        sale = books.sales[order.payment]
        if sale.state is not SaleState.ISSUED:
            # The bank has reversed it meanwhile: its claim is ended first, and the card is cleared then.
            return not_done(OfficeRefusal.CLAIM_STANDS)
        done = ordered(
            AmendmentKind.VOID, order, order.after(CardOrderEvent.READ_BACK, told=order.told), self.by
        )
        assert done.files is not None  # noqa: S101 - as it was made
        # Which entry of the sale it undoes is said by the amendment of its beginning.
        entry = replace(issued_with(order, sale).mirrored(EntryKind.TAKEN_OFF, sale.id), reverses=None)
        return replace(
            done,
            entries=(entry,),
            sale=replace(sale.after(SaleEvent.TAKE_OFF), encoded_wh=0),
            files=with_entry(done.files, books.next_id),
        )
