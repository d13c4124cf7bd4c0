"""What the centre's end of a session tells whoever holds the line, beside ``Send`` and ``ChangeSpeed``."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gateway.codecs.iec62056_21.states import ChangeSpeed, Fault, Send

if TYPE_CHECKING:
    from gateway.codecs.iec62056_21.datasets import Sets
    from gateway.codecs.iec62056_21.identification import Identification


class Identified(NamedTuple):
    """Who answered."""

    identification: Identification


class ReadOut(NamedTuple):
    """The read-out. ``is_crc_right``: of a pushed telegram with a CRC-16; None where there was none."""

    sets: Sets
    is_crc_right: bool | None = None


class Challenged(NamedTuple):
    """The meter asks for a password; the seed is what an algorithm makes P2 of."""

    seed: str


class Unlocked(NamedTuple):
    """The meter took the password."""


class Answer(NamedTuple):
    """What was read, put together from all its parts."""

    sets: Sets


class Taken(NamedTuple):
    """The meter confirms a write or an execution: read back whether it is so."""


class MeterError(NamedTuple):
    """The meter's own error, such as ER01; the session goes on."""

    text: str


class Ended(NamedTuple):
    """The session was ended by us."""


class Binary(NamedTuple):
    """The line belongs to HDLC from the change of speed on."""


Event = (
    Send
    | ChangeSpeed
    | Identified
    | ReadOut
    | Challenged
    | Unlocked
    | Answer
    | Taken
    | MeterError
    | Ended
    | Binary
    | Fault
)
