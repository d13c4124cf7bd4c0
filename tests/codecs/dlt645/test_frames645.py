"""Frames of DL/T 645: captured ones, noise around them, any chunking, and what must not go out."""

import json
import random
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.codecs.dlt645.fault import ValueFault
from gateway.codecs.dlt645.frame import (
    ANY,
    BODY_MAX,
    BROADCAST,
    Frame,
    FrameReader,
    Noise,
    encoded,
    frames_of,
    is_for,
    wire_address,
)
from tests.mutations import MUTATIONS

VECTORS = json.loads((Path(__file__).parents[2] / "vectors/meters.json").read_text())["vectors"]["dlt645"]
GOOD = [one for one in VECTORS if one["valid_checksum"]]
READ = bytes.fromhex("68610100000000681104333334331416")  # d01


def events_of(stream, sizes=()):
    reader, events = FrameReader(), []
    for size in sizes:
        events += reader.receive(stream[:size])
        stream = stream[size:]
    return events + reader.receive(stream) + reader.silence()


@pytest.mark.parametrize("vector", GOOD, ids=lambda one: one["id"])
def test_a_captured_frame_is_read_and_written_again(vector):
    raw = bytes.fromhex(vector["hex"])
    (frame,) = events_of(raw)
    assert frame.address.lower() == vector["addr"]
    assert f"{frame.control:02X}" == vector["control"]
    assert frame.body.hex() == vector["data_minus33_wire_order"]
    wake = len(raw) - len(raw.lstrip(b"\xfe"))
    assert encoded(frame.address, frame.control, frame.body, wake=wake) == raw


def test_a_frame_with_a_wrong_sum_is_none():
    raw = bytes.fromhex("680172007200006891083333343333333333e816")  # d28
    assert events_of(raw) == [Noise(20, "the check sum is wrong")]


def test_a_68_too_many_costs_one_byte():
    raw = bytes.fromhex("686803000000000068910733343435333333d416")  # d34
    noise, frame = events_of(raw)
    assert noise.skipped == 1
    assert (frame.address, frame.body.hex()) == ("000000000003", "00010102000000")


def test_a_frame_inside_one_that_never_ends_is_found_when_the_line_falls_silent():
    begun = bytes.fromhex("68010000000000689180")  # announces 128 bytes
    reader = FrameReader()
    assert reader.receive(begun + READ) == []
    assert reader.is_midframe
    noise, frame = reader.silence()
    assert (noise.skipped, frame.address) == (len(begun), "000000000161")
    assert not reader.is_midframe


def test_what_wakes_the_line_is_no_noise():
    assert [type(event) for event in events_of(b"\xfe" * 40 + READ + b"\xfe" * 9 + READ)] == [Frame, Frame]


def test_words_of_a_modem_are_noise():
    noise, frame = events_of(b"\r\nCONNECT 2400\r\n" + READ)
    assert noise == Noise(16, "there is no frame in it")
    assert frame.function == 0x11


@pytest.mark.parametrize("length", [BODY_MAX + 1, 255])
def test_a_longer_body_than_any_meter_has_is_noise(length):
    frame = bytes.fromhex("6861010000000068 91") + bytes((length,)) + b"\x33" * length
    assert events_of(frame + bytes((sum(frame) & 0xFF, 0x16)))[-1].skipped == len(frame) + 2


@pytest.mark.parametrize("control", [0x31, 0x51, 0xF1])
def test_a_control_byte_that_no_meter_and_no_centre_sends_is_noise(control):
    frame = bytes.fromhex("6861010000000068") + bytes((control, 0))
    assert [type(event) for event in events_of(frame + bytes((sum(frame) & 0xFF, 0x16)))] == [Noise]
    with pytest.raises(ValueFault):
        encoded("161", control)


@pytest.mark.parametrize("address", ["1234567890123", "12345678901x", "1AAA", "A23456789012", "AAA", "٣"])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(ValueFault):
        wire_address(address)


def test_a_wildcard_leaves_the_high_digits_open():
    own = wire_address("260305510012")
    assert is_for(wire_address("AAAAAAAA0012"), own)
    assert is_for(wire_address(ANY), own)
    assert not is_for(wire_address("AAAAAAAA0013"), own)
    assert not is_for(wire_address(BROADCAST), own)


def test_no_repr_shows_a_body():
    assert repr(Frame(wire_address("161"), 0x14, b"secret")) == "Frame(000000000161, 14, <6 bytes>)"


def test_frames_of_a_recording():
    assert [one.function for one in frames_of(b"\x68\x68" + READ + b"\x68" * 30 + READ)] == [0x11, 0x11]


@given(
    st.lists(
        st.one_of(
            st.sampled_from([bytes.fromhex(one["hex"]) for one in VECTORS]),
            st.binary(max_size=20),
            st.binary(max_size=9).map(lambda raw: b"\x68" + raw),
        )
    ),
    st.lists(st.integers(0, 30)),
)
def test_any_chunking_gives_the_same_frames(parts, sizes):
    stream = b"".join(parts)
    whole = events_of(stream)
    assert events_of(stream, sizes) == whole
    assert events_of(stream, [1] * len(stream)) == whole


@given(st.integers(0, 10**12 - 1), st.sampled_from([0x11, 0x91, 0xB1, 0xD1]), st.binary(max_size=BODY_MAX))
def test_what_is_written_is_read_again(number, control, body):
    address = f"{number:012d}"
    (frame,) = events_of(encoded(address, control, body))
    assert (frame.address, frame.control, frame.body) == (address, control, body)


@pytest.mark.faults
def test_hostile_streams_cost_little_time_and_memory(counted):
    dice, slowest = random.Random(645), 0.0
    seeds = [bytes.fromhex(one["hex"]) for one in VECTORS]
    reader = FrameReader()
    for _ in range(MUTATIONS):
        raw = bytearray(dice.choice(seeds))
        for _ in range(dice.randint(1, 4)):
            raw[dice.randrange(len(raw))] = dice.choice((0x68, 0x16, 0xFE, 0xFF, 0, dice.randrange(256)))
        begun = time.thread_time()
        events = reader.receive(bytes(raw[: dice.randint(1, len(raw))]))
        slowest = max(slowest, time.thread_time() - begun)
        assert all(isinstance(event, Frame | Noise) for event in events)
        assert len(reader._rest) < BODY_MAX + 12  # noqa: SLF001 - its memory is what is tested
    counted(f"{MUTATIONS:,} mutations, the slowest took {slowest * 1000:.1f} ms")
    assert slowest < 1


@pytest.mark.parametrize("dirt", [b"\x68", bytes.fromhex("68AAAAAAAAAAAA68910A16"), b"\x68\x16", b"\xfe"])
def test_the_worst_streams_are_cut_in_time(dirt):
    reader, begun = FrameReader(), time.thread_time()
    reader.receive(dirt * (65_536 // len(dirt)))
    reader.silence()
    assert time.thread_time() - begun < 1
