"""CCID over a serial line: messages by the tables of its specification, frames in any portions."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.codecs.ccid.framing import (
    AGAIN,
    AtWork,
    Came,
    CardMoved,
    Disturbed,
    Incoming,
    NotUnderstood,
    framed,
)
from gateway.codecs.ccid.message import (
    BODY_MAX,
    MUTE,
    CardState,
    Message,
    PeerFault,
    Volts,
    parameters_t0,
    parameters_t1,
    power_off,
    power_on,
    read_answer,
    read_message,
    slot_status,
    transfer,
)

# Written down from the tables of chapter 6 and the head of an open driver of the reader, not by this code.
STATUS_FRAME = bytes.fromhex("03 06 65 00000000 00 07 000000 67")


def checked(raw):
    """The frame with the check byte that makes the xor of all zero, whatever stood there."""
    made = 0
    for byte in raw[:-1]:
        made ^= byte
    return raw[:-1] + bytes((made,))


ATR_FRAME = checked(bytes.fromhex("03 06 80 0A000000 00 08 000000 3B860150544C2D433100 00"))
messages = st.builds(
    Message,
    kind=st.integers(0, 255),
    sequence=st.integers(0, 255),
    own=st.binary(min_size=3, max_size=3),
    body=st.binary(max_size=BODY_MAX),
    slot=st.integers(0, 255),
)
pieces = st.one_of(
    messages.map(framed),
    st.just(AGAIN),
    st.sampled_from([b"\x50\x02", b"\x50\x03", b"\x50\x07", b"\x80", b"\xff"]),
    st.binary(max_size=20),
    messages.map(lambda message: framed(message)[:-1]),
)


def heard(portions):
    incoming = Incoming()
    return [event for portion in portions for event in incoming.receive(portion)]


def test_a_look_at_the_slot_is_said_as_the_reader_knows_it():
    assert framed(slot_status(7)) == STATUS_FRAME


@pytest.mark.parametrize(
    ("message", "raw"),
    [
        (power_on(1, Volts.FIVE), "62 00000000 00 01 010000"),
        (power_on(1, Volts.AUTO), "62 00000000 00 01 000000"),
        (power_off(2), "63 00000000 00 02 000000"),
        (transfer(3, bytes.fromhex("00A4000000")), "6F 05000000 00 03 000000 00A4000000"),
        (transfer(3, b"\x00", 9), "6F 01000000 00 03 090000 00"),
        (parameters_t0(4, 0x11, 0, 0, 10), "61 05000000 00 04 000000 11 00 00 0A 00"),
        (parameters_t1(5, 0x11, 1, 2, 0x4D, 32), "61 07000000 00 05 010000 11 12 02 4D 00 20 00"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_command_has_the_bytes_of_its_table(message, raw):
    assert message.encoded == bytes.fromhex(raw)
    assert read_message(message.encoded) == message


def test_what_comes_over_the_line_is_told_in_order():
    events = heard([b"\x50\x03" + STATUS_FRAME + b"\xff" + ATR_FRAME + AGAIN + b"\x50\x02"])
    assert [type(event) for event in events] == [CardMoved, Came, AtWork, Came, NotUnderstood, CardMoved]
    assert (events[0].is_present, events[-1].is_present) == (True, False)
    assert events[3].message.body.hex().upper() == "3B860150544C2D433100"


@pytest.mark.parametrize("at", range(2, len(STATUS_FRAME)))
def test_a_message_with_one_bit_wrong_is_no_message(at):
    spoiled = bytearray(STATUS_FRAME)
    spoiled[at] ^= 0x10
    events = heard([bytes(spoiled), bytes(300)])
    assert not any(isinstance(event, Came) for event in events)


@given(st.lists(pieces, max_size=6), st.lists(st.integers(0, 400), max_size=12))
def test_any_portions_give_the_same_events(said, cuts):
    raw = b"".join(said)
    places = sorted({0, len(raw), *(cut for cut in cuts if cut < len(raw))})
    portions = [raw[begin:end] for begin, end in pairwise(places)]
    assert heard(portions) == heard([raw]) == heard([bytes((byte,)) for byte in raw])


@given(st.binary(max_size=2000))
def test_whatever_comes_it_ends_and_keeps_no_more_than_a_message(raw):
    incoming = Incoming()
    assert len(incoming.receive(raw)) <= len(raw)
    assert len(incoming._held) <= BODY_MAX + 13  # noqa: SLF001 - how much is kept is the rule


@given(messages)
def test_what_is_said_is_heard(message):
    assert heard([framed(message)]) == [Came(message)]


def test_a_flood_of_what_means_nothing_is_said_once():
    assert heard([b"\x11" * 5000, STATUS_FRAME, b"\x11"]) == [
        Disturbed("a byte that begins nothing"),
        Came(slot_status(7)),
        Disturbed("a byte that begins nothing"),
    ]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("80 00000000 00 07 000000", "kind 80 to a command 65"),
        ("81 00000000 00 08 000000", "to another command"),
        ("81 00000000 01 07 000000", "of slot 1"),
        ("81 00000000 00 07 030000", "no status: 03"),
        ("81 00000000 00 07 C00000", "no status: C0"),
        ("81 00000000 00 07 040000", "no status: 04"),
    ],
)
def test_what_is_no_answer_to_a_command_is_refused(raw, said):
    with pytest.raises(PeerFault, match=said):
        read_answer(slot_status(7), read_message(bytes.fromhex(raw)))


def test_a_part_of_a_longer_answer_is_refused():
    with pytest.raises(PeerFault, match="a part of a longer answer"):
        read_answer(transfer(7, b""), read_message(bytes.fromhex("80 00000000 00 07 000001")))


@pytest.mark.parametrize(
    ("status", "error", "card", "why", "is_waiting"),
    [
        (0x00, 0x00, CardState.ACTIVE, "", False),
        (0x02, 0x00, CardState.NONE, "", False),
        (0x41, MUTE, CardState.IDLE, "the card does not answer (FE)", False),
        (0x40, 0x05, CardState.ACTIVE, "the reader gave up (05)", False),
        (0x80, 0x03, CardState.ACTIVE, "", True),
    ],
)
def test_an_answer_says_where_the_card_is_and_what_became_of_it(status, error, card, why, is_waiting):
    answer = read_answer(slot_status(7), Message(0x81, 7, bytes((status, error, 0))))
    assert (answer.card, answer.why, answer.is_waiting) == (card, why, is_waiting)


@pytest.mark.parametrize("raw", [b"", bytes(9), bytes.fromhex("65 01000000 00 07 000000")])
def test_a_message_that_is_not_whole_is_refused(raw):
    with pytest.raises(PeerFault):
        read_message(raw)


def test_no_repr_shows_what_goes_to_a_card():
    secret = bytes.fromhex("DEADBEEF")
    answer = read_answer(transfer(1, b""), Message(0x80, 1, bytes(3), secret))
    assert "DEADBEEF" not in f"{transfer(1, secret)!r} {answer!r}".upper()
    with pytest.raises(ValueError, match="at most 261"):
        transfer(1, bytes(262))
