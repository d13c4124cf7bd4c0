"""One person of the office: what is known of her, what she may do and why, where she is and what she did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.answers import NotThere
from admin_web.cells import Code, Link, Said
from admin_web.diary_words import ACTION_NAMES, action_name, function_name, subject_path
from admin_web.object_page import Deed, Fact, Happening, Related, Thing, object_page
from admin_web.pages.places import branch_choices
from admin_web.people_words import effective, standing
from admin_web.route import Right, Route
from admin_web.words import LANGUAGES, msg
from gateway.core.authority import Function, Level
from gateway.core.diary import Action
from gateway.core.staff import StaffState
from gateway.core.timeline import microseconds, moment_of
from gateway.core.views_staff import Diary, Operators, Roles, Sessions, Shifts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from gateway.core.diary import DiaryRow
    from gateway.core.staff import Operator, Role

#: Lines of the diary, and shifts, that stand on her page; the rest is a link away.
_NEWEST: Final = 15

#: Of her record, what is no secret and written as it is.
_KEPT: Final = (
    "login", "name", "roles", "branch", "language", "must_change", "failures", "held_until_us",
    "valid_until_us", "version",
)  # fmt: skip


async def found(asked: Asked) -> Operator:
    """Find whom the path names; NotThere where she is of another branch."""
    login = asked.places["login"]
    rows = await asked.office.views.rows(Operators(branch=asked.me.rights.branch, login=login))
    if not rows:
        raise NotThere
    return rows[0]


async def person_page(asked: Asked) -> Outcome:
    """Show her."""
    views, operator = asked.office.views, await found(asked)
    roles = {row.role.code: row.role for row in await views.rows(Roles())}
    at_us = microseconds(asked.office.now())
    thing = Thing(
        kind=msg("Operator"),
        title=operator.login,
        facts=await _facts(asked, operator, roles),
        state=standing(operator, at_us),
        deeds=_deeds(asked, operator),
        timeline=await _timeline(asked, operator.login),
        related=_related(asked, operator.login),
        raw=_raw(operator),
    )
    return object_page(
        asked,
        thing,
        ((asked.words.say(msg("Operators")), "/operators"),),
        "person.html",
        groups=effective(operator, roles, asked.me.currency),
        sees_roles=asked.me.rights.may(Function.ROLES),
        sessions=await views.rows(Sessions(operator.login, at_us)),
        shifts=await views.rows(Shifts(login=operator.login, limit=_NEWEST)),
        moment_of=moment_of,
    )


async def _facts(asked: Asked, operator: Operator, roles: dict[str, Role]) -> tuple[Fact, ...]:
    branches = dict(await branch_choices(asked))
    branch: Cell = Said(msg("all branches"))
    if operator.branch is not None:
        branch = branches.get(operator.branch, operator.branch)
    until: Cell = Said(msg("without an end"))
    if operator.valid_until_us is not None:
        until = moment_of(operator.valid_until_us)
    names = ", ".join(roles[code].name for code in operator.roles if code in roles)
    return (
        Fact(msg("Login"), Code(operator.login)),
        Fact(msg("Name"), operator.name),
        Fact(msg("Branch"), branch),
        Fact(msg("Roles"), names or None),
        Fact(msg("May come until"), until),
        Fact(msg("Language"), LANGUAGES.get(operator.language)),
        Fact(msg("Password"), _password(operator)),
        Fact(msg("Authenticator"), Said(msg("enrolled")) if operator.totp else Said(msg("none"))),
        Fact(msg("Failures in a row"), operator.failures),
        Fact(msg("New devices held back until"), _held(operator, microseconds(asked.office.now()))),
    )


def _held(operator: Operator, at_us: int) -> Cell:
    return moment_of(operator.held_until_us) if operator.held_until_us > at_us else None


def _password(operator: Operator) -> Cell:
    if not operator.password:
        return Said(msg("none yet"))
    return Said(msg("must be changed")) if operator.must_change else Said(msg("chosen by the person"))


def _deeds(asked: Asked, operator: Operator) -> tuple[Deed, ...]:
    """Give what may be done: nobody deals with her own account here."""
    rights, here = asked.me.rights, f"/operators/{operator.login}"
    deeds = []
    if rights.may(Function.OPERATORS, Level.DO):
        deeds.append(Deed(msg("Change"), f"{here}/change"))
    if operator.login == asked.me.login:
        return tuple(deeds)
    if rights.may(Function.ROLES, Level.DO):
        deeds.append(Deed(msg("Give roles"), f"{here}/roles"))
    if rights.may(Function.OPERATORS, Level.DO):
        deeds += [Deed(msg("Set a password"), f"{here}/password")]
        if operator.totp:
            deeds.append(Deed(msg("Take the authenticator away"), f"{here}/authenticator"))
        deeds.append(Deed(msg("Sign out everywhere"), f"{here}/sessions"))
        gone = operator.state is StaffState.LEFT
        left, back = Deed(msg("Mark as left"), f"{here}/leave"), Deed(msg("Take back"), f"{here}/back")
        deeds.append(back if gone else left)
    return tuple(deeds)


async def _timeline(asked: Asked, login: str) -> tuple[Happening, ...]:
    """Merge the diary's lines by her and about her, where the diary may be read."""
    if not asked.me.rights.may(Function.DIARY):
        return ()
    views, branch = asked.office.views, asked.me.rights.branch
    lines: dict[int, DiaryRow] = {}
    for rows in (
        await views.rows(Diary(branch=branch, actor=login, limit=_NEWEST)),
        await views.rows(Diary(branch=branch, function=Function.OPERATORS.value, text=login, limit=_NEWEST)),
        await views.rows(Diary(branch=branch, function=Function.ROLES.value, text=login, limit=_NEWEST)),
    ):
        lines |= {row.id: row for row in rows if login in {row.actor, row.subject.partition(": ")[0]}}
    return tuple(_happening(row, login) for row in _newest(list(lines.values())))


def _newest(rows: Sequence[DiaryRow]) -> Sequence[DiaryRow]:
    return sorted(rows, key=lambda row: row.id, reverse=True)[:_NEWEST]


def _happening(row: DiaryRow, login: str) -> Happening:
    path = subject_path(row)
    about: Cell = None if row.function == "sign_in" else Said(function_name(row.function))
    if row.subject.partition(": ")[0] != login:
        about = row.subject if path is None else Link(row.subject, path)
    is_done = row.outcome == "done"
    sentence = action_name(row.action) if is_done else msg("was turned away")
    if row.action == Action.ASK.value:
        sentence = ACTION_NAMES[Action.ASK]
    return Happening(moment_of(row.at_us), "audit", sentence, about, by=row.actor)


def _raw(operator: Operator) -> dict[str, object]:
    """Give the record; of the password's hash and the authenticator's secret only whether there is one."""
    return {
        **{name: getattr(operator, name) for name in _KEPT},
        "state": operator.state.value,
        "password": bool(operator.password),
        "totp": bool(operator.totp),
    }


def _related(asked: Asked, login: str) -> tuple[Related, ...]:
    rights, all_of_them = asked.me.rights, []
    if rights.may(Function.DIARY):
        all_of_them.append(Related(msg("All lines of the diary by"), Code(login), f"/diary?actor={login}"))
    if rights.may(Function.SHIFTS):
        all_of_them.append(Related(msg("All shifts of"), Code(login), f"/shifts?login={login}&state="))
    return tuple(all_of_them)


ROUTES: Final = (Route("GET", "/operators/<login>", Right(Function.OPERATORS), person_page),)
