"""Whether a card is in a serial reader: a thread looks twice a second, while no conversation is held.

It tells what ``PcscWatch`` tells, in the same way. It gives no card power, so it does not know one that is
mute; the conversation says that.
"""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING, Final

from twisted.internet.defer import Deferred

from adapters.card_reader.pcsc_watch import Presence, Seen
from gateway.codecs.card.steps import Lost
from gateway.codecs.ccid.message import CardState

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.card_reader.port import Loop
    from adapters.card_reader.serial import SerialSlot

#: Seconds between two looks: as often as pcscd looks at its readers.
SERIAL_LOOK_S: Final = 0.4


class SerialWatch:
    """Watches one reader, and closes its line at the end.

    ``told`` hears in the reactor's thread what is in it.
    """

    def __init__(self, slot: SerialSlot, told: Callable[[str, Seen], None], loop: Loop) -> None:
        self._slot = slot
        self._told = told
        self._loop = loop
        self._seen: Seen | None = None
        self._is_ending = Event()
        self._ended: Deferred[None] = Deferred()
        Thread(target=self._run, name=f"watch {slot.name}", daemon=True).start()

    def stop(self) -> Deferred[None]:
        """Have the thread end; nothing is told after this."""
        self._is_ending.set()
        return self._ended

    def _run(self) -> None:
        line = self._slot.line
        while not self._is_ending.is_set():
            # Whoever speaks with a card has the line, and is not spoken between.
            if line.lock.acquire(blocking=False):
                try:
                    seen = self._look()
                finally:
                    line.lock.release()
                self._report(seen)
            self._is_ending.wait(SERIAL_LOOK_S)
        self._slot.close()
        self._loop.callFromThread(self._ended.callback, None)

    def _look(self) -> Seen:
        line = self._slot.line
        found = line.look()
        if isinstance(found, Lost):
            # Plugged in anew it may be another device by the same name.
            line.close()
            return Seen(Presence.NO_READER)
        return Seen(Presence.EMPTY if found.card is CardState.NONE else Presence.CARD, count=line.moves)

    def _report(self, seen: Seen) -> None:
        """Tell the reactor what is new."""
        if self._seen != seen:
            self._seen = seen
            self._loop.callFromThread(self._tell, seen)

    def _tell(self, seen: Seen) -> None:
        if not self._is_ending.is_set():
            self._told(self._slot.name, seen)
