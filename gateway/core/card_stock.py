"""The stock of cards: which kind each is, where it lies, whose it is; and what the books have of one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gateway.core.card import CardState, IllegalCardStep, KnownCard, step

if TYPE_CHECKING:
    from gateway.core.card import CardEvent
    from gateway.core.card_order import CardOrder

#: States in which a card is with the customer of its meter, or was when it went: his branch is its branch.
#: In any other it lies somewhere.
HELD: Final = frozenset(
    {CardState.ISSUED, CardState.LOST, CardState.BLOCKED, CardState.DAMAGED, CardState.REPLACED}
)


@dataclass(frozen=True, slots=True)
class StockCard:
    """A card: which kind it is, where it lies or whose it is.

    ``serial`` is the card's own number, in hex. ``branch`` is where it lies, "" the central store, ``lot``
    the delivery it came with. ``pan`` and ``account_no`` are those of the meter it was issued for, "" before.
    """

    serial: str
    profile: str
    state: CardState
    branch: str = ""
    lot: str = ""
    pan: str = ""
    account_no: str = ""
    note: str = ""
    version: int = 1

    @property
    def is_held(self) -> bool:
        """Is it, or was it last, with the customer of its meter?"""
        return self.state in HELD and bool(self.pan)

    def may(self, *events: CardEvent) -> bool:
        """Does its life have these steps, from where it stands?"""
        try:
            self.after(*events)
        except IllegalCardStep:
            return False
        return True

    def after(self, *events: CardEvent, note: str = "") -> StockCard:
        """Return the card these steps on, as one change; IllegalCardStep where its life has none."""
        state = self.state
        for event in events:
            state = step(state, event)
        return replace(self, state=state, note=note, version=self.version + 1)


def known_card(
    card: StockCard, numbers: tuple[str, str], open_order: CardOrder | None, confirmed: int
) -> KnownCard:
    """Say what the books have of a card: ``numbers`` are its meter's and its customer's as cards have them.

    ``open_order`` is its meter's, ``confirmed`` the number of that meter's last purchase that was confirmed.
    """
    doubt = None if open_order is None else open_order.in_doubt
    return KnownCard(card.serial, card.profile, card.state, *numbers, confirmed, doubt)
