"""What is said to a station: one table from what came of its question to HTTP's status and a body.

200  {"ok": …}        done
200  {"refused": …}   understood, and nothing was done
400  {"fault": …}     the request has not its shape
401  {"denied": …}    "certificate": none, or none that stands; "session": nobody is signed in
403  {"denied": …}    "closed": the station is
404, 405, 408, 413    {"fault": …}
429  {"fault": …}     asked too fast
503  {"busy": …}      full, or not known: ask the same again
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.outcome import Declined
from gateway.core.sentence import with_detail
from gateway.endpoints.http_wire import Answer
from gateway.endpoints.station_needs import Turned
from gateway.endpoints.station_values import line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.core.card import CardReason
    from gateway.core.outcome import Content

#: Characters of a sentence on the wire (``schemas/station``: ``sentence``).
SENTENCE_MAX: Final = 400

_KIND: Final = "application/json"


class Denied(Exception):  # noqa: N818 - no error: who asks may not, as things are
    """Not heard: no certificate that stands, a closed station, or nobody signed in."""

    def __init__(self, http: int, why: str, sentence: str) -> None:
        super().__init__(sentence)
        self.http = http
        self.why = why
        self.sentence = sentence


def no_certificate() -> Denied:
    """Say that the station is not let in."""
    return Denied(401, "certificate", "the station has no certificate that stands; let it in with a code")


def no_session() -> Denied:
    """Say that nobody is signed in."""
    return Denied(401, "session", OfficeRefusal.SIGNED_OUT.value)


def closed() -> Denied:
    """Say that the station is closed."""
    return Denied(403, "closed", "the station is closed; whoever keeps the stations opens it in the office")


def done(ok: Mapping[str, Any]) -> Answer:
    """Say that it was done, and what came of it."""
    return _answer(200, {"ok": ok})


def refused(turned: Turned) -> Answer:
    """Say that nothing was done, and why."""
    said = {"code": turned.code, "sentence": line(turned.sentence, SENTENCE_MAX)}
    return _answer(200, {"refused": said})


def faulty(where: str, what: str, http: int = 400) -> Answer:
    """Say what is wrong with a request; what was sent is not repeated beyond the place."""
    return _answer(http, {"fault": {"where": line(where), "what": line(what)}})


def denied(why: Denied) -> Answer:
    """Say that it was not heard, and why."""
    return _answer(why.http, {"denied": why.why, "sentence": why.sentence})


def busy(why: str) -> Answer:
    """Say that the same must be asked again."""
    return _answer(503, {"busy": line(why)})


def turned_of(content: Content) -> Turned | None:
    """Give the refusal that was decided; None where something was done."""
    if isinstance(content, NotDone):
        return Turned(content.reason.name.lower(), content.sentence)
    if isinstance(content, Declined):
        return Turned(content.reason.value, with_detail(content.reason.sentence, content.detail))
    return None


def refusal(reason: OfficeRefusal, detail: str = "") -> Turned:
    """Make a refusal of the door's own."""
    return Turned(reason.name.lower(), with_detail(reason.value, detail))


def card_refusal(reason: CardReason) -> Turned:
    """Refuse for what a card is."""
    return Turned(OfficeRefusal.CARD_REFUSED.name.lower(), reason.sentence)


def _answer(code: int, body: Mapping[str, Any]) -> Answer:
    octets = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Answer(code, octets, _KIND)
