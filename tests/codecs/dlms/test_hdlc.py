"""Frames of HDLC and of the wrapper: published ones, noise, chunks."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.codecs.dlms.fault import PeerFault
from gateway.codecs.dlms.hdlc import (
    FRAME_MAX,
    Address,
    Frame,
    FrameReader,
    Kind,
    check,
    read_frame,
    write_frame,
)
from gateway.codecs.dlms.wrapper import Wrapped, WrapperReader, wrap
from tests.dlms_ends import FRAMES

WIRES = [bytes.fromhex(each["hex"]) for each in FRAMES if each["proto"] == "dlms-hdlc"]
SEVENS, HALVES = st.integers(0, 127), st.integers(0, 0x3FFF)
ADDRESSES = st.one_of(
    st.builds(Address, SEVENS),
    st.builds(Address, SEVENS, SEVENS, st.just(2)),
    st.builds(Address, HALVES, HALVES, st.just(4)),
)
NUMBERS = st.integers(0, 7)
SENT = st.one_of(
    st.builds(
        Frame,
        ADDRESSES,
        ADDRESSES,
        st.just(Kind.INFORMATION),
        st.binary(min_size=1, max_size=60),
        NUMBERS,
        NUMBERS,
        st.booleans(),
        st.booleans(),
    ),
    st.builds(Frame, ADDRESSES, ADDRESSES, st.sampled_from([Kind.READY, Kind.NOT_READY]), awaited=NUMBERS),
    st.builds(
        Frame, ADDRESSES, ADDRESSES, st.sampled_from([Kind.CONNECT, Kind.ACCEPTED]), st.binary(max_size=30)
    ),
)


def chunks(stream, cuts):
    return [
        stream[a:b] for a, b in pairwise([0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)])
    ]


def received(reader, stream, cuts):
    return [frame for chunk in chunks(stream, cuts) for frame in reader.receive(chunk)]


def test_the_check_is_that_of_x_25():
    # CRC catalogue: CRC-16/IBM-SDLC, check 906E; it goes out with the lower byte first.
    assert check(b"123456789") == bytes.fromhex("6e90")


@pytest.mark.parametrize("wire", WIRES)
def test_a_published_frame_is_read_and_written_again(wire):
    assert write_frame(read_frame(wire)) == wire


@pytest.mark.parametrize("wire", WIRES)
def test_any_one_bit_turned_over_is_refused(wire):
    for place in range(8, 8 * (len(wire) - 1)):
        turned = bytearray(wire)
        turned[place // 8] ^= 1 << place % 8
        with pytest.raises(PeerFault):
            read_frame(bytes(turned))


@given(st.lists(SENT, max_size=5), st.lists(st.integers(0, 400), max_size=8), st.booleans())
def test_any_chunking_gives_the_same_frames(frames, cuts, shares_flags):
    wires = [write_frame(frame) for frame in frames]
    stream = b"".join(wire[1:] if shares_flags and n else wire for n, wire in enumerate(wires))
    reader = FrameReader()
    assert received(reader, stream, cuts) == frames
    assert (reader.noise, reader.garbled, reader.is_midframe) == (0, 0, False)


@given(
    st.binary(max_size=80),
    st.lists(SENT, min_size=1, max_size=3),
    st.lists(st.integers(0, 400), max_size=8),
)
def test_noise_before_frames_hides_none_but_may_hold_them_back(noise, frames, cuts):
    stream = noise + b"".join(map(write_frame, frames)) + bytes(FRAME_MAX + 2)
    found = received(FrameReader(), stream, cuts)
    assert found == received(FrameReader(), stream, [])
    assert found[-len(frames) :] == frames


def test_a_frame_that_does_not_go_on_is_forgotten_by_order():
    reader = FrameReader()
    assert reader.receive(WIRES[0][:6]) == []
    assert reader.is_midframe
    reader.reset()
    assert reader.receive(WIRES[0]) == [read_frame(WIRES[0])]


def test_a_frame_with_a_wrong_check_is_counted_and_the_next_one_is_read():
    broken = WIRES[0][:-2] + b"\0\x7e"
    reader = FrameReader()
    assert reader.receive(broken + WIRES[1]) == [read_frame(WIRES[1])]
    assert reader.garbled == 1


@pytest.mark.parametrize("wire", ["", "7e", "7e7e", "7ea0037e7e", "7ea008022321", "7ea00803037e007e"])
def test_what_is_no_frame_is_refused(wire):
    with pytest.raises(PeerFault):
        read_frame(bytes.fromhex(wire))


@pytest.mark.parametrize("parts", [(128,), (1, 128, 2), (1, 1, 3), (1, 1), (1, None, 2), (0x4000, 1, 4)])
def test_an_address_that_does_not_fit_is_our_own_fault(parts):
    with pytest.raises(ValueError, match="address"):
        Address(*parts)


def test_a_frame_that_is_too_long_is_our_own_fault():
    with pytest.raises(ValueError, match="2047"):
        write_frame(Frame(Address(1), Address(16), Kind.INFORMATION, bytes(FRAME_MAX)))


@given(
    st.lists(st.builds(Wrapped, SEVENS, SEVENS, st.binary(max_size=50)), max_size=5),
    st.lists(st.integers(0, 300)),
)
def test_any_chunking_gives_the_same_apdus(wrapped, cuts):
    assert received(WrapperReader(), b"".join(map(wrap, wrapped)), cuts) == wrapped


@given(st.lists(st.integers(0, 40), max_size=5))
def test_after_another_version_all_is_lost(cuts):
    good = Wrapped(1, 16, b"abc")
    reader = WrapperReader()
    found = []

    def receive_all():
        for chunk in chunks(wrap(good) + b"\0\2" + wrap(good), cuts):
            found.extend(reader.receive(chunk))

    with pytest.raises(PeerFault, match="version at 11"):
        receive_all()
    assert found + reader.before == [good]
    with pytest.raises(PeerFault):
        reader.receive(wrap(good))


def test_no_repr_shows_what_is_carried():
    assert "secret" not in repr(Wrapped(1, 16, b"secret"))
    assert "secret" not in repr(Frame(Address(1), Address(16), Kind.INFORMATION, b"secret"))
