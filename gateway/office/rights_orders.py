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
    from gateway.core.books import Command


@dataclass(frozen=True, slots=True)
class GiveRolesOrder:
    """Somebody gets these roles (by their codes, with commas), and no other; ``version`` was looked at."""

    login: str
    version: int
    roles: str
    nonce: str

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
        roles = tuple(self.roles.split(",")) if self.roles else ()
        return GiveRoles(by, self.nonce, self.login, self.version, roles)


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
