"""The questions of ``core.views_staff`` on plain lists: the slow and obvious way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.core import views_staff as v
from gateway.core.approval import ApprovalState

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.core.approval import Approval
    from gateway.core.diary import DiaryRow
    from gateway.core.session import Session
    from gateway.core.staff import Branch, Operator, Role, Shift, Station


@dataclass
class NaiveOffice:
    """An office; ``branch_of`` says whose customer a meter or an account is."""

    operators: list[Operator] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)
    branches: list[Branch] = field(default_factory=list)
    stations: list[Station] = field(default_factory=list)
    shifts: list[Shift] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    requests: list[Approval] = field(default_factory=list)
    diary: list[DiaryRow] = field(default_factory=list)
    branch_of: dict[str, str] = field(default_factory=dict)

    def rows(self, query: Any) -> list[Any]:
        """The page that a question asks for."""
        found = self.every(query)
        after = getattr(query, "after", None)
        if after not in {None, ""}:
            found = [one for one in found if _is_behind(one, after)]
        return found[: getattr(query, "limit", len(found))]

    def count(self, query: Any) -> int:
        return len(self.every(query))

    def totals(self, query: Any) -> int:
        found = self.every(query)
        if isinstance(query, v.Requests):
            return sum(one.state is ApprovalState.ASKED and not one.is_over(query.at_us) for one in found)
        return len(found)

    def every(self, query: Any) -> list[Any]:
        """All that a question means, in its order."""
        meanings: dict[type, Callable[[Any], list[Any]]] = {
            v.SignedInAs: self._signed_in,
            v.Operators: self._operators,
            v.Roles: lambda _: [
                v.RoleRow(role, sum(role.code in one.roles for one in self.operators))
                for role in sorted(self.roles, key=lambda role: role.code)
            ],
            v.Branches: lambda _: sorted(self.branches, key=lambda one: one.code),
            v.Stations: self._stations,
            v.Shifts: self._shifts,
            v.Sessions: self._sessions,
            v.Requests: self._requests,
            v.Diary: self._diary,
        }
        return meanings[type(query)](query)

    def _signed_in(self, query: v.SignedInAs) -> list[Any]:
        found = []
        for session in self.sessions:
            for operator in self.operators:
                if (session.id, session.login) == (query.session, operator.login):
                    roles = tuple(one for one in self.roles if one.code in operator.roles)
                    sits = [one.station for one in self._open() if one.login == operator.login]
                    found.append(v.SignedInPerson(session, operator, roles, "".join(sits)))
        return found

    def _operators(self, query: v.Operators) -> list[Operator]:
        return sorted(
            (
                one
                for one in self.operators
                if query.branch in {None, one.branch}
                and query.state in {None, one.state}
                and (not query.role or query.role in one.roles)
                and (_holds(one.login, query.text) or _holds(one.name, query.text))
                and query.login in {"", one.login}
            ),
            key=lambda one: one.login,
        )

    def _stations(self, query: v.Stations) -> list[v.StationRow]:
        sits = {one.station: one.login for one in self._open()}
        mine = [one for one in self.stations if query.branch in {None, one.branch}]
        return [v.StationRow(one, sits.get(one.code, "")) for one in sorted(mine, key=lambda one: one.code)]

    def _shifts(self, query: v.Shifts) -> list[Shift]:
        branch = {one.code: one.branch for one in self.stations}
        found = [
            one
            for one in self.shifts
            if query.branch in {None, branch.get(one.station)}
            and query.login in {"", one.login}
            and query.station in {"", one.station}
            and (not query.is_open or one.closed_us is None)
        ]
        return sorted(found, key=lambda one: -one.id)

    def _open(self) -> list[Shift]:
        return [one for one in self.shifts if one.closed_us is None]

    def _sessions(self, query: v.Sessions) -> list[Session]:
        mine = [one for one in self.sessions if one.login == query.login and one.stands(query.at_us)]
        return sorted(mine, key=lambda one: -one.began_us)

    def _requests(self, query: v.Requests) -> list[Approval]:
        people = {one.login for one in self.operators if one.branch == query.branch}
        found = [
            one
            for one in self.requests
            if (
                query.branch is None
                or (one.about and self.branch_of.get(one.about) == query.branch)
                or (not one.about and one.asked_by in people)
            )
            and query.state in {None, one.state}
            and query.function in {"", one.function}
            and query.asked_by in {"", one.asked_by}
            and query.reference in {"", one.reference}
            and (query.functions is None or one.function in query.functions)
        ]
        return sorted(found, key=lambda one: (one.asked_us, one.reference), reverse=True)

    def _diary(self, query: v.Diary) -> list[DiaryRow]:
        people = {one.login for one in self.operators if one.branch == query.branch}
        same = ("actor", "function", "action", "outcome")
        found = [
            one
            for one in self.diary
            if (query.branch is None or one.actor in people)
            and (query.first_us is None or one.at_us >= query.first_us)
            and (query.last_us is None or one.at_us <= query.last_us)
            and all(getattr(query, name) in {"", getattr(one, name)} for name in same)
            and (_holds(one.subject, query.text) or _holds(one.detail, query.text))
            and query.id in {None, one.id}
            and (query.newest is None or one.id > max(line.id for line in self.diary) - query.newest)
        ]
        return sorted(found, key=lambda one: -one.id)


def _holds(text: str, part: str) -> bool:
    return part.casefold() in text.casefold()


def _is_behind(one: Any, after: Any) -> bool:
    match after:
        case str():
            return one.login > after
        case int():
            return one.id < after
        case _:
            return (one.asked_us, one.reference) < after
