import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.codecs.apdu.atr import read_atr
from gateway.codecs.apdu.command import Command, PeerFault, ValueFault, read_command
from gateway.codecs.apdu.exchange import STEPS_MAX, T0, T1, Exchange
from gateway.codecs.apdu.response import Response, read_response

COMMANDS = st.builds(
    Command,
    st.integers(0, 255),
    st.integers(0, 255).filter(lambda ins: ins & 0xF0 not in {0x60, 0x90}),
    st.integers(0, 255),
    st.integers(0, 255),
    st.binary(max_size=255),
    st.none() | st.integers(1, 256),
)


@pytest.mark.parametrize(
    ("raw", "case", "body", "expected"),
    [
        ("00 82 00 01", 1, "", None),
        ("00 B0 81 00 04", 2, "", 4),
        ("00 B0 81 00 00", 2, "", 256),
        ("00 A4 00 00 02 DF 01", 3, "DF01", None),
        ("00 88 00 01 02 AA BB 08", 4, "AABB", 8),
    ],
)
def test_each_of_the_four_cases_is_read_and_written(raw, case, body, expected):
    command = read_command(bytes.fromhex(raw))
    assert (command.case, command.body.hex().upper(), command.expected) == (case, body, expected)
    assert command.encoded == bytes.fromhex(raw)


@given(COMMANDS)
def test_a_command_comes_back_as_it_went(command):
    assert read_command(command.encoded) == command


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("00 B0 81", "shorter than"),
        ("00 B0 81 00 00 01 00", "extended"),
        ("00 D6 81 00 03 AA BB", "Lc says 3 bytes, 2 are there"),
        ("00 D6 81 00 01 AA 00 00", "Lc says 1 bytes, 3 are there"),
        ("00 61 00 00", "status bytes"),
        ("00 9F 00 00", "status bytes"),
    ],
)
def test_what_is_no_command_is_refused_with_its_place(raw, why):
    with pytest.raises(PeerFault, match=why):
        read_command(bytes.fromhex(raw))


@pytest.mark.parametrize(
    "wrong",
    [{"cla": 256}, {"ins": 0x6A}, {"p2": -1}, {"body": bytes(256)}, {"expected": 257}, {"expected": 0}],
)
def test_a_command_of_ours_that_cannot_be_said_is_refused(wrong):
    with pytest.raises(ValueFault):
        Command(**{"cla": 0, "ins": 0xB0, "p1": 0, "p2": 0} | wrong)


def test_no_repr_shows_what_goes_to_a_card_or_comes_from_it():
    assert "1234" not in repr(Command(0xFF, 0x20, 0, 0, bytes.fromhex("123456")))
    assert "1234" not in repr(Response(bytes.fromhex("123456"), 0x9000))


@pytest.mark.parametrize(
    ("raw", "name", "value"),
    [
        ("9000", "is_done", True),
        ("63C2", "tries_left", 2),
        ("63C0", "tries_left", 0),
        ("6300", "tries_left", None),
        ("6110", "waiting", 16),
        ("6100", "waiting", 256),
        ("6C08", "right_length", 8),
        ("6A82", "waiting", None),
    ],
)
def test_a_status_word_says_what_it_says(raw, name, value):
    assert getattr(read_response(bytes.fromhex(raw)), name) == value


@pytest.mark.parametrize("raw", ["", "90", "6000", "0000", "AABB", "00" * 257 + "9000"])
def test_what_is_no_response_is_refused(raw):
    with pytest.raises(PeerFault):
        read_response(bytes.fromhex(raw))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_at_once(raw):
    begun = time.monotonic()
    for read in (read_command, read_response, read_atr):
        with suppress(PeerFault):
            read(raw)
    assert time.monotonic() - begun < 1


# --- The answer to reset ---


