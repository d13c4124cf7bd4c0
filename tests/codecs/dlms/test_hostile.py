"""Seeded mutations: nothing but the codec's own faults, and none takes a second."""

import random
import time
from collections import Counter

import pytest

from gateway.codecs.dlms.access import Access
from gateway.codecs.dlms.acse import read_association, read_initiate
from gateway.codecs.dlms.apdu import read_service, write_service
from gateway.codecs.dlms.axdr import read, write
from gateway.codecs.dlms.client import Client
from gateway.codecs.dlms.datum import UINT32, Datum
from gateway.codecs.dlms.fault import PeerFault
from gateway.codecs.dlms.hdlc import Frame, FrameReader, Kind, read_frame, write_frame
from gateway.codecs.dlms.link import ANSWER_HEAD, Agreed, Came, write_agreed
from gateway.codecs.dlms.meter import MeterSide
from gateway.codecs.dlms.moment import read_moment
from gateway.codecs.dlms.services import Asked, GetListResponse, GetResponse
from gateway.codecs.dlms.wrapper import WrapperReader
from tests.dlms_ends import (
    CLIENT,
    CLIENT_TITLE,
    ENERGY,
    FRAMES,
    METER_TITLE,
    PUBLISHED,
    SERVER,
    Shelf,
    gmac,
    hdlc,
    rows,
    sealing,
    tcp,
)
from tests.mutations import MUTATIONS

WIRES = [bytes.fromhex(each["hex"]) for each in FRAMES]
WIRES += [
    write_frame(Frame(CLIENT, SERVER, Kind.INFORMATION, ANSWER_HEAD + b"abc", 0, 1, is_segment=n > 1))
    for n in range(3)
]
WIRES += [write_frame(Frame(CLIENT, SERVER, kind, awaited=1)) for kind in (Kind.READY, Kind.DISCONNECTED)]
WIRES += [write_frame(Frame(SERVER, CLIENT, Kind.CONNECT, write_agreed(Agreed(60, 60))))]
SHELF = Shelf()
APDUS = [bytes.fromhex(each["apdu"]) for each in PUBLISHED["apdus"] + PUBLISHED["green_book"]["associations"]]
APDUS += [
    bytes.fromhex("0600000001060000"),
    bytes.fromhex("c303c10100460000 60030aff020106 00000001"),
    bytes.fromhex("13 02021211 06 000105000206"),
    write(rows(3)),
    write_service(GetResponse(0xC1, rows(2))),
    write_service(GetListResponse(0xC1, (Datum(UINT32, 5), rows(1)))),
    bytes.fromhex(PUBLISHED["green_book"]["ciphered"]["sealed"]),
    bytes.fromhex("c402c1000000000100 05 0600000001"),
    bytes.fromhex("07e8021d040d1e0000ffc400"),
]


def mutated(dice, raw):
    changed = bytearray(raw)
    for _ in range(dice.choice((1, 1, 1, 2, 3, 8))):
        at = dice.randrange(len(changed) + 1)
        match dice.randrange(5):
            case 0:
                changed[at : at + 1] = bytes([dice.randrange(256)])
            case 1:
                changed[at : at + 1] = bytes(
                    [dice.choice((0, 1, 2, 0x7E, 0x7F, 0x80, 0x83, 0x84, 0xA0, 0xFF))]
                )
            case 2:
                del changed[at : at + dice.randrange(1, 9)]
            case 3:
                changed[at:at] = dice.randbytes(dice.randrange(1, 9))
            case 4:
                changed[at:at] = changed[at : at + dice.randrange(1, 30)]
    return bytes(changed)


def client_hears(raw):
    client = Client(Access())
    client.associate()
    client.receive(APDUS[8])
    client.get(Asked(ENERGY))
    client.receive(raw)


def sealed_client_hears(raw):
    client = Client(gmac(CLIENT_TITLE, b"K56iVagY"))
    client.associate()
    client.receive(raw)


def unsealed(raw):
    sealed = sealing(CLIENT_TITLE)
    sealed.peer = METER_TITLE
    sealed.unseal(raw)


def link_hears(raw):
    link, far = hdlc()
    link.connect()
    far.receive(link.take_outgoing())
    link.receive(far.take_outgoing())
    far.receive(raw)
    link.send(bytes(200))
    link.receive(raw)
    link.timed_out()


def meter_behind_tcp(raw):
    far, meter = tcp()[1], MeterSide(SHELF, Access())
    for event in far.receive(raw):
        if isinstance(event, Came):
            meter.receive(event.apdu)


OF_FRAMES = [
    read_frame,
    FrameReader().receive,
    lambda raw: WrapperReader().receive(raw),
    link_hears,
    meter_behind_tcp,
]
OF_APDUS = [
    read,
    read_service,
    read_association,
    read_initiate,
    client_hears,
    sealed_client_hears,
    unsealed,
    read_moment,
    lambda raw: MeterSide(SHELF, Access()).receive(raw),
]


@pytest.mark.faults
def test_no_octets_of_a_peer_do_more_than_be_refused(counted):
    dice = random.Random(4059)
    slowest = 0.0
    outcomes: Counter[str] = Counter()
    for _ in range(MUTATIONS):
        of_frames = dice.random() < 0.4
        raw = mutated(dice, dice.choice(WIRES if of_frames else APDUS))
        attempt = dice.choice(OF_FRAMES if of_frames else OF_APDUS)
        begun = time.thread_time()
        try:
            attempt(raw)
            outcomes["taken"] += 1
        except PeerFault:
            outcomes["refused"] += 1
        slowest = max(slowest, time.thread_time() - begun)
    counted(f"{MUTATIONS:,} mutations, the slowest took {slowest * 1000:.1f} ms")
    assert slowest < 1
    assert min(outcomes["taken"], outcomes["refused"]) > MUTATIONS // 10, "both ends are reached"


def test_a_reader_keeps_no_more_than_a_frame():
    reader = FrameReader()
    for _ in range(200):
        reader.receive(b"\x7e\xa7\xff" + bytes(1000))
    assert len(reader._buffer) < 4_000  # noqa: SLF001 - its memory is what is looked at
