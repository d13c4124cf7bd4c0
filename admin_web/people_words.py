"""People in words: how somebody stands, her languages, and which of her roles grants what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from admin_web.cells import Amount, State, Tone
from admin_web.names import AREA_NAMES, FUNCTION_NAMES, LEVEL_NAMES
from admin_web.words import LANGUAGES, msg
from gateway.core.authority import AREA_OF, Area, Function, Level
from gateway.core.staff import StaffState, rights_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from admin_web.cells import Cell
    from gateway.core.authority import Grant
    from gateway.core.staff import Operator, Role

LANGUAGE_CHOICES: Final = tuple(LANGUAGES.items())

ACTIVE: Final = State(msg("may sign in"), Tone.GOOD)
LEFT: Final = State(msg("has left"), Tone.QUIET)
NO_PASSWORD: Final = State(msg("has no password yet"), Tone.WAITING)
OVER: Final = State(msg("the time is over"), Tone.QUIET)
HELD: Final = State(msg("new devices held back"), Tone.BAD)

STATE_CHOICES: Final = (
    (StaffState.ACTIVE.value, msg("still there")),
    (StaffState.LEFT.value, msg("has left")),
)


def standing(operator: Operator, at_us: int) -> State:
    """Say whether she can sign in at this moment."""
    if operator.state is StaffState.LEFT:
        return LEFT
    if not operator.is_valid(at_us):
        return OVER
    if not operator.password:
        return NO_PASSWORD
    return HELD if at_us < operator.held_until_us else ACTIVE


@dataclass(frozen=True, slots=True)
class GrantRow:
    """A function as somebody has it: each level with its amount (None: no limit), and by which roles.

    Of several roles each keeps its own limit, so there may be more than one level.
    """

    function: str
    held: tuple[tuple[State, Cell], ...]
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class GrantGroup:
    """An area of the menu with its functions."""

    area: str
    rows: tuple[GrantRow, ...]


_TONES: Final = {
    Level.NONE: Tone.QUIET,
    Level.VIEW: Tone.QUIET,
    Level.DO: Tone.WAITING,
    Level.APPROVE: Tone.GOOD,
}


def level_state(level: Level) -> State:
    """Say a level, the higher the louder."""
    return State(LEVEL_NAMES[level], _TONES[level])


def effective(operator: Operator, roles: Mapping[str, Role], currency: str) -> Sequence[GrantGroup]:
    """Say what she may do, by area, and which of her roles grants it; what is granted nowhere is left out."""
    rights, hers = rights_of(operator, roles), [roles[code] for code in operator.roles if code in roles]

    def row(function: Function) -> GrantRow:
        held = tuple((level_state(one.level), _limit(one, currency)) for one in rights.held(function))
        by = tuple(role for role in hers if function in role.grants)
        return GrantRow(FUNCTION_NAMES[function], held, by)

    groups = []
    for area in Area:
        rows = tuple(row(one) for one in Function if AREA_OF[one] is area and rights.held(one))
        if rows:
            groups.append(GrantGroup(AREA_NAMES[area], rows))
    return groups


def _limit(grant: Grant, currency: str) -> Cell:
    return None if grant.limit_minor is None else Amount(grant.limit_minor, currency)
