"""A version of a timetable of rates for meters: what is published, to which model, from when on, by whom.

    DRAFT ──approve (a second person)──► APPROVED ──withdraw──► WITHDRAWN
      └──────────────withdraw─────────────────────────────────────▲

A version is written once; a change is the next version, and a roll-back is an earlier one published again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class TimetableState(Enum):
    """Where a version stands."""

    DRAFT = "draft"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class TimetableVersion:
    """Version ``number`` of the timetable ``code``, for the meters of ``group``.

    ``body`` is the timetable as it is kept (JSON), which meters change to at ``from_us``. ``by`` drafted it,
    ``second`` approved it. ``version`` counts the changes of this row, as of every row.
    """

    code: str
    number: int
    name: str
    group: str
    body: str
    from_us: int
    state: TimetableState = TimetableState.DRAFT
    reason: str = ""
    by: str = ""
    second: str = ""
    at_us: int = 0
    version: int = 1

    @property
    def reference(self) -> str:
        """How remote orders name it."""
        return f"{self.code}/{self.number}"
