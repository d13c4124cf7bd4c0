"""A purchase as this station has it in hand: one transition table, and what the journal keeps of it.

    INTENT ──order──► RESERVED ──write──► WRITING ──read_back──► WRITTEN ──acknowledged──► DONE
      │                  │                  │  ▲                    ▲ │
      │ refused          │ give_up        lose write          read_back │ refused
      ▼                  ▼                  ▼  │                    │ ▼
     DONE            GIVING_UP ◄─reserved─ IN_DOUBT ────────────────┘
                         │ acknowledged        │ ended elsewhere, or by the office
                         ▼                     ▼
                        DONE                  DONE

A card that is reissued is the customer's once its INTENT was answered, and nothing of it can be given up: it
is IN_DOUBT from there on, until it is written. So is the card of a purchase that is taken off it.

A step is written down before what follows from it is sent: the nonce before the sale is asked for, WRITING
before the centre lets the credit out, WRITTEN before a receipt is printed. So whatever stops the station, the
last line of its journal says what may be on a card, and what has to be told to the centre still.

An illegal step is an error of ours.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from card_station.wire import order_read, order_said, shown_read, shown_said
from gateway.core.card_order import CardOrderState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.core.card import ShownCard
    from gateway.core.card_order import CardOrder

#: Characters of a reason that are kept; the schema has room for as many.
_TOLD_MAX: Final = 200


class Step(Enum):
    """Where a purchase stands at this station."""

    INTENT = "intent"
    RESERVED = "reserved"
    WRITING = "writing"
    WRITTEN = "written"
    IN_DOUBT = "in_doubt"
    GIVING_UP = "giving_up"
    DONE = "done"


FOLLOWS: Final[dict[Step, frozenset[Step]]] = {
    Step.INTENT: frozenset({Step.RESERVED, Step.IN_DOUBT, Step.DONE}),
    Step.RESERVED: frozenset({Step.WRITING, Step.GIVING_UP}),
    Step.WRITING: frozenset({Step.WRITTEN, Step.IN_DOUBT, Step.DONE}),
    Step.IN_DOUBT: frozenset({Step.WRITING, Step.WRITTEN, Step.GIVING_UP, Step.DONE}),
    Step.WRITTEN: frozenset({Step.DONE, Step.IN_DOUBT}),
    Step.GIVING_UP: frozenset({Step.DONE, Step.IN_DOUBT}),
    Step.DONE: frozenset(),
}
"""What may follow what."""

#: Steps that end when the centre has acknowledged them, without a card.
OWED: Final = frozenset({Step.WRITTEN, Step.GIVING_UP})


class IllegalPurchaseStep(RuntimeError):  # noqa: N818 - the style's name for a step the table does not have
    """The purchase cannot take this step from where it stands."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """A purchase. ``id`` is the nonce drawn for it; ``op`` and ``request`` are what was asked with it.

    The request has no session in it: who asks again signs in again. ``order`` is the centre's, once there is
    one; ``shown`` the card as it was read last; ``told`` why it is in doubt or over.
    """

    id: str
    step: Step
    by: str
    op: str = ""
    request: Mapping[str, Any] = field(default_factory=dict)
    order: CardOrder | None = None
    shown: ShownCard | None = None
    told: str = ""

    @property
    def is_live(self) -> bool:
        """Is something to be done about it still?"""
        return self.step is not Step.DONE

    @property
    def is_clearing(self) -> bool:
        """Is it taken off its card?"""
        return self.order is not None and self.order.state is CardOrderState.CLEARING

    @property
    def serial(self) -> str:
        """The card that it is for."""
        if self.order is not None:
            return self.order.serial
        return "" if self.shown is None else self.shown.serial

    @property
    def named(self) -> CardOrder:
        """The centre's order, of a purchase that has one."""
        assert self.order is not None, "past its intent a purchase has an order"  # noqa: S101 - of our own code
        return self.order

    def after(
        self, step: Step, *, order: CardOrder | None = None, shown: ShownCard | None = None, told: str = ""
    ) -> Purchase:
        """Return it one step on; IllegalPurchaseStep where the table has none."""
        if step not in FOLLOWS[self.step]:
            raise IllegalPurchaseStep(f"a purchase that is {self.step.value} cannot be {step.value}")
        return replace(
            self, step=step, order=order or self.order, shown=shown or self.shown, told=told[:_TOLD_MAX]
        )


def purchase_said(one: Purchase) -> dict[str, Any]:
    """Write a purchase as JSON values, as the journal keeps it."""
    said: dict[str, Any] = {"id": one.id, "step": one.step.value, "by": one.by}
    if one.op:
        said |= {"op": one.op, "request": dict(one.request)}
    if one.order is not None:
        said["order"] = order_said(one.order)
    if one.shown is not None:
        said["shown"] = shown_said(one.shown)
    return said | ({"told": one.told} if one.told else {})


def purchase_read(said: Mapping[str, Any]) -> Purchase:
    """Read a purchase back; KeyError, TypeError or ValueError where it is none."""
    order, shown = said.get("order"), said.get("shown")
    return Purchase(
        id=said["id"],
        step=Step(said["step"]),
        by=said["by"],
        op=said.get("op", ""),
        request=said.get("request", {}),
        order=None if order is None else order_read(order),
        shown=None if shown is None else shown_read(shown),
        told=said.get("told", ""),
    )
