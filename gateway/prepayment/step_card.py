"""A purchase on its way to its card, step by step, as the station tells of it. Each step may be told again.

    begin    before the station changes the card. The credit leaves the house: Dr HOLD:CREDIT, Cr REV, LEVY,
             VAT, FEE; Dr E.ISSUED, Cr E.SOLD, E.FREE. From here on its records are sealed.
             Where the payment was taken back meanwhile, the purchase is void instead, and nothing is written.
             Begun before and unfinished: the same number is written again, at whichever station the card is.
             So is the card of a purchase that is reissued, or that is being taken off (``take_off_card.py``).
    confirm  all of it was read back, or found on the card or taken by the meter: CONFIRMED, with its invoice
    doubt    something may be on the card: IN_DOUBT, until the card is read again
    give_up  nothing was written: only while it is RESERVED

So a reversal never meets a card that is half written: before ``begin`` the credit waits and goes back as any
does, after it the credit is out, as a token is that was shown.

Refusals: no_card_order, other_station, card_order_void, taking_off, on_a_card, card_refused (with what the
card says), not_on_cards.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.core import chart
from gateway.core.amendment import AmendmentKind, amended
from gateway.core.books import Decision, Needs
from gateway.core.card import CONFIRMING, IN_STOCK, SELLABLE, CardEvent, CardReason, judged
from gateway.core.card_books import CardNeeds
from gateway.core.card_order import CardOrderEvent, CardOrderState
from gateway.core.departure import MOVE
from gateway.core.file_books import FileNeeds, with_entry
from gateway.core.form_order import not_done
from gateway.core.invoice_books import InvoiceNeeds
from gateway.core.ledger import EntryKind
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import CardOrdered
from gateway.core.outcome import Approved
from gateway.core.person import office_channel
from gateway.core.sale import SaleEvent, SaleState
from gateway.core.timeline import microseconds
from gateway.prepayment.card_fit import credit_on
from gateway.prepayment.issue_credit import wallet_entry
from gateway.prepayment.reserve_card import card_as_known, ordered
from gateway.prepayment.sale_of_nothing import travel_entry
from gateway.prepayment.sell_at_counter import is_at_counter
from gateway.prepayment.write_invoice import InvoiceAuthor, first_invoice

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.card import CardSystem, ShownCard
    from gateway.core.card_order import CardOrder
    from gateway.core.card_stock import StockCard
    from gateway.core.invoice import Invoice
    from gateway.core.ledger import Entry
    from gateway.core.sale import Sale

_STOPPED = CardOrderEvent.LOSE, CardOrderEvent.FINISH
#: What is written without another step of its life: these were let out when they came to stand so.
_AS_IT_STANDS = frozenset({CardOrderState.REISSUED, CardOrderState.CLEARING})
_WRITTEN = CardOrderEvent.READ_BACK, CardOrderEvent.CONFIRM


@dataclass(frozen=True, slots=True)
class StepCard:
    """A station tells of the purchase ``order``, which ``by`` has begun for ``payment``."""

    order: int
    payment: str
    by: str
    station: str

    @property
    def key(self) -> str:
        """The step, of which a purchase has one."""
        return f"card/{self.order}/{type(self).__name__}"

    @property
    def digest(self) -> str:
        """Where it stands decides what a step comes to, so a step says no more than what it is of."""
        return self.payment

    @property
    def channel(self) -> str:
        """Who has begun it."""
        return office_channel(self.by)

    def needs(self) -> Needs:
        """The purchase with its card and meter, and its sale."""
        return Needs(
            keys=(self.payment,),
            sales=(self.payment,),
            files=FileNeeds(cards=CardNeeds(orders=(self.order,))),
        )

    def decide(self, books: Books, now: datetime) -> Decision:
        """Refuse what is of no purchase; else take the step."""
        order = books.files.cards.orders.get(self.order)
        if order is None or (order.payment, order.by) != (self.payment, self.by):
            return not_done(OfficeRefusal.NO_CARD_ORDER)
        return self.step(books, order, now)

    def step(self, books: Books, order: CardOrder, now: datetime) -> Decision:
        """Refuse, or say what changes."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class BeginCard(StepCard):
    """The card is about to be changed; ``shown`` is how it was read in this very conversation."""

    shown: ShownCard
    system: CardSystem

    def step(self, books: Books, order: CardOrder, now: datetime) -> Decision:
        """Let the credit out, or let the same purchase be written again."""
        if order.state is CardOrderState.VOID:
            return not_done(OfficeRefusal.CARD_ORDER_VOID)
        if order.state is CardOrderState.CONFIRMED:
            return Decision(CardOrdered(order))
        if self.shown.serial != order.serial:
            return not_done(OfficeRefusal.CARD_REFUSED, CardReason.ORDER_ELSEWHERE.sentence)
        if order.state is CardOrderState.RESERVED:
            return self._begun(books, order, now)
        return self._again(books, order)

    def _begun(self, books: Books, order: CardOrder, now: datetime) -> Decision:
        if order.station != self.station:
            return not_done(OfficeRefusal.OTHER_STATION)
        sale, card = books.sales.get(order.payment), books.files.cards.cards[order.serial]
        if sale is None or sale.state is not SaleState.WAITING:
            return given_up(order, "the payment was taken back")
        held = _held_for(card, order)
        if held is None:
            return given_up(order, "the card has become another customer's")
        # It may have been elsewhere since it was read for the reservation.
        known = card_as_known(books, order.serial, reserved=order)
        if isinstance(known, OfficeRefusal):
            return not_done(known)
        reason = judged(self.shown, known, self.system)
        if reason not in SELLABLE:
            return not_done(OfficeRefusal.CARD_REFUSED, reason.sentence)
        after = replace(order.after(CardOrderEvent.BEGIN), begun_us=microseconds(now))
        begun = ordered(AmendmentKind.BEGUN, order, after, self.by)
        assert begun.files is not None and begun.files.cards is not None  # noqa: S101, PT018 - as it was made
        files = begun.files
        if held is not card:
            told = amended(AmendmentKind.ISSUED, card, held, self.by)
            cards = replace(begun.files.cards, cards=(held,))
            files = replace(files, cards=cards, amendments=(told, *files.amendments))
        credit = credit_on(order.profile, sale)
        issued = replace(sale.after(SaleEvent.HAND_OVER), encoded_wh=credit.encoded_wh)
        return replace(
            begun,
            remembered=True,
            entries=(issued_with(order, sale),),
            sale=issued,
            files=with_entry(files, books.next_id),
        )

    def _again(self, books: Books, order: CardOrder) -> Decision:
        """It was begun before; the card shows that it is not whole there."""
        if order.state is CardOrderState.WRITING and order.station == self.station:
            return Decision(CardOrdered(order))
        known = card_as_known(books, order.serial)
        if known is None or isinstance(known, OfficeRefusal):
            return not_done(OfficeRefusal.NOT_ON_CARDS)
        reason = judged(self.shown, known, self.system)
        if reason is not CardReason.UNFINISHED and not _is_to_be_cleared(order, reason):
            return not_done(OfficeRefusal.CARD_REFUSED, reason.sentence)
        if order.state in _AS_IT_STANDS:
            return self._as_it_stands(order)
        steps = (CardOrderEvent.FINISH,) if order.state is CardOrderState.IN_DOUBT else _STOPPED
        after = order.after(*steps, station=self.station)
        return ordered(AmendmentKind.BEGUN, order, after, self.by)

    def _as_it_stands(self, order: CardOrder) -> Decision:
        """The card may be put in at another station: then it is that one's to finish."""
        if order.station == self.station:
            return Decision(CardOrdered(order))
        after = order.after(told=order.told, station=self.station)
        return ordered(AmendmentKind.BEGUN, order, after, self.by)


