"""The decision of a step of an order over a line: the order as it stands then, with its amendment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.core.amendment import AmendmentKind, amended
from gateway.core.books import Decision
from gateway.core.file_books import FileChange
from gateway.core.line_books import LineChange
from gateway.core.office_answer import Changed
from gateway.core.person import LOCAL
from gateway.core.remote_order import RemoteEvent

if TYPE_CHECKING:
    from gateway.core.remote_order import RemoteOrder

#: Who gives and steps the orders that no person gives.
LINES: Final = f"{LOCAL}lines"

#: The kind of trouble that an order over a line can mean for a person.
REFUSED: Final = "remote_refused"

#: How a step is told.
TOLD_AS: Final = {
    RemoteEvent.BEGIN: AmendmentKind.SENT,
    RemoteEvent.LOOK: AmendmentKind.SENT,
    RemoteEvent.NOT_SENT: AmendmentKind.NOT_SENT,
    RemoteEvent.DELIVER: AmendmentKind.DELIVERED,
    RemoteEvent.REFUSE: AmendmentKind.REFUSED,
    RemoteEvent.LOSE: AmendmentKind.IN_DOUBT,
    RemoteEvent.EXPIRE: AmendmentKind.EXPIRED,
    RemoteEvent.CANCEL: AmendmentKind.CANCELLED,
    RemoteEvent.AGAIN: AmendmentKind.ORDERED,
    RemoteEvent.BY_HAND: AmendmentKind.DELIVERED,
}


def remote_ordered(order: RemoteOrder, *, remembered: bool = False) -> Decision:
    """Make the decision of an order that is new."""
    return _decided(AmendmentKind.ORDERED, None, order, order.by, remembered=remembered)


def remote_stepped(
    before: RemoteOrder, after: RemoteOrder, event: RemoteEvent, by: str, *, remembered: bool = False
) -> Decision:
    """Make the decision of a step that an order has taken."""
    return _decided(TOLD_AS[event], before, after, by, remembered=remembered)


def _decided(
    kind: AmendmentKind, before: RemoteOrder | None, after: RemoteOrder, by: str, *, remembered: bool
) -> Decision:
    told = amended(kind, before, after, by, after.told or after.reason)
    change = FileChange(lines=LineChange(orders=(after,)), amendments=(told,))
    said = f"{after.kind.value} {after.id} for {after.pan}: {after.state.value}"
    return Decision(Changed(str(after.id), after.version), remembered=remembered, files=change, told=said)
