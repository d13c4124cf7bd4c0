"""Client and meter over both wires: association, reading, writing, acting, blocks, losses, lies."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.codecs.dlms import services
from gateway.codecs.dlms.access import Access
from gateway.codecs.dlms.acse import Mechanism, Opened, Opening, read_association, write_association
from gateway.codecs.dlms.apdu import read_service, write_service
from gateway.codecs.dlms.client import Client
from gateway.codecs.dlms.datum import UINT32, Datum, octets
from gateway.codecs.dlms.events import Acted, Associated, Broken, Failed, Got, Refused, Released, Told, Wrote
from gateway.codecs.dlms.link import Agreed, Came, LinkClosed, LinkLost, LinkOpened
from gateway.codecs.dlms.link_client import TRIES_MAX
from gateway.codecs.dlms.meter import MeterSide
from gateway.codecs.dlms.results import AccessFault
from gateway.codecs.dlms.services import Asked, Done
from tests.dlms_ends import (
    CLIENT_TITLE,
    ENERGY,
    METER_TITLE,
    PROFILE,
    PUBLISHED,
    SWITCH,
    Shelf,
    gmac,
    hdlc,
    pump,
    rows,
    tcp,
)

CHALLENGE, OTHER = b"K56iVagY", b"P6wRJ21F"


def ways(pdu_max=65_535):
    return {
        "none": (Access(pdu_max=pdu_max), Access(pdu_max=pdu_max)),
        "password": tuple(Access(Mechanism.PASSWORD, b"12345678", pdu_max=pdu_max) for _ in range(2)),
        "gmac": (gmac(CLIENT_TITLE, CHALLENGE, pdu_max), gmac(METER_TITLE, OTHER, pdu_max)),
        "gmac alone": tuple(
            replace(gmac(title, value, pdu_max), is_ciphered=False)
            for title, value in ((CLIENT_TITLE, CHALLENGE), (METER_TITLE, OTHER))
        ),
    }


def opened(way="none", wire=tcp, pdu_max=65_535):
    ours, theirs = ways(pdu_max)[way]
    shelf = Shelf()
    client, meter = Client(ours), MeterSide(shelf, theirs)
    link, far = wire()
    events = [*link.connect(), *pump(client, meter, link, far)]
    assert LinkOpened() in events
    client.associate()
    assert any(isinstance(event, Associated) for event in pump(client, meter, link, far))
    return client, shelf, lambda lose=(): pump(client, meter, link, far, lose), link


@pytest.mark.parametrize("way", ways())
@pytest.mark.parametrize("wire", [tcp, hdlc])
@pytest.mark.parametrize("pdu_max", [65_535, 200])
def test_everything_is_asked_and_answered(way, wire, pdu_max):
    client, shelf, go, link = opened(way, wire, pdu_max)
    client.get(Asked(ENERGY))
    assert go() == [Got((Datum(UINT32, 1234),))]
    client.get(Asked(PROFILE))
    assert go() == [Got((rows(96),))]
    client.get(Asked(ENERGY), Asked(PROFILE), Asked(SWITCH))
    assert go() == [Got((Datum(UINT32, 1234), rows(96), AccessFault(4)))]
    client.set([Asked(ENERGY)], [rows(30)])
    assert go() == [Wrote((0,))]
    client.set([Asked(ENERGY), Asked(SWITCH)], [Datum(UINT32, 5), rows(20)])
    assert go() == [Wrote((0, 0))]
    assert (shelf.held[ENERGY], shelf.held[SWITCH]) == (Datum(UINT32, 5), rows(20))
    client.act([SWITCH], [None])
    assert go() == [Acted((Done(0),))]
    client.act([SWITCH], [octets(b"x" * 900)])
    assert go() == [Acted((Done(0, octets(b"x" * 900)),))]
    client.act([SWITCH, ENERGY], [Datum(UINT32, 1), octets(b"y" * 500)])
    assert go() == [Acted((Done(0, Datum(UINT32, 1)), Done(0, octets(b"y" * 500))))]
    client.release()
    assert go() == [Released()]
    assert link.disconnect() in ([LinkClosed()], None)


@given(st.sets(st.integers(1, 200), max_size=20))
def test_lost_frames_are_sent_again_and_count_once(lose):
    client, shelf, go, _ = opened("gmac", hdlc)
    client.get(Asked(PROFILE))
    # Never the same frame as often as it is tried.
    lose = {number for number in lose if number % 3 == 0}
    events = go(lose)
    assert events == [Got((rows(96),))] or isinstance(events[-1], LinkLost)
    if isinstance(events[-1], LinkLost):
        return
    client.act([SWITCH], [Datum(UINT32, 1)])
    assert go({2}) == [Acted((Done(0, Datum(UINT32, 1)),))]
    assert len(shelf.done) == 1, "a repeated request is done once"


def test_a_meter_that_does_not_answer_is_given_up():
    link, _ = hdlc()
    link.connect()
    sent = []
    for _ in range(TRIES_MAX - 1):
        sent.append(link.take_outgoing())
        assert link.timed_out() == []
    sent.append(link.take_outgoing())
    assert len(set(sent)) == 1
    assert isinstance(link.timed_out()[0], LinkLost)
    assert link.deadline_ms is None


def test_sizes_that_are_agreed_are_kept():
    link, far = hdlc(agreed=Agreed(tx=64, rx=300))
    link.connect()
    far.receive(link.take_outgoing())
    assert link.receive(far.take_outgoing()) == [LinkOpened()]
    link.send(bytes(200))
    assert len(link.take_outgoing()) < 64 + 20


def test_an_apdu_over_many_segments_is_whole_again():
    link, far = hdlc()
    link.connect()
    far.receive(link.take_outgoing())
    link.receive(far.take_outgoing())
    link.send(bytes(range(256)) * 8)
    came = []
    for _ in range(100):
        came += [event for event in far.receive(link.take_outgoing()) if isinstance(event, Came)]
        link.receive(far.take_outgoing())
    assert came == [Came(bytes(range(256)) * 8)]


@pytest.mark.parametrize(
    ("ours", "theirs", "why"),
    [
        (
            Access(Mechanism.PASSWORD, b"12345679"),
            Access(Mechanism.PASSWORD, b"12345678"),
            "authentication-failure",
        ),
        (Access(), Access(Mechanism.PASSWORD, b"12345678"), "authentication-failure"),
        (Access(), gmac(METER_TITLE, OTHER), "application-context-name-not-supported"),
    ],
)
def test_who_does_not_prove_himself_is_refused(ours, theirs, why):
    client, meter = Client(ours), MeterSide(Shelf(), theirs)
    client.associate()
    assert pump(client, meter, *tcp()) == [Refused("rejected-permanent", why)]
    client.associate()


def test_a_client_with_another_key_is_not_let_in():
    client = Client(gmac(CLIENT_TITLE, CHALLENGE, encryption=bytes(16)))
    client.associate()
    (event,) = pump(client, MeterSide(Shelf(), gmac(METER_TITLE, OTHER)), *tcp())
    assert event == Refused("refused", "service-not-allowed, deciphering-error")


def test_a_client_whose_counter_is_behind_is_told_the_one_that_is_wanted():
    client = Client(gmac(CLIENT_TITLE, CHALLENGE, counter=7))
    client.associate()
    (event,) = pump(client, MeterSide(Shelf(), gmac(METER_TITLE, OTHER, heard=9)), *tcp())
    assert event == Refused("refused", "service-not-allowed, invocation-counter-error", 10)


class Liar:
    """A meter that forges what is told it."""

    def __init__(self, forge):
        self.meter = MeterSide(Shelf(), gmac(METER_TITLE, OTHER))
        self.forge = forge

    def receive(self, apdu):
        return [self.forge(answer) for answer in self.meter.receive(apdu)]


def mirrored(answer):
    if answer[0] != 0x61:
        return answer
    said = read_association(answer)
    return write_association(Opened(said.context, 0, 14, said.user, 5, CHALLENGE, said.title))


@pytest.mark.parametrize(
    ("forge", "why"),
    [
        (lambda answer: answer[:-1] + bytes([answer[-1] ^ 1]) if answer[0] == 0xCF else answer, "keys"),
        (mirrored, "our own one"),
        (lambda answer: bytes.fromhex("c701c10000") if answer[0] == 0xCF else answer, "not sealed"),
    ],
)
def test_a_meter_that_does_not_prove_itself_is_left(forge, why):
    client = Client(gmac(CLIENT_TITLE, CHALLENGE))
    client.associate()
    (event,) = pump(client, Liar(forge), *tcp())
    assert isinstance(event, Broken)
    assert why in event.why
    assert not client.is_busy


def asked_plainly():
    client, *_ = opened()
    client.get(Asked(PROFILE))
    (raw,) = client.take_outgoing()
    return client, read_service(raw).invoke


def block(invoke, number, raw=b"\x01", *, is_last=False):
    return write_service(services.GetBlock(invoke, services.Block(is_last, number, raw)))


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        (lambda invoke: [block(invoke, 2)], "1 is the next"),
        (lambda invoke: [block(invoke, 1), block(invoke, 1)], "2 is the next"),
        (lambda invoke: [block(invoke, 1, b"")], "empty"),
        (lambda invoke: [block(invoke, 1, b"\x06\0", is_last=True)], "cut short"),
        (lambda invoke: [write_service(services.SetResponse(invoke, (0,)))], "another question"),
        (lambda invoke: [b"\xc4"], "announced"),
        (lambda invoke: [bytes.fromhex("d80202")], "service-unknown, service-not-supported"),
        (lambda invoke: [block(invoke, n + 1, b"a" * 60_000) for n in range(5)], "more than"),
        (
            lambda invoke: [
                write_service(
                    services.GetBlock(
                        invoke, services.Block(number=1, raw=b"", is_last=True), AccessFault(15)
                    )
                )
            ],
            "long-get-aborted",
        ),
    ],
)
def test_an_answer_that_breaks_the_standard_ends_the_question_alone(answers, why):
    client, invoke = asked_plainly()
    events = [event for answer in answers(invoke) for event in client.receive(answer)]
    assert isinstance(events[0], Failed)
    assert why in events[0].why
    client.take_outgoing()
    client.get(Asked(ENERGY))


def test_the_answer_to_an_earlier_question_means_nothing():
    client, invoke = asked_plainly()
    late = write_service(services.GetResponse(invoke ^ 1, Datum(UINT32, 1)))
    assert client.receive(late) == []
    assert client.is_busy


def test_what_is_said_unasked_is_told():
    client, _ = asked_plainly()
    notice = services.Notified(1, b"", Datum(UINT32, 7))
    assert client.receive(write_service(notice)) == [Told(notice)]
    assert client.is_busy


def test_two_questions_at_a_time_are_our_own_fault():
    client, _ = asked_plainly()
    with pytest.raises(ValueError, match="asking"):
        client.get(Asked(ENERGY))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Access(Mechanism.PASSWORD),
        lambda: Access(Mechanism.GMAC, CHALLENGE),
        lambda: gmac(CLIENT_TITLE, b"short"),
    ],
)
def test_a_proof_that_lacks_its_parts_is_our_own_fault(make):
    with pytest.raises(ValueError, match=r"password|keys|challenge"):
        make()


def test_no_password_is_shown():
    access = Access(Mechanism.PASSWORD, b"12345678")
    assert "12345678" not in repr(access) + repr(Opening(1, b"", 1, b"12345678"))


@pytest.mark.parametrize(
    "apdu", [b"", b"\x60", b"\xc0\x01", b"\xff", bytes.fromhex("c001c100030100010800ff0200")]
)
def test_a_meter_answers_whatever_a_client_says(apdu):
    assert MeterSide(Shelf(), Access()).receive(apdu)


def test_the_green_book_s_association_by_gmac_goes_as_it_is_printed():
    access = replace(gmac(CLIENT_TITLE, CHALLENGE, pdu_max=1200), is_ciphered=False, conformance=0x007E1F)
    client = Client(access)
    client.associate()
    (aarq,) = client.take_outgoing()
    printed = next(each for each in PUBLISHED["green_book"]["associations"] if each["name"] == "AARQ, GMAC")
    said, wanted = read_association(aarq), read_association(bytes.fromhex(printed["apdu"]))
    # The printed one leaves our title out, which the meter needs for the proof.
    assert replace(said, title=b"") == wanted
    aare = next(each for each in PUBLISHED["green_book"]["associations"] if each["name"] == "AARE, GMAC")
    access.sealing.peer = METER_TITLE
    client.receive(bytes.fromhex(aare["apdu"]))
    (asked,) = client.take_outgoing()
    proofs = PUBLISHED["green_book"]["gmac"]
    assert read_service(asked).parameters == (octets(bytes.fromhex(proofs[0]["proof"])),)
    given = octets(bytes.fromhex(proofs[1]["proof"]))
    answer = services.ActionResponse(read_service(asked).invoke, (Done(0, given),))
    assert client.receive(write_service(answer)) == [Associated(0x00501F, 500)]
