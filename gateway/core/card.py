"""An IC card's life, and what a card that was read says against what the books expect of it.

    BLANK ──personalise──► PERSONALISED ──issue──► ISSUED

    ISSUED ──lose──► LOST ──block──► BLOCKED ──give_back──┐
    ISSUED ──replace──► REPLACED ────────────give_back────┤
    ISSUED ──────────────────────────────────give_back────┴──► RETURNED ──clear──► CLEARED ──issue──► ISSUED
    ISSUED ──damage──► DAMAGED

What is of no use any more is scrapped. A card that was blocked or replaced is dead in its meter from the
moment the new one was in it; found again it may be cleared and be another customer's. An illegal step is an
error of ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from gateway.bits import unfilled

if TYPE_CHECKING:
    from collections.abc import Collection


class CardState(Enum):
    """Where a card stands."""

    BLANK = "blank"
    PERSONALISED = "personalised"
    ISSUED = "issued"
    LOST = "lost"
    BLOCKED = "blocked"
    DAMAGED = "damaged"
    REPLACED = "replaced"
    RETURNED = "returned"
    CLEARED = "cleared"
    SCRAPPED = "scrapped"


class CardEvent(Enum):
    """What can happen to a card."""

    PERSONALISE = "personalise"
    ISSUE = "issue"
    LOSE = "lose"
    BLOCK = "block"
    DAMAGE = "damage"
    REPLACE = "replace"
    GIVE_BACK = "give_back"
    CLEAR = "clear"
    SCRAP = "scrap"


TRANSITIONS: Final[dict[tuple[CardState, CardEvent], CardState]] = {
    (CardState.BLANK, CardEvent.PERSONALISE): CardState.PERSONALISED,
    (CardState.BLANK, CardEvent.SCRAP): CardState.SCRAPPED,
    (CardState.PERSONALISED, CardEvent.ISSUE): CardState.ISSUED,
    (CardState.PERSONALISED, CardEvent.SCRAP): CardState.SCRAPPED,
    (CardState.ISSUED, CardEvent.LOSE): CardState.LOST,
    (CardState.ISSUED, CardEvent.DAMAGE): CardState.DAMAGED,
    (CardState.ISSUED, CardEvent.REPLACE): CardState.REPLACED,
    (CardState.ISSUED, CardEvent.GIVE_BACK): CardState.RETURNED,
    (CardState.LOST, CardEvent.BLOCK): CardState.BLOCKED,
    (CardState.BLOCKED, CardEvent.GIVE_BACK): CardState.RETURNED,
    (CardState.DAMAGED, CardEvent.SCRAP): CardState.SCRAPPED,
    (CardState.REPLACED, CardEvent.GIVE_BACK): CardState.RETURNED,
    (CardState.RETURNED, CardEvent.CLEAR): CardState.CLEARED,
    (CardState.RETURNED, CardEvent.SCRAP): CardState.SCRAPPED,
    (CardState.CLEARED, CardEvent.ISSUE): CardState.ISSUED,
    (CardState.CLEARED, CardEvent.SCRAP): CardState.SCRAPPED,
}

#: States in which a card may become a customer's.
IN_STOCK: Final = frozenset({CardState.PERSONALISED, CardState.CLEARED})


class IllegalCardStep(RuntimeError):  # noqa: N818 - the style's name for a step the table does not have
    """The card cannot take this step from where it stands."""


def step(state: CardState, event: CardEvent) -> CardState:
    """Return the state that follows; IllegalCardStep where the table has none."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise IllegalCardStep(f"a card that is {state.value} cannot {event.value}") from None


class CardKind(Enum):
    """What a customer's card does when it comes to the meter."""

    OPEN = "open"
    PURCHASE = "purchase"
    SUPPLEMENT = "supplement"


