"""Roles in words: a grant in a cell of the matrix, and what a change of a role changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from admin_web.cells import Amount
from admin_web.names import AREA_NAMES, FUNCTION_NAMES, LEVEL_NAMES
from admin_web.people_words import level_state
from gateway.core.authority import AREA_OF, NO_GRANT, Area, Function, Level

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from admin_web.cells import State
    from gateway.core.authority import Grant

#: Functions whose orders move an amount, so that a limit means something.
LIMITED: Final = frozenset({Function.SALES, Function.REVERSALS, Function.FLOATS, Function.EXCEPTIONS})


@dataclass(frozen=True, slots=True)
class GrantCell:
    """A grant as it is shown: its level, and up to what amount (None: no limit)."""

    level: Level
    state: State
    limit: Amount | None


def grant_cell(grant: Grant, currency: str) -> GrantCell:
    """Show a grant."""
    limit = None if grant.limit_minor is None else Amount(grant.limit_minor, currency)
    return GrantCell(grant.level, level_state(grant.level), limit if grant.level >= Level.DO else None)


def by_area() -> Sequence[tuple[str, tuple[tuple[Function, str], ...]]]:
    """Give all functions with their names, grouped as the menu has them."""
    return [
        (AREA_NAMES[area], tuple((one, FUNCTION_NAMES[one]) for one in Function if AREA_OF[one] is area))
        for area in Area
    ]


@dataclass(frozen=True, slots=True)
class Difference:
    """A function whose grant changes: from what to what."""

    function: str
    before: GrantCell
    after: GrantCell

    @property
    def is_more(self) -> bool:
        """Does the change give more?"""
        return self.after.level > self.before.level


def differences(
    before: Mapping[Function, Grant], after: Mapping[Function, Grant], currency: str
) -> Sequence[Difference]:
    """Say which functions change."""
    pairs = ((one, before.get(one, NO_GRANT), after.get(one, NO_GRANT)) for one in Function)
    return [
        Difference(FUNCTION_NAMES[one], grant_cell(old, currency), grant_cell(new, currency))
        for one, old, new in pairs
        if old != new
    ]


LEVEL_CHOICES: Final = tuple((level.name.lower(), name) for level, name in LEVEL_NAMES.items())


def level_of(written: str) -> Level:
    """Read a level as a form has it; KeyError for none of ours."""
    return {level.name.lower(): level for level in Level}[written]
