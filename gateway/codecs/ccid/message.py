"""Messages of a card reader: USB-IF, Integrated Circuit(s) Cards Interface Devices, revision 1.1, chapter 6.

    62 00 00 00 00  00  07  01 00 00            power on slot 0, 5 V                  to the reader
    80 0A 00 00 00  00  07  00 00 00  3B 86 …   answer to reset, ten bytes            from it
    │  └ bytes      │   │   └ three bytes that each kind has for itself
    └ kind          │   └ sequence: the answer has the command's
                    └ slot

In an answer the three are its status, its error and one more. Of the status the two low bits say whether a
card is there, the two high ones whether the command was carried out or needs more time (6.2.6).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Final

HEADER: Final = 10
#: A short APDU of five bytes, 255 and one more; a block of T=1 has 259 (5.1: dwMaxCCIDMessageLength is 271).
BODY_MAX: Final = 261

_SLOT, _SEQUENCE, _OWN = 5, 6, 7
_FAILED, _MORE_TIME = 1, 2


class PeerFault(ValueError):  # noqa: N818 - the name says whose fault it is
    """The other side broke the rules: where in its bytes, and why. The text holds none of them."""

    def __init__(self, what: str, at: int, why: str) -> None:
        super().__init__(f"{what} at {at}: {why}")
        self.what = what
        self.at = at
        self.why = why


class Kind(IntEnum):
    """What is asked (6.1), and what is answered (6.2)."""

    SET_PARAMETERS = 0x61
    POWER_ON = 0x62
    POWER_OFF = 0x63
    SLOT_STATUS = 0x65
    TRANSFER = 0x6F
    BLOCK = 0x80
    STATUS = 0x81
    PARAMETERS = 0x82


#: Which answer belongs to what (table 6.1-1).
ANSWERS: Final = {
    Kind.SET_PARAMETERS: Kind.PARAMETERS,
    Kind.POWER_ON: Kind.BLOCK,
    Kind.POWER_OFF: Kind.STATUS,
    Kind.SLOT_STATUS: Kind.STATUS,
    Kind.TRANSFER: Kind.BLOCK,
}


class Volts(Enum):
    """What the card is fed (6.1.1); ``AUTO`` is for readers that find it out themselves."""

    AUTO = 0
    FIVE = 1
    THREE = 2
    LOW = 3


class CardState(Enum):
    """Whether a card is there, and has power (table 6.2-3)."""

    ACTIVE = 0
    IDLE = 1
    NONE = 2


#: A card that does not answer, and one whose answer has a wrong parity (table 6.2-2).
MUTE, PARITY = 0xFE, 0xFD

_ERRORS: Final = {
    MUTE: "the card does not answer",
    PARITY: "the card's answer is disturbed",
    0xFC: "the card sends too much",
    0xFB: "the card's contacts are faulty, or short-circuited",
    0xF8: "the card's answer to reset does not begin as one",
    0xF7: "the card's answer to reset has a wrong check byte",
    0xF6: "the reader does not speak the card's protocol",
    0xF5: "the card does not take this voltage",
    0xF4: "the card answers against the rules of T=0",
    0xF3: "the reader has no such protocol any more",
    0xF2: "the reader is busy with the card by itself",
    0xE0: "the reader is busy",
    0x00: "the reader does not know this command",
}


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """A message either way. Its body may be secret: no repr shows it."""

    kind: int
    sequence: int
    own: bytes = bytes(3)
    body: bytes = b""
    slot: int = 0

    def __repr__(self) -> str:
        """Show the kind, the sequence and the sizes."""
        return f"Message({self.kind:02X}, {self.sequence}, {self.own.hex()}, <{len(self.body)} bytes>)"

    @property
    def encoded(self) -> bytes:
        """The bytes."""
        size = len(self.body).to_bytes(4, "little")
        return bytes((self.kind,)) + size + bytes((self.slot, self.sequence)) + self.own + self.body


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """What a reader answered. ``error`` None: done; ``is_waiting``: not yet, more time is needed."""

    card: CardState
    error: int | None
    is_waiting: bool
    body: bytes

    def __repr__(self) -> str:
        """Show what became of it, and the size."""
        return f"Answer({self.card.name}, {self.why or 'done'}, <{len(self.body)} bytes>)"

    @property
    def why(self) -> str:
        """Say why it was not done; "" where it was."""
        if self.error is None:
            return ""
        return f"{_ERRORS.get(self.error, 'the reader gave up')} ({self.error:02X})"


def read_message(raw: bytes) -> Message:
    """Take a message apart; raises ``PeerFault``."""
    if len(raw) < HEADER:
        raise PeerFault("message", len(raw), f"shorter than its {HEADER} bytes of header")
    size = int.from_bytes(raw[1:_SLOT], "little")
    if size != len(raw) - HEADER:
        raise PeerFault("message", 1, f"says {size} bytes, {len(raw) - HEADER} are there")
    if size > BODY_MAX:
        raise PeerFault("message", 1, f"{size} bytes, at most {BODY_MAX} can be")
    return Message(raw[0], raw[_SEQUENCE], raw[_OWN:HEADER], raw[HEADER:], raw[_SLOT])


def read_answer(command: Message, came: Message) -> Answer:
    """Read what came as the answer to a command; raises ``PeerFault`` where it is none."""
    if came.kind != ANSWERS[Kind(command.kind)]:
        raise PeerFault("answer", 0, f"kind {came.kind:02X} to a command {command.kind:02X}")
    if came.slot != command.slot:
        raise PeerFault("answer", _SLOT, f"of slot {came.slot}, asked was {command.slot}")
    if came.sequence != command.sequence:
        raise PeerFault("answer", _SEQUENCE, "to another command")
    status, error, own = came.own
    state, result = status & 0x03, status >> 6
    if state > CardState.NONE.value or status & 0x3C or result > _MORE_TIME:
        raise PeerFault("answer", _OWN, f"no status: {status:02X}")
    # What is longer than one message is of extended APDUs, which are not for these cards (6.2.1).
    if came.kind == Kind.BLOCK and own:
        raise PeerFault("answer", _OWN + 2, "a part of a longer answer, which was not asked for")
    failed = error if result == _FAILED else None
    return Answer(CardState(state), failed, result == _MORE_TIME, came.body)


def power_on(sequence: int, volts: Volts) -> Message:
    """Give the card power; the answer has its answer to reset (6.1.1)."""
    return Message(Kind.POWER_ON, sequence, bytes((volts.value, 0, 0)))


def power_off(sequence: int) -> Message:
    """Take the power off the card (6.1.2)."""
    return Message(Kind.POWER_OFF, sequence)


def slot_status(sequence: int) -> Message:
    """Ask whether a card is there (6.1.3)."""
    return Message(Kind.SLOT_STATUS, sequence)


def transfer(sequence: int, body: bytes, times: int = 0) -> Message:
    """Send to the card; it may be silent so many ``times`` its waiting time, as T=1 may ask for (6.1.4)."""
    if len(body) > BODY_MAX:
        raise ValueError(f"{len(body)} bytes to a card, at most {BODY_MAX} go at once")
    return Message(Kind.TRANSFER, sequence, bytes((times, 0, 0)), body)


def parameters_t0(sequence: int, rate: int, inverse: int, guard: int, waiting: int) -> Message:
    """Tell the reader how the card speaks T=0 (6.1.7)."""
    return Message(Kind.SET_PARAMETERS, sequence, bytes(3), bytes((rate, inverse << 1, guard, waiting, 0)))


def parameters_t1(sequence: int, rate: int, inverse: int, guard: int, waiting: int, portion: int) -> Message:  # noqa: PLR0913, PLR0917 - the reader's own list
    """Tell the reader how the card speaks T=1, with check bytes by xor (6.1.7)."""
    body = bytes((rate, 0x10 | inverse << 1, guard, waiting, 0, portion, 0))
    return Message(Kind.SET_PARAMETERS, sequence, bytes((1, 0, 0)), body)
