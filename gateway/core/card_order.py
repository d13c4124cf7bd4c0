"""A purchase on its way to a card: one transition table.

    QUOTED ──reserve──► RESERVED ──begin──► WRITING ──read_back──► WRITTEN ──confirm──► CONFIRMED
                            │                │   ▲                                          ▲
                            │              lose  finish                                     │
                         give_up             ▼   │                                          │
                            │             IN_DOUBT ──find_written───────────────────────────┤
                            ▼                │   │                                          │
                          VOID               │   └──reissue──► REISSUED ──read_back─────────┤
                            ▲                ▼                                              │
                            └──read_back── CLEARING ──find_written──────────────────────────┘

A purchase that is CONFIRMED may be reissued on another card, or taken off its own (CLEARING) as long as the
meter has not taken it. One whose card is lost while it is taken off is reissued too: it may be on that card.

The meter takes each number of a meter once, so doubt is ended by writing the *same* number and amount again,
never by a new number. Time alone ends nothing: a card image that was handed out may be on a card.
Nothing is sealed for what is RESERVED, so ``give_up`` is always safe there; ``take_off`` needs the card in
hand, overwritten and read back, and two people; ``reissue`` blocks the old card and writes a supplement.

An illegal step is an error of ours, never a silent no-op.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from gateway.core.card import CardInDoubt, CardKind

if TYPE_CHECKING:
    from collections.abc import Sequence


class CardOrderState(Enum):
    """Where a purchase for a card stands."""

    QUOTED = "quoted"
    RESERVED = "reserved"
    WRITING = "writing"
    WRITTEN = "written"
    IN_DOUBT = "in_doubt"
    CONFIRMED = "confirmed"
    VOID = "void"
    REISSUED = "reissued"
    CLEARING = "clearing"


class CardOrderEvent(Enum):
    """What can happen to it."""

    RESERVE = "reserve"
    BEGIN = "begin"
    READ_BACK = "read_back"
    CONFIRM = "confirm"
    LOSE = "lose"
    GIVE_UP = "give_up"
    FINISH = "finish"
    FIND_WRITTEN = "find_written"
    TAKE_OFF = "take_off"
    REISSUE = "reissue"


TRANSITIONS: Final[dict[tuple[CardOrderState, CardOrderEvent], CardOrderState]] = {
    (CardOrderState.QUOTED, CardOrderEvent.RESERVE): CardOrderState.RESERVED,
    (CardOrderState.RESERVED, CardOrderEvent.BEGIN): CardOrderState.WRITING,
    (CardOrderState.RESERVED, CardOrderEvent.GIVE_UP): CardOrderState.VOID,
    (CardOrderState.WRITING, CardOrderEvent.READ_BACK): CardOrderState.WRITTEN,
    (CardOrderState.WRITING, CardOrderEvent.LOSE): CardOrderState.IN_DOUBT,
    (CardOrderState.WRITTEN, CardOrderEvent.CONFIRM): CardOrderState.CONFIRMED,
    (CardOrderState.IN_DOUBT, CardOrderEvent.FIND_WRITTEN): CardOrderState.CONFIRMED,
    (CardOrderState.IN_DOUBT, CardOrderEvent.FINISH): CardOrderState.WRITING,
    (CardOrderState.IN_DOUBT, CardOrderEvent.TAKE_OFF): CardOrderState.CLEARING,
    (CardOrderState.CONFIRMED, CardOrderEvent.TAKE_OFF): CardOrderState.CLEARING,
    (CardOrderState.CLEARING, CardOrderEvent.READ_BACK): CardOrderState.VOID,
    # The card was put into its meter instead: it has the purchase.
    (CardOrderState.CLEARING, CardOrderEvent.FIND_WRITTEN): CardOrderState.CONFIRMED,
    (CardOrderState.IN_DOUBT, CardOrderEvent.REISSUE): CardOrderState.REISSUED,
    (CardOrderState.REISSUED, CardOrderEvent.READ_BACK): CardOrderState.CONFIRMED,
    # The card is lost behind its confirmation, or the new one is lost as well: the same purchase once more.
    (CardOrderState.CONFIRMED, CardOrderEvent.REISSUE): CardOrderState.REISSUED,
    (CardOrderState.REISSUED, CardOrderEvent.REISSUE): CardOrderState.REISSUED,
    # The card is lost before it was read back as cleared: nobody knows what is on it.
    (CardOrderState.CLEARING, CardOrderEvent.REISSUE): CardOrderState.REISSUED,
}

#: States in which the money is held, and no other purchase of the meter may begin.
OPEN_STATES: Final = frozenset(
    {
        CardOrderState.RESERVED,
        CardOrderState.WRITING,
        CardOrderState.WRITTEN,
        CardOrderState.IN_DOUBT,
        CardOrderState.REISSUED,
        CardOrderState.CLEARING,
    }
)
#: States in which an image may be on a card; from these no clock leads to VOID.
MAY_BE_ON_A_CARD: Final = OPEN_STATES - {CardOrderState.RESERVED}


class IllegalCardOrderStep(RuntimeError):  # noqa: N818 - the style's name for a step the table does not have
    """The purchase cannot take this step from where it stands."""


def step(state: CardOrderState, event: CardOrderEvent) -> CardOrderState:
    """Return the state that follows; IllegalCardOrderStep where the table has none."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise IllegalCardOrderStep(f"a card order that is {state.value} cannot {event.value}") from None


@dataclass(frozen=True, slots=True)
class CardOrder:
    """A purchase on its way to the card ``serial``, as the station ``station`` has begun it for ``by``.

    ``payment`` is the key of the sale that it carries, ``number`` the purchase's own at its meter, ``amount``
    what its kind of card counts in: Wh, or minor units. ``told`` is why it is in doubt, or void.
    ``begun_us`` is when its credit went out.
    """

    id: int
    payment: str
    pan: str
    account_no: str
    serial: str
    profile: str
    kind: CardKind
    number: int
    amount: int
    state: CardOrderState
    station: str
    by: str
    at_us: int
    told: str = ""
    version: int = 1
    begun_us: int | None = None

    @property
    def is_open(self) -> bool:
        """Does it hold its meter's number?"""
        return self.state in OPEN_STATES

    @property
    def in_doubt(self) -> CardInDoubt:
        """What is looked for on a card that is read while it is open."""
        return CardInDoubt(self.serial, self.number, self.amount)

    def after(self, *events: CardOrderEvent, told: str = "", station: str = "") -> CardOrder:
        """Return it these steps on, as one change; IllegalCardOrderStep where the table has none."""
        state = self.state
        for event in events:
            state = step(state, event)
        return replace(
            self, state=state, told=told, station=station or self.station, version=self.version + 1
        )


def card_order_values(order: CardOrder) -> tuple[object, ...]:
    """Write an order as values of JSON, in the order of its fields."""
    return (
        order.id, order.payment, order.pan, order.account_no, order.serial, order.profile, order.kind.value,
        order.number, order.amount, order.state.value, order.station, order.by, order.at_us, order.told,
        order.version, order.begun_us,
    )  # fmt: skip


def card_order_read(values: Sequence[Any]) -> CardOrder:
    """Read an order back; ``Any`` because these are JSON values of our own stored format."""
    id_, payment, pan, account_no, serial, profile, kind, number, amount, state, *rest = values
    return CardOrder(
        id_, payment, pan, account_no, serial, profile, CardKind(kind), number, amount, CardOrderState(state),
        *rest,
    )  # fmt: skip
