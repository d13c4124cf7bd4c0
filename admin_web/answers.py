"""What a page answers: a page, another place to go to, or a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from admin_web.cookies import Cookie


@dataclass(frozen=True, slots=True)
class Page:
    """A template and what it shows; every kind of value may be among it."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    code: int = 200
    cookies: tuple[Cookie, ...] = ()


@dataclass(frozen=True, slots=True)
class Redirect:
    """Go on there, by GET. ``path`` is a place of this site: nothing that a visitor sent names another."""

    path: str
    cookies: tuple[Cookie, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a place that is not ours."""
        if not is_own_place(self.path):
            raise ValueError("a redirect leads to a place of this site")


@dataclass(frozen=True, slots=True)
class Download:
    """A file, piece by piece; the pieces are asked for as fast as the reader takes them."""

    file_name: str
    kind: str
    pieces: AsyncGenerator[bytes]


@dataclass(frozen=True, slots=True)
class Octets:
    """Bytes as they are, with headers of their own; a browser may keep them if these say so."""

    body: bytes
    kind: str
    headers: tuple[tuple[str, str], ...] = ()
    code: int = 200


Outcome: TypeAlias = "Page | Redirect | Download | Octets"


class NotThere(Exception):  # noqa: N818 - what it says: a page that is not there
    """There is no such thing, or it is not this visitor's to see: both look alike from outside."""


class NoRight(Exception):  # noqa: N818 - what it says
    """A right is missing that could only be seen inside the page, such as one for an amount."""

    def __init__(self, right: Any) -> None:  # noqa: ANN401 - a Right; named so, the two files would need each other
        super().__init__("a right is missing")
        self.right = right


def is_own_place(path: str) -> bool:
    r"""Is this a path of this site, with or without a query? ``//elsewhere`` and ``/\elsewhere`` are not.

    >>> is_own_place("/ledger?day=2026-11-23"), is_own_place("//elsewhere.example/")
    (True, False)
    """
    return path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
