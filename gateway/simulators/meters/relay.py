"""The relay of a meter: closed, open, or open and ready for the customer's button.

trip ──► open ──► close ──► closed         an order
            └───► permit ──► ready ──► button ──► closed
no credit: open, whatever was ordered; with credit again it stands as it was ordered
"""

from __future__ import annotations

from enum import Enum


class RelayState(Enum):
    """Where the contact is."""

    OPEN = "open"
    CLOSED = "closed"
    READY = "ready"


class RelayRefusal(Enum):
    """Why an order is not obeyed."""

    KEPT_POWERED = "this house is kept powered"


class Relay:
    """A relay. ``is_out_of_credit`` is set by the purse, the other fields by orders.

    ``mode`` is that of class 70 of DLMS: 4 is switched from afar only.
    """

    __slots__ = ("is_alarmed", "is_kept_powered", "is_out_of_credit", "mode", "ordered")

    def __init__(self) -> None:
        self.ordered = RelayState.CLOSED
        self.is_out_of_credit = False
        self.is_kept_powered = False
        self.is_alarmed = False
        self.mode = 4

    @property
    def state(self) -> RelayState:
        """Where the contact is now."""
        is_held = self.is_out_of_credit and not self.is_kept_powered
        return RelayState.OPEN if is_held else self.ordered

    @property
    def is_closed(self) -> bool:
        """Does the house have power?"""
        return self.state is RelayState.CLOSED

    def trip(self) -> RelayRefusal | None:
        """Open, unless the house is kept powered."""
        if self.is_kept_powered:
            return RelayRefusal.KEPT_POWERED
        self.ordered = RelayState.OPEN
        return None

    def close(self) -> None:
        """Close."""
        self.ordered = RelayState.CLOSED

    def permit(self) -> None:
        """Let the customer close it; one that is closed stays so."""
        if self.ordered is RelayState.OPEN:
            self.ordered = RelayState.READY

    def press(self) -> None:
        """Press the button on the meter."""
        if self.ordered is RelayState.READY:
            self.ordered = RelayState.CLOSED
