"""Open and close a shift: who sits at which station, from when to when, and what becomes of the cash.

    open    Dr CASH:<station>:<login>, Cr SAFE:<station>: the change that she begins with, if any
    close   the cash is counted. Cr CASH: all that the books say is in the drawer; Dr SAFE: what was counted;
            Dr OVER_SHORT: what is missing (Cr: what is too much), with a reason. Then the drawer is empty.

Nobody sits at two stations, and no two at one. Who has gone without closing is closed by somebody else, who
counts in her place. A shift is not closed while a sale of its drawer waits: nothing moves a drawer any more
that was counted. One that was closed before cash was counted leaves its drawer as it is, for her next shift
at the station.

Refusals: unknown_person, unknown_station, other_branch, shift_open, safe_too_little; no_shift, drawer_waits,
figures_changed, count_differs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gateway.core import chart
from gateway.core.drawer import waiting_in
from gateway.core.ledger import Entry, EntryKind, Posting, transfer
from gateway.core.money import Money
from gateway.core.office import OfficeRefusal
from gateway.core.office_books import OfficeChange, OfficeNeeds
from gateway.core.person import REASON_MAX, is_said
from gateway.core.staff import Shift
from gateway.core.timeline import microseconds
from gateway.office.staff_order import StaffOrder, changed, not_done

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.core.books import Books, Decision, Needs

#: Receipts that a refusal names: more are no sentence.
_RECEIPTS_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class OpenShift(StaffOrder):
    """She sits down at a station, with ``begins_minor`` of its safe in her drawer."""

    station: str
    begins_minor: int = 0
    currency: str = ""

    def wants(self) -> OfficeNeeds:
        """Herself, and the shifts that are open."""
        return OfficeNeeds(logins=(self.by,), shifts=True)

    def needs(self) -> Needs:
        """The same, and what is in the safe."""
        return replace(StaffOrder.needs(self), balances=(chart.safe(self.station),))

    def change(self, books: Books, now: datetime) -> Decision:
        """Open it."""
        operator, station = books.office.operators.get(self.by), books.office.stations.get(self.station)
        if operator is None:
            return not_done(OfficeRefusal.UNKNOWN_PERSON)
        if station is None or not station.is_open:
            return not_done(OfficeRefusal.UNKNOWN_STATION)
        if operator.branch not in {None, station.branch}:
            return not_done(OfficeRefusal.OTHER_BRANCH)
        taken = next(
            (one for one in _open(books) if self.by == one.login or one.station == self.station), None
        )
        if taken is not None:
            return not_done(OfficeRefusal.SHIFT_OPEN, f"{taken.login} at {taken.station}")
        if not 0 <= self.begins_minor <= max(0, books.balances.get(chart.safe(self.station), 0)):
            return not_done(OfficeRefusal.SAFE_TOO_LITTLE)
        shift = Shift(books.office.next_shift, self.by, self.station, microseconds(now))
        told = f"shift {shift.id}"
        if self.begins_minor:
            told += f", with {Money(self.begins_minor, self.currency)}"
        opened = changed(self.station, shift.id, OfficeChange(shifts=(shift,)), told)
        return replace(opened, entries=cash_out(self)) if self.begins_minor else opened


@dataclass(frozen=True, slots=True)
class CloseShift(StaffOrder):
    """She has gone: closed by herself, or by whoever finds that she has.

    ``login`` is whose shift it is, ``counted_minor`` the cash that was found in her drawer, ``due_minor``
    what the books were seen to say. ``reason`` says why where the two differ.
    """

    shift: int
    login: str
    station: str
    counted_minor: int = 0
    due_minor: int = 0
    currency: str = ""
    reason: str = ""

    def wants(self) -> OfficeNeeds:
        """The shifts that are open, and what waits of the drawer."""
        return OfficeNeeds(logins=(self.by,), shifts=True, drawers=(self.drawer,))

    def needs(self) -> Needs:
        """The same, and what is in the drawer."""
        return replace(StaffOrder.needs(self), balances=(self.drawer,))

    @property
    def drawer(self) -> str:
        """The account of the cash in it."""
        return chart.cash(self.station, self.login)

    def change(self, books: Books, now: datetime) -> Decision:
        """Close it, and hand the cash in."""
        shift = books.office.shifts.get(self.shift)
        if shift is None or shift.closed_us is not None or not self._is_of(shift):
            return not_done(OfficeRefusal.NO_SHIFT)
        station = books.office.stations.get(shift.station)
        own = self.giver_branch(books)
        if own is not None and (station is None or station.branch != own):
            return not_done(OfficeRefusal.NO_SHIFT)
        waiting = sorted(waiting_in(books, self.drawer))
        if waiting:
            return not_done(OfficeRefusal.DRAWER_WAITS, receipts_told(waiting))
        if self.counted_minor < 0 or books.balances.get(self.drawer, 0) != self.due_minor:
            return not_done(OfficeRefusal.FIGURES_CHANGED)
        if self.counted_minor != self.due_minor and not is_said(self.reason, REASON_MAX):
            return not_done(OfficeRefusal.COUNT_DIFFERS)
        closed = replace(shift, closed_us=microseconds(now))
        told = f"shift {shift.id} of {shift.login}"
        if self.counted_minor or self.due_minor:
            counted, due = Money(self.counted_minor, self.currency), Money(self.due_minor, self.currency)
            told += f", {counted} counted, {due} due"
        done = changed(shift.station, shift.id, OfficeChange(shifts=(closed,)), told)
        return replace(done, entries=hand_in(self))

    def _is_of(self, shift: Shift) -> bool:
        return (shift.login, shift.station) == (self.login, self.station)


def cash_out(order: OpenShift) -> tuple[Entry, ...]:
    """Say what is booked with the cash that she begins with."""
    drawer = chart.cash(order.station, order.by)
    safe = chart.safe(order.station)
    out = (order.begins_minor, order.currency)
    return (transfer(EntryKind.CASH_OUT, debit=drawer, credit=safe, amount=out[0], unit=out[1]),)


def hand_in(order: CloseShift) -> tuple[Entry, ...]:
    """Say what is booked when a drawer was counted; nothing where none was due and none was found."""
    moved = {
        chart.safe(order.station): order.counted_minor,
        chart.over_short(order.station, order.login): order.due_minor - order.counted_minor,
        order.drawer: -order.due_minor,
    }
    lines = tuple(Posting(account, minor, order.currency) for account, minor in moved.items() if minor)
    return (Entry(EntryKind.HAND_IN, lines),) if lines else ()


def receipts_told(receipts: Sequence[int]) -> str:
    """Name the sales that wait, by their receipts; the page of the shift has all of them."""
    more = ", …" if len(receipts) > _RECEIPTS_MAX else ""
    return f"receipts {', '.join(map(str, receipts[:_RECEIPTS_MAX]))}{more}"


def _open(books: Books) -> list[Shift]:
    return [one for one in books.office.shifts.values() if one.closed_us is None]