@dataclass(frozen=True, slots=True)
class ConfirmCard(StepCard):
    """The card was read, and the purchase is on it, or the meter has taken it."""

    shown: ShownCard
    system: CardSystem

    def needs(self) -> Needs:
        """As every step, and the station's series of invoices."""
        # Named, since a dataclass with slots is made anew, and ``super()`` would look for the one before.
        needs = StepCard.needs(self)
        return replace(needs, invoices=InvoiceNeeds(series=(self.station,), sales=(self.payment,)))

    def step(self, books: Books, order: CardOrder, now: datetime) -> Decision:  # noqa: ARG002 - as every step
        """Confirm it, if what was read says so."""
        if order.state is CardOrderState.CONFIRMED:
            return Decision(CardOrdered(order))
        if order.state in {CardOrderState.VOID, CardOrderState.RESERVED}:
            return not_done(OfficeRefusal.CARD_ORDER_VOID)
        if order.state is CardOrderState.CLEARING:
            # It was on the card when it was read, and is being taken off since: ``ClearedCard`` ends it.
            return not_done(OfficeRefusal.TAKING_OFF)
        known = card_as_known(books, self.shown.serial)
        if isinstance(known, OfficeRefusal):
            return not_done(known)
        reason = judged(self.shown, known, self.system)
        if reason not in CONFIRMING:
            return not_done(OfficeRefusal.CARD_REFUSED, reason.sentence)
        after = order.after(*_confirming(order.state))
        done = ordered(AmendmentKind.CONFIRMED, order, after, self.by)
        return replace(done, invoices=self._invoices(books, order))

    def _invoices(self, books: Books, order: CardOrder) -> tuple[Invoice, ...]:
        """Write the invoice of a sale at a counter; a bank's is written where it is asked for."""
        sale, paid = books.sales.get(order.payment), books.known.get(order.payment)
        content = None if paid is None else paid.recall()
        if sale is None or not isinstance(content, Approved) or not is_at_counter(order.payment):
            return ()
        return first_invoice(
            books.invoices, sale, content, InvoiceAuthor(order.station, order.station, self.by)
        )


