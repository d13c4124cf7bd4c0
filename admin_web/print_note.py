"""What the diary will say of a page that is printed: made with the page, sealed, sent back before printing.

A browser prints what it already has, without asking anybody; so the page carries what is to be noted, and its
script has that written into the diary first. The seal is over the session and the note: nobody can note what
she was never shown, or leave a filter out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from admin_web.answers import NotThere
from admin_web.forgery import form_seal, is_sealed
from admin_web.route import PUBLIC, Printed, Right
from admin_web.token_like import may_hold_token
from gateway.core.authority import Function, Level
from gateway.core.diary import SUBJECT_MAX, TOLD_MAX, plain

if TYPE_CHECKING:
    from admin_web.answers import Page
    from admin_web.asked import Asked
    from admin_web.visitor import Visitor

#: Where a note is sent before its page is printed.
PRINT: Final = "/print"

#: A page, and a form that came back with what is wrong; an error's page shows nothing of anybody's.
_CODES: Final = (200, 422)


@dataclass(frozen=True, slots=True)
class PrintNote:
    """A note as the page carries it, and its seal."""

    text: str
    mark: str


def note_of(asked: Asked, page: Page) -> PrintNote | None:
    """Make the note of a page; None where there is nothing to note: a page for everybody, or an error.

    A page names what it is about in ``subject_printed``, a list its filters in ``filters_printed``: these are
    what somebody has typed, so they are left out where a token may stand in them.
    """
    visitor, needs = asked.visitor, asked.route.needs
    if visitor is None or visitor.held_at or needs is PUBLIC or page.code not in _CODES:
        return None
    subject = str(page.values.get("subject_printed", unquote(asked.path)))
    filters = str(page.values.get("filters_printed", ""))
    right = [needs.function.value, needs.level.name, needs.of_all] if isinstance(needs, Right) else None
    typed = "" if may_hold_token(filters) else plain(filters, TOLD_MAX)
    text = json.dumps([plain(subject, SUBJECT_MAX), typed, asked.route.path, right])
    return PrintNote(text, form_seal(visitor, _sealed(text)))


def read_note(visitor: Visitor, text: str, mark: str, peer: str) -> Printed:
    """Read a note that came back; NotThere for one that we did not make for this session."""
    if not is_sealed(visitor, _sealed(text), mark):
        raise NotThere
    subject, filters, pattern, right = json.loads(text)
    needs = None if right is None else Right(Function(right[0]), Level[right[1]], of_all=right[2])
    return Printed(subject, filters, pattern, needs, peer)


def _sealed(text: str) -> str:
    # No path of a form has a space in it, so no form's seal is a note's.
    return f"{PRINT} {text}"
