"""Roles in words: a grant in a cell of the matrix, and what a change of a role changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from admin_web.cells import Amount
from admin_web.names import AREA_NAMES, FUNCTION_NAMES, LEVEL_NAMES
from admin_web.people_words import level_state
from gateway.core.authority import AREA_OF, LEVELS, NO_GRANT, Area, Function, Level, Rights, worth

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from admin_web.cells import State
    from gateway.core.authority import Grant
    from gateway.core.staff import Role

#: Functions whose orders move an amount, so that a limit means something.
LIMITED: Final = frozenset({
    Function.REVERSALS, Function.FLOATS, Function.EXCEPTIONS, Function.SELLING, Function.CORRECTIONS,
    Function.CANCELLATION, Function.REGISTRATION, Function.INSTALLATION, Function.AMENDMENT,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class GrantCell:
    """A grant as it is shown: what it lets somebody do, and up to what amount (None: no limit).

    ``kept`` is the level that an older program has kept where there is no such level (None: there is).
    """

    level: Level
    state: State
    limit: Amount | None
    kept: State | None = None


def grant_cell(function: Function, grant: Grant, currency: str) -> GrantCell:
    """Show a grant."""
    level = worth(function, grant.level)
    limit = None if grant.limit_minor is None else Amount(grant.limit_minor, currency)
    kept = None if level is grant.level else level_state(grant.level)
    return GrantCell(level, level_state(level), limit if level >= Level.DO else None, kept)


def by_area() -> Sequence[tuple[str, tuple[tuple[Function, str], ...]]]:
    """Give all functions with their names, grouped as the menu has them."""
    return [
        (AREA_NAMES[area], tuple((one, FUNCTION_NAMES[one]) for one in Function if AREA_OF[one] is area))
        for area in Area
    ]


def matrix(
    roles: Sequence[Role], currency: str
) -> Sequence[tuple[str, Sequence[tuple[str, Sequence[GrantCell]]]]]:
    """Give what each role grants, by area and function, in the order of the roles."""
    return [
        (
            area,
            [
                (name, [grant_cell(one, role.grants.get(one, NO_GRANT), currency) for role in roles])
                for one, name in functions
            ],
        )
        for area, functions in by_area()
    ]


@dataclass(frozen=True, slots=True)
class Difference:
    """A function that somebody may do more or less of: what is granted of it before and after.

    Of several roles each keeps its own limit, so there may be more than one grant; where there is none, one
    that says so.
    """

    function: str
    before: tuple[GrantCell, ...]
    after: tuple[GrantCell, ...]
    is_more: bool
    is_less: bool


def differences(
    before: Mapping[Function, Grant], after: Mapping[Function, Grant], currency: str
) -> Sequence[Difference]:
    """Say which functions of a role change."""
    pairs = ((one, before.get(one, NO_GRANT), after.get(one, NO_GRANT)) for one in Function)
    return [_difference(one, (old,), (new,), currency) for one, old, new in pairs if old != new]


def differences_of_rights(before: Rights, after: Rights, currency: str) -> Sequence[Difference]:
    """Say which functions somebody may do more or less of."""
    pairs = ((one, before.held(one) or (NO_GRANT,), after.held(one) or (NO_GRANT,)) for one in Function)
    return [_difference(one, old, new, currency) for one, old, new in pairs if old != new]


def _difference(
    function: Function, before: tuple[Grant, ...], after: tuple[Grant, ...], currency: str
) -> Difference:
    old, new = Rights({function: before}).held(function), Rights({function: after}).held(function)
    return Difference(
        FUNCTION_NAMES[function],
        tuple(grant_cell(function, one, currency) for one in before),
        tuple(grant_cell(function, one, currency) for one in after),
        is_more=any(not any(had.covers(one) for had in old) for one in new),
        is_less=any(not any(has.covers(one) for has in new) for one in old),
    )


def level_choices(function: Function) -> tuple[tuple[str, str], ...]:
    """Give the levels that there are of a function, as a form has them."""
    return tuple((one.name.lower(), LEVEL_NAMES[one]) for one in (Level.NONE, *LEVELS[function]))


def level_of(written: str) -> Level:
    """Read a level as a form has it; KeyError for none of ours."""
    return {level.name.lower(): level for level in Level}[written]
