"""The standard roles: what each grants, and each that is missing asked for as a request of its own.

Whoever approves looks at one role after the other, and may refuse one and approve the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.acting import ordered, refusal_in
from admin_web.answers import NoRight, Redirect
from admin_web.fields import REASON
from admin_web.forms import Form
from admin_web.notice import redirect_with
from admin_web.pages.roles import STANDARD_PATH, may_change
from admin_web.role_words import matrix
from admin_web.route import Right, Route
from admin_web.said_after import ROLES_ASKED
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.staff import grants_text
from gateway.core.views_staff import Roles
from gateway.office.orders import act_of
from gateway.office.rights_orders import KeepRoleOrder
from gateway.office.standard_roles import STANDARD_ROLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from gateway.core.staff import Role

_DOES: Final = Right(Function.ROLES, Level.DO)

FORM: Final = Form(
    msg("Add the standard roles"),
    msg("Ask for these roles"),
    (REASON,),
    lead=msg(
        "The roles that an office usually has and that are missing here, without limits. Each waits for a "
        "second person by itself; a role that is there stays as it is."
    ),
)


async def _missing(asked: Asked) -> Sequence[Role]:
    """Give those that are not there; NoRight where she may not change roles."""
    if not may_change(asked):
        raise NoRight(_DOES)
    are_there = {row.role.code for row in await asked.office.views.rows(Roles())}
    return [role for role in STANDARD_ROLES if role.code not in are_there]


async def ask(asked: Asked) -> Outcome:
    """Show them; where none is missing, the roles that there are."""
    missing = await _missing(asked)
    return _shown(FORM.blank(asked), missing) if missing else Redirect("/roles")


async def add(asked: Asked) -> Outcome:
    """Ask for each; the same form sent again asks for nothing more."""
    missing = await _missing(asked)
    filled = FORM.read(asked)
    if not filled.is_sound:
        return _shown(filled, missing)
    reason = filled.value("reason", str)
    for role in missing:
        nonce = f"{filled.nonce}-{role.code}"
        order = KeepRoleOrder(role.code, 0, role.name, grants_text(role.grants), nonce)
        act = act_of(order, reason)
        content = await ordered(asked, act, order.command(asked.me.login, act.reason))
        refusal = refusal_in(asked, content)
        if refusal is not None:
            return _shown(filled.refused(refusal), missing)
    return redirect_with(asked, "/requests?which=own", asked.words.say(ROLES_ASKED))


def _shown(filled: Filled, missing: Sequence[Role]) -> Outcome:
    crumbs = ((filled.asked.words.say(msg("Roles")), "/roles"),)
    groups = matrix(missing, filled.asked.me.currency)
    return filled.page("standard_roles.html", crumbs=crumbs, roles=missing, groups=groups, back="/roles")


ROUTES: Final = (
    Route("GET", STANDARD_PATH, _DOES, ask),
    Route("POST", STANDARD_PATH, _DOES, add),
)