class CardReason(Enum):
    """What a card that was read says against the books. The value is stored; ``sentence`` is said."""

    READY = "ready"
    BLANK = "blank"
    FOREIGN = "foreign"
    OTHER_PROFILE = "other_profile"
    OTHER_SYSTEM = "other_system"
    OTHER_KEYS = "other_keys"
    NOT_ISSUED = "not_issued"
    BLOCKED = "blocked"
    REPLACED = "replaced"
    OTHER_CUSTOMER = "other_customer"
    OTHER_METER = "other_meter"
    WAS_ELSEWHERE = "was_elsewhere"
    COUNT_AHEAD = "count_ahead"
    COUNT_BEHIND = "count_behind"
    GARBLED = "garbled"
    UNFINISHED = "unfinished"
    ORDER_ELSEWHERE = "order_elsewhere"
    ON_THE_CARD = "on_the_card"
    TAKEN = "taken"
    TAKEN_BEFORE = "taken_before"
    NEVER_INSERTED = "never_inserted"
    NOT_INSERTED = "not_inserted"

    @property
    def sentence(self) -> str:
        """The reason in words for the one at the counter, with the cure where there is one."""
        return _SENTENCES[self]


_SENTENCES: Final[dict[CardReason, str]] = {
    CardReason.READY: "the card fits, and the meter has taken the last purchase",
    CardReason.BLANK: "the card has no customer yet; it can be issued",
    CardReason.FOREIGN: "this card is not in our stock; keep it out of the sale and ask where it is from",
    CardReason.OTHER_PROFILE: "the stock has this serial as another kind of card; have the stock looked at",
    CardReason.OTHER_SYSTEM: "this card is another utility's; give it back to the customer",
    CardReason.OTHER_KEYS: "the card is of keys that are not served here; call who keeps the keys",
    CardReason.NOT_ISSUED: "by the stock nobody has this card; take it in, and look who it was issued to",
    CardReason.BLOCKED: "this card was reported lost; keep it, and take it in as given back",
    CardReason.REPLACED: "the customer has a newer card; keep this one, and take it in as given back",
    CardReason.OTHER_CUSTOMER: "the card is another customer's; ask for the customer's own card",
    CardReason.OTHER_METER: "the card is for another meter; where that was replaced, issue a new card",
    CardReason.WAS_ELSEWHERE: "another meter has written on this card; have both looked at before selling",
    CardReason.COUNT_AHEAD: "the card counts more purchases than were sold; do not sell, call the supervisor",
    CardReason.COUNT_BEHIND: "the card counts fewer purchases than were sold; reissue it with the last one",
    CardReason.GARBLED: "the card holds no whole record; write its last purchase again, with its number",
    CardReason.UNFINISHED: "the last purchase is not whole on the card; write it again, with the same number",
    CardReason.ORDER_ELSEWHERE: "a purchase is unfinished on another card of this meter; bring that first",
    CardReason.ON_THE_CARD: "the purchase in doubt is on the card; confirm it",
    CardReason.TAKEN: "the meter has taken the purchase in doubt; confirm it",
    CardReason.TAKEN_BEFORE: "the meter has taken the purchase as it was; it cannot be corrected any more",
    CardReason.NEVER_INSERTED: "the card was never in its meter; insert it there first, then buy again",
    CardReason.NOT_INSERTED: "the last purchase is still on the card; insert it in the meter, then buy again",
}

#: Reasons with which a new purchase may be sold.
SELLABLE: Final = frozenset({CardReason.READY, CardReason.BLANK})
#: Reasons that end an order in doubt well: it was written after all.
CONFIRMING: Final = frozenset({CardReason.ON_THE_CARD, CardReason.TAKEN})
#: Reasons that somebody must look at: the customer alone cannot have caused them.
SUSPICIOUS: Final = frozenset(
    {CardReason.FOREIGN, CardReason.COUNT_AHEAD, CardReason.COUNT_BEHIND, CardReason.WAS_ELSEWHERE}
)


@dataclass(frozen=True, slots=True)
class ShownReturn:
    """What the meter wrote on the card when it was in it last."""

    meter_no: str
    customer_no: str
    remaining: int
    count: int


@dataclass(frozen=True, slots=True)
class ShownCard:
    """A card as it was read. ``count`` 0: no purchase is on it; ``garbled``: some part of it is no record.

    Numbers may be filled up with zeros in front, as their place on the card is.
    """

    serial: str
    profile: str
    key_version: int
    system: str = ""
    meter_no: str = ""
    customer_no: str = ""
    amount: int = 0
    count: int = 0
    returned: ShownReturn | None = None
    garbled: bool = False


@dataclass(frozen=True, slots=True)
class CardInDoubt:
    """A purchase of which it is not known whether it is on the card ``serial``."""

    serial: str
    count: int
    amount: int


