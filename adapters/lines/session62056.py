"""One session of IEC 62056-21 as a machine for the exchange, and its faults as sentences for an engineer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.lines.exchange import Out, Speed
from gateway.codecs.iec62056_21.fault import ValueFault
from gateway.codecs.iec62056_21.states import CentreState, ChangeSpeed, Fault, FaultKind, Send
from gateway.core.contact import ContactFault, ContactWhy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gateway.codecs.iec62056_21.centre import Centre
    from gateway.codecs.iec62056_21.events import Event

LISTEN_MS: Final = 60_000
"""Milliseconds for a meter that speaks by itself (mode D): every ten seconds, or once its key is pressed."""

_WHY: Final = {
    FaultKind.SILENT: ContactWhy.TIMEOUT,
    FaultKind.FRAMING: ContactWhy.CHECKSUM,
    FaultKind.CHECK: ContactWhy.CHECKSUM,
    FaultKind.NO_BLOCK: ContactWhy.CHECKSUM,
    FaultKind.TOO_LONG: ContactWhy.GARBLED,
    FaultKind.ODD: ContactWhy.GARBLED,
    FaultKind.REFUSED: ContactWhy.REFUSED,
    FaultKind.PASSWORD: ContactWhy.AUTH,
    FaultKind.ENDED: ContactWhy.LOST,
}
_CURES: Final = {
    FaultKind.NO_BLOCK: "cure: see to the speed and the parity of the line",
    FaultKind.CHECK: "cure: see to the head or the line, there is noise on it",
    FaultKind.PASSWORD: "cure: the meter's password, or the model's kind of it (P1, P2)",
}


class Session:
    """One session with one meter."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre

    @property
    def state(self) -> CentreState:
        """Where it is."""
        return self._centre.state

    @property
    def wait_ms(self) -> int | None:
        """As the centre's; a meter that speaks by itself is not waited for without end."""
        waiting = self._centre.wait_ms
        return LISTEN_MS if waiting is None and self.state is CentreState.LISTENING else waiting

    def does(self, say: Callable[[Centre], Iterable[Event]]) -> list[Any]:
        """Let the centre say something; ``ContactFault`` for what cannot be said."""
        try:
            return _out(say(self._centre))
        except ValueFault as fault:
            raise ContactFault(ContactWhy.REFUSED, f"this cannot be said to a meter: {fault}") from None

    def receive(self, octets: bytes) -> list[Any]:
        """Take what came."""
        return self._told(lambda: self._centre.receive(octets))

    def expired(self) -> list[Any]:
        """Note that nothing came."""
        if self.state is CentreState.LISTENING and self._centre.wait_ms is None:
            said = f"no meter spoke by itself in {LISTEN_MS // 1000} s"
            return [ContactFault(ContactWhy.TIMEOUT, said)]
        return self._told(self._centre.expired)

    def _told(self, hear: Callable[[], Iterable[Event]]) -> list[Any]:
        before = self.state
        return [_fault_of(one, before) if isinstance(one, Fault) else one for one in _out(hear())]


def _out(events: Iterable[Event]) -> list[Any]:
    told: list[Any] = []
    for event in events:
        if isinstance(event, Send):
            told.append(Out(event.octets, event.after_ms))
        elif isinstance(event, ChangeSpeed):
            told.append(Speed(event.baud, event.after_ms, event.is_hdlc))
        else:
            told.append(event)
    return told


def _fault_of(fault: Fault, state: CentreState) -> ContactFault:
    """Say in a sentence what went wrong, and when."""
    when = _WHEN.get(state, "")
    if fault.kind is FaultKind.ENDED and state in (CentreState.UNLOCKING, CentreState.CHECKED):
        # IEC 62056-21, 6.3.5: instead of refusing a password a meter may end the session.
        said = f"the meter ended the session at the password; {_CURES[FaultKind.PASSWORD]}"
        return ContactFault(ContactWhy.AUTH, said)
    word = f" ({fault.text})" if fault.text else ""
    cure = f"; {_CURES[fault.kind]}" if fault.kind in _CURES else ""
    return ContactFault(_WHY[fault.kind], f"{when}{fault.kind.value}{word}{cure}")


_WHEN: Final = {
    CentreState.ASKING: "asked who is there: ",
    CentreState.READING: "in the read-out: ",
    CentreState.UNLOCKING: "when it was to ask for a password: ",
    CentreState.CHECKED: "at the password: ",
    CentreState.ASKED: "at a command: ",
}
