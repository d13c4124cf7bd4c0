"""One request of a station: let in or not, read, carried out, answered. Nothing that it sends is logged.

    path ──► certificate stands? ──► asked too fast? ──► station open? ──► shape? ──► who is signed in?
         ──► the question itself ──► 200, or one of ``station_said``

The certificate is looked up anew with every request, so one that was taken back is dead at once.
"""

from __future__ import annotations

import json
import logging
from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import schemas
from gateway.core.office import OfficeRefusal
from gateway.core.timeline import microseconds
from gateway.core.views_stations import StationKnown
from gateway.endpoints import station_entry, station_mending, station_sales
from gateway.endpoints.station_cards import CardDesk
from gateway.endpoints.station_needs import Caller, Turned
from gateway.endpoints.station_said import (
    Denied,
    busy,
    closed,
    denied,
    done,
    faulty,
    no_certificate,
    no_session,
    refusal,
    refused,
)
from gateway.events import event
from gateway.ports import LedgerBusy, OutcomeUnknown, TakesTooLong, TooManyAtOnce
from gateway.prepayment.answer_card import StationPace
from schemas.shape import Misshapen, check_shape

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from gateway.endpoints.http_wire import Answer, HttpRequest
    from gateway.endpoints.station_needs import StationDoor

    Said = dict[str, Any]  # JSON
    Question = Callable[[StationDoor, Caller, Mapping[str, Any]], Awaitable[Said | Turned]]

log = logging.getLogger("powertill.station")

PATH: Final = "/station/v1/"
ENROL: Final = "enrol"

RETURNED_VALUES_MAX: Final = 40
"""Values that a meter writes on a card: the longest file of our profiles has eleven."""
_RETURNED_TEXT_MAX: Final = 128

#: What is asked of a station that is closed: how it stands, and to finish what was begun.
_OPEN_ONLY: Final = frozenset({
    "sign_in", "errand", "look", "find", "quote", "sell", "reserve", "undo", "reissue", "take_off",
})  # fmt: skip


