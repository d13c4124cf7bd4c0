"""Close every day that is due: over for a while, and open.

The oldest first, each by the same command as an operator's close. A day that is refused ends the search: the
later ones would be refused, too. A full or closing ledger raises LedgerBusy; the next search goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from gateway.core.closed_day import Closed, DayRefused
from gateway.core.views import OpenDays
from gateway.prepayment.close_day import CloseDay

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from gateway.core.calendar import Calendar
    from gateway.ports import Poster, Views


@dataclass(frozen=True, slots=True)
class DueDays:
    """The days that a search closed, and the one that was refused, if any, with its reason."""

    closed: tuple[Closed, ...]
    refused: tuple[str, DayRefused] | None = None


async def close_due_days(
    views: Views, *, poster: Poster, calendar: Calendar, now: datetime, wait: timedelta
) -> DueDays:
    """Close the open days whose last cut-over is ``wait`` ago; safe to run at any time and again."""
    closed: list[Closed] = []
    for row in await views.rows(OpenDays()):
        day = date.fromisoformat(row.day)
        if now < calendar.ends(day) + wait:
            break
        outcome = await poster.post(CloseDay(day, calendar))
        if isinstance(outcome, DayRefused):
            return DueDays(tuple(closed), (row.day, outcome))
        assert isinstance(outcome, Closed)  # noqa: S101 - a close says nothing else
        closed.append(outcome)
    return DueDays(tuple(closed))
