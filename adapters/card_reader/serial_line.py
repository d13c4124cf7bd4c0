"""The line to a serial reader: one question at a time, and what came of it.

A question for the card that was not answered rightly is never asked again here, but where the reader itself
says that it has not understood it. What a line does wrong is ``Lost``. It is opened anew, by its name, when
it is used next.
"""

from __future__ import annotations

import errno
import termios
import time
from collections import deque
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final

import serial

from gateway.codecs.card.profile import Told
from gateway.codecs.card.steps import Lost
from gateway.codecs.ccid.framing import AtWork, Came, CardMoved, Disturbed, Incoming, NotUnderstood, framed
from gateway.codecs.ccid.message import (
    Kind,
    Message,
    PeerFault,
    Volts,
    power_off,
    read_answer,
    slot_status,
)

if TYPE_CHECKING:
    from gateway.codecs.ccid.framing import Event
    from gateway.codecs.ccid.message import Answer

#: Seconds until a reader has answered what it knows by itself: it takes some milliseconds.
ANSWER_S: Final = 0.8
#: Seconds of one question at the most, however often the reader says that it is at work.
QUESTION_S_MAX: Final = 30
#: Questions that a reader may not have understood, until the line is given up.
SAID_MAX: Final = 3
#: Looks at a reader until it is taken for gone: the first may meet what is left of a question before it.
LOOKS_MAX: Final = 3
#: Bytes that are thrown away before a look; a reader says less than a message by itself.
STALE_MAX: Final = 4096

# Seconds that a read waits, so that a deadline is seen soon after it has passed.
_READ_S: Final = 0.05
_WRITE_S: Final = 1.0
_READ_SIZE: Final = 4096

_OPENING: Final = {
    errno.EAGAIN: (Told.BUSY, "another program has the line"),
    errno.EBUSY: (Told.BUSY, "another program has the line"),
    errno.ENOENT: (Told.NO_READER, "there is no such line"),
    errno.EACCES: (Told.NO_READER, "this user may not use the line"),
}


@dataclass(frozen=True, slots=True)
class LinePlan:
    """A reader on a serial line. ``takes_apdus``: it does T=0 and T=1 itself; else each step is done here."""

    path: str
    speed: int = 115_200
    volts: Volts = Volts.FIVE
    takes_apdus: bool = False


