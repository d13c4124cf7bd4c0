"""A wire: octets to and from whatever answers at the other end, over a cable, a modem or a network.

    wire.owner = me      who gets what comes, one at a time: a wire carries one conversation
    wire.send(octets)    ──► the meter
    me.came(octets)      ◄── the meter
    me.quiet()           nothing more comes of what was sent
    me.broke(fault)      the call or the connection is over; the wire says no more
    await wire.close()   hung up; the line behind it can be used again

A wire knows nothing of protocols.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gateway.core.contact import ContactFault


class Side(Enum):
    """Whose octets they are."""

    OURS = "->"
    THEIRS = "<-"


class Owner(Protocol):
    """Who holds the conversation on a wire."""

    def came(self, octets: bytes) -> None:
        """Take octets of the other end."""

    def quiet(self) -> None:
        """Learn that nothing more comes of what was sent: a concentrator knows it, a cable does not."""

    def broke(self, fault: ContactFault) -> None:
        """Learn that the wire is over. It is called once, and not where we closed it."""


class Wire(Protocol):
    """An open way to a meter, or to a bus with several."""

    owner: Owner | None

    @property
    def slack_ms(self) -> int:
        """Milliseconds that the way adds to an answer: modems and networks buffer."""

    @property
    def is_speed_fixed(self) -> bool:
        """True where the speed at our end does not reach the meter: a modem or a network is between."""

    def ms_of(self, octets: int) -> int:
        """Milliseconds until so many octets are out."""

    def send(self, octets: bytes) -> None:
        """Send; on a wire that is over nothing happens, ``broke`` has been said."""

    def change_speed(self, baud: int, *, is_hdlc: bool) -> None:
        """Go on at another speed; ``is_hdlc``: with eight bits and no parity."""

    def close(self) -> Awaitable[None]:
        """End it; done when the line behind it is free. May be called twice."""


if TYPE_CHECKING:
    Trace = Callable[[Side, bytes], None]
    """Told of octets as they go and come, for an engineer: they may have passwords in them."""


class Traced:
    """A wire whose octets are told to somebody."""

    def __init__(self, wire: Wire, trace: Trace) -> None:
        self._wire = wire
        self._trace = trace
        self.owner: Owner | None = None
        wire.owner = self

    @property
    def slack_ms(self) -> int:
        """As the wire's."""
        return self._wire.slack_ms

    @property
    def is_speed_fixed(self) -> bool:
        """As the wire's."""
        return self._wire.is_speed_fixed

    def ms_of(self, octets: int) -> int:
        """As the wire's."""
        return self._wire.ms_of(octets)

    def send(self, octets: bytes) -> None:
        """Tell and send."""
        self._trace(Side.OURS, octets)
        self._wire.send(octets)

    def change_speed(self, baud: int, *, is_hdlc: bool) -> None:
        """Go on at another speed."""
        self._wire.change_speed(baud, is_hdlc=is_hdlc)

    def close(self) -> Awaitable[None]:
        """End it."""
        return self._wire.close()

    def came(self, octets: bytes) -> None:
        """Tell and hand on."""
        self._trace(Side.THEIRS, octets)
        if self.owner is not None:
            self.owner.came(octets)

    def quiet(self) -> None:
        """Hand on."""
        if self.owner is not None:
            self.owner.quiet()

    def broke(self, fault: ContactFault) -> None:
        """Hand on."""
        if self.owner is not None:
            self.owner.broke(fault)
