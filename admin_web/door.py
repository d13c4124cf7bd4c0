"""The one road of every request: who asks, what she may, whether the order is hers, the page, its HTML.

nobody where somebody is needed   303 to the page for signing in
a right is missing                403, told to the diary
a forged form                     403, told to the diary
not there, or not hers            404
a question that takes too long    503, and how to ask for less
one session's questions by the dozen  429: first those that it has asked
whatever else goes wrong          500 with a code; the log has the traceback by it
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo

from admin_web import trouble as t
from admin_web.answers import NoRight, NotThere, Page, Redirect
from admin_web.asked import Asked
from admin_web.cookies import DEVICE_COOKIE, LANGUAGE_COOKIE, SESSION_COOKIE, read_cookie
from admin_web.forgery import SEAL_FIELD, is_from_here, is_sealed
from admin_web.form_body import FormBody, NoForm, read_fields, read_form
from admin_web.going_on import by_way_of
from admin_web.menu import menu_of
from admin_web.names import FUNCTION_NAMES, LEVEL_NAMES
from admin_web.route import PUBLIC, Anyone, Refused, Right
from admin_web.shown import Shown
from admin_web.turns import TooManyQuestions, Turns
from admin_web.words import language_of, words_of
from gateway.events import event
from gateway.ports import LedgerBusy, OutcomeUnknown, TakesTooLong, TooManyAtOnce

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from admin_web.answers import Outcome
    from admin_web.heard import Heard
    from admin_web.needs import Office
    from admin_web.route import MenuItem, Route
    from admin_web.trouble import Trouble
    from admin_web.visitor import Visitor

log = logging.getLogger("powertill.office")

SIGN_IN: Final = "/sign-in"
SIGN_OUT: Final = "/sign-out"

_UTC: Final = ZoneInfo("UTC")


class Door:
    """Answers requests; the pages themselves are the routes' own."""

    def __init__(self, office: Office, menu: Sequence[MenuItem]) -> None:
        self._office = office
        self._menu = menu
        self._turns = Turns()

    async def answer(self, heard: Heard, route: Route, places: Mapping[str, str]) -> tuple[Asked, Outcome]:
        """Answer a request for a route. Nothing is raised: the door's one catch-all is here."""
        asked = self._asked(heard, route, None, places)
        try:
            visitor = await self._visitor(heard, route)
            asked = self._asked(heard, route, visitor, places)
            return asked, await self._outcome(heard, asked)
        except NotThere:
            return asked, self.trouble(asked, t.NOT_THERE)
        except NoForm:
            return asked, self.trouble(asked, t.UNREADABLE)
        except NoRight as missing:
            return asked, await self._no_right(asked, missing.right)
        except TooManyQuestions:
            return asked, self.trouble(asked, t.TOO_MANY)
        except (LedgerBusy, TooManyAtOnce):
            return asked, self.trouble(asked, t.BUSY)
        except OutcomeUnknown:
            return asked, self.trouble(asked, t.UNKNOWN)
        except TakesTooLong:
            return asked, self.trouble(asked, t.TOO_LONG)
        except Exception as fault:  # noqa: BLE001 - the door's one catch-all
            return asked, self.trouble(asked, t.FAULT, fault)

    async def astray(self, heard: Heard, route: Route, kind: Trouble) -> tuple[Asked, Outcome]:
        """Answer a request that no route is for; the menu stands beside it for whoever is signed in."""
        asked = self._asked(heard, route, None, {})
        try:
            asked = self._asked(heard, route, await self._visitor(heard, route), {})
        except Exception as fault:  # noqa: BLE001 - likewise
            return asked, self.trouble(asked, t.FAULT, fault)
        return asked, self.trouble(asked, kind)

    def trouble(self, asked: Asked, kind: Trouble, fault: Exception | None = None) -> Page:
        """Make the error page, and write the line of the log that its code leads to."""
        code = f"{kind.code}-{secrets.token_hex(3)}"
        if kind.status >= t.FAULT.status:
            path, method = asked.route.path, asked.route.method
            event(
                log, "office.fault", level=logging.ERROR, raised=fault, code=code, route=path, method=method
            )
        return Page("trouble.html", {"trouble": kind, "code": code, "missing": None}, kind.status)

    def _asked(self, heard: Heard, route: Route, visitor: Visitor | None, places: Mapping[str, str]) -> Asked:
        chosen = read_cookie(heard.cookies, LANGUAGE_COOKIE)
        language = language_of(chosen, visitor.language if visitor else None, heard.accepted_languages)
        words = words_of(language)
        return Asked(
            route=route,
            path=quote(heard.path, safe="/:@!$&'()*+,;=~-._"),
            office=self._office_for(visitor),
            words=words,
            shown=Shown(words.locale, visitor.zone if visitor else _UTC),
            visitor=visitor,
            places=dict(places),
            query=_query(heard.query),
            menu=menu_of(self._menu, visitor.rights if visitor else None, heard.path),
            menu_for=partial(menu_of, self._menu),
            cookie=read_cookie(heard.cookies, SESSION_COOKIE),
            device=read_cookie(heard.cookies, DEVICE_COOKIE),
            peer=heard.peer,
        )

    def _office_for(self, visitor: Visitor | None) -> Office:
        """Give what a page may ask of: whoever is signed in has so many questions at a time."""
        if visitor is None:
            return self._office
        return replace(self._office, views=self._turns.of(visitor.session_id, self._office.views))

    async def _visitor(self, heard: Heard, route: Route) -> Visitor | None:
        cookie = read_cookie(heard.cookies, SESSION_COOKIE)
        if not cookie:
            return None
        return await self._office.gate.visitor(cookie, is_seen=not route.is_by_itself)

    async def _outcome(self, heard: Heard, asked: Asked) -> Outcome:
        if not all(place.isprintable() for place in asked.places.values()):
            raise NotThere  # nothing is named so, and no database or diary has to hear of it
        turned_away = await self._turn_away(asked)
        if turned_away is not None:
            return turned_away
        if asked.route.method == "POST":
            # Where it stood is asked first: of another site's form nothing is read.
            if not is_from_here(self._office.origin, heard.origin, heard.fetch_site):
                return await self._forged(asked)
            form = read_form(heard.body, heard.content_type, may_carry_files=asked.route.takes_upload)
            if not _is_sealed(asked, form):
                return await self._forged(asked)
            asked = _with_form(asked, form)
        if heard.query and not asked.query:
            raise NoForm("the query cannot be read")
        return await asked.route.page(asked)

    async def _turn_away(self, asked: Asked) -> Outcome | None:
        """Decide who gets in; None lets her in."""
        needs, visitor = asked.route.needs, asked.visitor
        if needs is PUBLIC:
            return None
        if visitor is None:
            return Redirect(by_way_of(SIGN_IN, asked))
        if visitor.held_at and asked.route.path not in {visitor.held_at, SIGN_OUT}:
            return Redirect(by_way_of(visitor.held_at, asked))
        if isinstance(needs, Anyone) or needs.opens(visitor.rights):
            return None
        if needs.is_beyond(visitor.rights):
            raise NotThere
        return await self._no_right(asked, needs)

    async def _no_right(self, asked: Asked, right: Right) -> Page:
        path, route = unquote(asked.path), asked.route
        refused = Refused(route.method, path, route.path, right.function, right.level, peer=asked.peer)
        await self._office.gate.refused(asked.me, refused)
        page = self.trouble(asked, t.NO_RIGHT)
        missing = {"function": FUNCTION_NAMES[right.function], "level": LEVEL_NAMES[right.level]}
        return Page(page.template, {**page.values, "missing": missing}, page.code)

    async def _forged(self, asked: Asked) -> Page:
        if asked.visitor is not None:
            path, pattern = unquote(asked.path), asked.route.path
            refused = Refused("POST", path, pattern, None, None, why="forged", peer=asked.peer)
            await self._office.gate.refused(asked.visitor, refused)
        return self.trouble(asked, t.FORGED)


def _is_sealed(asked: Asked, form: FormBody) -> bool:
    if asked.visitor is None:
        return True  # a form for nobody yet: what it asks for, it proves by itself
    return is_sealed(asked.visitor, asked.path, form.fields.get(SEAL_FIELD, ("",))[0])


def _query(octets: bytes) -> dict[str, tuple[str, ...]]:
    """Read the query; one that cannot be read is empty, and refused where a page would look at it."""
    try:
        return read_fields(octets)
    except NoForm:
        return {}


def _with_form(asked: Asked, form: FormBody) -> Asked:
    return replace(asked, form=form)
