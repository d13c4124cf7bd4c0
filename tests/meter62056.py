"""A meter of IEC 62056-21 on a clock, for conversations: what it holds, its password, its profile."""

from __future__ import annotations

from gateway.codecs.iec62056_21.characters import with_even_parity
from gateway.codecs.iec62056_21.identification import Identification
from gateway.codecs.iec62056_21.meter import Meter, PasswordSaid, Programming, ReadOutAsked, Said
from gateway.codecs.iec62056_21.states import Send

C, A, B, E = (
    Identification(maker, char, "MT382", escapes)
    for maker, char, escapes in (("ISk", "5", ""), ("ISK", "x", ""), ("ISK", "C", ""), ("ISk", "5", "\\2"))
)
PASSWORD = "00000001"
READ_OUT = {
    "0.0.0": "00012345",
    "0.9.1": "12:45:00",
    "1-0:1.8.0*255": "000123.4*kWh",
    "1.8.0*01": "000100.0*kWh",
    "1.6.0": "002.076*kW)(16-12-05,12:45",
}
#: What has to be asked for by itself.
ASKED_FOR = {"96.3.10": "1", "C.51.1": "000050.00*kWh", "0.9.2": "16-12-05"}


class Meter62056:
    """What is written or asked is done at once; ``writes`` are counted."""

    def __init__(self, clock, who=C, address="00012345", items=None, password=PASSWORD):
        self._clock = clock
        self._meter = Meter(who, address)
        self._timer = None
        self.items = dict(READ_OUT | ASKED_FOR) if items is None else items
        self.read_out = [name for name in self.items if name not in ASKED_FOR]
        self.password = password
        self.profile = {}
        self.writes = []
        self.answers = {}
        self.hdlc = None
        self.out = None

    def receive(self, octets):
        if self.hdlc is not None:
            return self.hdlc.receive(octets)
        self._do(self._meter.receive(octets))
        return b""

    def _do(self, events):
        events = list(events)
        while events:
            event = events.pop(0)
            if isinstance(event, Send):
                self._clock.callLater(event.after_ms / 1000, self.out, with_even_parity(event.octets))
            else:
                events = self._react(event) + events
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        if self._meter.wait_ms is not None:
            self._timer = self._clock.callLater(
                self._meter.wait_ms / 1000, lambda: self._do(self._meter.expired())
            )

    def _react(self, event):
        match event:
            case ReadOutAsked():
                return self._meter.read_out("".join(f"{n}({self.items[n]})\r\n" for n in self.read_out))
            case Programming():
                return self._meter.challenge("SEED")
            case PasswordSaid(_, password):
                return self._meter.accept() if password == self.password else self._meter.refuse("ER03")
            case Said(command):
                return self._commanded(command)
        return []

    def _commanded(self, command):
        at, _, inner = command.text.partition("(")
        told = self.answers.get((command.kind, at))
        if told is not None:
            return self._meter.refuse(told) if isinstance(told, str) else self._meter.answer(told)
        if command.kind in {"R5", "R6"} and at == "P.01":
            return self._meter.answer(self.profile.get(inner.removesuffix(")"), ["P.01()"]))
        if command.kind == "R1" and at in self.items:
            return self._meter.answer([f"{at}({self.items[at]})"])
        if command.kind == "W1" and at in self.items:
            self.writes.append(command.text)
            self.items[at] = inner.removesuffix(")")
            return self._meter.take()
        return self._meter.refuse("ER01")
