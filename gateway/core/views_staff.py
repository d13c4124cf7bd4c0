"""Questions about the office itself: who is signed in, people, roles, places, requests, the diary.

``branch`` in a question is the branch of whoever asks (None: all of them); nothing of another is answered.

    question     rows                                        totals
    SignedInAs   the session with its person and her roles   how many (0 or 1)
    Operators    people by login                             how many
    Roles        roles by code, with how many have each      how many
    Branches     branches by code                            how many
    Stations     stations by code, with who sits there       how many
    Shifts       shifts, newest first                        how many
    Sessions     sessions that stand, newest first           how many
    Requests     requests, newest first                      how many wait, not too old yet
    Diary        lines, newest first                         how many, counted as far as a list counts
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core.approval import Approval
from gateway.core.diary import DiaryRow
from gateway.core.session import Session
from gateway.core.staff import Branch, Operator, Role, Shift, Station
from gateway.core.views import PAGE_MAX, Query, require_page

if TYPE_CHECKING:
    from gateway.core.approval import ApprovalState
    from gateway.core.staff import StaffState


@dataclass(frozen=True, slots=True)
class SignedInPerson:
    """A session with its person, her roles as they stand now, and the station of her open shift."""

    session: Session
    operator: Operator
    roles: tuple[Role, ...]
    station: str


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role, and how many people have it."""

    role: Role
    people: int


@dataclass(frozen=True, slots=True)
class StationRow:
    """A station, and who sits there now (empty: nobody)."""

    station: Station
    login: str


@dataclass(frozen=True, slots=True)
class SignedInAs(Query[SignedInPerson, int]):
    """Whose session this is; what it is worth at a moment, the session itself says."""

    session: str


@dataclass(frozen=True, slots=True)
class Operators(Query[Operator, int]):
    """People, by login; ``text`` is a part of the login or the name."""

    branch: str | None = None
    state: StaffState | None = None
    role: str = ""
    text: str = ""
    login: str = ""
    after: str = ""
    limit: int = PAGE_MAX

    def __post_init__(self) -> None:
        """Refuse a page that is none."""
        require_page(self.limit)


@dataclass(frozen=True, slots=True)
class Roles(Query[RoleRow, int]):
    """All roles; there are a handful."""


@dataclass(frozen=True, slots=True)
class Branches(Query[Branch, int]):
    """All branches."""


@dataclass(frozen=True, slots=True)
class Stations(Query[StationRow, int]):
    """The stations of a branch, or all of them."""

    branch: str | None = None


@dataclass(frozen=True, slots=True)
class Shifts(Query[Shift, int]):
    """Shifts, newest first; ``is_open``: those only that nobody has closed."""

    branch: str | None = None
    login: str = ""
    station: str = ""
    is_open: bool = False
    after: int | None = None
    limit: int = PAGE_MAX

    def __post_init__(self) -> None:
        """Refuse a page that is none."""
        require_page(self.limit)


@dataclass(frozen=True, slots=True)
class Sessions(Query[Session, int]):
    """Sessions of a person that are not ended and not over at a moment."""

    login: str
    at_us: int


@dataclass(frozen=True, slots=True)
class Requests(Query[Approval, int]):
    """Requests for a second person; the totals count those that can still be decided at ``at_us``.

    Who belongs to a branch sees what is about its customers, and what its people asked about nobody's.
    ``functions``: only what was ordered of these, which are those that whoever asks may see (None: all).
    """

    at_us: int
    branch: str | None = None
    state: ApprovalState | None = None
    function: str = ""
    asked_by: str = ""
    reference: str = ""
    functions: tuple[str, ...] | None = None
    after: tuple[int, str] | None = None
    limit: int = PAGE_MAX

    def __post_init__(self) -> None:
        """Refuse a page that is none."""
        require_page(self.limit)


@dataclass(frozen=True, slots=True)
class Diary(Query[DiaryRow, int]):
    """Lines of the diary; ``text`` is a part of what a line is about or tells.

    ``newest`` looks among so many of the newest lines only: a text is looked for line by line.
    Who belongs to a branch reads the lines of its people.
    """

    branch: str | None = None
    first_us: int | None = None
    last_us: int | None = None
    actor: str = ""
    function: str = ""
    action: str = ""
    outcome: str = ""
    text: str = ""
    id: int | None = None
    newest: int | None = None
    after: int | None = None
    limit: int = PAGE_MAX

    def __post_init__(self) -> None:
        """Refuse a page that is none."""
        require_page(self.limit)
