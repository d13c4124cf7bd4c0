"""What a meter's purchases have moved: the counters that a price depends on, stored with the meter.

Months and days are those of the tariff's own time zone; the caller, who knows the clock, brings the local
moment. A payment dated before a counter's period (it travelled over midnight) is counted in the counter's
period: a counter never goes back, or a late message would open the cheap block twice.

Each sale stores what it moved (``Moved``), so that a reversal gives the block, the charges of months and days
and the free energy back, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from gateway.core.quickly_built import quickly_built

if TYPE_CHECKING:
    from datetime import datetime

#: Months of purchases that are remembered for an average: a year, the longest that published bands look back.
PAST_MONTHS_MAX: Final = 12

#: A year ladder begins on 1 January where the tariff names no other day.
NEW_YEAR: Final = (1, 1)


@quickly_built
@dataclass(frozen=True, slots=True)
class Counters:
    """The counters of one meter.

    ``mtd_wh`` is the energy bought in ``month`` (yyyymm), ``ytd_wh`` that since ``year`` (yyyymmdd, the first
    day of the ladder's year); ``times`` purchases were made on ``bought_on`` (yyyymmdd, 0: never yet).
    Monthly charges are paid up to ``fees_month``, free energy was given for ``free_month`` (yyyymm, 0: never
    yet), daily charges are paid up to ``days_paid`` (yyyymmdd, 0: never yet). ``past_wh`` are the months
    before ``month``, the newest first, at most ``PAST_MONTHS_MAX``.
    """

    month: int = 0
    mtd_wh: int = 0
    year: int = 0
    ytd_wh: int = 0
    bought_on: int = 0
    times: int = 0
    fees_month: int = 0
    free_month: int = 0
    days_paid: int = 0
    past_wh: tuple[int, ...] = ()


#: A meter that nothing was sold to.
NOTHING_COUNTED: Final = Counters()


@quickly_built
@dataclass(frozen=True, slots=True)
class Moved:
    """What one sale moved: the energy, the periods it was counted in, and what was paid before and after.

    ``month``, ``year`` and ``day`` (the purchase's, yyyymmdd) are never before the meter's own counters: what
    comes late is counted in theirs. The fields' order is that in which a sale stores them.
    """

    counted_wh: int
    month: int
    year: int
    day: int
    fees_before: int
    fees_after: int
    free_before: int
    free_after: int
    days_before: int = 0
    days_after: int = 0


def month_key(day: date) -> int:
    """Write a month as one ordered number: 15 November 2026 is 202611."""
    return day.year * 100 + day.month


def day_key(day: date) -> int:
    """Write a day as one ordered number: 15 November 2026 is 20261115."""
    return (day.year * 100 + day.month) * 100 + day.day


def day_of(key: int) -> date:
    """Read a day's number; ValueError for one that is no day."""
    return date(key // 10000, key // 100 % 100, key % 100)


def months_between(earlier: int, later: int) -> int:
    """Count the months from one month's number to another's; negative where the order is the other way."""
    return (later // 100 - earlier // 100) * 12 + later % 100 - earlier % 100


def year_key(moment: datetime, begins: tuple[int, int] = NEW_YEAR, hour: int = 0) -> int:
    """Name a local moment's ladder year by its first day; years begin on (month, day) at an hour."""
    has_begun = (moment.month, moment.day, moment.hour) >= (*begins, hour)
    return ((moment.year - (not has_begun)) * 100 + begins[0]) * 100 + begins[1]


def in_period(counted_wh: int, counted: int, current: int) -> int:
    """Read a counter in the current period: the count so far, or 0 when a new period began."""
    return 0 if current > counted else counted_wh


def past_months(counters: Counters, month: int) -> tuple[int, ...]:
    """The energy of the months before ``month``, the newest first; months without a purchase are 0 Wh."""
    gap = months_between(counters.month, month) if counters.month else 0
    if gap <= 0:
        return counters.past_wh
    empty = (0,) * min(gap - 1, PAST_MONTHS_MAX)
    return (*empty, counters.mtd_wh, *counters.past_wh)[:PAST_MONTHS_MAX]


def counted(counters: Counters, moved: Moved) -> Counters:
    """Return the counters after a sale that moves them so."""
    same_day = moved.day <= counters.bought_on
    return Counters(
        max(moved.month, counters.month),
        in_period(counters.mtd_wh, counters.month, moved.month) + moved.counted_wh,
        max(moved.year, counters.year),
        in_period(counters.ytd_wh, counters.year, moved.year) + moved.counted_wh,
        max(moved.day, counters.bought_on),
        counters.times + 1 if same_day else 1,
        max(moved.fees_after, counters.fees_month),
        max(moved.free_after, counters.free_month),
        max(moved.days_after, counters.days_paid),
        past_months(counters, moved.month),
    )


def given_back(counters: Counters, moved: Moved) -> Counters:
    """Return the counters after the sale is undone; a period that has ended since is left as it is."""
    same_fees = counters.fees_month == moved.fees_after
    same_free = counters.free_month == moved.free_after
    same_days = moved.days_after and counters.days_paid == moved.days_after
    fewer = max(0, counters.times - 1) if counters.bought_on == moved.day else counters.times
    return replace(
        counters,
        mtd_wh=_less(counters.mtd_wh, moved.counted_wh, is_same=counters.month == moved.month),
        ytd_wh=_less(counters.ytd_wh, moved.counted_wh, is_same=counters.year == moved.year),
        times=fewer,
        fees_month=moved.fees_before if same_fees else counters.fees_month,
        free_month=moved.free_before if same_free else counters.free_month,
        days_paid=moved.days_before if same_days else counters.days_paid,
        past_wh=_past_without(counters, moved),
    )


def prorated(counters: Counters, day: date) -> Counters:
    """Return the counters for another ladder that is climbed from ``day`` on: in proportion to the days left.

    What was bought is taken as the whole period's, a part for each of its days; the new ladder counts the
    parts of this day and the days behind it, cut down to whole watt-hours. A period that is over, or begins
    with the day, stays as it is.
    """
    mtd_wh, ytd_wh = counters.mtd_wh, counters.ytd_wh
    if counters.month == month_key(day):
        first = day.replace(day=1)
        mtd_wh = _part(mtd_wh, day, first, (first + timedelta(days=31)).replace(day=1))
    if counters.year:
        first = day_of(counters.year)
        ytd_wh = _part(ytd_wh, day, first, first.replace(year=first.year + 1))
    return replace(counters, mtd_wh=mtd_wh, ytd_wh=ytd_wh)


def _part(counted_wh: int, day: date, first: date, end: date) -> int:
    """The part of a period's energy from a day on; ``end`` is the day behind the period."""
    if not first <= day < end:
        return counted_wh
    return counted_wh * (end - day).days // (end - first).days


def _less(counted_wh: int, given_wh: int, *, is_same: bool) -> int:
    return max(0, counted_wh - given_wh) if is_same else counted_wh


def _past_without(counters: Counters, moved: Moved) -> tuple[int, ...]:
    """Take the sale out of the month that has passed since, so that no average counts it."""
    place = months_between(moved.month, counters.month) - 1
    if not 0 <= place < len(counters.past_wh):
        return counters.past_wh
    past = list(counters.past_wh)
    past[place] = max(0, past[place] - moved.counted_wh)
    return tuple(past)
