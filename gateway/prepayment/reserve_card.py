"""Begin to bring a paid credit to its card: it gets its meter's next number, and no other may begin.

    load    the sale, the card that was read, what is known of its meter's cards, the shifts
    decide  does somebody sit there? → does the credit wait, and for a card? → is nothing else on its way?
            → what does the card say against the books (``core.card.judged``)? → does it fit on the card?
    write   the purchase, RESERVED; the credit still waits, and whoever may take it back still can

Nothing is sealed for a purchase that is only reserved (``codecs.card.permit``), so nothing of it can be on a
card: it may be given up at any time, and a payment that is taken back meanwhile is never written.

``SellOnCard`` does both in one breath: the sale at the counter, and this. So no money is taken for a card
that cannot take the purchase.

Refusals: no_shift, unknown_station, other_branch, no_sale, other_meter, not_waiting, not_a_card_meter,
card_order_open, card_refused (with what the card says), has_a_card, not_on_cards, nothing_for_a_card,
and those of the sale.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from gateway.codecs.card.loading import numbers_on
from gateway.codecs.card.profile import profile_named
from gateway.core.amendment import AmendmentKind, amended
from gateway.core.books import Decision, Needs
from gateway.core.card import SELLABLE, CardKind, CardReason, judged
from gateway.core.card_books import CardChange, CardNeeds
from gateway.core.card_order import CardOrder, CardOrderState
from gateway.core.card_stock import known_card
from gateway.core.file_books import FileChange, FileNeeds
from gateway.core.form_order import FormOrder, not_done
from gateway.core.meter import Carrier
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import CardOrdered
from gateway.core.office_books import OfficeNeeds
from gateway.core.outcome import Approved
from gateway.core.person import office_channel
from gateway.core.sale import SaleState
from gateway.core.timeline import microseconds
from gateway.prepayment.card_fit import credit_on, fits_on, loading_of
from gateway.prepayment.sell_at_counter import place_refusal

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.card import CardSystem, KnownCard, ShownCard
    from gateway.core.card_stock import StockCard
    from gateway.core.sale import Sale
    from gateway.prepayment.sell_at_counter import SellAtCounter


@dataclass(frozen=True, slots=True)
class ReserveCard(FormOrder):
    """Bring the credit of ``payment`` to the card that was read at ``station``; ``pan`` is its meter."""

    station: str
    payment: str
    pan: str
    shown: ShownCard
    system: CardSystem

    beside: ClassVar[frozenset[str]] = frozenset({"nonce", "system"})

    def needs(self) -> Needs:
        """The sale with its meter, the card, the meter's cards, and the shifts."""
        return Needs(
            keys=(self.key,),
            sales=(self.payment,),
            files=FileNeeds(cards=self.card_needs),
            office=OfficeNeeds(logins=(self.by,), shifts=True),
        )

    @property
    def card_needs(self) -> CardNeeds:
        """The card, and all cards of the meter."""
        return CardNeeds(serials=(self.shown.serial,), pans=(self.pan,))

    def change(self, books: Books, now: datetime) -> Decision:
        """Refuse, or give it its number."""
        refusal = place_refusal(books, self.by, self.station)
        if refusal is not None:
            return not_done(refusal, self.station)
        sale = books.sales.get(self.payment)
        refusal = self._sale_refusal(books, sale)
        if refusal is not None or sale is None:
            return not_done(refusal or OfficeRefusal.NO_SALE)
        known = card_as_known(books, self.shown.serial)
        if isinstance(known, OfficeRefusal):
            return not_done(known)
        reason = judged(self.shown, known, self.system)
        if reason not in SELLABLE:
            return not_done(OfficeRefusal.CARD_REFUSED, reason.sentence)
        return self._reserved(books, sale, reason, now)

    def _sale_refusal(self, books: Books, sale: Sale | None) -> OfficeRefusal | None:
        if sale is None:
            return OfficeRefusal.NO_SALE
        if sale.pan != self.pan:
            return OfficeRefusal.OTHER_METER
        if sale.state is not SaleState.WAITING:
            return OfficeRefusal.NOT_WAITING
        if books.meters[self.pan].carrier is not Carrier.CARD:
            return OfficeRefusal.NOT_A_CARD_METER
        is_open = books.files.cards.open_order(self.pan) is not None
        return OfficeRefusal.CARD_ORDER_OPEN if is_open else None

    def _reserved(self, books: Books, sale: Sale, reason: CardReason, now: datetime) -> Decision:
        cards = books.files.cards
        card, confirmed = cards.cards[self.shown.serial], cards.confirmed(self.pan)
        if reason is CardReason.BLANK:
            # Behind a purchase that may not be in the meter yet another card carries that one first.
            if cards.issued_for(self.pan) is not None or confirmed:
                return not_done(OfficeRefusal.HAS_A_CARD)
        elif card.pan != self.pan:
            return not_done(OfficeRefusal.CARD_REFUSED, CardReason.OTHER_METER.sentence)
        kind = CardKind.OPEN if confirmed == 0 else CardKind.PURCHASE
        order = CardOrder(
            id=cards.next_order,
            payment=self.payment,
            pan=self.pan,
            account_no=books.meters[self.pan].account_no,
            serial=card.serial,
            profile=card.profile,
            kind=kind,
            number=confirmed + 1,
            amount=credit_on(card.profile, sale).amount,
            state=CardOrderState.RESERVED,
            station=self.station,
            by=self.by,
            at_us=microseconds(now),
        )
        if order.amount == 0:
            return not_done(OfficeRefusal.NOTHING_FOR_A_CARD)
        loading = loading_of(order)
        if loading is None or not fits_on(profile_named(card.profile), loading):
            return not_done(OfficeRefusal.NOT_ON_CARDS)
        return ordered(AmendmentKind.RESERVED, None, order, self.by, remembered=True)


