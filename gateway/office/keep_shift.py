"""Open and close a shift: who sits at which station, from when to when.

Nobody sits at two stations, and no two at one. Cash is counted when there is any (counter selling).

Refusals: unknown_person, unknown_station, other_branch, shift_open, no_shift.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.core.office import OfficeRefusal
from gateway.core.office_books import OfficeChange, OfficeNeeds
from gateway.core.staff import Shift
from gateway.core.timeline import microseconds
from gateway.office.staff_order import StaffOrder, changed, not_done

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books, Decision


@dataclass(frozen=True, slots=True)
class OpenShift(StaffOrder):
    """She sits down at a station."""

    station: str

    def wants(self) -> OfficeNeeds:
        """Herself, and the shifts that are open."""
        return OfficeNeeds(logins=(self.by,), shifts=True)

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
        shift = Shift(books.office.next_shift, self.by, self.station, microseconds(now))
        return changed(self.station, shift.id, OfficeChange(shifts=(shift,)), f"shift {shift.id}")


@dataclass(frozen=True, slots=True)
class CloseShift(StaffOrder):
    """She has gone: closed by herself, or by whoever finds that she has."""

    shift: int

    def wants(self) -> OfficeNeeds:
        """The shifts that are open."""
        return OfficeNeeds(logins=(self.by,), shifts=True)

    def change(self, books: Books, now: datetime) -> Decision:
        """Close it."""
        shift = books.office.shifts.get(self.shift)
        if shift is None or shift.closed_us is not None:
            return not_done(OfficeRefusal.NO_SHIFT)
        station = books.office.stations.get(shift.station)
        own = self.giver_branch(books)
        if own is not None and (station is None or station.branch != own):
            return not_done(OfficeRefusal.NO_SHIFT)
        closed = replace(shift, closed_us=microseconds(now))
        told = f"shift {shift.id} of {shift.login}"
        return changed(shift.station, shift.id, OfficeChange(shifts=(closed,)), told)


def _open(books: Books) -> list[Shift]:
    return [one for one in books.office.shifts.values() if one.closed_us is None]
