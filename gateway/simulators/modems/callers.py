r"""The door of those who call our modems: a TCP port, where each connection is a telephone.

    CALL 5550100\r\n      rings the modem of that number
    CALL\r\n              the first that is free; so does whoever says nothing, or something else

What is said before the modem answers arrives when it does. Behind that octets are carried. The connection
ends with the call, and where nobody answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twisted.internet.protocol import Factory

from gateway.simulators.modems.book import digits_of
from gateway.simulators.modems.tcp_wire import TcpWire

if TYPE_CHECKING:
    from gateway.ports import Clock, Timer
    from gateway.simulators.modems.call import Call
    from gateway.simulators.modems.exchange import TelephoneExchange

CHOICE_S: Final = 1.0
"""Seconds in which a caller may name a number. A meter that waits to be asked names none, ever."""

CHOICE_OCTETS_MAX: Final = 64
"""Octets of the line that names a number: forty digits, and a word."""

EARLY_OCTETS_MAX: Final = 4096
"""Octets kept for the moment of the answer: a meter says its name first, and no more. The rest is lost."""

_WORD: Final = b"CALL"


class CallersDoor(Factory):
    """Makes a telephone of each connection."""

    noisy = False

    def __init__(self, exchange: TelephoneExchange, clock: Clock) -> None:
        self._exchange = exchange
        self._clock = clock

    def buildProtocol(self, addr: object) -> CallerWire:  # noqa: ARG002, N802 - whoever it is
        """Take a connection in."""
        return CallerWire(self._exchange, self._clock)


class CallerWire(TcpWire):
    """Somebody who calls one of our modems."""

    def __init__(self, exchange: TelephoneExchange, clock: Clock) -> None:
        super().__init__()
        self._exchange = exchange
        self._clock = clock
        self._early = b""
        self._has_chosen = False
        self._is_answered = False
        self._call: Call | None = None
        self._timer: Timer | None = None

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        """Wait for a number."""
        super().connectionMade()
        self._timer = self._clock.callLater(CHOICE_S, self._choose, None)

    def dataReceived(self, octets: bytes) -> None:  # noqa: N802 - Twisted's name
        """Take a number, or octets for the modem."""
        if self._is_answered:
            if self._call is not None:
                self._call.from_far(octets)
            return
        self._early = (self._early + octets)[:EARLY_OCTETS_MAX]
        if not self._has_chosen:
            self._read_choice()

    def connectionLost(self, reason: object = None) -> None:  # noqa: N802 - Twisted's name
        """Hang up."""
        super().connectionLost(reason)
        self._stop_timer()
        self._has_chosen = True
        if self._call is not None:
            self._call.far_hung_up()

    # What the exchange says.

    def answered(self) -> None:
        """Let the modem have what was said early."""
        self._is_answered = True
        early, self._early = self._early, b""
        if early and self._call is not None:
            self._call.from_far(early)

    def receive(self, octets: bytes) -> None:
        """Hand octets of the modem on."""
        self.send(octets)

    def hung_up(self) -> None:
        """End the connection."""
        self.hang_up()

    # Steps.

    def _read_choice(self) -> None:
        word, early = self._early[: len(_WORD)], self._early
        line, end, rest = early.partition(b"\n")
        is_choice = word == _WORD and not line[len(_WORD) :].strip(b" +*#0123456789\r")
        if is_choice and end:
            self._early = rest
            self._choose(digits_of(line.decode("ascii")[len(_WORD) :]) or None)
        elif not (is_choice or _WORD.startswith(early)) or len(line) > CHOICE_OCTETS_MAX:
            self._choose(None)

    def _choose(self, number: str | None) -> None:
        self._stop_timer()
        self._has_chosen = True
        self._call = self._exchange.ring(self, number)
        if self._call is None:
            self.hang_up()

    def _stop_timer(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()
