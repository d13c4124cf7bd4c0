"""The choice of language: kept in this browser, whoever sits there next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.answers import NotThere, Redirect, is_own_place
from admin_web.cookies import LANGUAGE_COOKIE, LANGUAGE_S, Cookie
from admin_web.route import PUBLIC, Route
from admin_web.words import LANGUAGES

if TYPE_CHECKING:
    from admin_web.asked import Asked


async def choose_language(asked: Asked) -> Redirect:
    """Keep the language and go back; NotThere where it is none of ours."""
    language, back = asked.field("language"), asked.field("back")
    if language not in LANGUAGES:
        raise NotThere
    cookie = Cookie(LANGUAGE_COOKIE, language, LANGUAGE_S)
    return Redirect(back if is_own_place(back) else "/", (cookie,))


ROUTES: Final = (Route("POST", "/language", PUBLIC, choose_language),)
