"""Meters in stock, as lists and one by one; and which numbers are known already.

question    rows                             count                 totals
Stock       meters by number                 up to ``COUNT_MAX``   how many lie in each branch
KnownPans   numbers with where they stand    of these              None
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core.stock import DELIVERY_MAX, StockMeter
from gateway.core.views import Query, require_page
from gateway.core.views_files import require_text

if TYPE_CHECKING:
    from gateway.core.stock import StockState


@dataclass(frozen=True, slots=True)
class StockCount:
    """How many meters lie in a branch (empty: in the central store)."""

    branch: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock(Query[StockMeter, tuple[StockCount, ...]]):
    """The meters of a branch, or of all, that are all of what is asked for; None asks for nothing.

    ``text`` is in the number, the model, the delivery or the note; ``place`` is the branch in which it lies.
    ``after`` is the number of the last meter of the page before. The totals count what is in stock.
    """

    branch: str | None
    text: str | None = None
    place: str | None = None
    state: StockState | None = None
    pan: str | None = None
    is_descending: bool = False
    after: str | None = None
    limit: int = 50

    def __post_init__(self) -> None:
        """Refuse a page or a text that is none."""
        require_page(self.limit)
        require_text(self.text)


@dataclass(frozen=True, slots=True)
class KnownPan:
    """A number that is taken: by a meter in stock, or by a customer's."""

    pan: str
    is_customers: bool


@dataclass(frozen=True, slots=True)
class KnownPans(Query[KnownPan, None]):
    """Which of these numbers are known, whoever asks: a meter is there once."""

    pans: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse more than a delivery has."""
        if len(self.pans) > DELIVERY_MAX:
            raise ValueError(f"a delivery has {DELIVERY_MAX} meters at most")
