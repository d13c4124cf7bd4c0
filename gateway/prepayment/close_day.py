"""Close a business day: from now on it takes no entry, and its figures stay as they are for ever.

    load    the day's sums, the same counted anew from its postings, the last close, which days are open
    decide  closed already? → is it over for every bank? → are all earlier days closed? → do figures agree?
    write   the figures with their checksum under the key ``close/<day>``, and the day's row

No money moves. What comes late, and every correction, is booked in the day in which it is made. Days without
any entry need no close, and may have one. Asked again: the same content.

Refusals, none of them remembered: not_over, earlier_open, later_closed, sums_differ, opening_differs,
out_of_balance, too_many_accounts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core.books import Decision, Needs
from gateway.core.chart import is_hold
from gateway.core.closed_day import (
    DAY_ACCOUNTS_MAX,
    Carried,
    Closed,
    DayRefusal,
    DayRefused,
    close_key,
    units_out,
)

if TYPE_CHECKING:
    from datetime import date, datetime

    from gateway.core.books import Books
    from gateway.core.calendar import Calendar
    from gateway.core.closed_day import DayFigures


@dataclass(frozen=True, slots=True)
class CloseDay:
    """Close this day; ``calendar`` knows when it is over."""

    day: date
    calendar: Calendar

    #: There is nothing in the order that a repeat could change.
    digest = "close-day"

    #: No entry is written, so the journal names nobody.
    channel = ""

    @property
    def key(self) -> str:
        """The one close that a day can have."""
        return close_key(self.day.isoformat())

    def needs(self) -> Needs:
        """The key and the day's figures."""
        return Needs(keys=(self.key,), days=(self.calendar.span(self.day),))

    def decide(self, books: Books, now: datetime) -> Decision:
        """Repeat, refuse, or close; see the module's journey."""
        known = books.known.get(self.key)
        if known is not None:
            return Decision(known.recall())
        refused = self._too_early_or_late(books, now) or _unsound(books, books.days[self.day.isoformat()])
        if refused is not None:
            return Decision(refused)
        closed = self._closed(books)
        return Decision(closed, remembered=True, closes=closed)

    def _too_early_or_late(self, books: Books, now: datetime) -> DayRefused | None:
        day, ends = self.day.isoformat(), self.calendar.ends(self.day)
        closed = "" if books.last_close is None else books.last_close.day
        if day <= closed:
            return DayRefused(DayRefusal.LATER_CLOSED, closed)
        if now < ends:
            return DayRefused(DayRefusal.NOT_OVER, f"{ends.astimezone(self.calendar.zone):%Y-%m-%d %H:%M}")
        earlier = [one for one in books.open_days if closed < one < day]
        return DayRefused(DayRefusal.EARLIER_OPEN, min(earlier)) if earlier else None

    def _closed(self, books: Books) -> Closed:
        day = self.day.isoformat()
        figures = books.days[day]
        return Closed(
            day=day,
            entries=figures.recount.entries,
            last_position=books.next_position - 1,
            accounts=figures.sums,
            carried=_carried(figures, books.last_close),
        ).sealed()


def _unsound(books: Books, figures: DayFigures) -> DayRefused | None:
    """Say what is wrong with the figures themselves: wrong ones are not made to last."""
    if len(figures.sums) > DAY_ACCOUNTS_MAX:
        return DayRefused(DayRefusal.TOO_MANY_ACCOUNTS)
    if not figures.agree:
        return DayRefused(DayRefusal.SUMS_DIFFER)
    before = () if books.last_close is None else books.last_close.accounts
    opened = {one.place: one.opening for one in figures.sums if one.opening}
    if opened != {one.place: one.closing for one in before if one.closing}:
        return DayRefused(DayRefusal.OPENING_DIFFERS)
    out = units_out(figures.sums)
    if out:
        said = ", ".join(f"{amount} {unit}" for unit, amount in sorted(out.items()))
        return DayRefused(DayRefusal.OUT_OF_BALANCE, said)
    return None


def _carried(figures: DayFigures, last: Closed | None) -> tuple[Carried, ...]:
    """Count what waits: the last close's holds and those begun in the day, less those that ended in it."""
    count = {} if last is None else {(one.code, one.unit): one.count for one in last.carried}
    carried = []
    for one in figures.sums:
        waits = count.get(one.place, 0) + figures.recount.held.get(one.place, 0)
        if is_hold(one.code) and (waits or one.closing):
            carried.append(Carried(one.code, one.unit, waits, -one.closing))
    return tuple(carried)
