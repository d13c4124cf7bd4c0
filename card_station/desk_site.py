"""The desk in the browser of the counter's own machine: pages for keys, nothing from anywhere else."""

from __future__ import annotations

import json
import logging
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from klein import Klein

from card_station.check_words import check_lines
from card_station.desk import needs_card
from card_station.desk_guard import COOKIE, HEADERS, SEAL_FIELD, Guard
from card_station.mending import GONE, Mending
from card_station.price_words import line_named
from card_station.refused_words import refusal_said
from card_station.sale import InDoubt, Issued, NotKnown, NotSold, Sold, Stays, TakenOff
from card_station.screen import AskedFor, GivenBack, Screen
from card_station.told_words import sentence_of
from card_station.words import LANGUAGES, words_of
from gateway.codecs.card.profile import Credit, profile_named
from gateway.events import event

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from twisted.python.failure import Failure
    from twisted.web.server import Request

    from card_station.check_words import CheckLine
    from card_station.desk import Desk
    from card_station.purchase import Purchase
    from card_station.words import Words
    from gateway.core.card_order import CardOrder

#: Bytes of a form: a login, a password, a number.
FORM_BYTES_MAX: Final = 8 * 1024

_TEMPLATES: Final = Path(__file__).parent / "templates"
_STATIC: Final = Path(__file__).parent / "static"
_KINDS: Final = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_HTML: Final = "text/html; charset=utf-8"
_FORBIDDEN, _NOT_FOUND, _TOO_LARGE, _SEE_OTHER, _FAULT = 403, 404, 413, 303, 500

_KIND_OF: Final[dict[type, str]] = {
    Sold: "sold", NotSold: "not_sold", InDoubt: "in_doubt", NotKnown: "not_known", TakenOff: "taken_off",
    Stays: "stays", Issued: "issued", AskedFor: "asked_for", GivenBack: "given_back",
}  # fmt: skip

_log = logging.getLogger("powertill.station")


