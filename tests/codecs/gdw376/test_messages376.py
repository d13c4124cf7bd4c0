"""What frames of concentrators say: functions, stamps, forwarding, link tests, confirming and denying."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.codecs.gdw376.confirm import (
    Confirm,
    Confirms,
    LinkTest,
    Verdict,
    confirmation,
    each,
    read_clock,
    read_verdict,
    write_clock,
)
from gateway.codecs.gdw376.fault import PeerFault, ValueFault
from gateway.codecs.gdw376.forwarding import (
    CONTENT_MAX,
    NO_PASSWORD,
    Answered,
    Asked,
    Line,
    Route,
)
from gateway.codecs.gdw376.frame import Address, Frame, frames_of
from gateway.codecs.gdw376.message import Afn, Message, Stamp, function_of, identifier, read

# q30's answer: of the concentrator, with event counters and a time stamp.
ANSWER = bytes.fromhex(
    "68ae00ae0068a8000234120410e0000001001f14006861100130121568910833333433ab39333349164f00000650232105ae16"
)
METER_SAID = bytes.fromhex("6861100130121568910833333433ab3933334916")
WHO = Address("0200", 4660)
NIGHT = datetime(2017, 1, 21, 23, 51, 13)  # noqa: DTZ001 - the concentrator's own time


def test_what_a_concentrator_answers_ends_in_its_counters_and_a_stamp():
    message = read(frames_of(ANSWER)[0])
    assert (message.afn, message.fn, message.number) == (Afn.FORWARD, 1, 0)
    assert (message.events.hex(), message.stamp) == ("4f00", Stamp(0, bytes.fromhex("06502321"), 5))
    assert Answered.from_octets(message.content) == Answered(31, METER_SAID)
    assert message.octets == ANSWER
    assert (message.is_upward, message.is_start, message.is_to_confirm) == (True, False, False)


def test_the_bit_of_events_means_none_downward_and_where_a_concentrator_starts():
    for control in (0x6B, 0xE9):
        frame = Frame(control, WHO, 0, 0x02, 0x70, bytes.fromhex("00000400"))
        assert read(frame).events == b""
        assert read(frame).frame == frame


@pytest.mark.parametrize(
    ("control", "seq", "body"),
    [
        (0x88, 0x00, "00000100"),  # a part in the middle
        (0x88, 0x40, "00000100"),  # the first part
        (0x88, 0x20, "00000100"),  # the last
        (0x88, 0x60, ""),
        (0x88, 0x60, "000001"),
        (0x88, 0x60, "01010100"),  # a measuring point
        (0x88, 0x60, "00000300"),  # two functions
        (0x88, 0x60, "00000000"),  # none
        (0x88, 0x60, "0000011f"),  # a group behind F248
        (0x88, 0xE0, "00000100" + "00" * 5),  # no place for the stamp
        (0xA8, 0xE0, "00000100" + "00" * 7),  # nor for the counters
        (0xA8, 0x60, "0000010000"),
    ],
)
def test_what_is_no_message_of_ours_is_a_fault(control, seq, body):
    with pytest.raises(PeerFault):
        read(Frame(control, WHO, 4, 0x10, seq, bytes.fromhex(body)))


@pytest.mark.parametrize(
    ("fn", "octets"), [(1, "00000100"), (8, "00008000"), (10, "00000201"), (248, "0000801e")]
)
def test_a_function_is_a_bit_of_a_group(fn, octets):
    assert identifier(fn).hex() == octets
    assert function_of(bytes.fromhex(octets)) == fn


@pytest.mark.parametrize("fn", [0, 249])
def test_a_function_that_no_group_has_is_refused(fn):
    with pytest.raises(ValueFault):
        identifier(fn)


def test_a_stamp_has_the_sender_s_day_and_time():
    stamp = Stamp.at(0x123, NIGHT, 5)
    assert stamp.wire.hex() == "231351232105"
    assert Stamp.from_wire(stamp.wire) == stamp
    with pytest.raises(ValueFault):
        Stamp.at(0, NIGHT, 256)


def test_no_repr_shows_a_content():
    asked = Asked(31, Line(), 30_000, 100, b"secret", b"sixteen octets!!")
    assert "secret" not in repr(asked)
    assert "sixteen" not in repr(asked)
    assert "secret" not in repr(Answered(31, b"secret"))
    assert "secret" not in repr(Message(0x4B, WHO, 4, 0x10, 1, 0, b"secret"))


@pytest.mark.parametrize(
    ("octet", "line"),
    [
        (0x6B, Line()),
        (0xCB, Line(9600)),
        (0x63, Line(parity="none")),
        (0x6F, Line(parity="odd")),
        (0x1A, Line(300, 7, "even", 2)),
        (0xE0, Line(19200, 5, "none")),
    ],
)
def test_a_port_s_line_is_one_octet(octet, line):
    assert line.octet == octet
    assert Line.from_octet(octet) == line


@given(st.integers(0, 255))
def test_each_octet_is_a_line(octet):
    line = Line.from_octet(octet)
    assert Line.from_octet(line.octet) == line


@pytest.mark.parametrize("wrong", [{"baud": 1201}, {"bits": 9}, {"parity": "mark"}, {"stop": 3}])
def test_a_line_that_no_port_has_is_refused(wrong):
    with pytest.raises(ValueFault):
        Line(**wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"port": 0},
        {"port": 32},
        {"message_s": 0},
        {"message_s": 128},
        {"byte_ms": 0},
        {"byte_ms": 105},
        {"byte_ms": 2560},
        {"slack_ms": -1},
    ],
)
def test_a_route_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueFault):
        Route(**wrong)


def test_a_route_waits_for_the_meter_and_for_the_way_there():
    assert Route().wait_ms == 40_000
    assert Route(message_s=60, slack_ms=0).wait_ms == 60_000


@pytest.mark.parametrize(
    ("octets", "ms"), [("bc", 60_000), ("a8", 40_000), ("14", 200), ("7f", 1270), ("ff", 127_000)]
)
def test_a_time_out_is_in_seconds_or_in_ten_milliseconds(octets, ms):
    wire = bytes.fromhex("1f6b" + octets + "0a0100aa") + NO_PASSWORD
    asked = Asked.from_octets(wire)
    assert (asked.message_ms, asked.byte_ms) == (ms, 100)
    assert asked.octets == wire


@given(
    st.builds(
        Asked,
        st.integers(1, 31),
        st.integers(0, 255).map(Line.from_octet),
        st.one_of(st.integers(1, 127).map(lambda s: s * 1000), st.integers(1, 127).map(lambda n: n * 10)),
        st.integers(0, 255).map(lambda n: n * 10),
        st.binary(min_size=1, max_size=300),
        st.sampled_from([b"", NO_PASSWORD, b"sixteen octets!!"]),
    )
)
def test_a_request_is_written_as_it_is_read(asked):
    assert Asked.from_octets(asked.octets) == asked


@pytest.mark.parametrize("content", [b"", bytes(CONTENT_MAX + 1)])
def test_a_content_that_does_not_fit_does_not_go_out(content):
    with pytest.raises(ValueFault, match="go to a meter at once"):
        _ = Asked(31, Line(), 30_000, 100, content).octets


@pytest.mark.parametrize("length", [1, 15, 17])
def test_a_password_of_another_length_does_not_go_out(length):
    with pytest.raises(ValueFault) as refused:
        _ = Asked(31, Line(), 30_000, 100, b"\x68", b"q" * length).octets
    assert "q" * 15 not in str(refused.value)


@pytest.mark.parametrize(
    "octets",
    [
        "",
        "1f6bbc0a",
        "1f6bbc0a0200aa",
        "1f6bbc0a0100aaaa",
        "1f6bbc0a0000" + "00" * 15,
        "1f6bbc0a0100aa" + "00" * 17,
    ],
)
def test_a_request_that_is_not_as_long_as_it_says_is_a_fault(octets):
    with pytest.raises(PeerFault):
        Asked.from_octets(bytes.fromhex(octets))


@pytest.mark.parametrize("octets", ["", "1f", "1f01", "1f0100", "1f0201aa"])
def test_an_answer_that_is_shorter_than_it_says_is_a_fault(octets):
    with pytest.raises(PeerFault):
        Answered.from_octets(bytes.fromhex(octets))


def test_counters_that_nobody_announced_do_not_spoil_an_answer():
    assert Answered.from_octets(bytes.fromhex("1f0100aa1800")) == Answered(31, b"\xaa")


@pytest.mark.parametrize(
    ("fn", "content", "verdict"),
    [
        (1, "", Verdict(is_denied=False)),
        (2, "", Verdict(is_denied=True)),
        (4, "01" + "ff" * 16, Verdict(is_denied=True)),
        (3, "020000040000", Verdict(is_denied=False, afn=2)),
        (3, "100000010003", Verdict(is_denied=True, afn=16, error=3)),
        (3, "1000000100000000010105", Verdict(is_denied=True, afn=16, error=5)),
    ],
)
def test_a_confirmation_or_denial_is_read(fn, content, verdict):
    assert read_verdict(fn, bytes.fromhex(content)) == verdict


@pytest.mark.parametrize(
    ("fn", "content"), [(5, ""), (3, ""), (3, "10"), (3, "1000000100"), (3, "10000001000000")]
)
def test_what_neither_confirms_nor_denies_is_a_fault(fn, content):
    with pytest.raises(PeerFault):
        read_verdict(fn, bytes.fromhex(content))


def test_a_link_test_is_confirmed_as_the_concentrator_likes_it():
    assert confirmation(Confirms.ALL, LinkTest.SIGN_ON) == (Confirm.ALL, b"")
    assert confirmation(Confirms.EACH, LinkTest.HEARTBEAT) == (Confirm.EACH, each(2, 3))


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)))  # noqa: DTZ001 - likewise
def test_a_clock_is_written_as_it_is_read(when):
    assert read_clock(write_clock(when)) == when.replace(microsecond=0)


@pytest.mark.parametrize(
    "octets", ["", "1f", "33301412d2", "3330141200ff", "33302512d220", "333014300220", "6130141201ff"]
)
def test_a_clock_that_stands_is_none(octets):
    assert read_clock(bytes.fromhex(octets)) is None
