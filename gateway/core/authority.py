"""Authority: which functions a person may see, do and approve, up to what amount, and in which branch.

A role grants each function one level with, where it moves money, a limit per order; a person has the best of
her roles. What is granted nowhere is denied. Limits are minor units of the utility's currency.

    none < view < do < approve     who may approve may do as well, only never approve what is her own
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Level(IntEnum):
    """How far a grant goes; each level holds the ones before it."""

    NONE = 0
    VIEW = 1
    DO = 2
    APPROVE = 3


class Area(Enum):
    """The menu's groups, in its order."""

    WORK = "work"
    FILES = "files"
    LINES = "lines"
    MONEY = "money"
    SET_UP = "set_up"
    CONTROL = "control"


class Function(Enum):
    """A business function, as roles grant it and the diary names it; its area is where the menu has it."""

    DASHBOARD = "dashboard"
    FIND_TOKEN = "find_token"  # noqa: S105 - functions, not secrets
    SHOW_TOKEN = "show_token"  # noqa: S105 - likewise
    EXCEPTIONS = "exceptions"
    CUSTOMERS = "customers"
    REGISTRATION = "registration"
    INSTALLATION = "installation"
    AMENDMENT = "amendment"
    TERMS = "terms"
    REPLACEMENT = "replacement"
    RESETS = "resets"
    CANCELLATION = "cancellation"
    METERS = "meters"
    READINGS = "readings"
    STOCK = "stock"
    MANAGEMENT_TOKENS = "management_tokens"
    LINES = "lines"
    RELAYS = "relays"
    TIMETABLES = "timetables"
    SELLING = "selling"
    CORRECTIONS = "corrections"
    SALES = "sales"
    INVOICES = "invoices"
    REVERSALS = "reversals"
    LEDGER = "ledger"
    DAYS = "days"
    BANKS = "banks"
    FLOATS = "floats"
    TARIFFS = "tariffs"
    KEYS = "keys"
    STATIONS = "stations"
    DICTIONARY = "dictionary"
    SHIFTS = "shifts"
    OPERATORS = "operators"
    ROLES = "roles"
    DIARY = "diary"
    EXPORT = "export"


AREA_OF: Final[Mapping[Function, Area]] = {
    Function.DASHBOARD: Area.WORK,
    Function.SELLING: Area.WORK,
    Function.FIND_TOKEN: Area.WORK,
    Function.SHOW_TOKEN: Area.WORK,
    Function.EXCEPTIONS: Area.WORK,
    Function.SHIFTS: Area.WORK,
    Function.CUSTOMERS: Area.FILES,
    Function.REGISTRATION: Area.FILES,
    Function.INSTALLATION: Area.FILES,
    Function.AMENDMENT: Area.FILES,
    Function.TERMS: Area.FILES,
    Function.REPLACEMENT: Area.FILES,
    Function.RESETS: Area.FILES,
    Function.CANCELLATION: Area.FILES,
    Function.METERS: Area.FILES,
    Function.READINGS: Area.FILES,
    Function.STOCK: Area.FILES,
    Function.MANAGEMENT_TOKENS: Area.FILES,
    Function.LINES: Area.LINES,
    Function.RELAYS: Area.LINES,
    Function.TIMETABLES: Area.LINES,
    Function.SALES: Area.MONEY,
    Function.INVOICES: Area.MONEY,
    Function.CORRECTIONS: Area.MONEY,
    Function.REVERSALS: Area.MONEY,
    Function.LEDGER: Area.MONEY,
    Function.DAYS: Area.MONEY,
    Function.BANKS: Area.MONEY,
    Function.FLOATS: Area.MONEY,
    Function.TARIFFS: Area.SET_UP,
    Function.KEYS: Area.SET_UP,
    Function.STATIONS: Area.SET_UP,
    Function.DICTIONARY: Area.SET_UP,
    Function.OPERATORS: Area.CONTROL,
    Function.ROLES: Area.CONTROL,
    Function.DIARY: Area.CONTROL,
    Function.EXPORT: Area.CONTROL,
}

_VIEW: Final = (Level.VIEW,)
_DO: Final = (Level.VIEW, Level.DO)
_APPROVE: Final = (Level.VIEW, Level.DO, Level.APPROVE)

#: Which levels of a function open a page, let somebody order or let somebody decide. No other is granted: it
#: would say that there is more than the level below, and there is not. A test compares pages and orders.
LEVELS: Final[Mapping[Function, tuple[Level, ...]]] = {
    Function.DASHBOARD: _VIEW,
    Function.FIND_TOKEN: _VIEW,
    Function.SHOW_TOKEN: _VIEW,
    Function.EXCEPTIONS: _APPROVE,
    Function.CUSTOMERS: _VIEW,
    Function.REGISTRATION: (Level.DO,),
    Function.INSTALLATION: (Level.DO,),
    Function.AMENDMENT: (Level.DO,),
    Function.TERMS: _APPROVE,
    Function.REPLACEMENT: _APPROVE,
    Function.RESETS: _APPROVE,
    Function.CANCELLATION: _APPROVE,
    Function.METERS: _VIEW,
    Function.READINGS: _DO,
    Function.STOCK: _DO,
    Function.MANAGEMENT_TOKENS: _APPROVE,
    Function.LINES: _DO,
    Function.RELAYS: _APPROVE,
    Function.TIMETABLES: _APPROVE,
    Function.SELLING: (Level.DO,),
    Function.CORRECTIONS: (Level.DO,),
    Function.SALES: _VIEW,
    Function.INVOICES: _DO,
    Function.REVERSALS: _APPROVE,
    Function.LEDGER: _VIEW,
    Function.DAYS: _VIEW,
    Function.BANKS: _VIEW,
    Function.FLOATS: _APPROVE,
    Function.TARIFFS: _APPROVE,
    Function.KEYS: _APPROVE,
    Function.STATIONS: _DO,
    Function.DICTIONARY: (Level.DO,),
    Function.SHIFTS: _DO,
    Function.OPERATORS: _DO,
    Function.ROLES: _APPROVE,
    Function.DIARY: _VIEW,
    Function.EXPORT: (Level.DO,),
}

