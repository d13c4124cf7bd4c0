"""A page is about to be printed: the diary has its line first. The page's script asks (``office.js``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.answers import NoRight, Octets
from admin_web.print_note import PRINT, read_note
from admin_web.route import SIGNED_IN, Route

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked

_WRITTEN: Final = 204


async def printed(asked: Asked) -> Outcome:
    """Write the line; 204 says that it stands, anything else that nothing is to be printed."""
    note = read_note(asked.me, asked.field("page"), asked.field("mark"), asked.peer)
    if note.right is not None and not note.right.opens(asked.me.rights):
        raise NoRight(note.right)
    await asked.office.gate.printed(asked.me, note)
    return Octets(b"", "text/plain", code=_WRITTEN)


ROUTES: Final = (Route("POST", PRINT, SIGNED_IN, printed),)
