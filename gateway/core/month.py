"""The month of a month-to-date counter, and when the counter starts again.

A block tariff counts what a customer bought since the first of the month in the tariff's own time
zone; the caller, who knows the clock, brings the local date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date


def month_key(local_date: date) -> int:
    """Write the month as one ordered number: 15 November 2026 is 202611."""
    return local_date.year * 100 + local_date.month


def month_to_date_wh(counted_wh: int, counted_month: int, current_month: int) -> int:
    """Read the counter in the current month: the count so far, or 0 when a new month began.

    A payment dated before the counter's month (it travelled over midnight) is counted in the
    counter's month: the counter never goes back, or a late message would open the cheap block twice.
    """
    return 0 if current_month > counted_month else counted_wh
