"""What is asked for by name: classes, moments, parts of a profile, tokens."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

import schemas
from gateway.codecs.dlms.axdr import write
from gateway.codecs.dlms.classes import meaning, method, target
from gateway.codecs.dlms.datum import BIT_STRING, ENUM, NAMES, Datum, octets, structure
from gateway.codecs.dlms.fault import PeerFault
from gateway.codecs.dlms.moment import read_moment, write_moment
from gateway.codecs.dlms.selection import by_entry, by_range
from gateway.codecs.dlms.services import Target
from gateway.codecs.dlms.token import TokenForm, read_token_status, token_parameter

TABLE = schemas.load("dlms/classes.json")


@pytest.mark.parametrize("number", TABLE["classes"])
def test_a_class_has_its_attributes_and_methods_without_a_gap(number):
    found = TABLE["classes"][number]
    for part in ("attributes", "methods"):
        assert [int(index) for index in found[part]] == list(range(1, len(found[part]) + 1))
    assert found["attributes"]["1"] == {"name": "logical_name", "type": "octet-string"}
    assert {each["type"] for each in found["attributes"].values()} <= {*NAMES.values(), "any"}


@pytest.mark.parametrize("thing", TABLE["objects"], ids=lambda thing: thing["name"])
def test_an_object_is_of_a_class_that_is_there(thing):
    assert str(thing["class"]) in TABLE["classes"]
    assert target(thing["name"], "logical_name").index == 1


def test_objects_are_named_in_words():
    assert target("token gateway", "token_status") == Target.of(115, "0-0:19.40.0.255", 6)
    assert method("token gateway", "enter") == Target.of(115, "0-0:19.40.0.255", 1)
    assert method("disconnect control", "remote_reconnect", "0-0:96.3.11.255").name[4] == 11
    assert (meaning("token_status", 3), meaning("credit_type", 2)) == ("execution ok", "emergency")
    for wrong in (
        lambda: target("clock", "hands"),
        lambda: method("clock", "wind"),
        lambda: target("kettle", "x"),
    ):
        with pytest.raises(KeyError):
            wrong()


EAST = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("raw", "at", "has_deviation"),
    [
        (
            "07e8021d040d1e0000ffc400",
            datetime(2024, 2, 29, 13, 30, tzinfo=timezone(timedelta(hours=1))),
            True,
        ),
        ("07e8021d040d1e00ff800000", datetime(2024, 2, 29, 13, 30, tzinfo=EAST), False),
        ("07e80101ff000000ff000000", datetime(2024, 1, 1, tzinfo=UTC), True),
    ],
)
def test_a_moment_is_read_in_its_offset(raw, at, has_deviation):
    found = read_moment(bytes.fromhex(raw), offset_min=480)
    assert (found.at, found.at.utcoffset(), found.has_deviation) == (at, at.utcoffset(), has_deviation)


def test_a_moment_is_written_with_or_without_its_deviation():
    at = datetime(2024, 2, 29, 13, 30, tzinfo=EAST)
    assert write_moment(at).hex() == "07e8021d040d1e0000fe2000"
    assert write_moment(at, with_deviation=False).hex() == "07e8021d040d1e0000800000"
    assert read_moment(write_moment(at)).at == at
    with pytest.raises(ValueError, match="offset"):
        write_moment(at.replace(tzinfo=None))


@pytest.mark.parametrize(
    "raw", ["", "ffff021d040d1e0000ffc400", "07e8021eff0d1e0000ffc400", "07e8021d040d1e00007fff00"]
)
def test_what_is_no_moment_is_refused(raw):
    with pytest.raises(PeerFault):
        read_moment(bytes.fromhex(raw))


def test_parts_of_a_profile_are_selected_as_the_standard_has_it():
    begins, ends = octets(b"A" * 12), octets(b"B" * 12)
    wanted = "0204 0204 120008 09060000010000ff 0f02 120000 090c" + "41" * 12 + "090c" + "42" * 12 + "0100"
    assert write(by_range(begins, ends).parameter) == bytes.fromhex(wanted)
    assert write(by_entry(1, 96).parameter) == bytes.fromhex("0204 0600000001 0600000060 120001 120000")


def test_a_token_goes_as_digits_or_packed():
    assert token_parameter("58293746152938475610", TokenForm.DIGITS) == octets(b"58293746152938475610")
    packed = token_parameter("58293746152938475610", TokenForm.PACKED).value
    assert (len(packed), int.from_bytes(packed, "big")) == (9, 58293746152938475610)
    for wrong in ("5829374615293847561", "99999999999999999999", "5829374615293847561x"):
        with pytest.raises(ValueError, match="twenty digits") as caught:
            token_parameter(wrong, TokenForm.DIGITS)
        assert wrong not in str(caught.value)


@pytest.mark.parametrize(
    ("code", "is_final", "is_accepted"),
    [(0, False, False), (3, True, True), (4, True, False), (7, True, False), (8, False, False)],
)
def test_the_status_of_a_token_is_final_or_not(code, is_final, is_accepted):
    status = read_token_status(structure(Datum(ENUM, code), Datum(BIT_STRING, "")))
    assert (status.is_final, status.is_accepted) == (is_final, is_accepted)


@pytest.mark.parametrize("found", [Datum(ENUM, 3), structure(), structure(Datum(ENUM, 3), Datum(ENUM, 3))])
def test_what_is_no_status_is_refused(found):
    with pytest.raises(PeerFault):
        read_token_status(found)
