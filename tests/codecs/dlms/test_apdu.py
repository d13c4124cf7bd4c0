"""APDUs and associations: published octets, and every service there and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.codecs.dlms import services
from gateway.codecs.dlms.acse import (
    Initiate,
    Mechanism,
    Opened,
    Opening,
    Release,
    conformance,
    read_association,
    read_initiate,
    write_association,
    write_initiate,
)
from gateway.codecs.dlms.apdu import read_service, write_service
from gateway.codecs.dlms.datum import UINT32, Datum, octets, structure
from gateway.codecs.dlms.fault import PeerFault
from gateway.codecs.dlms.results import AccessFault
from gateway.codecs.dlms.selection import by_entry, by_range
from gateway.codecs.dlms.services import Asked, Block, Done, Target
from tests.dlms_ends import PUBLISHED

ENERGY = Target.of(3, "1-0:1.8.0.255", 2)

VALUES = st.sampled_from([Datum(UINT32, 1234), octets(b"abc"), structure(Datum(0, None)), Datum(22, 3)])
TARGETS = st.builds(Target, st.integers(0, 0xFFFF), st.binary(min_size=6, max_size=6), st.integers(0, 255))
ASKED = st.builds(
    Asked, TARGETS, st.sampled_from([None, by_entry(1, 5), by_range(octets(b"a"), octets(b"b"))])
)
BYTE, LONG = st.integers(0, 255), st.integers(0, 0xFFFF_FFFF)
BLOCKS = st.builds(Block, st.booleans(), LONG, st.binary(max_size=200))
RESULTS = st.one_of(VALUES, st.builds(AccessFault, BYTE))
DONE = st.builds(Done, BYTE, st.one_of(st.none(), RESULTS))


def several(part):
    return st.lists(part, min_size=2, max_size=4).map(tuple)


def pairs(of, left, right):
    lists = st.lists(st.tuples(left, right), min_size=1, max_size=3)
    return st.builds(
        lambda invoke, found: of(invoke, *(tuple(side) for side in zip(*found, strict=True)), len(found) > 1),
        BYTE,
        lists,
    )


SERVICES = st.one_of(
    st.builds(services.GetRequest, BYTE, ASKED),
    st.builds(services.GetNext, BYTE, LONG),
    st.builds(services.GetList, BYTE, several(ASKED)),
    st.builds(services.GetResponse, BYTE, RESULTS),
    st.builds(services.GetBlock, BYTE, BLOCKS),
    st.builds(services.GetListResponse, BYTE, several(RESULTS)),
    pairs(services.SetRequest, ASKED, VALUES),
    st.builds(services.SetFirstBlock, BYTE, several(ASKED), BLOCKS, st.just(value=True)),
    st.builds(services.SetFirstBlock, BYTE, st.tuples(ASKED), BLOCKS),
    st.builds(services.SetBlock, BYTE, BLOCKS),
    st.builds(services.SetBlockAck, BYTE, LONG),
    st.builds(services.SetResponse, BYTE, st.tuples(BYTE), st.just(value=False), st.one_of(st.none(), LONG)),
    st.builds(services.SetResponse, BYTE, several(BYTE), st.just(value=True), st.one_of(st.none(), LONG)),
    st.builds(services.ActionRequest, BYTE, st.tuples(TARGETS), st.tuples(st.one_of(st.none(), VALUES))),
    st.builds(
        services.ActionRequest,
        BYTE,
        st.tuples(TARGETS, TARGETS),
        st.tuples(VALUES, VALUES),
        st.just(value=True),
    ),
    st.builds(services.ActionNext, BYTE, LONG, st.booleans()),
    st.builds(services.ActionFirstBlock, BYTE, st.tuples(TARGETS), BLOCKS),
    st.builds(services.ActionFirstBlock, BYTE, several(TARGETS), BLOCKS, st.just(value=True)),
    st.builds(services.ActionBlock, BYTE, BLOCKS, st.booleans()),
    st.builds(services.ActionResponse, BYTE, st.tuples(DONE)),
    st.builds(services.ActionResponse, BYTE, several(DONE), st.just(value=True)),
    st.builds(services.Excepted, BYTE, st.integers(0, 5)),
    st.builds(services.Excepted, BYTE, st.just(6), LONG),
    st.builds(services.ServiceError, BYTE, BYTE, BYTE),
    st.builds(services.Notified, LONG, st.binary(max_size=12), VALUES),
    st.builds(services.EventNotified, st.one_of(st.none(), st.binary(max_size=12)), TARGETS, VALUES),
)


@given(SERVICES, st.data())
def test_every_service_is_read_as_it_was_written(said, data):
    raw = write_service(said)
    assert read_service(raw) == said
    # An exception may leave its counter out.
    cuts = range(3) if isinstance(said, services.Excepted) else range(len(raw))
    with pytest.raises(PeerFault):
        read_service(raw[: data.draw(st.sampled_from(cuts))])
    with pytest.raises(PeerFault):
        read_service(raw + b"\0\0\0\0\0")


@pytest.mark.parametrize("entry", PUBLISHED["apdus"], ids=lambda entry: entry["name"])
def test_a_published_apdu_is_read_and_written_again(entry):
    raw = bytes.fromhex(entry["apdu"])
    assert write_service(read_service(raw)) == raw


def test_what_the_published_apdus_say():
    read = [read_service(bytes.fromhex(entry["apdu"])) for entry in PUBLISHED["apdus"]]
    assert read[0] == services.GetRequest(0xC1, Asked(ENERGY))
    assert [each.result for each in read[1:4]] == [Datum(UINT32, 12345), octets(b" CYK12"), Datum(17, 4)]
    assert read[4].result.name == "object-class-inconsistent"


@pytest.mark.parametrize("entry", PUBLISHED["green_book"]["associations"], ids=lambda entry: entry["name"])
def test_a_published_association_is_read_and_written_again(entry):
    raw = bytes.fromhex(entry["apdu"])
    said = read_association(raw)
    assert write_association(said) == raw
    assert write_initiate(read_initiate(said.user)) == said.user


def test_what_the_published_associations_say():
    entries = PUBLISHED["green_book"]["associations"]
    found = [read_association(bytes.fromhex(each["apdu"])) for each in entries]
    assert [each.mechanism for each in found] == [0, 1, 5, 0, 5]
    assert [each.value for each in found] == [b"", b"12345678", b"K56iVagY", b"", b"P6wRJ21F"]
    assert (found[4].result, found[4].diagnostic) == (0, 14)
    assert read_initiate(found[3].user) == Initiate(0x00501F, 500, is_response=True)
    assert "12345678" not in repr(found[1])


def test_the_conformance_of_the_green_book_has_these_bits():
    names = ["attribute0-supported-with-set", "priority-mgmt-supported", "attribute0-supported-with-get"]
    names += ["block-transfer-with-get", "block-transfer-with-set", "block-transfer-with-action"]
    names += ["multiple-references", "get", "set", "selective-access", "event-notification", "action"]
    # 007E1F and the attribute 0 with SET, which the example leaves out.
    assert conformance(*names[1:]) == 0x007E1F
    assert conformance(names[0]) == 0x008000


@given(
    st.one_of(
        st.builds(
            Opening,
            BYTE,
            st.binary(min_size=1, max_size=60),
            st.sampled_from(Mechanism),
            st.binary(max_size=60),
        ),
        st.builds(
            Opened,
            BYTE,
            BYTE,
            BYTE,
            st.binary(min_size=1, max_size=60),
            title=st.binary(min_size=8, max_size=8),
            is_provider=st.booleans(),
        ),
        st.builds(Release, st.booleans(), st.one_of(st.none(), BYTE), st.binary(max_size=60)),
    )
)
def test_an_association_is_read_as_it_was_written(said):
    if isinstance(said, Opening) and not said.mechanism:
        said = Opening(said.context, said.user)
    assert read_association(write_association(said)) == said


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "60",
        "6000",
        "c0",
        "60 04 a1 02 06 00",
        "61 0b a1 09 06 07 60857405080101",
        "6203800100 00",
        "62 06 800100 800100",
        "60 7f",
        "62 02 be 00",
    ],
)
def test_a_broken_association_is_refused(raw):
    with pytest.raises(PeerFault):
        read_association(bytes.fromhex(raw))


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("", "announced"),
        ("c0", "announced"),
        ("ff01c1", "no service"),
        ("c009c1", "not known"),
        ("c401c102", "neither 00"),
        ("c303c101" + "00460060030aff02", "index"),
        ("c104c101" + "00030100010800ff0200" + "0211011102", "values for"),
        ("c003c1820100", "256 parts"),
    ],
)
def test_a_broken_apdu_is_refused_with_its_place(raw, why):
    with pytest.raises(PeerFault, match=why):
        read_service(bytes.fromhex(raw))


@pytest.mark.parametrize("name", ["1.8.0", "1-0:1.8.0", "1.0.1.8.0.256", "a.b.c.d.e.f", "1.0.1.8.0.-1", ""])
def test_what_is_no_logical_name_is_our_own_fault(name):
    with pytest.raises(ValueError, match="logical name"):
        Target.of(3, name, 2)
