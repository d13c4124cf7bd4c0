"""Roles: who may do what, on one page: rows are functions, columns are roles. And what a role sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.answers import NotThere, Page
from admin_web.people_words import level_state
from admin_web.role_words import by_area, grant_cell
from admin_web.route import MenuItem, Right, Route
from admin_web.words import msg
from gateway.core.authority import NO_GRANT, Function, Level, Rights, worth
from gateway.core.views_staff import Roles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from gateway.core.views_staff import RoleRow

_SEES: Final = Right(Function.ROLES)


def may_change(asked: Asked) -> bool:
    """May she change roles? They hold in every branch, so whoever belongs to one does not."""
    return asked.me.rights.branch is None and asked.me.rights.may(Function.ROLES, Level.DO)


async def roles(asked: Asked) -> Outcome:
    """Show the matrix, or (``as=``) what one role sees of the office."""
    rows = await asked.office.views.rows(Roles())
    if asked.first("as"):
        return _seen_by(asked, rows)
    currency = asked.me.currency
    groups = [
        (
            area,
            [
                (
                    name,
                    [grant_cell(function, row.role.grants.get(function, NO_GRANT), currency) for row in rows],
                )
                for function, name in functions
            ],
        )
        for area, functions in by_area()
    ]
    values = {
        "title": asked.words.say(msg("Roles")),
        "rows": rows,
        "groups": groups,
        "deeds": (("/roles/new", msg("New role")),) if may_change(asked) else (),
        "may_change": may_change(asked),
        "levels": [(level_state(level), _MEANINGS[level]) for level in Level],
    }
    return Page("roles.html", values)


_MEANINGS: Final = {
    Level.NONE: msg("The function is not in the menu."),
    Level.VIEW: msg("Pages can be read."),
    Level.DO: msg("Orders can be given, up to the limit; above it they wait for a second person."),
    Level.APPROVE: msg("Orders of others can be approved, up to the limit; never one's own."),
}


def _seen_by(asked: Asked, rows: Sequence[RoleRow]) -> Page:
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
    return Page("role_view.html", values)


ROUTES: Final = (Route("GET", "/roles", _SEES, roles),)
MENU: Final = (MenuItem(Function.ROLES, msg("Roles"), "/roles"),)
