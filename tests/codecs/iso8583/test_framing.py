"""Framing: lengths, headers, limits, and the same frames whatever the chunks."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.codecs.iso8583.framing import Frame, FrameFault, FrameReader, Framing
from gateway.codecs.iso8583.tables import TableFault

TPDU = {"kind": "tpdu"}
TEXT = {"kind": "text", "text": "ISO015000010"}


def framing(kind, header=None, **more):
    return Framing.from_table({"kind": kind, **({"header": header} if header else {}), **more})


@pytest.mark.parametrize(
    ("kind", "header", "wire"),
    [
        ("be16", None, "0004 30383030"),
        ("le16", None, "0400 30383030"),
        ("be16_inclusive", None, "0006 30383030"),
        ("ascii4", None, "30303034 30383030"),
        ("bcd2", None, "0004 30383030"),
        ("none", None, "30383030"),
        ("be16", TPDU, "0009 6000000000 30383030"),
        ("ascii4", TEXT, "30303136 49534f303135303030303130 30383030"),
    ],
)
def test_a_payload_is_wrapped_and_found_again(kind, header, wire):
    raw = bytes.fromhex(wire)
    chosen = framing(kind, header)
    assert chosen.wrap(b"0800") == raw
    reader = FrameReader(chosen)
    frames = reader.receive(raw) + reader.end()
    assert [frame.payload for frame in frames] == [b"0800"]
    assert not reader.is_midframe


def test_ten_thousand_bytes_need_no_packed_length():
    assert framing("bcd2", max=9999).wrap(b"x" * 1234)[:2] == bytes.fromhex("1234")


@given(
    st.sampled_from(["be16", "le16", "be16_inclusive", "ascii4", "bcd2", "none"]),
    st.sampled_from([None, TPDU, TEXT]),
    st.lists(st.binary(min_size=1, max_size=40), max_size=5),
    st.data(),
)
def test_any_chunking_gives_the_same_frames(kind, header, payloads, data):
    chosen = framing(kind, header)
    payloads = payloads[:1] if kind == "none" else payloads
    stream = b"".join(chosen.wrap(payload) for payload in payloads)
    reader, frames = FrameReader(chosen), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        frames += reader.receive(stream[:size])
        stream = stream[size:]
    frames += reader.end()
    assert frames == [Frame(payload, chosen.header) for payload in payloads]


def test_an_answer_goes_back_to_its_source():
    chosen = framing("be16", TPDU)
    (frame,) = FrameReader(chosen).receive(bytes.fromhex("0006 60 0001 0203 ff"))
    assert frame == Frame(b"\xff", bytes.fromhex("6000010203"))
    assert chosen.wrap(b"\xff", chosen.answer_header(frame.header)) == bytes.fromhex("0006 60 0203 0001 ff")


def test_a_text_header_is_answered_as_it_is():
    chosen = framing("be16", TEXT)
    assert chosen.answer_header(b"ISO015000010") == b"ISO015000010"


@pytest.mark.parametrize(
    ("kind", "header", "wire", "at"),
    [
        ("be16_inclusive", None, "0001", 0),
        ("ascii4", None, "30303a34", 0),
        ("ascii4", None, "2b303034", 0),
        ("bcd2", None, "000a", 0),
        ("be16", TPDU, "0004 60000000", 2),
        ("be16", TEXT, "000c 49534f303135303030303131", 2),
    ],
)
def test_a_broken_frame_ends_the_trust_in_the_stream(kind, header, wire, at):
    chosen = framing(kind, header)
    good = chosen.wrap(b"0800")
    reader = FrameReader(chosen)
    with pytest.raises(FrameFault) as caught:
        reader.receive(good + bytes.fromhex(wire))
    assert caught.value.at == len(good) + at
    assert [frame.payload for frame in caught.value.frames] == [b"0800"]
    with pytest.raises(FrameFault):
        reader.receive(good)


@given(st.lists(st.integers(1, 9000), max_size=4))
def test_a_too_long_frame_is_passed_over_and_the_next_one_is_read(cuts):
    chosen = framing("be16", max=100)
    stream = chosen.wrap(b"0800") + (8000).to_bytes(2, "big") + b"x" * 8000 + chosen.wrap(b"0810")
    reader, frames = FrameReader(chosen), []
    for start, end in pairwise([0, *sorted(cuts), len(stream)]):
        frames += reader.receive(stream[start:end])
    assert frames == [Frame(b"0800"), Frame(b"", is_too_long=True), Frame(b"0810")]
    assert not reader.is_midframe


def test_an_unframed_stream_is_limited():
    reader = FrameReader(framing("none", max=4))
    with pytest.raises(FrameFault):
        reader.receive(b"12345")


def test_a_begun_frame_is_known_and_its_end_is_missed():
    reader = FrameReader(framing("be16"))
    assert reader.receive(b"\x00\x04" + b"08") == []
    assert reader.is_midframe
    with pytest.raises(FrameFault) as caught:
        reader.end()
    assert caught.value.at == 4


def test_a_length_of_nothing_is_a_sign_of_life():
    reader = FrameReader(framing("be16", TPDU))
    assert reader.receive(b"\x00\x00") == []
    assert not reader.is_midframe


def test_too_long_a_message_is_not_sent():
    with pytest.raises(ValueError, match="at most 10"):
        framing("be16", max=10).wrap(b"x" * 11)


def test_a_repr_shows_no_payload():
    assert "6217" not in repr(Frame(b"6217001234567890123"))


@pytest.mark.parametrize(
    "table",
    [
        {"kind": "le32"},
        {"kind": "be16", "max": 0},
        {"kind": "ascii4", "max": 10000},
        {"kind": "be16", "header": {"kind": "xml"}},
        {"kind": "be16", "header": {"kind": "text"}},
        {"kind": "be16", "header": {"kind": "tpdu", "address": "60"}},
        {"kind": "be16", "header": {"kind": "tpdu", "address": "nothex"}},
        {"kind": "be16", "header": {"kind": "text", "text": "ÄÖ"}},
    ],
)
def test_a_wrong_framing_is_refused(table):
    with pytest.raises(TableFault):
        Framing.from_table(table)
