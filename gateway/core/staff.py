"""The people of the office: operators and their roles, branches, stations and shifts.

An operator is known by her login, which is never given to anybody else: the diary and the journal name her by
it for ever. Nobody is deleted; who leaves has left. ``version`` counts the changes of a row, so that two
people who change it at once are noticed.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final

from gateway.core.authority import Function, Grant, Level, Rights
from gateway.core.hidden import NOTHING_HIDDEN, Hidden

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: A login: what can be typed on any keyboard and read aloud.
LOGIN: Final = re.compile(r"[a-z][a-z0-9._-]{1,31}")

#: The code of a role, a branch or a station, as it stands in lists.
CODE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")

LANGUAGES: Final = ("en", "zh", "ru")

#: A person has a handful of roles; more is a matrix that nobody reads.
ROLES_MAX: Final = 16


#: Seconds until she may approve again after somebody else has set her password or taken her authenticator
#: away: over a weekend she notices that somebody has been at her login, since her own password is gone.
HELPED_S: Final = 259_200


class StaffState(Enum):
    """May she sign in?"""

    ACTIVE = "active"
    LEFT = "left"


#: A moment behind every end that somebody's coming can have: all that a column of 64 bits holds.
NEVER_US: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody of the office.

    ``branch`` is the one whose customers she sees, None for all. ``password`` is its hash (empty: she cannot
    sign in yet), ``must_change`` where somebody else has set it. ``totp`` is the sealed secret of her
    authenticator (empty: none), ``totp_step`` the newest step of it that was used (RFC 6238, 5.2: a code is
    taken once). ``failures`` in a row, and until when devices that are not known as hers are held back.
    ``helped_by``: who last set her password or took her authenticator away, and is not she, and when.
    """

    login: str
    name: str
    roles: tuple[str, ...] = ()
    branch: str | None = None
    state: StaffState = StaffState.ACTIVE
    language: str = "en"
    password: Hidden = NOTHING_HIDDEN
    must_change: bool = True
    totp: Hidden = NOTHING_HIDDEN
    totp_step: int = 0
    failures: int = 0
    held_until_us: int = 0
    valid_until_us: int | None = None
    version: int = 1
    helped_by: str = ""
    helped_us: int = 0

    def is_helped(self, at_us: int) -> bool:
        """May somebody else know how she comes in, so that what she approves is perhaps not hers?"""
        return bool(self.helped_by) and at_us < self.helped_us + HELPED_S * 1_000_000

    def is_valid(self, at_us: int) -> bool:
        """May she act at this moment?"""
        return self.state is StaffState.ACTIVE and (
            self.valid_until_us is None or at_us < self.valid_until_us
        )


@dataclass(frozen=True, slots=True)
class Role:
    """What the people who have it may do."""

    code: str
    name: str
    grants: Mapping[Function, Grant] = field(default_factory=dict)
    version: int = 1


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch office with customers of its own."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Station:
    """Where power is sold: a counter of a branch."""

    code: str
    name: str
    branch: str
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Shift:
    """An operator at a station, from when to when; ``closed_us`` is None while she sits there."""

    id: int
    login: str
    station: str
    opened_us: int
    closed_us: int | None = None


def rights_of(operator: Operator, roles: Mapping[str, Role]) -> Rights:
    """Put together what her roles grant; a role that is gone grants nothing."""
    return Rights.of((roles[code].grants for code in operator.roles if code in roles), operator.branch)


def is_administrator(operator: Operator, roles: Mapping[str, Role], at_us: int) -> bool:
    """Can she let people in and give them roles, everywhere? One such person must always be left."""
    rights = rights_of(operator, roles)
    return (
        operator.is_valid(at_us)
        and bool(operator.password)
        and operator.branch is None
        and rights.may(Function.OPERATORS, Level.DO)
        and rights.may(Function.ROLES, Level.DO)
    )


def administrators(everyone: Iterable[Operator], roles: Mapping[str, Role], at_us: int) -> list[str]:
    """Name those who can let people in."""
    return [one.login for one in everyone if is_administrator(one, roles, at_us)]


def somebody_is_left(
    people: Mapping[str, Operator],
    roles: Mapping[str, Role],
    people_after: Mapping[str, Operator],
    roles_after: Mapping[str, Role],
    at_us: int,
) -> bool:
    """Can people still be let in after a change, if they could before: now, and when every end has passed?"""
    return all(
        not administrators(people.values(), roles, moment)
        or administrators(people_after.values(), roles_after, moment)
        for moment in (at_us, NEVER_US)
    )


def grants_text(grants: Mapping[Function, Grant]) -> str:
    """Write a role's grants as they are kept: JSON, by function, what is not granted left out."""
    kept = {
        function.value: [int(grant.level), grant.limit_minor]
        for function, grant in sorted(grants.items(), key=lambda item: item[0].value)
        if grant.level is not Level.NONE
    }
    return json.dumps(kept, separators=(",", ":"))


def grants_of(text: str) -> dict[Function, Grant]:
    """Read a role's grants; a function that a newer program granted is unknown here, and not granted."""
    known = {function.value: function for function in Function}
    return {
        known[name]: Grant(Level(level), limit)
        for name, (level, limit) in json.loads(text).items()
        if name in known
    }
