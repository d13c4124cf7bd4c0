"""The people of the office: who may sign in, with which roles, in which branch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.cells import Code, Said
from admin_web.filters import ChoiceFilter, TextFilter
from admin_web.listing import Column, Listing, Order
from admin_web.listing_page import list_page
from admin_web.listing_source import Keyset
from admin_web.pages.places import branch_choices
from admin_web.people_words import STATE_CHOICES, standing
from admin_web.route import MenuItem, Right, Route
from admin_web.words import LANGUAGES, msg
from gateway.core.authority import Function, Level
from gateway.core.staff import Operator, StaffState
from gateway.core.timeline import microseconds, moment_of
from gateway.core.views_staff import Operators, Roles

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.listing import Chosen

_SEES: Final = Right(Function.OPERATORS)


def _question(chosen: Chosen) -> Operators:
    state = chosen.text("state")
    own = chosen.asked.me.rights.branch
    return Operators(
        branch=own if own is not None else chosen.text("branch"),
        state=StaffState(state) if state else None,
        role=chosen.text("role") or "",
        text=chosen.text("text") or "",
        after="" if chosen.after is None else str(chosen.after[0]),
        limit=chosen.limit,
    )


def _until(row: Operator) -> Cell:
    return None if row.valid_until_us is None else moment_of(row.valid_until_us)


async def _listing(asked: Asked) -> Listing[Operator]:
    """Declare the list, with the roles and branches by their names."""
    roles = {row.role.code: row.role.name for row in await asked.office.views.rows(Roles())}
    branches = await branch_choices(asked)
    names, at_us = dict(branches), microseconds(asked.office.now())
    return Listing[Operator](
        name="operators",
        caption=msg("Operators"),
        empty=msg("Nobody fits. Reset the filters, or enter somebody new."),
        columns=(
            Column("login", msg("Login"), lambda row: Code(row.login)),
            Column("name", msg("Name"), lambda row: row.name),
            Column("state", msg("State"), lambda row: standing(row, at_us)),
            Column("roles", msg("Roles"), lambda row: ", ".join(roles.get(c, c) for c in row.roles) or None),
            Column(
                "branch",
                msg("Branch"),
                lambda row: (
                    Said(msg("all branches")) if row.branch is None else names.get(row.branch, row.branch)
                ),
            ),
            Column(
                "authenticator", msg("Authenticator"), lambda row: Said(msg("enrolled")) if row.totp else None
            ),
            Column("until", msg("May come until"), _until, "moment", is_usual=False),
            Column("language", msg("Language"), lambda row: LANGUAGES.get(row.language), is_usual=False),
        ),
        filters=(
            TextFilter("text", msg("Login or name contains")),
            ChoiceFilter("state", msg("State"), STATE_CHOICES, usual=StaffState.ACTIVE.value),
            ChoiceFilter("role", msg("Role"), tuple(roles.items())),
            *((ChoiceFilter("branch", msg("Branch"), branches),) if asked.me.rights.branch is None else ()),
        ),
        source=Keyset(_question, lambda row: (row.login,)),
        order=Order("login"),
        href=lambda row: f"/operators/{row.login}",
    )


async def operators(asked: Asked) -> Outcome:
    """Show the people, by login."""
    may = asked.me.rights.may(Function.OPERATORS, Level.DO)
    deeds = (("/operators/new", msg("Enter somebody")),) if may else ()
    return await list_page(asked, await _listing(asked), "list_with_deeds.html", deeds=deeds)


ROUTES: Final = (Route("GET", "/operators", _SEES, operators),)
MENU: Final = (MenuItem(Function.OPERATORS, msg("Operators"), "/operators"),)
