"""What a batch knows of cards and of the purchases on their way to them, and what its commands change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.core.card import CardState
from gateway.core.card_order import CardOrderState

if TYPE_CHECKING:
    from gateway.core.card_order import CardOrder
    from gateway.core.card_stock import StockCard


@dataclass(frozen=True, slots=True)
class CardNeeds:
    """What an order about cards wants loaded.

    ``serials`` are cards, each with what is known of its meter; ``orders`` are purchases by their id, each
    with its card and meter; ``pans`` are meters, each with its cards.
    """

    serials: tuple[str, ...] = ()
    orders: tuple[int, ...] = ()
    pans: tuple[str, ...] = ()

    def joined(self, other: CardNeeds) -> CardNeeds:
        """Return what both want."""
        return CardNeeds(
            (*self.serials, *other.serials), (*self.orders, *other.orders), (*self.pans, *other.pans)
        )


@dataclass(frozen=True, slots=True)
class CardChange:
    """What a decision changes of cards and their purchases: each as it stands afterwards, new or not."""

    cards: tuple[StockCard, ...] = ()
    orders: tuple[CardOrder, ...] = ()


@dataclass(slots=True)
class CardBooks:
    """Cards and purchases as they stand, kept up to date with what the batch has decided so far.

    ``cards`` by serial; of a meter that was asked for all that were ever its. ``orders`` by id: those that
    were asked for, and of each meter the open one and the last that was confirmed.
    """

    cards: dict[str, StockCard] = field(default_factory=dict)
    orders: dict[int, CardOrder] = field(default_factory=dict)
    next_order: int = 1

    def open_order(self, pan: str) -> CardOrder | None:
        """Give the purchase that a meter has on its way."""
        return next((one for one in self.orders.values() if one.pan == pan and one.is_open), None)

    def on_its_way_to(self, serial: str) -> CardOrder | None:
        """Give the purchase that is on its way to a card."""
        return next((one for one in self.orders.values() if one.serial == serial and one.is_open), None)

    def last_confirmed(self, pan: str) -> CardOrder | None:
        """Give the last purchase of a meter that is known to have been on its card."""
        of_meter = (
            one for one in self.orders.values() if one.pan == pan and one.state is CardOrderState.CONFIRMED
        )
        return max(of_meter, key=lambda one: one.number, default=None)

    def confirmed(self, pan: str) -> int:
        """Give the number of the last purchase that was confirmed; 0 where there was none."""
        last = self.last_confirmed(pan)
        return 0 if last is None else last.number

    def issued_for(self, pan: str) -> StockCard | None:
        """Give the card that a meter's customer has."""
        return next(
            (one for one in self.cards.values() if one.pan == pan and one.state is CardState.ISSUED), None
        )

    def carried_last(self, pan: str) -> str | None:
        """Name the card that a meter's last purchase is on, or may be on; None where nothing was written.

        As long as no other card was issued, whoever has lost or given back this one has that purchase
        brought to the next: it may not be in the meter yet, which takes no number before its turn.
        """
        last = self.open_order(pan)
        if last is None or last.state is CardOrderState.RESERVED:
            last = self.last_confirmed(pan)
        return None if last is None else last.serial

    def apply(self, change: CardChange) -> None:
        """Enter what was decided, so that the next command of the batch sees it."""
        self.cards |= {one.serial: one for one in change.cards}
        self.orders |= {one.id: one for one in change.orders}
        self.next_order = max((self.next_order, *(one.id + 1 for one in change.orders)))
