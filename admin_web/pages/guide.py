"""The help: shortcuts, and what the codes of the error pages mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.answers import Page
from admin_web.route import PUBLIC, Route
from admin_web.trouble import TROUBLES
from admin_web.words import msg

if TYPE_CHECKING:
    from admin_web.asked import Asked

SHORTCUTS: Final = (
    (("/", "Ctrl+K"), msg("Go to the search")),
    (("j", "k"), msg("Next and previous row of a list")),
    (("Enter",), msg("Open the row")),
    (("?",), msg("This page")),
)


async def help_page(asked: Asked) -> Page:
    """Show it."""
    values = {
        "title": asked.words.say(msg("Help and shortcuts")),
        "shortcuts": SHORTCUTS,
        "troubles": TROUBLES,
    }
    return Page("help.html", values)


ROUTES: Final = (Route("GET", "/help", PUBLIC, help_page),)
