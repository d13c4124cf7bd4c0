"""What goes wrong at a counter, on purpose: a card leaves, is torn, or answers what it should not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from gateway.simulators.card.cells import CardGone

if TYPE_CHECKING:
    from gateway.simulators.card.cells import Cells


class VirtualCard(Protocol):
    """A card of either kind."""

    protocol: int

    @property
    def cells(self) -> Cells:
        """What it remembers."""

    def reset(self) -> bytes:
        """Put power on it; gives the answer to reset."""

    def transmit(self, raw: bytes) -> bytes:
        """Answer a command."""


class FaultKind(Enum):
    """What happens."""

    #: The card is pulled out before it takes the command.
    LEAVE = "leave"
    #: It is pulled out while it writes: the bytes before ``byte`` are written, the rest are not.
    TEAR = "tear"
    #: It takes the command and is pulled out before its answer comes.
    ANSWER_LOST = "answer_lost"
    #: It answers ``status`` and does nothing.
    STATUS = "status"
    #: It does what it should, and answers ``status``.
    STATUS_AFTER = "status_after"


@dataclass(frozen=True, slots=True)
class Fault:
    """At which command of a session, counted from 0, what happens."""

    at: int
    kind: FaultKind
    byte: int = 0
    status: int = 0x6F00


class FaultyCard:
    """A card to which one thing happens. Pulled out, it stays so until ``reset``; then all is well."""

    def __init__(self, card: VirtualCard, fault: Fault | None = None) -> None:
        self.card = card
        self.fault = fault
        self.protocol = card.protocol
        self.count = 0
        self._is_gone = False

    @property
    def cells(self) -> Cells:
        """What the card remembers."""
        return self.card.cells

    def reset(self) -> bytes:
        """Put it in again."""
        self.count, self._is_gone = 0, False
        return self.card.reset()

    def transmit(self, raw: bytes) -> bytes:
        """Answer a command, or what became of it; raises ``CardGone``."""
        if self._is_gone:
            raise CardGone
        place, self.count = self.count, self.count + 1
        fault = self.fault
        if fault is None or fault.at != place:
            return self.card.transmit(raw)
        self.fault = None
        return self._with(fault, raw)

    def _with(self, fault: Fault, raw: bytes) -> bytes:
        status = fault.status.to_bytes(2, "big")
        if fault.kind is FaultKind.STATUS:
            return status
        if fault.kind is FaultKind.STATUS_AFTER:
            self.card.transmit(raw)
            return status
        self._is_gone = True
        if fault.kind is FaultKind.TEAR:
            self.card.cells.left = fault.byte
        try:
            if fault.kind is not FaultKind.LEAVE:
                self.card.transmit(raw)
        finally:
            self.card.cells.left = None
        raise CardGone
