"""A meter of DLMS for conversations: objects that do what they say, over HDLC and TCP, with the ways in."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from gateway.codecs.dlms.access import CONFORMANCE_OURS, Access
from gateway.codecs.dlms.acse import Mechanism
from gateway.codecs.dlms.apdu import write_service
from gateway.codecs.dlms.datum import (
    BIT_STRING,
    BOOLEAN,
    ENUM,
    INT8,
    UINT8,
    UINT16,
    UINT32,
    Datum,
    array,
    octets,
    structure,
)
from gateway.codecs.dlms.hdlc import Address
from gateway.codecs.dlms.link import Came
from gateway.codecs.dlms.link_server import ServerLink
from gateway.codecs.dlms.link_tcp import TcpLink
from gateway.codecs.dlms.meter import MeterSide
from gateway.codecs.dlms.moment import read_moment, write_moment
from gateway.codecs.dlms.results import AccessFault
from gateway.codecs.dlms.selection import captured
from gateway.codecs.dlms.services import Done, Excepted, Target
from tests.dlms_ends import CLIENT_TITLE, METER_TITLE, sealing

if TYPE_CHECKING:
    from collections.abc import Callable

EAST = timezone(timedelta(hours=8))
NOW = datetime(2026, 11, 26, 12, 45, tzinfo=EAST)
PUBLIC, CLIENT = 16, 32
TOKEN = "12345678901234567890"
CHALLENGE = b"P6wRJ21F"


def at(class_id, name, index):
    return Target.of(class_id, name, index)


ENERGY, VOLTAGE = at(3, "1-0:1.8.0.255", 2), at(3, "1-0:32.7.0.255", 2)
CLOCK, NAME = at(8, "0-0:1.0.0.255", 2), at(1, "0-0:42.0.0.255", 2)
OUTPUT, CONTROL = (at(70, "0-0:96.3.10.255", index) for index in (2, 3))
BUFFER, COLUMNS, PERIOD = (at(7, "1-0:99.1.0.255", index) for index in (2, 3, 4))
STATUS, ENTERED = at(115, "0-0:19.40.0.255", 6), at(115, "0-0:19.40.0.255", 2)
LIST = at(15, "0-0:40.0.0.255", 2)
COUNTER = at(1, "0-0:43.1.0.255", 2)
DATA = at(1, "0-0:96.1.0.255", 2)


def scale(target, scaler, unit):
    return {Target(target.class_id, target.name, 3): structure(Datum(INT8, scaler), Datum(ENUM, unit))}


def held():
    return {
        NAME: octets(b"MMM0000012345"),
        CLOCK: octets(write_moment(NOW)),
        ENERGY: Datum(UINT32, 1234567),
        **scale(ENERGY, -1, 30),
        VOLTAGE: Datum(UINT16, 231),
        **scale(VOLTAGE, 0, 35),
        OUTPUT: Datum(BOOLEAN, True),  # noqa: FBT003 - a value of COSEM
        CONTROL: Datum(ENUM, 1),
        DATA: octets(b"old"),
        COLUMNS: array(captured(CLOCK), captured(at(1, "0-0:96.10.1.255", 2)), captured(ENERGY)),
        PERIOD: Datum(UINT32, 900),
        LIST: array(
            *(
                structure(Datum(UINT16, one.class_id), Datum(UINT8, 0), octets(one.name), structure())
                for one in (NAME, CLOCK, ENERGY, OUTPUT, BUFFER, VOLTAGE)
            )
        ),
    }


def status(code):
    return structure(Datum(ENUM, code), Datum(BIT_STRING, "0000"))


class Objects:
    """What the meter holds; ``orders`` are what it was told to do, in their order."""

    def __init__(self):
        self.held = held()
        self.orders = []
        self.rows = {}
        #: What becomes of a token: a status after each look.
        self.statuses = [3]
        self.heard: Callable[[], int | None] = lambda: 0

    def get(self, asked):
        if asked.target == BUFFER and asked.selection is not None:
            _, begins, ends, _ = asked.selection.parameter.value
            first, last = (read_moment(one.value, 480).at for one in (begins, ends))
            return array(*(row for moment, row in self.rows.items() if first <= moment <= last))
        if asked.target == COUNTER:
            heard = self.heard()
            return AccessFault(3) if heard is None else Datum(UINT32, heard)
        if asked.target == STATUS and ENTERED in self.held:
            return status(self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0])
        return self.held.get(asked.target, AccessFault(4))

    def set(self, asked, value):
        if asked.target not in self.held:
            return 4
        if self.held[asked.target].tag != value.tag:
            return 12
        self.orders.append(asked.target)
        self.held[asked.target] = value
        return 0

    def act(self, method, parameter):
        self.orders.append(method)
        if method.class_id == 70:
            self.held[CONTROL] = Datum(ENUM, method.index - 1)
            self.held[OUTPUT] = Datum(BOOLEAN, method.index == 2)
            return Done(0)
        if method.class_id == 115:
            self.held[ENTERED] = parameter
            return Done(0)
        return Done(3)


class MeterDlms:
    """One meter with a public client and one that proves itself; ``access`` is made anew for each link."""

    def __init__(
        self, way="none", *, is_hdlc=True, names_counter=False, conformance=CONFORMANCE_OURS, pdu_max=0
    ):
        self.objects = Objects()
        self.way, self.names_counter = way, names_counter
        #: Says of an APDU that it is refused as a whole.
        self.refuses = lambda apdu: False
        self.seal = sealing(METER_TITLE)
        self.objects.heard = lambda: max(0, self.seal._heard)  # noqa: SLF001 - what the meter's object tells
        self._agrees = {"conformance": conformance, "pdu_max": pdu_max or 65_535}
        clients = (PUBLIC, CLIENT)
        self._links = {
            client: ServerLink(Address(1), Address(client)) if is_hdlc else TcpLink(1, client)
            for client in clients
        }
        self._sides = {client: self._side(client) for client in clients}
        self.out = None
        #: Those of the centre, for whoever begins a conversation.
        self.keys = Keys()

    def _side(self, client):
        access = Access(**self._agrees)
        if client != PUBLIC and self.way == "lls":
            access = Access(Mechanism.PASSWORD, b"12345678", **self._agrees)
        elif client != PUBLIC and self.way.startswith("gmac"):
            is_ciphered = self.way == "gmac"
            access = Access(Mechanism.GMAC, CHALLENGE, self.seal, is_ciphered=is_ciphered, **self._agrees)
        return MeterSide(self.objects, access)

    def receive(self, chunk):
        answers = b""
        for client, link in self._links.items():
            for event in link.receive(chunk):
                if isinstance(event, Came):
                    for answer in self._answers(client, event.apdu):
                        link.send(answer)
            if isinstance(link, TcpLink):
                link.deadline_ms = None
            answers += link.take_outgoing()
        return answers

    def _answers(self, client, apdu):
        if self.refuses(apdu):
            return [write_service(Excepted(1, 1))]
        answers = self._sides[client].receive(apdu)
        if self.names_counter and answers == [write_service(Excepted(1, 5))]:
            return [write_service(Excepted(1, 6, self.seal._heard + 1))]  # noqa: SLF001 - what it heard last
        return answers


class Keys:
    """Keys of a meter, whose counter is stored into a list that the wire's octets are in as well."""

    def __init__(self, counter=100, log=None, challenge=b"K56iVagY"):
        self.counter = counter
        self.log = [] if log is None else log
        self._challenge = challenge

    def sealing(self):
        return sealing(CLIENT_TITLE, self.counter)

    def used(self, counter):
        self.counter = counter
        self.log.append(counter)

    def challenge(self):
        return self._challenge