class StationConversation:
    """Hears the requests of all stations."""

    def __init__(self, door: StationDoor) -> None:
        self._door = door
        self._shapes = schemas.load("station/station.json")
        self._in_flight: Counter[str] = Counter()
        self._paces: defaultdict[str, StationPace] = defaultdict(StationPace)
        cards = CardDesk()
        self._questions: dict[str, Question] = {
            "renew": station_entry.renew, "hello": station_entry.hello, "sign_in": station_entry.sign_in,
            "sign_out": station_entry.sign_out, "look": station_sales.look, "find": station_sales.find,
            "quote": station_sales.quote, "sell": station_sales.sell, "reserve": station_sales.reserve,
            "undo": station_mending.undo, "errand": cards.errand, "answer": cards.answer,
            "order": cards.order, "begin": cards.begin, "confirm": cards.confirm, "doubt": cards.doubt,
            "give_up": cards.give_up, "returned": cards.returned, "cleared": cards.cleared,
            "reissue": station_mending.reissue, "take_off": station_mending.take_off,
        }  # fmt: skip

    @property
    def questions(self) -> frozenset[str]:
        """The names of all that may be asked."""
        return frozenset({ENROL, *self._questions})

    async def hear(self, request: HttpRequest) -> Answer:
        """Answer a request; a bug of ours is answered with 503 and logged."""
        asked = self.named(request.path)
        try:
            answer, outcome = await self._heard(request, asked)
        except Denied as why:
            answer, outcome = denied(why), why.why
        except Misshapen as fault:
            answer, outcome = faulty(fault.where, fault.what), "misshapen"
        except (LedgerBusy, OutcomeUnknown, TooManyAtOnce, TakesTooLong) as why:
            answer, outcome = busy(str(why)), "busy"
        except Exception as fault:  # noqa: BLE001 - the door's one catch-all
            event(log, "station.fault", level=logging.ERROR, raised=fault, asked=asked)
            answer, outcome = (
                busy("a fault of the centre's own; ask the same again, and tell the centre"),
                "fault",
            )
        self._door.tally.count("station_requests", asked=asked, outcome=outcome)
        return answer

    def named(self, path: bytes) -> str:
        """Name the question of a path, as it is counted."""
        asked = path.decode("latin-1").removeprefix(PATH)
        return asked if path.startswith(PATH.encode()) and asked in self.questions else "other"

    async def _heard(self, request: HttpRequest, asked: str) -> tuple[Answer, str]:
        if asked == "other":
            return faulty("path", f"there is no such question; ask POST {PATH}<question>", 404), "other"
        if request.method != b"POST":
            return faulty("method", "a question is sent with POST", 405), "misshapen"
        if asked == ENROL:
            return await self._counted(request.peer, self._enrolled(request))
        caller = await self._caller(request)
        if not self._paces[caller.station].takes(self._door.clock.seconds()):
            return faulty("pace", "the station asks too fast; ask again in some seconds", 429), "fast"
        return await self._counted(caller.station, self._asked(caller, asked, request.body))

    async def _counted(self, who: str, coming: Awaitable[Said | Turned]) -> tuple[Answer, str]:
        """Answer within what one station may have asked at one time."""
        if self._in_flight[who] >= self._door.limits.in_flight_max:
            coming.close()  # type: ignore[attr-defined]  # a coroutine that was not begun
            return faulty("pace", "too many questions of this station are being answered", 429), "fast"
        self._in_flight[who] += 1
        try:
            said = await coming
        finally:
            self._in_flight[who] -= 1
            if not self._in_flight[who]:
                del self._in_flight[who]
        if isinstance(said, Turned):
            return refused(said), "refused"
        return done(said), "done"

    async def _caller(self, request: HttpRequest) -> Caller:
        """Find whose certificate was shown; Denied where it does not stand."""
        if not request.certificate:
            raise no_certificate()
        found = await self._door.views.rows(StationKnown(request.certificate))
        if not found or not found[0].certificate.stands(microseconds(self._door.now())):
            raise no_certificate()
        return Caller(found[0], request.peer)

    async def _enrolled(self, request: HttpRequest) -> Said | Turned:
        return await station_entry.enrol(self._door, request.peer, self._read(ENROL, request.body))

    async def _asked(self, caller: Caller, asked: str, body: bytes) -> Said | Turned:
        if asked in _OPEN_ONLY and not caller.known.station.is_open:
            raise closed()
        values = self._read(asked, body)
        if "session" in values:
            clerk = await self._door.desk.clerk(caller.station, values["session"])
            if clerk is None:
                raise no_session()
            if asked in _OPEN_ONLY and not clerk.may_sell:
                return refusal(OfficeRefusal.NOT_ALLOWED)
            if asked in _OPEN_ONLY and clerk.branch not in {None, caller.known.station.branch}:
                return refusal(OfficeRefusal.OTHER_BRANCH)
            caller = replace(caller, clerk=clerk)
        return await self._questions[asked](self._door, caller, values)

    def _read(self, asked: str, body: bytes) -> dict[str, Any]:
        """Read a body by its schema; Misshapen says where it is not so."""
        try:
            values: dict[str, Any] = json.loads(body.decode("utf-8"), parse_constant=_no_number)
            # What JSON may escape and UTF-8 cannot write would fall over in the books.
            json.dumps(values, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            raise Misshapen(asked, "must be a JSON object in UTF-8") from None
        check_shape(values, self._shapes["requests"][asked], self._shapes, asked)
        if asked == "returned":
            _require_flat(values["values"])
        return values


def _no_number(text: str) -> object:
    raise ValueError(text)


def _require_flat(values: Mapping[str, Any]) -> None:
    """Refuse what no meter writes: too many values, or one that is no text, number, or list of words."""
    if len(values) > RETURNED_VALUES_MAX:
        raise Misshapen("returned.values", f"must have {RETURNED_VALUES_MAX} entries or fewer")
    for one in values.values():
        parts = one if isinstance(one, list) else [one]
        is_short = len(parts) <= RETURNED_VALUES_MAX and all(
            isinstance(part, str | int) and len(str(part)) <= _RETURNED_TEXT_MAX for part in parts
        )
        if not is_short:
            raise Misshapen("returned.values", "must be short texts and whole numbers, or lists of words")
