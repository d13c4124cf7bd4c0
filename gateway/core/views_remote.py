"""Orders that go to meters over lines: as a list and one by one.

    question         rows                        count                totals
    RemoteOrders     orders, the newest first    up to ``COUNT_MAX``  how many of them are open
    RemoteOrderFile  its steps, the oldest first of these             the order itself, or None

A branch sees the orders that were given for its own customers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.core.paging import Paged
from gateway.core.views import Query
from gateway.core.views_files import require_text
from gateway.core.views_points import AmendmentRow

if TYPE_CHECKING:
    from gateway.core.remote_order import RemoteKind, RemoteOrder, RemoteState

#: Orders that a meter's page shows; older ones stand in the list of all.
ORDERS_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class RemoteOrderRow:
    """An order with its customer and his branch ("" for a meter of the network), and its sale, if it has one.

    ``sale_id`` and ``receipt_no`` are 0 where it carries no credit.
    """

    order: RemoteOrder
    customer: str
    branch: str
    sale_id: int
    receipt_no: int

    @property
    def id(self) -> int:
        """The order's own number."""
        return self.order.id


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteOrders(Paged[RemoteOrderRow, int]):
    """Orders that are all of what is asked for, the newest first; None asks for nothing.

    ``is_open``: those with which the gateway goes on by itself. ``payment`` is the key of a sale, ``ask``
    what is wanted of a relay, or the reference of a timetable.
    """

    branch: str | None
    kind: RemoteKind | None = None
    state: RemoteState | None = None
    pan: str | None = None
    payment: str | None = None
    ask: str | None = None
    is_open: bool | None = None

    def __post_init__(self) -> None:
        """Refuse a page that is none, and a text that is none."""
        Paged.__post_init__(self)
        for text in (self.pan, self.payment, self.ask):
            require_text(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteOrderFile(Query[AmendmentRow, RemoteOrderRow | None]):
    """One order by its number."""

    branch: str | None
    id: int
