"""Routes: the table of all pages. A page is in it, with what it needs, or it is not there at all.

needs       who gets in
PUBLIC      everybody: the page for signing in, the help, what a browser loads
SIGNED_IN   whoever has signed in
Right       whoever is granted this function at this level; anybody else sees which one is missing
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final, TypeAlias

from gateway.core.authority import LEVELS, Level

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from gateway.core.authority import Function, Rights

#: Octets of a form: the longest of ours has some dozen fields.
BODY_BYTES_MAX: Final = 64 * 1024

#: Octets of an upload: a file of tariffs or of meters, a bank's day.
UPLOAD_BYTES_MAX: Final = 1024 * 1024


class Anyone(Enum):
    """Pages that want no particular right."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"


PUBLIC: Final = Anyone.PUBLIC
SIGNED_IN: Final = Anyone.SIGNED_IN


@dataclass(frozen=True, slots=True)
class Right:
    """A function, and the level of it that is needed.

    ``of_all``: the page has figures of all branches together, so for whoever belongs to one it is not there.
    """

    function: Function
    level: Level = Level.VIEW
    of_all: bool = False

    def opens(self, rights: Rights) -> bool:
        """Does it open its pages to whoever has these rights?"""
        return rights.may(self.function, self.level) and not self.is_beyond(rights)

    def is_beyond(self, rights: Rights) -> bool:
        """Are its pages about more than the branch of whoever has these rights?"""
        return self.of_all and rights.branch is not None


Needs: TypeAlias = "Anyone | Right"


@dataclass(frozen=True, slots=True)
class Route:
    """A page: its method (GET or POST), its path with ``<places>``, what it needs, and who makes it.

    ``takes_upload``: the form may carry a file, so its body may be longer. ``is_by_itself``: a page asks for
    it from time to time, so it does not mean that somebody is there. ``is_of_branch`` tells by the parts of a
    path whether it can be there at all for who belongs to a branch; else it is no link for her.
    """

    method: str
    path: str
    needs: Needs
    page: Callable[[Asked], Awaitable[Outcome]]
    takes_upload: bool = False
    is_by_itself: bool = False
    is_of_branch: Callable[[Sequence[str]], bool] | None = None

    def __post_init__(self) -> None:
        """Refuse a row that would not be found."""
        if self.method not in {"GET", "POST"} or not self.path.startswith("/"):
            raise ValueError(f"{self.method} {self.path} is no route: GET or POST, and a path from /")

    @property
    def body_bytes_max(self) -> int:
        """How long a body may be."""
        return UPLOAD_BYTES_MAX if self.takes_upload else BODY_BYTES_MAX


@dataclass(frozen=True, slots=True)
class Refused:
    """That somebody at ``peer`` asked for what is not hers: for the diary. ``path`` is without its query;
    ``pattern`` is its route's, the same whatever stands in its places.
    """

    method: str
    path: str
    pattern: str
    function: Function | None
    level: Level | None
    why: str = field(default="right")
    peer: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """That somebody at ``peer`` takes a list away: with which filters and columns."""

    listing: str
    detail: str
    peer: str = ""


@dataclass(frozen=True, slots=True)
class Printed:
    """That somebody at ``peer`` prints a page: what it is about, how its list is filtered, the pattern of its
    route, and the right that opens it; None for a page of whoever has signed in.
    """

    subject: str
    filters: str
    pattern: str
    right: Right | None
    peer: str = ""


@dataclass(frozen=True, slots=True)
class MenuItem:
    """A line of the menu: seen by whoever has the function at its lowest level; its label is English.

    ``of_all``: as of a right, only by whoever belongs to no branch.
    """

    function: Function
    label: str
    path: str
    of_all: bool = False

    def is_for(self, rights: Rights) -> bool:
        """Does it stand in the menu of whoever has these rights?"""
        return Right(self.function, LEVELS[self.function][0], of_all=self.of_all).opens(rights)
