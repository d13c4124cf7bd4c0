"""A modem of ours on its line, an exchange, and a meter at a number: calls without a socket, on a clock."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from adapters.lines.modem_line import ModemLine
from adapters.lines.open_talk import talk_with
from gateway.codecs.modem.profile import PSTN, HangUp
from gateway.core.contact import ContactFault, ContactWhy
from gateway.simulators.modems.book import Entry, OwnLine
from gateway.simulators.modems.exchange import TelephoneExchange
from gateway.simulators.modems.places import InProcess
from gateway.simulators.modems.virtual_modem import VirtualModem
from tests.meter_lines import Clock, finished

if TYPE_CHECKING:
    from collections.abc import Callable

NUMBER = "5550161"
BY_DTR = replace(PSTN, hang_up=HangUp.DTR, has_carrier_line=True)


class Spoken:
    """A meter at the end of a call: a function of octets, or what says its own to ``out`` too."""

    def __init__(self, clock: Clock, meter: Any) -> None:
        self.clock, self.meter = clock, meter
        self.out: Callable[[bytes], object] = bytes

    def receive(self, octets: bytes) -> None:
        if callable(self.meter):
            answer = self.meter(octets)
        else:
            self.meter.out = self.say
            answer = self.meter.receive(octets)
        if answer:
            self.clock.callLater(0.05, self.say, answer)

    def say(self, octets: bytes) -> None:
        self.out(octets)


class Calling:
    """A modem of ours on its line, an exchange, and meters at numbers."""

    def __init__(self, meter: Any, *, profile=PSTN, line=None) -> None:
        self.clock = Clock()
        self.exchange = TelephoneExchange(self.clock, ring_s=0)
        self.modem = VirtualModem(self.exchange, self.clock, line or OwnLine("5550100"))
        self.meter = meter
        self.owner: Any = None
        self.profile = profile
        self.modem.out = lambda octets: self.owner.came(octets) if self.owner else None
        self.is_carried = False
        self.modem.carrier = self.see_carrier
        self.line = ModemLine(self, profile, self.clock)

    # The port, as ``ModemLine`` has it.

    def send(self, octets):
        self.modem.receive(octets)

    def raise_dtr(self, *, is_high):
        self.modem.dtr(is_high=is_high)
        return True

    def carrier(self):
        return self.is_carried

    def see_carrier(self, is_there):
        self.is_carried = is_there

    # What is tried.

    def enter(self, **how):
        place = InProcess(lambda: Spoken(self.clock, self.meter))
        self.exchange.enter(Entry(NUMBER, None if "fails" in how and "times" not in how else place, **how))

    def prepare(self):
        async def prepared():
            await self.line.prepare()

        finished(self.clock, prepared())

    def held(self, do, who, number=NUMBER):
        """Dial, hold a conversation, hang up; the line is to be free again."""

        async def call():
            wire = await self.line.dial(number)
            talk = talk_with(wire, self.clock, who)
            try:
                return await do(talk)
            finally:
                await talk.leave()
                await wire.close()

        return finished(self.clock, call())

    def tried(self, do, who):
        """Hold a conversation; None where the carrier was lost before it began."""
        try:
            return self.held(do, who)
        except ContactFault as fault:
            if fault.why is not ContactWhy.LOST:
                raise
        self.prepare()
        return None
