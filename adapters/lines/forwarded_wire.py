"""A meter behind a concentrator as a wire: what is sent travels inside the concentrator's frames.

    wire = ForwardedWire(way to the concentrator, clock, forward)
    wire.send(frame of a meter)     ──► concentrator ──► mains ──► meter

The concentrator says when nothing came, or that it will not: whoever speaks need not wait any longer then,
and a note says what it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.codecs.gdw376.events import Carried, Failed, Failure, Send
from gateway.codecs.gdw376.fault import ValueFault
from gateway.core.contact import ContactFault, ContactWhy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable

    from adapters.lines.wire import Owner, Wire
    from gateway.codecs.gdw376.events import Event
    from gateway.codecs.gdw376.forward import Forward
    from gateway.ports import Clock, Timer

HELD_MAX: Final = 4
"""What waits for the concentrator at the most: the end of a session and the beginning of the next are two."""

_SAID = {
    Failure.DENIED: "the concentrator denies to forward",
    Failure.SILENT: "the concentrator had nothing from the meter",
    Failure.TIMED_OUT: "the concentrator did not answer",
}


class ForwardedWire:
    """The way through one concentrator, for one conversation."""

    is_speed_fixed = True

    def __init__(self, wire: Wire, clock: Clock, forward: Forward, wait_ms: int) -> None:
        self.owner: Owner | None = None
        #: All that a question takes: the concentrator's own wait for the meter, and the way there.
        self.slack_ms = wait_ms
        self.notes: list[str] = []
        self._wire = wire
        self._clock = clock
        self._forward = forward
        self._timer: Timer | None = None
        self._held: list[bytes] = []
        wire.owner = self

    def ms_of(self, octets: int) -> int:
        """As the way to the concentrator."""
        return self._wire.ms_of(octets)

    def send(self, octets: bytes) -> None:
        """Send to the meter, one thing after the other; a concentrator that cannot be asked ends the wire."""
        if self._forward.wait_ms is not None and len(self._held) < HELD_MAX:
            # What needs no answer, as the end of a session, has the concentrator wait for one all the same.
            self._held.append(octets)
            return
        try:
            events = self._forward.send(octets)
        except ValueFault as fault:
            self.broke(ContactFault(ContactWhy.LINE, str(fault)))
            return
        self._take(events)
        wait_ms = self._forward.wait_ms
        if wait_ms is not None:
            self._timer = self._clock.callLater(wait_ms / 1000, self._expired)

    def change_speed(self, baud: int, *, is_hdlc: bool) -> None:
        """Do nothing: the concentrator's port keeps its speed."""

    def close(self) -> Awaitable[None]:
        """Close the way to the concentrator."""
        self._stop()
        self.owner = None
        return self._wire.close()

    # The way's side.

    def came(self, octets: bytes) -> None:
        """Take octets of the concentrator."""
        self._take(self._forward.receive(octets))

    def quiet(self) -> None:
        """Learn that nothing more comes."""
        self._expired()

    def broke(self, fault: ContactFault) -> None:
        """Learn that the way is over."""
        self._stop()
        self._held.clear()
        if self.owner is not None:
            self.owner.broke(fault)

    def _expired(self) -> None:
        self._take(self._forward.expired())

    def _take(self, events: Iterable[Event]) -> None:
        for event in events:
            if isinstance(event, Send):
                self._wire.send(event.octets)
            elif isinstance(event, Carried):
                self._stop()
                if self.owner is not None:
                    self.owner.came(event.octets)
                self._say_quiet()
            elif isinstance(event, Failed):
                self._stop()
                self._note(event)
                self._say_quiet()
        if self._held and self._forward.wait_ms is None:
            self.send(self._held.pop(0))

    def _note(self, failed: Failed) -> None:
        error = "" if failed.error is None else f" (its reason {failed.error})"
        note = _SAID[failed.why] + error
        if note not in self.notes:
            self.notes.append(note)

    def _say_quiet(self) -> None:
        """Say that nothing more comes, unless the next question went out already."""
        if self.owner is not None and self._forward.wait_ms is None and not self._held:
            self.owner.quiet()

    def _stop(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()
