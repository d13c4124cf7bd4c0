"""The site: Klein finds the route of a path, the door answers, and the answer is written to whoever asked."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from klein import Klein
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.python.failure import Failure

from admin_web import trouble as t
from admin_web.answers import Download, Octets, Page, Redirect
from admin_web.door import Door
from admin_web.headers import security_headers
from admin_web.heard import Heard
from admin_web.render import Renderer
from admin_web.route import BODY_BYTES_MAX, PUBLIC, UPLOAD_BYTES_MAX, Route
from admin_web.static_files import StaticFiles
from admin_web.wire import Deadlines, Links, OfficeSite
from admin_web.writing import write_pieces
from gateway.events import event

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.needs import Office
    from admin_web.route import MenuItem
    from admin_web.wire_request import OfficeRequest
    from gateway.ports import Clock, Tally

log = logging.getLogger("powertill.office")

_HTML: Final = "text/html; charset=utf-8"
_FOUND_ELSEWHERE: Final = 303
_METHOD_NOT_ALLOWED: Final = 405


def build_site(  # noqa: PLR0913 - everything is handed in
    office: Office,
    routes: Sequence[Route],
    menu: Sequence[MenuItem],
    *,
    tally: Tally,
    reactor: Clock,
    deadlines: Deadlines = Deadlines(),  # noqa: B008 - a frozen value
    links: Links = Links(),  # noqa: B008 - likewise
) -> OfficeSite:
    """Join the site: ``routes`` and ``menu`` are those of ``admin_web.all_pages``, or a test's."""
    files = StaticFiles()
    pages = _Pages(Door(office, menu), Renderer(routes, files), files)
    uploads = [route.path for route in routes if route.takes_upload]

    def body_bytes_max(path: str) -> int:
        return UPLOAD_BYTES_MAX if any(_fits(one, path) for one in uploads) else BODY_BYTES_MAX

    return OfficeSite(
        _klein(pages, routes).resource(),  # type: ignore[arg-type]  # what a resource is, zope says
        headers=security_headers(office.origin),
        origin=office.origin,
        body_bytes_max=body_bytes_max,
        tally=tally,
        reactor=reactor,
        deadlines=deadlines,
        links=links,
    )


def _klein(pages: _Pages, routes: Sequence[Route]) -> Klein:
    """Tell Klein the table; what it does not find there is answered by us as well."""
    app = Klein()
    for route in routes:
        app.route(route.path, methods=[route.method], endpoint=f"{route.method} {route.path}")(
            _named(partial(pages.serve, route))
        )
    app.route("/static/<path:name>", methods=["GET"], endpoint="static")(_named(pages.serve_file))
    app.handle_errors(_named(pages.astray))
    return app


def _named(serve: Callable[..., Any]) -> Callable[..., Any]:
    """Klein hangs what it knows of a route on a function of its own."""

    def endpoint(request: OfficeRequest, *heard: object, **places: str) -> object:
        return serve(request, *heard, **places)

    return endpoint


def _fits(pattern: str, path: str) -> bool:
    """Could this path be one of this route's?"""
    wanted, parts = pattern.split("/"), path.split("/")
    return len(wanted) == len(parts) and all(
        one == part or one.startswith("<") for one, part in zip(wanted, parts, strict=True)
    )


class _Pages:
    """Serves requests whose route is known, files, and whoever went astray."""

    def __init__(self, door: Door, renderer: Renderer, files: StaticFiles) -> None:
        self._door = door
        self._renderer = renderer
        self._files = files

    def serve(self, route: Route, request: OfficeRequest, **places: str) -> Deferred[None]:
        """Serve a page. An order that is under way is not called off because its browser has gone."""
        request.known_path = route.path
        heard = Heard.of(request)
        return _kept_on(self._say(request, heard, self._door.answer(heard, route, places)))

    def serve_file(self, request: OfficeRequest, name: str) -> Deferred[None] | None:  # noqa: ARG002 - Klein's signature
        """Serve a static file."""
        request.known_path = "/static"
        path = request.path.decode("latin-1")
        file = self._files.get(path)
        if file is None:
            return self._stray(request, t.NOT_THERE)
        accepted = request.getHeader("accept-encoding") or ""
        self._say_octets(request, file.answer(request.getHeader("if-none-match") or "", accepted))
        return None

    def astray(self, request: OfficeRequest, failure: Failure) -> Deferred[None]:
        """Answer what Klein found no route for; any other failure here is a fault of ours."""
        status = getattr(failure.value, "code", None)
        if not isinstance(status, int):
            event(log, "office.fault", level=logging.ERROR, raised=failure.value)
            return self._stray(request, t.FAULT)
        return self._stray(request, t.WRONG_METHOD if status == _METHOD_NOT_ALLOWED else t.NOT_THERE)

    def _stray(self, request: OfficeRequest, kind: t.Trouble) -> Deferred[None]:
        heard = Heard.of(request)
        return _kept_on(self._say(request, heard, self._door.astray(heard, _NOWHERE, kind)))

    async def _say(
        self, request: OfficeRequest, heard: Heard, answering: Awaitable[tuple[Asked, Outcome]]
    ) -> None:
        """Write an answer; one that cannot be made into HTML is a fault, and is said so."""
        asked, outcome = await answering
        try:
            body = self._renderer.html(asked, outcome) if isinstance(outcome, Page) else b""
        except Exception as fault:  # noqa: BLE001 - a template that fails must not leave a browser waiting
            outcome = self._door.trouble(asked, t.FAULT, fault)
            body = self._renderer.html(asked, outcome)
        if request.is_gone:
            return
        match outcome:
            case Page(_, _, code, cookies):
                request.add_cookies(cookies)
                self._say_octets(request, Octets(body, _HTML, code=code))
            case Redirect(path, cookies):
                request.add_cookies(cookies)
                self._lead_on(request, path, is_htmx=heard.is_htmx)
            case Octets():
                self._say_octets(request, outcome)
            case Download():
                await write_pieces(request, outcome)

    @staticmethod
    def _lead_on(request: OfficeRequest, path: str, *, is_htmx: bool) -> None:
        """Lead on to another page: the whole page where a part of it was asked for."""
        if is_htmx:
            request.setHeader("HX-Redirect", path)
        else:
            request.setResponseCode(_FOUND_ELSEWHERE)
            request.setHeader("Location", path)
        request.setHeader("Content-Length", "0")

    @staticmethod
    def _say_octets(request: OfficeRequest, octets: Octets) -> None:
        request.setResponseCode(octets.code)
        for name, text in octets.headers:
            request.setHeader(name, text)
        request.setHeader("Content-Type", octets.kind)
        request.setHeader("Content-Length", str(len(octets.body)))
        request.write(octets.body)


async def _nothing(_asked: Asked) -> Outcome:
    raise AssertionError("nobody serves what is nowhere")


#: Stands for the route of whoever asked for none.
_NOWHERE: Final = Route("GET", "/<nowhere>", PUBLIC, _nothing)


def _kept_on(serving: Any) -> Deferred[None]:  # noqa: ANN401 - a coroutine of ours
    """Go on when Klein calls it off: it does so as soon as the browser has gone."""
    outer: Deferred[None] = Deferred(lambda _: None)

    def done(result: Any) -> None:  # noqa: ANN401 - a failure or nothing
        if not outer.called:
            outer.callback(result)
        elif isinstance(result, Failure):
            event(log, "office.fault", level=logging.ERROR, raised=result.value)

    ensureDeferred(serving).addBoth(done)
    return outer
