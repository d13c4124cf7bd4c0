"""Visits to virtual meters over wires in memory: real conversations, and a keeper that only remembers."""

from __future__ import annotations

from datetime import datetime, timedelta

from adapters.lines.open_talk import talk_with
from adapters.lines.talk import Wanted
from gateway.codecs.dlms.security import Sealing, SoftwareCipher
from gateway.codecs.meter_model.model import MeterProtocol, model_named
from gateway.core.meter_noticed import KnownBefore
from gateway.core.reading_plan import Wants
from gateway.metering.read_meter import read_meter
from gateway.metering.visit import MeterVisit, VisitSlot
from gateway.simulators.meters.face_dlms import TRAINING_KEY
from gateway.simulators.meters.wired import PASSWORDS
from tests.meter_lines import Clock, Link, finished
from tests.virtual_meters import BEGIN, CLIENT_TITLE, EAST, NUMBER, house, wired

PAN = "600727000000000161"
#: Models whose meters keep rows of a load profile that are read over a line.
WITH_PROFILE = ("iec62056-21", "dlms-hdlc", "dlms-tcp", "dlms-prepaid")
WRITABLE = ("dlt645-2007", "dlt645-prepaid", *WITH_PROFILE)
EVERY = (*WRITABLE, "dlt645-1997")


class Keys:
    """Keys of a virtual meter, and their counter."""

    def __init__(self):
        self.counter = 1

    def sealing(self):
        return Sealing(SoftwareCipher(TRAINING_KEY, TRAINING_KEY), CLIENT_TITLE, self.counter)

    def used(self, counter):
        self.counter = counter

    def challenge(self):
        return b"a challenge of ours"

    def release(self):
        """Nobody else waits for them."""


class Kept:
    """Keeps what visits bring; ``fault`` is what it says instead, where there is one."""

    def __init__(self):
        self.brought = []
        self.fault = None

    async def keep(self, brought):
        if self.fault is not None:
            raise self.fault
        self.brought.append(brought)


class Met:
    """A virtual meter of a model that has run for some days, and visits to it; with a clock it begins."""

    def __init__(self, model, *, days=0, hours=1, clock=None, begin=BEGIN, **more):
        self.model = model_named(model)
        self.clock = clock or Clock()
        self.house = house(self.clock, begin=begin, **more)
        self.meter = wired(model, self.house)
        self.begin = begin
        self.keys = Keys()
        self.kept = Kept()
        self.our_zone = EAST
        if clock is None:
            self.clock.advance(days * 86_400 + hours * 3600)

    def now(self):
        return (self.begin + timedelta(seconds=self.clock.seconds())).astimezone(self.our_zone)

    @property
    def wanted(self):
        has_address = self.model.protocol not in (MeterProtocol.DLMS_HDLC, MeterProtocol.DLMS_TCP)
        return Wanted(
            self.model,
            NUMBER if has_address else "",
            lambda: self.now().astimezone(EAST),
            "" if self.model.name == "dlt645-1997" else NUMBER,
            PASSWORDS[self.model.protocol],
            self.keys,
        )

    def talk(self, wanted=None, **way):
        """Begin a conversation."""
        face = self.meter.face()
        self.link = Link(self.clock, face.receive, **way)
        return talk_with(self.link, self.clock, wanted or self.wanted)

    def visit(self, *slots, before=None, wanted=None, **way):
        """Visit it, for slots as (wants, moment); give how that ended."""
        talk = self.talk(wanted, **way)
        asked = MeterVisit(
            PAN, self.model, EAST, tuple(VisitSlot(*slot) for slot in slots), before or KnownBefore()
        )

        async def visited():
            try:
                return await read_meter(asked, talk=talk, keeper=self.kept, now=self.now)
            finally:
                await talk.leave()

        return finished(self.clock, visited())


def at(year, month, day, hour=0):
    """A moment of the meter's zone, in seconds since 1970."""
    return int(datetime(year, month, day, hour, tzinfo=EAST).timestamp())


def registers(at_s=0):
    return Wants.REGISTERS, at_s


def frozen(*parts):
    return Wants.FROZEN, at(*parts)


def profile(*parts):
    return Wants.PROFILE, at(*parts)
