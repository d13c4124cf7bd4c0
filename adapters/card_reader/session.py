"""One conversation with one card, as the reader's own thread holds it: connect, talk, let go.

The dialogue says what it wants. A command goes to the card; anything else is asked of the reactor, where the
keys, the journal and the gateway are. Whatever happens the card is let go of.

``leave`` is for a driver that does not come back: it ends the conversation from outside, with what is true at
that moment, and from then on not one more command goes to the card. Both are decided under one lock, so
nothing is written after it was said that nothing was.
"""

from __future__ import annotations

import logging
from queue import Empty, SimpleQueue
from threading import Lock
from typing import TYPE_CHECKING, Final, TypeVar

from gateway.codecs.apdu.command import Command, PeerFault
from gateway.codecs.apdu.exchange import Exchange
from gateway.codecs.card.profile import Told
from gateway.codecs.card.steps import Answered, Ask, Lost, Refused, Transmit, Unknown
from gateway.events import event

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.card_reader.port import Contact, Slot
    from gateway.codecs.card.dialogue import Dialogue
    from gateway.codecs.card.steps import Answer, Outcome, Step

    Begin = Callable[[bytes], Dialogue | Refused]
    """Begins a conversation with a card that answers its reset so, or refuses to."""

#: Seconds in which a reader has put power on a card: three tries of some two seconds each, and some more.
CONNECT_S_MAX: Final = 10
#: Seconds in which a journal has noted something: a disk that is busy, not one that is broken.
NOTE_S_MAX: Final = 10
#: Seconds on top until the reactor is taken for gone: it keeps the deadline of what it is asked itself.
_REACTOR_S_MAX: Final = 2

_T = TypeVar("_T")

_log = logging.getLogger("powertill.card_reader")


class Session:
    """A conversation. ``ask`` has the reactor answer a step into the box, at any time later."""

    def __init__(
        self,
        slot: Slot,
        begin: Begin,
        ask: Callable[[Step, SimpleQueue[Answer]], None],
        seconds: Callable[[], float],
    ) -> None:
        self._slot = slot
        self._begin = begin
        self._ask = ask
        self._seconds = seconds
        self._lock = Lock()
        self._dialogue: Dialogue | None = None
        self._is_left = False
        self._is_stopped = False
        #: By when the driver has to come back; None while nothing is asked of it.
        self.due: float | None = None

    def hold(self) -> Outcome:
        """Hold the conversation, in the reader's thread; blocks until its outcome."""
        try:
            contact = self._by(CONNECT_S_MAX, self._slot.connect)
            if isinstance(contact, Lost):
                return Refused(contact.told, contact.detail)
            try:
                return self._talk(contact)
            finally:
                self._by(CONNECT_S_MAX, contact.release)
        except Exception as bug:  # noqa: BLE001 - one conversation of many; what is on the card has to be said
            event(_log, "card_reader.bug", level=logging.ERROR, raised=bug, reader=self._slot.name)
            return self._broken(Told.STOPPED, "a fault of the station's program")

    def stop(self) -> None:
        """End at the next step, from the reactor's thread; an answer that is owed still has to be given."""
        self._is_stopped = True

    def leave(self) -> Outcome:
        """End now, for the driver has not come back; nothing more goes to the card."""
        with self._lock:
            self._is_left = True
            if self._dialogue is not None and self._dialogue.outcome is not None:
                # All is said; it is letting go that hangs.
                return self._dialogue.outcome
            return self._broken(Told.READER_STUCK, "the reader does not answer")

    def _broken(self, told: Told, detail: str) -> Outcome:
        is_writing = self._dialogue is not None and self._dialogue.is_writing
        return Unknown(told, detail) if is_writing else Refused(told, detail)

    def _talk(self, contact: Contact) -> Outcome:
        begun = self._begin(contact.atr)
        if isinstance(begun, Refused):
            return begun
        with self._lock:
            self._dialogue = begun
        ends = self._seconds() + begun.deadline_s
        while (step := begun.step) is not None:
            answer = self._answer(step, contact, ends)
            with self._lock:
                if self._is_left:
                    return self._broken(Told.READER_STUCK, "the reader did not answer")
                begun.answer(answer)
        assert begun.outcome is not None, "a dialogue without a step has ended"  # noqa: S101 - of our own code
        return begun.outcome

    def _answer(self, step: Step, contact: Contact, ends: float) -> Answer:
        if self._is_stopped or self._is_left:
            return Lost(Told.STOPPED)
        if self._seconds() >= ends:
            return Lost(Told.TOO_LATE)
        if isinstance(step, Transmit):
            return self._by(step.deadline_s, transmitted, step, contact)
        box: SimpleQueue[Answer] = SimpleQueue()
        self._ask(step, box)
        try:
            return box.get(timeout=patience_s(step) + _REACTOR_S_MAX)
        except Empty:
            return Lost(Told.TOO_LATE)

    def _by(self, deadline_s: float, call: Callable[..., _T], *arguments: object) -> _T:
        """Ask something of the driver, and let the watch know by when it has to come back."""
        self.due = self._seconds() + deadline_s
        try:
            return call(*arguments)
        finally:
            self.due = None


def patience_s(step: Step) -> int:
    """Say how long the reactor may take for a step."""
    return step.deadline_s if isinstance(step, Ask) else NOTE_S_MAX


def transmitted(step: Transmit, contact: Contact) -> Answered | Lost:
    """Carry out a command over the protocol of the card, until its answer is whole."""
    command = Command(step.cla, step.ins, step.p1, step.p2, step.body, step.expected)
    exchange = Exchange(command, contact.protocol)
    try:
        while exchange.outgoing is not None:
            came = contact.transmit(exchange.outgoing.encoded)
            if isinstance(came, Lost):
                return came
            exchange.receive(came)
    except PeerFault as fault:
        return Lost(Told.CARD_FAULT, str(fault))
    assert exchange.response is not None, "nothing more is to be sent"  # noqa: S101 - of our own code
    return Answered(exchange.response.body, exchange.response.status)
