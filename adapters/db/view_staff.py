"""The office's people and places: who is signed in, operators, roles, branches, stations, shifts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, literal, or_, select

from adapters.db import tables as t
from adapters.db.like import holds
from adapters.db.office_rows import operator_of, role_of, session_of, station_of
from adapters.db.view import View
from gateway.core.session import CLOCK_BACK_US, IDLE_US, LASTS_US
from gateway.core.staff import Branch, Shift
from gateway.core.views_staff import RoleRow, SignedInPerson, StationRow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection, Select

    from gateway.core.session import Session
    from gateway.core.staff import Operator, Role
    from gateway.core.views_staff import (
        Branches,
        Operators,
        Roles,
        Sessions,
        Shifts,
        SignedInAs,
        Stations,
    )

_o, _s, _h = t.operator.c, t.session.c, t.shift.c
_OPEN: Final = _h.closed_us.is_(None)


def counted(connection: Connection, statement: Select[Any]) -> int:
    """Count the rows that a statement gives."""
    return connection.execute(select(func.count()).select_from(statement.subquery())).scalar_one()


def view_of(
    statement: Callable[[Any], Select[Any]], rows: Callable[[Connection, Any], Sequence[Any]]
) -> View:
    """Make the view of a list whose count and totals are how many rows its statement gives."""

    def count(connection: Connection, query: Any) -> int:  # noqa: ANN401 - see adapters.db.view
        return counted(connection, statement(query))

    return View(rows, count, count)


def _signed_in(query: SignedInAs) -> Select[Any]:
    return select(t.session).where(_s.id == query.session)


def _signed_in_rows(connection: Connection, query: SignedInAs) -> list[SignedInPerson]:
    row = connection.execute(_signed_in(query)).one_or_none()
    if row is None:
        return []
    found = connection.execute(select(t.operator).where(_o.login == row.login)).one_or_none()
    if found is None:
        return []
    operator = operator_of(found)
    roles = connection.execute(select(t.role).where(t.role.c.code.in_(operator.roles)))
    shift = connection.execute(select(_h.station).where(_OPEN, _h.login == row.login)).scalar()
    station = shift or ""
    return [SignedInPerson(session_of(row), operator, tuple(role_of(one) for one in roles), station)]


def _operators(query: Operators) -> Select[Any]:
    statement = select(t.operator)
    if query.branch is not None:
        statement = statement.where(_o.branch == query.branch)
    if query.state is not None:
        statement = statement.where(_o.state == query.state.value)
    if query.role:
        statement = statement.where(holds(literal(",") + _o.roles + ",", f",{query.role},"))
    if query.text:
        statement = statement.where(or_(holds(_o.login, query.text), holds(_o.name, query.text)))
    if query.login:
        statement = statement.where(_o.login == query.login)
    return statement


def _operator_rows(connection: Connection, query: Operators) -> list[Operator]:
    statement = _operators(query).where(_o.login > query.after).order_by(_o.login).limit(query.limit)
    return [operator_of(row) for row in connection.execute(statement)]


def _roles(query: Roles) -> Select[Any]:  # noqa: ARG001 - all of them
    return select(t.role)


def _role_rows(connection: Connection, query: Roles) -> list[RoleRow]:
    had: dict[str, int] = {}
    for text in connection.execute(select(_o.roles)).scalars():
        for code in text.split(","):
            had[code] = had.get(code, 0) + 1
    roles: list[Role] = [role_of(row) for row in connection.execute(_roles(query).order_by(t.role.c.code))]
    return [RoleRow(role, had.get(role.code, 0)) for role in roles]


def _branches(query: Branches) -> Select[Any]:  # noqa: ARG001 - all of them
    return select(t.branch)


def _branch_rows(connection: Connection, query: Branches) -> list[Branch]:
    return [Branch(*row) for row in connection.execute(_branches(query).order_by(t.branch.c.code))]


def _stations(query: Stations) -> Select[Any]:
    statement = select(t.station)
    return statement if query.branch is None else statement.where(t.station.c.branch == query.branch)


def _station_rows(connection: Connection, query: Stations) -> list[StationRow]:
    sits = {row.station: row.login for row in connection.execute(select(t.shift).where(_OPEN))}
    rows = connection.execute(_stations(query).order_by(t.station.c.code))
    stations = [station_of(row) for row in rows]
    return [StationRow(one, sits.get(one.code, "")) for one in stations]


def _shifts(query: Shifts) -> Select[Any]:
    statement = select(t.shift)
    if query.branch is not None:
        own = select(t.station.c.code).where(t.station.c.branch == query.branch)
        statement = statement.where(_h.station.in_(own))
    if query.login:
        statement = statement.where(_h.login == query.login)
    if query.station:
        statement = statement.where(_h.station == query.station)
    return statement.where(_OPEN) if query.is_open else statement


def _shift_rows(connection: Connection, query: Shifts) -> list[Shift]:
    statement = _shifts(query)
    if query.after is not None:
        statement = statement.where(_h.id < query.after)
    return [Shift(*row) for row in connection.execute(statement.order_by(_h.id.desc()).limit(query.limit))]


def _sessions(query: Sessions) -> Select[Any]:
    # As the session itself says it (``Session.stands``).
    stands = (
        _s.ended_us.is_(None),
        _s.began_us > query.at_us - LASTS_US,
        _s.seen_us > query.at_us - IDLE_US,
        _s.seen_us <= query.at_us + CLOCK_BACK_US,
    )
    return select(t.session).where(_s.login == query.login, *stands)


def _session_rows(connection: Connection, query: Sessions) -> list[Session]:
    statement = _sessions(query).order_by(_s.began_us.desc())
    return [session_of(row) for row in connection.execute(statement)]


SIGNED_IN_AS: Final = view_of(_signed_in, _signed_in_rows)
OPERATORS: Final = view_of(_operators, _operator_rows)
ROLES: Final = view_of(_roles, _role_rows)
BRANCHES: Final = view_of(_branches, _branch_rows)
STATIONS: Final = view_of(_stations, _station_rows)
SHIFTS: Final = view_of(_shifts, _shift_rows)
SESSIONS: Final = view_of(_sessions, _session_rows)
