"""Reads a load profile part by part, so that a line that breaks costs one part only."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from gateway.core.contact import ContactFault, ContactWhy, ProfileRead

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from gateway.core.contact import ProfileRow

PART_ROWS: Final = 96
"""Rows that are asked for at once: a day of quarter-hours, some three thousand octets."""

PART_LEAST: Final = timedelta(days=1)
"""The shortest part, also where the period is not known yet."""

SPAN_DAYS_MAX: Final = 366
"""Days of one profile: a year. Who wants more asks again."""

ROWS_MAX: Final = 65_536
"""Rows of one profile: a year of quarter-hours has 35,136."""

_BEHIND: Final = timedelta(seconds=1)


def part_of(period_s: int) -> timedelta:
    """Say how long a part is for a period; 0: not known."""
    return max(PART_LEAST, PART_ROWS * timedelta(seconds=period_s))


async def read_in_parts(
    first: datetime,
    last: datetime,
    read: Callable[[datetime, datetime], Awaitable[list[ProfileRow]]],
    part: Callable[[], timedelta],
) -> ProfileRead:
    """Read the rows from one moment to another, both included. What was read before a fault is kept.

    A row that a meter gives again with a later part is left out. ``ContactFault`` for a span that is none.
    """
    if last < first or last - first > timedelta(days=SPAN_DAYS_MAX):
        said = f"a profile is read from a moment to a later one, {SPAN_DAYS_MAX} days at most"
        raise ContactFault(ContactWhy.REFUSED, said)
    rows: list[ProfileRow] = []
    begins = first
    while begins <= last:
        try:
            behind = begins + part()
            had = {row.moment for row in rows}
            rows += [row for row in await read(begins, min(behind - _BEHIND, last)) if row.moment not in had]
        except ContactFault as fault:
            return ProfileRead(tuple(rows), fault)
        if len(rows) > ROWS_MAX:
            said = f"the meter gives more than {ROWS_MAX} rows; cure: a shorter time"
            return ProfileRead(tuple(rows[:ROWS_MAX]), ContactFault(ContactWhy.REFUSED, said))
        begins = behind
    return ProfileRead(tuple(rows))