class SerialLine:
    """A line to a reader: eight bits, no parity, two stop bits. Whoever uses it has ``lock``."""

    def __init__(self, plan: LinePlan) -> None:
        self.plan = plan
        self.lock = Lock()
        #: How often the reader has told of a card that was put in or pulled out.
        self.moves = 0
        self._port: serial.Serial | None = None
        self._incoming = Incoming()
        self._events: deque[Event] = deque()
        self._sequence = 0

    def open(self) -> Lost | None:
        """Open it, for this program alone, where it is not open."""
        if self._port is not None:
            return None
        port = serial.Serial(
            None, self.plan.speed, stopbits=serial.STOPBITS_TWO, timeout=_READ_S,
            write_timeout=_WRITE_S, exclusive=True,
        )  # fmt: skip
        # With RTS up the reader would say its plug and play name first, which is none of its messages.
        port.rts = False
        port.port = self.plan.path
        try:
            port.open()
        except (OSError, ValueError, termios.error) as fault:
            told, why = _OPENING.get(
                getattr(fault, "errno", None) or 0, (Told.NO_READER, "it cannot be opened")
            )
            return Lost(told, f"{self.plan.path}: {why}")
        self._port = port
        self._forget()
        return None

    def close(self) -> None:
        """Close it."""
        port, self._port = self._port, None
        if port is not None:
            port.close()

    def look(self) -> Answer | Lost:
        """Ask whether a card is there, with nothing of before on the line."""
        why = ""
        for _ in range(LOOKS_MAX):
            trouble = self.open()
            if trouble is not None:
                return trouble
            # A line that was unplugged meanwhile is found out here, and opened anew.
            found = self._emptied() or self.asked(slot_status(self.numbered()), ANSWER_S)
            if not isinstance(found, Lost):
                return found
            why = found.detail
        return Lost(Told.NO_READER, f"{self.plan.path}: {why}")

    def power_off(self) -> None:
        """Take the power off the card; one that has left may fail."""
        self.asked(power_off(self.numbered()), ANSWER_S)

    def asked(self, command: Message, wait_s: float) -> Answer | Lost:
        """Ask; a card that moves while it is spoken to is lost, whatever the reader answers after that.

        ``wait_s``: how long the reader may be silent.
        """
        port = self._port
        if port is None:
            return Lost(Told.NO_READER, "the line is not open")
        try:
            port.write(framed(command))
            return self._heard(port, command, wait_s)
        except (OSError, termios.error):
            self.close()
            return Lost(Told.NO_READER, "the line to the reader is disturbed")

    def numbered(self) -> int:
        """Give the sequence of the next question."""
        self._sequence = (self._sequence + 1) & 0xFF
        return self._sequence

    def _heard(self, port: serial.Serial, command: Message, wait_s: float) -> Answer | Lost:
        said, now = 1, time.monotonic()
        ends, silent = now + QUESTION_S_MAX, now + wait_s
        while (event := self._event(port, min(silent, ends))) is not None:
            match event:
                case NotUnderstood() if said < SAID_MAX:
                    said += 1
                    port.write(framed(command))
                case NotUnderstood():
                    return Lost(Told.NO_READER, "the reader does not understand what is sent")
                case CardMoved():
                    self.moves += 1
                    if command.kind == Kind.TRANSFER:
                        return Lost(Told.CARD_GONE, "the card was pulled out")
                case AtWork():
                    pass
                case Disturbed():
                    return Lost(Told.NO_READER, f"the line to the reader is disturbed: {event.why}")
                case Came():
                    found = self._answer(command, event.message)
                    if found is not None:
                        return found
            silent = time.monotonic() + wait_s
        return Lost(Told.READER_STUCK, "the reader does not answer")

    @staticmethod
    def _answer(command: Message, came: Message) -> Answer | Lost | None:
        """Read what came; None where more is to come: the command said back, or the card takes longer."""
        # A look is what a line is brought to rest with: what is still owed of before may come in between.
        is_of_before = command.kind == Kind.SLOT_STATUS and came.sequence != command.sequence
        if came == command or is_of_before:
            return None
        try:
            answer = read_answer(command, came)
        except PeerFault as fault:
            return Lost(Told.NO_READER, f"the reader breaks its rules: {fault}")
        return None if answer.is_waiting else answer

    def _event(self, port: serial.Serial, ends: float) -> Event | None:
        """Give the next event; None where none came in time."""
        while not self._events:
            if time.monotonic() >= ends:
                return None
            self._read(port)
        return self._events.popleft()

    def _read(self, port: serial.Serial) -> int:
        raw = port.read(1)
        if raw:
            raw += port.read(min(port.in_waiting, _READ_SIZE))
            self._events.extend(self._incoming.receive(raw))
        return len(raw)

    def _emptied(self) -> Lost | None:
        """Take in what has come unasked; nothing of an earlier question is taken for an answer then."""
        port = self._port
        if port is None:
            return Lost(Told.NO_READER, "the line is not open")
        try:
            taken = 0
            while port.in_waiting:
                taken += self._read(port)
                if taken > STALE_MAX:
                    return Lost(Told.NO_READER, "the line does not come to rest")
        except (OSError, termios.error):
            self.close()
            return Lost(Told.NO_READER, "the line to the reader is disturbed")
        self.moves += sum(isinstance(event, CardMoved) for event in self._events)
        self._forget()
        return None

    def _forget(self) -> None:
        self._incoming = Incoming()
        self._events.clear()
