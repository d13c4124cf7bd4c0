"""Virtual meters for tests, and the centre's ends joined to their faces in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from twisted.internet.task import Clock

from gateway.codecs.dlms.access import Access
from gateway.codecs.dlms.acse import Mechanism
from gateway.codecs.dlms.classes import method, target
from gateway.codecs.dlms.client import Client
from gateway.codecs.dlms.events import Acted, Wrote
from gateway.codecs.dlms.hdlc import Address
from gateway.codecs.dlms.link import Came, LinkLost
from gateway.codecs.dlms.link_client import ClientLink
from gateway.codecs.dlms.link_tcp import TcpLink
from gateway.codecs.dlms.security import Sealing, SoftwareCipher
from gateway.codecs.dlms.services import Asked
from gateway.codecs.dlt645.dialogue import Dialogue, Send
from gateway.codecs.iec62056_21.centre import Centre
from gateway.codecs.iec62056_21.commands import Command
from gateway.codecs.iec62056_21.identification import Purpose
from gateway.codecs.iec62056_21.states import ChangeSpeed
from gateway.codecs.iec62056_21.states import Send as SendText
from gateway.codecs.meter_model.model import MeterProtocol, model_named
from gateway.simulators.meters.build import BUILD
from gateway.simulators.meters.face import Mishaps
from gateway.simulators.meters.face_dlms import TRAINING_KEY, DlmsKeys
from gateway.simulators.meters.house import House
from gateway.simulators.meters.load import Load
from gateway.simulators.meters.meter_clock import MeterClock
from gateway.simulators.meters.secure645 import SecureEnd
from gateway.simulators.meters.security_module import TRAINING_KEY as MODULE_KEY
from gateway.simulators.meters.security_module import TrainingModule
from gateway.simulators.meters.wired import WiredMeter

EAST = timezone(timedelta(hours=8))
#: A Monday morning.
BEGIN = datetime(2026, 11, 23, 8, 0, tzinfo=EAST)
NUMBER = "000000000161"
CLIENT_TITLE = b"CEN\0\0\0\0\1"


def local(*parts):
    """What a meter shows, which knows no zone."""
    return datetime(*parts)  # noqa: DTZ001 - that is the matter


class Dice:
    """Octets that differ each time and are the same in each run."""

    def __init__(self):
        self.thrown = 0

    def __call__(self, count):
        self.thrown += 1
        return self.thrown.to_bytes(count, "big")


def house(clock=None, *, watts=1000, purse=None, number=NUMBER, begin=BEGIN, **more):
    """A house with a constant load; ``build``, ``ppm``, ``ahead_s`` and ``curve`` are handed on."""
    clock = clock or Clock()
    curve = (more.pop("curve"),) if "curve" in more else ()
    build = replace(BUILD, **more.pop("build", {}))
    return House(number, MeterClock(clock.seconds, begin, **more), Load(watts, *curve), purse, build)


def wired(model, of, *ordered, **more):
    """The meter of a house, with a module or keys where its model has them."""
    model = model_named(model)
    if model.name == "dlt645-prepaid":
        more.setdefault("secure", SecureEnd(TrainingModule(MODULE_KEY, Dice())))
    if model.protocol in (MeterProtocol.DLMS_HDLC, MeterProtocol.DLMS_TCP):
        more.setdefault("keys", DlmsKeys(Dice()))
    return WiredMeter(model, of, Mishaps(ordered), **more)


def ask(face, address, request, **more):
    """Ask a face of DL/T 645; silence is what the dialogue takes for the end of its wait."""
    dialogue = Dialogue(address, request, **more)
    told, events = [], dialogue.begin()
    while events:
        event = events.pop(0)
        if isinstance(event, Send):
            events += dialogue.receive(face.receive(event.octets))
        else:
            told.append(event)
        while dialogue.wait_ms is not None and not events:
            events += dialogue.expired()
    return told


class Reader62056:
    """A centre joined to a face of IEC 62056-21; each step gives what it was told."""

    def __init__(self, face, address="161"):
        self.face = face
        self.centre = Centre(address, is_speed_fixed=True)

    def go(self, events):
        told = []
        while events:
            event = events.pop(0)
            if isinstance(event, SendText):
                events += self.centre.receive(self.face.receive(event.octets))
            elif not isinstance(event, ChangeSpeed):
                told.append(event)
            if not events and self.centre.wait_ms is not None:
                events += self.centre.expired()
        return told

    def opened(self, password="00000000", kind="P1"):  # noqa: S107 - what such meters leave the works with
        """Go as far as the password."""
        self.go(self.centre.sign_on())
        self.go(self.centre.choose(Purpose.PROGRAM))
        return self.go(self.centre.unlock(password, kind=kind))

    def say(self, kind, text):
        return self.go(self.centre.say(Command(kind, text)))


def access_for(model, password="00000000", counter=1, key=TRAINING_KEY):  # noqa: S107 - likewise
    """The way in that a model wants."""
    if model.proof == "lls":
        return Access(Mechanism.PASSWORD, password.encode())
    if model.proof == "gmac":
        sealing = Sealing(SoftwareCipher(key, key), CLIENT_TITLE, counter)
        return Access(Mechanism.GMAC, b"a challenge of ours", sealing, is_ciphered=model.dlms.is_ciphered)
    return Access()


class ReaderDlms:
    """A client joined to a face of DLMS."""

    def __init__(self, face, model, access=None, client=None):
        words = model.dlms
        client = client or words.client
        self.face = face
        self.client = Client(access or access_for(model))
        self.link: Any
        if model.protocol is MeterProtocol.DLMS_TCP:
            self.link = TcpLink(client, words.logical)
        else:
            lower = None if words.address_octets == 1 else words.physical
            self.link = ClientLink(Address(client), Address(words.logical, lower, words.address_octets))

    def go(self):
        """Carry octets until nobody says anything; a silence is a time-out."""
        told: list[Any] = []
        while True:
            if self.link.deadline_ms is None:
                for apdu in self.client.take_outgoing()[:1]:
                    self.link.send(apdu)
            octets = self.link.take_outgoing()
            found = self.link.receive(self.face.receive(octets)) if octets else []
            if not octets and self.link.deadline_ms is not None:
                found = self.link.timed_out()
            elif not octets:
                return told
            for event in found:
                told += self.client.receive(event.apdu) if isinstance(event, Came) else [event]

    def opened(self):
        """Connect and associate."""
        told = [*self.link.connect(), *self.go()]
        if any(isinstance(event, LinkLost) for event in told):
            return told
        self.client.associate()
        return [*told, *self.go()]

    def get(self, *asked):
        self.client.get(*asked)
        return self.go()

    def set(self, asked, value):
        self.client.set([asked], [value])
        return self.go()

    def act(self, method, parameter=None):
        self.client.act([method], [parameter])
        return self.go()


class LineDlms:
    """A DLMS meter an hour after it began, and a client that is let in."""

    def __init__(self, model="dlms-tcp", *ordered, purse=None, build=None, **more):
        self.model = model_named(model) if isinstance(model, str) else model
        self.clock = Clock()
        self.house = house(self.clock, purse=purse, build=build or {})
        self.meter = wired("dlms-tcp", self.house, *ordered)
        self.meter.model = self.model
        self.face = self.meter.face()
        self.clock.advance(3600)
        self.reader = ReaderDlms(self.face, self.model, **more)
        self.told = self.reader.opened()

    def get(self, thing, attribute, selection=None, at=None):
        """Read an attribute by its words."""
        (told,) = self.reader.get(Asked(target(thing, attribute, at), selection))
        return told.results[0]

    def value(self, *words):
        return self.get(*words).value

    def set(self, thing, attribute, value):
        (told,) = self.reader.set(Asked(target(thing, attribute)), value)
        assert isinstance(told, Wrote)
        return told.results[0]

    def act(self, thing, named, parameter=None):
        (told,) = self.reader.act(method(thing, named), parameter)
        assert isinstance(told, Acted)
        return told.done[0].result
