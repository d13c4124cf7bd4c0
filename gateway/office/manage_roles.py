"""Make roles and change what they grant; and the places: branches, and stations where power is sold.

A role that somebody has is changed for all who have it at their next request. Nobody changes a role that she
has herself, and no change may leave nobody who can let people in. Nothing is deleted: a role that grants
nothing does nothing, a station is closed. Whoever belongs to a branch keeps the stations of that branch;
roles and branches hold everywhere, and are not hers to change.

Refusals: bad_code, bad_name, code_used, unknown_role, unknown_branch, unknown_station, other_branch,
twice_at_once, no_such_level, own_roles, last_administrator.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.core.authority import dead_levels
from gateway.core.office import OfficeRefusal
from gateway.core.office_books import OfficeChange
from gateway.core.staff import CODE, Branch, Role, Station, somebody_is_left
from gateway.core.timeline import microseconds
from gateway.office.rights_told import grants_told
from gateway.office.staff_order import StaffOrder, changed, is_name, not_done

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from gateway.core.authority import Function, Grant
    from gateway.core.books import Books, Decision


@dataclass(frozen=True, slots=True)
class KeepRole(StaffOrder):
    """A role as it shall be: new where ``version`` is 0, else the one that was looked at."""

    code: str
    version: int
    name: str
    grants: Mapping[Function, Grant] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """In one order, so that the same grants are the same content."""
        in_order = sorted(self.grants.items(), key=lambda item: item[0].value)
        object.__setattr__(self, "grants", dict(in_order))

    def change(self, books: Books, now: datetime) -> Decision:
        """Refuse, or keep it."""
        before = books.office.roles.get(self.code)
        after = Role(self.code, self.name.strip(), dict(self.grants), self.version + 1)
        why = self._why_not(books, before, after, microseconds(now))
        if why is not None:
            return not_done(why)
        dead = dead_levels(self.grants)
        if dead:
            said = (f"{one.value}: {self.grants[one].level.name.lower()}" for one in dead)
            return not_done(OfficeRefusal.NO_SUCH_LEVEL, ", ".join(said))
        told = grants_told(before.grants if before else {}, after.grants)
        return changed(self.code, after.version, OfficeChange(roles=(after,)), told)

    def _why_not(self, books: Books, before: Role | None, after: Role, at_us: int) -> OfficeRefusal | None:
        if CODE.fullmatch(self.code) is None:
            return OfficeRefusal.BAD_CODE
        if not is_name(self.name):
            return OfficeRefusal.BAD_NAME
        if self.giver_branch(books) is not None:
            return OfficeRefusal.OTHER_BRANCH
        if before is None:
            return OfficeRefusal.UNKNOWN_ROLE if self.version else None
        if before.version != self.version:
            return OfficeRefusal.TWICE_AT_ONCE if self.version else OfficeRefusal.CODE_USED
        giver = books.office.operators.get(self.by)
        if giver is not None and self.code in giver.roles:
            return OfficeRefusal.OWN_ROLES
        people, roles = books.office.operators, books.office.roles
        is_kept = somebody_is_left(people, roles, people, {**roles, after.code: after}, at_us)
        return None if is_kept else OfficeRefusal.LAST_ADMINISTRATOR


@dataclass(frozen=True, slots=True)
class KeepBranch(StaffOrder):
    """A branch office, new or with another name."""

    code: str
    name: str
    is_new: bool

    def change(self, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - see StaffOrder
        """Refuse, or keep it."""
        before = books.office.branches.get(self.code)
        if CODE.fullmatch(self.code) is None:
            return not_done(OfficeRefusal.BAD_CODE)
        if not is_name(self.name):
            return not_done(OfficeRefusal.BAD_NAME)
        if self.giver_branch(books) is not None:
            return not_done(OfficeRefusal.OTHER_BRANCH)
        if self.is_new is (before is not None):
            return not_done(OfficeRefusal.CODE_USED if self.is_new else OfficeRefusal.UNKNOWN_BRANCH)
        kept = Branch(self.code, self.name.strip())
        told = f"name: {kept.name!r}" if before is None else f"name: {before.name!r} → {kept.name!r}"
        return changed(self.code, 1, OfficeChange(branches=(kept,)), told)


@dataclass(frozen=True, slots=True)
class KeepStation(StaffOrder):
    """A station of a branch, new or changed; a closed one takes no shift."""

    code: str
    name: str
    branch: str
    is_open: bool
    is_new: bool

    def change(self, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - see StaffOrder
        """Refuse, or keep it."""
        before = books.office.stations.get(self.code)
        kept = Station(self.code, self.name.strip(), self.branch, self.is_open)
        why = self._why_not(books, before)
        if why is not None:
            return not_done(why)
        told = f"{_station_told(before)} → {_station_told(kept)}" if before else _station_told(kept)
        return changed(self.code, 1, OfficeChange(stations=(kept,)), told)

    def _why_not(self, books: Books, before: Station | None) -> OfficeRefusal | None:
        if CODE.fullmatch(self.code) is None:
            return OfficeRefusal.BAD_CODE
        if not is_name(self.name):
            return OfficeRefusal.BAD_NAME
        if self.is_new is (before is not None):
            return OfficeRefusal.CODE_USED if self.is_new else OfficeRefusal.UNKNOWN_STATION
        if self.branch not in books.office.branches:
            return OfficeRefusal.UNKNOWN_BRANCH
        own = self.giver_branch(books)
        if own is not None and (own != self.branch or (before is not None and before.branch != own)):
            return OfficeRefusal.OTHER_BRANCH
        return None


def _station_told(station: Station) -> str:
    return f"{station.name!r} of {station.branch}, {'open' if station.is_open else 'closed'}"
