"""States of both ends and how long each waits, and what both ends say to whoever holds the line.

    centre   asking ──► choosing ──► reading ──► over                     read-out (modes A to D)
                           └───────► unlocking ──► locked ──► checked ──► open ◄──► asked     programming
                           └───────► over: HDLC takes the line            mode E

    meter    idle ──► offering ──► sending ──► idle
                         └──────► locked ──► checking ──► open ◄──► parted

Milliseconds are of IEC 62056-21, 6.3 and annex A. What the way there takes (a modem, a concentrator) is added
by whoever holds the line. ``peer_ms``: so long the other side may take for its next character; ``own_ms``: so
long we may think before the other side gives us up.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from gateway.codecs.iec62056_21.reader import Wants

#: tr of the standard at its longest: from the end of a message to the beginning of its answer.
ANSWER_MS: Final = 1500
#: ta of the standard: between two characters.
BETWEEN_MS: Final = 1500
#: A session in programming mode that nobody uses is ended by a meter after one to two minutes.
IDLE_MS: Final = 60_000
#: From the last character at the old speed until both have changed; heads and modems need up to this.
SPEED_CHANGE_MS: Final = 300
#: How often a block is asked for again, and a message of ours said again.
REPEATS_MAX: Final = 3
#: Parts of one answer: with the longest lines more than a block could hold.
PARTS_MAX: Final = 4096


class Send(NamedTuple):
    """Write these bytes to the line, after so many milliseconds of quiet."""

    octets: bytes
    after_ms: int = 0

    def __repr__(self) -> str:
        """Show the size only: there may be a password in it."""
        return f"Send(<{len(self.octets)} bytes>, after {self.after_ms} ms)"


class ChangeSpeed(NamedTuple):
    """When the last bytes are out and so many milliseconds have gone by, go on at this speed.

    ``is_hdlc``: with eight bits and no parity, and in the hands of DLMS.
    """

    baud: int
    after_ms: int = SPEED_CHANGE_MS
    is_hdlc: bool = False


class FaultKind(Enum):
    """What went wrong on the line, or was refused."""

    SILENT = "no answer came"
    FRAMING = "the answer broke off"
    CHECK = "the check character is wrong, also when it was said again"
    NO_BLOCK = "something came, and no block was in it"
    TOO_LONG = "what came has no end within its limit"
    ODD = "what came does not belong here"
    REFUSED = "the meter refuses to hear it"
    PASSWORD = "the meter does not take the password"  # noqa: S105 - a sentence
    ENDED = "the meter ended the session"


@dataclass(frozen=True, slots=True)
class Fault:
    """The session is over, or (``PASSWORD``) goes on; ``text`` is the meter's own error where it said one."""

    kind: FaultKind
    text: str = ""


class Wait(NamedTuple):
    """How long the other side may take, and how long we may; None: nobody waits."""

    peer_ms: int | None
    own_ms: int | None = None


class CentreState(Enum):
    """Where the centre is."""

    NEW = "nothing was said yet"
    ASKING = "the meter is to identify itself"
    LISTENING = "a meter that speaks by itself is waited for"
    CHOOSING = "the meter waits for our option"
    READING = "the read-out is to come"
    UNLOCKING = "the meter is to ask for a password"
    LOCKED = "the meter waits for the password"
    CHECKED = "the meter is to say whether it takes the password"
    OPEN = "the meter waits for a command"
    ASKED = "the meter is to answer a command"
    OVER = "the session is over"


CENTRE_WAITS: Final = {
    CentreState.NEW: Wait(None),
    CentreState.ASKING: Wait(ANSWER_MS),
    CentreState.LISTENING: Wait(None),
    CentreState.CHOOSING: Wait(None, ANSWER_MS),
    CentreState.READING: Wait(ANSWER_MS),
    CentreState.UNLOCKING: Wait(ANSWER_MS),
    CentreState.LOCKED: Wait(None, IDLE_MS),
    CentreState.CHECKED: Wait(ANSWER_MS),
    CentreState.OPEN: Wait(None, IDLE_MS),
    CentreState.ASKED: Wait(ANSWER_MS),
    CentreState.OVER: Wait(None),
}

CENTRE_WANTS: Final = {
    CentreState.ASKING: Wants.LINE,
    CentreState.LISTENING: Wants.LINE,
    CentreState.READING: Wants.BLOCK,
    CentreState.UNLOCKING: Wants.BLOCK,
    CentreState.CHECKED: Wants.ANSWER,
    CentreState.OPEN: Wants.ANSWER,
    CentreState.ASKED: Wants.ANSWER,
}
#: Where a meter must be told that we leave.
CENTRE_PROGRAMS: Final = {CentreState.LOCKED, CentreState.CHECKED, CentreState.OPEN, CentreState.ASKED}


class MeterState(Enum):
    """Where the meter is."""

    IDLE = "nobody speaks with it"
    OFFERING = "an option is waited for"
    SENDING = "it is to send its read-out"
    CHALLENGING = "it is to ask for a password"
    LOCKED = "a password is waited for"
    CHECKING = "it is to say whether it takes the password"
    OPEN = "a command is waited for"
    ANSWERING = "it is to answer a command"
    PARTED = "a part of an answer is to be confirmed"
    BINARY = "HDLC has the line"


METER_WAITS: Final = {
    MeterState.IDLE: Wait(None),
    MeterState.OFFERING: Wait(ANSWER_MS),
    MeterState.SENDING: Wait(None, ANSWER_MS),
    MeterState.CHALLENGING: Wait(None, ANSWER_MS),
    MeterState.LOCKED: Wait(2 * IDLE_MS),
    MeterState.CHECKING: Wait(None, ANSWER_MS),
    MeterState.OPEN: Wait(2 * IDLE_MS),
    MeterState.ANSWERING: Wait(None, ANSWER_MS),
    MeterState.PARTED: Wait(ANSWER_MS),
    MeterState.BINARY: Wait(None),
}
METER_WANTS: Final = {
    MeterState.IDLE: Wants.LINE,
    MeterState.OFFERING: Wants.OPTION,
    MeterState.LOCKED: Wants.ANSWER,
    MeterState.OPEN: Wants.ANSWER,
    MeterState.PARTED: Wants.ANSWER,
}