@dataclass(frozen=True, slots=True)
class DoubtCard(StepCard):
    """What is on the card is not known; ``told`` says what went wrong."""

    told: str

    def step(self, books: Books, order: CardOrder, now: datetime) -> Decision:  # noqa: ARG002 - as every step
        """Write it down where it was being written; whatever else stands, stands."""
        if order.state is not CardOrderState.WRITING:
            return Decision(CardOrdered(order))
        after = order.after(CardOrderEvent.LOSE, told=self.told)
        return ordered(AmendmentKind.IN_DOUBT, order, after, self.by)


@dataclass(frozen=True, slots=True)
class GiveUpCard(StepCard):
    """Nothing was written on the card, and nothing will be."""

    told: str

    def step(self, books: Books, order: CardOrder, now: datetime) -> Decision:  # noqa: ARG002 - as every step
        """Let its meter's number go; what may be on a card is never given up so."""
        if order.state is CardOrderState.VOID:
            return Decision(CardOrdered(order))
        if order.state is not CardOrderState.RESERVED:
            return not_done(OfficeRefusal.ON_A_CARD)
        return given_up(order, self.told)


def given_up(order: CardOrder, told: str) -> Decision:
    """Give a purchase up that was only reserved."""
    after = order.after(CardOrderEvent.GIVE_UP, told=told)
    return ordered(AmendmentKind.VOID, order, after, order.by)


def _confirming(state: CardOrderState) -> tuple[CardOrderEvent, ...]:
    match state:
        case CardOrderState.WRITING:
            return _WRITTEN
        case CardOrderState.IN_DOUBT:
            return (CardOrderEvent.FIND_WRITTEN,)
        case CardOrderState.WRITTEN:
            return (CardOrderEvent.CONFIRM,)
        case _:
            return (CardOrderEvent.READ_BACK,)


def _is_to_be_cleared(order: CardOrder, reason: CardReason) -> bool:
    return order.state is CardOrderState.CLEARING and reason is CardReason.ON_THE_CARD


def _held_for(card: StockCard, order: CardOrder) -> StockCard | None:
    """Give the card as this customer has it; None where it has become somebody else's."""
    if (card.pan, card.account_no) == (order.pan, order.account_no):
        return card
    if card.state not in IN_STOCK:
        return None
    return replace(card.after(CardEvent.ISSUE), pan=order.pan, account_no=order.account_no)


def issued_with(order: CardOrder, sale: Sale) -> Entry:
    """Book what a sale puts on its card: what was held pays the priced lines, the energy is issued."""
    credit = credit_on(order.profile, sale)
    if sale.key.startswith(MOVE):
        # What was left in the meter before: a sale of nothing.
        return replace(
            travel_entry(sale.energy_wh, credit.encoded_wh, chart.ENERGY_ISSUED), kind=EntryKind.POST
        )
    return wallet_entry(sale, credit)
