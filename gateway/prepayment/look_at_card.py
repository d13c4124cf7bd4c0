"""Look at a card that was read, or for the one that a meter has: what the books say of it. Books nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.core import chart
from gateway.core.books import Decision, Needs
from gateway.core.card import CardReason, judged
from gateway.core.card_books import CardNeeds
from gateway.core.card_check import checked
from gateway.core.dues import CARD
from gateway.core.file_books import FileNeeds
from gateway.core.meter import MeterRef
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import CardHeld, CardSeen
from gateway.prepayment.reserve_card import card_as_known

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.card import CardSystem, ShownCard

#: With these the last purchase is on the card, and its meter has not taken it.
_ON_IT: Final = frozenset({CardReason.NOT_INSERTED, CardReason.NEVER_INSERTED})


@dataclass(frozen=True, slots=True)
class LookAtCard:
    """What is this card? Refusal: not_on_cards. A card that is not ours is an answer, not a refusal."""

    shown: ShownCard
    system: CardSystem

    #: An inquiry has no memory, so it has no key, and the journal names nobody.
    key = ""
    digest = ""
    channel = ""

    def needs(self) -> Needs:
        """The card, and what is known of its meter."""
        return Needs(files=FileNeeds(cards=CardNeeds(serials=(self.shown.serial,))))

    def decide(self, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - every command gets the moment
        """Look."""
        known = card_as_known(books, self.shown.serial)
        if isinstance(known, OfficeRefusal):
            return Decision(NotDone(known))
        cards = books.files.cards
        card = cards.cards.get(self.shown.serial)
        order = None if card is None or not card.pan else cards.open_order(card.pan)
        if order is None:
            order = cards.on_its_way_to(self.shown.serial)
        reason = judged(self.shown, known, self.system)
        last = None
        if card is not None and order is None and reason in _ON_IT:
            last = cards.last_confirmed(card.pan)
        expected = order if card is None or order is not None else cards.last_confirmed(card.pan)
        amount = None if expected is None else expected.amount
        return Decision(
            CardSeen(reason, card, order, last, checked(self.shown, known, self.system, amount))
        )


@dataclass(frozen=True, slots=True)
class LookForCard:
    """Which card has the meter ``pan``, or had it last? Refusal: unknown_meter."""

    pan: str

    key = ""
    digest = ""
    channel = ""

    def needs(self) -> Needs:
        """The meter, all its cards, and what is owed for one."""
        return Needs(
            meters=(MeterRef(pan=self.pan),),
            own_accounts=(chart.owed("{}", CARD),),
            files=FileNeeds(cards=CardNeeds(pans=(self.pan,))),
        )

    def decide(self, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - every command gets the moment
        """Look: by the same rules by which a card is reissued."""
        meter, cards = books.meters.get(self.pan), books.files.cards
        if meter is None:
            return Decision(NotDone(OfficeRefusal.UNKNOWN_METER))
        held = cards.issued_for(self.pan)
        serial = cards.carried_last(self.pan) if held is None else held.serial
        order = cards.open_order(self.pan) or cards.last_confirmed(self.pan)
        owed = max(0, books.balances.get(chart.owed(meter.account_no, CARD), 0))
        return Decision(CardHeld(serial or "", order, owed))
