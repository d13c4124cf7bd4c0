"""Cards of the stock, and the purchases on their way to cards: as lists and one by one.

question      rows                                       count                totals
Cards         cards by serial number                     up to ``COUNT_MAX``  how many lie in each branch
CardFile      the newest purchases on it                 of these             all that is known of it, or None
CardOrders    purchases, the newest first                up to ``COUNT_MAX``  how many are on their way
CardOrderFile the steps of a sale's purchases            of these             the purchases themselves
KnownSerials  numbers that are in the stock already      of these             None

A branch sees the cards that lie there, those of its customers, and their purchases.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.core.card_order import CardOrder
from gateway.core.paging import Paged
from gateway.core.stock import DELIVERY_MAX
from gateway.core.views import Query, require_page
from gateway.core.views_files import require_text
from gateway.core.views_points import AmendmentRow

if TYPE_CHECKING:
    from gateway.core.card import CardState
    from gateway.core.card_order import CardOrderState
    from gateway.core.card_stock import StockCard

#: Purchases and changes that a card's page shows; older ones stand in their own lists.
SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class CardRow:
    """A card with the name of the customer whose it is or was, "" for nobody."""

    card: StockCard
    customer: str


@dataclass(frozen=True, slots=True)
class CardCount:
    """How many cards that may be issued lie in a branch (empty: in the central store)."""

    branch: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cards(Query[CardRow, tuple[CardCount, ...]]):
    """The cards of a branch, or of all, that are all of what is asked for; None asks for nothing.

    ``text`` is in the serial number, the delivery or the note; ``pan`` is of the meter that it was issued
    for, ``place`` the branch in which it lies. ``after`` is the serial of the last one of the page before.
    """

    branch: str | None
    text: str | None = None
    serial: str | None = None
    pan: str | None = None
    profile: str | None = None
    place: str | None = None
    state: CardState | None = None
    is_descending: bool = False
    after: str | None = None
    limit: int = 50

    def __post_init__(self) -> None:
        """Refuse a page or a text that is none."""
        require_page(self.limit)
        require_text(self.text)


@dataclass(frozen=True, slots=True)
class CardOrderRow:
    """A purchase with its customer and his branch, and its sale."""

    order: CardOrder
    customer: str
    branch: str
    sale_id: int
    receipt_no: int

    @property
    def id(self) -> int:
        """The purchase's own number."""
        return self.order.id


@dataclass(frozen=True, slots=True)
class CardFacts:
    """All that the books hold of a card: its newest purchases, and what became of it, the newest first.

    Of what became of it a branch is told what happened while the card was as it is now: with this customer,
    or in this place.
    """

    row: CardRow
    orders: tuple[CardOrderRow, ...]
    amendments: tuple[AmendmentRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFile(Query[CardOrderRow, CardFacts | None]):
    """One card by its serial number."""

    branch: str | None
    serial: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardOrders(Paged[CardOrderRow, int]):
    """Purchases that are all of what is asked for, the newest first; None asks for nothing.

    ``is_open``: on its way, which holds its meter's number; of these those in doubt come first.
    """

    branch: str | None
    pan: str | None = None
    serial: str | None = None
    station: str | None = None
    state: CardOrderState | None = None
    is_open: bool | None = None

    def __post_init__(self) -> None:
        """Refuse a page that is none, and a text that is none."""
        Paged.__post_init__(self)
        for text in (self.pan, self.serial, self.station):
            require_text(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardOrderFile(Query[AmendmentRow, tuple[CardOrder, ...]]):
    """What was done to bring the sale ``payment`` to a card: each step of its purchases, the oldest first."""

    payment: str


@dataclass(frozen=True, slots=True)
class KnownSerials(Query[str, None]):
    """Which of these numbers are in the stock, whoever asks: a card is there once."""

    serials: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse more than a delivery has."""
        if len(self.serials) > DELIVERY_MAX:
            raise ValueError(f"a delivery has {DELIVERY_MAX} cards at most")
