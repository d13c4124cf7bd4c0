"""Meters that left their supply points, as a list; each with what became of the energy that was left.

    question     rows                              count               totals
    Departures   departures, the newest first      up to ``COUNT_MAX`` None
    Refunds      what is to be paid out            of these            None

A branch sees those of its own customers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core.paging import Paged
from gateway.core.views import Query
from gateway.core.views_files import require_text

if TYPE_CHECKING:
    from gateway.core.departure import Departure, Leaving


@dataclass(frozen=True, slots=True)
class DepartureCase:
    """A departure with its customer, and the sale by which its energy went to the new meter (None: not yet).

    ``receipt_no`` is that sale's. ``has_token``: it went on a token; on a card it has none.
    """

    departure: Departure
    customer: str
    branch: str
    sale_id: int | None
    receipt_no: int | None
    has_token: bool = False

    @property
    def id(self) -> int:
        """The departure's number."""
        return self.departure.id

    @property
    def waits(self) -> bool:
        """Does its energy still wait to be given out?"""
        return self.sale_id is None and self.departure.travels_wh > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Departures(Paged[DepartureCase, None]):
    """Departures that are all of what is asked for; None asks for nothing.

    ``pan`` is of the meter that went or came. ``is_waiting``: with energy that waits to be given out.
    """

    branch: str | None
    id: int | None = None
    pan: str | None = None
    point: str | None = None
    kind: Leaving | None = None
    is_waiting: bool | None = None

    def __post_init__(self) -> None:
        """Refuse a page that is none, and a text that is none."""
        Paged.__post_init__(self)
        require_text(self.pan)
        require_text(self.point)


@dataclass(frozen=True, slots=True)
class RefundRow:
    """What is to be paid out to a customer."""

    account_no: str
    customer: str
    branch: str
    amount_minor: int
    currency: str

    @property
    def id(self) -> str:
        """The account number."""
        return self.account_no


@dataclass(frozen=True, slots=True, kw_only=True)
class Refunds(Query[RefundRow, None]):
    """All that is to be paid out; or to one customer."""

    branch: str | None
    account_no: str | None = None

    def __post_init__(self) -> None:
        """Refuse a text that is none."""
        require_text(self.account_no)
