"""What meters are still to be ordered timetables for: for whoever works the lines.

question          rows                                                            count     totals
TimetablesDue     versions that meters should have, and those passed over         of these  None
TimetableWanting  meters for which ``OrderTimetables`` may have something to do   of these  None
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateway.core.timetable_version import TimetableVersion
from gateway.core.views import Query

#: Meters of one answer, so that one command can have them all: payments wait behind it.
WANTING_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class TimetablesDue(Query[TimetableVersion, None]):
    """The versions that are in force or next; behind them those of which orders still wait in vain."""

    now_us: int


@dataclass(frozen=True, slots=True)
class TimetableWanting(Query[str, None]):
    """Meters (PAN) of a version's group that have no order for it, or wait though its moment is past.

    Of a version that no meter should have any more: those of which an order for it waits. ``after`` is the
    last meter of the portion before.
    """

    reference: str
    now_us: int
    after: str = ""
