"""What is in which reader: a thread with a context of its own tells the reactor of each change.

It sleeps in PC/SC until something changes: a card comes or goes, a reader is plugged in or out. Where the
service ends it is looked for until it is back; where a reader is plugged in anew it is known by its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

from twisted.internet.defer import Deferred

from adapters.card_reader.pcsc_words import CANCELLED, NO_READERS, TIMEOUT, UNKNOWN_READER, code_of, library

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from adapters.card_reader.port import Loop

#: Milliseconds of sleep at most: what is plugged in between two looks is seen after these.
LOOK_MS: Final = 2_000
#: Seconds until a service that has gone is looked for again.
AGAIN_S: Final = 0.5
#: Seconds until the thread is woken again when it is to end: it may just have been about to fall asleep.
_WAKE_S: Final = 0.05

#: By this name PC/SC tells of readers that come and go.
_PLUGGED: Final = r"\\?PnP?\Notification"
# The upper half of a state counts the cards that came and went (pcsc-lite).
_COUNT_BITS: Final = 16


class Presence(Enum):
    """What is there."""

    NO_READER = "no_reader"
    EMPTY = "empty"
    CARD = "card"
    #: A card that does not answer its reset: upside down, broken, or no card at all.
    MUTE = "mute"


@dataclass(frozen=True, slots=True)
class Seen:
    """What is in a reader; ``count`` differs where a card was changed for another in a moment."""

    presence: Presence
    atr: bytes = b""
    count: int = 0


class PcscWatch:
    """Watches readers by their names; ``told`` hears in the reactor's thread what is in which."""

    def __init__(self, names: Sequence[str], told: Callable[[str, Seen], None], loop: Loop) -> None:
        self._scard = library()
        self._names = tuple(names)
        self._told = told
        self._loop = loop
        self._seen: dict[str, Seen] = {}
        self._context: int | None = None
        self._is_ending = Event()
        self._ended: Deferred[None] = Deferred()
        Thread(target=self._run, name="card readers", daemon=True).start()

    def stop(self) -> Deferred[None]:
        """Wake the thread and have it end; nothing is told after this."""
        self._is_ending.set()
        self._wake()
        return self._ended

    def _wake(self) -> None:
        context = self._context
        if self._ended.called:
            return
        if context is not None:
            self._scard.SCardCancel(context)
        self._loop.callLater(_WAKE_S, self._wake)

    def _run(self) -> None:
        scard = self._scard
        while not self._is_ending.is_set():
            result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
            if not result:
                self._context = context
                self._look(context)
                self._context = None
                scard.SCardReleaseContext(context)
            for name in self._names:
                self._report(name, Seen(Presence.NO_READER))
            self._is_ending.wait(AGAIN_S)
        self._loop.callFromThread(self._ended.callback, None)

    def _look(self, context: int) -> None:
        """Look until the thread is to end or the service has gone."""
        scard, states = self._scard, dict[str, int]()
        while not self._is_ending.is_set():
            result, there = scard.SCardListReaders(context, [])
            if result and code_of(result) != NO_READERS:
                return
            known = [name for name in self._names if name in there]
            for name in set(self._names) - set(known):
                states.pop(name, None)
                self._report(name, Seen(Presence.NO_READER))
            asked = [(name, states.get(name, scard.SCARD_STATE_UNAWARE)) for name in known]
            asked.append((_PLUGGED, scard.SCARD_STATE_UNAWARE))
            result, found = scard.SCardGetStatusChange(context, LOOK_MS, asked)
            if code_of(result) in {TIMEOUT, CANCELLED, UNKNOWN_READER}:
                continue
            if result:
                return
            for name, state, atr in found:
                if name != _PLUGGED:
                    states[name] = state & ~scard.SCARD_STATE_CHANGED
                    self._report(name, self._seen_in(state, bytes(atr)))

    def _seen_in(self, state: int, atr: bytes) -> Seen:
        scard, count = self._scard, state >> _COUNT_BITS
        if state & (scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE):
            return Seen(Presence.NO_READER)
        if not state & scard.SCARD_STATE_PRESENT:
            return Seen(Presence.EMPTY, count=count)
        return Seen(Presence.MUTE if state & scard.SCARD_STATE_MUTE else Presence.CARD, atr, count)

    def _report(self, name: str, seen: Seen) -> None:
        """Tell the reactor what is new."""
        if self._seen.get(name) != seen:
            self._seen[name] = seen
            self._loop.callFromThread(self._tell, name, seen)

    def _tell(self, name: str, seen: Seen) -> None:
        if not self._is_ending.is_set():
            self._told(name, seen)
