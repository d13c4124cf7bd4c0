"""What is said of what lines have seen: how calls end, why a value was not read, what was noticed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from admin_web.cells import Called, Said, State, Tone
from admin_web.words import msg
from gateway.core.contact import ContactWhy, RelayState
from gateway.core.line_standing import LineDoes
from gateway.core.line_work.call import PassedOver
from gateway.core.line_work.round_kept import RoundTold
from gateway.core.line_work.slot import SlotState
from gateway.core.line_work.work_kind import WorkKind
from gateway.core.meter_event import EventKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from admin_web.cells import Cell
    from gateway.core.line_work.slot import GapWhy

#: A call or a contact that ended well.
WELL: Final = msg("it went well")

CONTACT_WHYS: Final[Mapping[ContactWhy, str]] = {
    ContactWhy.LINE: msg("our own line failed"),
    ContactWhy.BUSY: msg("the number is busy"),
    ContactWhy.NO_ANSWER: msg("nobody answers"),
    ContactWhy.NO_CARRIER: msg("the modems did not agree"),
    ContactWhy.NO_DIALTONE: msg("our line has no dial tone"),
    ContactWhy.LOST: msg("the call broke off"),
    ContactWhy.TIMEOUT: msg("the meter was silent"),
    ContactWhy.CHECKSUM: msg("noise: checksums were wrong"),
    ContactWhy.GARBLED: msg("the answer made no sense"),
    ContactWhy.WRONG_METER: msg("another meter answered"),
    ContactWhy.REFUSED: msg("the meter said no"),
    ContactWhy.AUTH: msg("it does not take the password or the keys"),
}

_PASSED_OVER: Final[Mapping[PassedOver, str]] = {
    PassedOver.NO_TIME: msg("no line was free in time"),
    PassedOver.CALLS_SPENT: msg("it had all of its calls until noon"),
    PassedOver.NOT_THERE: msg("the gateway did not run"),
}

#: By the word in the address.
GAP_WHYS: Final[Mapping[str, str]] = {
    why.value: said for words in (CONTACT_WHYS, _PASSED_OVER) for why, said in words.items()
}

WORK_KINDS: Final[Mapping[WorkKind, str]] = {
    WorkKind.URGENT: msg("urgent"),
    WorkKind.ON_DEMAND: msg("on demand"),
    WorkKind.GAP: msg("a gap"),
    WorkKind.SCHEDULE: msg("as planned"),
}

SLOT_STATES: Final[Mapping[SlotState, State]] = {
    SlotState.GAP: State(msg("to be read again"), Tone.WAITING),
    SlotState.WAITING: State(msg("in its first window"), Tone.QUIET),
    SlotState.LOST: State(msg("lost"), Tone.BAD),
}

ROUND_TOLD: Final[Mapping[RoundTold, State]] = {
    RoundTold.BEGUN: State(msg("carried out from here on")),
    RoundTold.OFF: State(msg("not carried out any more")),
}

LINE_DOES: Final[Mapping[LineDoes, State]] = {
    LineDoes.FREE: State(msg("free"), Tone.GOOD),
    LineDoes.CALLING: State(msg("on a call"), Tone.GOOD),
    LineDoes.OUT: State(msg("out of service"), Tone.BAD),
}

RELAYS: Final[Mapping[RelayState, State]] = {
    RelayState.OPEN: State(msg("open: no power"), Tone.BAD),
    RelayState.CLOSED: State(msg("closed: it has power"), Tone.GOOD),
    RelayState.READY: State(msg("open, and the customer may close it"), Tone.WAITING),
}

EVENTS: Final[Mapping[EventKind, State]] = {
    EventKind.SEAL_BROKEN: State(msg("a seal is broken"), Tone.BAD),
    EventKind.COVER_OPENED: State(msg("the cover was opened"), Tone.BAD),
    EventKind.CT_MISSING: State(msg("a current transformer is missing"), Tone.BAD),
    EventKind.COUNTS_BACK: State(msg("it counts backwards"), Tone.BAD),
    EventKind.RELAY_OPEN: State(msg("its relay is open, and nobody ordered that"), Tone.BAD),
    EventKind.DISPLAY_DARK: State(msg("the display is dark"), Tone.WAITING),
    EventKind.BATTERY_LOW: State(msg("the battery is low"), Tone.WAITING),
    EventKind.CLOCK_SET: State(msg("its clock was set")),
    EventKind.CLOCK_NOT_SET: State(msg("its clock could not be set"), Tone.WAITING),
    EventKind.CLOCK_TOO_FAR: State(msg("its clock is too far off to be set over a line"), Tone.BAD),
    EventKind.TOO_MUCH: State(msg("it counted more than it can"), Tone.BAD),
    EventKind.OVER_CREDITS: State(msg("it took more credits than were sold"), Tone.BAD),
    EventKind.WRONG_METER: State(msg("another meter answered at its place"), Tone.BAD),
}


def at_second(at_s: int) -> datetime:
    """Give a moment of the lines, which know whole seconds since 1970 UTC."""
    return datetime.fromtimestamp(at_s, UTC)


def contact_state(why: ContactWhy | None) -> State:
    """Say how a call or a contact ended."""
    return State(WELL, Tone.GOOD) if why is None else State(CONTACT_WHYS[why], Tone.BAD)


def gap_why(why: GapWhy | None) -> Cell:
    """Say why a slot was not read; nothing where nobody has tried yet."""
    return None if why is None else Said(GAP_WHYS[why.value])


def clock_said(off_s: int | None) -> Cell:
    """Say how far a clock was off."""
    if off_s is None:
        return None
    if off_s == 0:
        return Said(msg("it is right"))
    sentence = msg("%(name)s s ahead") if off_s > 0 else msg("%(name)s s behind")
    return Called(sentence, str(abs(off_s)))
