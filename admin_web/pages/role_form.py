"""Make a role, or change what it grants: levels and limits, then what changes, then it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.answers import NoRight, NotThere
from admin_web.fields import REASON, Field
from admin_web.forms import Form
from admin_web.names import FUNCTION_NAMES
from admin_web.order_form import carried_out
from admin_web.pages.person_forms import version_of
from admin_web.pages.roles import may_change
from admin_web.role_words import LIMITED, by_area, differences, level_choices, level_of
from admin_web.route import Right, Route
from admin_web.said_after import ROLE_KEPT
from admin_web.words import msg
from gateway.core.authority import NO_GRANT, Function, Grant, Level, worth
from gateway.core.money import Money
from gateway.core.person import PERSON_MAX
from gateway.core.staff import grants_text
from gateway.core.views_staff import Roles
from gateway.office.orders import act_of
from gateway.office.rights_orders import KeepRoleOrder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from gateway.core.staff import Role

_DOES: Final = Right(Function.ROLES, Level.DO)

#: Before and behind a function's name in the names of its fields.
_LEVEL: Final = "level."
_LIMIT: Final = "limit."

NEGATIVE: Final = msg("A limit is 0 or more.")

_CODE: Final = Field(
    "code",
    msg("Code"),
    hint=msg("Small letters, digits and dashes, such as night-cashier. It stays for ever."),
    length_max=32,
)
_NAME: Final = Field("name", msg("Name"), length_max=PERSON_MAX)
_VERSION: Final = Field("version", "version", "kept", length_max=20)


def _limited(role: Role | None) -> frozenset[Function]:
    """Which functions have a limit to fill in: those that move amounts, and those that have one already."""
    grants = {} if role is None else role.grants
    return LIMITED | {one for one, grant in grants.items() if grant.limit_minor is not None}


def _form(role: Role | None) -> Form:
    fields: list[Field] = [_CODE] if role is None else []
    fields.append(_NAME)
    limited = _limited(role)
    for function in Function:
        name = FUNCTION_NAMES[function]
        fields.append(Field(f"{_LEVEL}{function.value}", name, "choice", choices=level_choices(function)))
        if function in limited:
            fields.append(Field(f"{_LIMIT}{function.value}", msg("Up to"), "money", is_required=False))
    title = msg("New role") if role is None else msg("Change the role")
    return Form(title, msg("Show what changes"), (*fields, REASON, _VERSION))


async def _role(asked: Asked) -> Role:
    for row in await asked.office.views.rows(Roles()):
        if row.role.code == asked.places["code"]:
            return row.role
    raise NotThere


def _around(filled: Filled, role: Role | None) -> dict[str, object]:
    """Give what the form's page shows: its fields by the functions they are of, in the menu's order."""
    entered = {one.field.name: one for one in filled.entered}
    groups = [
        (
            area,
            [
                (name, entered[f"{_LEVEL}{one.value}"], entered.get(f"{_LIMIT}{one.value}"))
                for one, name in functions
            ],
        )
        for area, functions in by_area()
    ]
    heads = [entered[name] for name in ("code", "name") if name in entered]
    return {
        "groups": groups,
        "heads": heads,
        "ends": [entered["reason"], entered["version"]],
        "role": role,
        "back": "/roles",
        "crumbs": ((filled.asked.words.say(msg("Roles")), "/roles"),),
    }


def _require_may(asked: Asked) -> None:
    if not may_change(asked):
        raise NoRight(_DOES)


async def ask_new(asked: Asked) -> Outcome:
    """Show an empty role."""
    _require_may(asked)
    nothing = {f"{_LEVEL}{one.value}": Level.NONE.name.lower() for one in Function}
    filled = _form(None).blank(asked, version="0", **nothing)
    return filled.page("role_form.html", **_around(filled, None))


async def make(asked: Asked) -> Outcome:
    """Make it."""
    _require_may(asked)
    return await _keep(asked, None)


async def ask_change(asked: Asked) -> Outcome:
    """Show the role as it stands; whoever may not change it sees it in the matrix."""
    _require_may(asked)
    role = await _role(asked)
    filled = _form(role).blank(asked, **_written(role, asked.me.currency))
    return filled.page("role_form.html", **_around(filled, role))


async def change(asked: Asked) -> Outcome:
    """Keep what was changed."""
    _require_may(asked)
    return await _keep(asked, await _role(asked))


def _written(role: Role, currency: str) -> dict[str, str]:
    """Write a role into its form."""
    written = {"name": role.name, "version": str(role.version)}
    for function in Function:
        grant = role.grants.get(function, NO_GRANT)
        # A level that there is not is shown as what it is worth, and given up with the next change.
        written[f"{_LEVEL}{function.value}"] = worth(function, grant.level).name.lower()
        if grant.limit_minor is not None:
            written[f"{_LIMIT}{function.value}"] = Money(grant.limit_minor, currency).text()
    return written


async def _keep(asked: Asked, role: Role | None) -> Outcome:
    filled = _sound(_form(role).read(asked))
    around = _around(filled, role)
    if not filled.is_sound or filled.wants_change:
        return filled.page("role_form.html", **around)
    code = filled.value("code", str) if role is None else role.code
    name, grants = filled.value("name", str), _grants(filled)
    if not filled.is_confirmed:
        return _preview(filled, role, name, grants)
    version = version_of(filled)
    order = KeepRoleOrder(code, version, name, grants_text(grants), filled.nonce)
    act = act_of(order, filled.value("reason", str))
    command = order.command(asked.me.login, act.reason)
    return await carried_out(
        filled, act, command, around, path="/roles", said=ROLE_KEPT, template="role_form.html"
    )


def _sound(filled: Filled) -> Filled:
    """Refuse limits below nothing."""
    for one in filled.entered:
        if isinstance(one.value, Money) and one.value.minor < 0:
            filled = filled.refused(NEGATIVE, one.field.name)
    return filled


def _grants(filled: Filled) -> Mapping[Function, Grant]:
    """Read what shall be granted; what is not is left out."""
    found, names = {}, {one.field.name for one in filled.entered}
    for function in Function:
        level = level_of(filled.value(f"{_LEVEL}{function.value}", str))
        limit = None
        if f"{_LIMIT}{function.value}" in names:
            limit = filled.optional(f"{_LIMIT}{function.value}", Money)
        if level is not Level.NONE:
            found[function] = Grant(level, None if limit is None else limit.minor)
    return found


def _preview(filled: Filled, role: Role | None, name: str, grants: Mapping[Function, Grant]) -> Outcome:
    before = {} if role is None else role.grants
    changes: Sequence[object] = differences(before, grants, filled.asked.me.currency)
    crumbs = ((filled.asked.words.say(msg("Roles")), "/roles"),)
    renamed = role is not None and role.name != name
    return filled.preview(
        template="role_preview.html", crumbs=crumbs, name=name, changes=changes, role=role, renamed=renamed
    )


ROUTES: Final = (
    Route("GET", "/roles/new", _DOES, ask_new),
    Route("POST", "/roles/new", _DOES, make),
    Route("GET", "/roles/<code>", _DOES, ask_change),
    Route("POST", "/roles/<code>", _DOES, change),
)