#: Functions whose every order waits for a second person, whatever the amount: money given back, a supply
#: that ends, a float moved, what a person says became of an unclear sale, what a customer is priced by, and
#: rights: who gave them alone would soon be two.
#: So has whose light goes out.
#: Tariffs, timetables, keys and management tokens have one in lives of their own: each step is an order of
#: its own level.
FOUR_EYES: Final = frozenset({
    Function.CANCELLATION, Function.REVERSALS, Function.FLOATS, Function.EXCEPTIONS, Function.TERMS,
    Function.ROLES, Function.RELAYS,
})  # fmt: skip

#: Functions of which some orders wait for a second person, whatever the amount: more credit is said to be
#: left in a meter than ever went out for it; what a meter has taken is known by somebody's word alone.
AT_TIMES_FOUR_EYES: Final = frozenset({Function.REPLACEMENT, Function.RESETS})


def worth(function: Function, level: Level) -> Level:
    """Say what a level of a function lets somebody do: the highest one that there is, up to it.

    Roles of an older program may grant a level that there is not.
    """
    return max((one for one in LEVELS[function] if one <= level), default=Level.NONE)


def dead_levels(grants: Mapping[Function, Grant]) -> list[Function]:
    """Name the functions of which a level is granted that there is not."""
    return [one for one, grant in grants.items() if worth(one, grant.level) is not grant.level]


@dataclass(frozen=True, slots=True)
class Grant:
    """A level, and up to what amount per order it may be used; None is without a limit."""

    level: Level
    limit_minor: int | None = None

    def __post_init__(self) -> None:
        """A limit below nothing is a slip."""
        if self.limit_minor is not None and self.limit_minor < 0:
            raise ValueError("a limit is 0 or more minor units")

    def allows(self, level: Level, amount_minor: int) -> bool:
        """Is this level granted for this amount?"""
        return self.level >= level and (self.limit_minor is None or amount_minor <= self.limit_minor)

    def covers(self, other: Grant) -> bool:
        """Is everything that the other allows allowed here too?"""
        if other.limit_minor is None:
            return self.level >= other.level and self.limit_minor is None
        return self.allows(other.level, other.limit_minor)


NO_GRANT: Final = Grant(Level.NONE)


@dataclass(frozen=True, slots=True)
class Rights:
    """What a person may do; ``branch`` is the one whose customers she sees, or None for all of them."""

    grants: Mapping[Function, tuple[Grant, ...]] = field(default_factory=dict)
    branch: str | None = None

    @classmethod
    def of(cls, roles: Iterable[Mapping[Function, Grant]], branch: str | None) -> Self:
        """Put the grants of several roles together; one role's higher level keeps its own limit."""
        grants: dict[Function, tuple[Grant, ...]] = {}
        for role in roles:
            for function, grant in role.items():
                grants[function] = (*grants.get(function, ()), grant)
        return cls(grants, branch)

    def may(self, function: Function, level: Level = Level.VIEW, amount_minor: int = 0) -> bool:
        """Is this granted? What is granted nowhere is denied."""
        return any(grant.allows(level, amount_minor) for grant in self.grants.get(function, ()))

    def holds(self, other: Rights) -> bool:
        """Is everything that the other may do granted here too, as far and wherever he may do it?"""
        is_wide = self.branch is None or self.branch == other.branch
        return is_wide and all(
            any(mine.covers(wanted) for mine in self.grants.get(function, ()))
            for function in other.grants
            for wanted in other.held(function)
        )

    def sees(self, branch: str) -> bool:
        """Are this branch's customers hers to see?"""
        return self.branch is None or self.branch == branch

    @property
    def approves(self) -> bool:
        """Is there anything that she may approve?"""
        return any(
            worth(function, grant.level) is Level.APPROVE
            for function, found in self.grants.items()
            for grant in found
        )

    def held(self, function: Function) -> tuple[Grant, ...]:
        """Give what is granted of a function as it is worth, the highest first; none that another covers.

        Seeing has no amount: whoever may do anything sees as much as anybody.
        """
        found = {Grant(worth(function, one.level), one.limit_minor) for one in self.grants.get(function, ())}
        granted = sorted((one for one in found if one.level is not Level.NONE), key=_height, reverse=True)
        is_seen_only = bool(granted) and granted[0].level is Level.VIEW
        return tuple(
            one
            for one in granted
            if (is_seen_only or one.level is not Level.VIEW)
            and not any(other.covers(one) for other in granted if other is not one)
        )


def _height(grant: Grant) -> tuple[Level, bool, int]:
    return grant.level, grant.limit_minor is None, grant.limit_minor or 0