@dataclass(frozen=True, slots=True)
class SellOnCard:
    """Sell at a counter what was shown, and reserve it for the card that was read: both, or nothing.

    ``selling`` is for carriers that a card station hands over. The reservation is of its payment.
    """

    selling: SellAtCounter
    reserving: ReserveCard

    def __post_init__(self) -> None:
        """They are of one sale."""
        if self.reserving.payment != self.selling.key or self.reserving.by != self.selling.by:
            raise ValueError("a purchase is reserved for the sale that is made, by whoever makes it")

    @property
    def by(self) -> str:
        """Who sells."""
        return self.selling.by

    @property
    def key(self) -> str:
        """The reservation's: the form that was filled in."""
        return self.reserving.key

    @property
    def digest(self) -> str:
        """What is sold, and on which card."""
        return f"{self.selling.digest} {self.reserving.digest}"

    @property
    def channel(self) -> str:
        """Who took the money."""
        return office_channel(self.by)

    def needs(self) -> Needs:
        """What both want."""
        selling, reserving = self.selling.needs(), self.reserving.needs()
        files = FileNeeds(cards=self.reserving.card_needs)
        return replace(
            selling,
            keys=(*selling.keys, *reserving.keys),
            files=files if selling.files is None else selling.files.joined(files),
        )

    def decide(self, books: Books, now: datetime) -> Decision:
        """Repeat, refuse, or sell and reserve."""
        known = books.known.get(self.key)
        if known is not None:
            is_same = known.digest == self.digest
            return Decision(known.recall()) if is_same else not_done(OfficeRefusal.REFERENCE_USED)
        sold = self.selling.decide(books, now)
        if not isinstance(sold.content, Approved) or sold.sale is None:
            # What was sold before without a purchase on its way still waits, and is offered first.
            return replace(sold, content=sold.content)
        after = books.ahead()
        after.apply(self.selling, sold)
        reserved = self.reserving.change(after, now)
        if not isinstance(reserved.content, CardOrdered):
            return Decision(reserved.content)
        return replace(reserved, first=((self.selling, sold),))


def card_as_known(
    books: Books, serial: str, *, reserved: CardOrder | None = None
) -> KnownCard | OfficeRefusal | None:
    """Say what the books have of a card that was read; None where it is none of ours.

    A purchase that is only ``reserved`` cannot be on it, so it is not looked for.
    """
    cards = books.files.cards
    card: StockCard | None = cards.cards.get(serial)
    if card is None:
        return None
    numbers = numbers_on(card.profile, card.pan, card.account_no)
    if numbers is None:
        return OfficeRefusal.NOT_ON_CARDS
    on_its_way = cards.open_order(card.pan)
    if on_its_way is not None and on_its_way == reserved:
        on_its_way = None
    return known_card(card, numbers, on_its_way, cards.confirmed(card.pan))


def ordered(
    kind: AmendmentKind, before: CardOrder | None, after: CardOrder, by: str, *, remembered: bool = False
) -> Decision:
    """Make the decision of a step of a purchase."""
    told = amended(kind, before, after, by, after.told)
    change = FileChange(cards=CardChange(orders=(after,)), amendments=(told,))
    said = f"purchase {after.number} of {after.pan} for card {after.serial}: {after.state.value}"
    return Decision(CardOrdered(after), remembered=remembered, files=change, told=said)
