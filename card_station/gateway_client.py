"""The centre over the wire: HTTPS with certificates on both sides, JSON both ways, one question a request.

    POST /station/v1/<question>     {…}
    200 {"ok": {…}} or {"refused": {…}}; all else is told in ``centre.answer_of``

How a question travels is in ``centre_line``. The centre's certificate is of the authority that the station
was enrolled with, and of the host's name; no other authority counts. Whatever goes wrong on the line is
``Unknown``: it may have been heard.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.defer import TimeoutError as DeadlineOver

from card_station.centre import Refused, Unknown, answer_of, checked_request
from card_station.centre_line import CentreLine
from card_station.words import msg
from gateway.events import event
from schemas.shape import Misshapen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from card_station.centre import Answer

#: Seconds for a question and its answer together: a centre that is slow has answered by then that it is.
ANSWER_S_MAX: Final = 20

#: Characters of what a line says of its fault.
_SAID_MAX: Final = 120

_PATH: Final = "/station/v1/"
_log = logging.getLogger("powertill.station")


@dataclass(frozen=True, slots=True, repr=False)
class Papers:
    """What a station shows and trusts, in PEM; its key and certificate are "" before it is enrolled."""

    authority: str
    key: str = ""
    certificate: str = ""

    def __repr__(self) -> str:
        """Show no key."""
        return f"Papers({'enrolled' if self.certificate else 'not enrolled'})"


class GatewayClient:
    """Asks the centre at ``https://host:port``."""

    def __init__(
        self,
        url: str,
        papers: Papers,
        reactor: Any,  # noqa: ANN401 - Twisted's reactor is several interfaces at once
        answer_s_max: float = ANSWER_S_MAX,
    ) -> None:
        self._url = url.rstrip("/")
        self._reactor = reactor
        self._answer_s_max = answer_s_max
        self._line = self._made(papers)

    async def show(self, papers: Papers) -> None:
        """Show another certificate from now on: the station has a new one. No line of the old one is kept."""
        before, self._line = self._line, self._made(papers)
        await before.close()

    async def close(self) -> None:
        """Keep no line any more."""
        await self._line.close()

    def _made(self, papers: Papers) -> CentreLine:
        return CentreLine(papers, self._reactor, self._answer_s_max)

    async def ask(self, op: str, request: Mapping[str, Any]) -> Answer:
        """Ask once. What is not of the schema is not sent."""
        try:
            checked_request(op, request)
        except Misshapen as fault:
            return Refused("not_sent", msg("this cannot be asked so") + f": {fault}")
        url = f"{self._url}{_PATH}{op}".encode("ascii")
        asking = Deferred.fromCoroutine(self._line.ask(op, url, json.dumps(request).encode()))
        asking.addTimeout(self._answer_s_max, self._reactor)
        try:
            status, octets = await asking
        except DeadlineOver:
            return Unknown(msg("the centre has not answered in time"))
        except Exception as fault:  # noqa: BLE001 - whatever a line can come to: it may have been heard
            inner = _innermost(fault)
            if isinstance(inner, CancelledError):
                return Unknown(msg("the centre has not answered in time"))
            event(_log, "station.line", level=logging.WARNING, op=op, fault=type(inner).__name__)
            return Unknown(msg("the centre cannot be reached") + f": {_said(inner)}")
        try:
            said = json.loads(octets)
        except ValueError:
            said = None
        return answer_of(op, status, said)


def _innermost(fault: BaseException) -> BaseException:
    """Give the first of the reasons that an agent gathers; the fault itself where it gives none."""
    reasons = getattr(fault, "reasons", None)
    inner: BaseException = reasons[0].value if reasons else fault
    return inner


def _said(fault: BaseException) -> str:
    """Put a fault of the line in a word or two."""
    text = " ".join(str(fault).split())
    return (text or type(fault).__name__)[:_SAID_MAX]
