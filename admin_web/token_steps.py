"""Where a payment stands, as a line of steps: request, booking, credit, notice; and in which tone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from admin_web.cells import Tone
from admin_web.words import msg
from gateway.core.remote_order import RemoteState
from gateway.core.sale import SaleState
from gateway.core.token_reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.core.token_story import TokenCase

TONES: Final[Mapping[Reason, Tone]] = {
    Reason.REFUSED: Tone.BAD,
    Reason.REVERSED_BEFORE: Tone.QUIET,
    Reason.NO_KEY: Tone.BAD,
    Reason.AT_MODULE: Tone.WAITING,
    Reason.NOT_FETCHED: Tone.WAITING,
    Reason.OVERDUE: Tone.BAD,
    Reason.AT_COUNTER: Tone.WAITING,
    Reason.ON_CARD: Tone.WAITING,
    Reason.CARD_BEGUN: Tone.WAITING,
    Reason.CARD_IN_DOUBT: Tone.BAD,
    Reason.CARD_REISSUED: Tone.WAITING,
    Reason.ON_THE_CARD: Tone.GOOD,
    Reason.ON_LINE: Tone.WAITING,
    Reason.ON_ITS_WAY: Tone.WAITING,
    Reason.LINE_UNKNOWN: Tone.WAITING,
    Reason.LINE_REFUSED: Tone.BAD,
    Reason.LINE_AGAIN: Tone.WAITING,
    Reason.BY_HAND: Tone.GOOD,
    Reason.OUT: Tone.GOOD,
    Reason.GIVEN_OUT: Tone.GOOD,
    Reason.OUT_NOT_TOLD: Tone.GOOD,
    Reason.OUT_GIVEN_UP: Tone.BAD,
    Reason.LOST: Tone.WAITING,
    Reason.OUT_AGAIN: Tone.GOOD,
    Reason.DELIVERED: Tone.GOOD,
    Reason.REVERSED: Tone.QUIET,
    Reason.TAKEN_BACK: Tone.QUIET,
    Reason.CLAIMED: Tone.BAD,
    Reason.CONCEDED: Tone.QUIET,
}


class Reached(Enum):
    """How far a step is; the value is said."""

    DONE = msg("done")
    NOW = msg("waits here")
    FAILED = msg("stopped here")
    LATER = msg("not yet")


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the line: what it is called, and how far it is."""

    label: str
    reached: Reached


def steps_of(case: TokenCase, *, tells_others: bool = True) -> tuple[Step, ...]:
    """Give the line of a case; it ends with the credit where nobody is told of what was sold."""
    booked, made, told = _reached(case)
    line = (Step(msg("Request"), Reached.DONE), Step(msg("Booking"), booked), Step(msg("The credit"), made))
    return (*line, Step(msg("Notice"), told)) if tells_others else line


def _reached(case: TokenCase) -> tuple[Reached, Reached, Reached]:
    sale = case.sale
    if sale is None:
        return Reached.FAILED, Reached.LATER, Reached.LATER
    if sale.state is SaleState.WAITING:
        return Reached.DONE, Reached.NOW, Reached.LATER
    if sale.state is SaleState.REVERSED:
        return Reached.DONE, Reached.FAILED, Reached.LATER
    if any(one is not None and one.is_open for one in (case.card, case.line)):
        return Reached.DONE, Reached.NOW, _told(case)
    if case.line is not None and case.line.state is RemoteState.REFUSED:
        return Reached.DONE, Reached.FAILED, _told(case)
    return Reached.DONE, Reached.DONE, _told(case)


def _told(case: TokenCase) -> Reached:
    if any(notice.is_given_up for notice in case.notices):
        return Reached.FAILED
    return Reached.NOW if case.notices else Reached.DONE
