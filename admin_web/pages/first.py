"""The first page: the first line of the visitor's menu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.answers import NotThere, Redirect
from admin_web.route import SIGNED_IN, Route

if TYPE_CHECKING:
    from admin_web.asked import Asked


async def first_page(asked: Asked) -> Redirect:
    """Lead on to what the visitor may see; NotThere where her roles grant nothing at all."""
    lines = [line for group in asked.menu for line in group.lines]
    if not lines:
        raise NotThere
    return Redirect(lines[0].path)


ROUTES: Final = (Route("GET", "/", SIGNED_IN, first_page),)
