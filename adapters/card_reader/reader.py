"""A card reader, seen from the reactor: one conversation at a time, and a watch over its driver.

    free ──converse──► busy ──outcome──► free
                        │ the driver has not come back in time: the outcome is told at once
                        ▼
                      suspect ──the driver comes back──► free
    any ──close──► closed

PC/SC has no time-outs: a call into a driver that hangs never returns, and nothing can end it. So each reader
has a thread of its own, which nobody waits for: the process may end while it hangs.
"""

from __future__ import annotations

import logging
from enum import Enum
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Final

from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.defer import TimeoutError as DeadlineOver

from adapters.card_reader.session import Session, patience_s
from gateway.codecs.card.profile import Told
from gateway.codecs.card.steps import Lost, Refused
from gateway.events import event

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from twisted.python.failure import Failure

    from adapters.card_reader.port import Loop, Slot
    from adapters.card_reader.session import Begin
    from gateway.codecs.card.steps import Answer, Outcome, Step
    from gateway.ports import Timer

    Tell = Callable[[Step], Coroutine[Deferred[object], object, Answer]]
    """Answers a step that is not for the card, in the reactor's thread."""

#: Seconds between two looks at a driver that is at work.
LOOK_S: Final = 0.25
#: Seconds that a reader may take to end its conversation when it is closed; then it is left behind.
CLOSE_S_MAX: Final = 2

_log = logging.getLogger("powertill.card_reader")


class ReaderState(Enum):
    """How a reader stands."""

    FREE = "free"
    BUSY = "busy"
    #: Its driver has not come back: nothing is asked of it until it does.
    SUSPECT = "suspect"
    CLOSED = "closed"


_REFUSED: Final = {
    ReaderState.BUSY: Refused(Told.BUSY, "the reader has another card in hand"),
    ReaderState.SUSPECT: Refused(Told.READER_STUCK, "the reader does not answer; plug it out and in again"),
    ReaderState.CLOSED: Refused(Told.STOPPED, "the station is closing"),
}


class CardReader:
    """A reader with its thread."""

    def __init__(self, slot: Slot, loop: Loop) -> None:
        self._slot = slot
        self._loop = loop
        self._session: Session | None = None
        self._waiter: Deferred[Outcome] | None = None
        self._asked: Deferred[Answer] | None = None
        self._looking: Timer | None = None
        self._idle: list[Deferred[None]] = []
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self.state = ReaderState.FREE
        # A daemon: a driver that hangs must not keep the process from ending.
        Thread(target=self._work, name=f"card reader {slot.name}", daemon=True).start()

    @property
    def name(self) -> str:
        """Give the name by which the configuration knows it."""
        return self._slot.name

    def converse(self, begin: Begin, tell: Tell) -> Deferred[Outcome]:
        """Hold a conversation with the card that is in it; never fails.

        ``begin`` is called in the reader's thread, ``tell`` in the reactor's. To end it: ``stop``. Whoever
        cancels the answer instead never learns what is on the card.
        """
        if self.state is not ReaderState.FREE:
            return succeed(_REFUSED[self.state])
        # The session names itself, so that a question of one that was left reaches nobody.
        session = Session(
            self._slot,
            begin,
            lambda step, box: self._in_reactor(self._put, session, tell, step, box),
            self._loop.seconds,
        )
        self.state, self._session = ReaderState.BUSY, session
        waiter: Deferred[Outcome] = Deferred()
        self._waiter = waiter
        self._jobs.put(lambda: self._in_reactor(self._ended, session, session.hold()))
        self._looking = self._loop.callLater(LOOK_S, self._look)
        return waiter

    def stop(self) -> None:
        """End the conversation at its next step; what came of it is told as ever."""
        if self._session is not None:
            self._session.stop()
            if self._asked is not None:
                self._asked.cancel()

    def close(self) -> Deferred[None]:
        """End at the next step; a driver that hangs is left behind."""
        self._jobs.put(None)
        if self._looking is not None and self._looking.active():
            self._looking.cancel()
        session, before = self._session, self.state
        self.state = ReaderState.CLOSED
        if session is None or before is ReaderState.SUSPECT:
            return succeed(None)
        self.stop()
        idle: Deferred[None] = Deferred()
        self._idle.append(idle)
        timer = self._loop.callLater(CLOSE_S_MAX, self._leave)
        idle.addBoth(lambda _: timer.cancel() if timer.active() else None)
        return idle

    def _work(self) -> None:
        """In the reader's own thread: one conversation after the other."""
        while (job := self._jobs.get()) is not None:
            job()

    def _in_reactor(self, call: Callable[..., object], *arguments: object) -> None:
        self._loop.callFromThread(partial(call, *arguments))

    def _put(self, session: Session, tell: Tell, step: Step, box: SimpleQueue[Answer]) -> None:
        """Answer a step into the box: in time, and once."""
        if session is not self._session or self.state is not ReaderState.BUSY:
            box.put(Lost(Told.STOPPED))
            return
        self._asked = asked = Deferred.fromCoroutine(tell(step))
        asked.addTimeout(patience_s(step), self._loop)  # type: ignore[arg-type]  # as much as it needs of one
        asked.addErrback(self._untold)
        asked.addCallback(box.put)

    def _untold(self, failure: Failure) -> Lost:
        """Turn what went wrong in an answer into the end of the conversation."""
        if failure.check(DeadlineOver):
            return Lost(Told.TOO_LATE)
        if failure.check(CancelledError):
            return Lost(Told.STOPPED)
        event(_log, "card_reader.untold", level=logging.ERROR, raised=failure.value, reader=self.name)
        return Lost(Told.STOPPED, "a fault of the station's program")

    def _look(self) -> None:
        """See whether the driver has come back in time."""
        session = self._session
        if session is None or self.state is not ReaderState.BUSY:
            return
        due = session.due
        if due is not None and self._loop.seconds() >= due:
            event(_log, "card_reader.suspect", level=logging.ERROR, reader=self.name)
            self.state = ReaderState.SUSPECT
            self._answer(session.leave())
        else:
            self._looking = self._loop.callLater(LOOK_S, self._look)

    def _leave(self) -> None:
        if self._session is not None:
            self._answer(self._session.leave())
        self._is_idle()

    def _ended(self, session: Session, outcome: Outcome) -> None:
        """Take the outcome of the reader's thread; where it was left nobody waits for it any more."""
        if session is not self._session:
            return
        self._session = None
        if self.state is ReaderState.SUSPECT:
            event(_log, "card_reader.back", reader=self.name)
        if self.state is not ReaderState.CLOSED:
            self.state = ReaderState.FREE
        if self._looking is not None and self._looking.active():
            self._looking.cancel()
        self._answer(outcome)
        self._is_idle()

    def _answer(self, outcome: Outcome) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None:
            waiter.callback(outcome)

    def _is_idle(self) -> None:
        waiting, self._idle = self._idle, []
        for idle in waiting:
            idle.callback(None)
