"""A virtual modem: between a port, whatever that is, and the telephone exchange.

    port ──receive──► modem ──► exchange          ``out`` is given octets for the port,
    port ◄───out───── modem ◄── exchange          ``carrier`` the line DCD, behind the octets that tell it

What the modem says leaves in the clock's next turn, as on a real port: whoever writes is never given an
answer before he has written. A port that is closed is DTR dropped: the call ends, and commands are taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.codecs.modem.modem import Answer, Dial, Hang, Modem, ToLine
from gateway.codecs.modem.words import Code
from gateway.simulators.modems.book import Kind, Outcome, OwnLine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gateway.codecs.modem.modem import ModemEvent
    from gateway.ports import Clock, Timer
    from gateway.simulators.modems.call import Call
    from gateway.simulators.modems.exchange import TelephoneExchange

#: What each kind of modem answers to extended commands: V.250, and for GSM 3GPP TS 27.007.
_EXTENDED: Final = {
    Kind.PSTN: {"AT+ES=0": "", "AT+MS=V22B": "", "AT+MS=V32B,0,9600,9600": ""},
    Kind.GSM: {
        "AT+CPIN?": "+CPIN: READY",
        "AT+CREG?": "+CREG: 0,1",
        "AT+CSQ": "+CSQ: 20,99",
        "AT+CBST=7,0,1": "",
        "AT+CBST=71,0,1": "",
    },
}
_CODES: Final = {
    Outcome.BUSY: Code.BUSY,
    Outcome.NO_ANSWER: Code.NO_ANSWER,
    Outcome.NO_DIALTONE: Code.NO_DIALTONE,
    Outcome.ERROR: Code.ERROR,
}
_CARRIER_S: Final = 7
#: Sums of seconds are not exact; this much of a silence is not waited for.
_NEARLY_S: Final = 0.0005


def _nowhere(_octets: bytes) -> None:
    """Drop octets: nobody has the port."""


def _unseen(_is_there: bool) -> None:  # noqa: FBT001 - the signature of DCD
    """Let nobody see the carrier."""


class VirtualModem:
    """A modem on a line of the exchange; without a ``line`` it gets the next number, 1 for the first.

    ``line`` may be replaced at any time, to pull the telephone line out or to break the modem.
    """

    def __init__(self, exchange: TelephoneExchange, clock: Clock, line: OwnLine | None = None) -> None:
        self.line = OwnLine(exchange.unused_number()) if line is None else line
        self.out: Callable[[bytes], object] = _nowhere
        self.carrier: Callable[[bool], object] = _unseen
        self.is_open = True
        self._exchange = exchange
        self._clock = clock
        self._modem = Modem(_EXTENDED[self.line.kind])
        self._call: Call | None = None
        self._ringing: Call | None = None
        self._quiet: Timer | None = None
        self._quiet_at = 0.0
        self._is_leaving = False
        self._is_carrier_told = False
        exchange.install(self)

    # The port's side.

    def receive(self, octets: bytes) -> None:
        """Take octets of the port."""
        if octets and self.is_open and not self.line.is_dead:
            self._obey(self._modem.receive(octets))
            self._go_on(is_heard=True)

    @property
    def has_carrier(self) -> bool:
        """What the line DCD says; ``carrier`` is told when it changes."""
        return self._is_carrier_told

    def dtr(self, *, is_high: bool) -> None:
        """Take the line DTR: dropped, it ends a call."""
        self._obey(self._modem.dtr(is_high=is_high))
        self._go_on()

    def opened(self) -> None:
        """Somebody has opened the port."""
        self.is_open = True

    def closed(self) -> None:
        """Nobody has the port any more: DTR has dropped, and what the modem says is lost."""
        self.dtr(is_high=False)
        self._modem.take_outgoing()
        self.is_open = False

    # The exchange's side.

    @property
    def is_free(self) -> bool:
        """Could a call come in? Not where nobody has the port: there is nobody who might answer."""
        return self.is_open and not self.line.is_dead and self._call is None and self._ringing is None

    def rung(self, call: Call) -> None:
        """Note a call that rings from now on."""
        self._ringing = call

    def ring(self) -> None:
        """Ring once."""
        if self.is_open and not self.line.is_dead:
            self._obey(self._modem.ring())
            self._go_on()

    def connected(self, rate: int | None) -> None:
        """Take up the carrier."""
        self._modem.connect(rate)
        self._go_on(is_heard=True)

    def came(self, octets: bytes) -> None:
        """Take octets of the other end."""
        self._modem.from_line(octets)
        self._go_on()

    def ended(self, call: Call, outcome: Outcome) -> None:
        """Learn that a call is over, or did not come to be."""
        if call is self._ringing:
            self._ringing = None
            self._modem.stop_ringing()
            return
        self._call = None
        if self._modem.is_carrying:
            self._modem.lose()
        else:
            self._modem.fail(_CODES.get(outcome, Code.NO_CARRIER))
        self._go_on()

    # Steps.

    def _obey(self, events: Iterable[ModemEvent]) -> None:
        for event in events:
            match event:
                case Dial():
                    wait_s = self._modem.registers[_CARRIER_S]
                    self._call = self._exchange.dial(self, event.number, wait_s)
                case Answer():
                    self._answer()
                case Hang():
                    call, self._call = self._call, None
                    if call is not None:
                        call.hang_up()
                case ToLine():
                    if self._call is not None:
                        self._call.to_far(event.octets)

    def _answer(self) -> None:
        call, self._ringing = self._ringing, None
        if call is None:
            # Nobody calls, so there is nobody whose carrier could be heard.
            self._modem.fail(Code.NO_CARRIER)
            return
        self._call = call
        self._exchange.take(call)

    def _go_on(self, *, is_heard: bool = False) -> None:
        """Watch the silence, and let out what the modem has said. ``is_heard``: silence begins now."""
        guard_ms = self._modem.guard_ms
        if guard_ms is None:
            self._stop_watching()
        elif is_heard:
            self._quiet_at = self._clock.seconds() + guard_ms / 1000
            if self._quiet is None:
                self._quiet = self._clock.callLater(guard_ms / 1000, self._look)
        is_new = self._modem.outgoing or self._modem.is_carrying is not self._is_carrier_told
        if is_new and not self._is_leaving:
            self._is_leaving = True
            self._clock.callLater(0, self._leave)

    def _look(self) -> None:
        """See whether it was silent for long enough; octets that came meanwhile have moved the moment."""
        left_s = self._quiet_at - self._clock.seconds()
        if left_s > _NEARLY_S:
            self._quiet = self._clock.callLater(left_s, self._look)
            return
        self._quiet = None
        self._obey(self._modem.timed_out())
        self._go_on()

    def _leave(self) -> None:
        self._is_leaving = False
        octets, is_carrying = self._modem.take_outgoing(), self._modem.is_carrying
        if not self.is_open or self.line.is_dead:
            return
        if octets:
            self.out(octets)
        if is_carrying is not self._is_carrier_told:
            self._is_carrier_told = is_carrying
            self.carrier(is_carrying)

    def _stop_watching(self) -> None:
        quiet, self._quiet = self._quiet, None
        if quiet is not None and quiet.active():
            quiet.cancel()