@dataclass(frozen=True, slots=True)
class KnownCard:
    """What the books have of a card and of the meter it is for.

    ``count`` is the number of the last purchase that was confirmed for that meter, on whichever card.
    """

    serial: str
    profile: str
    state: CardState
    meter_no: str = ""
    customer_no: str = ""
    count: int = 0
    in_doubt: CardInDoubt | None = None


@dataclass(frozen=True, slots=True)
class CardSystem:
    """Whose cards are served, and of which versions of the keys; ``number`` "" where cards do not say."""

    number: str
    key_versions: Collection[int]


def judged(shown: ShownCard, known: KnownCard | None, system: CardSystem) -> CardReason:
    """Say what a card is, the gravest first: whose, in which state, for whom, and how far it counts."""
    if known is None or known.serial != shown.serial:
        return CardReason.FOREIGN
    return _of_the_card(shown, known, system) or _of_the_holder(shown, known) or _of_the_count(shown, known)


def _of_the_card(shown: ShownCard, known: KnownCard, system: CardSystem) -> CardReason | None:
    if shown.profile != known.profile:
        return CardReason.OTHER_PROFILE
    if shown.system and unfilled(shown.system) != unfilled(system.number):
        return CardReason.OTHER_SYSTEM
    if shown.key_version not in system.key_versions:
        return CardReason.OTHER_KEYS
    if known.state in {CardState.LOST, CardState.BLOCKED}:
        return CardReason.BLOCKED
    if known.state is CardState.REPLACED:
        return CardReason.REPLACED
    is_usable = known.state is CardState.ISSUED or known.state in IN_STOCK
    return None if is_usable else CardReason.NOT_ISSUED


def _of_the_holder(shown: ShownCard, known: KnownCard) -> CardReason | None:
    """What is left on a card of the stock is of nobody, and will be overwritten."""
    doubt, is_in_stock = known.in_doubt, known.state in IN_STOCK
    if doubt is not None and doubt.serial != shown.serial:
        return CardReason.ORDER_ELSEWHERE
    is_customer_s = not shown.customer_no or unfilled(shown.customer_no) == unfilled(known.customer_no)
    is_meter_s = not shown.meter_no or unfilled(shown.meter_no) == unfilled(known.meter_no)
    if doubt is not None and not (is_customer_s and is_meter_s):
        return CardReason.UNFINISHED
    if doubt is not None or is_in_stock:
        return None
    if not is_customer_s:
        return CardReason.OTHER_CUSTOMER
    if not is_meter_s:
        return CardReason.OTHER_METER
    back = shown.returned
    is_elsewhere = back is not None and unfilled(back.meter_no) != unfilled(known.meter_no)
    return CardReason.WAS_ELSEWHERE if is_elsewhere else None


def _of_the_count(shown: ShownCard, known: KnownCard) -> CardReason:
    back = 0 if shown.returned is None else shown.returned.count
    if known.in_doubt is not None:
        return _of_the_order(shown, known.in_doubt, back)
    if known.state in IN_STOCK:
        return CardReason.BLANK
    if max(shown.count, back) > known.count:
        return CardReason.COUNT_AHEAD
    if shown.garbled:
        return CardReason.GARBLED
    if shown.count < known.count:
        return CardReason.COUNT_BEHIND
    # A number without an amount is what a purchase was cleared to: it was sold when its meter had this one.
    if back == known.count or shown.amount == 0:
        return CardReason.READY
    # What the meter returned before is cleared when the next purchase is written.
    is_first = shown.returned is None and known.count <= 1
    return CardReason.NEVER_INSERTED if is_first else CardReason.NOT_INSERTED


def _of_the_order(shown: ShownCard, doubt: CardInDoubt, back: int) -> CardReason:
    """Whatever a torn card shows, its order is finished with the same number: the meter takes each once."""
    if max(shown.count, back) > doubt.count:
        return CardReason.COUNT_AHEAD
    is_it = (shown.count, shown.amount) == (doubt.count, doubt.amount)
    if back == doubt.count:
        # What the meter took is what stands there: a correction may have come too late for it.
        return CardReason.TAKEN if is_it else CardReason.TAKEN_BEFORE
    is_on_it = is_it and not shown.garbled
    return CardReason.ON_THE_CARD if is_on_it else CardReason.UNFINISHED
