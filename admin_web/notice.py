"""A notice on the next page: that an order was carried out, or waits for a second person.

It travels in the address and is sealed, so that nobody can send a link that says what we never said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

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
    sealed = seal_place(asked.office.seal_key, NOTICE, (text, more))
    joint = "&" if "?" in path else "?"
    return Redirect(f"{path}{joint}{urlencode({NOTICE: sealed})}")


def notice_of(asked: Asked) -> Notice | None:
    """Read the notice of this page; None where there is none, or none of ours."""
    written = asked.first(NOTICE)
    told = open_place(asked.office.seal_key, NOTICE, written) if written else None
    return Notice(str(told[0]), str(told[1])) if told else None
