"""Reissue a card: another one carries the meter's last purchase on, and the one before it is dead then.

    load    the meter with its cards and purchases, the new card, the debt of a card's fee, the shifts
    decide  does somebody sit there? → is it the customer's card that goes? → is the fee of the new one paid?
            → is the new card ours and blank? → is nothing merely reserved?
    write   the card before: LOST and BLOCKED, or DAMAGED, or REPLACED; the new one ISSUED; the meter's last
            purchase, or the one that is in doubt, REISSUED to the new card: the same number, the same amount

The card before may be out of his hands already: reported lost or damaged in the office, or given back
(``office.keep_cards``). Then it stays as it is, and is the one that carried the last purchase.

No energy and no money moves. The meter takes each number once, so whoever says falsely that his card is lost
gets nothing; the card that was lost is dead in the meter as soon as the new one was in it. Where nothing was
ever bought the new card is only issued, and brings the first purchase.

A lost opening card that was never in its meter, and is found and put in behind the new one, makes itself the
card that counts again (the meters' rule for opening cards): nothing is added, and the card is reissued once
more.

Refusals: no_reason, no_shift, unknown_station, other_branch, unknown_meter, not_a_card_meter, other_card,
fee_unpaid, card_refused (with what the new card says), not_on_cards, card_order_open.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, ClassVar

from gateway.core import chart
from gateway.core.amendment import AmendmentKind, amended
from gateway.core.books import Decision, Needs
from gateway.core.card import CardEvent, CardKind, CardReason, judged
from gateway.core.card_books import CardChange, CardNeeds
from gateway.core.card_order import CardOrderEvent, CardOrderState
from gateway.core.dues import CARD
from gateway.core.file_books import FileChange, FileNeeds
from gateway.core.form_order import FormOrder, not_done
from gateway.core.meter import Carrier, MeterRef
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import CardOrdered, Changed
from gateway.core.office_books import OfficeNeeds
from gateway.core.person import REASON_MAX, is_said
from gateway.prepayment.card_fit import loading_of
from gateway.prepayment.reserve_card import card_as_known
from gateway.prepayment.sell_at_counter import place_refusal

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.card import CardSystem, ShownCard
    from gateway.core.card_order import CardOrder
    from gateway.core.card_stock import StockCard


class Gone(Enum):
    """What has become of the card before."""

    LOST = "lost"
    DAMAGED = "damaged"
    WORN = "worn"


_STEPS = {
    Gone.LOST: (CardEvent.LOSE, CardEvent.BLOCK),
    Gone.DAMAGED: (CardEvent.DAMAGE,),
    Gone.WORN: (CardEvent.REPLACE,),
}


@dataclass(frozen=True, slots=True)
class ReissueCard(FormOrder):
    """Give the customer of the meter ``pan`` the card read at ``station`` in the place of ``before``."""

    station: str
    pan: str
    before: str
    gone: Gone
    shown: ShownCard
    system: CardSystem
    reason: str

    beside: ClassVar[frozenset[str]] = frozenset({"nonce", "system"})

    def needs(self) -> Needs:
        """The meter, both cards, what is owed for a card, and the shifts."""
        return Needs(
            keys=(self.key,),
            meters=(MeterRef(pan=self.pan),),
            own_accounts=(chart.owed("{}", CARD),),
            files=FileNeeds(cards=CardNeeds(serials=(self.shown.serial, self.before), pans=(self.pan,))),
            office=OfficeNeeds(logins=(self.by,), shifts=True, branch_of=(self.pan,)),
        )

    def change(self, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - every command gets the moment
        """Refuse, or put the new card in the place of the one before."""
        refusal = self._refusal(books)
        if refusal is not None:
            return not_done(*refusal)
        cards, account_no = books.files.cards, books.meters[self.pan].account_no
        new, had = cards.cards[self.shown.serial], cards.issued_for(self.pan)
        held = replace(new.after(CardEvent.ISSUE), pan=self.pan, account_no=account_no)
        told, changed = [amended(AmendmentKind.ISSUED, new, held, self.by, self.reason.strip())], [held]
        if had is not None:
            gone = had.after(*_STEPS[self.gone], note=self.reason.strip())
            told.insert(0, amended(AmendmentKind.STEPPED, had, gone, self.by, self.reason.strip()))
            # The database lets a meter have one card that is issued, so the old one goes first.
            changed.insert(0, gone)
        order = cards.open_order(self.pan) or cards.last_confirmed(self.pan)
        if order is None:
            change = FileChange(cards=CardChange(tuple(changed)), amendments=tuple(told))
            return Decision(
                Changed(held.serial, held.version), remembered=True, files=change, told=self._told()
            )
        after = _reissued(order, held, self.station)
        if loading_of(after) is None:
            return not_done(OfficeRefusal.NOT_ON_CARDS)
        told.append(amended(AmendmentKind.REISSUED, order, after, self.by, self.reason.strip()))
        change = FileChange(cards=CardChange(tuple(changed), (after,)), amendments=tuple(told))
        return Decision(CardOrdered(after), remembered=True, files=change, told=self._told())

    def _told(self) -> str:
        return f"card {self.before} of {self.pan}: {self.gone.value}, {self.shown.serial} in its place"

    def _refusal(self, books: Books) -> tuple[OfficeRefusal, str] | None:
        if not is_said(self.reason, REASON_MAX):
            return OfficeRefusal.NO_REASON, ""
        place = place_refusal(books, self.by, self.station)
        if place is not None:
            return place, self.station
        meter, cards = books.meters.get(self.pan), books.files.cards
        if meter is None:
            return OfficeRefusal.UNKNOWN_METER, ""
        giver, branch = books.office.operators.get(self.by), books.office.branch_of.get(self.pan)
        if giver is not None and giver.branch not in {None, branch}:
            return OfficeRefusal.OTHER_BRANCH, ""
        if meter.carrier is not Carrier.CARD:
            return OfficeRefusal.NOT_A_CARD_METER, ""
        held = cards.issued_for(self.pan)
        if self.before != (cards.carried_last(self.pan) if held is None else held.serial):
            return OfficeRefusal.OTHER_CARD, ""
        if books.balances.get(chart.owed(meter.account_no, CARD), 0) > 0:
            return OfficeRefusal.CARD_FEE_UNPAID, ""
        return self._card_refusal(books)

    def _card_refusal(self, books: Books) -> tuple[OfficeRefusal, str] | None:
        known, cards = card_as_known(books, self.shown.serial), books.files.cards
        if isinstance(known, OfficeRefusal):
            return known, ""
        reason = judged(self.shown, known, self.system)
        if reason is not CardReason.BLANK:
            return OfficeRefusal.CARD_REFUSED, reason.sentence
        order = cards.open_order(self.pan)
        is_reserved = order is not None and order.state is CardOrderState.RESERVED
        if is_reserved or cards.on_its_way_to(self.shown.serial) is not None:
            return OfficeRefusal.CARD_ORDER_OPEN, ""
        return None


def _reissued(order: CardOrder, held: StockCard, station: str) -> CardOrder:
    """Turn the purchase to the new card. The first one opens the meter; any later one supplements."""
    steps = {
        CardOrderState.WRITING: (CardOrderEvent.LOSE, CardOrderEvent.REISSUE),
        CardOrderState.WRITTEN: (CardOrderEvent.CONFIRM, CardOrderEvent.REISSUE),
    }
    after = order.after(*steps.get(order.state, (CardOrderEvent.REISSUE,)), station=station)
    kind = CardKind.OPEN if order.number == 1 else CardKind.SUPPLEMENT
    return replace(after, serial=held.serial, profile=held.profile, kind=kind)
