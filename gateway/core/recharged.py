"""What became of a purchase that was sent to a meter with a wallet: the meter's own count says it.

A meter takes the purchase with the number after its last, once. So whoever has sent number n reads the count:
n says that it came, n - 1 that it did not. Where the count cannot be read nobody knows, and the same purchase
is sent again at the next contact: it is taken then if it was not, and counts once in either case.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.core.contact import ContactFault


class RechargeEnd(Enum):
    """What is known of a purchase."""

    TAKEN = "taken"
    NOT_TAKEN = "not_taken"
    UNKNOWN = "unknown"
    """It may have been taken: look again before anything else is sent."""


@dataclass(frozen=True, slots=True)
class RechargeDone:
    """A purchase of the number ``count``; ``seen`` is the meter's count afterwards (None: not read).

    ``fault``: what went wrong, where something did. ``was_there``: an earlier try had been taken, so nothing
    was sent.
    """

    count: int
    seen: int | None
    fault: ContactFault | None = None
    was_there: bool = False

    @property
    def end(self) -> RechargeEnd:
        """Say what is known."""
        if self.seen is None:
            return RechargeEnd.UNKNOWN
        return RechargeEnd.TAKEN if self.seen == self.count else RechargeEnd.NOT_TAKEN
