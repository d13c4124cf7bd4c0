"""What is said of meters in stock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.cells import State, Tone
from admin_web.words import msg
from gateway.core.stock import StockState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from admin_web.asked import Asked
    from gateway.core.stock import Face

STOCK_STATES: Final[Mapping[StockState, State]] = {
    StockState.IN_STOCK: State(msg("in stock"), Tone.GOOD),
    StockState.ISSUED: State(msg("installed"), Tone.QUIET),
    StockState.SCRAPPED: State(msg("scrapped"), Tone.QUIET),
}


CENTRAL_STORE: Final = msg("the central store")
NOT_KNOWN: Final = msg("not known")


def face_said(asked: Asked, face: Face) -> str:
    """Say what stands on a meter's face; what nobody has said is a question mark."""
    if not any((face.phases, face.voltage_v, face.current_a)):
        return asked.words.say(NOT_KNOWN)
    return asked.words.say(
        msg("phases: %(phases)s, %(volts)s V, %(amperes)s A"),
        phases=face.phases or "?",
        volts=face.voltage_v or "?",
        amperes=face.current_a or "?",
    )


def place_said(asked: Asked, branch: str) -> str:
    """Say where a meter or a card lies."""
    return branch or asked.words.say(CENTRAL_STORE)
