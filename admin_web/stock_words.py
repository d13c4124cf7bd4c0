"""What is said of meters in stock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.cells import State, Tone
from admin_web.words import msg
from gateway.core.stock import StockState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from admin_web.asked import Asked

STOCK_STATES: Final[Mapping[StockState, State]] = {
    StockState.IN_STOCK: State(msg("in stock"), Tone.GOOD),
    StockState.ISSUED: State(msg("installed"), Tone.QUIET),
    StockState.SCRAPPED: State(msg("scrapped"), Tone.QUIET),
}


def place_said(asked: Asked, branch: str) -> str:
    """Say where a meter lies."""
    return branch or asked.words.say(msg("the central store"))
