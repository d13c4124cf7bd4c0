"""Orders about rights, as they are kept for a second person: who gets which roles, and what a role grants.

One person alone who could give rights could make herself a second one, and be both who asks and who approves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from gateway.core.authority import Function
from gateway.core.staff import grants_of
from gateway.office.manage_roles import KeepRole
from gateway.office.manage_staff import GiveRoles

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.core.books import Command
    from gateway.core.staff import Role


@dataclass(frozen=True, slots=True)
class GiveRolesOrder:
    """Somebody gets these roles (by their codes, with commas), and no other; ``version`` was looked at.

    ``seen`` are the roles that she has and that she gets, with their versions (``auditor:1,cashier:3``): so
    what they grant is bound to the request. Requests of an older program have none.
    """

    login: str
    version: int
    roles: str
    nonce: str
    seen: str = ""

    kind: ClassVar[str] = "give_roles"
    function: ClassVar[Function] = Function.ROLES
    amount_minor: ClassVar[int] = 0
    about: ClassVar[str] = ""

    @property
    def subject(self) -> str:
        """Whose they are, and which."""
        return f"{self.login}: {self.roles or '-'}"

    def command(self, by: str, reason: str) -> Command:  # noqa: ARG002 - the diary has the reason
        """Give them."""
        return GiveRoles(by, self.nonce, self.login, self.version, self.codes, self.versions)

    @property
    def codes(self) -> tuple[str, ...]:
        """The roles by their codes."""
        return tuple(self.roles.split(",")) if self.roles else ()

    @property
    def versions(self) -> tuple[tuple[str, int], ...]:
        """The versions of the roles that were looked at."""
        pairs = (one.partition(":") for one in self.seen.split(",") if one)
        return tuple((code, int(version)) for code, _, version in pairs)


def seen_of(had: Iterable[str], gets: Iterable[str], roles: Mapping[str, Role]) -> str:
    """Write the versions of the roles that somebody has and gets, as ``GiveRolesOrder.seen``."""
    codes = sorted({*had, *gets} & set(roles))
    return ",".join(f"{code}:{roles[code].version}" for code in codes)


@dataclass(frozen=True, slots=True)
class KeepRoleOrder:
    """A role grants this (``core.staff.grants_text``); ``version`` 0 is a new one."""

    code: str
    version: int
    name: str
    grants: str
    nonce: str

    kind: ClassVar[str] = "keep_role"
    function: ClassVar[Function] = Function.ROLES
    amount_minor: ClassVar[int] = 0
    about: ClassVar[str] = ""

    @property
    def subject(self) -> str:
        """Which role."""
        return f"{self.code} {self.name}"

    def command(self, by: str, reason: str) -> Command:  # noqa: ARG002 - the diary has the reason
        """Keep it."""
        return KeepRole(by, self.nonce, self.code, self.version, self.name, grants_of(self.grants))
