"""Where a meter stands with a timetable, as it was read back; and what became of sending it one.

    NOT_THERE ──written, and the moment set──► PASSIVE ──the meter's clock comes to it──► ACTIVE

What a meter was seen to have stands first in what is told of its order, so that a report can count it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.contact import ContactFault


class TimetableSeen(Enum):
    """Where a meter stands with a timetable."""

    NOT_THERE = "not there"
    """It is not in the meter, or will not begin by itself."""
    PASSIVE = "passive"
    """It is in the meter, and waits for its moment; or some days of it are still to be written then."""
    ACTIVE = "active"
    """All of it counts."""


@dataclass(frozen=True, slots=True)
class TimetableDone:
    """What was seen afterwards, and from when on it counts where it waits (as the meter's clock shows it).

    ``fault``: what went wrong, where something did.
    """

    seen: TimetableSeen
    begins: datetime | None = None
    fault: ContactFault | None = None

    @property
    def told(self) -> str:
        """What is told of the order: where the meter stands, and from when on, by its own clock."""
        when = "" if self.begins is None else f", begins {self.begins:%Y-%m-%d %H:%M}"
        return self.seen.value + when


def seen_in(told: str) -> TimetableSeen | None:
    """Read where the meter stood from what was told of its order; None where it was not seen."""
    word = told.partition(",")[0]
    return next((one for one in TimetableSeen if one.value == word), None)
