"""Keep the stock of cards: take a delivery in, and what becomes of a card by a person's word.

    take in    all of a delivery or nothing of it: no card may be in the stock already
    move       a card that lies somewhere, to another branch or to the central store (empty)
    lose       the customer has lost it: LOST and BLOCKED at once, so that no station serves it
    damage     it does not work any more
    give back  it is here again: lost and found, replaced, or of a customer who has left
    clear      it belongs to nobody any more, and may be another customer's
    scrap      nobody will get it any more

What a card carried that is out of its customer's hands is brought to his next one: that is reissued
(``prepayment.reissue_card``), not merely issued. While a purchase is on its way to a card nothing becomes of
it here: a station ends it by reading the card, or the reissue does.

Whoever belongs to a branch deals with the cards that lie there and with those of its customers. Two changes
at once: the second is refused.

Refusals: no_cards, card_known, unknown_card_kind, unknown_branch, other_branch, unknown_card, twice_at_once,
no_reason, wrong_card_state, card_order_open.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from gateway.core.amendment import AmendmentKind, amended
from gateway.core.books import Decision, Needs
from gateway.core.card import CardEvent, CardState
from gateway.core.card_books import CardChange, CardNeeds
from gateway.core.file_books import FileChange, FileNeeds
from gateway.core.form_order import FormOrder, not_done
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.office_books import OfficeNeeds
from gateway.core.person import REASON_MAX, is_said
from gateway.core.stock import DELIVERY_MAX
from gateway.office.card_lines import is_of_its_kind
from gateway.office.keep_stock import branch_refusal

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.card_stock import StockCard

#: Serial numbers that a refusal names; who wants all of them looks at the list.
_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class TakeInCards(FormOrder):
    """A delivery: each card as it shall stand in the stock."""

    cards: tuple[StockCard, ...]

    def needs(self) -> Needs:
        """Whether any of them is known already."""
        serials = tuple(one.serial for one in self.cards[:DELIVERY_MAX])
        files = FileNeeds(cards=CardNeeds(serials=serials))
        return Needs(keys=(self.key,), files=files, office=OfficeNeeds(logins=(self.by,)))

    def change(self, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - every command gets the moment
        """Take them in."""
        if not 1 <= len(self.cards) <= DELIVERY_MAX:
            return not_done(OfficeRefusal.NO_CARDS)
        strange = [one.serial for one in self.cards if not _is_new(one)]
        if strange:
            return not_done(OfficeRefusal.UNKNOWN_CARD_KIND, ", ".join(strange[:_NAMED]))
        refusal = branch_refusal(books, self, {one.branch for one in self.cards})
        if refusal is not None:
            return not_done(refusal)
        serials = [one.serial for one in self.cards]
        known = [serial for serial in serials if serial in books.files.cards.cards]
        if known or len(set(serials)) < len(serials):
            return not_done(OfficeRefusal.CARD_KNOWN, ", ".join(known[:_NAMED]))
        told = tuple(amended(AmendmentKind.TAKEN_IN, None, one, self.by) for one in self.cards)
        change = FileChange(cards=CardChange(cards=self.cards), amendments=told)
        said = f"{len(serials)} cards, {serials[0]} to {serials[-1]}, sha256 {_digest(self.cards)}"
        return Decision(Changed(f"{len(serials)} cards", 1), remembered=True, files=change, told=said)


class CardDeed(Enum):
    """What a person says has become of a card."""

    LOSE = "lose"
    DAMAGE = "damage"
    GIVE_BACK = "give_back"
    CLEAR = "clear"
    SCRAP = "scrap"


#: The steps of a card's life that each takes.
STEPS: Final = {
    CardDeed.LOSE: (CardEvent.LOSE, CardEvent.BLOCK),
    CardDeed.DAMAGE: (CardEvent.DAMAGE,),
    CardDeed.GIVE_BACK: (CardEvent.GIVE_BACK,),
    CardDeed.CLEAR: (CardEvent.CLEAR,),
    CardDeed.SCRAP: (CardEvent.SCRAP,),
}


@dataclass(frozen=True, slots=True)
class OfOneCard(FormOrder):
    """An order about one card; ``version`` and ``pan``, its meter's, are those that were looked at."""

    serial: str
    version: int
    pan: str
    reason: str

    def needs(self) -> Needs:
        """The card with what is on its way to it, and whose customer has it."""
        return Needs(
            keys=(self.key,),
            files=FileNeeds(cards=CardNeeds(serials=(self.serial,))),
            office=OfficeNeeds(logins=(self.by,), branch_of=(self.pan,) if self.pan else ()),
        )

    def change(self, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - every command gets the moment
        """Find it, and refuse what may not become of it."""
        before = books.files.cards.cards.get(self.serial)
        if before is None:
            return not_done(OfficeRefusal.UNKNOWN_CARD)
        if (before.version, before.pan) != (self.version, self.pan):
            return not_done(OfficeRefusal.TWICE_AT_ONCE)
        own = self.giver_branch(books)
        lies = books.office.branch_of.get(self.pan) if before.is_held else before.branch
        if own is not None and own != lies:
            return not_done(OfficeRefusal.UNKNOWN_CARD)
        if not is_said(self.reason, REASON_MAX):
            return not_done(OfficeRefusal.NO_REASON)
        if books.files.cards.on_its_way_to(self.serial) is not None:
            return not_done(OfficeRefusal.CARD_ORDER_OPEN)
        return self.of(before, books)

    def of(self, before: StockCard, books: Books) -> Decision:
        """Refuse, or say what changes."""
        raise NotImplementedError

    def amends(self, before: StockCard, after: StockCard) -> Decision:
        """Make the decision of a change."""
        told = amended(AmendmentKind.STEPPED, before, after, self.by, self.reason.strip())
        change = FileChange(cards=CardChange(cards=(after,)), amendments=(told,))
        said = f"card {self.serial}: {before.state.value} to {after.state.value}, branch {after.branch!r}"
        return Decision(Changed(self.serial, after.version), remembered=True, files=change, told=said)


@dataclass(frozen=True, slots=True)
class MarkCard(OfOneCard):
    """This has become of it. ``branch`` is where it lies from now on, where it comes back."""

    deed: CardDeed
    branch: str = ""

    def of(self, before: StockCard, books: Books) -> Decision:
        """Take the steps."""
        events = STEPS[self.deed]
        if not before.may(*events):
            return not_done(OfficeRefusal.WRONG_CARD_STATE)
        after = before.after(*events, note=self.reason.strip())
        if before.is_held and not after.is_held:
            where = self.branch if self.deed is CardDeed.GIVE_BACK else self.giver_branch(books) or ""
            refusal = branch_refusal(books, self, {where})
            if refusal is not None:
                return not_done(refusal)
            after = replace(after, branch=where)
        if self.deed is CardDeed.CLEAR:
            # Whoever gets it next has nothing to do with who had it; what it carried is with its meter.
            after = replace(after, pan="", account_no="")
        return self.amends(before, after)


@dataclass(frozen=True, slots=True)
class MoveCard(OfOneCard):
    """It goes to another branch."""

    branch: str

    def of(self, before: StockCard, books: Books) -> Decision:
        """Move it; whoever belongs to a branch may give it away."""
        if before.is_held or before.state is CardState.SCRAPPED:
            return not_done(OfficeRefusal.WRONG_CARD_STATE)
        if self.branch and self.branch not in books.office.branches:
            return not_done(OfficeRefusal.UNKNOWN_BRANCH)
        return self.amends(before, replace(before, branch=self.branch, version=before.version + 1))


def _is_new(card: StockCard) -> bool:
    """Is it a card of a kind, as one is that has come and is nobody's yet?"""
    is_fresh = card.state is CardState.PERSONALISED and (card.version, card.pan) == (1, "")
    return is_fresh and is_of_its_kind(card)


def _digest(cards: tuple[StockCard, ...]) -> str:
    """Bind the diary's line to what was taken in."""
    return sha256("\n".join(repr(one) for one in cards).encode()).hexdigest()
