"""A notice on the next page: that an order was carried out, or waits for a second person.

It travels in the address and is sealed, for this session and this page: nobody can send a link that says what
we never said, nor say again elsewhere or to somebody else what we said once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlencode

from admin_web.answers import Redirect
from admin_web.place_seal import open_place, seal_place

if TYPE_CHECKING:
    from admin_web.asked import Asked

#: Where in an address it stands.
NOTICE: Final = "notice"


@dataclass(frozen=True, slots=True)
class Notice:
    """What is said, in the reader's language, and where more of it is to be found."""

    text: str
    path: str = ""


def redirect_with(asked: Asked, path: str, text: str, more: str = "") -> Redirect:
    """Go on to ``path`` and say this there, in the reader's language already, with a link to ``more``."""
    sealed = seal_place(asked.office.seal_key, notice_seal(asked.me.session_id, path), (text, more))
    joint = "&" if "?" in path else "?"
    return Redirect(f"{path}{joint}{urlencode({NOTICE: sealed})}")


def notice_of(asked: Asked) -> Notice | None:
    """Read the notice of this page; None where there is none, or none of ours."""
    written, visitor = asked.first(NOTICE), asked.visitor
    if not written or visitor is None:
        return None
    told = open_place(asked.office.seal_key, notice_seal(visitor.session_id, asked.path), written)
    return Notice(str(told[0]), str(told[1])) if told else None


def notice_seal(session_id: str, path: str) -> str:
    """Name what a notice is sealed for: whose session, and the page, whatever its query."""
    return f"{NOTICE} {session_id} {unquote(path.partition('?')[0])}"
