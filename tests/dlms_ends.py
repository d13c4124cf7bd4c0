"""Both ends of a DLMS conversation for tests: objects that hold values, and links that are pumped by hand."""

from __future__ import annotations

import json
from pathlib import Path

from gateway.codecs.dlms.access import Access
from gateway.codecs.dlms.acse import Mechanism
from gateway.codecs.dlms.datum import UINT32, Datum, array, octets, structure
from gateway.codecs.dlms.hdlc import Address
from gateway.codecs.dlms.link import Came
from gateway.codecs.dlms.link_client import ClientLink
from gateway.codecs.dlms.link_server import ServerLink
from gateway.codecs.dlms.link_tcp import TcpLink
from gateway.codecs.dlms.results import AccessFault
from gateway.codecs.dlms.security import Sealing, SoftwareCipher
from gateway.codecs.dlms.services import Done, Target

_VECTORS = Path(__file__).parent / "vectors"
#: What is published: vectors of frames, and the Green Book's examples and further APDUs.
FRAMES = [
    vector
    for name in ("meters.json", "dlms.json")
    for vector in json.loads((_VECTORS / name).read_text())["vectors"]["dlms"]
]
PUBLISHED = json.loads((_VECTORS / "dlms.json").read_text())
CLIENT, SERVER = Address(16), Address(1, 17, 2)
CLIENT_TITLE, METER_TITLE = bytes.fromhex("4d4d4d0000000001"), bytes.fromhex("4d4d4d0000bc614e")
ENCRYPTION, AUTHENTICATION = bytes(range(16)), bytes(range(0xD0, 0xE0))
ENERGY = Target.of(3, "1-0:1.8.0.255", 2)
PROFILE = Target.of(7, "1-0:99.1.0.255", 2)
SWITCH = Target.of(70, "0-0:96.3.10.255", 2)


def rows(count):
    """A load profile: a moment, a status and three registers in a row."""
    return array(
        *(
            structure(
                octets(bytes(11) + bytes([n % 256])), Datum(17, 8), *(Datum(UINT32, n * k) for k in (1, 2, 3))
            )
            for n in range(count)
        )
    )


class Shelf:
    """Objects by class, name and index; methods give back what they were handed."""

    def __init__(self, held=None):
        self.held = held or {ENERGY: Datum(UINT32, 1234), PROFILE: rows(96)}
        self.done = []

    def get(self, asked):
        return self.held.get(asked.target, AccessFault(4))

    def set(self, asked, value):
        self.held[asked.target] = value
        return 0

    def act(self, method, parameter):
        self.done.append((method, parameter))
        return Done(0, parameter)


def sealing(title, counter=1, encryption=ENCRYPTION, **more):
    return Sealing(SoftwareCipher(encryption, AUTHENTICATION), title, counter, **more)


def gmac(title, challenge, pdu_max=65_535, counter=1, **more):
    return Access(Mechanism.GMAC, challenge, sealing(title, counter, **more), pdu_max=pdu_max)


def hdlc(**sizes):
    return ClientLink(CLIENT, SERVER, **sizes), ServerLink(SERVER, CLIENT, **sizes)


def tcp():
    return TcpLink(16, 1), TcpLink(1, 16)


def pump(client, meter, link, far, lose=()):
    """Carry octets both ways until nobody says anything; give the client's events. ``lose``: by number."""
    events, carried = [], 0
    while True:
        if not link.outgoing and link.deadline_ms is None:
            for apdu in client.take_outgoing()[:1]:
                link.send(apdu)
        before = carried
        for taken, into in ((link.take_outgoing(), far), (far.take_outgoing(), link)):
            carried += bool(taken)
            if taken and carried not in lose:
                events += _arrived(into.receive(taken), client, meter, far if into is far else None)
        if carried == before and link.deadline_ms is None and not client.outgoing:
            return events
        if carried == before and link.deadline_ms is not None:
            events += link.timed_out()
        assert carried < 5_000, "they talk for ever"


def _arrived(found, client, meter, far):
    """Hand on what a link gave: at the meter's end (``far``) it is answered there."""
    events = []
    for event in found:
        if not isinstance(event, Came):
            events.append(event)
        elif far is None:
            events += client.receive(event.apdu)
        else:
            for answer in meter.receive(event.apdu):
                far.send(answer)
    return events
