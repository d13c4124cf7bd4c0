"""Frames of concentrators: published ones, noise around them, any chunking, and what must not go out."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.codecs.gdw376.fault import ValueFault
from gateway.codecs.gdw376.frame import USER_MAX, Address, Frame, FrameReader, Noise, encoded, frames_of
from tests.gdw376_frames import SEEDS, sealed
from tests.mutations import MUTATIONS

SIGN_ON = bytes.fromhex("683200320068c903440400000271000001008816")  # q11
BEAT = bytes.fromhex("683200320068c903440400000272000004008c16")  # q12
WHO = Address("4403", 4)


def events_of(stream, sizes=()):
    reader, events = FrameReader(), []
    for size in sizes:
        events += reader.receive(stream[:size])
        stream = stream[size:]
    return events + reader.receive(stream) + reader.silence()


def test_a_published_frame_is_read():
    (frame,) = events_of(SIGN_ON)
    assert frame == Frame(0xC9, WHO, 0, 0x02, 0x71, bytes.fromhex("00000100"))
    assert (frame.is_from_concentrator, frame.is_start, frame.is_single) == (True, True, True)
    assert (frame.number, frame.master, frame.is_for_group) == (1, 0, False)
    assert encoded(frame) == SIGN_ON


def test_a_frame_with_a_wrong_sum_is_none():
    assert events_of(SIGN_ON[:-2] + b"\x89\x16") == [Noise(20, "the check sum is wrong")]
    assert events_of(SIGN_ON[:-1] + b"\x17") == [Noise(20, "it does not end in 16")]


def test_a_68_too_many_costs_one_byte():
    assert [type(event) for event in events_of(b"\x68" + SIGN_ON + b"\x68\x68" + BEAT)] == [
        Noise,
        Frame,
        Noise,
        Frame,
    ]
    assert events_of(b"\x68" + SIGN_ON)[0] == Noise(1, "there is no frame in it")


@pytest.mark.parametrize("mark", [0b00, 0b01, 0b11])
def test_a_frame_of_another_protocol_s_mark_is_noise(mark):
    assert events_of(sealed(SIGN_ON[6:-2], mark)) == [Noise(20, "there is no frame in it")]


def test_both_lengths_must_be_the_same():
    assert events_of(SIGN_ON[:3] + b"\x36" + SIGN_ON[4:]) == [Noise(20, "there is no frame in it")]


def test_a_frame_is_as_long_as_it_may_be_and_no_longer():
    longest = sealed(SIGN_ON[6:14] + bytes(USER_MAX - 8))
    (frame,) = events_of(longest)
    assert len(frame.body) == USER_MAX - 8
    assert encoded(frame) == longest
    assert isinstance(events_of(sealed(SIGN_ON[6:14] + bytes(USER_MAX - 7)))[-1], Noise)
    assert isinstance(events_of(sealed(SIGN_ON[6:13]))[-1], Noise)
    with pytest.raises(ValueFault, match="send less"):
        encoded(frame._replace(body=bytes(USER_MAX - 7)))


def test_a_frame_inside_one_that_never_ends_is_found_when_the_line_falls_silent():
    begun = bytes.fromhex("680220022068")  # announces 2048 octets
    reader = FrameReader()
    assert reader.receive(begun + SIGN_ON) == []
    assert reader.is_midframe
    noise, frame = reader.silence()
    assert (noise.skipped, frame.address) == (len(begun), WHO)
    assert not reader.is_midframe


def test_what_wakes_a_serial_line_is_no_noise():
    events = events_of(b"\xfe" * 4 + SIGN_ON + b"\xfe" * 4 + BEAT)
    assert [type(event) for event in events] == [Frame, Frame]


@pytest.mark.parametrize("text", ["0200-4660", "0200-04660", "7a12-34589", "FFFF-65535", "0000-0"])
def test_an_address_is_written_as_it_is_read(text):
    address = Address.from_text(text)
    assert Address.from_text(str(address)) == address == Address.from_wire(address.wire)


@pytest.mark.parametrize(
    "text", ["", "0200", "02004660", "200-4660", "0200-65536", "0200--1", "02G0-1", "0200-٣"]
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(ValueFault):
        Address.from_text(text)


@pytest.mark.parametrize("wrong", [{"control": 256}, {"group": -1}, {"afn": 256}, {"seq": 300}])
def test_what_no_octet_holds_does_not_go_out(wrong):
    with pytest.raises(ValueFault, match="one octet"):
        encoded(frames_of(SIGN_ON)[0]._replace(**wrong))


def test_no_repr_shows_a_body():
    assert "secret" not in repr(Frame(0x4B, WHO, 4, 0x10, 0x60, b"secret"))


@given(
    st.lists(
        st.one_of(
            st.sampled_from(SEEDS),
            st.binary(max_size=20),
            st.binary(max_size=4).map(lambda raw: b"\x68" + raw * 2 + b"\x68"),
            st.binary(max_size=30).map(lambda raw: sealed(SIGN_ON[6:14] + raw)),
        ),
        max_size=8,
    ),
    st.lists(st.integers(0, 40), max_size=20),
)
def test_any_chunking_gives_the_same_frames(parts, sizes):
    stream = b"".join(parts)
    whole = events_of(stream)
    assert events_of(stream, sizes) == whole
    assert events_of(stream, [1] * len(stream)) == whole


@given(
    st.builds(
        Frame,
        st.integers(0, 255),
        st.builds(Address, st.from_regex(r"[0-9A-F]{4}", fullmatch=True), st.integers(0, 65535)),
        st.integers(0, 255),
        st.integers(0, 255),
        st.integers(0, 255),
        st.binary(max_size=300),
    )
)
def test_what_is_written_is_read_again(frame):
    assert events_of(encoded(frame)) == [frame]


@pytest.mark.faults
def test_hostile_streams_cost_little_time_and_memory(counted):
    dice, slowest, frames = random.Random(376), 0.0, 0
    reader = FrameReader()
    for _ in range(MUTATIONS):
        raw = bytearray(dice.choice(SEEDS))
        for _ in range(dice.randint(0, 4)):
            raw[dice.randrange(len(raw))] = dice.choice((0x68, 0x16, 0x32, 0xFE, 0xFF, dice.randrange(256)))
        begun = time.thread_time()
        events = reader.receive(bytes(raw[: dice.choice((len(raw), dice.randint(1, len(raw))))]))
        slowest = max(slowest, time.thread_time() - begun)
        assert all(isinstance(event, Frame | Noise) for event in events)
        frames += sum(isinstance(event, Frame) for event in events)
        assert len(reader._rest) < USER_MAX + 8  # noqa: SLF001 - its memory is what is tested
    counted(f"{MUTATIONS:,} mutations, the slowest took {slowest * 1000:.1f} ms")
    assert slowest < 1
    assert frames > MUTATIONS // 100


@pytest.mark.parametrize(
    "dirt",
    [
        b"\x68",
        bytes.fromhex("680220022068"),
        # Heads in a row, each of which announces an end that is a 16: the sum is reckoned for all of them.
        bytes.fromhex("6816171617"),
        bytes.fromhex("68161f161f"),
        b"\xfe",
        b"\x16",
    ],
)
def test_the_worst_streams_are_cut_in_time(dirt):
    reader, begun = FrameReader(), time.thread_time()
    reader.receive(dirt * (65_536 // len(dirt)))
    reader.silence()
    assert time.thread_time() - begun < 1
