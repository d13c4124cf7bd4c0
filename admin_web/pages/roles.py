"""Roles: who may do what, on one page: rows are functions, columns are roles. And what a role sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.answers import NotThere, Page
from admin_web.cells import Link, Said
from admin_web.diary_details import asker_in, is_of_request, reference_in
from admin_web.diary_words import person, request_path
from admin_web.object_page import Fact
from admin_web.people_words import level_state
from admin_web.role_words import by_area, grant_cell, matrix
from admin_web.route import MenuItem, Right, Route
from admin_web.words import msg
from gateway.core.authority import NO_GRANT, Function, Level, Rights, worth
from gateway.core.diary import Action, DiaryOutcome
from gateway.core.timeline import moment_of
from gateway.core.views_staff import Diary, Roles
from gateway.office.standard_roles import STANDARD_ROLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from gateway.core.diary import DiaryRow
    from gateway.core.views_staff import RoleRow

_SEES: Final = Right(Function.ROLES)

#: Where the standard roles are added. It has a place more than a role's own page, whose code may be any word.
STANDARD_PATH: Final = "/roles/standard/add"


def may_change(asked: Asked) -> bool:
    """May she change roles? They hold in every branch, so whoever belongs to one does not."""
    return asked.me.rights.branch is None and asked.me.rights.may(Function.ROLES, Level.DO)


async def roles(asked: Asked) -> Outcome:
    """Show the matrix, or (``as=``) what one role sees of the office."""
    rows = await asked.office.views.rows(Roles())
    if asked.first("as"):
        return await _seen_by(asked, rows)
    values = {
        "title": asked.words.say(msg("Roles")),
        "rows": rows,
        "groups": matrix([row.role for row in rows], asked.me.currency),
        "deeds": _deeds(asked, rows),
        "may_change": may_change(asked),
        "levels": [(level_state(level), _MEANINGS[level]) for level in Level],
    }
    return Page("roles.html", values)


def _deeds(asked: Asked, rows: Sequence[RoleRow]) -> tuple[tuple[str, str], ...]:
    if not may_change(asked):
        return ()
    new = ("/roles/new", msg("New role"))
    are_there = {row.role.code for row in rows}
    if all(role.code in are_there for role in STANDARD_ROLES):
        return (new,)
    return (new, (STANDARD_PATH, msg("Add the standard roles")))


_MEANINGS: Final = {
    Level.NONE: msg("The function is not in the menu."),
    Level.VIEW: msg("Pages can be read."),
    Level.DO: msg("Orders can be given, up to the limit; above it they wait for a second person."),
    Level.APPROVE: msg("Orders of others can be approved, up to the limit; never one's own."),
}


async def _seen_by(asked: Asked, rows: Sequence[RoleRow]) -> Page:
    """Show the menu and the functions of a role; nobody becomes anybody by it."""
    role = next((row.role for row in rows if row.role.code == asked.first("as")), None)
    if role is None:
        raise NotThere
    groups = []
    for area, functions in by_area():
        granted = [
            (name, grant_cell(function, role.grants[function], asked.me.currency))
            for function, name in functions
            if worth(function, role.grants.get(function, NO_GRANT).level) is not Level.NONE
        ]
        if granted:
            groups.append((area, granted))
    values = {
        "title": asked.words.say(msg("As “%(role)s” sees it"), role=role.name),
        "crumbs": ((asked.words.say(msg("Roles")), "/roles"),),
        "role": role,
        "role_menu": asked.menu_for(Rights.of([role.grants], None)),
        "groups": groups,
    }
    values["facts"] = await last_change(asked, role.code)
    return Page("role_view.html", values)


async def last_change(asked: Asked, code: str) -> tuple[Fact, ...]:
    """Say when a role was changed last, who asked for it and who approved it; nothing of what is not found.

    Roles hold in every branch, so whoever sees them sees who changed them, of whatever branch he is.
    """
    rows = await asked.office.views.rows(Diary(function=Function.ROLES.value, text=code, limit=_LINES_MAX))
    found = next((row for row in rows if _changes(row, code)), None)
    if found is None:
        return ()
    at = Fact(msg("Last changed"), moment_of(found.at_us))
    if not is_of_request(found):
        return (at, Fact(msg("Changed by"), person(found.actor)))
    asker = asker_in(found)
    return (
        at,
        Fact(msg("Asked for by"), person(asker) if asker else None),
        Fact(msg("Approved by"), person(found.actor)),
        Fact(msg("Request"), Link(Said(msg("what was asked for")), request_path(reference_in(found)))),
    )


def _changes(row: DiaryRow, code: str) -> bool:
    """Does the line tell of a change of this role that was carried out?"""
    is_its = row.subject.partition(" ")[0] == code
    return is_its and row.outcome == DiaryOutcome.DONE.value and row.action in _CHANGES


#: Lines of the diary that are looked through for a role's last change: they name its code somewhere.
_LINES_MAX: Final = 200

_CHANGES: Final = frozenset({Action.CHANGE.value, Action.ORDER.value, Action.APPROVE.value})

ROUTES: Final = (Route("GET", "/roles", _SEES, roles),)
MENU: Final = (MenuItem(Function.ROLES, msg("Roles"), "/roles"),)
