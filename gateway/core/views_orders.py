"""Orders for management tokens as the office reads them again: what waits for a second person, what was made.

    question           rows                       count       totals
    ManagementOrders   orders, the newest first   of these    how many can still be approved

No token is among what is answered: the sale of nothing that brought one out has it (``views_booked``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core.management import ORDER_LASTS
from gateway.core.views import PAGE_MAX, Query, require_page

if TYPE_CHECKING:
    from gateway.core.management import ManagementOrder

#: How long an order can be approved, in microseconds.
ORDER_LASTS_US = int(ORDER_LASTS.total_seconds()) * 1_000_000


@dataclass(frozen=True, slots=True)
class ManagementCase:
    """An order with its meter's customer; ``approved_by`` is empty, the last two are None until it was made.

    ``sale_id`` is the sale of nothing under which its token went out.
    """

    reference: str
    pan: str
    customer: str
    order: ManagementOrder
    at_us: int
    approved_by: str = ""
    made_us: int | None = None
    sale_id: int | None = None

    @property
    def is_made(self) -> bool:
        """Is its token out?"""
        return self.made_us is not None

    def waits(self, at_us: int) -> bool:
        """Can a second person still approve it?"""
        return not self.is_made and at_us <= self.at_us + ORDER_LASTS_US


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagementOrders(Query[ManagementCase, int]):
    """The orders of a branch's meters, or of all; ``waiting_only``: those that can still be approved.

    ``after`` is the moment and reference of the last order of the page before.
    """

    at_us: int
    branch: str | None
    pan: str = ""
    reference: str = ""
    waiting_only: bool = False
    after: tuple[int, str] | None = None
    limit: int = PAGE_MAX

    def __post_init__(self) -> None:
        """Refuse a page that is none."""
        require_page(self.limit)