@pytest.mark.parametrize(
    ("raw", "protocols", "names", "historical"),
    [
        ("3B 9F 95 80 1F C3 80 31 E0 73 FE 21 1B 63 3A 10 4E 83 00 90 00 A4", (0, 15), "TA1 TD1 TD2 TA3", 15),
        ("3B 69 00 00 57 01 02 03 04 05 06 07 08", (0,), "TB1 TC1", 9),
        ("3B 04 A2 13 10 91", (0,), "", 4),
        ("3F 00", (0,), "", 0),
        ("3B 80 01 81", (1,), "TD1", 0),
    ],
)
def test_an_answer_to_reset_is_taken_apart(raw, protocols, names, historical):
    found = read_atr(bytes.fromhex(raw))
    assert found.protocols == protocols
    assert [name for name, _ in found.interface] == names.split()
    assert len(found.historical) == historical
    assert found.is_inverse == raw.startswith("3F")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("", "TS"),
        ("3A 00", "TS"),
        ("3B", "T0 is missing"),
        ("3B 10", "TA1 is missing"),
        ("3B 02 AA", "2 historical bytes, 1"),
        ("3B 00 00", "at the end"),
        ("3B 80 01 80", "TCK"),
        ("3B 80 01", "at the end"),
        ("3B" + "80" * 33, "more than 33"),
    ],
)
def test_a_broken_answer_to_reset_is_refused(raw, why):
    with pytest.raises(PeerFault, match=why):
        read_atr(bytes.fromhex(raw))


# --- One command until its answer. ---


def carried_out(exchange, answers):
    """What goes to the card for these answers of it, in hex."""
    sent = []
    for answer in answers:
        sent.append(exchange.outgoing.encoded.hex(" "))
        exchange.receive(bytes.fromhex(answer))
    return sent


READ = Command(0x04, 0xB0, 0x82, 0x00, bytes.fromhex("AABB"), 4)


def test_over_t0_what_waits_is_fetched():
    exchange = Exchange(READ, T0)
    sent = carried_out(exchange, ["6104", "01020304 9000"])
    assert sent == ["04 b0 82 00 02 aa bb", "00 c0 00 00 04"]
    assert exchange.response == Response(bytes.fromhex("01020304"), 0x9000)


def test_over_t0_portions_are_put_together():
    exchange = Exchange(READ, T0)
    assert len(carried_out(exchange, ["6102", "0102 6102", "0304 9000"])) == 3
    assert exchange.response == Response(bytes.fromhex("01020304"), 0x9000)


def test_over_t1_a_command_goes_whole():
    exchange = Exchange(READ, T1)
    assert carried_out(exchange, ["01020304 9000"]) == ["04 b0 82 00 02 aa bb 04"]
    assert exchange.outgoing is None


def test_a_wrong_length_is_put_right_once():
    exchange = Exchange(Command(0, 0xB0, 0x81, 0, expected=256), T0)
    assert carried_out(exchange, ["6C08", "6C09"]) == ["00 b0 81 00 00", "00 b0 81 00 08"]
    assert exchange.response.status == 0x6C09


def test_a_command_that_wants_no_data_fetches_none():
    exchange = Exchange(Command(0, 0xA4, 0, 0, bytes.fromhex("3F00")), T0)
    carried_out(exchange, ["610A"])
    assert exchange.response.status == 0x610A


def test_a_card_that_never_ends_is_left():
    exchange = Exchange(READ, T0)
    with pytest.raises(PeerFault, match="no end"):
        carried_out(exchange, ["6110"] * (STEPS_MAX + 1))


def test_more_than_was_ever_asked_for_is_a_fault():
    exchange = Exchange(READ, T0)
    with pytest.raises(PeerFault, match="in all"):
        carried_out(exchange, ["6100", "00" * 200 + "61FF", "00" * 200 + "9000"])


def test_an_answer_is_taken_once():
    exchange = Exchange(READ, T1)
    exchange.receive(b"\x90\x00")
    with pytest.raises(ValueError, match="already"):
        exchange.receive(b"\x90\x00")
    with pytest.raises(ValueError, match="T=15"):
        Exchange(READ, 15)


@given(COMMANDS, st.sampled_from([T0, T1]), st.lists(st.binary(max_size=40), min_size=STEPS_MAX + 1))
def test_whatever_a_card_answers_a_command_ends(command, protocol, answers):
    exchange = Exchange(command, protocol)
    try:
        for answer in answers:
            if exchange.receive(answer) is None:
                break
    except PeerFault:
        return
    assert exchange.response is not None
