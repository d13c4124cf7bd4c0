"""The centre as the station knows it: one question at a time, and what can come of it.

    Ok          it was done, or had been done before: its content
    Refused     it was understood, nothing was done, and why; only the centre itself can say so
    SignedOut   nobody is signed in (any more): whatever had been asked before stands as it did
    Unknown     no answer, or none that can be relied on: it may have been done

A question whose outcome is unknown is asked again as it was, with growing waits; every one may be. Nothing
is concluded from silence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import schemas
from card_station.words import msg
from schemas.shape import Misshapen, check_shape

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

#: Seconds before a question is asked again, the first time and at most: a line that comes back is used soon,
#: and a centre that is down is not stormed by its stations.
AGAIN_S: Final = 1
AGAIN_S_MAX: Final = 60

#: How often a question is asked while somebody stands at the counter: half a minute of waits.
TRIES_WAITED: Final = 6

#: Characters of a sentence that are shown.
_SENTENCE_MAX: Final = 200
#: HTTP's status of an answer that was decided.
_DONE: Final = 200


@dataclass(frozen=True, slots=True)
class Ok:
    """It was done."""

    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was done; ``code`` is for programs, ``sentence`` for people."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class SignedOut:
    """Nobody is signed in."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """It is not known whether it was done; ``why`` is for people."""

    why: str


Answer = Ok | Refused | SignedOut | Unknown


@dataclass(slots=True)
class Hello:
    """What the centre has said of this station."""

    station: str = ""
    name: str = ""
    branch: str = ""
    currency: str = "CNY"
    zone: str = "UTC"
    certificate_ends_us: int = 0
    is_there: bool = False
    why: str = ""


class Centre(Protocol):
    """Whoever answers: the gateway's door, or in tests its commands."""

    def ask(self, op: str, request: Mapping[str, Any]) -> Awaitable[Answer]:
        """Ask once; never raises for what the line or the centre does."""


def checked_request(op: str, request: Mapping[str, Any]) -> None:
    """Refuse (``Misshapen``) a request that is not of the schema: a fault of ours, or of who typed it."""
    table = schemas.load("station/station.json")
    check_shape(request, table["requests"][op], table, op)


def answer_of(op: str, status: int, said: object) -> Answer:
    """Say what an answer means; what is not of the schema means nothing."""
    table = schemas.load("station/station.json")
    if not isinstance(said, dict):
        return Unknown(msg("the centre has a fault") + f": {status}")
    try:
        if status == _DONE and "ok" in said:
            check_shape(said["ok"], table["answers"][op], table, op)
            return Ok(said["ok"])
        if status == _DONE and "refused" in said:
            check_shape(said["refused"], table["refused"], table, "refused")
            return Refused(said["refused"]["code"], said["refused"]["sentence"])
        if "denied" in said:
            check_shape(said, table["denied"], table, "denied")
            return SignedOut() if said["denied"] == "session" else Unknown(said["sentence"])
        if "fault" in said:
            check_shape(said["fault"], table["fault"], table, "fault")
            place = f"{said['fault']['where']}: {said['fault']['what']}"
            return Unknown(msg("the centre did not take it") + f": {place}")
    except Misshapen as fault:
        return Unknown((msg("the centre's answer is not understood") + f": {fault}")[:_SENTENCE_MAX])
    busy = said.get("busy")
    why = f": {busy[:_SENTENCE_MAX]}" if isinstance(busy, str) else f": it answered {status}"
    return Unknown(
        msg("the centre is busy") + why if isinstance(busy, str) else msg("the centre has a fault") + why
    )


def waits() -> Iterator[int]:
    """Give the seconds before each further try, without an end."""
    wait = AGAIN_S
    while True:
        yield wait
        wait = min(2 * wait, AGAIN_S_MAX)


async def asked(
    centre: Centre,
    op: str,
    request: Mapping[str, Any],
    *,
    pause: Callable[[float], Awaitable[None]],
    tries: int | None = TRIES_WAITED,
) -> Answer:
    """Ask until there is an answer, ``tries`` times at most; None: until there is one.

    Whose session has ended meanwhile is told nothing of what was asked before.
    """
    for number, wait in enumerate(waits(), 1):
        answer = await centre.ask(op, request)
        if isinstance(answer, SignedOut) and number > 1:
            return Unknown(msg("nobody is signed in any more"))
        if not isinstance(answer, Unknown) or number == tries:
            return answer
        await pause(wait)
    raise AssertionError("waits have no end")