class DeskSite:
    """Serves a desk."""

    def __init__(self, desk: Desk, guard: Guard) -> None:
        self._desk = desk
        self._guard = guard
        self._mending = Mending(desk)
        self._files = {file.name: file.read_bytes() for file in _STATIC.iterdir() if file.suffix in _KINDS}

    def resource(self) -> Any:  # noqa: ANN401 - what a resource is, zope says
        """Give what a site of twisted.web serves."""
        app = Klein()
        app.route("/open/<token>", methods=["GET"])(self._opened)
        app.route("/static/<name>", methods=["GET"])(self._file)
        for path, serve in (("/", self._page), ("/state", self._state), ("/receipt/<id>", self._receipt)):
            app.route(path, methods=["GET"], endpoint=path)(self._guarded(serve))
        app.handle_errors(self._astray)
        for path, act in self._acts().items():
            app.route(path, methods=["POST"], endpoint=path)(self._acting(act))
        return app.resource()

    def _acts(self) -> dict[str, Callable[[Callable[[str], str]], Awaitable[None] | None]]:
        """What a form may have done; each is given what stands in the form's fields."""
        desk, mending = self._desk, self._mending
        return {
            "/sign-in": lambda said: desk.sign_in(said("login"), said("password"), said("code")),
            "/sign-out": lambda _: desk.sign_out(),
            "/read": lambda _: desk.read(),
            "/find": lambda said: desk.find(said("number")),
            "/price": lambda said: desk.quote(said("amount")),
            "/commit": lambda _: desk.commit(),
            "/bring": lambda said: desk.bring(_place(said("place"))),
            "/finish": lambda _: desk.finish(),
            "/check": lambda _: desk.check(),
            "/begin-reissue": lambda _: mending.begin_reissue(),
            "/reissue": lambda said: mending.reissue(said("gone"), said("reason")),
            "/begin-take-off": lambda _: mending.begin_take_off(),
            "/take-off": lambda said: mending.take_off(said("reason")),
            "/give-back": lambda _: mending.give_back(),
            "/back": lambda _: desk.back(),
            "/language": lambda said: desk.speak(said("language")),
        }

    def _astray(self, request: Request, failure: Failure) -> bytes:
        """Answer what there is no page for; any other failure here is a fault of ours."""
        code = getattr(failure.value, "code", None)
        if isinstance(code, int):
            return self._refused(request, code)
        event(_log, "station.fault", level=logging.ERROR, raised=failure.value)
        return self._refused(request, _FAULT)

    def _opened(self, request: Request, token: str) -> bytes:
        if not self._guard.is_host(request.getHeader("host")) or not self._guard.is_token(token):
            return self._refused(request, _FORBIDDEN)
        request.addCookie(COOKIE, self._guard.cookie, path="/", httpOnly=True, sameSite="strict")
        return _led_on(request)

    def _file(self, request: Request, name: str) -> bytes:
        octets = self._files.get(name)
        if octets is None:
            return self._refused(request, _NOT_FOUND)
        _head(request, _KINDS[Path(name).suffix])
        return octets

    def _guarded(self, serve: Callable[..., bytes]) -> Callable[..., bytes]:
        def endpoint(request: Request, **places: str) -> bytes:
            if not self._is_let_in(request):
                return self._refused(request, _FORBIDDEN)
            return serve(request, **places)

        return endpoint

    def _acting(self, act: Callable[[Callable[[str], str]], Awaitable[None] | None]) -> Callable[..., Any]:
        async def endpoint(request: Request) -> bytes:
            def said(name: str) -> str:
                values = request.args.get(name.encode()) or [b""]
                return str(values[0].decode("utf-8", "replace"))

            if int(request.getHeader("content-length") or 0) > FORM_BYTES_MAX:
                return self._refused(request, _TOO_LARGE)
            origin = request.getHeader("origin")
            if not self._is_let_in(request) or not self._guard.is_from_here(origin, said(SEAL_FIELD)):
                return self._refused(request, _FORBIDDEN)
            if said("turn") in {"", str(self._desk.turn)}:
                doing = act(said)
                if doing is not None:
                    await doing
            return _led_on(request)

        return endpoint

    def _is_let_in(self, request: Request) -> bool:
        cookie = request.getCookie(COOKIE.encode())
        known = None if cookie is None else cookie.decode("latin-1")
        return self._guard.is_host(request.getHeader("host")) and self._guard.is_let_in(known)

    def _refused(self, request: Request, code: int) -> bytes:
        request.setResponseCode(code)
        _head(request, _HTML)
        return _rendered(self._words, "shut.html", {"code": code})

    def _page(self, request: Request) -> bytes:
        _head(request, _HTML)
        return _rendered(self._words, "desk.html", self._values())

    def _state(self, request: Request) -> bytes:
        _head(request, "application/json")
        desk = self._desk
        said = {
            "turn": desk.turn,
            "presence": desk.presence,
            "owed": self._owed(),
            "there": desk.hello.is_there,
            "name": desk.hello.name,
        }
        return json.dumps(said).encode()

    def _receipt(self, request: Request, id: str) -> bytes:  # noqa: A002 - the place's name in the path
        receipt = self._desk.receipts.get(id)
        if receipt is None:
            return self._refused(request, _NOT_FOUND)
        _head(request, _HTML)
        return _rendered(self._words, "receipt.html", {**self._around(), "receipt": receipt})

    @property
    def _words(self) -> Words:
        return words_of(self._desk.language)

    def _owed(self) -> str:
        """What of the unfinished is shown: where it changes, the page is shown anew."""
        return " ".join(f"{one.id}:{one.step.value}" for one in self._desk.unfinished)

    def _around(self) -> dict[str, Any]:
        desk = self._desk
        return {
            "desk": desk, "words": self._words, "languages": LANGUAGES, "seal": self._guard.seal,
            "zone": ZoneInfo(desk.hello.zone), "on_card": self._on_card, "why_of": self._why,
            "words_on": self._amount_of, "line_named": line_named,
        }  # fmt: skip

    def _values(self) -> dict[str, Any]:
        result = self._desk.result
        return {
            **self._around(),
            "mending": self._mending,
            "gone": GONE,
            "screen": self._desk.screen.value,
            "is_signed_in": self._desk.screen is not Screen.SIGN_IN,
            "kind": "" if result is None else _KIND_OF[type(result)],
            "owed": self._owed(),
            "checked": self._checked(),
            "cards": [one for one in self._desk.unfinished if needs_card(one)],
            "telling": [one for one in self._desk.unfinished if not needs_card(one)],
        }

    def _on_card(self, purchase: Purchase) -> str:
        """What a purchase puts on its card."""
        return self._amount_of(purchase.named)

    def _amount_of(self, order: CardOrder) -> str:
        """What an order puts on its card, as that counts: money or energy."""
        is_money = profile_named(order.profile).credit is Credit.MONEY
        currency = self._desk.hello.currency
        return self._words.money(order.amount, currency) if is_money else self._words.kwh(order.amount)

    def _checked(self) -> list[CheckLine]:
        """How the card that was seen compares with the books, in words."""
        seen = self._desk.seen
        if seen is None:
            return []
        return check_lines(seen.check, seen.shown.profile, self._words, self._desk.hello.currency)

    def _why(self, why: str, code: str = "") -> str:
        """Say why, in the reader's language, whoever said it."""
        words = self._words
        if code:
            return refusal_said(words, code, why)
        said, whole = words.say(sentence_of(why)), sentence_of(why)
        # Behind a sentence of ours may stand what a line or a library has said.
        head, colon, detail = whole.partition(": ")
        return words.say(head) + colon + detail if said == whole and colon else said


def _rendered(words: Words, name: str, values: dict[str, Any]) -> bytes:
    return _environment(words.language).get_template(name).render(language=words.language, **values).encode()


@cache
def _environment(language: str) -> Environment:
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
    )
    words = words_of(language)
    # Not "newstyle": what is said here may be a refusal's detail, which is no format.
    made.install_gettext_callables(words.say, _no_plurals, newstyle=False)  # type: ignore[attr-defined]  # i18n's own
    return made


def _no_plurals(one: str, many: str, count: int) -> str:
    raise NotImplementedError(f"the desk counts nothing in words: {one}, {many}, {count}")


def _head(request: Request, kind: str) -> None:
    for name, text in (*HEADERS, ("Content-Type", kind)):
        request.setHeader(name, text)


def _led_on(request: Request) -> bytes:
    _head(request, _HTML)
    request.setResponseCode(_SEE_OTHER)
    request.setHeader("Location", "/")
    return b""


def _place(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else -1  # noqa: PLR2004 - fifty at most
